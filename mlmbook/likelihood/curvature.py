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

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .estimates import Estimates
    from .gaussian import Gaussian, Point

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]
    Bools = NDArray[np.bool_]

STEP = 1e-4


@dataclass(frozen=True, eq=False)
class ComponentScale:
    """The components of the random part, each on the scale of its interval."""

    eta: Floats
    factor: Integers
    """Which grouping factor; -1 for the residual, which is last."""
    first: Integers
    second: Integers
    """Which random effects; the same twice for a variance."""

    def __len__(self) -> int:
        """Return the number of components."""
        return len(self.eta)

    def from_covariance(self, matrices: list[Floats], sigma2: float) -> Floats:
        """Return eta of given covariance matrices and a residual variance."""
        eta = np.empty(len(self))
        with np.errstate(divide="ignore", invalid="ignore"):
            for i, (factor, a, b) in enumerate(
                zip(self.factor, self.first, self.second, strict=True)
            ):
                if factor < 0:
                    eta[i] = np.log(sigma2) / 2
                elif a == b:
                    eta[i] = np.log(matrices[factor][a, a]) / 2
                else:
                    both = np.sqrt(matrices[factor][a, a] * matrices[factor][b, b])
                    eta[i] = np.arctanh(np.clip(matrices[factor][a, b] / both, -1, 1))
        return eta

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
    covariance = point.model.factor.covariance
    rows = np.append(covariance.rows, 0)
    columns = np.append(covariance.columns, 0)
    factor = np.append(np.zeros(len(covariance), dtype=int), -1)
    scale = ComponentScale(np.zeros(len(rows)), factor, columns, rows)
    omega = estimates.covariance(0)
    natural = scale.from_covariance([omega], estimates.sigma2)
    working = scale.from_covariance([point.psi * point.sigma2], point.sigma2)
    free = np.append(~np.isin(covariance.rows, _singular(point)), True)
    hessian = _hessian(point.model, scale, working, free)
    vcov = np.full((len(rows), len(rows)), np.nan)
    if np.linalg.eigvalsh(hessian)[0] > 0:
        vcov[np.ix_(free, free)] = 2 * np.linalg.inv(hessian)
    return ComponentScale(natural, factor, columns, rows), vcov


def _singular(point: Point) -> list[int]:
    """Random effects whose covariance matrix is singular."""
    covariance = point.model.factor.covariance
    spaces = covariance.null_vectors(point.psi)
    closed = [
        block for block, space in zip(covariance.blocks, spaces, strict=True) if space.shape[1]
    ]
    return [int(effect) for block in closed for effect in block]


def _hessian(model: Gaussian, scale: ComponentScale, eta: Floats, free: Bools) -> Floats:
    """Differentiate the gradient in the components that are free."""
    steps = np.eye(len(eta))[free] * STEP
    differences = [
        _gradient(model, scale, eta + step)[free] - _gradient(model, scale, eta - step)[free]
        for step in steps
    ]
    hessian = np.array(differences) / (2 * STEP)
    return (hessian + hessian.T) / 2


def _gradient(model: Gaussian, scale: ComponentScale, eta: Floats) -> Floats:
    """Return the derivatives of the deviance by eta."""
    sigma2 = np.exp(2 * eta[-1])
    covariance = model.factor.covariance
    psi = scale.covariance(eta, 0, covariance.size) / sigma2
    point = model.at(covariance.parameters(psi))
    G = point.slope_at(sigma2)
    sd = np.sqrt(np.diagonal(psi))
    gradient = np.empty(len(eta))
    for i, (a, b) in enumerate(zip(scale.first[:-1], scale.second[:-1], strict=True)):
        if a == b:
            gradient[i] = 2 * G[a] @ psi[a]
        else:
            both = sd[a] * sd[b]
            gradient[i] = 2 * G[a, b] * (both - psi[a, b] ** 2 / both)
    gradient[-1] = 2 * (model.dof - point.rss / sigma2 - np.sum(G * psi))
    return gradient
