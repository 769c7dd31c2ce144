"""Models with a level-1 structure, against R's nlme."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

REFERENCE = Path(__file__).parent / "reference"
GROWTH = "distance ~ age11 * sex"

MODELS = {
    "exam__hetero_gender": (
        "normexam ~ standlrt + girl + (standlrt | school)",
        mlm.VarianceBy("girl"),
    ),
    "hsb82__hetero_sector": ("mathach ~ cses + sector + (1 | school)", mlm.VarianceBy("sector")),
    "orthodont__hetero_sex": (f"{GROWTH} + (age11 | subject)", mlm.VarianceBy("sex")),
    "bodyweight__varpower_time": (
        "weight ~ time * diet + (time | rat)",
        mlm.VariancePower("time"),
    ),
}


@cache
def reference(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


@cache
def data(name: str) -> pd.DataFrame:
    """Return the data of a reference, prepared as its R script does."""
    packaged = name in set(mlm.datasets()["name"])
    frame = mlm.load(name) if packaged else pd.read_csv(REFERENCE / "data" / f"{name}.csv.gz")
    if name == "hsb82":
        frame["cses"] = frame["ses"] - frame.groupby("school")["ses"].transform("mean")
        frame["sector"] = pd.Categorical(frame["sector"].astype(str), ["Public", "Catholic"])
    if name == "orthodont":
        sex = pd.Categorical(frame["sex"].astype(str), ["Male", "Female"])
        frame = frame.assign(age11=frame["age"] - 11, occ=(frame["age"] - 8) / 2 + 1, sex=sex)
    if name == "bodyweight":
        frame["diet"] = pd.Categorical(frame["diet"].astype(str))
    return frame


@cache
def fitted(name: str, method: str) -> mlm.Fit:
    formula, residual = MODELS[name]
    frame = data(reference(name)["dataset"])
    return mlm.fit(formula, frame, residual=residual, reml=method == "REML")


def plain(name: str) -> str:
    """Write our names and R's alike, whatever the order of an interaction."""
    for mark, sign in {"(Intercept)": "Intercept", "[": "", "]": ""}.items():
        name = name.replace(mark, sign)
    return ":".join(sorted(name.split(":")))


cases = pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name in MODELS for method in ("REML", "ML")]
)


@cases
def test_likelihood(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    assert fit.loglik == pytest.approx(expected["loglik"], abs=1e-5)
    assert fit.nparams == expected["npar"]
    assert fit.aic == pytest.approx(expected["aic"], abs=2e-5)
    assert fit.nobs == expected["n_obs"]
    assert fit.converged


@cases
def test_fixed_effects(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    fixef = {plain(key): value for key, value in expected["fixef"].items()}
    se = {plain(key): value for key, value in expected["se"].items()}
    assert sorted(map(plain, fit.fixef.index)) == sorted(fixef)
    for key, value in fit.fixef.items():
        assert value == pytest.approx(fixef[plain(key)], abs=1e-4 * se[plain(key)])
        if expected["corStruct"] is None or "random_cov" in expected:
            assert fit.se[key] == pytest.approx(se[plain(key)], rel=1e-4)


@cases
def test_level_2(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    for group, table in (expected.get("random_cov") or {}).items():
        omega = np.atleast_2d(table["values"])
        rows = fit.varcorr[fit.varcorr["group"] == group]
        terms = [plain(term) for term in np.atleast_1d(table["rows"])]
        spread = np.sqrt(np.diag(omega))
        for row in rows.itertuples():
            a, b = terms.index(row.term), terms.index(row.term2 or row.term)
            tolerance = 1e-4 * spread[a] * spread[b]
            assert row.variance == pytest.approx(omega[a, b], abs=tolerance)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", [name for name in MODELS if "__hetero" in name])
def test_variance_of_each_stratum(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    rows = fit.varcorr[fit.varcorr["group"] == "Residual"].set_index("term")
    ratios = expected["varStruct"]["coef_all"]
    (factor,) = MODELS[name][1].factors
    assert len(rows) == len(ratios)
    for label, ratio in ratios.items():
        row = rows.loc[f"{factor}[{label}]"]
        assert row["variance"] == pytest.approx((ratio * expected["sigma"]) ** 2, rel=1e-4)
        assert row["sd"] == pytest.approx(ratio * expected["sigma"], rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_power_of_a_covariate(method: str) -> None:
    fit = fitted("bodyweight__varpower_time", method)
    expected = reference("bodyweight__varpower_time")["fits"][method]
    power = expected["varStruct"]["coef"]["power"]
    assert fit.residual.parameters["power time"] == pytest.approx(power, abs=1e-5)
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-4)
