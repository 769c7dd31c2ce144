"""Regression with dummies: against R's lm, and the same regression with its dummies written out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import mlmbook as mlm

STORED = json.loads((Path(__file__).parent / "reference" / "results" / "dummies.json").read_text())
HSB82 = mlm.load("hsb82")
NAMES = {"sectorCatholic": "sector[Catholic]", "ses:sectorCatholic": "ses:sector[Catholic]"}


@pytest.mark.parametrize(
    ("formula", "model"),
    [("mathach ~ ses + minority", "hsb82_two"), ("mathach ~ ses * sector", "hsb82_cross")],
)
def test_against_lm(formula: str, model: str) -> None:
    fit, expected = mlm.fixed_effects(formula, HSB82, group="school"), STORED["fits"][model]
    names = [NAMES.get(name, name) for name in expected["coef"]]
    assert list(fit.fixef.index) == names
    np.testing.assert_allclose(fit.fixef, list(expected["coef"].values()), rtol=1e-9)
    np.testing.assert_allclose(fit.se, list(expected["se"].values()), rtol=1e-9)
    np.testing.assert_allclose(fit.vcov, expected["vcov"], rtol=1e-9)
    for name in ("sigma", "df", "loglik", "aic", "bic"):
        assert getattr(fit, name) == pytest.approx(expected[name], rel=1e-11)
    np.testing.assert_allclose(fit.fitted[:5], expected["fitted"], rtol=1e-10)
    omitted = ["sector[Catholic]"] if expected["omitted"] else []
    assert [message for message in fit.messages if "left out" in message] == [
        f"left out, because they are constant within 'school' and its dummies contain them: {name}"
        for name in omitted
    ]


def test_the_same_as_dummies_written_out() -> None:
    data = mlm.simulate(9, (2, 8), beta1=2, rng=1)
    short = mlm.fixed_effects("y ~ x + (1 | group)", data)
    long = mlm.ols("y ~ x + C(group)", data)
    pd.testing.assert_series_equal(short.summary().loc["x"], long.summary().loc["x"])
    pd.testing.assert_series_equal(short.fitted, long.fitted)
    pd.testing.assert_series_equal(short.residuals, long.residuals, atol=1e-12)
    for name in ("loglik", "nparams", "df", "sigma"):
        assert getattr(short, name) == pytest.approx(getattr(long, name))
    order = [name for name in long.fixef.index if name.startswith("C(group)")]
    assert len(order) == 8
    dummies = long.fixef["Intercept"] + np.r_[0, long.fixef[order]]
    np.testing.assert_allclose(short.intercepts, dummies)
    assert list(short.intercepts.index) == sorted(set(data["group"]))
    new = data.sample(7, random_state=1).assign(x=0.3)
    pd.testing.assert_series_equal(short.predict(new), long.predict(new))
    pd.testing.assert_series_equal(short.predict(), long.predict())


def test_hausman_is_made_from_it() -> None:
    formula = "mathach ~ ses + minority + (1 | school)"
    dummies, random = mlm.fixed_effects(formula, HSB82), mlm.fit(formula, HSB82)
    both = ["ses", "minority"]
    apart = dummies.fixef[both] - random.fixef[both]
    difference = dummies.vcov.loc[both, both] - random.vcov.loc[both, both]
    test = mlm.hausman(random)
    assert test["chisq"] == pytest.approx(apart @ np.linalg.solve(difference, apart))
    assert test["df"] == 2


def test_compared_with_a_regression_without_groups() -> None:
    data = mlm.simulate(9, (2, 8), beta1=2, rng=1)
    table = mlm.compare(mlm.ols("y ~ x", data), mlm.fixed_effects("y ~ x", data, group="group"))
    assert table["df"].iloc[1] == 8
    both = (
        mlm.fixed_effects("y ~ x", data, group="group"),
        mlm.fit("y ~ x + (1 | group)", data, reml=False),
    )
    assert mlm.compare(*both)["reference"].iloc[1] == "not nested: compare AIC or BIC"


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), shift=st.floats(-1e4, 1e4))
def test_what_differs_between_groups_plays_no_part(seed: int, shift: float) -> None:
    data = mlm.simulate(5, 6, beta1=1, rng=seed)
    moved = data.assign(y=data["y"] + shift * data["w"], x=data["x"] - shift * data["w"])
    one, two = (mlm.fixed_effects("y ~ x + (1 | group)", d) for d in (data, moved))
    assert two.fixef["x"] == pytest.approx(one.fixef["x"], rel=1e-6, abs=1e-6)
    assert two.sigma == pytest.approx(one.sigma, rel=1e-6)


def test_rows_that_miss_values_are_counted() -> None:
    data = mlm.simulate(5, 6, rng=2)
    data.loc[3, "x"] = np.nan
    fit = mlm.fixed_effects("y ~ x + (1 | group)", data)
    assert fit.nobs == 29
    assert any("1 of 30" in message or "1 row" in message for message in fit.messages)
    assert repr(fit) == "DummyFit('y ~ x + (1 | group)', nobs=29, dummies of 'group': 5)"


@pytest.mark.parametrize(
    ("formula", "options", "match"),
    [
        ("y ~ x", {}, "names no groups: give group="),
        ("y ~ x + (x | group)", {}, "other random terms"),
        ("y ~ x + (1 | group) + (1 | w)", {}, "other random terms"),
        ("y ~ x + (1 | group)", {"group": "w"}, "has the groups 'group', and group='w'"),
        ("y ~ x", {"group": "grp"}, "did you mean 'group'"),
        ("y ~ w", {"group": "group"}, "no predictor of 'y ~ w' varies within 'group'"),
        ("y ~ 1", {"group": "group"}, "no predictor"),
        ("y ~ x + twice", {"group": "group"}, "'twice' is a combination of the columns before it"),
        ("twice ~ x", {"group": "group"}, "reproduce the response exactly"),
        ("y ~ x", {"group": "group", "ci": 95}, "ci is the coverage"),
    ],
)
def test_bad_ones_are_refused(formula: str, options: dict[str, object], match: str) -> None:
    data = mlm.simulate(5, 6, rng=3)
    data["twice"] = 2 * data["x"] + data["w"]
    with pytest.raises(mlm.MlmbookError, match=match):
        mlm.fixed_effects(formula, data, **options)


def test_other_groups_are_unknown() -> None:
    data = mlm.simulate(5, 6, rng=4)
    fit = mlm.fixed_effects("y ~ x + (1 | group)", data)
    with pytest.raises(mlm.DataError, match="2 rows are in groups of 'group' that were not fitted"):
        fit.predict(data.head(2).assign(group="elsewhere"))
    with pytest.raises(mlm.DataError, match="without intervals"):
        fit.predict(interval="prediction")
