r"""The model of the response with the random effects summed out, by independent groups.

.. math:: y_j \sim N(X_j\beta,\; V_j), \qquad
          V_j = \sum_f Z_{fj}\Omega_fZ_{fj}' + \sigma^2\Sigma_j .

The groups are those of the factor with fewest groups: rows of different ones are independent if
all other factors are nested in it. Without random terms they are the groups in which residuals
correlate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import FormulaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .arrays import Codes, Floats
    from .design import Grouping
    from .result import Fit

__all__ = ["Marginal", "independent_groups"]


@dataclass(frozen=True, eq=False)
class Marginal:
    """Columns, covariance and residuals of each independent group."""

    grouping: Grouping
    rows: list[Codes]
    X: list[Floats]
    V: list[Floats]
    residuals: list[Floats]
    """Response less the fixed part."""
    vcov: Floats
    """Model-based covariance matrix of the fixed effects."""

    @classmethod
    def of(cls, fit: Fit) -> Marginal:
        """Cut a fitted model into its independent groups."""
        grouping = independent_groups(fit)
        rows = list(_rows(grouping))
        design = fit.design
        fixed = design.X @ fit.estimates.beta
        left = design.y - fixed - (0 if design.offset is None else design.offset)
        return cls(
            grouping,
            rows,
            [design.X[at] for at in rows],
            [_covariance(fit, at) for at in rows],
            [left[at] for at in rows],
            fit.estimates.vcov,
        )


def independent_groups(fit: Fit) -> Grouping:
    """Return the factor with fewest groups, or without random terms that of the residuals.

    Raises
    ------
    FormulaError
        Another factor is crossed with it.
    """
    groupings = fit.design.groupings
    if not groupings:
        assert fit.residual is not None
        assert fit.residual.within is not None
        return fit.residual.within
    top = min(groupings, key=lambda grouping: grouping.ngroups)
    for grouping in groupings:
        above = np.zeros(grouping.ngroups, dtype=int)
        above[grouping.codes] = top.codes
        if (above[grouping.codes] != top.codes).any():
            raise FormulaError(
                f"{grouping.name!r} is crossed with {top.name!r}: rows of different groups of "
                f"{top.name!r} are not independent"
            )
    return top


def _rows(grouping: Grouping) -> Iterator[Codes]:
    order = np.argsort(grouping.codes, kind="stable")
    yield from np.split(order, np.cumsum(np.bincount(grouping.codes))[:-1])


def _covariance(fit: Fit, at: Codes) -> Floats:
    """Return V for some rows."""
    V = np.zeros((len(at), len(at)))
    for grouping, omega in zip(fit.design.groupings, fit.estimates.covariances, strict=True):
        codes, Z = grouping.codes[at], grouping.Z[at]
        V += (codes[:, None] == codes) * (Z @ omega @ Z.T)
    sigma2 = fit.estimates.sigma2
    if fit.residual is None:
        V[np.diag_indices(len(at))] += sigma2
    else:
        V += sigma2 * fit.residual.covariance_of(at)
    return V
