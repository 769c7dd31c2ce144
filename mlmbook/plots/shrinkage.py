"""Draw how far each group's own estimate is pulled towards the average group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.fitting import breadth
from mlmbook.plots.tables import check_labels, grouping_of, mark_of, shrinkage
from mlmbook.plots.words import count, departure_name, group_word, row_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.result import Fit

_ROOM = 0.055  # share of the axis; a shorter way has no room for the head of an arrow


def plot_shrinkage(
    fit: Fit,
    *,
    term: str = "Intercept",
    group: str | None = None,
    show: int | Sequence[Any] = 12,
    xlabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw an arrow from each group's own departure to its shrunken one.

    A row is a group, the smallest at the top. The hollow square is what the rows of the group say
    alone (for a random intercept the mean of its raw residuals), the filled circle is the
    conditional mode (for a random intercept that mean times the group's reliability).

    Parameters
    ----------
    fit : Fit
        A fitted model.
    term : str, default "Intercept"
        Random effect to draw.
    group : str, optional
        Grouping factor; needed only when the model has several.
    show : int or sequence, default 12
        How many groups, spread evenly from the smallest to the largest, or their labels.
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
        A label is not a group of the data, or its rows alone cannot give an estimate.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> null = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    >>> ax = mlm.plot_shrinkage(null, show=8)
    """
    grouping = grouping_of(fit, group)
    word, level = group_word(grouping.name, fit.data.attrs), mark_of(fit, grouping)
    table = _rows(shrinkage(fit, group, term), show, word)
    places = np.arange(len(table))
    with style.canvas(ax, height=1.5 + 0.28 * len(table)) as ax:
        ax.axvline(0, color=palette.MUTED, lw=1, zorder=0)
        ax.plot(
            table["raw"],
            places,
            palette.MARKER["within"],
            ms=7,
            mfc=palette.PAPER,
            mec=palette.COLOR["within"],
            mew=1.5,
            label="own",
        )
        ax.plot(
            table["shrunken"],
            places,
            palette.MARKER[level],
            ms=8,
            color=palette.COLOR[level],
            label="shrunken",
        )
        sizes = [f"{label} · {count(n)}" for label, n in zip(table.index, table["n"], strict=True)]
        ax.set_yticks(places, sizes)
        ax.set_ylim(len(table) - 0.4, -0.6)
        ax.margins(x=0.06)
        style.hide_axis(ax, "y")
        ax.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        _join(ax, table, level)
        style.name_axes(
            ax,
            x=xlabel or departure_name(fit.response, term, word, fit.data.attrs),
            y=f"{word} · {row_words(fit.data.attrs)}",
        )
        ax.yaxis.label.set(color=palette.MUTED, fontsize=style.SMALL)
        widest = max(breadth(size, style.SMALL) for size in sizes)
        aside = ScaledTranslation(-widest - 0.05, 0, ax.figure.dpi_scale_trans)  # type: ignore[union-attr]
        ax.yaxis.set_label_coords(0.0, 1.02, ax.transAxes + aside)  # begins where the sizes do
        own = style.mark("within", f"the {word}'s own", hollow=True)
        style.key(ax, [own, style.mark(level, "shrunken")], lines_up=1.8)
    return ax


def _rows(table: pd.DataFrame, show: int | Sequence[Any], word: str) -> pd.DataFrame:
    """Choose the groups to draw, and sort them by size."""
    if isinstance(show, int):
        if show < 1:
            raise DataError(f"show={show}: ask for at least one {word}, or give labels")
        whole = table.dropna().sort_values("n", kind="stable")
        spread = np.linspace(0, len(whole) - 1, min(show, len(whole))).round().astype(int)
        return whole.iloc[spread]
    chosen = table.loc[check_labels(show, table.index, word)]
    missing = chosen.index[chosen["raw"].isna()]
    if len(missing):
        raise DataError(f"{word} {missing[0]!r} has too few rows for an estimate of its own")
    return chosen.sort_values("n", kind="stable")


def _join(ax: Axes, table: pd.DataFrame, level: str) -> None:
    """Join the two marks of each row, with an arrow where there is room for its head."""
    low, high = ax.get_xlim()
    for place, (raw, shrunken) in enumerate(zip(table["raw"], table["shrunken"], strict=True)):
        roomy = abs(raw - shrunken) > _ROOM * (high - low)
        ax.annotate(
            "",
            (shrunken, place),
            (raw, place),
            arrowprops={
                "arrowstyle": "-|>,head_width=0.28,head_length=0.5" if roomy else "-",
                "color": palette.FILL[level],
                "lw": 2.4,
                "shrinkA": 4 if roomy else 0,
                "shrinkB": 4 if roomy else 0,
            },
            zorder=1,
        )
