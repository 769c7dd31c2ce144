r"""Shares of the variance: between groups, in the mean of a group, and what they cost.

With :math:`\Omega` the covariance matrix of a group's effects, of which a row takes
:math:`z'\Omega z`, the share of variance between groups [1]_ is that of all such terms in the
variance of the row. With one random intercept it is the intraclass correlation
:math:`\rho=\sigma^2_{u0}/(\sigma^2_{u0}+\sigma^2_e)`. The reliability of a conditional mode
is the share of the variance of :math:`u_j` that the data of group *j* leave not unknown,
:math:`1-\operatorname{var}(u_j\mid y)/\operatorname{var}(u_j)` [2]_, and clustering multiplies the
variance of a mean by :math:`1+(m-1)\rho` [3]_.

.. [1] Goldstein, Browne & Rasbash (2002), Understanding Statistics 1, 223-231.
.. [2] Raudenbush & Bryk (2002), Hierarchical Linear Models, 2nd ed., chapter 3.
.. [3] Kish (1965), Survey Sampling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import DataError, FormulaError, did_you_mean
from .parameters import weight

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .result.partitioned import Partitioned

__all__ = ["design_effect", "icc", "reliability", "vpc"]


def icc(fit: Partitioned) -> float:
    """Do the work of :meth:`mlmbook.Fit.icc`."""
    if any(grouping.special is not None for grouping in fit.design.groupings):
        raise FormulaError(
            "observations that share some of their units, or are in districts near each other, "
            "have no one correlation: vpc() gives the average share of variance between units"
        )
    if not _random_intercept(fit):
        raise FormulaError(
            "the intraclass correlation is one number only for a model with one random intercept "
            f"and no other random effect, which {fit.formula!r} is not: use vpc(at=...)"
        )
    residual = fit.residual
    if residual is not None and (residual.variances or residual.by_occasion):
        raise FormulaError(
            f"with {residual.parts[0]!r} the intraclass correlation differs between people: "
            "say whose, with vpc(at=...)"
        )
    _refuse_weights(fit, {})
    between = weight(fit) * float(fit.estimates.covariances[0][0, 0])
    return between / (between + fit.estimates.sigma2)


def _refuse_weights(fit: Partitioned, at: Mapping[str, Any]) -> None:
    """Raise if weights differ and it is not said which one is meant."""
    residual = fit.residual
    if residual is not None and residual.weight is None and residual.weights_column not in at:
        raise FormulaError(
            "the weights differ, and with them the variance within groups and its share: say for "
            f"which weight, e.g. vpc(at={{{residual.weights_column!r}: 1}})"
        )


def vpc(fit: Partitioned, at: Mapping[str, Any] | None) -> float | pd.Series[float]:
    """Do the work of :meth:`mlmbook.Fit.vpc`."""
    if at is None:
        constant = all(grouping.terms == ("Intercept",) for grouping in fit.design.groupings)
        _refuse_weights(fit, {})
        constant = constant and (fit.residual is None or fit.residual.one_variance)
        if not constant:
            raise FormulaError(
                "with random slopes, or level-1 variances that differ, the share of variance "
                "between groups depends on the predictors: say where, e.g. vpc(at={'x': 0})"
            )
        at = {}
    if not isinstance(at, Mapping):
        raise FormulaError(f"at says where, as in vpc(at={{'x': 0}}); got {at!r}")
    _refuse_weights(fit, at)
    scalar = all(np.ndim(value) == 0 for value in at.values())
    columns = {name: np.atleast_1d(value) for name, value in at.items()}
    if len({len(column) for column in columns.values()}) > 1:
        raise FormulaError(f"vpc(at=...) needs equally many values of each predictor; got {at!r}")
    frame = pd.DataFrame(columns) if columns else pd.DataFrame(index=[0])
    between = np.zeros(len(frame))
    try:
        for number, grouping in enumerate(fit.design.groupings):
            z = np.hstack([part.remake(frame) for part in grouping.parts])
            scale = float(grouping.scale(fit.estimates.rhos[number]).mean())
            between += scale * np.einsum("na,ab,nb->n", z, fit.estimates.covariances[number], z)
        relative = 1.0 if fit.residual is None else fit.residual.variance_function(frame)
    except FormulaError as error:
        raise FormulaError(f"vpc(at=...) must say where each predictor is: {error}") from error
    share = between / (between + fit.estimates.sigma2 * relative)
    if scalar:
        return float(share[0])
    if len(at) == 1:
        return pd.Series(share, index=pd.Index(frame.iloc[:, 0]), name="vpc")
    return pd.Series(share, index=pd.MultiIndex.from_frame(frame), name="vpc")


def reliability(fit: Partitioned, group: str | None, term: str | None) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.reliability`."""
    number = fit.design.find_grouping(group)
    grouping = fit.design.groupings[number]
    if term is None:
        term = grouping.terms[0]
    if term not in grouping.terms:
        raise FormulaError(
            f"{term!r} is not a random effect of {grouping.name!r}"
            f"{did_you_mean(term, grouping.terms)} (random effects: {', '.join(grouping.terms)})"
        )
    at = grouping.terms.index(term)
    total = fit.estimates.covariances[number][at, at]
    C = grouping.correlations(fit.estimates.rhos[number])
    before = total * (np.ones(grouping.ngroups) if C is None else np.diagonal(C))
    left = fit.estimates.conditional_variances[number][:, at, at]
    known = 1 - left / before if total > 0 else np.zeros(grouping.ngroups)
    return pd.DataFrame({"n": grouping.sizes, "reliability": known}, index=grouping.labels)


def design_effect(m: ArrayLike, rho: ArrayLike) -> Any:
    r"""Return by how much clustering multiplies the variance of a mean.

    Parameters
    ----------
    m : float or array
        Observations a group.
    rho : float or array
        Intraclass correlation.

    Returns
    -------
    float or array
        Kish's :math:`1 + (m - 1)\rho`.

    Examples
    --------
    >>> design_effect(20, 0.05)
    1.95
    """
    try:
        size, correlation = np.asarray(m, dtype=float), np.asarray(rho, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"m and rho must be numbers, got m={m!r} and rho={rho!r}") from error
    if not (size >= 1).all():
        raise DataError(f"a group has at least one observation, got m={m!r}")
    if not ((correlation >= -1) & (correlation <= 1)).all():
        raise DataError(f"an intraclass correlation lies between -1 and 1, got rho={rho!r}")
    effect = 1 + (size - 1) * correlation
    return float(effect) if effect.ndim == 0 else effect


def _random_intercept(fit: Partitioned) -> bool:
    return [grouping.terms for grouping in fit.design.groupings] == [("Intercept",)]
