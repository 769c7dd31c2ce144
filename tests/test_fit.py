"""Fitting: closed forms. What must not change a fit is in `test_invariance.py`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm


def balanced(seed: int = 1, *, ngroups: int = 12, size: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(ngroups), size)
    x = rng.normal(size=len(g))
    y = 10 + 2 * x + 1.5 * rng.normal(size=ngroups)[g] + rng.normal(size=len(g))
    y += 0.7 * rng.normal(size=ngroups)[g] * x
    return pd.DataFrame({"y": y, "x": x, "g": g.astype(str)})


DATA = balanced()


def mean_squares(data: pd.DataFrame) -> tuple[float, float]:
    groups = data.groupby("g")["y"]
    return float(groups.var().mean()), float(groups.size().mean() * groups.mean().var())


def test_balanced_reml_is_analysis_of_variance() -> None:
    within, between = mean_squares(DATA)
    fit = mlm.fit("y ~ 1 + (1 | g)", DATA)
    assert fit.sigma**2 == pytest.approx(within, rel=1e-6)
    assert fit.varcorr["variance"][0] == pytest.approx((between - within) / 6, rel=1e-6)
    assert fit.fixef["Intercept"] == pytest.approx(DATA["y"].mean())
    assert fit.se["Intercept"] == pytest.approx(np.sqrt(between / 72), rel=1e-6)


def test_balanced_ml_divides_by_the_number_of_groups() -> None:
    within, between = mean_squares(DATA)
    fit = mlm.fit("y ~ 1 + (1 | g)", DATA, reml=False)
    assert fit.sigma**2 == pytest.approx(within, rel=1e-6)
    assert fit.varcorr["variance"][0] == pytest.approx((between * 11 / 12 - within) / 6, rel=1e-6)


def test_shrinkage_is_that_of_the_formula() -> None:
    fit = mlm.fit("y ~ 1 + (1 | g)", DATA)
    between, within = fit.varcorr["variance"]
    raw = DATA.groupby("g")["y"].mean() - DATA["y"].mean()
    kept = between / (between + within / 6)
    np.testing.assert_allclose(fit.ranef["g"]["Intercept"], kept * raw, rtol=1e-8)


def test_no_variance_between_groups_is_least_squares() -> None:
    columns = DATA[["y", "x"]]
    flat = (columns - columns.groupby(DATA["g"]).transform("mean")).assign(g=DATA["g"])
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ x + (1 | g)", flat, reml=False)
    ols = mlm.ols("y ~ x", flat)
    assert fit.varcorr["variance"][0] == 0
    np.testing.assert_allclose(fit.fixef, ols.fixef, atol=1e-12)
    assert fit.loglik == pytest.approx(ols.loglik)


def test_a_fit_does_not_change_with_the_data() -> None:
    data = mlm.load("sleepstudy").assign(count=1.0 + np.arange(180) % 3, other=0.0)
    before = data.copy()
    fit = mlm.fit("reaction ~ days + (1 | subject)", data, weights="count")
    exact = mlm.influence(fit, method="exact")
    data["days"] *= 1000
    data.loc[data["days"] < 3000, "reaction"] = 1.5
    data["count"] = 0.0
    assert mlm.influence(fit, method="exact").equals(exact)
    assert fit.data.equals(before)
    own = fit.data
    own.loc[0, "reaction"] = 99.0
    assert fit.data.equals(before)
    assert mlm.influence(fit, method="exact").equals(exact)
