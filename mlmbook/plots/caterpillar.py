"""Draw the departures of all groups, from low to high, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.ticker import MaxNLocator

from mlmbook.errors import DataError
from mlmbook.plots import style
from mlmbook.plots.tables import check_labels, departures, grouping_of, not_apart
from mlmbook.plots.words import count, departure_name, group_word, plural

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.result import Fit

_WIDTHS: Final = {"confidence": 1.96, "comparison": 1.39}  # times the conditional sd
_CALLED: Final = {"confidence": "95 % intervals", "comparison": "comparison intervals"}
_NAMED: Final = 25  # up to so many groups, each has its name on the axis
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
    many other groups the highest (and the lowest) cannot be told apart.

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
        two bars do not overlap, the difference has a p-value of about .05 or less [1]_.
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

    References
    ----------
    .. [1] Goldstein & Healy (1995), J. R. Stat. Soc. A 158(1), 175-177.

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
    word = group_word(grouping.name, fit.data.attrs)
    named = check_labels(highlight, table.index, word)
    half = _WIDTHS[interval] * table["sd"].to_numpy()
    mode = table["mode"].to_numpy()
    places = np.arange(len(table))
    clear = (np.abs(mode) > half) | (interval == "comparison")
    few = len(table) <= _NAMED
    with style.canvas(ax, height=max(2.8, 1.1 + 0.25 * len(table)) if few else 5.4) as ax:
        ax.axvline(0, color=style.MUTED, lw=1, zorder=0)
        for filled in (False, True):
            these = clear == filled
            _draw(ax, places[these], mode[these], half[these], filled=filled, few=few)
        ax.margins(x=0.07, y=0.02)
        if few:
            ax.set_yticks(places, [str(label) for label in table.index])
        else:
            ax.set_yticks([])
            _name_groups(ax, table, half, [table.index[0], *named, table.index[-1]])
        style.hide_axis(ax, "y")
        _write_sentences(ax, table, word, hollow=int((~clear).sum()))
        ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        style.name_axes(
            ax,
            x=xlabel or departure_name(fit.response, term, word, fit.data.attrs),
            y=f"{count(len(table))} {plural(word)}, lowest to highest, with {_CALLED[interval]}",
        )
    return ax


def _draw(
    ax: Axes,
    places: np.ndarray[Any, Any],
    mode: np.ndarray[Any, Any],
    half: np.ndarray[Any, Any],
    *,
    filled: bool,
    few: bool,
) -> None:
    ax.hlines(
        places,
        mode - half,
        mode + half,
        color=style.COLOR["between"] if filled else style.FILL["between"],
        lw=2.2 if few else 1.0,
        zorder=1,
    )
    ax.plot(
        mode,
        places,
        style.MARKER["between"],
        ms=7 if few else 3.4,
        mfc=style.COLOR["between"] if filled else style.PAPER,
        mec=style.COLOR["between"],
        mew=1.4 if few else 0.8,
        zorder=2,
    )


def _name_groups(
    ax: Axes, table: pd.DataFrame, half: np.ndarray[Any, Any], labels: Sequence[Any]
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
            color=style.COLOR["between"],
            arrowprops=None if outside else {"arrowstyle": "-", "color": style.MUTED, "lw": 0.8},
        )


def _write_sentences(ax: Axes, table: pd.DataFrame, word: str, *, hollow: int) -> None:
    """Say in the two empty corners how far the order can be trusted."""
    if len(table) < _SENTENCES:
        return
    above, below = not_apart(table, table.index[-1]), not_apart(table, table.index[0])
    top = f"{word.capitalize()} {table.index[-1]} is highest,\n{_clearly('above', above)}"
    if hollow:
        top += f"\n\n○ {count(hollow)} of {count(len(table))}: interval\nincludes the average"
    bottom = f"{word.capitalize()} {table.index[0]} is lowest,\n{_clearly('below', below)}"
    for said, x, y, side, edge in (
        (top, 0.015, 0.97, "left", "top"),
        (bottom, 1.0, 0.03, "right", "bottom"),
    ):
        ax.text(x, y, said, transform=ax.transAxes, ha=side, va=edge, fontsize=style.SMALL)


def _clearly(where: str, others: int) -> str:
    if not others:
        return f"clearly {where}\nevery other"
    return f"but not clearly\n{where} {count(others)} other{'s' * (others > 1)}"
