"""Words that stay whole: their width, their lines, their places."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from matplotlib import pyplot as plt

from mlmbook.plots import palette, style
from mlmbook.plots.fitting import breadth, fold, spread


@pytest.mark.parametrize("dpi", [72, 96, 192])
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_breadth_is_what_is_drawn(dpi, weight):
    words = "Departure from the average\nsecondary school"
    text = plt.figure(dpi=dpi).text(0, 0, words, fontsize=style.SMALL, weight=weight)
    drawn = text.get_window_extent().width / dpi
    assert drawn * 0.999 <= breadth(words, style.SMALL, weight) <= drawn * 1.05


@given(
    st.lists(st.text("abcmw.", min_size=1, max_size=9), min_size=1, max_size=12), st.floats(1, 4)
)
def test_folded_words_are_all_there_and_fit(words, room):
    lines = fold(" ".join(words), room, style.SMALL).split("\n")
    assert " ".join(lines).split(" ") == words
    assert all(breadth(line, style.SMALL) <= room or " " not in line for line in lines)
    for line, following in pairwise(lines):
        longer = f"{line} {following.split(' ')[0]}"
        assert breadth(longer, style.SMALL) > room


def test_lines_that_are_broken_stay_broken():
    assert fold("a\nb c", 9.0, style.SMALL) == "a\nb c"


@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=12),
    st.floats(0.01, 20),
)
def test_spread_keeps_order_and_distance(positions, gap):
    placed = spread(positions, gap)
    order = sorted(range(len(positions)), key=lambda at: (positions[at], at))
    ranked = [placed[at] for at in order]
    assert all(b - a >= gap * (1 - 1e-9) - 1e-9 for a, b in pairwise(ranked))
    assert sum(placed) == pytest.approx(sum(positions), abs=1e-6)


def test_spread_leaves_what_is_apart_where_it_is():
    assert spread([5.0, 0.0, 10.0], 1.0) == [5.0, 0.0, 10.0]
    assert spread([1.0, 1.0], 2.0) == [0.0, 2.0]


def test_spread_keeps_within_limits():
    assert spread([9.0, 9.0, 1.0], 2.0, 0.0, 10.0) == [8.0, 10.0, 1.0]
    assert spread([0.0, 0.0, 5.0], 2.0, 0.0, 10.0) == [0.0, 2.0, 5.0]


def test_a_long_key_and_long_names_do_not_narrow_the_axes():
    with style.canvas(None) as ax:
        ax.plot([0, 1], [0, 1])
        style.name_axes(ax, x="x", y="y")
    ax.figure.draw_without_rendering()
    wide = ax.get_position().width
    with style.canvas(None) as ax:
        ax.plot([0, 1], [0, 1])
        names = "what it is called where nobody counts letters"
        style.name_axes(ax, x=f"{names}, {names}", y=f"{names}, {names}")
        style.key(ax, [style.mark("within", names), style.mark("between", names)], lines_up=3)
    ax.figure.draw_without_rendering()
    assert ax.get_position().width == pytest.approx(wide, rel=0.02)


def test_names_of_lines_that_end_together_stand_apart_within_the_axes():
    with style.canvas(None) as ax:
        ax.set_ylim(0, 1)
        ends = [(f"line {number}", (1.0, 0.999), palette.INK) for number in range(5)]
        labels = style.name_ends(ax, ends)
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in labels]
    assert all(a.y1 <= b.y0 for a, b in pairwise(boxes))
    assert boxes[-1].y1 <= ax.bbox.y1 + 0.04 * style.DPI + 1
    assert [label.xy[1] for label in labels] == [0.999] * 5


def test_numbers_along_an_axis_never_touch():
    with style.panels(2) as (left, right):
        for ax in (left, right):
            ax.set_xlim(10_000_000, 10_000_060)
            ax.ticklabel_format(useOffset=False)
    left.figure.draw_without_rendering()
    for ax in (left, right):
        boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
        assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_numbers_that_a_shared_axis_hides_leave_the_others():
    with style.panels(2, stacked=True, share="x") as axes:
        axes[0].set_xlim(-2.7, 1.6)
    axes[1].figure.draw_without_rendering()
    assert {-2.0, -1.0, 0.0, 1.0} <= set(axes[1].get_xticks())
