"""Draw all groups side by side, sorted by their means, with their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.plots import palette, style
from mlmbook.plots.fitting import spread
from mlmbook.plots.words import count, number, plural

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_MANY = 12  # groups that still have room for their names below them


def draw_strip(
    ax: Axes, table: pd.DataFrame, *, word: str, rows: str, points: bool, level: str
) -> str:
    """Draw members as squares above the rank of their group, and the mean of each as a circle.

    Parameters
    ----------
    ax : Axes
        Axes in the book's style.
    table : DataFrame
        One row a member, columns ``group`` and ``y``.
    word, rows : str
        What a group is called, and the members in the plural.
    points : bool
        Draw the members.
    level : str
        The level of the groups, for their color and shape.

    Returns
    -------
    str
        Name of the horizontal axis.
    """
    means = table.groupby("group", observed=True)["y"].mean().sort_values(kind="stable")
    many = len(means) > _MANY
    marks = [style.mark(level, f"mean of a {word}")]
    if points:
        rank = {label: place for place, label in enumerate(means.index)}
        across = table["group"].map(rank).to_numpy(dtype=float)
        ax.plot(
            across + jitter(len(table), 0.5),
            table["y"],
            palette.MARKER["within"],
            color=palette.FILL["within"],
            ms=2.4 if many else 4,
            alpha=float(np.clip(12 * len(means) / len(table), 0.3, 0.8)),
            rasterized=True,
            zorder=1,
        )
        marks.insert(0, style.mark("within", rows))
    ax.plot(
        np.arange(len(means)),
        means,
        palette.MARKER[level],
        color=palette.COLOR[level],
        ms=3.6 if many else 6.5,
        zorder=3,
    )
    ax.set_xlim(-0.02 * len(means) - 0.7, 1.02 * len(means) - 0.3)
    if many:
        ax.set_xticks([])
    else:
        ax.set_xticks(np.arange(len(means)), [str(label) for label in means.index])
    style.hide_axis(ax, "x")
    style.key(ax, marks, lines_up=1.8)
    return f"{count(len(means))} {plural(word)}, from lowest to highest mean"


def draw_spreads(
    ax: Axes, center: float, spreads: Mapping[str, float], word: str, level: str
) -> None:
    """Draw at the right how far one standard deviation reaches, between and within groups."""
    ax.axhline(center, color=palette.MUTED, lw=1, zorder=2)
    low, high = ax.get_ylim()
    words = {"between": f"between\n{plural(word)}:", "within": f"within\n{plural(word)}:"}
    tops = {"between": center, "within": center + spreads["within"]}
    gap = 0.24 * (high - low)
    places = dict(zip(tops, spread(list(tops.values()), gap), strict=True))
    for side, across, mark in (("between", 1.03, level), ("within", 1.06, "within")):
        sd = spreads[side]
        ax.plot(
            [across, across],
            [center - sd, center + sd],
            color=palette.COLOR[mark],
            lw=2.4,
            ls=palette.DASH["within"] if mark == "within" else "-",
            solid_capstyle="butt",
            transform=ax.get_yaxis_transform(),
            clip_on=False,
        )
        ax.text(
            1.085,
            places[side],
            f"{words[side]}\nSD {number(sd)}",
            transform=ax.get_yaxis_transform(),
            color=palette.COLOR[mark],
            fontsize=style.SMALL,
            va="center",
        )


def jitter(n: int, width: float) -> NDArray[np.float64]:
    """Return n offsets within ± width / 2, evenly spread and always the same."""
    golden = (1 + 5**0.5) / 2
    return width * (np.arange(n) * golden % 1.0 - 0.5)
