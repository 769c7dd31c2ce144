"""One side of a formula as named columns."""

from __future__ import annotations

import formulaic
import numpy as np
import pandas as pd
import pytest

from mlmbook.columns import make_columns, make_response, variables
from mlmbook.errors import DataError, FormulaError

DATA = pd.DataFrame(
    {
        "x": [1.0, 2.0, 4.0, 8.0],
        "sex": ["girl", "boy", "girl", "boy"],
        "size": pd.Categorical(["low", "high", "low", "mid"], ["low", "mid", "high"]),
    }
)


@pytest.mark.parametrize(
    ("side", "names"),
    [
        ("1", ["Intercept"]),
        ("1 + x", ["Intercept", "x"]),
        ("1 + sex", ["Intercept", "sex[girl]"]),
        ("1 + size", ["Intercept", "size[mid]", "size[high]"]),
        ("0 + sex", ["sex[boy]", "sex[girl]"]),
        ("1 + sex * x", ["Intercept", "sex[girl]", "x", "sex[girl]:x"]),
        ("1 + np.log(x) + I(x**2)", ["Intercept", "np.log(x)", "I(x ** 2)"]),
    ],
)
def test_names(side: str, names: list[str]) -> None:
    assert list(make_columns(side, DATA).names) == names


def test_reference_is_the_first_level_in_sorted_or_categorical_order() -> None:
    columns = make_columns("1 + sex + size", DATA)
    assert columns.levels == {"sex": ["boy", "girl"], "size": ["low", "mid", "high"]}
    np.testing.assert_array_equal(columns.values[:, 1], [1, 0, 1, 0])


def test_new_data_are_coded_as_the_old() -> None:
    columns = make_columns("1 + center(x) + sex", DATA)
    new = pd.DataFrame({"x": [3.75, 4.75], "sex": ["girl", "girl"]})
    np.testing.assert_allclose(columns.remake(new), [[1, 0, 1], [1, 1, 1]])


def test_an_intercept_is_remade_without_any_column() -> None:
    np.testing.assert_array_equal(make_columns("1", DATA).remake(DATA[[]]), np.ones((4, 1)))


@pytest.mark.parametrize(
    ("new", "error", "message"),
    [
        ({"x": [1.0]}, FormulaError, "'sex' is not a column"),
        ({"x": [1.0], "sex": ["grl"]}, DataError, "new value 'grl'; did you mean 'girl'"),
        ({"x": [np.nan], "sex": ["girl"]}, DataError, "1 rows have no value of 'x'"),
        ({"x": [-1.0], "sex": ["girl"]}, DataError, "infinite or undefined"),
    ],
)
def test_new_data_that_cannot_be_coded(new: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make_columns("1 + np.log(x) + sex", DATA).remake(pd.DataFrame(new))


def test_a_response_may_be_an_expression() -> None:
    np.testing.assert_allclose(make_response("np.log2(x)", DATA), [0, 1, 2, 3])


def test_a_response_is_a_copy() -> None:
    data = DATA.copy()
    y = make_response("x", data)
    data.loc[0, "x"] = 99.0
    assert y[0] == 1.0


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ("sex", "the response 'sex' must be numeric"),
        ("np.log(x - 1)", "infinite or undefined"),
        ("x + x:sex", "must be one numeric column"),
    ],
)
def test_a_response_that_is_no_number(response: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        make_response(response, DATA)


def test_what_formulaic_cannot_read_or_evaluate_is_said() -> None:
    with pytest.raises(FormulaError, match=r"'1 \+ x \+ \*' cannot be read"):
        make_columns("1 + x + *", DATA)
    with pytest.raises(FormulaError, match="cannot be evaluated"):
        make_columns("1 + sex**2 + I(sex * sex)", DATA)


def test_a_term_without_columns_is_refused() -> None:
    with pytest.raises(FormulaError, match="add at least an intercept"):
        make_columns("0", DATA)


def test_a_category_with_one_value_is_refused() -> None:
    with pytest.raises(DataError, match="'kind' has one value only"):
        make_columns("1 + kind", DATA.assign(kind="a"))


def test_variables_of_a_side() -> None:
    assert variables("1 + np.log(x) * sex") == ("sex", "x")


@pytest.mark.parametrize(
    "side",
    [
        "1 + x",
        "0 + x * n",
        "1 + n * x * k",
        "1 + n + k:x + x * n:k",
        "1 + x:x + k * x + x * k",
        "1",
    ],
)
def test_products_of_numbers_are_what_formulaic_makes(side: str) -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"x": rng.normal(size=9), "k": rng.normal(size=9), "n": np.arange(9)})
    columns = make_columns(side, data)
    assert isinstance(columns.recipe, tuple)
    matrix = formulaic.Formula(side).get_model_matrix(data)
    assert list(columns.names) == list(matrix.columns)
    np.testing.assert_array_equal(columns.values, matrix.to_numpy(dtype=float))
    np.testing.assert_array_equal(columns.remake(data[::-1]), columns.values[::-1])
    assert columns.variables == sorted(map(str, formulaic.Formula(side).required_variables))


@pytest.mark.parametrize(
    "side",
    [
        "1 + sex",
        "1 + x:flag",
        "1 + `two words`",
        "1 + x**2",
        "1 + I(x)",
        "1 + np.log(x)",
        "1 + size",
    ],
)
def test_all_else_is_left_to_formulaic(side: str) -> None:
    columns = make_columns(
        side, DATA.assign(**{"flag": [True, False, True, True], "two words": 1.0})
    )
    assert isinstance(columns.recipe, formulaic.ModelSpec)
