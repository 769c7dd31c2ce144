"""Inference with a level-1 structure, weights or an offset, against R and by definition."""

from __future__ import annotations

import json
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dense import kenward_roger
from level1_models import MODELS, data

import mlmbook as mlm
from mlmbook.engine import joint
from mlmbook.likelihood import satterthwaite
from mlmbook.likelihood.curvature import component_covariance
from mlmbook.residual.quantities import Quantity

REFERENCE = Path(__file__).parent / "reference" / "results"
STORED = json.loads((REFERENCE / "level1__inference.json").read_text())
POWER_AND_AR1 = [mlm.VariancePower("days1"), mlm.AR1("days")]
MORE = {
    "sleepstudy__power_ar1": ("reaction ~ days + (1 | subject)", POWER_AND_AR1),
    "sleepstudy__power": ("reaction ~ days + (days || subject)", mlm.VariancePower("days1")),
    "orthodont__sex_occasions": (
        "distance ~ age11 * sex",
        [mlm.VarianceBy("sex"), mlm.Unstructured("occ", group="subject")],
    ),
    "scotssec__crossed": (
        "attain ~ verbal + female + (1 | primary) + (1 | secondary)",
        mlm.VarianceBy("female"),
    ),
    "egsingle__nested": ("math ~ year + (year | school) + (1 | school:child)", mlm.AR1("year")),
}
ALL = {**MODELS, **MORE}


@cache
def fitted(name: str, *, turned: bool = False) -> mlm.Fit:
    formula, residual = ALL[name]
    frame = data(name.split("__")[0])
    if name.startswith("sleepstudy"):
        frame = frame.assign(days1=frame["days"] + 1)
    if name in ("scotssec__crossed", "egsingle__nested"):
        frame = frame.head(500)
    if turned:
        frame = frame.assign(girl=pd.Categorical(frame["girl"].astype(str), ["1", "0"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        return mlm.fit(formula, frame, residual=residual)


# ---- Wald intervals of components -----------------------------------------------------------

OURS = {
    "exam__hetero_gender": {
        "sd((Intercept))": "var(Intercept | school)",
        "sd(standlrt)": "var(standlrt | school)",
        "cor((Intercept),standlrt)": "cor(Intercept, standlrt | school)",
        "sigma": "var(girl[1] | Residual)",
    },
    "orthodont__hetero_sex": {
        "sd((Intercept))": "var(Intercept | subject)",
        "sd(age11)": "var(age11 | subject)",
        "cor((Intercept),age11)": "cor(Intercept, age11 | subject)",
        "sigma": "var(sex[Female] | Residual)",
    },
    "bodyweight__varpower_time": {
        "sd((Intercept))": "var(Intercept | rat)",
        "cor((Intercept),time)": "cor(Intercept, time | rat)",
        "sigma": "var(Residual)",
        "power": "power time",
    },
    "sleepstudy__ri_ar1": {
        "sd((Intercept))": "var(Intercept | subject)",
        "Phi": "cor(days, days + 1 | Residual)",
        "sigma": "var(Residual)",
    },
    "orthodont__compound_symmetry": {
        "Rho": "cor(one row, another | Residual)",
        "sigma": "var(Residual)",
    },
    "orthodont__unstructured": {
        "sigma": "var(occ[1.0] | Residual)",
        "cor(1,2)": "cor(occ[1.0], occ[2.0] | Residual)",
        "cor(2,4)": "cor(occ[2.0], occ[4.0] | Residual)",
        "cor(3,4)": "cor(occ[3.0], occ[4.0] | Residual)",
    },
    "orthodont__marginal_ar1": {
        "Phi": "cor(occ, occ + 1 | Residual)",
        "sigma": "var(Residual)",
    },
    "sleepstudy__power_ar1": {
        "sd((Intercept))": "var(Intercept | subject)",
        "Phi": "cor(days, days + 1 | Residual)",
        "power": "power days1",
        "sigma": "var(Residual)",
    },
}


def symmetric(name: str, values: np.ndarray) -> np.ndarray:
    """Put limits on the scale on which they are symmetric, where nlme's Rho is a logit."""
    if name == "power":
        return values
    if name == "Rho":
        return np.log((values + 1 / 3) / (1 - values))
    if name.startswith("cor") or name == "Phi":
        return np.arctanh(values)
    return np.log(values)


@pytest.mark.parametrize("name", OURS)
def test_intervals_of_components_match_nlme(name: str) -> None:
    """Nlme's second derivatives err in proportion to a step: two steps show what they tend to."""
    case = STORED["intervals"][name]
    fit = fitted(name)
    assert fit.deviance == pytest.approx(case["minus2loglik"], abs=1e-5)
    table = fit.confint()
    seen = set()
    for fine, coarse in zip(case["intervals"], case["ten_times_the_step"], strict=True):
        if fine["name"] not in OURS[name]:
            continue
        row = OURS[name][fine["name"]]
        near, far = (
            symmetric(fine["name"], np.array([r["lower"], r["upper"]])) for r in (fine, coarse)
        )
        limits = table.loc[row, ["low", "high"]].to_numpy(dtype=float)
        if row.startswith("var"):
            limits = np.sqrt(limits)
        expected = near + (near - far) / 9
        width = expected[1] - expected[0]
        assert symmetric(fine["name"], limits) == pytest.approx(expected, abs=2e-4 * width)
        seen.add(fine["name"])
    assert seen == set(OURS[name])


def test_the_first_stratum_may_be_any() -> None:
    one, two = (fitted("exam__hetero_gender", turned=turned).confint() for turned in (False, True))
    names = [f"var(girl[{value}] | Residual)" for value in (0, 1)]
    np.testing.assert_allclose(one.loc[names], two.loc[names], rtol=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_every_quantity_has_a_row(name: str) -> None:
    fit = fitted(name)
    table = fit.confint()
    rows = fit.varcorr[fit.varcorr["group"] == "Residual"]
    values = np.where(rows["term2"] == "", rows["variance"], rows["sd"])
    quantities = [q.name for q in fit.residual.quantities()]
    np.testing.assert_allclose(table.loc[quantities[: len(values)], "estimate"], values, rtol=1e-9)
    if not fit.singular:
        assert (table["low"] < table["estimate"]).all()
        assert (table["estimate"] < table["high"]).all()


def test_a_ratio_of_strata_is_told_where_occasions_have_the_variances() -> None:
    table = fitted("orthodont__sex_occasions").confint()
    low, high = table.loc["sd ratio sex[Female]", ["low", "high"]]
    assert 0 < low < high < 1.2


@pytest.mark.parametrize("kind", ["variance", "ratio", "power", "correlation"])
def test_scales_lead_back(kind: str) -> None:
    quantity = Quantity("q", kind, lambda x: 0.3 + x[0], least=-0.2)
    assert quantity.natural(quantity.scaled(0.3)) == pytest.approx(0.3)
    step = 1e-6
    difference = quantity.scaled(0.3 + step) - quantity.scaled(0.3 - step)
    assert quantity.slopes(np.zeros(1)) == pytest.approx(difference / 2 / step, rel=1e-5)


# ---- degrees of freedom ---------------------------------------------------------------------

SLEEP = mlm.load("sleepstudy").assign(
    w=lambda d: 1 + d["days"] % 3, o=lambda d: 5 * d["days"] - 2 * (d["days"] % 2)
)
SLOPES = "reaction ~ days + (days | subject)"


def agrees(fit: mlm.Fit, case: str, rows: dict[str, str]) -> None:
    for method, ours in (("satterthwaite", "satterthwaite"), ("kenward_roger", "kenward-roger")):
        expected = STORED["degrees"][case].get(method)
        if expected is None:
            continue
        table = fit.summary(df=ours)
        at = [expected["names"].index(name) for name in rows.values()]
        part = table.loc[list(rows)]
        np.testing.assert_allclose(part["se"], np.array(expected["se"])[at], rtol=1e-5)
        np.testing.assert_allclose(part["df"], np.array(expected["df"])[at], rtol=1e-4)


def test_weights_match_lmertest() -> None:
    fit = mlm.fit(SLOPES, SLEEP, weights="w")
    agrees(fit, "weights", {"Intercept": "(Intercept)", "days": "days"})
    agrees(fit, "weights_by_hand", {"Intercept": "onew", "days": "daysw"})


def test_offset_matches_lmertest() -> None:
    agrees(
        mlm.fit(SLOPES, SLEEP, offset="o"), "offset", {"Intercept": "(Intercept)", "days": "days"}
    )


def test_strata_match_an_effect_of_each_row() -> None:
    growth = {
        "Intercept": "(Intercept)", "age11": "age11",
        "sex[Female]": "sexFemale", "age11:sex[Female]": "age11:sexFemale",
    }  # fmt: skip
    frame = data("orthodont")
    formula = "distance ~ age11 * sex"
    fit = mlm.fit(f"{formula} + (1 | subject)", frame, residual=mlm.VarianceBy("sex"))
    agrees(fit, "hetero_sex", growth)
    agrees(fitted("orthodont__compound_symmetry"), "compound", growth)
    few = mlm.load("exam").head(600)
    girls = mlm.fit(MODELS["exam__hetero_gender"][0], few, residual=mlm.VarianceBy("girl"))
    agrees(girls, "hetero_girl", {"standlrt": "standlrt", "girl": "girl1"})


@pytest.mark.parametrize(
    "name",
    ["orthodont__compound_symmetry", "orthodont__marginal_ar1"],
)
def test_marginal_models_match_emmeans(name: str) -> None:
    """Its Satterthwaite method perturbs the data at random: three digits are what it has."""
    expected = STORED["gls"][name]
    table = fitted(name).summary(df="satterthwaite")
    assert table.loc["age11", "se"] == pytest.approx(expected["se"][0], rel=1e-5)
    assert table.loc["age11", "df"] == pytest.approx(expected["df"][0], rel=0.01)


def test_unstructured_complete_data_have_the_degrees_of_the_multivariate_test() -> None:
    table = fitted("orthodont__unstructured")
    for method in ("satterthwaite", "kenward-roger"):
        assert table.summary(df=method)["df"].tolist() == pytest.approx([25.0] * 4, rel=1e-6)


def covariance(fit: mlm.Fit, x: np.ndarray) -> np.ndarray:
    """V at the elements of every Omega, the logarithm of sigma, and phi."""
    design, level1, used = fit.design, fit.residual.level1, 0
    omegas = []
    for grouping, omega in zip(design.groupings, fit.estimates.covariances, strict=True):
        new = np.zeros_like(omega)
        for a, b in elements(grouping):
            new[a, b] = new[b, a] = x[used]
            used += 1
        omegas.append(new)
    L = level1.at(x[used + 1 :]).color(np.eye(fit.nobs))
    V = np.exp(2 * x[used]) * L @ L.T
    for grouping, omega in zip(design.groupings, omegas, strict=True):
        same = grouping.codes[:, None] == grouping.codes
        V += same * (grouping.Z @ omega @ grouping.Z.T)
    return V


def elements(grouping) -> list[tuple[int, int]]:
    return [(a, b) for block in grouping.blocks for a in block for b in block if b <= a]


def by_definition(fit: mlm.Fit) -> tuple[np.ndarray, np.ndarray]:
    """Kenward and Roger's standard errors and degrees of freedom, from matrices written out."""
    design = fit.design
    x = [
        omega[a, b]
        for grouping, omega in zip(design.groupings, fit.estimates.covariances, strict=True)
        for a, b in elements(grouping)
    ]
    x = np.array([*x, np.log(fit.sigma), *fit.residual.phi])
    return kenward_roger(design.X, lambda x: covariance(fit, x), x)


@pytest.mark.parametrize("name", [*MORE, "orthodont__hetero_sex", "orthodont__marginal_ar1",
                                  "bodyweight__varpower_time", "sleepstudy__ri_ar1"])  # fmt: skip
def test_kenward_roger_by_its_definition(name: str) -> None:
    fit = fitted(name)
    se, df = by_definition(fit)
    table = fit.summary(df="kenward-roger")
    np.testing.assert_allclose(table["se"], se, rtol=1e-6)
    np.testing.assert_allclose(table["df"], df, rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in ALL if name != "sleepstudy__ar1"])
def test_satterthwaite_by_its_definition(name: str) -> None:
    """The slope of each variance by differences, over components that are not on the boundary."""
    fit = fitted(name)
    if fit.singular:
        pytest.skip("components on the boundary are held there")
    whole = joint(fit)
    scale, vcov = component_covariance(whole)
    x = np.append(scale.eta, whole.phi)

    def variances(x: np.ndarray) -> np.ndarray:
        eta, phi = np.split(x, [len(scale)])
        there = whole.at_covariances(scale.at(eta), np.exp(2 * eta[-1]), phi).estimates
        vcov = there.basis.covariance(there.optimum.point.vcov) / there.basis.scale**2
        return np.diag(vcov) * np.exp(2 * eta[-1])

    steps = np.eye(len(x)) * 1e-5
    slopes = np.array([(variances(x + h) - variances(x - h)) / 2e-5 for h in steps])
    df = 2 * variances(x) ** 2 / np.einsum("ip,ij,jp->p", slopes, vcov, slopes)
    np.testing.assert_allclose(fit.summary()["df"], df, rtol=1e-4)


def test_components_that_nothing_determines_leave_the_normal_distribution() -> None:
    fit = fitted("sleepstudy__ri_ar1")

    class Flat(satterthwaite.Satterthwaite):
        def _information(self):
            return -super()._information()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlmbook.degrees.Satterthwaite", Flat)
        table = fit.summary()
    assert table.attrs["df"] == "wald"
    assert "normal distribution is used instead" in table.attrs["messages"][0]
    pd.testing.assert_frame_equal(table, fit.summary(df="wald"))


def test_a_nugget_of_zero_has_no_interval_and_the_others_have() -> None:
    rng = np.random.default_rng(2)
    E = rng.normal(size=(20, 10)).cumsum(axis=1)[:, 2:]
    E[:, 1:-1] = (E[:, :-2] + 2 * E[:, 1:-1] + E[:, 2:]) / 4  # smoother than an autoregression
    frame = pd.DataFrame(
        {"g": np.repeat(np.arange(20), 8), "t": np.tile(np.arange(8), 20), "y": E.ravel()}
    )
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ t", frame, residual=mlm.AR1("t", group="g", nugget=True))
    table = fit.confint()
    assert table.loc["nugget", "estimate"] == 0
    assert table.loc["nugget", ["low", "high"]].isna().all()
    without = mlm.fit("y ~ t", frame, residual=mlm.AR1("t", group="g")).confint()
    for name in ("var(Residual)", "t"):
        np.testing.assert_allclose(table.loc[name], without.loc[name], rtol=0.02)
    with pytest.raises(mlm.FitError, match="nugget is estimated at zero"):
        fit.confint("profile")
