"""Known level-1 variances (meta-analysis) against the R package metafor."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.degrees import known_kenward_roger
from mlmbook.engine import joint
from mlmbook.likelihood.curvature import component_covariance

REFERENCE = Path(__file__).parent / "reference"
THREE = "yi ~ 1 + (1 | study/esid)"
MODELS = {
    "assink2016__three_level": {"": ("assink2016", THREE)},
    "teacherexpectancy__vknown": {
        "uncond_": ("teacherexpectancy", "yi ~ 1 + (1 | study)"),
        "weeks_": ("teacherexpectancy", "yi ~ weeks_3 + (1 | study)"),
    },
    "meta__inference": {
        "three_": ("assink2016", THREE),
        "moderated_": ("assink2016", "yi ~ year_c + pubstatus + (1 | study/esid)"),
        "slope_": ("assink2016", "yi ~ year_c + (year_c | study)"),
    },
}
SINGULAR = ("weeks_", "slope_")
"""A variance of zero; a correlation of minus one."""


@cache
def reference(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


@cache
def data(name: str) -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "data" / f"{name}.csv.gz")
    if name == "teacherexpectancy":
        return frame.assign(weeks_3=frame["weeks"].clip(upper=3))
    return frame.assign(year_c=(frame["year"] - frame["year"].mean()) / 10)


@cache
def fitted(dataset: str, formula: str, method: str) -> mlm.Fit:
    singular = "weeks_3" in formula or "(year_c" in formula
    expected = pytest.warns(mlm.SingularFitWarning) if singular else nullcontext()
    with expected:
        known = mlm.KnownVariance("vi")
        return mlm.fit(formula, data(dataset), residual=known, reml=method == "REML")


def values(found: object) -> np.ndarray:
    return np.atleast_1d(list(found.values()) if isinstance(found, dict) else found)


methods = pytest.mark.parametrize("method", ["REML", "ML"])


@methods
@pytest.mark.parametrize(("name", "key"), [(name, key) for name in MODELS for key in MODELS[name]])
def test_estimates(name: str, key: str, method: str) -> None:
    fit, r = fitted(*MODELS[name][key], method), reference(name)["fits"][key + method]
    assert fit.converged
    assert fit.singular == (key in SINGULAR)
    log_det = np.linalg.slogdet(fit.design.X.T @ fit.design.X)[1] if method == "REML" else 0.0
    assert fit.deviance - log_det < -2 * r["loglik"] + 1e-5  # metafor has X'X in its REML
    if key != "slope_":  # its search stops before the correlation of minus one
        assert fit.deviance - log_det == pytest.approx(-2 * r["loglik"], abs=1e-5)
        se = values(r["se"])
        assert np.abs(fit.fixef.to_numpy() - values(r["coef"])).max() < 1e-4 * se.min()
        assert fit.se.to_numpy() == pytest.approx(se, rel=1e-4)
        variances = values(r.get("tau2", r.get("sigma2")))
        found = fit.varcorr.set_index("group")["variance"]
        expected = dict(zip(["study", "study:esid"], variances, strict=False))
        assert found.to_dict() == pytest.approx(expected, rel=1e-4, abs=1e-9)


@methods
def test_parameters_are_counted_as_there(method: str) -> None:
    fit, r = fitted("assink2016", THREE, method), reference("meta__inference")["fits"]
    r = r[f"three_{method}"]
    assert fit.nparams == r["npar"]
    if method == "ML":
        assert fit.aic == pytest.approx(r["aic"], abs=1e-5)


@methods
def test_modes_and_their_errors(method: str) -> None:
    fit = fitted("assink2016", THREE, method)
    modes = reference("meta__inference")["fits"][f"three_{method}"]["modes"]
    for group, key in (("study", "study"), ("study:esid", "study/esid")):
        r = modes[key]
        labels = [str(label).replace(":", "/") for label in fit.ranef[group].index]
        expected = pd.DataFrame(r).set_index("label").loc[labels]
        spread = expected["mode"].std()
        own = fit.ranef[group]["Intercept"].to_numpy()
        assert own == pytest.approx(expected["mode"].to_numpy(), abs=1e-5 * spread)
        errors = fit.residuals_sd_at(group)["Intercept"].to_numpy()
        assert errors == pytest.approx(expected["se"].to_numpy(), rel=1e-5)


@methods
def test_how_well_variances_are_known(method: str) -> None:
    fit = fitted("assink2016", THREE, method)
    r = reference("meta__inference")["fits"][f"three_{method}"]
    scale, vcov = component_covariance(joint(fit))
    variances = np.exp(2 * scale.eta[:-1])
    own = vcov[:-1, :-1] * np.outer(2 * variances, 2 * variances)
    names = [fit.design.groupings[scale.factor[i]].name for i in range(2)]
    order = [names.index("study"), names.index("study:esid")]
    assert own[np.ix_(order, order)] == pytest.approx(np.array(r["vvc"]), rel=1e-3)
    assert not vcov[-1].any()  # sigma is known


def test_expected_information() -> None:
    """The standard error that ``rma`` gives for a variance is that of Kenward and Roger."""
    fit = fitted("teacherexpectancy", "yi ~ 1 + (1 | study)", "REML")
    r = reference("teacherexpectancy__vknown")["fits"]["uncond_REML"]
    (maker,), known = fit.estimates.makers, known_kenward_roger(fit)
    assert np.sqrt(known.W[0, 0]) * maker[0, 0] ** 2 == pytest.approx(r["se_tau2"], rel=1e-4)


@pytest.mark.parametrize("dataset", ["assink2016", "teacherexpectancy"])
def test_profile_limits(dataset: str) -> None:
    formula = THREE if dataset == "assink2016" else "yi ~ 1 + (1 | study)"
    table = fitted(dataset, formula, "ML").confint("profile")
    names = ["var(Intercept | study)", "var(Intercept | study:esid)"]
    for name, r in zip(names, reference("meta__inference")["profile"][dataset], strict=False):
        assert table.loc[name, "estimate"] == pytest.approx(r["estimate"], rel=1e-4)
        limits = table.loc[name, ["low", "high"]].to_numpy(dtype=float)
        assert limits == pytest.approx(np.array([r["low"], r["high"]]), rel=1e-3, abs=1e-8)
    assert "var(Residual)" not in table.index


def test_likelihood_ratio() -> None:
    large = fitted("assink2016", THREE, "ML")
    small = fitted("assink2016", "yi ~ 1 + (1 | study)", "ML")
    row = mlm.compare(small, large).iloc[1]
    r = reference("meta__inference")["likelihood_ratio"]
    assert row["chisq"] == pytest.approx(r["statistic"], abs=1e-4)
    assert row["p"] == pytest.approx(r["p"] / 2, rel=1e-3)  # half of it: the boundary
    assert row["reference"] == "½χ²(0) + ½χ²(1)"
