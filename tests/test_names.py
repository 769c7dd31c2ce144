"""Columns whose names are not those of Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

RNG = np.random.default_rng(2)
DATA = pd.DataFrame({"g": np.repeat(np.arange(12), 10), "x": RNG.normal(size=120)})
DATA["y"] = DATA["x"] + RNG.normal(size=12)[DATA["g"]] + RNG.normal(size=120)
PLAIN = mlm.fit("y ~ x + (1 | g)", DATA)


@pytest.mark.parametrize(
    "fit",
    [
        lambda formula, data: mlm.fit(f"{formula} + (1 | g)", data),
        lambda formula, data: mlm.fixed_effects(f"{formula} + (1 | g)", data),
        mlm.ols,
    ],
)
def test_a_response_is_named_without_its_backticks(fit) -> None:
    model = fit("`my y` ~ x", DATA.rename(columns={"y": "my y"}))
    assert model.response == "my y"
    assert "`" not in f"{model.predict(DATA).name} {model.fitted.name}"


def test_equations_and_reports_have_no_backticks() -> None:
    model = mlm.fit("`my y` ~ x + (1 | g)", DATA.rename(columns={"y": "my y"}))
    assert "my y" in model.equation()
    assert "`" not in model.equation() + model.report()


def test_a_function_of_a_name_in_backticks_keeps_them() -> None:
    model = mlm.fit("np.exp(`my y`) ~ x + (1 | g)", DATA.rename(columns={"y": "my y"}))
    assert model.response == "np.exp(`my y`)"


@pytest.mark.parametrize("name", ["x.1", "a b", "0", "2019", "x-z"])
def test_a_predictor_of_any_name(name: str) -> None:
    data = DATA.rename(columns={"x": name})
    model = mlm.fit(f"y ~ `{name}` + (1 | g)", data)
    np.testing.assert_allclose(model.fixef, PLAIN.fixef)
    np.testing.assert_allclose(model.predict(data), PLAIN.fitted)


def test_a_name_with_a_dot_needs_no_backticks_by_itself() -> None:
    data = DATA.rename(columns={"x": "x.1"})
    model = mlm.fit("y ~ x.1 + (1 | g)", data)
    np.testing.assert_allclose(model.predict(data), PLAIN.fitted)
