"""Draw the data and the lines of all groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.lines import (
    between,
    check_predictor,
    choose,
    fitted_members,
    least_squares,
    members,
    model_lines,
    predictors,
)
from mlmbook.plots.strip import draw_spreads, draw_strip, jitter
from mlmbook.plots.tables import check_fit, check_labels, grouping_of, mark_of, spreads
from mlmbook.plots.words import axis_name, column_words, group_word, plural, row_words, value_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlmbook.result import Fit

_NAMED = 8  # up to so many lines, each has its name at its end
_OPAQUE = 100  # lines that together cover as much as they should; more of them are fainter each


def plot_groups(
    source: Fit | pd.DataFrame,
    x: str | None = None,
    *,
    y: str | None = None,
    group: str | None = None,
    show: int | Sequence[Any] | None = None,
    highlight: Sequence[Any] = (),
    points: bool = True,
    at: Mapping[str, Any] | None = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw members and groups: the lines of a model, or what the data say before any model.

    Four pictures, by what is given:

    - a model with a predictor: the line of each group (blue) and of the average group (black);
    - a model without a predictor: all groups sorted by their mean, their members, and how far
      the two standard deviations reach;
    - data with `x`: in each group the least-squares line (orange, dashed), the mean of each group
      (blue circle) and the line through these means (blue, solid);
    - data without `x`: all groups sorted by their mean, and their members.

    Parameters
    ----------
    source : Fit or DataFrame
        A fitted model, or data with one row a level-1 unit.
    x : str, optional
        Column on the horizontal axis. For a model: a numeric predictor, by default the first with
        a random slope, else the first of the fixed part.
    y, group : str, optional
        Response and grouping column; needed for data, known for a model (`group` only when it has
        several grouping factors).
    show : int or sequence, optional
        How many groups to draw, spread evenly over the order of their means, or their labels; all
        by default. What is drawn for data comes from these groups alone; a model keeps its lines.
    highlight : sequence, optional
        Labels of groups to name and to draw stronger.
    points : bool, default True
        Draw the members.
    at : mapping, optional
        For a model: values at which the other predictors are held; by default numbers at their mean
        over the rows, categories at their reference.
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
        `x` is not a predictor of the model, or `group` not one of its grouping factors.
    DataError
        A column or a group is not in the data, or is not numeric.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> survey = mlm.survey("C.7.3")
    >>> ax = mlm.plot_groups(mlm.fit("health ~ poor + (1 | neighborhood)", survey))
    """
    fit = None if isinstance(source, pd.DataFrame) else check_fit(source)
    data = source if isinstance(source, pd.DataFrame) else source.data
    if fit is None:
        if y is None or group is None:
            raise DataError("name the response and the grouping column: y=..., group=...")
        table, level = members(data, y=y, group=group, x=x), "between"
    else:
        grouping = grouping_of(fit, group)
        group, y, level = grouping.name, fit.response, mark_of(fit, grouping)
        x = check_predictor(fit, x) if x else next(iter(predictors(fit)), None)
        table = fitted_members(fit, grouping, x)
    word = group_word(group, data.attrs)
    labels = choose(table, show, word)
    named = check_labels(highlight, pd.Index(table["group"].unique()), word)
    some = table[table["group"].isin([*labels, *named])]
    with style.canvas(ax, height=4.1) as ax:
        if x is None:
            rows = row_words(data.attrs)
            under = draw_strip(ax, some, word=word, rows=rows, points=points, level=level)
            if fit is not None:
                draw_spreads(ax, float(fit.fixef.iloc[0]), spreads(fit, grouping), word, level)
        else:
            if points:
                _draw_members(ax, some)
            stronger = [*dict.fromkeys([*labels, *named])] if len(labels) <= _NAMED else named
            if fit is not None:
                lines, average = model_lines(fit, grouping, table, x, at or {})
                lines = lines[lines["group"].isin(some["group"])]
                _draw_model(ax, lines, average, stronger, word, level)
            else:
                _draw_data(ax, some, stronger, word)
            _mark_values(ax, table["x"], column_words(x, data.attrs).get("meaning", ""))
            under = axis_name(x, data.attrs)
        style.name_axes(ax, x=xlabel or under, y=ylabel or axis_name(y, data.attrs))
    return ax


def _draw_members(ax: Axes, table: pd.DataFrame) -> None:
    values = np.unique(table["x"])
    wide = 0.3 * (values[-1] - values[0]) if len(values) == 2 else 0.0
    ax.plot(
        table["x"] + jitter(len(table), wide),
        table["y"],
        palette.MARKER["within"],
        color=palette.FILL["within"],
        ms=2.6 if len(table) > 1500 else 4,
        alpha=float(np.clip(900 / len(table), 0.25, 0.75)),
        rasterized=True,
        zorder=1,
    )


def _draw_model(
    ax: Axes,
    lines: pd.DataFrame,
    average: pd.DataFrame,
    stronger: Sequence[Any],
    word: str,
    level: str,
) -> None:
    """Draw the line of each group, and that of the average group."""
    by_group = dict(list(lines.groupby("group", observed=True)))
    weak = [rows for label, rows in by_group.items() if label not in stronger]
    faint = float(np.clip(_OPAQUE / max(len(weak), 1), 0.08, 0.55))
    _draw_lines(ax, weak, level, lw=0.9, alpha=faint)
    _draw_lines(ax, [by_group[label] for label in stronger], level, lw=2.0)
    ax.plot(average["x"], average["y"], color=palette.COLOR["fixed"], lw=3, zorder=4)
    ends = {str(label): by_group[label].iloc[-1] for label in stronger}
    _name_ends(ax, ends, average.iloc[-1], "average" if ends else f"average\n{word}", level)


def _draw_data(ax: Axes, table: pd.DataFrame, stronger: Sequence[Any], word: str) -> None:
    """Draw the least-squares line within each group, the means, and the line between them."""
    lines = least_squares(table)
    by_group = dict(list(lines.groupby("group", observed=True)))
    many = len(by_group) > _NAMED
    weak = [rows for label, rows in by_group.items() if label not in stronger or not many]
    _draw_lines(ax, weak, "within", lw=0.9 if many else 1.6, alpha=0.5 if many else 1.0)
    _draw_lines(
        ax, [by_group[label] for label in stronger if many and label in by_group], "within", lw=2.2
    )
    means, through = between(table)
    ax.plot(
        means["x"],
        means["y"],
        palette.MARKER["between"],
        color=palette.COLOR["between"],
        ms=4 if many else 7,
        zorder=4,
    )
    ends = {str(label): by_group[label].iloc[-1] for label in stronger if label in by_group}
    _name_ends(ax, ends)
    marks = [style.mark("between", f"{word} means")]
    if by_group:
        marks.insert(0, style.mark("within", f"within a {word}", line=True))
    if through is not None:
        ax.plot(through["x"], through["y"], color=palette.COLOR["between"], lw=2.6, zorder=3)
        marks.append(style.mark("between", f"between {plural(word)}", line=True))
    style.key(ax, marks, lines_up=1.8)


def _draw_lines(
    ax: Axes, lines: Sequence[pd.DataFrame], level: str, *, lw: float, alpha: float = 1.0
) -> None:
    """Draw many lines at once; one without length becomes a point."""
    short = [rows for rows in lines if rows["x"].iloc[0] == rows["x"].iloc[-1]]
    ax.plot(
        [rows["x"].iloc[0] for rows in short],
        [rows["y"].iloc[0] for rows in short],
        palette.MARKER[level],
        color=palette.COLOR[level],
        ms=4.5,
        zorder=5,
    )
    ax.add_collection(
        LineCollection(
            [rows[["x", "y"]].to_numpy(dtype=float) for rows in lines],
            colors=palette.COLOR[level],
            linestyles=["-" if level != "within" else palette.DASH[level]],
            linewidths=lw,
            alpha=alpha,
            zorder=3,
        ),
        autolim=True,
    )
    ax.autoscale_view()


def _name_ends(
    ax: Axes,
    ends: Mapping[str, pd.Series[float]],
    average: pd.Series[float] | None = None,
    average_name: str = "",
    level: str = "between",
) -> None:
    """Write the names of lines at their right ends, that of the average in bold."""
    color = palette.COLOR[level]
    named = [(name, (float(end["x"]), float(end["y"])), color) for name, end in ends.items()]
    if average is not None:
        place = float(average["x"]), float(average["y"])
        named.append((average_name, place, palette.COLOR["fixed"]))
    labels = style.name_ends(ax, named, zorder=6)
    if average is not None:
        labels[-1].set_fontweight("bold")


def _mark_values(ax: Axes, x: pd.Series[float], meaning: str) -> None:
    """Mark the two values of a predictor that has no others, with their words where known."""
    values = np.unique(x)
    if len(values) == 2:
        words = value_words(meaning)
        ax.set_xticks(values, [words.get(value, f"{value:g}") for value in values])
