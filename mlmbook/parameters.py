"""Every parameter of a fitted model by name: what tables, intervals and draws are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from .result.estimated import Estimated

__all__ = ["component_rows", "has_one_icc", "parameters", "weight"]

RESIDUAL = "Residual"
RHO = "rho"
"""What the parameter of a spatial term is called."""


def component_rows(fit: Estimated) -> list[tuple[str, str, str, float, float]]:
    """Return the rows of :attr:`mlmbook.Fit.varcorr`."""
    rows: list[tuple[str, str, str, float, float]] = []
    estimated = zip(
        fit.design.groupings, fit.estimates.covariances, fit.estimates.rhos, strict=True
    )
    for grouping, covariance, rho in estimated:
        terms, sd = grouping.terms, np.sqrt(np.diagonal(covariance))
        rows += [
            (grouping.name, term, "", float(sd[i] ** 2), float(sd[i]))
            for i, term in enumerate(terms)
        ]
        pairs = ((a, b) for block in grouping.blocks for a in block for b in block if a < b)
        for a, b in pairs:
            value, both = float(covariance[a, b]), float(sd[a] * sd[b])
            correlation = value / both if both > 0 else np.nan
            rows.append((grouping.name, terms[a], terms[b], value, correlation))
        if grouping.spatial is not None and grouping.spatial.estimated:
            known = rho if covariance.any() else np.nan  # without variance it means nothing
            rows.append((grouping.name, RHO, RHO, np.nan, known))
    level1 = [("", "", 1.0, 1.0)] if fit.residual is None else fit.residual.components()
    for term, term2, ratio, spread in level1:
        unit = 1.0 if term2 else fit.sigma
        rows.append((RESIDUAL, term, term2, ratio * fit.sigma**2, spread * unit))
    return rows


def parameters(fit: Estimated) -> pd.Series[float]:
    """Return fixed effects, variances, correlations, and the intraclass correlation.

    Names are those of :meth:`mlmbook.Fit.confint`. A correlation with an effect that does not
    vary is missing.
    """
    named = {name: float(value) for name, value in fit.fixef.items()}
    rhos: dict[str, float] = {}
    for group, term, term2, variance, sd in component_rows(fit):
        if term == term2 == RHO:
            rhos[f"rho({group})"] = sd
        elif term2:
            named[f"cor({term}, {term2} | {group})"] = sd
        else:
            named[f"var({term} | {group})" if term else f"var({group})"] = variance
    if fit.residual is not None:
        named.update(fit.residual.others)
    named.update(rhos)
    if has_one_icc(fit):
        between = weight(fit) * float(fit.estimates.covariances[0][0, 0])
        named["icc"] = between / (between + fit.estimates.sigma2)
    return pd.Series(named, name="estimate", dtype=float)


def has_one_icc(fit: Estimated) -> bool:
    """Return whether there is one random intercept, and one level-1 variance."""
    groupings = fit.design.groupings
    if [grouping.terms for grouping in groupings] != [("Intercept",)]:
        return False
    if groupings[0].special is not None:
        return False
    return fit.residual is None or fit.residual.one_variance


def weight(fit: Estimated) -> float:
    """Return the weight that all rows have: the variance of level 1 is sigma squared over it."""
    return 1.0 if fit.residual is None else fit.residual.weight or 1.0
