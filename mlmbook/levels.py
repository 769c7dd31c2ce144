r"""Residuals above level 1: the effect of each group, and how well it is known.

The conditional mode :math:`\hat b_j` of a group's random effects has two standard deviations
[1]_. The *comparative* one is that of its error, for intervals around it and for comparisons of
groups; the *diagnostic* one is its own, for the question whether a group is an outlier:

.. math:: \operatorname{var}(\hat b_j - b_j) = \sigma^2 w'M^{-1}w, \qquad
   \operatorname{var}(\hat b_j) = \Omega - \operatorname{var}(\hat b_j - b_j),

with *M* the matrix of Henderson's mixed-model equations, so that the fixed effects count as
estimated; the variance components are taken as known. At level 1 the residual
:math:`\hat e_i=y_i-\hat y_i` has variance
:math:`\operatorname{var}(e_i)-\operatorname{var}(\hat y_i-E(y_i\mid b))`, by the same argument.

The *raw* residual of a group is what its rows say alone: generalized least squares on
:math:`Z_j`, of what the fixed part and the other factors leave.

References
----------
.. [1] Goldstein (2011), Multilevel Statistical Models, 4th ed., section 2.6 and appendix 2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import predict
from .errors import DataError, did_you_mean
from .likelihood.membership import Membership

if TYPE_CHECKING:
    from .arrays import Codes, Floats
    from .design import Grouping
    from .result.predicted import Predicted

__all__ = ["factor_at", "lies_within", "residuals", "spreads", "units_of"]

ROW_KINDS = ("raw", "pearson", "normalized", "standardized")
GROUP_KINDS = ("mode", "raw", "standardized")
SPREADS = ("comparative", "diagnostic")
NOTHING = 1e-10
"""A variance that is zero but for rounding, relative to that of the effect."""


def residuals(
    fit: Predicted, level: int | str, kind: str | None
) -> pd.Series[float] | pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.residuals_at`."""
    number = factor_at(fit, level)
    kinds = ROW_KINDS if number is None else GROUP_KINDS
    kind = kinds[0] if kind is None else kind
    if kind not in kinds:
        raise DataError(
            f"kind={kind!r} is not for residuals of level {level!r}; choose one of "
            f"{', '.join(map(repr, kinds))}"
        )
    if number is None:
        if kind == "standardized":
            return (fit.residuals / _rows_spread(fit)).rename("residual")
        return predict.residuals(fit, kind)
    grouping = fit.design.groupings[number]
    if kind == "raw":
        return _table(grouping, _raw(fit, number))
    modes = fit.estimates.modes[number]
    if kind == "mode":
        return _table(grouping, modes)
    sd = _group_spread(fit, number, "diagnostic")
    with np.errstate(divide="ignore", invalid="ignore"):  # no variance: no standardized residual
        return _table(grouping, np.where(sd > 0, modes / sd, np.nan))


def spreads(fit: Predicted, level: int | str, kind: str) -> pd.Series[float] | pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.residuals_sd_at`."""
    if kind not in SPREADS:
        raise DataError(f"kind must be 'comparative' or 'diagnostic'; got {kind!r}")
    number = factor_at(fit, level)
    if number is not None:
        return _table(fit.design.groupings[number], _group_spread(fit, number, kind))
    if kind == "diagnostic":
        return pd.Series(_rows_spread(fit), index=fit.design.index, name="sd")
    variance = fit.estimates.prediction_variance(*_all_rows(fit))
    return pd.Series(np.sqrt(variance), index=fit.design.index, name="sd")


def lies_within(inner: Grouping, outer: Grouping) -> bool:
    """Return whether each group of one factor lies in one group of another."""
    if inner.special is not None or outer.special is not None:
        return False  # rows in several groups, or groups that are not independent
    return len(np.unique(inner.codes * outer.ngroups + outer.codes)) == inner.ngroups


def factor_at(fit: Predicted, level: int | str) -> int | None:
    """Return the position of a grouping factor; None is level 1."""
    if level == 1:
        return None
    names = [grouping.name for grouping in fit.design.groupings]
    by_size = sorted(names, key=lambda name: -fit.ngroups[name])
    levels: dict[int | str, str] = {number: name for number, name in enumerate(by_size, 2)}
    levels.update({name: name for name in by_size})
    if not isinstance(level, int | str) or level not in levels:
        raise DataError(
            f"the model has no level {level!r}{did_you_mean(level, by_size)} "
            f"(levels: {', '.join(map(repr, [1, *levels]))})"
        )
    return names.index(levels[level])


def units_of(grouping: Grouping) -> Codes:
    """Return the one group of each row; raise where rows belong to several."""
    if grouping.spatial is None or isinstance(grouping.units, Membership):
        return grouping.codes
    return grouping.units


def _table(grouping: Grouping, values: Floats) -> pd.DataFrame:
    return pd.DataFrame(values, index=grouping.labels, columns=list(grouping.terms))


# ---- how well they are known ----------------------------------------------------------------


def _group_spread(fit: Predicted, number: int, kind: str) -> Floats:
    """Return comparative or diagnostic standard deviations, shape (groups, k)."""
    groupings = fit.design.groupings
    n, k = groupings[number].ngroups, len(groupings[number].terms)
    Zs: list[Floats] = [np.zeros((n * k, len(grouping.terms))) for grouping in groupings]
    Zs[number] = np.tile(np.eye(k), (n, 1))
    codes: list[Codes | Membership] = [np.zeros(n * k, dtype=np.intp) for _ in groupings]
    codes[number] = np.repeat(np.arange(n), k)
    X = np.zeros((n * k, fit.design.X.shape[1]))
    error: Floats = fit.estimates.prediction_variance(X, Zs, codes).reshape(n, k)
    if kind == "diagnostic":
        whole = np.tile(np.diagonal(fit.estimates.covariances[number]), (n, 1))
        C = groupings[number].correlations(fit.estimates.rhos[number])
        whole = whole if C is None else whole * np.diagonal(C)[:, None]
        own = whole - error
        error = np.where(own > NOTHING * whole, own, 0.0)
    sd: Floats = np.sqrt(error)
    return sd


def _rows_spread(fit: Predicted) -> Floats:
    """Return the standard deviation of each level-1 residual."""
    relative = 1.0 if fit.residual is None else fit.residual.row_variances
    variance = fit.estimates.sigma2 * relative - fit.estimates.prediction_variance(*_all_rows(fit))
    sd: Floats = np.sqrt(np.maximum(variance, 0.0))
    return sd


def _all_rows(fit: Predicted) -> tuple[Floats, list[Floats], list[Codes | Membership]]:
    groupings = fit.design.groupings
    return fit.design.X, [g.Z for g in groupings], [g.units for g in groupings]


# ---- what the rows of a group say alone -----------------------------------------------------


def _raw(fit: Predicted, number: int) -> Floats:
    """Regress on Z in each group alone, all groups at once; NaN where Z has no full rank.

    The effects of factors that lie within the groups are left in: they belong to the noise
    around the group.
    """
    design, grouping = fit.design, fit.design.groupings[number]
    codes = units_of(grouping)
    left: Floats = design.y - design.X @ fit.estimates.beta
    if design.offset is not None:
        left = left - design.offset
    for other, modes in zip(design.groupings, fit.estimates.modes, strict=True):
        if other is not grouping and not lies_within(other, grouping):
            left = left - other.of_rows(modes)
    Z, left = _whitened(fit, grouping, left)
    k = Z.shape[1]
    cross, right = np.zeros((grouping.ngroups, k, k)), np.zeros((grouping.ngroups, k))
    np.add.at(cross, codes, Z[:, :, None] * Z[:, None, :])
    np.add.at(right, codes, Z * left[:, None])
    full = np.linalg.matrix_rank(cross, hermitian=True) == k
    own = np.full((grouping.ngroups, k), np.nan)
    own[full] = np.linalg.solve(cross[full], right[full][:, :, None])[:, :, 0]
    return own


def _whitened(fit: Predicted, grouping: Grouping, left: Floats) -> tuple[Floats, Floats]:
    """Return Z and the response, so that level-1 residuals are alike and independent.

    Rows that correlate belong to the same group of every factor, so whitening mixes no groups.
    """
    if fit.residual is None:
        return grouping.Z, left
    both = fit.residual.whitening.whiten(np.column_stack([grouping.Z, left]))
    return both[:, :-1], both[:, -1]
