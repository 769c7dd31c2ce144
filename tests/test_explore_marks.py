import numpy as np
import pytest

from mlmbook.errors import ExplorableError
from mlmbook.explore import (
    Arrows,
    Bars,
    Card,
    Cards,
    Heat,
    Histogram,
    Lines,
    Points,
    Polygons,
    Table,
    Text,
    Units,
)


def test_one_number_is_repeated_for_all_points():
    channels = Points([1, 2, 3], 0).channels()
    assert channels["y"].tolist() == [0, 0, 0]
    assert channels["size"].tolist() == [4]  # a size for all stays one number


def test_groups_are_words_even_when_they_are_numbers():
    assert Points([1, 2], [3, 4], group=np.array([10, 20])).channels()["group"] == ["10", "20"]


def test_words_can_be_positions():
    assert Bars(["a", "b"], [1, 2]).channels()["x"] == ["a", "b"]


def test_horizontal_bars_swap_their_axes_and_no_others():
    assert Bars(["a"], [1], horizontal=True).axes == {"x": "y", "height": "x", "base": "x"}
    assert Bars(["a"], [1]).axes["x"] == "x"


def test_histogram_keeps_both_edges_of_each_bin():
    channels = Histogram([0, 1, 3], [5, 2]).channels()
    assert channels["start"].tolist() == [0, 1]
    assert channels["stop"].tolist() == [1, 3]


def test_heat_is_laid_out_by_rows():
    channels = Heat(["a", "b"], ["top", "bottom"], [[1, 2], [3, 4]]).channels()
    assert channels["x"] == ["a", "b", "a", "b"]
    assert channels["y"] == ["top", "top", "bottom", "bottom"]
    assert channels["value"].tolist() == [1, 2, 3, 4]


def test_polygons_spread_what_belongs_to_an_area_over_its_corners():
    square, triangle = [0, 1, 1, 0], [0, 1, 1]
    channels = Polygons([square, triangle], [square, triangle], [7, 8], ["a", "b"]).channels()
    assert channels["part"].tolist() == [0] * 4 + [1] * 3
    assert channels["names"] == ["a"] * 4 + ["b"] * 3


def test_units_link_children_to_one_or_several_parents():
    rows = [["A", "B"], ["p", "q", "r"]]
    channels = Units(rows, [[0, (0, 1), None]]).channels()
    links = list(zip(channels["parent"], channels["child"], strict=True))
    assert links == [(0, 2), (0, 3), (1, 3)]
    assert Units(rows, [[0, 0, 1]]).levels == ["between", "within"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Points([1, 2], [1, 2, 3]), "different lengths: x 2, y 3"),
        (lambda: Points([1], [1], level="top"), "level 'top' is unknown"),
        (lambda: Points([1], [1], shape="star"), "shape 'star' is unknown"),
        (lambda: Points([1, np.inf], [1, 2]), "points.x is infinite at position 1"),
        (lambda: Points([[1, 2]], [1]), "points.x has 2 dimensions"),
        (lambda: Points([object()], [1]), "neither numbers nor words"),
        (
            lambda: (
                Lines([1], [1], names=["a", "b", "c"])
                and Lines([1, 2], [1], names="abc")
                and Lines([1, 2, 3], [1, 2])
            ),
            "different lengths",
        ),
        (lambda: Histogram([0, 1], [1, 2]), "2 counts need 3 edges, found 2"),
        (lambda: Heat([1, 2], [1], [1, 2]), r"need values of shape \(1, 2\)"),
        (lambda: Polygons([[0, 1]], [[0, 1]], [1, 2]), "1 areas but 2 value"),
        (lambda: Polygons([[0, 1]], []), "1 xs but 0 ys"),
        (lambda: Units([["A"], ["p"]], []), "need 1 lists of parents, found 0"),
        (lambda: Units([["A"], ["p"]], [[0, 0]]), "1 units but 2 parents"),
        (lambda: Units([["A"], ["p"]], [[1]]), "not one of the 1 units above"),
        (lambda: Text(0, 0, "x", anchor="left"), "anchor 'left'"),
        (lambda: Table({"a": [1, 2], "b": [1]}), "columns have different lengths"),
        (lambda: Table({"a": [1]}, formats={"b": "{:g}"}), r"unknown columns \['b'\]"),
        (lambda: Cards([Card("c", "x", {})], [("a", "A")]), "answer 'x' is not one of the bins"),
        (lambda: Cards([Card("c", "a", {})], [("a", "A")]), r"no reason for \['a'\]"),
    ],
)
def test_a_mark_that_cannot_be_drawn_says_why(make, message):
    with pytest.raises(ExplorableError, match=message):
        make()


def test_missing_values_are_gaps():
    assert np.isnan(Lines([1, 2], [1, np.nan]).channels()["y"][1])


def test_arrowheads_can_be_left_out():
    assert Arrows([0], [0], [1], [1], head=False).spec() == {"head": False}
