r"""The tables behind `plot_interaction`: predicted lines, and the slope along a moderator.

The slope of *x* where the moderator is *w* is a combination of the fixed effects,
:math:`c(w)'\hat\beta` with :math:`c(w)=\{x(b,w)-x(a,w)\}/(b-a)` for two values *a*, *b* of *x*. The
Johnson-Neyman limits [1]_ are where its interval begins or ceases to leave out zero,
:math:`(c'\hat\beta)^2 = z^2\,c'\operatorname{var}(\hat\beta)c`.

References
----------
.. [1] Bauer & Curran (2005), Multivariate Behavioral Research 40, 373-400.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from mlmbook.errors import DataError, FormulaError, did_you_mean
from mlmbook.plots.lines import check_predictor, held

if TYPE_CHECKING:
    from mlmbook.arrays import Floats
    from mlmbook.result import Fit

POINTS = 121
STRAIGHT = 1e-9
"""A fixed part is straight in x up to rounding, relative to its slope."""


def moderators(fit: Fit, x: str, by: str) -> bool:
    """Return whether the moderator is a number; check that both are in the fixed part."""
    check_predictor(fit, x)
    known = [name for name in fit.design.fixed.variables if name != x]
    if by not in known:
        raise FormulaError(
            f"{by!r} is not another predictor of the fixed part of {fit.formula!r}"
            f"{did_you_mean(by, known)} (predictors: {', '.join(known) or 'none'})"
        )
    return bool(fit.data[by].dtype.kind in "iuf" and fit.data[by].nunique() > 2)


def moderator_values(
    fit: Fit, by: str, values: Sequence[Any] | None, *, numeric: bool
) -> list[Any]:
    """Return the values of the moderator to draw: mean and one SD around it, or its levels."""
    column = fit.data[by]
    if values is not None:
        found = list(values)
        if not found:
            raise DataError(f"name at least one value of {by!r}")
        return found
    if not numeric:
        levels = fit.categorical.get(by, fit.categorical.get(f"C({by})"))
        return list(levels) if levels is not None else sorted(column.unique())
    mean, sd = float(column.mean()), float(column.std())
    digits = 2 - math.floor(math.log10(sd))  # a mean of 0.000143 is 0 to a reader
    low, high = float(column.min()), float(column.max())
    return [round(value, digits) for value in (max(mean - sd, low), mean, min(mean + sd, high))]


def lines(fit: Fit, x: str, by: str, values: Sequence[Any], at: Mapping[str, Any]) -> pd.DataFrame:
    """Return the population's line at each value of the moderator, with its interval.

    Returns
    -------
    DataFrame
        Columns ``by``, ``x``, ``y``, ``low``, ``high``.
    """
    column = fit.data[x].astype(float)
    along = pd.Series(np.linspace(float(column.min()), float(column.max()), POINTS))
    reach = norm.ppf((1 + fit.ci) / 2)
    tables = []
    for value in values:
        X = fit.design.fixed.remake(held(fit, x, {**at, by: value}, along))
        y = X @ fit.fixef.to_numpy()
        half = reach * np.sqrt(np.einsum("np,pq,nq->n", X, fit.vcov.to_numpy(), X))
        columns = {"by": value, "x": along, "y": y, "low": y - half, "high": y + half}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def slopes(fit: Fit, x: str, by: str, at: Mapping[str, Any]) -> pd.DataFrame:
    """Return the slope of x along a numeric moderator, with its interval.

    Returns
    -------
    DataFrame
        Columns ``by``, ``slope``, ``low``, ``high``; ``.attrs["limits"]`` are the Johnson-Neyman
        limits within the range of the data.
    """
    column = fit.data[by].astype(float)
    along = np.linspace(float(column.min()), float(column.max()), POINTS)
    beta, vcov = fit.fixef.to_numpy(), fit.vcov.to_numpy()
    reach = float(norm.ppf((1 + fit.ci) / 2))

    def edge(where: Floats) -> tuple[Floats, Floats]:
        c = _contrasts(fit, x, by, where, at)
        return c @ beta, reach * np.sqrt(np.einsum("np,pq,nq->n", c, vcov, c))

    slope, half = edge(along)
    clear = np.abs(slope) - half
    limits = [
        float(brentq(lambda w: np.subtract(*_both(edge, w)), along[i], along[i + 1]))
        for i in np.flatnonzero(np.sign(clear[:-1]) != np.sign(clear[1:]))
    ]
    table = pd.DataFrame({"by": along, "slope": slope, "low": slope - half, "high": slope + half})
    table.attrs["limits"] = limits
    return table


def _both(edge: Any, where: float) -> tuple[float, float]:
    slope, half = edge(np.array([where]))
    return float(abs(slope[0])), float(half[0])


def _contrasts(fit: Fit, x: str, by: str, where: Floats, at: Mapping[str, Any]) -> Floats:
    """Return the combinations of fixed effects that are the slopes of x."""
    column = fit.data[x].astype(float)
    first, last = float(column.min()), float(column.max())
    rows = {}
    for value in (first, (first + last) / 2, last):
        frame = held(fit, by, {**at, x: value}, pd.Series(where))
        rows[value] = fit.design.fixed.remake(frame)
    low, middle, high = rows.values()
    if np.abs(low + high - 2 * middle).max() > STRAIGHT * np.abs(high - low).max():
        raise FormulaError(
            f"the fixed part of {fit.formula!r} bends in {x!r}: it has no one slope; draw lines "
            "with show='lines'"
        )
    contrasts: Floats = (high - low) / (last - first)
    return contrasts
