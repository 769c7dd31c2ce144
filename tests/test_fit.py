"""Fitting: closed forms, and what must not change the result."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import mlmbook as mlm


def balanced(seed: int = 1, *, ngroups: int = 12, size: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(ngroups), size)
    x = rng.normal(size=len(g))
    y = 10 + 2 * x + 1.5 * rng.normal(size=ngroups)[g] + rng.normal(size=len(g))
    y += 0.7 * rng.normal(size=ngroups)[g] * x
    return pd.DataFrame({"y": y, "x": x, "g": g.astype(str)})


DATA = balanced()
SLOPES = mlm.fit("y ~ x + (x | g)", DATA)


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


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("y ~ x + (x || g)", "y ~ x + (1 | g) + (0 + x | g)"),
        ("y ~ x + (1 + x | g)", "y ~ 1 + x + (x | g)"),
        ("v ~ x + (1 | a/b)", "v ~ x + (1 | a) + (1 | a:b)"),
        ("v ~ x + (1 | a) + (1 | g)", "v ~ x + (1 | g) + (1 | a)"),
    ],
)
def test_the_same_model_written_two_ways(one: str, two: str) -> None:
    a, b = np.arange(72) % 5, np.arange(72) // 5 % 3
    effects = np.random.default_rng(2).normal(size=(5, 3)) + np.linspace(-2, 2, 5)[:, None]
    data = DATA.assign(a=a, b=b, v=DATA["y"] + effects[a, b])
    first, second = mlm.fit(one, data), mlm.fit(two, data)
    assert first.deviance == pytest.approx(second.deviance, abs=1e-8)
    assert sorted(first.varcorr["variance"]) == pytest.approx(
        sorted(second.varcorr["variance"]), rel=1e-4
    )


def test_a_slope_by_category_is_a_change_of_basis() -> None:
    s = np.arange(72) % 2
    effects = np.random.default_rng(2).normal(size=(12, 2))[DATA["g"].astype(int), s]
    data = DATA.assign(s=np.where(s, "p", "q"), y=DATA["y"] + 2 * effects)
    contrast = mlm.fit("y ~ s + (s | g)", data)
    means = mlm.fit("y ~ s + (0 + s | g)", data)
    assert contrast.deviance == pytest.approx(means.deviance, abs=1e-7)
    assert list(means.ranef["g"].columns) == ["s[p]", "s[q]"]
    np.testing.assert_allclose(contrast.fitted, means.fitted, atol=1e-4)


seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=15, deadline=None)


@few
@given(seed=seeds)
def test_order_of_rows_does_not_matter(seed: int) -> None:
    shuffled = mlm.fit("y ~ x + (x | g)", DATA.sample(frac=1, random_state=seed % 2**31))
    assert shuffled.deviance == pytest.approx(SLOPES.deviance, abs=1e-8)
    np.testing.assert_allclose(shuffled.ranef["g"], SLOPES.ranef["g"], atol=1e-5)
    np.testing.assert_allclose(shuffled.fitted.sort_index(), SLOPES.fitted, atol=1e-5)


@few
@given(seed=seeds)
def test_names_of_groups_do_not_matter(seed: int) -> None:
    names = np.random.default_rng(seed).permutation(12)
    renamed = mlm.fit("y ~ x + (x | g)", DATA.assign(g=names[DATA["g"].astype(int)]))
    assert renamed.deviance == pytest.approx(SLOPES.deviance, abs=1e-8)
    modes = renamed.ranef["g"].loc[names].to_numpy()
    by_number = SLOPES.ranef["g"].loc[[str(number) for number in range(12)]]
    np.testing.assert_allclose(modes, by_number, atol=1e-5)


@few
@given(scale=st.floats(1e-4, 1e4), shift=st.floats(-1e3, 1e3))
def test_units_of_the_response(scale: float, shift: float) -> None:
    fit = mlm.fit("y ~ x + (x | g)", DATA.assign(y=shift + scale * DATA["y"]))
    np.testing.assert_allclose(fit.se, scale * SLOPES.se, rtol=1e-4)
    np.testing.assert_allclose(
        fit.varcorr["variance"], scale**2 * SLOPES.varcorr["variance"], rtol=1e-4
    )
    assert fit.fixef["x"] == pytest.approx(scale * SLOPES.fixef["x"], rel=1e-5)
    expected = SLOPES.deviance + 2 * (72 - 2) * np.log(scale)
    assert fit.deviance == pytest.approx(expected, abs=1e-6)


@few
@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-100, 100))
def test_units_of_a_predictor_with_random_slope(scale: float, shift: float) -> None:
    fit = mlm.fit("y ~ x + (x | g)", DATA.assign(x=shift + scale * DATA["x"]), reml=False)
    usual = mlm.fit("y ~ x + (x | g)", DATA, reml=False)
    assert fit.deviance == pytest.approx(usual.deviance, abs=1e-6)
    assert fit.fixef["x"] * scale == pytest.approx(usual.fixef["x"], rel=1e-5)
    np.testing.assert_allclose(fit.fitted, usual.fitted, atol=1e-4)


@few
@given(seed=seeds)
def test_any_small_world_gives_finite_numbers(seed: int) -> None:
    data = balanced(seed, ngroups=5, size=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        fit = mlm.fit("y ~ x + (x | g)", data)
    assert fit.converged
    assert np.isfinite(fit.deviance)
    assert (fit.se > 0).all()
    assert fit.varcorr["variance"][:2].min() >= 0
