"""Profile-likelihood intervals, against lme4 and by their definition."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from level1_models import MODELS, data
from scipy.optimize import minimize

import mlmbook as mlm
from mlmbook.engine import joint
from mlmbook.likelihood import path
from mlmbook.likelihood.gaussian import Gaussian
from mlmbook.likelihood.outer import Outer
from mlmbook.likelihood.path import positive_inverse
from mlmbook.likelihood.profile import Profiles

REFERENCE = Path(__file__).parent / "reference"
STORED = json.loads((REFERENCE / "results" / "degrees__structures.json").read_text())["cases"]
SLEEP = mlm.load("sleepstudy")
RISE = 3.841458820694124
POORLY_INTERPOLATED = [("unbalanced", "cor(standlrt, Intercept | school)")]
"""Where lme4 warns that its spline fit is bad."""


def orthodont() -> pd.DataFrame:
    data = mlm.load("orthodont")
    sex = pd.Categorical(data["sex"].astype(str), ["Male", "Female"])
    return data.assign(age11=data["age"] - 11, sex=sex)


def ours(name: str) -> str:
    """Translate lme4's name of a row."""
    name = name.replace("(Intercept)", "Intercept").replace("sexFemale", "sex[Female]")
    if name == "sigma":
        return "var(Residual)"
    kind, _, rest = name.partition("_")
    if kind not in ("sd", "cor"):
        return name
    terms, _, group = rest.partition("|")
    group = ":".join(reversed(group.split(":")))  # lme4 turns nested groups around
    return f"{kind.replace('sd', 'var')}({', '.join(terms.split('.'))} | {group})"


def compare(table: pd.DataFrame, rows: list[tuple[str, float, float]], case: str) -> None:
    seen = 0
    for name, low, high in rows:
        row = ours(name)
        if row.startswith("cor"):
            one, two = row[4:].split(" | ")[0].split(", ")
            row_turned = row.replace(f"{one}, {two}", f"{two}, {one}")
        if (case, row) in POORLY_INTERPOLATED:
            continue
        limits = table.loc[row_turned if row.startswith("cor") else row, ["low", "high"]]
        if row.startswith("var"):
            limits = limits**0.5
        # lme4 interpolates its profile by a spline
        assert limits.tolist() == pytest.approx([low, high], rel=1e-3, abs=1e-3 * (high - low))
        seen += 1
    assert seen >= len(rows) - 1


@pytest.mark.parametrize(
    ("name", "test", "formula"),
    [
        ("sleepstudy", "profile_ci_rs", "reaction ~ days + (days | subject)"),
        ("sleepstudy", "profile_ci_uncorr", "reaction ~ days + (days || subject)"),
        ("penicillin", "profile_ci", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
        ("hsb82", "profile_ci_ri_cses", "mathach ~ cses + (1 | school)"),
        ("hsb82", "profile_ci_random_slope", "mathach ~ cses + (cses | school)"),
        ("exam", "profile_ci_rs", "normexam ~ standlrt + (standlrt | school)"),
        ("orthodont", "profile_ci", "distance ~ age11 * sex + (age11 | subject)"),
    ],
)
def test_reference(name: str, test: str, formula: str) -> None:
    expected = json.loads((REFERENCE / "results" / f"{name}__tests.json").read_text())[test]
    fit = mlm.fit(formula, orthodont() if name == "orthodont" else mlm.load(name))
    rows = [(r, *v) for r, v in zip(expected["rows"], expected["values"], strict=True)]
    table = fit.confint("profile")
    compare(table, rows, name)
    assert table.attrs["method"] == "profile"
    assert table["estimate"].equals(fit.confint()["estimate"])


@pytest.mark.parametrize("case", [name for name in STORED if "profile" in STORED[name]])
def test_every_structure(case: str) -> None:
    stored = STORED[case]
    if stored["data"] == "egsingle":
        data = pd.read_csv(REFERENCE / "data" / "egsingle.csv.gz")
    else:
        data = mlm.load(stored["data"])
    fit = mlm.fit(stored["formula"], data.head(stored["rows"]))
    rows = [(row["name"], row["low"], row["high"]) for row in stored["profile"]]
    compare(fit.confint("profile"), rows, case)


def test_the_deviance_has_risen_by_the_quantile() -> None:
    """The definition, for a correlation, by another search over the covariance matrix."""
    fit = mlm.fit("mathach ~ cses + (cses | school)", mlm.load("hsb82"), reml=False)
    limits = fit.confint("profile").loc["cor(Intercept, cses | school)", ["low", "high"]]
    point, maker = fit.estimates.optimum.point, np.linalg.inv(fit.estimates.makers[0])

    def deviance(sd: np.ndarray, correlation: float) -> float:
        omega = np.outer(sd, sd) * [[1, correlation], [correlation, 1]]
        psi = maker @ omega @ maker.T
        return point.model.at(point.model.structure.parameters([psi])).deviance

    for limit in limits:
        options = {"xatol": 1e-9, "fatol": 1e-9}
        end = minimize(deviance, [0.5, 0.1], (limit,), method="Nelder-Mead", options=options)
        assert end.fun - point.deviance == pytest.approx(RISE, abs=1e-5)


def test_a_fixed_effect_is_tested_by_the_likelihood_ratio() -> None:
    """An interval that ends at zero belongs to a test whose p-value is one minus its coverage."""
    data = SLEEP[SLEEP["subject"] < "332"]
    formula = "reaction ~ days + (days | subject)"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)  # small data
        fit = mlm.fit(formula, data, reml=False)
        null = mlm.fit("reaction ~ 1 + (days | subject)", data, reml=False)
    p = mlm.compare(null, fit)["p"].iloc[1]
    low, high = fit.confint("profile", ci=1 - p).loc["days", ["low", "high"]]
    assert min(abs(low), abs(high)) == pytest.approx(0, abs=1e-5 * (high - low))


def test_restricted_fits_get_the_same_intervals() -> None:
    one, two = (mlm.fit("reaction ~ days + (1 | subject)", SLEEP, reml=r) for r in (True, False))
    limits = [fit.confint("profile")[["low", "high"]] for fit in (one, two)]
    np.testing.assert_allclose(*limits, rtol=1e-5)


def test_the_intraclass_correlation_has_a_profile() -> None:
    fit = mlm.fit("reaction ~ days + (1 | subject)", SLEEP)
    low, high = fit.confint("profile").loc["icc", ["low", "high"]]
    wald = fit.confint().loc["icc", ["low", "high"]]
    assert 0 < low < fit.icc() < high < 1
    assert [low, high] == pytest.approx(wald.tolist(), abs=0.05)


def test_a_variance_on_the_boundary_reaches_down_to_zero() -> None:
    flat = SLEEP.assign(
        reaction=SLEEP["reaction"] - SLEEP.groupby("subject")["reaction"].transform("mean")
    )
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("reaction ~ days + (1 | subject)", flat)
    table = fit.confint("profile")
    low, high = table.loc["var(Intercept | subject)", ["low", "high"]]
    assert low == 0
    assert 0 < high < fit.sigma**2
    assert table.loc["icc", "low"] == 0


def test_a_correlation_of_one_is_a_limit() -> None:
    data = mlm.load("exam")
    data = data.assign(boy=1 - data["girl"])
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("normexam ~ standlrt + girl + (0 + boy + girl | school)", data)
    table = fit.confint("profile")
    estimate, low, high = table.loc["cor(boy, girl | school)"]
    assert estimate == pytest.approx(1, abs=1e-12)
    assert high == 1
    assert 0.5 < low < 1
    for name in ("var(boy | school)", "var(girl | school)"):
        estimate, low, high = table.loc[name]
        assert 0 < low < estimate < high


@pytest.mark.parametrize("seed", [2, 5, 8, 11])
def test_near_a_boundary_no_lower_deviance_is_overlooked(seed: int) -> None:
    """Few small groups, where a search for the other parameters ends in several places."""
    rng, g = np.random.default_rng(seed), np.repeat(np.arange(8), 5)
    x = rng.normal(size=40)
    u, correlation = rng.normal(size=(8, 2)), (0.95, -0.9, 0.2)[seed // 3 % 3]
    slope = correlation * u[:, 0] + np.sqrt(1 - correlation**2) * u[:, 1]
    y = 1 + x / 2 + 0.6 * u[g, 0] + 0.6 * slope[g] * x + rng.normal(size=40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        fit = mlm.fit("y ~ x + (x | g)", pd.DataFrame({"g": g, "x": x, "y": y}), reml=False)
    limits = fit.confint("profile").loc["cor(Intercept, x | g)", ["low", "high"]]
    point, maker = fit.estimates.optimum.point, np.linalg.inv(fit.estimates.makers[0])

    def rise(log_sd: np.ndarray, correlation: float) -> float:
        sd = np.exp(log_sd)  # a negative one would turn the correlation around
        omega = np.outer(sd, sd) * [[1, correlation], [correlation, 1]]
        psi = maker @ omega @ maker.T
        return point.model.at(point.model.structure.parameters([psi])).deviance - point.deviance

    for limit in limits:
        least = min(
            minimize(rise, start, (limit,), method="Nelder-Mead", options={"fatol": 1e-9}).fun
            for start in np.log([[0.8, 0.5], [0.01, 0.5], [0.5, 0.01], [0.01, 0.01]])
        )
        assert least == pytest.approx(RISE, abs=1e-4) or (abs(limit) == 1 and least < RISE)


def test_units_do_not_change_the_profile() -> None:
    other = SLEEP.assign(reaction=SLEEP["reaction"] * 1000)
    formula = "reaction ~ days + (days | subject)"
    one, two = (mlm.fit(formula, data).confint("profile") for data in (SLEEP, other))
    factor = [1000, 1000, 1e6, 1e6, 1, 1e6]
    for side in ("low", "high"):
        np.testing.assert_allclose(one[side] * factor, two[side], rtol=1e-4)


def test_a_profile_that_cannot_be_followed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = mlm.fit("reaction ~ days + (1 | subject)", SLEEP)
    monkeypatch.setattr(path, "FARTHEST", 0)
    with pytest.raises(mlm.FitError, match=r"could not be followed.*method='wald'"):
        fit.confint("profile")


# ---- level-1 structures, weights, offset ----------------------------------------------------

LEVEL1 = json.loads((REFERENCE / "results" / "level1__inference.json").read_text())["degrees"]


def test_weights_match_lme4() -> None:
    """lme4's own profile with weights is not monotone; the same model written out has none."""
    weighted = SLEEP.assign(w=1 + SLEEP["days"] % 3)
    table = mlm.fit("reaction ~ days + (days | subject)", weighted, weights="w").confint("profile")
    names = {
        "onew": "Intercept",
        "daysw": "days",
        "sigma": "var(Residual)",
        "sd_onew|subject": "var(Intercept | subject)",
        "sd_daysw|subject": "var(days | subject)",
        "cor_daysw.onew|subject": "cor(Intercept, days | subject)",
    }
    seen = {row["name"]: (row["low"], row["high"]) for row in LEVEL1["weights_by_hand"]["profile"]}
    assert set(seen) == set(names)
    for theirs, row in names.items():
        low, high = table.loc[row, ["low", "high"]] ** (0.5 if row.startswith("var") else 1)
        assert [low, high] == pytest.approx(seen[theirs], rel=1e-3)


def test_an_offset_moves_what_it_is_added_to() -> None:
    formula = "reaction ~ days + (1 | subject)"
    one = mlm.fit(formula, SLEEP).confint("profile")
    two = mlm.fit(formula, SLEEP.assign(o=5 * SLEEP["days"]), offset="o").confint("profile")
    two.loc["days"] += 5
    pd.testing.assert_frame_equal(one, two, rtol=1e-5)


def test_compound_symmetry_has_the_profile_of_a_random_intercept() -> None:
    data = orthodont()
    marginal = mlm.fit(
        "distance ~ age11 * sex", data, residual=mlm.CompoundSymmetry(group="subject")
    ).confint("profile")
    nested = mlm.fit("distance ~ age11 * sex + (1 | subject)", data).confint("profile")
    correlation = marginal.loc["cor(one row, another | Residual)", ["low", "high"]]
    assert correlation.tolist() == pytest.approx(nested.loc["icc", ["low", "high"]], rel=1e-4)
    stored = {ours(row["name"]): (row["low"], row["high"]) for row in LEVEL1["compound"]["profile"]}
    for name in ("Intercept", "age11", "sex[Female]", "age11:sex[Female]"):
        assert marginal.loc[name, ["low", "high"]].tolist() == pytest.approx(stored[name], rel=1e-3)


ONE_PARAMETER = [
    ("bodyweight__varpower_time", "power time", lambda value: value),
    ("orthodont__marginal_ar1", "cor(occ, occ + 1 | Residual)", np.arctanh),
    ("sleepstudy__ri_ar1", "cor(days, days + 1 | Residual)", np.arctanh),
    ("ovary__ar1", "cor(ord, ord + 1 | Residual)", np.arctanh),
]


@pytest.mark.parametrize(("name", "row", "phi"), ONE_PARAMETER)
def test_the_engine_finds_the_same_rise(name: str, row: str, phi) -> None:
    """Held at a limit, the search over all other parameters ends higher by the quantile."""
    formula, residual = MODELS[name]
    fit = mlm.fit(formula, data(name.split("__")[0]), residual=residual, reml=False)
    rows = joint(fit).rows
    outer = Outer(rows.X, rows.y, rows.effects, rows.level1, reml=False)
    for limit in fit.confint("profile").loc[row, ["low", "high"]]:
        rise = outer.at(np.array([phi(limit)])).deviance - fit.deviance
        assert rise == pytest.approx(RISE, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("exam__hetero_gender", ["var(girl[0] | Residual)", "var(girl[1] | Residual)"]),
        ("orthodont__unstructured", ["var(occ[2.0] | Residual)",
                                     "cor(occ[2.0], occ[4.0] | Residual)"]),
        ("bodyweight__exp_nugget", ["nugget", "time:diet[2]", "var(Residual)"]),
    ],
)  # fmt: skip
def test_limits_of_level_1_are_where_the_deviance_has_risen(name: str, names: list[str]) -> None:
    """The definition, by another search (sequential quadratic programming) with a constraint."""
    formula, residual = MODELS[name]
    fit = mlm.fit(formula, data(name.split("__")[0]), residual=residual, reml=False)
    table, profiles = fit.confint("profile"), Profiles(joint(fit))
    quantities = {quantity.name: quantity for quantity in fit.residual.quantities()}
    for row in names:
        low, high = table.loc[row, ["low", "high"]]
        if row in quantities:
            quantity = quantities[row]
            along, held, _ = profiles.level1(quantity.eta, quantity.slopes)
            ends = quantity.scaled(low), quantity.scaled(high)
        else:
            along, held, _ = profiles.coefficient(fit.design.names.index(row))
            ends = (low - fit.fixef[row]) / fit.se[row], (high - fit.fixef[row]) / fit.se[row]
        for end in ends:
            assert lowest(along, held, end) - fit.deviance == pytest.approx(RISE, abs=1e-4)


def lowest(along, held, end: float) -> float:
    """Return the least deviance at which a quantity has a value."""
    spread = np.sqrt(np.abs(np.diag(positive_inverse(along.hessian))))

    def at(z: np.ndarray) -> np.ndarray:
        return along.start + spread * z

    found = minimize(
        lambda z: along.function(at(z))[0],
        np.zeros(len(spread)),
        jac=lambda z: along.function(at(z))[1] * spread,
        method="SLSQP",
        constraints={"type": "eq", "fun": lambda z: held(at(z))[0] - end},
        options={"ftol": 1e-12, "maxiter": 500},
    )
    return found.fun


def test_a_power_of_the_fitted_value_has_no_profile() -> None:
    fit = mlm.fit("distance ~ age11 + (1 | subject)", orthodont(), residual=mlm.VariancePower())
    with pytest.raises(mlm.FitError, match=r"not the maximum of one function.*'wald'"):
        fit.confint("profile")


def test_the_cost_of_a_search_is_small() -> None:
    """Points of the likelihood, not seconds: nine parameters once took 4000."""
    data = pd.read_csv(REFERENCE / "data" / "egsingle.csv.gz").head(1500)
    fit = mlm.fit("math ~ year + (year | school/child)", data)
    counted = 0
    at = Gaussian.at

    def counting(self: Gaussian, theta: np.ndarray):
        nonlocal counted
        counted += 1
        return at(self, theta)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gaussian, "at", counting)
        fit.confint("profile")
    assert counted < 500
