r"""The variances at some values of a predictor, and their limits.

With :math:`z` the row of a random part, the variance between groups is [1]_

.. math:: v(x) = z(x)'\Omega z(x) = \sigma^2_{u0} + 2\sigma_{u01}x + \sigma^2_{u1}x^2

for :math:`z=(1,x)`. Intervals are by the delta method, on the logarithm of a variance and the logit
of a share, from the observed information in the logarithms of standard deviations and Fisher's *z*
of correlations.

References
----------
.. [1] Goldstein (2011), Multilevel Statistical Models, 4th ed., section 3.1;
   Snijders & Bosker (2012), Multilevel Analysis, 2nd ed., section 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..engine import joint
from ..likelihood.curvature import component_covariance
from .where import row

if TYPE_CHECKING:
    import pandas as pd

    from ..arrays import Floats
    from ..result.partitioned import Partitioned

STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Pieces:
    """What the variances at some values are made of."""

    Zs: list[Floats]
    level1: Floats
    """Variance at level 1 over sigma squared, one a value."""
    frame: pd.DataFrame
    """The values."""

    @classmethod
    def of(cls, fit: Partitioned, frame: pd.DataFrame) -> Pieces:
        """Take them from a model."""
        level1: Floats = np.ones(len(frame))
        if fit.residual is not None:
            level1 = fit.residual.variance_function(frame)
        return cls([row(grouping, frame) for grouping in fit.design.groupings], level1, frame)

    def all(self, covariances: Sequence[Floats], sigma2: float) -> Floats:
        """Return variances by factor, at level 1, their total and the share of the factors."""
        by_factor = [
            np.einsum("na,ab,nb->n", Z, omega, Z)
            for Z, omega in zip(self.Zs, covariances, strict=True)
        ]
        between, within = sum(by_factor, np.zeros(len(self.level1))), sigma2 * self.level1
        return np.array([*by_factor, within, between + within, between / (between + within)])

    def limits(self, fit: Partitioned, reach: float) -> tuple[Floats, Floats]:
        """Return the limits of all of them: variances on the log scale, shares on the logit."""
        whole = joint(fit)
        scale, vcov = component_covariance(whole)

        def transformed(x: Floats) -> Floats:
            eta, phi = np.split(x, [len(scale)])
            pieces = self
            if len(phi) and fit.residual is not None:
                level1 = replace(fit.residual, phi=phi).variance_function(self.frame)
                pieces = replace(self, level1=level1)
            values = pieces.all(scale.at(eta), float(np.exp(2 * eta[-1])))
            with np.errstate(divide="ignore"):  # a variance of zero has no interval
                values[:-1] = np.log(values[:-1])
                values[-1] = np.log(values[-1]) - np.log1p(-values[-1])
            return values

        x = np.append(scale.eta, whole.phi)
        center = transformed(x)
        half = reach * standard_errors(transformed, x, vcov)
        ends = []
        for end in (center - half, center + half):
            end[:-1], end[-1] = np.exp(end[:-1]), 1 / (1 + np.exp(-end[-1]))
            ends.append(end)
        return ends[0], ends[1]


def standard_errors(function: Callable[[Floats], Floats], eta: Floats, vcov: Floats) -> Floats:
    """Return standard errors of functions of the components, by the delta method."""
    with np.errstate(invalid="ignore"):  # on the boundary there is no slope, and no interval
        slopes = np.array(
            [(function(eta + h) - function(eta - h)) / (2 * STEP) for h in STEP * np.eye(len(eta))]
        )
    errors: Floats = np.sqrt(np.einsum("a...,ab,b...->...", slopes, vcov, slopes))
    return errors
