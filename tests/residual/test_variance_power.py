"""A level-1 variance that is a power of a covariate."""

from __future__ import annotations

import numpy as np
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


def test_bad_ones_are_refused() -> None:
    for column, match in (("days", "'days' is zero in 18 rows"), ("one", "the same in all rows")):
        with pytest.raises(mlm.DataError, match=match):
            mlm.fit(FORMULA, SLEEP.assign(one=1), residual=mlm.VariancePower(column))
    with pytest.raises(mlm.DataError, match="needs numbers"):
        mlm.fit(FORMULA, SLEEP.assign(text="a"), residual=mlm.VariancePower("text"))
