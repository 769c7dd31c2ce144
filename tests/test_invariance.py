"""What must not change a fit: order, names, units, and the way in which a model is written."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import mlmbook as mlm

few = settings(max_examples=8, deadline=None, derandomize=True)
seeds = st.integers(0, 2**31 - 1)
scales = st.floats(-6, 6).map(lambda exponent: 10.0**exponent)
signs = st.sampled_from([-1.0, 1.0])
SLOPES = "y ~ x + s + (x | g)"
METHODS = [True, False]


def world(seed: int, *, ngroups: int = 14) -> pd.DataFrame:
    """Make unequal groups whose variances are well away from zero."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(ngroups), rng.integers(5, 12, ngroups))
    n = len(g)
    x, s = rng.normal(size=n), np.where(rng.random(n) < 0.4, "b", "a")
    u = rng.normal(size=(ngroups, 2)) @ [[2.0, 0.3], [0, 0.8]]
    y = 10 + 2 * x + (s == "b") + u[g, 0] + u[g, 1] * x + rng.normal(size=n)
    return pd.DataFrame({"y": y, "x": x, "s": s, "g": g})


DATA = world(1)
FIT = {reml: mlm.fit(SLOPES, DATA, reml=reml) for reml in METHODS}


def quiet(formula: str, data: pd.DataFrame, **options: object) -> mlm.Fit:
    """Fit a model that may be singular."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        return mlm.fit(formula, data, **options)


def assert_same(one: mlm.Fit, two: mlm.Fit) -> None:
    """Equal estimates, flags and tables."""
    assert one.deviance == pytest.approx(two.deviance, abs=1e-7)
    assert (one.converged, one.singular) == (two.converged, two.singular)
    np.testing.assert_allclose(one.fixef, two.fixef, atol=1e-5 * two.se.max())
    np.testing.assert_allclose(one.se, two.se, rtol=1e-4)
    np.testing.assert_allclose(one.varcorr["variance"], two.varcorr["variance"], rtol=1e-4)
    assert one.nparams == two.nparams
    assert one.ngroups == two.ngroups


# ---- rows and labels ------------------------------------------------------------------------


@few
@given(seed=seeds, reml=st.booleans())
def test_order_of_rows(seed: int, reml: bool) -> None:
    shuffled = mlm.fit(SLOPES, DATA.sample(frac=1, random_state=seed), reml=reml)
    assert_same(shuffled, FIT[reml])
    np.testing.assert_allclose(shuffled.ranef["g"], FIT[reml].ranef["g"], atol=1e-5)
    np.testing.assert_allclose(shuffled.fitted.sort_index(), FIT[reml].fitted, atol=1e-5)


@few
@given(seed=seeds)
def test_files_of_each_group_put_together(seed: int) -> None:
    files = [rows.reset_index(drop=True) for _, rows in DATA.groupby("g")]
    order = np.random.default_rng(seed).permutation(len(files))
    together = mlm.fit(SLOPES, pd.concat([files[number] for number in order]))
    assert_same(together, FIT[True])
    np.testing.assert_allclose(together.ranef["g"], FIT[True].ranef["g"], atol=1e-5)


LABELS: dict[str, Callable[[np.ndarray], object]] = {
    "int": lambda names: names * 1000 - 5,
    "float": lambda names: names + 0.25,
    "text": lambda names: np.char.add("group ", names.astype(str)),
    "category": lambda names: pd.Categorical(names),
    "category, other order": lambda names: pd.Categorical(names, np.unique(names)[::-1]),
    "category, unused ones": lambda names: pd.Categorical(names, range(-3, 40)),
    "pandas string": lambda names: pd.array(names.astype(str), dtype="string"),
    "date": lambda names: pd.Timestamp("2020-01-01") + pd.to_timedelta(names, unit="D"),
}


@few
@given(seed=seeds, kind=st.sampled_from(sorted(LABELS)))
def test_names_of_groups(seed: int, kind: str) -> None:
    names = np.random.default_rng(seed).permutation(14)
    labels = LABELS[kind](names[DATA["g"]])
    renamed = mlm.fit(SLOPES, DATA.assign(g=labels))
    assert_same(renamed, FIT[True])
    by_label = pd.Series(labels, index=DATA.index).groupby(DATA["g"]).first()
    modes = renamed.ranef["g"].loc[by_label.astype(renamed.ranef["g"].index.dtype)]
    np.testing.assert_allclose(modes, FIT[True].ranef["g"], atol=1e-5)


@few
@given(extra=st.lists(st.sampled_from(["aa", "never", "z"]), unique=True))
def test_categories_that_do_not_occur(extra: list[str]) -> None:
    data = DATA.assign(s=pd.Categorical(DATA["s"], ["a", *extra, "b"]))
    fit = mlm.fit(SLOPES, data)
    assert_same(fit, FIT[True])
    assert list(fit.fixef.index) == list(FIT[True].fixef.index)


# ---- units ----------------------------------------------------------------------------------


@few
@given(scale=scales, sign=signs, shift=st.floats(-1e3, 1e3), reml=st.booleans())
def test_units_of_the_response(scale: float, sign: float, shift: float, reml: bool) -> None:
    usual, factor = FIT[reml], sign * scale
    fit = mlm.fit(SLOPES, DATA.assign(y=factor * (DATA["y"] + shift)), reml=reml)
    moved = usual.fixef + pd.Series({"Intercept": shift}).reindex(usual.fixef.index, fill_value=0)
    np.testing.assert_allclose(fit.fixef, factor * moved, atol=1e-5 * fit.se.max())
    np.testing.assert_allclose(fit.se, scale * usual.se, rtol=1e-4)
    variances = scale**2 * usual.varcorr["variance"]
    np.testing.assert_allclose(fit.varcorr["variance"], variances, rtol=1e-4)
    rows = fit.nobs - 3 * reml
    assert fit.deviance == pytest.approx(usual.deviance + 2 * rows * np.log(scale), abs=1e-6)
    np.testing.assert_allclose(fit.ranef["g"], factor * usual.ranef["g"], atol=1e-5 * scale)


@few
@given(constant=st.floats(-1e6, 1e6), reml=st.booleans())
def test_a_constant_added_to_the_response(constant: float, reml: bool) -> None:
    fit = mlm.fit(SLOPES, DATA.assign(y=DATA["y"] + constant), reml=reml)
    shifted = fit.fixef - [constant, 0, 0]
    np.testing.assert_allclose(shifted, FIT[reml].fixef, atol=1e-4 * fit.se.max())
    np.testing.assert_allclose(fit.se, FIT[reml].se, rtol=1e-4)
    assert fit.deviance == pytest.approx(FIT[reml].deviance, abs=1e-6)
    offset = mlm.fit(
        SLOPES, DATA.assign(y=DATA["y"] + constant), reml=reml, offset=np.full(len(DATA), constant)
    )
    assert_same(offset, FIT[reml])


@few
@given(scale=scales, sign=signs, shift=st.floats(-50, 50), reml=st.booleans())
def test_units_of_a_predictor_with_random_slope(
    scale: float, sign: float, shift: float, reml: bool
) -> None:
    """Centered or not, in whatever unit: the same lines. REML counts the unit of X once."""
    fit = mlm.fit(SLOPES, DATA.assign(x=sign * scale * (DATA["x"] + shift)), reml=reml)
    usual = FIT[reml]
    expected = usual.deviance + reml * 2 * np.log(scale)
    assert fit.deviance == pytest.approx(expected, abs=1e-6)
    assert fit.fixef["x"] * sign * scale == pytest.approx(usual.fixef["x"], rel=1e-5)
    assert fit.se["x"] * scale == pytest.approx(usual.se["x"], rel=1e-4)
    assert fit.sigma == pytest.approx(usual.sigma, rel=1e-5)
    np.testing.assert_allclose(fit.fitted, usual.fitted, atol=1e-4)
    slope = fit.varcorr.set_index(["group", "term", "term2"]).loc[("g", "x", ""), "sd"]
    usual_slope = usual.varcorr.set_index(["group", "term", "term2"]).loc[("g", "x", ""), "sd"]
    assert slope * scale == pytest.approx(usual_slope, rel=1e-4)


@few
@given(scale=scales)
def test_units_of_the_weights(scale: float) -> None:
    weights = np.random.default_rng(3).uniform(0.5, 2, len(DATA))
    one, two = (mlm.fit(SLOPES, DATA, weights=w) for w in (weights, scale * weights))
    assert one.deviance == pytest.approx(two.deviance, abs=1e-6)
    np.testing.assert_allclose(one.se, two.se, rtol=1e-4)
    assert two.sigma**2 == pytest.approx(scale * one.sigma**2, rel=1e-4)


# ---- one model, written two ways ------------------------------------------------------------


@few
@given(seed=seeds, reml=st.booleans())
@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("y ~ x + (x || g)", "y ~ x + (1 | g) + (0 + x | g)"),
        ("y ~ x + (1 + x || g)", "y ~ x + (0 + x | g) + (1 | g)"),
        ("y ~ x + (1 | g/t)", "y ~ x + (1 | g) + (1 | g:t)"),
        ("y ~ x + (x | g/t)", "y ~ x + (x | g:t) + (x | g)"),
        ("y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | h) + (1 | g)"),
        ("y ~ x + (1 + x | g)", "y ~ 1 + x + (x | g)"),
        ("y ~ x * s + (1 | g)", "y ~ s + x + s:x + (1 | g)"),
    ],
)
def test_shorthand_and_in_full(one: str, two: str, seed: int, reml: bool) -> None:
    data = world(seed)
    data["t"], data["h"] = np.arange(len(data)) % 2, np.arange(len(data)) % 7 + 0.5
    first, second = (quiet(formula, data, reml=reml) for formula in (one, two))
    assert first.deviance == pytest.approx(second.deviance, abs=1e-6)
    assert first.singular == second.singular
    np.testing.assert_allclose(first.se.sort_values(), second.se.sort_values(), rtol=1e-4)
    np.testing.assert_allclose(
        *(np.sort(fit.varcorr["variance"]) for fit in (first, second)), rtol=1e-3, atol=1e-7
    )


@few
@given(seed=seeds, reml=st.booleans())
def test_slopes_of_dummies_are_a_change_of_basis(seed: int, reml: bool) -> None:
    data = world(seed)
    contrast, means = (quiet(f"y ~ s + ({z} | g)", data, reml=reml) for z in ("s", "0 + s"))
    assert contrast.deviance == pytest.approx(means.deviance, abs=1e-6)
    assert contrast.singular == means.singular
    np.testing.assert_allclose(contrast.fitted, means.fitted, atol=1e-3)
    a, b, _ = means.varcorr["variance"][:3]
    intercept, change, both = contrast.varcorr["variance"][:3]
    assert a == pytest.approx(intercept, rel=1e-3)
    assert b == pytest.approx(intercept + 2 * both + change, rel=1e-3)


@few
@given(seed=seeds, reml=st.booleans())
def test_compound_symmetry_is_a_random_intercept(seed: int, reml: bool) -> None:
    """As long as the correlation is positive."""
    data = world(seed)
    nested = mlm.fit("y ~ x + (1 | g)", data, reml=reml)
    marginal = mlm.fit("y ~ x", data, reml=reml, residual=mlm.CompoundSymmetry(group="g"))
    assert marginal.deviance == pytest.approx(nested.deviance, abs=1e-6)
    assert marginal.residual.parameters.item() == pytest.approx(nested.icc(), abs=1e-4)
    np.testing.assert_allclose(marginal.se, nested.se, rtol=1e-4)
    assert marginal.sigma**2 == pytest.approx(nested.varcorr["variance"].sum(), rel=1e-4)


@few
@given(seed=seeds, reml=st.booleans())
def test_strata_are_weights_that_are_estimated(seed: int, reml: bool) -> None:
    data = world(seed)
    data["y"] += (data["s"] == "b") * np.random.default_rng(seed).normal(size=len(data))
    formula = "y ~ x + (1 | g)"
    strata = mlm.fit(formula, data, reml=reml, residual=mlm.VarianceBy("s"))
    variance = strata.varcorr.set_index("term")["variance"]
    ratio = variance["s[a]"] / variance["s[b]"]
    first = next(name for name in strata.varcorr["term"] if name.startswith("s["))
    weights = np.where(data["s"] == first[2], 1, ratio if first == "s[a]" else 1 / ratio)
    weighted = mlm.fit(formula, data, reml=reml, weights=weights)
    assert weighted.deviance == pytest.approx(strata.deviance, abs=1e-7)
    assert weighted.sigma == pytest.approx(strata.sigma, rel=1e-5)
    np.testing.assert_allclose(weighted.fixef, strata.fixef, atol=1e-5)
    for other in (0.9, 1.1):
        off = np.where(weights == 1, 1, other * weights)
        assert mlm.fit(formula, data, reml=reml, weights=off).deviance > strata.deviance


@few
@given(seed=seeds, reml=st.booleans())
def test_whole_weights_are_repeated_rows_of_a_mean(seed: int, reml: bool) -> None:
    """Means of n pupils with weights n give the fixed effects of the pupils, ratio known."""
    data = world(seed)
    means = data.groupby("g")["y"].agg(["mean", "size"]).reset_index()
    means["region"] = means["g"] % 4
    fit = quiet("mean ~ 1 + (1 | region)", means, weights="size", reml=reml)
    between = fit.varcorr["variance"][0]
    V = np.diag(fit.sigma**2 / means["size"].to_numpy())
    V += between * (means["region"].to_numpy()[:, None] == means["region"].to_numpy())
    W = np.linalg.inv(V)
    assert fit.fixef["Intercept"] == pytest.approx((W @ means["mean"]).sum() / W.sum(), rel=1e-6)
    assert fit.se["Intercept"] == pytest.approx(W.sum() ** -0.5, rel=1e-5)


@few
@given(seed=seeds, reml=st.booleans())
def test_order_and_scale_of_memberships(seed: int, reml: bool) -> None:
    rng, data = np.random.default_rng(seed), world(seed)
    n = len(data)
    data["a"], data["b"] = rng.integers(0, 9, n), rng.integers(0, 9, n)
    data["v"] = rng.uniform(0.1, 0.9, n)
    data["w"] = 1 - data["v"]
    one, two = (
        quiet(f"y ~ x + (1 | g) + (1 | {mm})", data, reml=reml)
        for mm in ("mm(a, b, weights=[v, w])", "mm(b, a, weights=[w, v])")
    )
    assert_same_numbers(one, two)
    tripled = data.assign(v=3 * data["v"], w=3 * data["w"])
    three = quiet(one.formula, tripled, reml=reml)
    assert_same_numbers(one, three)
    assert "were divided by their sums" in three.messages[0]


@few
@given(seed=seeds, reml=st.booleans())
def test_names_of_districts(seed: int, reml: bool) -> None:
    data, names = world(seed), np.random.default_rng(seed).permutation(14)
    ring = pd.DataFrame({"one": range(14), "other": [(j + 1) % 14 for j in range(14)]})
    named = {names[j]: [names[j - 1], names[(j + 1) % 14]] for j in range(14)}
    formula = "y ~ x + (1 | car(g))"
    one = quiet(formula, data, neighbours=ring, reml=reml)
    two = quiet(formula, data.assign(g=names[data["g"]]), neighbours=named, reml=reml)
    assert_same_numbers(one, two)


def assert_same_numbers(one: mlm.Fit, two: mlm.Fit) -> None:
    """Equal likelihood, flags and standard errors, whatever the factors are called."""
    assert one.deviance == pytest.approx(two.deviance, abs=1e-6)
    assert (one.converged, one.singular) == (two.converged, two.singular)
    np.testing.assert_allclose(one.se, two.se, rtol=1e-4)
    np.testing.assert_allclose(one.fitted, two.fitted, atol=1e-3)


# ---- any small world ------------------------------------------------------------------------


@settings(few, max_examples=15)
@given(seed=seeds)
def test_any_small_world_gives_finite_numbers(seed: int) -> None:
    data = world(seed, ngroups=4).groupby("g").head(4)
    fit = quiet("y ~ x + (x | g)", data)
    assert fit.converged
    assert np.isfinite(fit.deviance)
    assert (fit.se > 0).all()
    assert fit.varcorr["variance"][:2].min() >= 0
