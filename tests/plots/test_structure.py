"""Which units lie in which, and the diagram of it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError
from mlmbook.plots import COLOR, nesting, plot_structure


@pytest.fixture(scope="module")
def occasions():
    """Three levels: 2 or 3 occasions of each child, 4 children in each of 5 schools."""
    rows = [
        (f"S{school}", f"S{school}-{child}", occasion, 10 * school)
        for school in range(5)
        for child in range(4)
        for occasion in range(2 + child % 2)
    ]
    return pd.DataFrame(rows, columns=["school", "child", "year", "size"])


def texts(ax):
    return "\n".join(text.get_text() for text in ax.texts)


# ---- the relations --------------------------------------------------------------------------


def test_nested_and_crossed_and_same(occasions):
    found = nesting.relation(occasions, "school", "child")
    assert (found.inner, found.outer, found.verdict) == ("child", "school", "nested")
    assert nesting.relation(occasions, "school", "size").verdict == "same"
    crossed = nesting.relation(mlm.load("penicillin"), "plate", "sample")
    assert (crossed.verdict, crossed.pairs, crossed.possible) == ("crossed", 144, 144)


def test_levels_are_ordered_from_the_outermost(occasions):
    assert nesting.nesting_order(occasions, ["child", "school"]) == ["school", "child"]
    assert nesting.nesting_order(mlm.load("scotssec"), ["primary", "secondary"]) is None


def test_columns_live_where_they_vary():
    homes = nesting.columns_by_level(mlm.load("hsb82"), ["school"])
    assert homes["school"] == ["meanses", "sector"]
    assert homes[""] == ["minority", "female", "ses", "mathach", "cses"]


def test_missing_values_do_not_move_a_column(occasions):
    data = occasions.assign(size=occasions["size"].where(occasions["year"] > 0))
    assert nesting.columns_by_level(data, ["school", "child"])["school"] == ["size"]


# ---- the picture ----------------------------------------------------------------------------


def test_two_levels_say_how_many_units_and_the_verdict():
    said = texts(plot_structure(mlm.load("hsb82"), "school"))
    assert "160 schools" in said
    assert "7,185 pupils" in said
    assert "14 to 67 pupils in each" in said
    assert "columns: meanses, sector" in said
    assert "Nested: pupils in schools." in said


def test_the_units_are_circles_above_squares():
    ax = plot_structure(mlm.load("hsb82"), "school")
    marks = {
        (line.get_marker(), to_hex(line.get_color())): set(line.get_ydata())
        for line in ax.lines
        if line.get_marker() != "None"
    }
    assert marks == {("o", COLOR["between"]): {1}, ("s", COLOR["within"]): {0}}


def test_the_smallest_and_the_largest_group_are_shown():
    said = texts(plot_structure(mlm.load("radon"), "county")).split("\n")
    assert "1" in said
    assert "116" in said


def test_three_levels(occasions):
    said = texts(plot_structure(occasions, ["child", "school"]))
    assert "5 schools" in said
    assert "4 children in each" in said
    assert "2 to 3 rows in each" in said
    assert "Nested: rows in children in schools." in said


def test_two_crossed_levels():
    assert "Fully crossed: all 144 pairs" in texts(
        plot_structure(mlm.load("penicillin"), ["plate", "sample"])
    )
    said = texts(plot_structure(mlm.load("scotssec"), ["primary", "secondary"])).replace("\n", " ")
    assert "Crossed: 303 of 2,812 possible pairs" in said


def test_columns_can_be_left_out():
    assert "columns" not in texts(plot_structure(mlm.load("hsb82"), "school", columns=False))


@pytest.mark.parametrize("dtype", ["category", "string", pd.StringDtype("python", np.nan)])
def test_labels_of_any_text_type(occasions, dtype):
    data = occasions.astype({"school": dtype, "child": dtype})
    assert "5 schools" in texts(plot_structure(data, ["school", "child"]))


def test_the_given_axes_are_used(occasions):
    _, mine = plt.subplots()
    assert plot_structure(occasions, "school", ax=mine) is mine
    assert mine.get_title() == ""


# ---- errors ---------------------------------------------------------------------------------


def test_an_unknown_column_is_named_with_its_neighbors(occasions):
    with pytest.raises(DataError, match=r"'schol' is not a column.*did you mean 'school'"):
        plot_structure(occasions, "schol")


def test_a_level_needs_two_units(occasions):
    with pytest.raises(DataError, match="'school' has 1 units"):
        plot_structure(occasions[occasions["school"] == "S1"], "school")


@pytest.mark.parametrize("levels", [[], ["school", "school"]])
def test_levels_are_named_once(occasions, levels):
    with pytest.raises(DataError, match=r"name at least one|named twice"):
        plot_structure(occasions, levels)


def test_more_than_two_crossed_levels_are_refused(occasions):
    with pytest.raises(DataError, match=r"'year' with 'school'|'school' with 'year'"):
        plot_structure(occasions, ["school", "child", "year"])


def test_data_must_be_a_frame():
    with pytest.raises(DataError, match="got dict"):
        plot_structure({"school": [1, 2]}, "school")
