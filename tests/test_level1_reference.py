"""Level-1 structures in combination, weights, offsets and several responses, against R."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixed_effects import agree, plain

import mlmbook as mlm

REFERENCE = Path(__file__).parent / "reference"
GROWTH = "distance ~ age11 * sex"
GONE = [2, 9, 10, 28, 49, 71, 72, 99]
"""Rows of Orthodont that the reference drops."""

MODELS = {
    "exam__hetero_two": (
        "normexam ~ standlrt + girl + (1 | school)",
        {"residual": mlm.VarianceBy("girl", "schgend")},
    ),
    "exam__weights_hetero": (
        "normexam ~ standlrt + girl + (1 | school)",
        {"residual": mlm.VarianceBy("girl"), "weights": "w"},
    ),
    "orthodont__hetero_ar1": (
        f"{GROWTH} + (1 | subject)",
        {"residual": [mlm.VarianceBy("sex"), mlm.AR1("occ")]},
    ),
    "orthodont__hetero_symmetry": (
        GROWTH,
        {"residual": [mlm.VarianceBy("sex"), mlm.CompoundSymmetry(group="subject")]},
    ),
    "orthodont__unstructured_missing": (
        GROWTH,
        {"residual": mlm.Unstructured("occ", group="subject")},
    ),
    "bodyweight__varpower_time_ar1": (
        "weight ~ time * diet + (1 | rat)",
        {"residual": [mlm.VariancePower("time"), mlm.AR1("time")]},
    ),
    "bodyweight__gaps": ("weight ~ time * diet + (1 | rat)", {"residual": mlm.AR1("time")}),
    "acitelli__apim_distinguishable": (
        "satisfaction ~ gender * op_a + gender * op_p",
        {"residual": [mlm.VarianceBy("gender"), mlm.CompoundSymmetry(group="couple")]},
    ),
    "acitelli__apim_ri": ("satisfaction ~ gender * op_a + gender * op_p + (1 | couple)", {}),
    "sleepstudy__weights": ("reaction ~ days + (days | subject)", {"weights": "w"}),
    "sleepstudy__offset": ("reaction ~ days + (days | subject)", {"offset": "known"}),
    "penicillin__weights": ("diameter ~ 1 + (1 | plate) + (1 | sample)", {"weights": "w"}),
}
STRUCTURES = [name for name, (_, extra) in MODELS.items() if "residual" in extra]
cases = pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name in MODELS for method in ("REML", "ML")]
)


@cache
def reference(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


def load(name: str) -> pd.DataFrame:
    packaged = name in set(mlm.datasets()["name"])
    return mlm.load(name) if packaged else pd.read_csv(REFERENCE / "data" / f"{name}.csv.gz")


@cache
def data(name: str) -> pd.DataFrame:
    """Return the data of a reference, prepared as its R script does."""
    frame = load(reference(name)["dataset"])
    frame = frame.assign(w=1.0 + np.arange(len(frame)) % 4)
    if name.startswith("orthodont"):
        sex = pd.Categorical(frame["sex"].astype(str), ["Male", "Female"])
        frame = frame.assign(age11=frame["age"] - 11, occ=(frame["age"] - 8) / 2 + 1, sex=sex)
    if name == "orthodont__unstructured_missing":
        frame = frame.drop(index=GONE)
    if name.startswith("bodyweight"):
        frame["diet"] = pd.Categorical(frame["diet"].astype(str))
    if name == "bodyweight__gaps":
        gone = (frame["time"] == 15) | ((frame["rat"].astype(str) == "3") & (frame["time"] == 44))
        frame = frame[~gone]
    if name.startswith("acitelli"):
        mean = frame["otherpos_actor"].mean()
        gender = pd.Categorical(frame["gender"], ["Husband", "Wife"])
        frame = frame.assign(
            op_a=frame["otherpos_actor"] - mean,
            op_p=frame["otherpos_partner"] - mean,
            gender=gender,
        )
    if name == "sleepstudy__offset":
        frame = frame.assign(known=5.0 * frame["days"])
    return frame


@cache
def fitted(name: str, method: str) -> mlm.Fit:
    formula, extra = MODELS[name]
    return mlm.fit(formula, data(name), reml=method == "REML", **extra)


@cases
def test_likelihood(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    assert fit.loglik == pytest.approx(expected["loglik"], abs=1e-5)
    assert fit.nparams == expected["npar"]
    assert fit.nobs == expected["n_obs"]
    assert fit.converged
    assert not fit.singular


@cases
def test_fixed_effects(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    agree(fit, expected, of_gls=reference(name)["engine"] == "nlme::gls")


@cases
def test_level_2(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    ours = fit.varcorr.set_index(["group", "term", "term2"])["variance"]
    for row in expected.get("varcomp", ()):
        if row["group"] != "Residual":
            terms = [plain(row[key]) if row.get(key) else "" for key in ("var1", "var2")]
            assert ours[(row["group"], *terms)] == pytest.approx(row["vcov"], rel=1e-4)
    for group, table in (expected.get("random_cov") or {}).items():
        omega = np.atleast_2d(table["values"])
        assert omega.shape == (1, 1)
        assert ours[(group, "Intercept", "")] == pytest.approx(omega[0, 0], rel=1e-4)
    if name not in STRUCTURES:
        assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", ["exam__hetero_two", "orthodont__hetero_ar1"])
def test_variance_of_each_stratum(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    ratios = expected["varStruct"]["coef_all"]
    level1 = fit.varcorr[fit.varcorr["group"] == "Residual"].set_index(["term", "term2"])
    factors = next(p for p in fit.residual.parts if isinstance(p, mlm.VarianceBy)).factors
    for label, ratio in ratios.items():
        parts = zip(factors, label.split("*"), strict=True)
        term = ":".join(f"{factor}[{value}]" for factor, value in parts)
        variance = level1.loc[(term, ""), "variance"]
        assert variance == pytest.approx((ratio * expected["sigma"]) ** 2, rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", [name for name in STRUCTURES if "acitelli" not in name])
def test_standardized_residuals(name: str, method: str) -> None:
    """They rest on every parameter of level 1: variances, correlations, weights."""
    fit, expected = fitted(name, method), reference(name)["fits"][method]["residuals"]
    for kind in ("pearson", "normalized"):
        ours, theirs = fit.residuals_at(1, kind=kind).to_numpy()[:8], np.array(expected[kind])
        if kind == "normalized" and name == "orthodont__hetero_symmetry":
            # nlme takes another square root there; lengths are the same, subject by subject
            ours, theirs = ((x.reshape(2, 4) ** 2).sum(axis=1) for x in (ours, theirs))
        assert ours == pytest.approx(theirs, abs=3e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_correlations(method: str) -> None:
    for name in ("orthodont__hetero_ar1", "bodyweight__varpower_time_ar1", "bodyweight__gaps"):
        expected = reference(name)["fits"][method]["corStruct"]["coef"]["Phi"]
        correlation = fitted(name, method).varcorr["sd"].iloc[-1]
        assert correlation == pytest.approx(expected, abs=1e-4)
    for name in ("orthodont__hetero_symmetry", "acitelli__apim_distinguishable"):
        expected = reference(name)["fits"][method]["corStruct"]["coef"]["Rho"]
        assert fitted(name, method).varcorr["sd"].iloc[-1] == pytest.approx(expected, abs=1e-5)
    name = "orthodont__unstructured_missing"
    expected = reference(name)["fits"][method]["corStruct"]["coef"]
    level1 = fitted(name, method).varcorr.query("term2 != ''")
    ours = level1.sort_values(["term", "term2"])["sd"].to_numpy()
    assert ours == pytest.approx(expected, abs=1e-4)


def test_a_dyad_written_two_ways() -> None:
    """Two members of a couple: unstructured is a variance for each and one correlation."""
    formula, _ = MODELS["acitelli__apim_distinguishable"]
    frame = data("acitelli__apim_distinguishable")
    other = mlm.fit(formula, frame, residual=mlm.Unstructured("gender", group="couple"))
    fit = fitted("acitelli__apim_distinguishable", "REML")
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-7)
    pd.testing.assert_frame_equal(other.vcov, fit.vcov, rtol=1e-4)


# ---- two responses, stacked -----------------------------------------------------------------

BIVARIATE = "score ~ 0 + w + c + w:female + c:female + (0 + w + c | school)"


@cache
def two_responses(method: str) -> mlm.Fit:
    wide = load("gcsemv")
    long = wide.melt(["school", "student", "female"], ["written", "course"], "response", "score")
    long = long.dropna().assign(
        w=lambda d: (d["response"] == "written") * 1.0,
        c=lambda d: (d["response"] == "course") * 1.0,
        response=lambda d: pd.Categorical(d["response"], ["written", "course"]),
    )
    residual = mlm.Unstructured("response", group="student")
    return mlm.fit(BIVARIATE, long, residual=residual, reml=method == "REML")


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_two_responses(method: str) -> None:
    fit, expected = two_responses(method), reference("gcsemv__bivariate")["fits"][method]
    assert fit.loglik == pytest.approx(expected["loglik"], abs=1e-5)
    assert fit.nparams == expected["npar"]
    names = {"w": "written", "c": "course", "w:female": "written:female"}
    names["c:female"] = "course:female"
    for ours, theirs in names.items():
        se = expected["se"][theirs]
        assert fit.fixef[ours] == pytest.approx(expected["fixef"][theirs], abs=1e-4 * se)
        assert fit.se[ours] == pytest.approx(se, rel=1e-4)
    written, course, both = fit.varcorr["variance"][:3]
    omega = np.array([[written, both], [both, course]])
    np.testing.assert_allclose(omega, expected["cov_school"]["values"], rtol=1e-4)
    written, course, both = fit.varcorr["variance"][3:]
    omega = np.array([[written, both], [both, course]])
    np.testing.assert_allclose(omega, expected["cov_student"]["values"], rtol=1e-4)


def test_a_response_that_is_missing_is_predicted_from_the_other() -> None:
    fit = two_responses("REML")
    wide = load("gcsemv").set_index("student")
    student = wide.index[wide["written"].isna()][0]
    new = pd.DataFrame(
        {"w": 1.0, "c": 0.0, "response": "written", "student": student}, index=[0]
    ).assign(female=wide.loc[student, "female"], school=wide.loc[student, "school"])
    plain, borrowed = (fit.predict(new, correlated=known).item() for known in (False, True))
    first, second, both = fit.varcorr["variance"][3:]
    (course,) = fit.residuals[fit.data["student"] == student]
    assert borrowed == pytest.approx(plain + both / second * course)
    spreads = [
        fit.predict(new, interval="prediction", correlated=known)["se"].item()
        for known in (False, True)
    ]
    assert np.sqrt(first - both**2 / second) < spreads[1] < spreads[0]
