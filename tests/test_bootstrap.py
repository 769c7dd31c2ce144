"""The parametric bootstrap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

SLEEP = mlm.load("sleepstudy")
FIT = mlm.fit("reaction ~ days + (1 | subject)", SLEEP)
SLOPES = mlm.fit("reaction ~ days + (days | subject)", SLEEP)


def test_draws_spread_as_the_standard_errors_say() -> None:
    draws = SLOPES.bootstrap(300, 1)
    assert list(draws.columns) == list(SLOPES.confint().index)
    # 300 draws: a standard deviation is known to 4 %, a mean to 0.06 of it
    for name, se in SLOPES.se.items():
        assert draws[name].std() == pytest.approx(se, rel=0.15)
        assert draws[name].mean() == pytest.approx(SLOPES.fixef[name], abs=0.2 * se)
    assert draws["var(Residual)"].mean() == pytest.approx(SLOPES.sigma**2, rel=0.03)
    assert draws.attrs["not_converged"] == 0
    assert 0 < draws.attrs["singular"] < 30


def test_balanced_variances_are_chi_square() -> None:
    """The residual variance of a balanced model is a multiple of chi-square, by the ANOVA."""
    draws = FIT.bootstrap(400, 2)["var(Residual)"] / FIT.sigma**2 * 161
    assert draws.mean() == pytest.approx(161, abs=4 * np.sqrt(2 * 161 / 400))
    assert draws.std() == pytest.approx(np.sqrt(2 * 161), rel=0.15)


def test_intervals_are_quantiles_of_the_draws() -> None:
    table = FIT.confint("bootstrap", n=60, rng=3, ci=0.8)
    draws = FIT.bootstrap(60, 3)
    assert table.loc["icc", "low"] == pytest.approx(draws["icc"].quantile(0.1))
    assert table.loc["days", "high"] == pytest.approx(draws["days"].quantile(0.9))
    assert table.attrs["method"] == "bootstrap"
    assert (table["low"] < table["estimate"]).all()
    assert (table["estimate"] < table["high"]).all()


def test_crossed_factors_and_ml() -> None:
    fit = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"), reml=False)
    draws = fit.bootstrap(60, 4)
    assert draws["var(Intercept | plate)"].mean() == pytest.approx(
        fit.varcorr["variance"][0], rel=0.25
    )
    assert draws.notna().all(axis=None)


def test_a_seed_makes_it_repeatable() -> None:
    one, two = FIT.bootstrap(55, 5), FIT.bootstrap(55, np.random.default_rng(5))
    pd.testing.assert_frame_equal(one, two)
    assert not FIT.bootstrap(55, 6).equals(one)


def test_no_draws_at_all() -> None:
    with pytest.raises(mlm.DataError, match="at least 1"):
        FIT.bootstrap(0)
