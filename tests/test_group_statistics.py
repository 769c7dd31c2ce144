"""What single-level regression, dummies and random intercepts say of grouped data, against R."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import mlmbook as mlm

REFERENCE = Path(__file__).parent / "reference"
MODELS = {"hsb82": ("mathach", "ses", "school"), "bh1996": ("wbeing", "hrs", "grp")}
both = pytest.mark.parametrize("name", MODELS)


@cache
def stored(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}__group_stats.json").read_text())


@cache
def data(name: str) -> pd.DataFrame:
    return mlm.load(name) if name == "hsb82" else pd.read_csv(REFERENCE / f"data/{name}.csv.gz")


@both
def test_least_squares(name: str) -> None:
    y, x, group = MODELS[name]
    fit, expected = mlm.ols(f"{y} ~ {x}", data(name)), stored(name)["ols"]
    assert fit.fixef.tolist() == pytest.approx(list(expected["coef"].values()), rel=1e-9)
    assert fit.se.tolist() == pytest.approx(list(expected["se_model"].values()), rel=1e-9)
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-9)
    assert fit.r2() == pytest.approx(expected["r2"], rel=1e-9)
    assert fit.loglik == pytest.approx(expected["loglik"], rel=1e-10)
    robust = mlm.ols(f"{y} ~ {x}", data(name), cluster=group)
    theirs = list(expected["se_robust"]["CR1_stata"].values())
    assert robust.se.tolist() == pytest.approx(theirs, rel=1e-9)


@both
def test_a_dummy_for_each_group(name: str) -> None:
    y, x, group = MODELS[name]
    expected = stored(name)["fixed_effects_dummies"]
    dummies = mlm.ols(f"{y} ~ {x} + C({group})", data(name))
    assert dummies.fixef[x] == pytest.approx(expected["coef"], rel=1e-8)
    assert dummies.se[x] == pytest.approx(expected["se"], rel=1e-8)
    assert dummies.sigma == pytest.approx(expected["sigma"], rel=1e-8)
    assert dummies.df == expected["df"]
    within = mlm.within_between(f"{y} ~ {x} + (1 | {group})", data(name))
    assert within.fixef[x] == pytest.approx(expected["coef"], rel=1e-8)


@both
def test_a_random_intercept(name: str) -> None:
    y, x, group = MODELS[name]
    fit = mlm.fit(f"{y} ~ {x} + (1 | {group})", data(name))
    expected = stored(name)["random_intercept_reml"]
    assert fit.fixef[x] == pytest.approx(expected["coef"], abs=1e-4 * expected["se"])
    assert fit.se[x] == pytest.approx(expected["se"], rel=1e-4)


@both
def test_design_effects(name: str) -> None:
    """For the mean size of the groups, and for the size that an observation sees on average."""
    expected = stored(name)
    sizes = data(name)[MODELS[name][2]].value_counts()
    icc = expected["icc1_anova_n0"]
    assert sizes.mean() == pytest.approx(expected["mean_group_size"])
    for size, key in (
        (sizes.mean(), "design_effect_mean_size"),
        ((sizes**2).sum() / sizes.sum(), "design_effect_weighted_size"),
    ):
        assert mlm.design_effect(size, icc) == pytest.approx(expected[key], rel=1e-10)
    effective = sizes.sum() / mlm.design_effect(sizes.mean(), icc)
    assert effective == pytest.approx(expected["effective_n"], rel=1e-10)
