"""Draw the residuals of a level against the quantiles of a normal distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from mlmbook.levels import factor_at
from mlmbook.plots import palette, style
from mlmbook.plots.tables import check_fit, check_term, mark_of
from mlmbook.plots.words import departure_name, group_word, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlmbook.result import Fit


def plot_residuals_qq(
    fit: Fit,
    *,
    level: int | str = 1,
    term: str = "Intercept",
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw sorted residuals against normal quantiles; a normal sample lies near the line.

    The line has the standard deviation of the residuals as its slope. Above level 1 the residuals
    are conditional modes, which vary less than the random effects they estimate; the lowest and
    the highest group are named.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    level : int or str, default 1
        1 for the rows; above that the grouping factors, the one with most groups first. Or the
        name of a grouping factor.
    term : str, default "Intercept"
        Random effect to draw, above level 1.
    ylabel : str, optional
        Name of the vertical axis with its unit; from the data's ``attrs`` by default.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        The model has no such level.
    FormulaError
        The model has no such random effect.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> null = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    >>> ax = mlm.plot_residuals_qq(null, level=2)
    """
    found = check_fit(fit).residuals_at(level)
    attrs = fit.data.attrs
    if isinstance(found, pd.DataFrame):
        grouping = fit.design.groupings[factor_at(fit, level) or 0]
        check_term(grouping, term)
        values, mark = found[term].sort_values(), mark_of(fit, grouping)
        name = departure_name(fit.response, term, group_word(grouping.name, attrs), attrs)
    else:
        values, mark = found.sort_values(), "within"
        unit = unit_of(fit.response, attrs)
        name = "Level-1 residual" + (f", {unit}" if unit else "")
    at = norm.ppf((np.arange(len(values)) + 0.5) / len(values))
    with style.canvas(ax, height=3.8) as ax:
        ax.axline((0, float(values.mean())), slope=float(values.std()), color=palette.MUTED, lw=1.2)
        ax.plot(
            at,
            values,
            palette.MARKER[mark],
            color=palette.COLOR[mark],
            ms=5 if len(values) < 500 else 3,
            alpha=0.8,
            rasterized=True,
        )
        named = mark != "within"
        if named:
            for row, side, away, edge in ((0, "left", 5, "top"), (-1, "right", -5, "bottom")):
                style.label(
                    ax,
                    str(values.index[row]),
                    (float(at[row]), float(values.iloc[row])),
                    xytext=(away, -away),
                    ha=side,
                    va=edge,
                    color=palette.COLOR[mark],
                )
        ax.margins(0.09, 0.17 if named else 0.09)  # the names need room above and below
        style.name_axes(ax, x="Normal quantile, standard deviations", y=ylabel or name)
    return ax
