"""Draw the departures of all groups, from low to high, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.ticker import MaxNLocator

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.fitting import PAD, breadth, cell, fold, note_wide
from mlmbook.plots.tables import check_labels, departures, grouping_of, mark_of, not_apart
from mlmbook.plots.words import count, departure_name, group_word, plural

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.result import Fit

_WIDTHS: Final = {"confidence": 1.96, "comparison": 1.39}  # times the conditional sd
_CALLED: Final = {"confidence": "95 % intervals", "comparison": "comparison intervals"}
_CORNER = 1.6  # inches that a sentence in a corner may be wide
_LINE = 0.2  # height of small text, inches
_NAMED: Final = 25  # up to so many groups, each has its name on the axis
_CROWD: Final = 400  # from so many groups on, bars lie on top of each other
_SENTENCES: Final = 10  # from so many groups on, the corners are empty enough for words


def plot_caterpillar(
    fit: Fit,
    *,
    term: str = "Intercept",
    group: str | None = None,
    interval: str = "confidence",
    highlight: Sequence[Any] = (),
    xlabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the conditional modes of the groups, sorted, with an interval for each.

    A filled circle is a group whose interval leaves out the average group, a hollow one is a group
    whose interval does not. The order is not a ranking: a sentence in the picture says from how
    many other groups the highest (and the lowest) cannot be told apart. Intervals to compare two
    groups with each other follow Goldstein and Healy (1995, J. R. Stat. Soc. A 158(1), 175-177).

    Parameters
    ----------
    fit : Fit
        A fitted model.
    term : str, default "Intercept"
        Random effect to draw.
    group : str, optional
        Grouping factor; needed only when the model has several.
    interval : {"confidence", "comparison"}
        ``"confidence"``: mode ± 1.96 conditional sd, to compare a group with the average group.
        ``"comparison"``: mode ± 1.39 conditional sd, to compare two groups with each other: where
        two bars do not overlap, the difference has a p-value of about .05 or less.
    highlight : sequence, optional
        Labels of groups to name in the picture, besides the lowest and the highest.
    xlabel : str, optional
        Name of the horizontal axis with its unit; from the data's ``attrs`` by default.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    FormulaError
        The model has no such random effect or grouping factor.
    DataError
        A highlighted label is not a group of the data, or there is no such interval.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> null = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    >>> ax = mlm.plot_caterpillar(null)
    """
    if interval not in _WIDTHS:
        raise DataError(f"there is no interval {interval!r}; choose from {', '.join(_WIDTHS)}")
    grouping = grouping_of(fit, group)
    table = departures(fit, group, term)
    word, level = group_word(grouping.name, fit.data.attrs), mark_of(fit, grouping)
    named = check_labels(highlight, table.index, word)
    half = _WIDTHS[interval] * table["sd"].to_numpy()
    mode = table["mode"].to_numpy()
    places = np.arange(len(table))
    clear = (np.abs(mode) > half) | (interval == "comparison")
    few = len(table) <= _NAMED
    sentences = _sentences(table, word, int((~clear).sum())) if len(table) >= _SENTENCES else None
    below = [fold(said, style.width(ax), style.SMALL) for said in sentences or () if said]
    words = _LINE * sum(said.count("\n") + 1 for said in below)
    high = max(2.8, 1.1 + 0.25 * len(table)) + words if few else 5.4
    with style.canvas(ax, height=high) as ax:
        ax.axvline(0, color=palette.MUTED, lw=1, zorder=0)
        for filled in (False, True):
            these = clear == filled
            marks = places[these], mode[these], half[these]
            _draw(ax, *marks, filled=filled, level=level, groups=len(table))
        ax.margins(x=0.07)
        edge = 0.6 if few else 0.02 * len(table)
        ax.set_ylim(-edge, len(table) - 1 + edge)
        if few:
            ax.set_yticks(places, [str(label) for label in table.index])
        else:
            ax.set_yticks([])
            _name_groups(ax, table, half, [table.index[0], *named, table.index[-1]], level)
        style.hide_axis(ax, "y")
        if sentences and not few:
            _write_in_corners(ax, table, half, sentences)
        ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        style.name_axes(
            ax,
            x=xlabel or departure_name(fit.response, term, word, fit.data.attrs),
            y=f"{count(len(table))} {plural(word)}, lowest to highest, with {_CALLED[interval]}",
        )
        if few:
            _write_below(ax, below)
    return ax


def _draw(
    ax: Axes,
    places: np.ndarray[Any, Any],
    mode: np.ndarray[Any, Any],
    half: np.ndarray[Any, Any],
    *,
    filled: bool,
    level: str,
    groups: int,
) -> None:
    """Draw some of the groups; of very many, the bars are a shade behind the line of modes."""
    few, crowded = groups <= _NAMED, groups > _CROWD
    ax.hlines(
        places,
        mode - half,
        mode + half,
        color=palette.COLOR[level] if filled else palette.FILL[level],
        lw=2.2 if few else 1.0,
        alpha=0.25 if crowded else 1.0,
        rasterized=crowded,
        zorder=1,
    )
    ax.plot(
        mode,
        places,
        palette.MARKER[level],
        ms=7 if few else 1.6 if crowded else 3.4,
        mfc=palette.COLOR[level] if filled else palette.PAPER,
        mec=palette.COLOR[level],
        mew=1.4 if few else 0.3 if crowded else 0.8,
        zorder=2,
    )


def _name_groups(
    ax: Axes,
    table: pd.DataFrame,
    half: np.ndarray[Any, Any],
    labels: Sequence[Any],
    level: str,
) -> None:
    """Name the two extremes beyond their bars, other groups with a line to the empty side."""
    last = len(table) - 1
    for label in dict.fromkeys(labels):
        row = list(table.index).index(label)
        outside = row in (0, last)
        right = (row > last / 2) == outside
        end = float(table["mode"].iloc[row] + (half[row] if right else -half[row]))
        far = 5 if outside else 30
        style.label(
            ax,
            str(label),
            (end, row),
            xytext=(far if right else -far, 0),
            ha="left" if right else "right",
            color=palette.COLOR[level],
            arrowprops=None if outside else {"arrowstyle": "-", "color": palette.MUTED, "lw": 0.8},
        )


def _sentences(table: pd.DataFrame, word: str, hollow: int) -> tuple[str, str, str]:
    """Say of the highest, the average and the lowest group how far the order can be trusted."""
    above, below = not_apart(table, table.index[-1]), not_apart(table, table.index[0])
    name = word.capitalize()
    out_of = f"○ {count(hollow)} of {count(len(table))}: interval includes the average"
    return (
        f"{name} {table.index[-1]} is highest, {_clearly('above', above)}",
        out_of if hollow else "",
        f"{name} {table.index[0]} is lowest, {_clearly('below', below)}",
    )


def _write_below(ax: Axes, sentences: Sequence[str]) -> None:
    """Write sentences below the name of the axis, where bars leave no room between them."""
    figure: Any = ax.figure
    left = (cell(ax)[0] / figure.dpi + PAD) / (figure.bbox.width / figure.dpi)
    note = ax.annotate(
        "\n".join(sentences),
        (left, 0),
        xycoords=("figure fraction", ax.xaxis.label),  # type: ignore[arg-type]  # the stubs are narrow
        xytext=(0, -6),
        textcoords="offset points",
        va="top",
        fontsize=style.SMALL,
        annotation_clip=False,
    )
    note_wide(note)


def _write_in_corners(
    ax: Axes, table: pd.DataFrame, half: np.ndarray[Any, Any], sentences: tuple[str, str, str]
) -> None:
    """Write the sentences in the two corners that are empty."""
    highest, average, lowest = (fold(said, _CORNER, style.SMALL) for said in sentences)
    top = f"{highest}\n\n{average}" if average else highest
    names = [breadth(str(label), style.SMALL) for label in table.index[[0, -1]]]
    inside = style.width(ax) - sum(names)  # names beyond the bars narrow the axes
    _make_room(ax, table["mode"].to_numpy(), half, (top, lowest), inside)
    for said, x, y, side, edge in (
        (top, 0.015, 0.97, "left", "top"),
        (lowest, 1.0, 0.03, "right", "bottom"),
    ):
        ax.text(
            x,
            y,
            said,
            transform=ax.transAxes,
            ha=side,
            va=edge,
            fontsize=style.SMALL,
            path_effects=style.halo(),
        )


def _make_room(
    ax: Axes,
    mode: np.ndarray[Any, Any],
    half: np.ndarray[Any, Any],
    said: tuple[str, str],
    inside: float,
) -> None:
    """Widen the axis until no bar reaches the words in the upper left and lower right corners."""
    tall = ax.bbox.height / ax.figure.dpi  # type: ignore[union-attr]  # drawn on: has a figure
    places = np.arange(len(mode))
    first, last = ax.get_ylim()
    low, high = ax.get_xlim()
    (tops, wide), (feet, broad) = _size(said[0], inside), _size(said[1], inside)
    beside = places > last - (last - first) * tops * _LINE / tall
    begin = float((mode - half)[beside].min())
    beside = places < first + (last - first) * feet * _LINE / tall
    end = float((mode + half)[beside].max())
    for _ in range(8):  # each limit asks for room in units of the whole axis
        low = min(low, (begin - wide * high) / (1 - wide))
        high = max(high, (end - broad * low) / (1 - broad))
    ax.set_xlim(low, high)


def _size(said: str, inside: float) -> tuple[float, float]:
    """Return how many lines words take, and which share of the width."""
    return said.count("\n") + 1.5, (breadth(said, style.SMALL) + 0.1) / inside


def _clearly(where: str, others: int) -> str:
    if not others:
        return f"clearly {where} every other"
    return f"but not clearly {where} {count(others)} other{'s' * (others > 1)}"
