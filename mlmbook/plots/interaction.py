"""Draw an interaction: the line of one predictor at values of another, or its slope along it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.ticker import MaxNLocator

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.slopes import lines, moderator_values, moderators, slopes
from mlmbook.plots.tables import check_fit
from mlmbook.plots.words import axis_name, column_words, number, unit_of, value_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.result import Fit

_SHOWS = ("lines", "slope")
_LOOKS: Final = (  # a color and a dash for each value of the moderator; none is that of a level
    ("cross", "-"),
    ("fixed", (0, (5, 2))),
    ("neutral", (0, (1.5, 1.2))),
    ("wrong", (0, (6, 2, 1, 2))),
    ("right", (0, (3, 3))),
)
_STRIP: Final = 0.14  # height of words above a band, as a share of the band
_LONG: Final = 14  # characters that still fit to the right of the lines


def plot_interaction(
    fit: Fit,
    x: str,
    by: str,
    *,
    show: str = "lines",
    values: Sequence[Any] | None = None,
    at: Mapping[str, Any] | None = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what one predictor does at values of another, as the fixed part has it.

    Parameters
    ----------
    fit : Fit
        A fitted model, with a product of `x` and `by` in its fixed part as a rule.
    x : str
        A numeric predictor.
    by : str
        The moderator: another predictor.
    show : {"lines", "slope"}
        ``"lines"``: the line of the average group at some values of the moderator. ``"slope"``:
        the slope of `x` along a numeric moderator; where the band leaves out zero is shaded, up
        to the Johnson-Neyman limits. Bands are pointwise, with the coverage of the fit's ``ci``
        and normal quantiles.
    values : sequence, optional
        Values of the moderator for ``"lines"``; by default its levels, or of a number its mean and
        one standard deviation to both sides, within the range of the data.
    at : mapping, optional
        Values at which the other predictors are held; by default numbers at their mean over the
        rows, categories at their reference.
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
        `x` or `by` is not a predictor of the fixed part, or `x` bends where its slope is asked
        for.
    DataError
        The slope is asked for along a category, or there are more than five lines.

    References
    ----------
    .. [1] Bauer & Curran (2005), Multivariate Behavioral Research 40, 373-400.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> fit = mlm.fit("mathach ~ ses * meanses + (ses | school)", mlm.load("hsb82"))
    >>> ax = mlm.plot_interaction(fit, "ses", "meanses")
    """
    if show not in _SHOWS:
        raise DataError(f"show must be 'lines' or 'slope', got {show!r}")
    numeric = moderators(check_fit(fit), x, by)
    attrs = fit.data.attrs
    if show == "slope":
        if not numeric:
            raise DataError(
                f"{by!r} is not a number with several values: there is a slope for each, but none "
                "along it; use show='lines'"
            )
        table = slopes(fit, x, by, at or {})
        with style.canvas(ax, height=3.5) as ax:
            _draw_slope(ax, table)
            ax.xaxis.set_major_locator(MaxNLocator(6))
            what = column_words(x, attrs).get("label") or x
            unit = unit_of(fit.response, attrs)
            named = f"Slope of {what}" + (f", {unit} a unit" if unit else "")
            style.name_axes(ax, x=xlabel or axis_name(by, attrs), y=ylabel or named)
        return ax
    chosen = moderator_values(fit, by, values, numeric=numeric)
    if len(chosen) > len(_LOOKS):
        raise DataError(
            f"{len(chosen)} lines cannot be told apart; name up to {len(_LOOKS)} values of {by!r}: "
            "values=[...]"
        )
    table = lines(fit, x, by, chosen, at or {})
    with style.canvas(ax, height=3.8) as ax:
        names = _line_names(fit, by, chosen, spread=numeric and values is None)
        label = column_words(by, attrs).get("label") or by
        _draw_lines(ax, table, chosen, names, label if len(label) <= _LONG else by)
        named = axis_name(fit.response, attrs)
        style.name_axes(ax, x=xlabel or axis_name(x, attrs), y=ylabel or named)
    return ax


def _line_names(fit: Fit, by: str, values: Sequence[Any], *, spread: bool) -> list[str]:
    """Return what is written at the end of each line."""
    words = value_words(column_words(by, fit.data.attrs).get("meaning", ""))
    if spread:
        where = ["− 1 SD", "mean", "+ 1 SD"]
        return [f"{_written(value)}\n({at})" for value, at in zip(values, where, strict=True)]
    return [words.get(value, _written(value)) for value in values]


def _written(value: Any) -> str:
    """Write a value of the moderator."""
    numeric = isinstance(value, float | np.floating)
    return (number(float(value)) if numeric else str(value)).replace("-", "−")


def _draw_lines(
    ax: Axes, table: pd.DataFrame, values: Sequence[Any], names: Sequence[str], title: str
) -> None:
    """Draw a line and its band for each value; the name of the moderator is over the highest."""
    ends = []
    for value, (mark, dash) in zip(values, _LOOKS, strict=False):
        line, color = table[table["by"] == value], palette.COLOR[mark]
        ax.fill_between(line["x"], line["low"], line["high"], color=color, alpha=0.16, lw=0)
        ax.plot(line["x"], line["y"], color=color, ls=dash, lw=2.4, zorder=3)
        ends.append(line.iloc[-1])
    highest = int(np.argmax([end["y"] for end in ends]))
    if not any("=" in name for name in names):
        names = [f"{title}:\n{name}" if at == highest else name for at, name in enumerate(names)]
    style.name_ends(
        ax,
        [
            (name, (float(end["x"]), float(end["y"])), palette.COLOR[mark])
            for name, end, (mark, _) in zip(names, ends, _LOOKS, strict=False)
        ],
    )


def _draw_slope(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the slope along the moderator, its band, and where this leaves out zero."""
    color, fill = palette.COLOR["cross"], palette.FILL["cross"]
    clear = (table["low"] > 0) | (table["high"] < 0)
    limits = table.attrs["limits"]
    ax.axhline(0, color=palette.MUTED, lw=1, zorder=0)
    edges = [table["by"].iloc[0], *limits, table["by"].iloc[-1]]
    for left, right in pairwise(edges):
        part = table[(table["by"] >= left) & (table["by"] <= right)]
        if part.empty:
            continue
        shown = bool(clear.loc[part.index[len(part) // 2]])
        band = _with_ends(table, left, right)
        ax.fill_between(
            band["by"],
            band["low"],
            band["high"],
            facecolor=fill if shown else palette.RULE,
            alpha=0.45,
            lw=0,
            zorder=1,
        )
    ax.plot(table["by"], table["slope"], color=color, lw=2.4, zorder=3)
    bottom, top = ax.get_ylim()
    for limit in limits:
        ax.plot([limit, limit], [bottom, top], color=color, lw=1, ls=(0, (3, 2)), zorder=2)
        style.label(
            ax,
            number(limit).replace("-", "−"),
            (limit, bottom),
            xytext=(4, 4),
            ha="left",
            va="bottom",
            color=color,
        )
    ax.set_ylim(bottom, top + _STRIP * (top - bottom))
    said = "the interval leaves out zero" if clear.all() else "no interval leaves out zero"
    if clear.any() and not clear.all():
        said = "shaded: the interval leaves out zero"
    ax.text(0.02, 0.97, said, transform=ax.transAxes, va="top", fontsize=style.SMALL, color=color)


def _with_ends(table: pd.DataFrame, left: float, right: float) -> dict[str, Any]:
    """Return the band between two values of the moderator, these included."""
    inside = table[(table["by"] > left) & (table["by"] < right)]["by"].to_numpy()
    where = np.array([left, *inside, right])
    return {"by": where} | {
        name: np.interp(where, table["by"], table[name]) for name in ("low", "high")
    }
