"""Draw the variance between and within groups along a predictor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import PercentFormatter

from mlmbook.errors import FormulaError
from mlmbook.plots import palette, style
from mlmbook.plots.tables import check_fit, grouping_of, level_words, mark_of
from mlmbook.plots.words import axis_name, column_words, number, value_words, variance_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.result import Fit
    from mlmbook.variance_function import VarianceFunction

_NEAR = 0.16  # share of the height that a mark and the words above it take


def plot_variance_function(
    fit: Fit,
    x: str | None = None,
    *,
    at: Mapping[str, Any] | None = None,
    share: bool = False,
    band: bool = True,
    xlabel: str | None = None,
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the variance at each level changes along a predictor.

    Each grouping factor has a solid line with its band, level 1 a dashed one. A mark says where
    the variance between groups is least, if that is within the range of the data: the lines of the
    groups come closest there (:meth:`mlmbook.Fit.variance_function`).

    Parameters
    ----------
    fit : Fit
        A fitted model.
    x : str, optional
        Predictor; by default the first with a random slope.
    at : mapping, optional
        Values at which other predictors with random slopes are held; by default numbers at their
        mean over the rows, categories at their reference.
    share : bool, default False
        Draw the share of the variance that is between groups instead.
    band : bool, default True
        Draw limits with the coverage of the fit's ``ci``, where there are any.
    xlabel, ylabel : str, optional
        Names of the axes with their units; from the data's ``attrs`` by default.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    FormulaError
        No variance of the model depends on `x`, or on anything.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> fit = mlm.fit("normexam ~ standlrt + (standlrt | school)", mlm.load("exam"))
    >>> ax = mlm.plot_variance_function(fit)
    """
    function = check_fit(fit).variance_function(x or _first_slope(fit), at=at)
    factors = [grouping.name for grouping in fit.design.groupings]
    columns = ["vpc"] if share else [*factors, "Residual"]
    numeric = len(function.table) > 2 and function.table.index.dtype.kind == "f"
    draw = _draw_lines if numeric else _draw_points
    with style.canvas(ax, height=3.6) as ax:
        ends = []
        for column in columns:
            mark, words = _look(fit, column, factors)
            draw(ax, function, column, mark, band=band)
            ends.append((words, mark, float(function.table[column].iloc[-1])))
        top = max(float(function.table[columns].to_numpy().max()), ax.get_ylim()[1])
        ax.set_ylim(0, min(1.0, top) if share else top)
        if numeric and not share:
            _mark_least(ax, function)
        last = function.table.index[-1] if numeric else len(function.table) - 1
        _name_ends(ax, ends, float(last))
        if share:
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        named = "Share of the variance between groups" if share else _variance(fit)
        x_name = "; ".join([axis_name(function.x, fit.data.attrs), *_held(function)])
        style.name_axes(ax, x=xlabel or x_name, y=ylabel or named)
    return ax


def _first_slope(fit: Fit) -> str:
    found = [
        name
        for grouping in fit.design.groupings
        for part in grouping.parts
        for name in part.variables
    ]
    if not found:
        raise FormulaError(
            f"no slope varies between groups in {fit.formula!r}: the variance between groups is "
            "the same everywhere; name x if the level-1 variance depends on one"
        )
    return found[0]


def _variance(fit: Fit) -> str:
    return variance_name(fit.response, fit.data.attrs)


def _look(fit: Fit, column: str, factors: list[str]) -> tuple[str, str]:
    """Return the mark of a column and the words at its end."""
    if column == "Residual":
        return "within", level_words(fit, column)
    if column == "vpc":
        words = level_words(fit, factors[0]) if len(factors) == 1 else "between groups"
        return "between", words
    return mark_of(fit, grouping_of(fit, column)), level_words(fit, column)


def _held(function: VarianceFunction) -> list[str]:
    """Say where the other predictors are held."""
    return [
        f"{name} {number(value) if isinstance(value, float) else value}"
        for name, value in function.at.items()
    ]


def _draw_lines(
    ax: Axes, function: VarianceFunction, column: str, mark: str, *, band: bool
) -> None:
    x = function.table.index.to_numpy()
    low, high = function.low[column].to_numpy(), function.high[column].to_numpy()
    if band and np.isfinite(high).any():
        ax.fill_between(x, low, high, color=palette.FILL[mark], alpha=0.35, lw=0, zorder=1)
    dash = palette.DASH["within"] if mark == "within" else "-"
    ax.plot(x, function.table[column], color=palette.COLOR[mark], lw=2.4, ls=dash, zorder=3)


def _draw_points(
    ax: Axes, function: VarianceFunction, column: str, mark: str, *, band: bool
) -> None:
    """Draw a point for each of a few values."""
    places = np.arange(len(function.table))
    if band and np.isfinite(function.high[column]).any():
        low, high = function.low[column], function.high[column]
        ax.vlines(places, low, high, color=palette.FILL[mark], lw=2.4, zorder=1)
    ax.plot(
        places,
        function.table[column],
        palette.MARKER.get(mark, "o"),
        color=palette.COLOR[mark],
        ms=8,
        zorder=3,
    )
    meaning = column_words(function.x, function.fit.data.attrs).get("meaning", "")
    words = value_words(meaning)
    ticks = [words.get(value, str(value)) for value in function.table.index]
    ax.set_xticks(places, ticks)
    ax.margins(x=0.3)


def _mark_least(ax: Axes, function: VarianceFunction) -> None:
    """Mark where the variance of each factor is least."""
    least = function.minimum[lambda table: table["inside"]]
    lines, near = function.table, _NEAR * ax.get_ylim()[1]
    found = zip(least.index, least["x"], least["variance"], strict=True)
    for name, place, variance in found:
        mark = mark_of(function.fit, grouping_of(function.fit, name))
        here = lines.iloc[int(np.abs(lines.index.to_numpy() - place).argmin())]
        ax.plot(
            [place],
            [variance],
            palette.MARKER[mark],
            ms=8,
            mfc=palette.PAPER,
            mec=palette.COLOR[mark],
            mew=1.6,
            zorder=4,
        )
        style.label(
            ax,
            f"least at {number(place)}".replace("-", "−"),
            (
                place,
                _above(variance, here, near),
            ),
            xytext=(0, 11),
            ha="center",
            va="bottom",
            color=palette.COLOR[mark],
            zorder=5,
        )


def _above(height: float, lines: pd.Series[float], near: float) -> float:
    """Return the height above which words do not lie on the next line above them."""
    for other in sorted(lines[lines > height]):
        if other - height < near:
            height = float(other)
    return height


def _name_ends(ax: Axes, ends: list[tuple[str, str, float]], last: float) -> None:
    """Write what each line is at its right end."""
    style.name_ends(
        ax,
        [
            (words.replace(" ", "\n", 1), (last, value), palette.COLOR[mark])
            for words, mark, value in ends
        ],
    )
