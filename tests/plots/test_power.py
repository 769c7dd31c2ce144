"""The picture of power: lines, names, intervals, the target."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from drawn import texts
from matplotlib.text import Text

from mlmbook import DataError
from mlmbook.plots import plot_power


@pytest.fixture
def table():
    rows = [
        (ngroups, size, min(0.1 + 0.01 * ngroups + 0.01 * size, 1.0))
        for ngroups in (10, 20, 40, 80)
        for size in (5, 20, 30)
    ]
    table = pd.DataFrame(rows, columns=["ngroups", "size", "power"])
    table = table.assign(low=table["power"] - 0.05, high=table["power"], n=100, failed=0.0)
    table.attrs["test"] = "w"
    return table


def curves(ax):
    return [line for line in ax.lines if line.get_marker() not in ("None", "", None)]


def test_a_line_for_each_size(table):
    ax = plot_power(table)
    drawn = curves(ax)
    assert len(drawn) == 3
    for line, size in zip(drawn, (5, 20, 30), strict=True):
        rows = table[table["size"] == size]
        assert line.get_ydata() == pytest.approx(rows["power"].to_numpy())
        assert line.get_xdata() == pytest.approx(rows["ngroups"].to_numpy(), abs=1)
    assert ax.get_xlabel() == "number of groups"
    assert ax.get_ylabel() == "power: how often the test of w rejects"
    assert len({line.get_marker() for line in drawn}) == 3


def test_intervals_stand_at_their_designs(table):
    ends = [path.vertices[:, 1] for bars in plot_power(table).collections
            for path in bars.get_paths()]  # fmt: skip
    expected = table.sort_values(["size", "ngroups"])[["low", "high"]]
    np.testing.assert_allclose(ends, expected)


def test_names_stand_at_the_ends_and_apart(table):
    ax = plot_power(table)
    assert set(texts(ax)) == {"5 a group", "20 a group", "30 a group"}
    boxes = sorted((Text.get_window_extent(text) for text in ax.texts), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))
    assert boxes[-1].y1 < ax.yaxis.label.get_window_extent().y0


def test_the_target_is_a_line_or_not(table):
    flat = plot_power(table, target=0.9).lines
    assert any(list(line.get_ydata()) == [0.9, 0.9] for line in flat)
    assert len(plot_power(table, target=None).lines) == 3


def test_another_axis(table):
    ax = plot_power(table, x="size", xlabel="pupils")
    assert len(curves(ax)) == 4
    assert {text.get_text() for text in ax.texts} == {f"{n} groups" for n in (10, 20, 40, 80)}
    assert ax.get_xlabel() == "pupils"


def test_two_other_dimensions_and_ranges(table):
    table["size"] = [(5, 9) if size == 5 else size for size in table["size"]]
    both = pd.concat([table.assign(effect=0.2), table.assign(effect=0.4)], ignore_index=True)
    ax = plot_power(both)
    assert "(5, 9) a group, effect 0.2" in [said.replace("\n", " ") for said in texts(ax)]
    assert len(curves(ax)) == 6


def test_one_design_is_a_point(table):
    ax = plot_power(table.head(1))
    assert len(curves(ax)) == 1
    assert not ax.texts


def test_bad_requests(table):
    with pytest.raises(DataError, match="draws the table that"):
        plot_power(table.drop(columns="power"))
    with pytest.raises(DataError, match="did you mean 'size'"):
        plot_power(table, x="sise")
    with pytest.raises(DataError, match="one design only"):
        plot_power(table[["power", "low", "high", "n"]].head(1))
