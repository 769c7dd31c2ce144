"""From a formula and a data frame to the arrays of the model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlmbook.design import build_design
from mlmbook.errors import DataError


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "y": rng.normal(size=24),
            "x": rng.normal(size=24),
            "w": rng.normal(size=24),
            "g": np.repeat(["c", "a", "b"], 8),
            "h": np.tile([2, 1, 10, 1], 6),
        },
        index=range(100, 124),
    )


def test_arrays_of_a_random_slope_model(data: pd.DataFrame) -> None:
    design = build_design("y ~ w + (x | g)", data)
    (grouping,) = design.groupings
    np.testing.assert_array_equal(design.y, data["y"])
    np.testing.assert_array_equal(design.X, np.column_stack([np.ones(24), data["w"]]))
    assert design.names == ("Intercept", "w")
    np.testing.assert_array_equal(grouping.Z, np.column_stack([np.ones(24), data["x"]]))
    assert grouping.terms == ("Intercept", "x")
    assert list(grouping.labels) == ["a", "b", "c"]
    np.testing.assert_array_equal(grouping.labels[grouping.codes], data["g"])
    assert grouping.blocks == ((0, 1),)
    assert list(design.index) == list(data.index)


def test_terms_of_one_factor_are_put_together(data: pd.DataFrame) -> None:
    (grouping,) = build_design("y ~ (x | g) + (0 + w || g)", data).groupings
    assert grouping.terms == ("Intercept", "x", "w")
    assert grouping.blocks == ((0, 1), (2,))


def test_double_bar_separates_all_effects(data: pd.DataFrame) -> None:
    (grouping,) = build_design("y ~ (x + w || g)", data).groupings
    assert grouping.blocks == ((0,), (1,), (2,))


def test_combinations_of_two_columns_are_groups(data: pd.DataFrame) -> None:
    outer, inner = build_design("y ~ (1 | g/h)", data).groupings
    assert outer.ngroups == 3
    assert (inner.name, inner.ngroups) == ("g:h", 9)
    assert list(inner.labels[:3]) == ["a:1", "a:2", "a:10"]
    expected = [f"{g}:{h}" for g, h in zip(data["g"], data["h"], strict=True)]
    assert list(inner.labels[inner.codes]) == expected


def test_numeric_groups_are_sorted_as_numbers(data: pd.DataFrame) -> None:
    (grouping,) = build_design("y ~ (1 | h)", data).groupings
    assert list(grouping.labels) == [1, 2, 10]


def test_categories_keep_their_order_and_lose_empty_ones(data: pd.DataFrame) -> None:
    data["g"] = pd.Categorical(data["g"], ["c", "b", "z", "a"])
    (grouping,) = build_design("y ~ (1 | g)", data).groupings
    assert list(grouping.labels) == ["c", "b", "a"]


def test_groups_of_new_rows_are_found(data: pd.DataFrame) -> None:
    (grouping,) = build_design("y ~ (1 | g:h)", data).groupings
    new = pd.DataFrame({"g": ["a", "a", "q"], "h": [1, 99, 1]})
    np.testing.assert_array_equal(grouping.find(new), [0, -1, -1])


def test_rows_with_missing_values_are_dropped_and_counted(data: pd.DataFrame) -> None:
    data.loc[100, "x"] = np.nan
    data.loc[[100, 101], "y"] = np.nan
    data.loc[102, "g"] = None
    data.loc[103, "unused"] = np.nan
    design = build_design("y ~ x + (1 | g)", data)
    assert len(design.y) == 21
    assert design.messages == ("3 of 24 rows dropped: missing values in 'y' (2), 'x' (1), 'g' (1)",)
    assert list(design.index[:2]) == [103, 104]


def test_attributes_of_the_data_are_kept(data: pd.DataFrame) -> None:
    data.attrs["name"] = "world"
    assert build_design("y ~ (1 | g)", data).data.attrs == {"name": "world"}


def test_a_column_whose_name_has_a_colon_is_that_column(data: pd.DataFrame) -> None:
    data["g:h"] = np.tile(["p", "q"], 12)
    (grouping,) = build_design("y ~ (1 | g:h)", data).groupings
    assert list(grouping.labels) == ["p", "q"]


def test_a_true_or_false_response_is_said(data: pd.DataFrame) -> None:
    data["y"] = data["y"] > 0
    assert build_design("y ~ (1 | g)", data).messages == (
        "the response 'y' is true or false: taken as 1 or 0",
    )


def test_groups_that_cannot_be_sorted_are_refused(data: pd.DataFrame) -> None:
    data["g"] = [(1,) if row % 2 else {1} for row in range(24)]
    with pytest.raises(DataError, match=r"cannot be sorted"):
        build_design("y ~ (1 | g)", data)
