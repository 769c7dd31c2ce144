"""Every linear model of `tests/reference` that the package fits, against R's lme4."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

REFERENCE = Path(__file__).parent / "reference"
RESULTS = sorted((REFERENCE / "results").glob("*.json"))
ELSEWHERE = (
    "acitelli__apim_ri",
    "penicillin__weights",
    "sleepstudy__offset",
    "sleepstudy__weights",
)
"""Tested in `test_level1_reference.py`."""
MODELS = [
    path.stem
    for path in RESULTS
    if '"engine": "lme4::lmer"' in path.read_text() and path.stem not in ELSEWHERE
]
EXACT = ("hsb82__", "exam__")
"""Data sets for which the deviance must agree to 1e-6; to 1e-5 elsewhere."""


@cache
def reference(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


@cache
def data(name: str) -> pd.DataFrame:
    """Return the data of a reference with the column names of its R script."""
    packaged = set(mlm.datasets()["name"])
    if name == "hsb82_nlme":
        frame = pd.read_csv(REFERENCE / "data" / "hsb82_nlme.csv.gz")
        sector = mlm.load("hsb82_schools").set_index("school")["sector"]
        sector.index = sector.index.astype(str)
        labels = pd.Categorical(frame["school"].astype(str).map(sector), ["Public", "Catholic"])
        within = frame["ses"] - frame.groupby("school")["ses"].transform("mean")
        return frame.assign(sector=labels, cses=within)
    frame = mlm.load(name) if name in packaged else pd.read_csv(path_of(name))
    if name == "exam":
        frame = frame.assign(boy_=1 - frame["girl"], girl_=frame["girl"])
        for column, levels in {
            "schgend": ["mixed", "boys", "girls"],
            "schav": ["low", "mid", "high"],
        }.items():
            frame[column] = pd.Categorical(frame[column].astype(str), levels)
    if name == "radon":
        frame = frame.rename(columns={"log_radon": "lradon", "floor": "basement"})
    if name == "orthodont":
        sex = pd.Categorical(frame["sex"].astype(str), ["Male", "Female"])
        frame = frame.assign(age11=frame["age"] - 11, sex=sex)
    if name == "bh1996":
        frame["ghrs"] = frame.groupby("grp")["hrs"].transform("mean")
    return frame


def path_of(name: str) -> Path:
    return REFERENCE / "data" / f"{name}.csv.gz"


@cache
def fitted(name: str, method: str) -> mlm.Fit:
    call = reference(name)["call"]
    formula = re.search(r"lmer\((.*?), data=", call)[1].replace("^", "**")
    expected = pytest.warns(mlm.SingularFitWarning) if singular(name, method) else nullcontext()
    with expected:
        return mlm.fit(formula, data(reference(name)["dataset"]), reml=method == "REML")


def singular(name: str, method: str) -> bool:
    return reference(name)["fits"][method]["convergence"]["singular"]


def r_name(name: str) -> str:
    """Translate ``schav[mid]`` to R's ``schavmid``."""
    name = name.replace("Intercept", "(Intercept)").replace(" ** ", "^")
    return unordered(re.sub(r"\[(.*?)\]", r"\1", name))


def unordered(name: str) -> str:
    """Sort the factors of an interaction: R has its own order of them."""
    return ":".join(sorted(name.split(":")))


def r_group(group: str, found: list[str]) -> str:
    """Return the name that lme4 gave to a grouping factor: nested ones turn around."""
    return group if group in found else ":".join(reversed(group.split(":")))


cases = pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name in MODELS for method in ("REML", "ML")]
)


@cases
def test_likelihood(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    tolerance = 1e-6 if name.startswith(EXACT) else 1e-5
    assert fit.deviance == pytest.approx(expected["minus2loglik"], abs=tolerance)
    assert fit.loglik == pytest.approx(expected["loglik"], abs=tolerance)
    assert fit.aic == pytest.approx(expected["aic"], abs=1e-5)
    assert fit.bic == pytest.approx(expected["bic"], abs=1e-5)
    assert fit.nparams == expected["npar"]
    assert fit.nobs == expected["n_obs"]
    assert sorted(fit.ngroups.values()) == sorted(expected["n_groups"].values())
    assert fit.converged
    assert fit.singular == singular(name, method)


@cases
def test_fixed_effects(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    names = [r_name(column) for column in fit.fixef.index]
    fixef = {unordered(name): value for name, value in expected["fixef"].items()}
    se = {unordered(name): value for name, value in expected["se"].items()}
    assert sorted(names) == sorted(fixef)
    for ours, theirs in zip(fit.fixef.index, names, strict=True):
        assert fit.se[ours] == pytest.approx(se[theirs], rel=1e-4)
        assert fit.fixef[ours] == pytest.approx(fixef[theirs], abs=1e-4 * se[theirs])
    order = [names.index(unordered(name)) for name in np.atleast_1d(expected["vcov"]["cols"])]
    vcov = fit.vcov.to_numpy()[np.ix_(order, order)]
    scale = np.sqrt(np.outer(np.diag(vcov), np.diag(vcov)))
    values = np.reshape(expected["vcov"]["values"], vcov.shape)
    np.testing.assert_allclose(vcov / scale, values / scale, atol=1e-4)


@cases
def test_variance_components(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    theirs = {
        (re.sub(r"\.\d$", "", row["group"]), row["var1"] or "", row["var2"] or ""): row
        for row in expected["varcomp"]
    }
    groups = [group for group, _, _ in theirs]
    assert len(fit.varcorr) == len(theirs)
    for row in fit.varcorr.itertuples():
        key = (r_group(row.group, groups), r_name(row.term), r_name(row.term2))
        assert row.sd == pytest.approx(theirs[key]["sdcor"], rel=1e-4, abs=1e-6)
        if not row.term2:
            assert row.variance == pytest.approx(theirs[key]["vcov"], rel=1e-4, abs=1e-8)
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-5)


@cases
def test_random_effects(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    spreads = fit.ranef_sd
    for group, modes in fit.ranef.items():
        theirs = expected["ranef"][r_group(group, list(expected["ranef"]))]
        turned = group not in expected["ranef"]
        spread = modes.std()
        for level in theirs["levels"]:
            label = ":".join(reversed(level["level"].split(":"))) if turned else level["level"]
            at = list(map(str, modes.index)).index(label)
            mode, sd = level["mode"], level.get("cond_sd", {})
            mode = (
                mode
                if isinstance(mode, dict)
                else dict(zip(np.atleast_1d(theirs["terms"]), mode, strict=True))
            )
            for term in modes:
                assert modes[term].iloc[at] == pytest.approx(
                    mode[r_name(term)], abs=2e-4 * spread[term] + 1e-9
                )
                if r_name(term) in sd:
                    assert spreads[group][term].iloc[at] == pytest.approx(
                        sd[r_name(term)], rel=1e-4, abs=1e-8
                    )


@cases
def test_fitted_values(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]["fitted"]
    rows = np.array(expected["row"]) - 1
    close = 1e-4 * fit.sigma
    np.testing.assert_allclose(
        fit.fitted.to_numpy()[rows], expected["fitted_conditional"], atol=close
    )
    np.testing.assert_allclose(
        fit.predict(level="population").to_numpy()[rows], expected["fitted_fixed_only"], atol=close
    )
