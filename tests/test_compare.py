"""Likelihood-ratio tests, with the boundary in mind."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mlmbook as mlm
from mlmbook.added import added
from mlmbook.boundary import information_at_edge
from mlmbook.compare import p_value
from mlmbook.ratios import likelihood_ratio, simulated_ratios

REFERENCE = Path(__file__).parent / "reference" / "results"
SLEEP = mlm.load("sleepstudy")


def model(right: str, *, reml: bool = False, data=SLEEP) -> mlm.Fit:
    return mlm.fit(f"reaction ~ {right}", data, reml=reml)


SIMPLE, SLOPES = model("days + (1 | subject)"), model("days + (days | subject)")


@pytest.mark.parametrize(
    ("dataset", "test", "small", "large"),
    [
        ("sleepstudy", "lr_slope", "days + (1 | subject)", "days + (days | subject)"),
        ("sleepstudy", "lr_slope_reml", "days + (1 | subject)", "days + (days | subject)"),
        ("exam", "lr_random_slope_ML", "standlrt + (1 | school)", "standlrt + (standlrt | school)"),
        (
            "exam",
            "lr_random_slope_REML",
            "standlrt + (1 | school)",
            "standlrt + (standlrt | school)",
        ),
        ("hsb82", "lr_random_slope_REML", "cses + (1 | school)", "cses + (cses | school)"),
        ("hsb82", "lr_random_slope_ML", "cses + (1 | school)", "cses + (cses | school)"),
    ],
)
def test_a_random_slope_matches_r(dataset: str, test: str, small: str, large: str) -> None:
    expected = json.loads((REFERENCE / f"{dataset}__tests.json").read_text())[test]
    y = {"sleepstudy": "reaction", "exam": "normexam", "hsb82": "mathach"}[dataset]
    data, reml = mlm.load(dataset), "reml" in test.lower()
    fits = [mlm.fit(f"{y} ~ {right}", data, reml=reml) for right in (small, large)]
    table = mlm.compare(*fits)
    logliks = [expected["loglik0"], expected["loglik1"]]
    assert table["loglik"].tolist() == pytest.approx(logliks, abs=5e-6)
    row = table.iloc[1]
    assert row["chisq"] == pytest.approx(expected["chisq"], abs=1e-5)
    assert row["df"] == expected["df"]
    assert row["p"] == pytest.approx(expected["p_mixture_half"], rel=1e-5)
    assert row["reference"] == "½χ²(1) + ½χ²(2)"


def test_slopes_at_two_levels_match_r() -> None:
    """Two variances and two covariances more: a mixture, below R's naive p."""
    expected = json.loads((REFERENCE / "egsingle__tests.json").read_text())["lr_slopes"]
    data = pd.read_csv(REFERENCE.parent / "data" / "egsingle.csv.gz")
    small, large = (
        mlm.fit(f"math ~ year + ({right} | school/child)", data, reml=False)
        for right in ("1", "year")
    )
    table = mlm.compare(small, large)
    logliks = [expected["loglik0"], expected["loglik1"]]
    assert table["loglik"].tolist() == pytest.approx(logliks, abs=5e-6)
    row = table.iloc[1]
    assert row["chisq"] == pytest.approx(expected["chisq"], abs=1e-5)
    assert row["df"] == expected["df"]
    assert stats.chi2.sf(row["chisq"], 2) < row["p"] < expected["p_naive"]
    assert row["reference"] == "0.27χ²(2) + 0.50χ²(3) + 0.23χ²(4)"


def test_a_correlation_is_not_on_the_boundary() -> None:
    expected = json.loads((REFERENCE / "sleepstudy__tests.json").read_text())["lr_corr"]
    row = mlm.compare(model("days + (days || subject)"), SLOPES).iloc[1]
    assert row["p"] == pytest.approx(expected["p_naive"], rel=1e-5)
    assert row["reference"] == "χ²(1)"


def test_a_random_intercept_against_single_level_regression() -> None:
    expected = json.loads((REFERENCE / "hsb82__tests.json").read_text())["lr_random_intercept_ML"]
    data = mlm.load("hsb82")
    fit = mlm.fit("mathach ~ cses + (1 | school)", data, reml=False)
    row = mlm.compare(fit, mlm.ols("mathach ~ cses", data)).iloc[1]
    assert row["chisq"] == pytest.approx(expected["chisq"], abs=1e-5)
    assert row["p"] == pytest.approx(expected["p_chibar01"], rel=1e-4)
    assert row["reference"] == "½χ²(0) + ½χ²(1)"


def test_fixed_effects_under_ml() -> None:
    row = mlm.compare(model("1 + (1 | subject)"), SIMPLE).iloc[1]
    assert (row["df"], row["reference"]) == (1, "χ²(1)")
    assert row["p"] < 1e-20


def test_a_fixed_effect_and_a_slope_together() -> None:
    row = mlm.compare(model("1 + (1 | subject)"), SLOPES).iloc[1]
    assert (row["df"], row["reference"]) == (3, "½χ²(2) + ½χ²(3)")


def test_two_variances_are_conservative_where_level_1_has_parameters() -> None:
    data = SLEEP.assign(half=np.arange(180) % 2)
    strata = mlm.VarianceBy("half")
    small = mlm.fit("reaction ~ days + (1 | subject)", data, reml=False, residual=strata)
    with pytest.warns(mlm.SingularFitWarning):
        large = mlm.fit(
            "reaction ~ days + (days + half || subject)", data, reml=False, residual=strata
        )
    reference = mlm.compare(small, large)["reference"].iloc[1]
    assert reference == "χ²(2), conservative: 2 variances on the boundary; use simulate="


LEVEL_1 = {
    "a ratio of variances": (None, mlm.VarianceBy("half"), "χ²(1)"),
    "finer strata": (mlm.VarianceBy("half"), mlm.VarianceBy("half", "third"), "χ²(4)"),
    "a power": (None, mlm.VariancePower("day"), "χ²(1)"),
    "autoregression": (None, mlm.AR1("days"), "χ²(1)"),
    "in continuous time": (None, mlm.AR1("gap"), "½χ²(0) + ½χ²(1)"),
    "a nugget": (mlm.AR1("gap"), mlm.AR1("gap", nugget=True), "½χ²(0) + ½χ²(1)"),
}


@pytest.mark.parametrize("case", LEVEL_1)
def test_parameters_of_level_1(case: str) -> None:
    days = SLEEP["days"]
    data = SLEEP.assign(half=days % 2, third=days % 3, day=days + 1.0, gap=days**1.3)
    *parts, name = LEVEL_1[case]
    formula = "reaction ~ days + (1 | subject)"
    small, large = (mlm.fit(formula, data, residual=part) for part in parts)
    row = mlm.compare(small, large).iloc[1]
    assert row["reference"] == name
    assert 0 < row["p"] <= 1


def test_structures_within_unstructured() -> None:
    data = mlm.load("orthodont")
    large = mlm.fit("distance ~ age", data, residual=mlm.Unstructured("age", group="subject"))
    for formula, part, df in (
        ("distance ~ age", mlm.AR1("age", group="subject"), 8),
        ("distance ~ age", mlm.CompoundSymmetry(group="subject"), 8),
        ("distance ~ age + (1 | subject)", None, 8),
        ("distance ~ age + (1 | subject)", mlm.VarianceBy("age"), 5),
    ):
        row = mlm.compare(mlm.fit(formula, data, residual=part), large).iloc[1]
        assert (row["reference"], row["df"]) == (f"χ²({df})", df)
    other = mlm.fit("distance ~ age + (1 | subject)", data, residual=mlm.VarianceBy("sex"))
    assert mlm.compare(other, large)["reference"].iloc[1].startswith("not nested")


def test_a_nugget_needs_a_correlation() -> None:
    part = mlm.AR1("days", nugget=True)
    small = mlm.fit("reaction ~ days + (1 | subject)", SLEEP)
    large = mlm.fit("reaction ~ days + (1 | subject)", SLEEP, residual=part)
    row = mlm.compare(small, large).iloc[1]
    assert np.isnan(row["p"])
    assert row["reference"].startswith("none: a nugget means nothing")


def worlds(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"g": np.repeat(np.arange(240), 5), "h": np.tile(np.arange(40), 30)})
    data = data.assign(x=rng.normal(size=1200), z=rng.normal(size=1200) + 1)
    data["y"] = rng.normal(size=1200) + rng.normal(size=240)[data["g"]]
    return data


@pytest.mark.parametrize(
    "right",
    [
        "(x || g) + (1 | h)",
        "(1 + x + z || g)",
        "(1 + x + z | g)",
        "(1 + x | g) + (0 + z | h)",
    ],
)
def test_more_variances_have_the_p_of_simulation(right: str) -> None:
    """With many groups; with few a ratio of zero has a probability above a half."""
    data = worlds(6)
    small = mlm.fit("y ~ x + z + (1 | g)", data, reml=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        large = mlm.fit(f"y ~ x + z + {right}", data, reml=False)
    ratios = simulated_ratios(small, large, 149, np.random.default_rng(9))
    more = added(small, large)
    error = np.sqrt(0.25 / 149)
    for quantile in (0.6, 0.8, 0.95):
        t = float(np.quantile(ratios, quantile))
        p, _ = p_value(small, large, more, t)
        assert p == pytest.approx(1 - quantile, abs=2.5 * error)


def test_information_by_its_definition() -> None:
    data = worlds(3)[:400]
    small = mlm.fit("y ~ x + (1 | g)", data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        large = mlm.fit("y ~ x + (1 + x | g) + (z || h)", data)
    J, blocks = information_at_edge(small, large)
    assert blocks == [1, 1, 1]
    X, n = large.design.X, len(data)
    one, x, z = np.ones(n), data["x"].to_numpy(), data["z"].to_numpy()
    same = {name: np.equal.outer(*[data[name].to_numpy()] * 2) for name in "gh"}
    psi = small.estimates.covariances[0][0, 0] / small.sigma**2
    V = np.eye(n) + psi * same["g"]
    W = np.linalg.inv(V)
    P = W - W @ X @ np.linalg.solve(X.T @ W @ X, X.T @ W)
    cross = np.outer(one, x) + np.outer(x, one)
    edge = [same["g"] * np.outer(x, x), same["h"], same["h"] * np.outer(z, z)]
    G = [*edge, same["g"] * 1.0, same["g"] * cross, np.eye(n)]
    information = np.array([[np.sum((P @ a) * (P @ b).T) / 2 for a in G] for b in G])
    expected = np.linalg.inv(np.linalg.inv(information)[:3, :3])
    np.testing.assert_allclose(J, expected, rtol=1e-6)


def test_simulation_agrees_with_the_mixture() -> None:
    """A slope with a small variance, where the mixture's p is neither 0 nor 1."""
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 30, 180) + rng.normal(0, 5, 18).repeat(10) * SLEEP["days"]
    data = SLEEP.assign(reaction=250 + rng.normal(0, 30, 18).repeat(10) + noise / 2)
    small, large = (
        model("days + (1 | subject)", data=data),
        model("days + (days || subject)", data=data),
    )
    formula = mlm.compare(small, large).iloc[1]
    row = mlm.compare(small, large, simulate=199, rng=1).iloc[1]
    assert row["reference"] == "simulated, 199 draws"
    assert row["p"] == pytest.approx(formula["p"], abs=0.05)


def test_simulated_ratios_have_their_exact_distribution() -> None:
    """In balanced data the ratio is a function of the F statistic of the analysis of variance."""
    rng = np.random.default_rng(5)
    data = SLEEP.assign(reaction=250 + rng.normal(0, 30, 180))
    fit = mlm.fit("reaction ~ days + (1 | subject)", SLEEP, reml=False)
    ratios = simulated_ratios(mlm.ols("reaction ~ days", data), fit, 400, rng)

    def ratio(quantile: float) -> float:
        between, within = 17 * stats.f.ppf(quantile, 17, 161), 161.0
        shares = between / 18, within / 162
        total = (between + within) / 180
        return 180 * np.log(total) - 18 * np.log(shares[0]) - 162 * np.log(shares[1])

    zero = stats.f.cdf((18 / 17) / (162 / 161), 17, 161)  # 0.60, not a half: few groups
    error = np.sqrt(0.25 / 400)
    assert (ratios < 1e-6).mean() == pytest.approx(zero, abs=3 * error)
    for quantile in (0.75, 0.9, 0.95):
        assert (ratios < ratio(quantile)).mean() == pytest.approx(quantile, abs=3 * error)


def test_two_variances_have_a_simulated_p_that_is_smaller() -> None:
    data = SLEEP.assign(half=np.arange(180) % 2)
    small = model("days + (1 | subject)", data=data)
    with pytest.warns(mlm.SingularFitWarning):
        large = model(
            "days + (1 | subject) + (0 + half | subject) + (0 + days | subject)", data=data
        )
    exact = mlm.compare(small, large, simulate=19, rng=1)["p"].iloc[1]
    assert exact == pytest.approx(1 / 20)  # no draw comes near the ratio of 42


def test_simulation_needs_a_null_hypothesis() -> None:
    with pytest.raises(mlm.DataError, match="not nested, so neither is a null hypothesis"):
        mlm.compare(model("I(days**2) + (1 | subject)"), SLOPES, simulate=9)
    with pytest.raises(mlm.DataError, match="at least 1, got simulate=0"):
        mlm.compare(SIMPLE, SLOPES, simulate=0)


def test_no_difference_at_all_has_p_one() -> None:
    flat = SLEEP.assign(
        reaction=SLEEP["reaction"] - SLEEP.groupby("subject")["reaction"].transform("mean")
    )
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("reaction ~ days + (1 | subject)", flat, reml=False)
    row = mlm.compare(mlm.ols("reaction ~ days", flat), fit).iloc[1]
    assert (row["chisq"], row["p"]) == (pytest.approx(0, abs=1e-9), pytest.approx(1, abs=1e-4))


@pytest.mark.parametrize("deviance", [1726.8720038915378, -52.3, 6.1e8])
def test_a_ratio_of_the_size_of_rounding_is_zero(deviance: float) -> None:
    """In WebAssembly sums are added in another order, and this one was 2.3e-13: p was 1/2."""
    for last_bits in (-2, -1, 0, 1, 2):
        assert likelihood_ratio(deviance, deviance + last_bits * np.spacing(deviance)) == 0
    small = 1e-9 * abs(deviance)
    assert likelihood_ratio(deviance, deviance - small) == pytest.approx(small, rel=1e-5)
    assert likelihood_ratio(deviance, deviance + small) == 0


def test_order_of_the_arguments_does_not_matter() -> None:
    assert mlm.compare(SLOPES, SIMPLE).equals(mlm.compare(SIMPLE, SLOPES))
    assert list(mlm.compare(SLOPES, SIMPLE)["nparams"]) == [4, 6]


def test_models_that_are_not_nested_get_criteria_only() -> None:
    other = model("I(days**2) + (1 | subject)")
    table = mlm.compare(other, SLOPES)
    assert np.isnan(table["p"].iloc[1])
    assert table["reference"].iloc[1].startswith("not nested")
    assert table["aic"].notna().all()


@pytest.mark.parametrize(
    ("one", "two", "message"),
    [
        (SIMPLE, model("days + (days | subject)", reml=True), "by REML and the other by ML"),
        (
            model("1 + (1 | subject)", reml=True),
            model("days + (1 | subject)", reml=True),
            "their fixed parts differ",
        ),
        (SIMPLE, model("days + (days | subject)", data=SLEEP[:150]), "different rows"),
        (
            SIMPLE,
            mlm.fit("np.log(reaction) ~ days + (days | subject)", SLEEP, reml=False),
            "different responses",
        ),
    ],
)
def test_what_cannot_be_compared(one: mlm.Fit, two: mlm.Fit, message: str) -> None:
    with pytest.raises(mlm.DataError, match=message):
        mlm.compare(one, two)


# ---- fixed parts are their columns, not their names -----------------------------------------


def test_reml_of_a_column_in_another_unit_is_refused() -> None:
    small, large = (
        model(right, reml=True, data=SLEEP.assign(days=SLEEP["days"] * unit))
        for right, unit in (("days + (1 | subject)", 1), ("days + (days | subject)", 1000))
    )
    with pytest.raises(mlm.DataError, match="columns of the same names have other values"):
        mlm.compare(small, large)


def test_reml_of_the_same_columns_by_other_names() -> None:
    expected = mlm.compare(
        model("days + (1 | subject)", reml=True), model("days + (days | subject)", reml=True)
    )
    table = mlm.compare(
        model("I(days) + (1 | subject)", reml=True), model("days + (days | subject)", reml=True)
    )
    assert table["chisq"].iloc[1] == pytest.approx(expected["chisq"].iloc[1], abs=1e-6)


@pytest.mark.parametrize(
    ("small", "large", "df"),
    [
        ("third + (1 | subject)", "C(third) + (1 | subject)", 1),
        ("days + (1 | subject)", "center(days) + third + (1 | subject)", 1),
        ("days + (1 | subject)", "poly(days, 2) + (1 | subject)", 1),
        ("0 + C(third) + (1 | subject)", "C(third) * days + (1 | subject)", 3),
        ("np.log(days + 1) + (1 | subject)", "days + third + (1 | subject)", None),
        ("days + (1 | subject)", "C(third) + (1 | subject)", None),
    ],
)
def test_nested_columns(small: str, large: str, df: int | None) -> None:
    data = SLEEP.assign(third=SLEEP["days"] % 3)
    one, two = model(small, data=data), model(large, data=data)
    row = mlm.compare(one, two).iloc[1]
    if df is None:
        assert row["reference"].startswith("not nested")
    else:
        assert (row["df"], row["reference"]) == (df, f"χ²({df})")
        assert row["chisq"] == pytest.approx(one.deviance - two.deviance)


def test_regressions_with_dummies() -> None:
    data = SLEEP.assign(third=SLEEP["days"] % 3)
    plain, dummies = (
        mlm.ols("reaction ~ days", data),
        mlm.fixed_effects("reaction ~ days", data, group="subject"),
    )
    written = mlm.ols("reaction ~ days + C(third) + C(subject)", data)
    other = mlm.ols("reaction ~ third + C(subject)", data)
    assert mlm.compare(plain, dummies)["df"].iloc[1] == 17
    assert mlm.compare(dummies, written)["df"].iloc[1] == 2
    more = mlm.fixed_effects("reaction ~ third + days", data, group="subject")
    assert mlm.compare(other, more)["df"].iloc[1] == 1
    assert mlm.compare(plain, other)["reference"].iloc[1].startswith("not nested")
    with pytest.raises(mlm.DataError, match="leave it out between regressions"):
        mlm.compare(plain, dummies, simulate=9)
