"""Arrows from what a group says alone to its shrunken estimate."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR, plot_shrinkage


def marks(ax, marker):
    return next(line for line in ax.lines if line.get_marker() == marker)


def rows(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_squares_are_raw_and_circles_shrunken(null):
    ax = plot_shrinkage(null, show=["8367", "2305"])
    data = mlm.load("hsb82").groupby("school")["mathach"].mean() - null.fixef["Intercept"]
    modes = null.ranef["school"]["Intercept"]
    assert marks(ax, "s").get_xdata() == pytest.approx(data[["8367", "2305"]].to_numpy())
    assert marks(ax, "o").get_xdata() == pytest.approx(modes[["8367", "2305"]].to_numpy())
    assert to_hex(marks(ax, "o").get_color()) == COLOR["between"]
    assert to_hex(marks(ax, "s").get_markeredgecolor()) == COLOR["within"]


def test_rows_say_how_many_members_and_the_smallest_is_on_top(null):
    ax = plot_shrinkage(null, show=["2305", "8367"])
    assert rows(ax) == ["8367 · 14", "2305 · 67"]
    assert ax.yaxis_inverted()
    assert ax.get_ylabel() == "school · pupils"


def test_groups_are_spread_over_the_sizes(null):
    ax = plot_shrinkage(null, show=5)
    sizes = [int(row.split(" · ")[1]) for row in rows(ax)]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1], len(sizes)) == (14, 67, 5)
    assert len(rows(plot_shrinkage(null))) == 12


def test_one_arrow_a_row(null):
    ax = plot_shrinkage(null, show=6)
    assert sum(text.arrow_patch is not None for text in ax.texts) == 6


def test_more_groups_than_there_are():
    fit = mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))
    ax = plot_shrinkage(fit, term="days", show=50)
    assert len(rows(ax)) == 18
    said = ax.get_xlabel().replace("\n", " ")
    assert said == "Slope of day of the study: departure from the average person"


def test_the_key_names_both_marks(null):
    texts = [text.get_text() for text in plot_shrinkage(null).get_legend().get_texts()]
    assert texts == ["the school's own", "shrunken"]


def test_the_given_axes_are_used(null):
    _, mine = plt.subplots()
    assert plot_shrinkage(null, ax=mine) is mine
    assert mine.get_title() == ""
    assert mine.get_xlabel() == "Departure from the average school, points"


@pytest.mark.parametrize("dtype", ["category", "string", pd.StringDtype("python", np.nan)])
def test_labels_of_any_text_type(dtype):
    data = mlm.load("sleepstudy").astype({"subject": dtype})
    fit = mlm.fit("reaction ~ days + (1 | subject)", data)
    assert rows(plot_shrinkage(fit, show=["308"])) == ["308 · 10"]


@pytest.mark.parametrize(("show", "said"), [(0, "show=0"), (["x"], "no school 'x'")])
def test_wrong_choices_are_refused(null, show, said):
    with pytest.raises(DataError, match=said):
        plot_shrinkage(null, show=show)


def test_an_unknown_term_says_which_there_are(null):
    with pytest.raises(FormulaError, match=r"'ses' is not a random effect.*Intercept"):
        plot_shrinkage(null, term="ses")
