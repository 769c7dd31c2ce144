"""A level-1 variance that is a power of a covariate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

SLEEP = mlm.load("sleepstudy").assign(day=lambda d: d["days"] + 1)
FORMULA = "reaction ~ days + (1 | subject)"
FIT = mlm.fit(FORMULA, SLEEP, residual=mlm.VariancePower("day"))


def test_units_of_the_covariate_do_not_matter() -> None:
    other = mlm.fit(FORMULA, SLEEP.assign(day=-10 * SLEEP["day"]), residual=FIT.residual.parts)
    assert other.loglik == pytest.approx(FIT.loglik, abs=1e-7)
    power = FIT.residual.parameters["power day"]
    assert other.residual.parameters["power day"] == pytest.approx(power, abs=1e-5)
    assert other.sigma == pytest.approx(FIT.sigma * 10**-power, rel=1e-4)


def test_a_power_of_zero_is_the_plain_model() -> None:
    assert FIT.nparams == mlm.fit(FORMULA, SLEEP).nparams + 1
    assert FIT.loglik > mlm.fit(FORMULA, SLEEP).loglik


def test_new_rows() -> None:
    new = SLEEP.iloc[:2].assign(day=[1, 4])
    both = [FIT.predict(new, interval=kind)["se"] ** 2 for kind in ("confidence", "prediction")]
    power = FIT.residual.parameters["power day"]
    expected = FIT.sigma**2 * np.array([1, 4]) ** (2 * power)
    assert (both[1] - both[0]).to_numpy() == pytest.approx(expected)


FITTED = mlm.fit(FORMULA, SLEEP, residual=mlm.VariancePower())


def test_the_fitted_value_is_a_covariate_that_agrees_with_itself() -> None:
    """Given its own fitted values as a column, the model is that of the column."""
    column = SLEEP.assign(v=FITTED.fitted)
    again = mlm.fit(FORMULA, column, residual=mlm.VariancePower("v"))
    assert again.loglik == pytest.approx(FITTED.loglik, abs=1e-7)
    assert again.nparams == FITTED.nparams
    assert again.residual.parameters.item() == pytest.approx(
        FITTED.residual.parameters.item(), abs=1e-5
    )
    pd.testing.assert_series_equal(again.fitted, FITTED.fitted, rtol=1e-6)


def test_units_of_the_response_do_not_change_the_power() -> None:
    other = mlm.fit(
        FORMULA, SLEEP.assign(reaction=SLEEP["reaction"] / 1000), residual=mlm.VariancePower()
    )
    power = FITTED.residual.parameters["power of fitted"]
    assert other.residual.parameters.item() == pytest.approx(power, abs=1e-5)
    assert other.loglik - 178 * np.log(1000) == pytest.approx(FITTED.loglik, abs=1e-6)


def test_new_rows_have_the_variance_of_their_prediction() -> None:
    new = SLEEP.iloc[[0, 9]]
    both = [FITTED.predict(new, interval=kind) for kind in ("confidence", "prediction")]
    power = FITTED.residual.parameters.item()
    expected = FITTED.sigma**2 * both[0]["prediction"] ** (2 * power)
    difference = both[1]["se"] ** 2 - both[0]["se"] ** 2
    assert difference.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)


def test_draws_vary_as_their_own_means_do() -> None:
    draws = FITTED.bootstrap(40, 1)["power of fitted"]
    power = FITTED.residual.parameters.item()
    assert draws.mean() == pytest.approx(power, abs=5 * draws.std() / np.sqrt(40))
    with pytest.raises(mlm.FormulaError, match="depends on the fitted value"):
        FITTED.vpc(at={"days": 0})


def test_an_offset_is_part_of_the_fitted_value() -> None:
    shifted = SLEEP.assign(known=100.0)
    fit = mlm.fit(FORMULA, shifted, residual=mlm.VariancePower(), offset="known")
    assert fit.loglik == pytest.approx(FITTED.loglik, abs=1e-6)


def test_bad_ones_are_refused() -> None:
    for column, match in (("days", "'days' is zero in 18 rows"), ("one", "the same in all rows")):
        with pytest.raises(mlm.DataError, match=match):
            mlm.fit(FORMULA, SLEEP.assign(one=1), residual=mlm.VariancePower(column))
    with pytest.raises(mlm.DataError, match="needs numbers"):
        mlm.fit(FORMULA, SLEEP.assign(text="a"), residual=mlm.VariancePower("text"))
