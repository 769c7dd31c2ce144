"""Draw the residuals of a level against what should not matter to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from mlmbook.errors import DataError
from mlmbook.levels import factor_at, units_of
from mlmbook.plots import palette, style
from mlmbook.plots.lines import check_column
from mlmbook.plots.strip import jitter
from mlmbook.plots.tables import check_fit, check_term, mark_of
from mlmbook.plots.words import axis_name, count, departure_name, group_word, plural, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlmbook.arrays import Floats
    from mlmbook.result import Fit

_BINS = 10
_FEW = 100  # below that a mean of a bin says little
_SHOWN = 40  # groups that have room side by side
_NAMED = 9  # groups that have room for their names


def plot_residuals(
    fit: Fit,
    *,
    level: int | str = 1,
    against: str = "fitted",
    term: str = "Intercept",
    standardized: bool = False,
    xlabel: str | None = None,
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the residuals of a level against the fitted values, a predictor, or groups.

    A pattern is news: means of bins that leave zero say that the model misses a bend or a
    predictor, a spread that changes says that the variance is not one number. Each of the ten
    bins has as many points as the others; its bar is the mean ± 2 standard errors.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    level : int or str, default 1
        1 for the rows; above that the grouping factors, the one with most groups first. Or the
        name of a grouping factor.
    against : str, default "fitted"
        ``"fitted"``: the fitted values (above level 1 what the fixed part predicts for the rows of
        a group, on average); or a column of the data (above level 1 its mean in each group).
        At level 1 a column of categories or a grouping factor gives a strip for each, with
        the mean ± one standard deviation; of many groups 40 are drawn, evenly from the one
        with the least to the one with the largest standard deviation.
    term : str, default "Intercept"
        Random effect to draw, above level 1.
    standardized : bool, default False
        Divide each residual by its own standard deviation (:meth:`mlmbook.Fit.residuals_at`), so
        that about 5 % lie beyond ± 2.
    xlabel, ylabel : str, optional
        Names of the axes with their units; from the data's ``attrs`` by default.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        The model has no such level, or the data have no such column.
    FormulaError
        The model has no such random effect.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> fit = mlm.fit("mathach ~ ses + (ses | school)", mlm.load("hsb82"))
    >>> ax = mlm.plot_residuals(fit, against="ses")
    """
    kind = "standardized" if standardized else None
    found = check_fit(fit).residuals_at(level, kind=kind)  # type: ignore[arg-type]
    along, x_name = _along(fit, against, isinstance(found, pd.DataFrame))
    attrs = fit.data.attrs
    if isinstance(found, pd.DataFrame):
        grouping = fit.design.groupings[factor_at(fit, level) or 0]
        values, mark = found.iloc[:, check_term(grouping, term)], mark_of(fit, grouping)
        if not is_numeric_dtype(along):
            raise DataError(
                f"{against!r} is not numeric: above level 1 residuals are drawn against numbers"
            )
        labels = grouping.labels[units_of(grouping)]
        by_group = along.astype(float).groupby(labels, observed=True)
        word = group_word(grouping.name, attrs)
        name = departure_name(fit.response, term, word, attrs)
        x_name += f", {word} means" if (by_group.nunique() > 1).any() else ""
        along = by_group.mean().loc[values.index]
    else:
        values, mark = found, "within"
        unit = unit_of(fit.response, attrs)
        name = "Level-1 residual" + (f", {unit}" if unit else "")
    if standardized:
        name = name.rsplit(",", 1)[0] + ", own standard deviations"
    factors = [grouping.name for grouping in fit.design.groupings]
    strips = mark == "within" and (against in factors or not is_numeric_dtype(along))
    with style.canvas(ax, height=3.8) as ax:
        ax.axhline(0, color=palette.MUTED, lw=1, zorder=0)
        if strips:
            x_name = _draw_strips(ax, values, along, x_name, sort=against in factors)
        else:
            _draw_cloud(ax, along.to_numpy(dtype=float), values.to_numpy(), mark)
        style.name_axes(ax, x=xlabel or x_name, y=ylabel or name)
    return ax


def _along(fit: Fit, against: str, groups: bool) -> tuple[pd.Series[Any], str]:
    """Return what is on the horizontal axis, one value a row of the data, and its name."""
    attrs = fit.data.attrs
    if against == "fitted" and against not in fit.data.columns:
        name = axis_name(fit.response, attrs)
        name = name[:1].lower() + name[1:] if name[1:2].islower() else name
        if groups:
            return pd.Series(fit.predict(level="population")), f"Fixed part of {name}"
        return fit.fitted, f"Fitted {name}"
    factors = {grouping.name: grouping for grouping in fit.design.groupings}
    if against in factors:
        grouping = factors[against]
        labels = pd.Series(grouping.labels[units_of(grouping)], index=fit.design.index)
        return labels, plural(group_word(against, attrs))
    check_column(fit.data, against, numeric=False)
    return fit.data[against], axis_name(against, attrs)


def _draw_cloud(ax: Axes, x: Floats, y: Floats, mark: str) -> None:
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    few = len(np.unique(x)) <= _BINS
    gap = float(np.diff(np.unique(x)).min()) if few and len(np.unique(x)) > 1 else 0.0
    ax.plot(
        x + jitter(len(x), 0.35 * gap),
        y,
        palette.MARKER[mark],
        color=palette.FILL[mark] if len(x) > _FEW else palette.COLOR[mark],
        ms=2.6 if len(x) > 1500 else 5,
        alpha=float(np.clip(1200 / len(x), 0.3, 0.8)),
        rasterized=True,
        zorder=1,
    )
    if len(x) < _FEW:
        return
    bins = pd.Series(x).rank(method="dense" if few else "first").to_numpy()
    codes = bins.astype(int) - 1 if few else ((bins - 1) * _BINS // len(x)).astype(int)
    table = pd.DataFrame({"x": x, "y": y}).groupby(codes)
    means, se = table.mean(), table["y"].std() / np.sqrt(table.size())
    ax.vlines(
        means["x"], means["y"] - 2 * se, means["y"] + 2 * se, color=palette.INK, lw=2, zorder=3
    )
    ax.plot(means["x"], means["y"], color=palette.INK, lw=1.2, marker="_", ms=9, mew=2, zorder=3)


def _draw_strips(
    ax: Axes, values: pd.Series[float], groups: pd.Series[Any], name: str, *, sort: bool
) -> str:
    """Draw a strip of residuals for each group, and return the name of the axis."""
    by_group = values.groupby(groups, observed=True)
    spread = by_group.std()
    spread = spread.sort_values(kind="stable") if sort else spread
    every = np.linspace(0, len(spread) - 1, min(_SHOWN, len(spread))).round().astype(int)
    shown = spread.index[every]
    place = {label: at for at, label in enumerate(shown)}
    some = values[groups.isin(shown)]
    across = groups[groups.isin(shown)].map(place).to_numpy(dtype=float)
    ax.plot(
        across + jitter(len(some), 0.5),
        some,
        palette.MARKER["within"],
        color=palette.FILL["within"],
        ms=2.6 if len(shown) > _NAMED else 4,
        alpha=float(np.clip(1200 / len(some), 0.3, 0.8)),
        rasterized=True,
        zorder=1,
    )
    middle, sd = by_group.mean().loc[shown].to_numpy(), spread.loc[shown].to_numpy()
    places = np.arange(len(shown))
    ax.vlines(places, middle - sd, middle + sd, color=palette.COLOR["between"], lw=2, zorder=2)
    size = 5 if len(shown) > _NAMED else 8
    ax.plot(
        places, middle, palette.MARKER["between"], color=palette.COLOR["between"], ms=size, zorder=3
    )
    style.key(
        ax,
        [style.mark("within", "residual"), style.mark("between", "mean ± one SD")],
        lines_up=1.8,
    )
    ax.set_xlim(-0.8, len(shown) - 0.2)
    if len(shown) <= _NAMED:
        ax.set_xticks(places, [str(label) for label in shown])
        return name
    ax.set_xticks([])
    style.hide_axis(ax, "x")
    drawn = f"{len(shown)} of {count(len(spread))}" if len(shown) < len(spread) else f"{len(shown)}"
    return f"{drawn} {name}, from least to largest SD" if sort else f"{drawn} {name}"
