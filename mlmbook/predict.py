r"""Predictions and simulated responses.

For a row with columns *x* and *z* in group *j*: :math:`x'\hat\beta + z'\hat b_j` with the
random effects of its group, :math:`x'\hat\beta` without. The error of the first has variance
:math:`\sigma^2z'E_jz + a'\operatorname{var}(\hat\beta)a`
(:meth:`mlmbook.likelihood.estimates.Estimates.prediction_variance`), that of the second
:math:`x'\operatorname{var}(\hat\beta)x`. Where residuals correlate, those of a group say
something of its new rows as well: :mod:`mlmbook.kriging`.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .arguments import check_count, check_frame
from .design import Design
from .errors import DataError
from .grouping import Grouping, factor_columns
from .known import new_offset
from .kriging import borrow
from .likelihood.estimates import Estimates
from .likelihood.membership import Membership, spread

if TYPE_CHECKING:
    from .arrays import Codes, Floats
    from .result.predicted import Predicted


__all__ = ["conditional", "predict", "residuals", "simulate", "square_root"]

LEVELS = ("conditional", "population")
INTERVALS = (None, "confidence", "prediction")


def conditional(design: Design, estimates: Estimates) -> Floats:
    """Return the fitted values of the rows used, random effects included."""
    fitted = design.X @ estimates.beta + new_offset(design, None)
    for grouping, modes in zip(design.groupings, estimates.modes, strict=True):
        fitted += grouping.of_rows(modes)
    return fitted


def predict(
    fit: Predicted,
    newdata: pd.DataFrame | None,
    *,
    level: str,
    interval: str | None,
    correlated: bool = False,
) -> pd.Series[float] | pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.predict`."""
    if level not in LEVELS:
        raise DataError(f"level must be 'conditional' or 'population', got {level!r}")
    if interval not in INTERVALS:
        raise DataError(f"interval must be 'confidence' or 'prediction' or None, got {interval!r}")
    if correlated and (level != "conditional" or interval == "confidence"):
        raise DataError(
            "correlated=True predicts an observation of a known group: use it with "
            "level='conditional', and with interval='prediction' or None"
        )
    design, estimates = fit.design, fit.estimates
    if newdata is not None:
        check_frame(newdata, name="newdata")
    X = design.X if newdata is None else design.fixed.remake(newdata)
    index = design.index if newdata is None else newdata.index
    Zs: list[Floats] = []
    units: list[Codes | Membership] = []
    if level == "conditional" or interval == "prediction":
        Zs, units = _random_columns(design, newdata, known=level == "conditional")
    mean = X @ estimates.beta + new_offset(design, newdata)
    if level == "conditional":
        for modes, Z, unit in zip(estimates.modes, Zs, units, strict=True):
            mean += np.einsum("nk,nk->n", Z, spread(unit, modes))
    if level == "conditional" and newdata is not None:
        _refuse_other_types(design, newdata, units)
    messages = _unknown(design, units) if level == "conditional" else []
    borrowed = borrow(fit, newdata, mean, units) if correlated else None
    if borrowed is not None:
        mean = mean + borrowed.of(fit.residuals.to_numpy())
        messages += borrowed.messages
    if interval is None:
        prediction = pd.Series(mean, index=index, name=fit.response)
        prediction.attrs["messages"] = messages
        return prediction
    _refuse_off_the_map(design, units)
    if level == "population":
        units = [
            _as_new(*both)
            for both in zip(design.groupings, units, estimates.rhos, strict=bool(units))
        ]
    if borrowed is not None:
        X = X - borrowed.of(design.X)
        Zs = [Z - borrowed.of(g.Z) for Z, g in zip(Zs, design.groupings, strict=True)]
    if Zs:
        variance = estimates.prediction_variance(X, Zs, units)
    else:
        variance = np.einsum("np,pq,nq->n", X, estimates.vcov, X)
    if borrowed is not None:
        variance = variance + estimates.sigma2 * borrowed.left
    elif interval == "prediction":
        variance = variance + estimates.sigma2 * _residual_variances(fit, newdata, mean)
    se = np.sqrt(variance)
    reach = NormalDist().inv_cdf((1 + fit.ci) / 2) * se
    table = pd.DataFrame(
        {"prediction": mean, "se": se, "low": mean - reach, "high": mean + reach}, index=index
    )
    table.attrs["messages"] = messages
    return table


def _random_columns(
    design: Design, newdata: pd.DataFrame | None, *, known: bool
) -> tuple[list[Floats], list[Codes | Membership]]:
    """Return Z and the units of each factor; code -1 for a row without a group that was fitted.

    Where groups need not be known, those of plain factors are all new ones.
    """
    groupings = design.groupings
    if newdata is None:
        return [grouping.Z for grouping in groupings], [grouping.units for grouping in groupings]
    Zs = [np.hstack([part.remake(newdata) for part in g.parts]) for g in groupings]
    return Zs, [
        grouping.find(newdata) if known or grouping.special else np.full(len(newdata), -1)
        for grouping in groupings
    ]


def _residual_variances(
    fit: Predicted, newdata: pd.DataFrame | None, mean: Floats
) -> Floats | float:
    """Return the variance of each row's residual, over sigma squared."""
    if fit.residual is None:
        return 1.0
    if newdata is None:
        return fit.residual.row_variances
    return fit.residual.new_variances(newdata, mean)


def _refuse_other_types(
    design: Design, newdata: pd.DataFrame, units: list[Codes | Membership]
) -> None:
    """Raise if no group is known because labels are text here and numbers there."""
    for grouping, unit in zip(design.groupings, units, strict=True):
        known = unit.weights.nnz if isinstance(unit, Membership) else (unit >= 0).any()
        if known or newdata.empty:
            continue
        special = grouping.special
        for name in special.columns if special else factor_columns(grouping.name, newdata):
            here, there = newdata[name], design.data[name]
            kinds = _kind(here), _kind(there)
            if kinds[0] != kinds[1]:
                raise DataError(
                    f"no group of the new rows is one of {grouping.name!r} that were fitted: "
                    f"{name!r} has {kinds[0]} here, such as {_first(here)!r}, and {kinds[1]} "
                    f"there, such as {_first(there)!r}; convert the column of the new rows"
                )


def _kind(column: pd.Series[Any]) -> str:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        dtype = dtype.categories.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "truth values"
    return "numbers" if pd.api.types.is_numeric_dtype(dtype) else "text"


def _first(column: pd.Series[Any]) -> Any:
    return column.tolist()[0]


def _unknown(design: Design, units: list[Codes | Membership]) -> list[str]:
    messages = []
    for grouping, unit in zip(design.groupings, units, strict=True):
        rows = unit.elsewhere > 0 if isinstance(unit, Membership) else unit < 0
        if rows.any():
            messages.append(
                f"{rows.sum()} rows are in groups of {grouping.name!r} that were not fitted: they "
                "get the prediction of an average group"
            )
    return messages


def _as_new(grouping: Grouping, units: Codes | Membership, rho: float) -> Codes | Membership:
    """Return the same units as if none had been seen."""
    if grouping.special is None:
        return np.full(len(units), -1)
    blank = Membership.of(units, grouping.ngroups).weights * 0
    return Membership(blank, grouping.scale(rho, units))


def _refuse_off_the_map(design: Design, units: list[Codes | Membership]) -> None:
    """Refuse an interval for a district whose variance is not known."""
    for grouping, unit in zip(design.groupings, units, strict=bool(units)):
        if grouping.spatial is not None and not isinstance(unit, Membership) and (unit < 0).any():
            raise DataError(
                f"{(unit < 0).sum()} rows are in districts that are not on the map of "
                f"{grouping.name!r}: without neighbors their variance is not known; predict them "
                "without an interval, or fit with a map that has them"
            )


def residuals(fit: Predicted, kind: str) -> pd.Series[float]:
    """Return the level-1 residuals, as they are or standardized."""
    values: Floats = fit.residuals.to_numpy()
    if kind == "pearson":
        values = values / (fit.sigma * np.sqrt(_residual_variances(fit, None, values)))
    elif kind == "normalized":
        if fit.residual is not None:
            values = fit.residual.whitening.whiten(values[:, None])[:, 0]
        values = values / fit.sigma
    return pd.Series(values, index=fit.design.index, name="residual")


def simulate(fit: Predicted, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.simulate`."""
    check_count(n)
    design, estimates = fit.design, fit.estimates
    mean = design.X @ estimates.beta + new_offset(design, None)
    draws = np.empty((n, len(mean)))
    roots = [square_root(covariance) for covariance in estimates.covariances]
    maps = [
        None if grouping.spatial is None else grouping.spatial.root(rho)
        for grouping, rho in zip(design.groupings, estimates.rhos, strict=True)
    ]
    residual = fit.residual
    whitening = None if residual is None else residual.whitening
    for draw in draws:
        noise: Floats = rng.normal(0, fit.sigma, len(mean))
        draw[:] = mean
        for grouping, root, R in zip(design.groupings, roots, maps, strict=True):
            effects = rng.normal(size=(grouping.ngroups, len(root))) @ root.T
            draw += grouping.of_rows(effects if R is None else R @ effects)
        if residual is not None and residual.of_fitted:  # the variances follow the effects drawn
            whitening = residual.with_fitted(draw).whitening
        if whitening is not None:
            noise = whitening.color(noise[:, None])[:, 0]
        draw += noise
    return pd.DataFrame(draws.T, index=design.index)


def square_root(covariance: Floats) -> Floats:
    """Return a square root of a covariance matrix, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = vectors * np.sqrt(np.maximum(values, 0))
    return root
