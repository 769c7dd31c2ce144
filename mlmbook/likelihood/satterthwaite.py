r"""Satterthwaite's degrees of freedom of the fixed effects.

The estimated variance :math:`\hat v=c'\hat Cc` of a combination of fixed effects is treated as
a multiple of a chi-square variable. Matching its first two moments [1]_ [2]_,

.. math:: \nu = \frac{2\hat v^2}{g'Ag}, \qquad
   g = \frac{\partial v}{\partial\gamma}, \qquad
   A = 2\Bigl(\frac{\partial^2d}{\partial\gamma\,\partial\gamma'}\Bigr)^{-1},

where :math:`\gamma=(\theta,\log\sigma)`, *d* is the deviance with the fixed effects taken out,
and *A* the inverse of the observed information, so the approximate covariance matrix of
:math:`\hat\gamma`. The slope *g* is exact (:mod:`mlmbook.likelihood.fixed`); the second
derivatives by :math:`\theta` are central differences of exact first ones,

.. math::
   \frac{\partial^2d}{\partial(\log\sigma)^2} = \frac{4r^2}{\sigma^2}, \qquad
   \frac{\partial^2d}{\partial\Psi\,\partial\log\sigma} = \frac{2}{\sigma^2}\sum_jt_jt_j'.

Some directions of :math:`\theta` do not change :math:`\Psi`; they are left out. **At a singular
fit** these include all that would raise the rank of :math:`\Psi`: a variance that is estimated
at zero, or a correlation at one, is held there, and the degrees of freedom are those of the
model without it.

References
----------
.. [1] Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
.. [2] Giesbrecht & Burns (1985), Biometrics 41, 477-486.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .fixed import combinations, slopes_of_variance

if TYPE_CHECKING:
    from ..arrays import Floats
    from .estimates import Estimates
    from .gaussian import Point


STEP = 1e-4
"""Step of differences, relative to the size of Lambda."""
FLAT = 1e-5
"""A direction that changes Psi by less than this does not change it."""


class FlatError(ArithmeticError):
    """The deviance is not curved upwards in every direction, so the information has no inverse."""


def satterthwaite(estimates: Estimates) -> Floats:
    """Return the degrees of freedom of each fixed effect.

    Raises
    ------
    FlatError
        The observed information is not positive definite.
    """
    point = estimates.optimum.point
    c = combinations(estimates.basis)
    directions = _directions(point)
    information = _information(point, directions)
    if np.linalg.eigvalsh(information)[0] <= 0:
        raise FlatError("the observed information is not positive definite")
    variance = np.einsum("pi,pq,qi->i", c, point.vcov, c)
    gradient = np.array(
        [
            [*(directions.T @ point.model.structure.gradient(slopes, point.roots)), 2 * v]
            for slopes, v in zip(slopes_of_variance(point, c), variance, strict=True)
        ]
    )
    spread = np.einsum("ia,ai->i", gradient, np.linalg.solve(information, gradient.T))
    df: Floats = variance**2 / spread
    return df


def _directions(point: Point) -> Floats:
    """Return an orthonormal basis of the directions of theta that change Psi, as columns."""
    structure = point.model.structure
    columns = []
    for factor, root, at in zip(structure.factors, point.roots, structure.slices, strict=True):
        _, sizes, directions = np.linalg.svd(factor.jacobian(root))
        for direction in directions[: len(sizes)][sizes > FLAT]:
            column = np.zeros(len(point.theta))
            column[at] = direction
            columns.append(column)
    return np.array(columns).reshape(-1, len(point.theta)).T


def _information(point: Point, directions: Floats) -> Floats:
    """Return the second derivatives of the deviance, along `directions` and by log sigma."""
    model, sigma2, size = point.model, point.sigma2, directions.shape[1]
    information = np.zeros((size + 1, size + 1))
    for i, direction in enumerate(directions.T):
        step = STEP * np.linalg.norm(point.theta[direction != 0])
        ahead, behind = (_gradient(model.at(point.theta + h * direction), sigma2)
                         for h in (step, -step))  # fmt: skip
        information[:size, i] = directions.T @ (ahead - behind) / (2 * step)
    by_sigma = [2 * t @ t.T / sigma2 for t in point.t]
    information[-1, :size] = directions.T @ model.structure.gradient(by_sigma, point.roots)
    information[:size, -1] = information[-1, :size]
    information[-1, -1] = 4 * point.rss / sigma2
    symmetric: Floats = (information + information.T) / 2
    return symmetric


def _gradient(point: Point, sigma2: float) -> Floats:
    """Return the derivative of the deviance by theta, sigma held fixed."""
    return point.model.structure.gradient(point.slopes_at(sigma2), point.roots)
