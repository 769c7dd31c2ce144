r"""The curvature of the likelihood in the variance components.

With the fixed effects taken out and :math:`\sigma` not, the deviance is

.. math:: d(\Psi,\sigma^2) = \log|V| + m\log 2\pi\sigma^2 + r^2/\sigma^2
          \;[\,+\log|X'V^{-1}X|\,], \qquad
   \frac{\partial d}{\partial\sigma^2} = \frac{m - r^2/\sigma^2}{\sigma^2},

a function of the covariance matrix :math:`\Omega=\sigma^2\Psi` and of :math:`\sigma^2`. Its
second derivatives in :math:`\eta` (logarithms of standard deviations, Fisher's *z* of
correlations) are central differences of its exact first ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .optimize import NULL

if TYPE_CHECKING:
    from ..arrays import Bools, Codes, Floats
    from .covariance import CovarianceFactor
    from .estimates import Estimates
    from .gaussian import Gaussian


STEP = 1e-4


@dataclass(frozen=True, eq=False)
class ComponentScale:
    """The components of the random part, each on the scale of its interval."""

    eta: Floats
    factor: Codes
    """Which grouping factor; -1 for the residual, which is last."""
    first: Codes
    second: Codes
    """Which random effects; the same twice for a variance."""

    def __len__(self) -> int:
        """Return the number of components."""
        return len(self.eta)

    @classmethod
    def of(
        cls,
        factor: Sequence[int],
        first: Sequence[int],
        second: Sequence[int],
        covariances: Sequence[Floats],
        sigma2: float,
    ) -> ComponentScale:
        """Return the components of given covariance matrices and a residual variance."""
        eta = []
        for number, a, b in zip(factor, first, second, strict=True):
            omega = covariances[number]
            with np.errstate(divide="ignore", invalid="ignore"):  # on the boundary
                if a == b:
                    eta.append(np.log(omega[a, a]) / 2)
                else:
                    correlation = omega[a, b] / np.sqrt(omega[a, a] * omega[b, b])
                    eta.append(np.arctanh(np.clip(correlation, -1, 1)))
        ends = np.array([*factor, -1]), np.array([*first, 0]), np.array([*second, 0])
        return cls(np.array([*eta, np.log(sigma2) / 2]), *ends)

    def pairs(self) -> list[tuple[int, int, int]]:
        """Return factor and effects of every component but the residual."""
        both = zip(self.factor, self.first, self.second, strict=True)
        return [(int(f), int(a), int(b)) for f, a, b in both][:-1]

    def natural(self, i: int) -> Callable[[float], float]:
        """Return the way back: to a variance, or to a correlation."""
        if self.first[i] == self.second[i]:
            return lambda eta: float(np.exp(2 * eta))
        return lambda eta: float(np.tanh(eta))

    def covariance(self, eta: Floats, factor: int, size: int) -> Floats:
        """Return the covariance matrix of the effects of one factor."""
        correlation, sd = np.eye(size), np.zeros(size)
        for i in np.flatnonzero(self.factor == factor):
            a, b = self.first[i], self.second[i]
            if a == b:
                sd[a] = np.exp(eta[i])
            else:
                correlation[a, b] = correlation[b, a] = np.tanh(eta[i])
        return correlation * np.outer(sd, sd)


def component_covariance(estimates: Estimates) -> tuple[ComponentScale, Floats]:
    """Return the components and the covariance matrix of their estimates.

    A component of a singular covariance matrix is on the boundary: its variance is missing.
    """
    point = estimates.optimum.point
    factors, psis = point.model.structure.factors, point.psis
    rows, columns, number, free = [], [], [], []
    for position in estimates.order:
        factor = factors[position]
        closed = _singular(factor, psis[position])
        rows += list(factor.first)
        columns += list(factor.second)
        number += [position] * len(factor.first)
        free += [row not in closed for row in factor.first]
    omegas = [psi * point.sigma2 for psi in psis]
    engine = ComponentScale.of(number, columns, rows, omegas, point.sigma2)
    hessian = _hessian(point.model, engine, np.array([*free, True]))
    vcov = np.full((len(engine), len(engine)), np.nan)
    if np.linalg.eigvalsh(hessian)[0] > 0:
        vcov[np.ix_([*free, True], [*free, True])] = 2 * np.linalg.inv(hessian)
    place = [estimates.order.index(position) for position in number]
    # in the units of the data the standard deviations are larger by constants, which leave
    # the covariance matrix of their logarithms as it is
    return ComponentScale.of(place, columns, rows, estimates.covariances, estimates.sigma2), vcov


def _singular(factor: CovarianceFactor, psi: Floats) -> set[int]:
    """Random effects whose covariance matrix is singular."""
    spaces = factor.null_vectors(psi, NULL)
    closed = [block for block, space in zip(factor.blocks, spaces, strict=True) if space.shape[1]]
    return {int(effect) for block in closed for effect in block}


def _hessian(model: Gaussian, scale: ComponentScale, free: Bools) -> Floats:
    """Differentiate the gradient in the components that are free."""
    steps = np.eye(len(scale))[free] * STEP
    differences = [
        _gradient(model, scale, scale.eta + step)[free]
        - _gradient(model, scale, scale.eta - step)[free]
        for step in steps
    ]
    hessian = np.array(differences) / (2 * STEP)
    return (hessian + hessian.T) / 2


def _gradient(model: Gaussian, scale: ComponentScale, eta: Floats) -> Floats:
    """Return the derivatives of the deviance by eta."""
    sigma2 = float(np.exp(2 * eta[-1]))
    psis = [
        scale.covariance(eta, number, factor.size) / sigma2
        for number, factor in enumerate(model.structure.factors)
    ]
    point = model.at(model.structure.parameters(psis))
    slopes = point.slopes_at(sigma2)
    gradient = np.empty(len(eta))
    for i, (number, a, b) in enumerate(scale.pairs()):
        G, psi = slopes[number], psis[number]
        if a == b:
            gradient[i] = 2 * G[a] @ psi[a]
        else:
            both = np.sqrt(psi[a, a] * psi[b, b])
            gradient[i] = 2 * G[a, b] * (both - psi[a, b] ** 2 / both)
    shrunk = sum(float(np.sum(G * psi)) for G, psi in zip(slopes, psis, strict=True))
    gradient[-1] = 2 * (model.dof - point.rss / sigma2 - shrunk)
    return gradient
