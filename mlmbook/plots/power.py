"""Draw the power of a test against the size of the study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mlmbook.errors import DataError, did_you_mean
from mlmbook.plots import palette, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_RESULTS: Final = ("power", "low", "high", "n", "singular", "not_converged", "failed")

_AXIS: Final = {"ngroups": "number of groups", "size": "observations a group"}
_DASHES: Final = ("-", (0, (5, 2)))
_TICKS: Final = 6
_MARKERS: Final = ("o", "s", "D", "^", "v", "P")


def plot_power(
    table: pd.DataFrame,
    *,
    x: str | None = None,
    target: float | None = 0.8,
    xlabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the power that :func:`mlmbook.power` estimated, one line for each kind of design.

    The vertical bars are the intervals of the simulation: with more data sets they are shorter.

    Parameters
    ----------
    table : DataFrame
        What :func:`mlmbook.power` returned.
    x : str, optional
        The dimension of the grid along the horizontal axis; by default the one with most values.
        Each combination of the others is a line.
    target : float or None, default 0.8
        Power to aim at, a dashed line; None draws none.
    xlabel : str, optional
        Name of the horizontal axis.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        The table is not one of power, or `x` is not a dimension of its grid with numbers.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> truth = {"w": 0.5, "alpha1": 0.6, "var_u0": 0.1, "var_e": 0.9}
    >>> table = mlm.power("y ~ w + (1 | group)", test="w", world=truth, ngroups=[10, 20, 40],
    ...                   size=[5, 20], n=20, rng=1, n_jobs=1)
    >>> ax = mlm.plot_power(table)
    """
    along = _along(table, x)
    others = [name for name in _dimensions(table) if name != along and table[name].nunique() > 1]
    lines = _lines(table, along, others)
    places = table[along].to_numpy(dtype=float)
    reach = float(np.ptp(places)) or abs(float(places[0])) or 1.0
    with style.canvas(ax, height=4.0, grid="y") as ax:
        if target is not None:
            ax.axhline(target, color=palette.MUTED, lw=1.2, ls=(0, (4, 3)), zorder=1)
        for number, (_, rows) in enumerate(lines):
            aside = 0.012 * reach * (number - (len(lines) - 1) / 2)
            _draw(ax, rows[along].to_numpy(dtype=float) + aside, rows, number, len(lines))
        ax.set_ylim(0, 1.02)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        if len(np.unique(places)) <= _TICKS:
            ax.set_xticks(np.unique(places))
        else:
            ax.xaxis.set_major_locator(MaxNLocator(_TICKS, integer=along in _AXIS))
        ax.set_xlim(float(places.min()) - 0.05 * reach, float(places.max()) + 0.05 * reach)
        if len(lines) > 1:
            _name_lines(ax, lines, along)
        style.name_axes(
            ax,
            x=xlabel or _AXIS.get(along, along),
            y=f"power: how often the test of {table.attrs.get('test', along)} rejects",
        )
    return ax


def _dimensions(table: pd.DataFrame) -> list[str]:
    if "power" not in getattr(table, "columns", ()):
        raise DataError("plot_power draws the table that mlm.power returns")
    return [str(name) for name in table.columns if name not in _RESULTS]


def _along(table: pd.DataFrame, x: str | None) -> str:
    """Return the dimension of the horizontal axis."""
    numeric = [name for name in _dimensions(table) if table[name].dtype.kind in "iuf"]
    if x is None:
        if not numeric:
            raise DataError("the table has one design only, or no dimension with numbers to draw")
        return max(numeric, key=lambda name: table[name].nunique())
    if x not in numeric:
        raise DataError(
            f"x={x!r} is not a dimension with numbers{did_you_mean(x, numeric)} "
            f"(choose from: {', '.join(numeric)})"
        )
    return x


def _lines(
    table: pd.DataFrame, along: str, others: Sequence[str]
) -> list[tuple[str, pd.DataFrame]]:
    """Return the name and the rows of each line."""
    if not others:
        return [("", table.sort_values(along))]
    kinds = table[list(others)].drop_duplicates()
    lines = []
    for values in kinds.itertuples(index=False):
        same = np.logical_and.reduce(
            [table[name] == value for name, value in zip(others, values, strict=True)]
        )
        words = [_say(name, value) for name, value in zip(others, values, strict=True)]
        lines.append((", ".join(words), table[same].sort_values(along)))
    return lines


def _say(name: str, value: Any) -> str:
    number = f"{value:g}" if isinstance(value, int | float | np.number) else str(value)
    if name == "size":
        return f"{number} a group"
    return f"{number} groups" if name == "ngroups" else f"{name} {number}"


def _color(number: int, of: int) -> str:
    return palette.MUTED if number < of // 2 else palette.INK


def _draw(ax: Axes, places: np.ndarray[Any, Any], rows: pd.DataFrame, number: int, of: int) -> None:
    """Draw one line: later ones are darker, and each has a marker of its own."""
    color = _color(number, of)
    ax.vlines(places, rows["low"], rows["high"], color=color, lw=1.4, alpha=0.6)
    ax.plot(
        places,
        rows["power"],
        color=color,
        lw=2.0,
        ls=_DASHES[number % len(_DASHES)],
        marker=_MARKERS[number % len(_MARKERS)],
        ms=7,
    )


def _name_lines(ax: Axes, lines: Sequence[tuple[str, pd.DataFrame]], along: str) -> None:
    """Write the name of each line at its end."""
    of = len(lines)
    style.name_ends(
        ax,
        [
            (name, (float(rows[along].iloc[-1]), float(rows["power"].iloc[-1])), _color(number, of))
            for number, (name, rows) in enumerate(lines)
        ],
        xytext=(11, 0),
    )
