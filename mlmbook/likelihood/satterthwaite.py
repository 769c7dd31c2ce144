r"""Satterthwaite's degrees of freedom of the fixed effects.

The estimated variance :math:`\hat v=c'\hat Cc` of a combination of fixed effects is treated as
a multiple of a chi-square variable. Matching its first two moments [1]_ [2]_,

.. math:: \nu = \frac{2\hat v^2}{g'Ag}, \qquad
   g = \frac{\partial v}{\partial\gamma}, \qquad
   A = 2\Bigl(\frac{\partial^2d}{\partial\gamma\,\partial\gamma'}\Bigr)^{-1},

where :math:`\gamma=(\theta,\log\sigma,\varphi)`, *d* is the deviance with the fixed effects taken
out (:mod:`mlmbook.likelihood.joint`), and *A* the inverse of the observed information, so the
approximate covariance matrix of :math:`\hat\gamma`. The slope *g* is exact
(:mod:`mlmbook.likelihood.fixed`, :mod:`mlmbook.likelihood.rows`); second derivatives are central
differences of exact first ones, but for
:math:`\partial^2d/\partial(\log\sigma)^2 = 4r^2/\sigma^2`.

Some directions of :math:`\theta` do not change :math:`\Psi`; they are left out. **At a singular
fit** these include all that would raise the rank of :math:`\Psi`: a variance that is estimated
at zero, or a correlation at one, is held there, and the degrees of freedom are those of the
model without it. Where :math:`\sigma` is known, :math:`\gamma` is without it; then nothing may be
left to be estimated, and the degrees of freedom are infinite.

References
----------
.. [1] Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
.. [2] Giesbrecht & Burns (1985), Biometrics 41, 477-486.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .fixed import slopes_of_variance, unit_combinations

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Point
    from .joint import Evaluation, Joint


STEP = 1e-4
"""Step of differences, relative to the size of Lambda."""
FLAT = 1e-5
"""A direction that changes Psi by less than this does not change it."""


class FlatError(ArithmeticError):
    """The deviance is not curved upwards in every direction, so the information has no inverse."""


class Satterthwaite:
    """How well the variances of combinations of fixed effects are known.

    Parameters
    ----------
    joint : Joint
        The likelihood of the fitted model.

    Raises
    ------
    FlatError
        The observed information is not positive definite.
    """

    def __init__(self, joint: Joint) -> None:
        self.joint, self.point = joint, joint.estimates.optimum.point
        self.directions = _directions(self.point)
        self.free = joint.steps > 0
        parts = np.ones(self.directions.shape[1]), [not joint.sigma_known], np.ones(self.free.sum())
        self.estimated = np.concatenate(parts).astype(bool)
        """Which of theta's directions, log sigma and phi are; sigma may be known."""
        self.information = self._information()
        if len(self.information) and np.linalg.eigvalsh(self.information)[0] <= 0:
            raise FlatError("the observed information is not positive definite")

    def degrees(self, combinations: Floats) -> Floats:
        """Return the degrees of freedom of combinations of the fixed effects, one a column."""
        point, joint = self.point, self.joint
        c = unit_combinations(joint.estimates.basis, combinations)
        variance = np.einsum("pi,pq,qi->i", c, point.vcov, c)
        by_theta = [
            self.directions.T @ joint.structure.gradient(slopes, point.theta)
            for slopes in slopes_of_variance(point, c)
        ]
        gradient = np.column_stack([np.array(by_theta), 2 * variance, self._by_phi(c)])
        gradient = gradient[:, self.estimated]
        spread = np.einsum("ia,ai->i", gradient, np.linalg.solve(self.information, gradient.T))
        with np.errstate(divide="ignore"):  # nothing of the variance is estimated
            df: Floats = variance**2 / spread
        return df

    def _by_phi(self, c: Floats) -> Floats:
        """Return the derivatives of the variances by level-1 and spatial parameters."""
        whitened, estimates = self.joint.whitened, self.joint.estimates
        if whitened is None:
            return np.empty((c.shape[1], 0))
        slopes = whitened.spatial_slopes_of_variance(estimates, c)
        if len(whitened.phi):
            w = whitened.solved(estimates) @ (self.point.vcov @ c)
            directions = whitened.level1.directions(whitened.phi)
            slopes = np.hstack([np.einsum("anc,nc->ca", directions.times(w), w), slopes])
        return slopes[:, self.free]

    def _information(self) -> Floats:
        """Return the second derivatives of the deviance by theta, log sigma and phi."""
        joint, theta, phi = self.joint, self.point.theta, self.joint.phi
        sigma2, size = joint.estimates.sigma2, self.directions.shape[1]
        free = np.flatnonzero(self.free)
        information = np.zeros((size + 1 + len(free), size + 1 + len(free)))
        for i, direction in enumerate(self.directions.T):
            h = STEP * np.linalg.norm(theta[direction != 0])
            information[i] = self._difference(
                joint.at(theta + h * direction, sigma2, phi),
                joint.at(theta - h * direction, sigma2, phi),
            ) / (2 * h)
        for i, step in enumerate(np.diag(joint.steps)[free], size + 1):
            information[i] = self._difference(
                joint.at(theta, sigma2, phi + step), joint.at(theta, sigma2, phi - step)
            ) / (2 * step.sum())
        information[size] = information[:, size]
        information[size, size] = 4 * joint.at(theta, sigma2, phi).ratio
        information = information[np.ix_(self.estimated, self.estimated)]
        symmetric: Floats = (information + information.T) / 2
        return symmetric

    def _difference(self, ahead: Evaluation, behind: Evaluation) -> Floats:
        """Return the difference of the slopes at two points."""
        one, two = (
            np.concatenate(
                [
                    self.directions.T
                    @ self.joint.structure.gradient(there.by_psi, there.point.theta),
                    [there.by_log_sigma],
                    there.by_phi[self.free],
                ]
            )
            for there in (ahead, behind)
        )
        difference: Floats = one - two
        return difference


def _directions(point: Point) -> Floats:
    """Return an orthonormal basis of the directions of theta that change Psi, as columns."""
    structure = point.model.structure
    jacobian = structure.jacobian(point.theta)
    columns = []
    for elements, at in zip(structure.elements, structure.slices, strict=True):
        _, sizes, directions = np.linalg.svd(jacobian[elements, at])
        for direction in directions[: len(sizes)][sizes > FLAT]:
            column = np.zeros(len(point.theta))
            column[at] = direction
            columns.append(column)
    whole: Floats = np.array(columns).reshape(len(columns), len(point.theta)).T
    return whole
