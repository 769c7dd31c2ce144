"""The caterpillar plot: every group, its interval, and how far the order can be trusted."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR, plot_caterpillar
from mlmbook.plots.palette import PAPER


def circles(ax):
    return [line for line in ax.lines if line.get_marker() == "o"]


def bars(ax):
    found = [piece for piece in ax.collections if isinstance(piece, LineCollection)]
    return np.array([bar for piece in found for bar in piece.get_segments()])


def texts(ax):
    return "\n".join(text.get_text() for text in ax.texts)


def test_every_group_is_a_circle_in_order(null):
    ax = plot_caterpillar(null)
    points = sorted(
        (y, x)
        for line in circles(ax)
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    )
    modes = null.ranef["school"]["Intercept"].sort_values().to_numpy()
    assert [y for y, _ in points] == list(range(160))
    assert [x for _, x in points] == pytest.approx(modes)


@pytest.mark.parametrize(("interval", "times"), [("confidence", 1.96), ("comparison", 1.39)])
def test_the_width_of_the_intervals(null, interval, times):
    found = bars(plot_caterpillar(null, interval=interval))
    widths = np.sort(found[:, 1, 0] - found[:, 0, 0])
    sd = np.sort(null.ranef_sd["school"]["Intercept"].to_numpy())
    assert widths == pytest.approx(2 * times * sd)


def test_hollow_circles_are_groups_that_may_be_average(null):
    ax = plot_caterpillar(null)
    mode, sd = null.ranef["school"]["Intercept"], null.ranef_sd["school"]["Intercept"]
    may_be = int((mode.abs() <= 1.96 * sd).sum())
    hollow = [line for line in circles(ax) if to_hex(line.get_markerfacecolor()) == PAPER]
    assert sum(len(line.get_xdata()) for line in hollow) == may_be
    assert f"{may_be} of 160: interval includes the average" in texts(ax).replace("\n", " ")


def test_comparison_intervals_do_not_judge_against_the_average(null):
    ax = plot_caterpillar(null, interval="comparison")
    assert "of 160" not in texts(ax)
    assert "comparison intervals" in ax.get_ylabel().replace("\n", " ")


def test_the_extremes_are_named_and_not_ranked(null):
    said = texts(plot_caterpillar(null, highlight=["1224"]))
    mode, sd = null.ranef["school"]["Intercept"], null.ranef_sd["school"]["Intercept"]
    top = mode.idxmax()
    near = (mode[top] - mode) < 1.959964 * np.hypot(sd[top], sd)
    said = said.replace("\n", " ")
    assert f"School {top} is highest, but not clearly above {near.sum() - 1} others" in said
    assert mode.idxmin() in said
    assert "1224" in said


def test_few_groups_have_their_names_on_the_axis(sleep):
    ax = plot_caterpillar(sleep, term="days")
    order = sleep.ranef["subject"]["days"].sort_values().index
    assert [label.get_text() for label in ax.get_yticklabels()] == list(order)
    assert "day of the study" in ax.get_xlabel().replace("\n", " ")


def test_axes_are_named_with_units(null):
    ax = plot_caterpillar(null)
    assert ax.get_xlabel() == "Departure from the average school, points"
    assert ax.get_ylabel() == "160 schools, lowest to highest, with 95 % intervals"
    assert ax.get_title() == ""
    assert plot_caterpillar(null, xlabel="mine").get_xlabel() == "mine"


def test_the_given_axes_are_used_and_settings_stay(null):
    _, mine = plt.subplots()
    before = dict(mpl.rcParams)
    assert plot_caterpillar(null, ax=mine) is mine
    assert dict(mpl.rcParams) == before
    assert len(plt.get_fignums()) == 1


def test_the_circles_have_the_color_of_groups(null):
    assert {to_hex(line.get_markeredgecolor()) for line in circles(plot_caterpillar(null))} == {
        COLOR["between"]
    }


@pytest.mark.parametrize("dtype", ["category", "string", pd.StringDtype("python", np.nan)])
def test_labels_of_any_text_type(dtype):
    data = mlm.load("sleepstudy").astype({"subject": dtype})
    ax = plot_caterpillar(mlm.fit("reaction ~ days + (1 | subject)", data))
    assert len(ax.get_yticklabels()) == 18


def test_whole_numbers_may_be_labels():
    data = mlm.load("sleepstudy").astype({"subject": int})
    fit = mlm.fit("reaction ~ days + (1 | subject)", data)
    assert plot_caterpillar(fit, highlight=[308]).get_yticklabels()[0].get_text().isdigit()


def test_an_unknown_term_says_which_there_are(null):
    with pytest.raises(FormulaError, match=r"'ses' is not a random effect.*Intercept"):
        plot_caterpillar(null, term="ses")


def test_an_unknown_interval_says_which_there_are(null):
    with pytest.raises(DataError, match=r"no interval 'wide'.*confidence, comparison"):
        plot_caterpillar(null, interval="wide")


def test_an_unknown_label_is_refused(null):
    with pytest.raises(DataError, match="there is no school '0'"):
        plot_caterpillar(null, highlight=["0"])


def test_a_higher_level_has_its_own_color_and_shape():
    crossed = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
    ax = plot_caterpillar(crossed, group="sample")
    marks = [line for line in ax.lines if line.get_marker() == "D"]
    assert sum(len(line.get_xdata()) for line in marks) == 6
    assert {to_hex(line.get_markeredgecolor()) for line in marks} == {COLOR["third"]}
    assert ax.get_ylim()[0] < -0.5  # no circle on the axis


def test_the_words_in_the_corners_have_room(null):
    ax = plot_caterpillar(null)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if "\n" in text.get_text()]
    assert len(boxes) == 2
    ends = [path.vertices for bars in ax.collections for path in bars.get_paths()]
    for segment in ends:
        (x0, y), (x1, _) = ax.transData.transform(segment)
        assert not any(b.x0 < x1 and x0 < b.x1 and b.y0 < y < b.y1 for b in boxes)
