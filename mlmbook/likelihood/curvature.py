r"""The curvature of the likelihood in the variance components.

The deviance *d* of :mod:`mlmbook.likelihood.joint` is a function of the covariance matrices
:math:`\Omega=\sigma^2\Psi`, of :math:`\sigma` and of the level-1 parameters :math:`\varphi`. Its
second derivatives in :math:`\eta` (logarithms of standard deviations, Fisher's *z* of correlations,
:math:`\log\sigma`) and :math:`\varphi` are central differences of its exact first ones, and
:math:`\operatorname{var}(\hat\eta,\hat\varphi)=2\,(\partial^2d)^{-1}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .optimize import NULL

if TYPE_CHECKING:
    from ..arrays import Bools, Floats
    from .covariance import CovarianceFactor
    from .estimates import Estimates
    from .joint import Joint


STEP = 1e-4


@dataclass(frozen=True, eq=False)
class Components:
    """The components of the random part, each on the scale of its interval."""

    covariances: list[Floats]
    sigma2: float
    factor: list[int]
    """Which grouping factor; -1 for the residual, which is last."""
    first: list[int]
    second: list[int]
    """Which random effects; the same twice for a variance."""
    free: Bools
    """Not on the boundary, and not known."""

    def __len__(self) -> int:
        """Return the number of components."""
        return len(self.factor)

    @cached_property
    def eta(self) -> Floats:
        """Estimates on their scales."""
        eta = np.empty(len(self))
        with np.errstate(divide="ignore", invalid="ignore"):  # on the boundary
            for i, (factor, a, b) in enumerate(self):
                omega = self.covariances[factor]
                if a == b:
                    eta[i] = np.log(omega[a, a]) / 2
                else:
                    both = np.sqrt(omega[a, a] * omega[b, b])
                    eta[i] = np.arctanh(np.clip(omega[a, b] / both, -1, 1))
        eta[-1] = np.log(self.sigma2) / 2
        return eta

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Yield factor and effects of every component but the residual."""
        return zip(self.factor[:-1], self.first, self.second, strict=False)

    def natural(self, i: int) -> Callable[[float], float]:
        """Return the way back: to a variance, or to a correlation."""
        if self.first[i] == self.second[i]:
            return lambda eta: float(np.exp(2 * eta))
        return lambda eta: float(np.tanh(eta))

    def at(self, eta: Floats) -> list[Floats]:
        """Return the covariance matrices; what is on the boundary stays there."""
        covariances = [omega.copy() for omega in self.covariances]
        for i, (factor, a, b) in enumerate(self):
            if self.free[i] and a == b:
                ratio = np.exp(eta[i] - self.eta[i])
                covariances[factor][a] *= ratio
                covariances[factor][:, a] *= ratio
        for i, (factor, a, b) in enumerate(self):
            if self.free[i] and a != b:
                omega = covariances[factor]
                omega[a, b] = omega[b, a] = np.tanh(eta[i]) * np.sqrt(omega[a, a] * omega[b, b])
        return covariances


def components(estimates: Estimates) -> Components:
    """Return the components, those of each factor with variances first."""
    point = estimates.optimum.point
    number, first, second, free = list[int](), list[int](), list[int](), list[bool]()
    for original, position in enumerate(estimates.order):
        factor = point.model.structure.factors[position]
        closed = _singular(factor, point.psis[position])
        elements = zip(factor.second.tolist(), factor.first.tolist(), strict=True)
        for a, b in sorted(elements, key=lambda pair: pair[0] != pair[1]):  # variances first
            number.append(original)
            first.append(a)
            second.append(b)
            free.append(a not in closed)
    return Components(
        estimates.covariances,
        estimates.sigma2,
        [*number, -1],
        [*first, 0],
        [*second, 0],
        np.array([*free, point.model.sigma2 is None]),
    )


def component_covariance(joint: Joint) -> tuple[Components, Floats]:
    """Return the components, and the covariance matrix of their estimates and those of phi.

    A component of a singular covariance matrix is on the boundary: its variance is missing. That of
    a sigma that is known is zero.
    """
    scale = components(joint.estimates)
    free = np.append(scale.free, joint.steps > 0)
    vcov = np.full((len(free), len(free)), np.nan)
    if joint.sigma_known:
        vcov[len(scale) - 1] = vcov[:, len(scale) - 1] = 0.0
    if not free.any():
        return scale, vcov
    hessian = _hessian(joint, scale, free)
    if np.linalg.eigvalsh(hessian)[0] > 0:
        vcov[np.ix_(free, free)] = 2 * np.linalg.inv(hessian)
    return scale, vcov


def _singular(factor: CovarianceFactor, psi: Floats) -> set[int]:
    """Random effects whose covariance matrix is singular."""
    spaces = factor.null_vectors(psi, NULL)
    closed = [block for block, space in zip(factor.blocks, spaces, strict=True) if space.shape[1]]
    return {int(effect) for block in closed for effect in block}


def _hessian(joint: Joint, components: Components, free: Bools) -> Floats:
    """Differentiate the gradient in the parameters that are free."""
    x = np.append(components.eta, joint.phi)
    steps = np.diag(np.append(np.full(len(components), STEP), joint.steps))[free]
    differences = [
        _gradient(joint, components, x + step) - _gradient(joint, components, x - step)
        for step in steps
    ]
    hessian: Floats = np.array(differences)[:, free] / (2 * steps.sum(axis=1, keepdims=True))
    return (hessian + hessian.T) / 2


def _gradient(joint: Joint, components: Components, x: Floats) -> Floats:
    """Return the derivatives of the deviance by eta and phi."""
    eta, phi = np.split(x, [len(components)])
    omegas = components.at(eta)
    there = joint.at_covariances(omegas, float(np.exp(2 * eta[-1])), phi)
    slopes = joint.by_covariance(there)
    gradient = np.zeros(len(eta))
    for i, (factor, a, b) in enumerate(components):
        if components.free[i]:
            G, omega = slopes[factor], omegas[factor]
            if a == b:
                gradient[i] = 2 * G[a] @ omega[a]
            else:
                both = np.sqrt(omega[a, a] * omega[b, b])
                gradient[i] = 2 * G[a, b] * (both - omega[a, b] ** 2 / both)
    shrunk = sum(float(np.sum(G * omega)) for G, omega in zip(slopes, omegas, strict=True))
    gradient[-1] = there.by_log_sigma - 2 * shrunk
    return np.append(gradient, there.by_phi)
