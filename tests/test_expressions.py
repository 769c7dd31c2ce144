"""Functions in formulas: numbers that are calculated with, categories that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.columns import make_columns, make_response, variables

RNG = np.random.default_rng(3)
ROWS = 120
DATA = pd.DataFrame(
    {
        "g": np.repeat(np.arange(12), 10),
        "age": RNG.integers(18, 80, ROWS),
        "k": RNG.integers(1, 90, ROWS),
        "h": RNG.integers(0, 3, ROWS),
        "t": RNG.choice(list("abc"), ROWS),
        "b": RNG.random(ROWS) < 0.5,
        "c": RNG.random(ROWS) < 0.5,
        "x": RNG.normal(size=ROWS),
    }
)
DATA["y"] = DATA["x"] + DATA["age"] / 30 + RNG.normal(size=12)[DATA["g"]] + RNG.normal(size=ROWS)
SMALL = {"age": np.int8, "k": np.uint8}

# ---- numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "side",
    [
        "1 + I(age**2)",
        "1 + I(age * k)",
        "1 + I(age + k)",
        "1 + age:k:t",
        "1 + np.log(age)",
        "1 + I(age**-1)",
        "1 + poly(age, 3)",
        "1 + C(age + k > 90)",
    ],
)
@pytest.mark.parametrize("types", [SMALL, {"age": "Int8", "k": "UInt8"}, {"age": np.float32}])
def test_a_column_in_few_bytes_is_the_same_number(side: str, types: dict) -> None:
    wide, narrow = make_columns(side, DATA), make_columns(side, DATA.astype(types))
    assert wide.names == narrow.names
    np.testing.assert_array_equal(narrow.values, wide.values)
    np.testing.assert_array_equal(wide.remake(DATA.astype(types)), wide.values)


def test_whole_numbers_keep_their_bits() -> None:
    columns = make_columns("1 + I((age & 3) * (b | c))", DATA.astype(SMALL))
    expected = (DATA["age"] % 4) * (DATA["b"] | DATA["c"])
    np.testing.assert_array_equal(columns.values[:, 1], expected)


def test_powers_are_those_of_arithmetic() -> None:
    columns = make_columns("1 + I(age**12)", DATA)  # more than 64 bits
    np.testing.assert_allclose(columns.values[:, 1], [float(age) ** 12 for age in DATA["age"]])


def test_a_response_in_one_byte() -> None:
    expected = [float(age) ** 2 for age in DATA["age"]]
    np.testing.assert_array_equal(make_response("I(age**2)", DATA.astype(SMALL)), expected)


def test_truth_values_are_one_and_zero_in_sums_and_keep_their_logic() -> None:
    b, c = DATA["b"].to_numpy(), DATA["c"].to_numpy()
    columns = make_columns("1 + I(b + c) + np.exp(b) + I(b & ~c) + b:c", DATA).values
    expected = [b.astype(float) + c, np.exp(b.astype(float)), b & ~c, b & c]
    np.testing.assert_array_equal(columns[:, 1:], np.column_stack(expected))


@pytest.mark.parametrize(
    "expression",
    ["(x > 0) + (k > 40)", "(x > 0) * ~(k > 40)", "age * ((x > 0) - ((k > 40) | (x < 1)))"],
)
def test_two_comparisons_are_not_calculated_with(expression: str) -> None:
    with pytest.raises(mlm.FormulaError, match="calculates with two comparisons"):
        make_columns(f"1 + I({expression})", DATA)


def test_comparisons_count_where_they_are_made_numbers() -> None:
    x, k = DATA["x"].to_numpy() > 0, DATA["k"].to_numpy() > 40
    columns = make_columns("1 + I((x > 0) * 1 + (k > 40) * 1) + I(k * (x > 0))", DATA).values
    expected = [x.astype(float) + k, DATA["k"] * x]
    np.testing.assert_array_equal(columns[:, 1:], np.column_stack(expected))


def test_models_of_small_integers() -> None:
    data = DATA.astype(SMALL)
    for formula in ("y ~ age + I(age**2) + (1 | g)", "y ~ x + (0 + np.log(age) | g)"):
        expected = mlm.fit(formula, DATA).fixef
        pd.testing.assert_series_equal(mlm.fit(formula, data).fixef, expected)
    expected = mlm.ols("y ~ age + I(age**2)", DATA).fixef
    pd.testing.assert_series_equal(mlm.ols("y ~ age + I(age**2)", data).fixef, expected)


def test_levels_keep_the_names_of_whole_numbers() -> None:
    columns = make_columns("1 + C(h) + C(age // 40)", DATA.astype(SMALL))
    names = ["C(h)[1]", "C(h)[2]", "C(age // 40)[1]"]
    assert list(columns.names) == ["Intercept", *names]


# ---- categories -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "column", "value", "message"),
    [
        ("1 + C(h)", "h", 99, r"'C\(h\)' has the new value 99 .the model knows 0, 1, 2"),
        ("1 + C(h)", "h", "0", r"'C\(h\)' has the new value '0'"),
        ("1 + C(t)", "t", "d", r"'C\(t\)' has the new value 'd' .the model knows 'a', 'b', 'c'"),
        ("1 + C(t, Sum)", "t", "d", "has the new value 'd'"),
        ("1 + t:x", "t", "d", "'t' has the new value 'd'"),
        ("1 + C(h > 0) + C(h - 1)", "h", 5, r"'C\(h - 1\)' has the new value 4"),
    ],
)
def test_a_value_that_is_no_category_is_refused(
    side: str, column: str, value: object, message: str
) -> None:
    columns = make_columns(side, DATA)
    new = DATA[:2].assign(**{column: [DATA[column].iloc[0], value]})
    with pytest.raises(mlm.DataError, match=message):
        columns.remake(new)


def test_wherever_a_model_is_asked_of_new_values() -> None:
    new = pd.DataFrame({"h": [0, 99], "g": 0})
    data = DATA.assign(y=DATA["y"] + RNG.normal(size=(12, 3))[DATA["g"], DATA["h"]])
    fixed, random = mlm.fit("y ~ C(h) + (1 | g)", data), mlm.fit("y ~ 1 + (0 + C(h) || g)", data)
    for model in (fixed, random, mlm.ols("y ~ C(h)", DATA)):
        with pytest.raises(mlm.DataError, match=r"'C\(h\)' has the new value 99"):
            model.predict(new)
    with pytest.raises(mlm.DataError, match=r"'C\(h\)' has the new value 77"):
        random.vpc(at={"h": [0, 77]})
    with pytest.raises(mlm.DataError, match=r"'C\(h\)' has the new value 77"):
        random.variance_function("h", values=[0, 77])


@pytest.mark.parametrize(
    ("column", "values"),
    [("b", [1, 0]), ("b", [1.0, 0.0]), ("h", [2.0, 0.0]), ("h", pd.Categorical([2, 0]))],
)
def test_an_equal_value_of_another_type_is_that_category(column: str, values: list) -> None:
    columns = make_columns(f"1 + C({column})", DATA)
    np.testing.assert_array_equal(columns.remake(pd.DataFrame({column: values}))[:, -1], [1, 0])


def test_levels_that_leave_out_a_value() -> None:
    with pytest.raises(mlm.DataError, match=r"has no level for the value 2 of the data; add it"):
        make_columns("1 + C(h, levels=[1, 0])", DATA)
    columns = make_columns("1 + C(h, levels=[2, 1, 0])", DATA)
    np.testing.assert_array_equal(columns.values[:, 2], DATA["h"] == 0)


def test_a_category_that_a_function_leaves_empty() -> None:
    with pytest.raises(mlm.DataError, match="has no value in some rows"):
        make_columns("1 + C(t.map({'a': 1, 'b': 2}))", DATA)


# ---- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "names"),
    [
        ("1 + center(x) * scale(z)", ("x", "z")),
        ("1 + poly(x, 2):z", ("x", "z")),
        ("1 + bs(`two words`, df=4)", ("two words",)),
        ("1 + C(h, Treatment(1)) + I(x.clip(0))", ("h", "x")),
        ("1 + Q('two words') + {x + 1}", ("two words", "x")),
        ("1 + I([value for value in x])", ("x",)),
    ],
)
def test_names_in_functions(side: str, names: tuple[str, ...]) -> None:
    assert variables(side) == names


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ center(x) + (1 | g)",
        "y ~ scale(x) + (1 | g)",
        "y ~ poly(x, 2) + (1 | g)",
        "y ~ bs(x, df=4) + (1 | g)",
        "y ~ age + (0 + center(x) | g)",
        "I(y + 0 * center(x)) ~ age + (1 | g)",
    ],
)
def test_rows_without_a_value_inside_a_function_are_dropped(formula: str) -> None:
    data = DATA.assign(x=DATA["x"].mask(DATA.index < 7))
    model = mlm.fit(formula, data)
    assert model.messages[0] == "7 of 120 rows dropped: missing values in 'x' (7)"
    complete = mlm.fit(formula, data.dropna())
    pd.testing.assert_series_equal(model.fixef, complete.fixef)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ center(X) + (1 | g)", "'X' is not a column of the data; did you mean 'x'"),
        ("y ~ center(y) + (1 | g)", "'y' stands on both sides"),
        ("center(y) ~ y + (1 | g)", "'y' stands on both sides"),
    ],
)
def test_names_inside_a_function_are_checked(formula: str, message: str) -> None:
    with pytest.raises(mlm.FormulaError, match=message):
        mlm.fit(formula, DATA)
