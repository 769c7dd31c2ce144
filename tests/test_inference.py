"""Tests, intervals and shares of variance."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.engine import joint
from mlmbook.likelihood.curvature import component_covariance

REFERENCE = Path(__file__).parent / "reference" / "results"
SLEEP = mlm.load("sleepstudy")
FIT = mlm.fit("reaction ~ days + (days | subject)", SLEEP)
SIMPLE = mlm.fit("reaction ~ days + (1 | subject)", SLEEP)


def test_summary_can_be_the_normal_table() -> None:
    table = FIT.summary(df="wald")
    assert list(table.columns) == ["estimate", "se", "df", "statistic", "p", "low", "high"]
    assert table.attrs["df"] == "wald"
    days = table.loc["days"]
    assert days["statistic"] == pytest.approx(days["estimate"] / days["se"])
    assert days["p"] == pytest.approx(1.275e-11, rel=1e-3)
    assert np.isinf(days["df"])


@pytest.mark.parametrize(
    ("dataset", "test", "formula"),
    [
        ("sleepstudy", "wald_ci", "reaction ~ days + (days | subject)"),
        ("hsb82", "wald_ci_ri_cses", "mathach ~ cses + (1 | school)"),
    ],
)
def test_wald_intervals_of_fixed_effects_match_lme4(dataset: str, test: str, formula: str) -> None:
    expected = json.loads((REFERENCE / f"{dataset}__tests.json").read_text())[test]
    fit = mlm.fit(formula, mlm.load(dataset), reml=False)
    limits = fit.confint().iloc[:2][["low", "high"]]
    np.testing.assert_allclose(limits, np.array(expected["values"][-2:], dtype=float), rtol=1e-6)
    np.testing.assert_allclose(fit.summary(df="wald")[["low", "high"]], limits)


NLME = json.loads((REFERENCE / "wald__nlme_intervals.json").read_text())["models"]


@pytest.mark.parametrize("formula", NLME)
def test_wald_intervals_of_components_match_nlme(formula: str) -> None:
    model = NLME[formula]
    fit = mlm.fit(formula, mlm.load(model["data"]))
    (group,) = fit.ngroups
    table = fit.confint()
    for row in model["intervals"]:
        name = row["name"].replace("(Intercept)", "Intercept").replace(",", ", ")
        if name == "sigma":
            ours = table.loc["var(Residual)"] ** 0.5
        elif name.startswith("sd"):
            ours = table.loc[f"var({name[3:-1]} | {group})"] ** 0.5
        else:
            ours = table.loc[f"{name[:-1]} | {group})"]
        # nlme differentiates numerically, twice; the second decimal of a correlation is its limit
        loose = 1e-2 if name.startswith("cor") else 5e-4
        expected = [row["estimate"], row["lower"], row["upper"]]
        assert ours.tolist() == pytest.approx(expected, abs=loose * max(1, row["estimate"]))


@pytest.mark.parametrize("formula", [FIT.formula, SIMPLE.formula])
@pytest.mark.parametrize("reml", [True, False])
def test_observed_information_is_that_of_differences(formula: str, reml: bool) -> None:
    """Second differences of the deviance with sigma free, in logarithms and Fisher's z."""
    fit = mlm.fit(formula, SLEEP, reml=reml)
    components, vcov = component_covariance(joint(fit))
    estimates = fit.estimates
    model, maker = estimates.optimum.point.model, np.linalg.inv(estimates.makers[0])
    m, scale2 = model.dof, estimates.basis.scale**2

    def deviance(eta: np.ndarray) -> float:
        sigma2 = np.exp(2 * eta[-1])
        psi = maker @ (components.at(eta)[0] / sigma2) @ maker.T
        point = model.at(model.structure.parameters([psi]))
        profiled = m * (1 + np.log(2 * np.pi * point.rss / m))
        return point.deviance - profiled + m * np.log(sigma2) + point.rss * scale2 / sigma2

    units = np.eye(len(components)) * 1e-3
    at = components.eta
    hessian = np.array(
        [
            [
                deviance(at + a + b)
                - deviance(at + a - b)
                - deviance(at - a + b)
                + deviance(at - a - b)
                for b in units
            ]
            for a in units
        ]
    ) / (4 * 1e-6)
    np.testing.assert_allclose(vcov, 2 * np.linalg.inv(hessian), rtol=1e-3, atol=1e-5)


def test_interval_of_the_icc_lies_inside_zero_and_one() -> None:
    table = SIMPLE.confint()
    low, high = table.loc["icc", ["low", "high"]]
    assert 0 < low < SIMPLE.icc() < high < 1
    assert table.loc["icc", "estimate"] == pytest.approx(SIMPLE.icc())


def test_a_component_on_the_boundary_has_no_interval() -> None:
    flat = SLEEP.assign(
        reaction=SLEEP["reaction"] - SLEEP.groupby("subject")["reaction"].transform("mean")
    )
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("reaction ~ days + (1 | subject)", flat)
    table = fit.confint()
    assert table.loc["var(Intercept | subject)", "estimate"] == 0
    assert table.loc[["var(Intercept | subject)", "icc"], ["low", "high"]].isna().all(axis=None)
    assert table.loc["var(Residual)", ["low", "high"]].notna().all()


def test_coverage_is_set_at_the_fit_or_at_the_call() -> None:
    narrow = mlm.fit(SIMPLE.formula, SLEEP, ci=0.5)
    pd.testing.assert_frame_equal(narrow.confint(), SIMPLE.confint(ci=0.5))
    assert (narrow.summary()["low"] > SIMPLE.summary()["low"]).all()
    with pytest.raises(mlm.FitError, match="between 0 and 1"):
        SIMPLE.confint(ci=2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fit: fit.summary(df="exact"), "df='exact' is not available"),
        (lambda fit: fit.confint("exact"), "method='exact' is not available"),
    ],
)
def test_methods_that_are_not_there(call, message: str) -> None:
    with pytest.raises(mlm.FitError, match=message):
        call(FIT)


def test_icc_is_the_share_between_groups() -> None:
    between, within = SIMPLE.varcorr["variance"]
    assert SIMPLE.icc() == pytest.approx(between / (between + within))
    assert SIMPLE.vpc() == pytest.approx(SIMPLE.icc())


def test_icc_of_a_random_slope_model_is_refused() -> None:
    with pytest.raises(mlm.FormulaError, match=r"use vpc\(at=\.\.\.\)"):
        FIT.icc()
    with pytest.raises(mlm.FormulaError, match=r"vpc\(at=\{'x': 0\}\)"):
        FIT.vpc()


def test_vpc_depends_on_the_predictor() -> None:
    intercept, slope, both, residual = FIT.varcorr["variance"]
    shares = FIT.vpc(at={"days": [0, 3]})
    for days, share in shares.items():
        between = intercept + 2 * days * both + days**2 * slope
        assert share == pytest.approx(between / (between + residual))
    assert FIT.vpc(at={"days": 3}) == pytest.approx(shares[3])


def test_vpc_of_several_predictors_is_indexed_by_them() -> None:
    data = SLEEP.assign(late=SLEEP["days"] > 4)
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("reaction ~ days + late + (days + late | subject)", data)
    shares = fit.vpc(at={"days": [0, 9], "late": [False, True]})
    assert shares.index.names == ["days", "late"]


def test_reliability_is_the_shrinkage_factor() -> None:
    some = SLEEP[(SLEEP["days"] < 5) | (SLEEP["subject"] > "335")]
    fit = mlm.fit(SIMPLE.formula, some)
    between, within = fit.varcorr["variance"]
    table = fit.reliability()
    assert set(table["n"]) == {5, 10}
    np.testing.assert_allclose(table["reliability"], between / (between + within / table["n"]))


def test_reliability_of_a_slope() -> None:
    table = FIT.reliability("subject", term="days")
    left = FIT.ranef_sd["subject"]["days"] ** 2
    np.testing.assert_allclose(table["reliability"], 1 - left / FIT.varcorr["variance"][1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group": "subjct"}, "'subjct' is not a grouping factor.*did you mean 'subject'"),
        ({"term": "day"}, "'day' is not a random effect of 'subject'; did you mean 'days'"),
    ],
)
def test_reliability_of_what_is_not_there(options: dict, message: str) -> None:
    with pytest.raises(mlm.FormulaError, match=message):
        FIT.reliability(**options)


def test_reliability_with_two_factors_needs_a_choice() -> None:
    fit = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
    with pytest.raises(mlm.FormulaError, match="choose a grouping factor: group='plate'"):
        fit.reliability()
    assert len(fit.reliability("sample")) == 6


def test_design_effect() -> None:
    assert mlm.design_effect(20, 0.05) == pytest.approx(1.95)
    assert mlm.design_effect(1, 0.9) == 1
    np.testing.assert_allclose(mlm.design_effect([2, 3], 0.5), [1.5, 2])
    with pytest.raises(mlm.DataError, match="at least one observation"):
        mlm.design_effect(0, 0.1)
    with pytest.raises(mlm.DataError, match="between -1 and 1"):
        mlm.design_effect(10, 1.1)
