r"""The deviance of all variance parameters at once: nothing but the fixed effects is taken out.

.. math:: d(\Psi,\sigma,\varphi) = \log|\Sigma(\varphi)| + \log|V| + m\log 2\pi\sigma^2
          + r^2/\sigma^2\;[\,+\log|X'V^{-1}X|\,], \qquad
   \frac{\partial d}{\partial\log\sigma} = 2\Bigl(m - \frac{r^2}{\sigma^2}\Bigr),

where *V*, *X* and *r* are those of the rows that :math:`\varphi` whitens
(:mod:`mlmbook.likelihood.rows`). Twice the inverse of its second derivatives is the approximate
covariance matrix of the estimates; along it profiles are followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .estimates import Prepared, prepare
from .optimize import Optimum

if TYPE_CHECKING:
    from ..arrays import Floats
    from .covariance import CovarianceStructure
    from .estimates import Estimates
    from .gaussian import Point
    from .rows import Rows, Whitened


STEP = 1e-4
"""Length of differences by phi."""


@dataclass(eq=False)
class Evaluation:
    """The deviance at one value of the parameters, and its slopes when they are asked for."""

    prepared: Prepared
    whitened: Whitened | None
    point: Point
    sigma2: float

    @property
    def ratio(self) -> float:
        """The residual sum of squares over sigma squared."""
        return self.point.rss * self.prepared.basis.scale**2 / self.sigma2

    @cached_property
    def deviance(self) -> float:
        """The deviance; infinite where it cannot be computed."""
        model, basis = self.prepared.model, self.prepared.basis
        try:
            deviance = self.point.deviance_at(self.sigma2 / basis.scale**2)
        except np.linalg.LinAlgError:
            return np.inf
        deviance += 2 * model.dof * np.log(basis.scale)
        if model.reml:
            deviance += 2 * basis.log_det
        if self.whitened is not None:
            deviance += self.whitened.whitening.log_det
        return float(deviance)

    @cached_property
    def by_psi(self) -> list[Floats]:
        """By each Psi, in the engine's columns and order."""
        return self.point.slopes_at(self.sigma2 / self.prepared.basis.scale**2)

    @property
    def by_log_sigma(self) -> float:
        """By the logarithm of sigma, Psi held."""
        return float(2 * (self.prepared.model.dof - self.ratio))

    @cached_property
    def by_phi(self) -> Floats:
        """By the level-1 and spatial parameters, Psi and sigma held."""
        if self.whitened is None:
            return np.empty(0)
        fixed = self.prepared.model.reml
        return self.whitened.gradient(self.estimates, self.sigma2, fixed=fixed)

    @property
    def estimates(self) -> Estimates:
        """What the point says in the units of the data."""
        optimum = Optimum(self.point, converged=False, singular=False, steps=0)
        return self.prepared.estimates(optimum)


class Joint:
    """The deviance of a fitted model as a function of Psi, sigma and phi.

    Parameters
    ----------
    estimates : Estimates
    rows : Rows, optional
        Where residuals have a structure, or districts neighbors: the rows as they are in the data.
    phi : ndarray, optional
        The level-1 and spatial parameters of the estimates.
    reml : bool, optional
        Restricted likelihood; that of the estimates if not given.
    """

    def __init__(
        self,
        estimates: Estimates,
        rows: Rows | None = None,
        phi: Floats | None = None,
        *,
        reml: bool | None = None,
    ) -> None:
        model = estimates.optimum.point.model
        if reml is not None:
            model = model.by(reml=reml)
        self.estimates, self.rows = estimates, rows
        self.phi: Floats = np.empty(0) if phi is None else phi
        self.prepared = Prepared(
            model, estimates.basis, estimates.order, estimates.makers, estimates.rhos
        )
        self.whitened = None if rows is None else rows.at(self.phi)
        self.back = [np.linalg.inv(maker) for maker in estimates.makers]
        self._last = (self.phi, self.prepared, self.whitened)

    @property
    def steps(self) -> Floats:
        """How far to move each element of phi for differences; zero where it is held.

        A spatial parameter is held at its bound, and where there is no variance to correlate.
        """
        if self.rows is None:
            return np.empty(0)
        steps = np.minimum(STEP, self.rows.room(self.phi) / 1000)
        for at, number in enumerate(self.rows.maps, len(self.rows.level1.start)):
            if not self.estimates.optimum.point.psis[self.prepared.order[number]].any():
                steps[at] = 0.0
        return steps

    @property
    def sigma_known(self) -> bool:
        """Whether sigma is known, and not estimated."""
        return self.prepared.model.sigma2 is not None

    @property
    def structure(self) -> CovarianceStructure:
        """How theta makes the covariance matrices."""
        return self.prepared.model.structure

    def at(self, theta: Floats, sigma2: float, phi: Floats) -> Evaluation:
        """Evaluate at the engine's parameters."""
        prepared, whitened = self._prepared(phi)
        return Evaluation(prepared, whitened, prepared.model.at(theta), sigma2)

    def at_covariances(self, omegas: Sequence[Floats], sigma2: float, phi: Floats) -> Evaluation:
        """Evaluate at covariance matrices of the random effects in the units of the data."""
        psis: list[Floats] = [np.zeros((f.size, f.size)) for f in self.structure.factors]
        for at, omega, R in zip(self.prepared.order, omegas, self.back, strict=True):
            psis[at] = R @ omega @ R.T / sigma2
        return self.at(self.structure.parameters(psis), sigma2, phi)

    def by_covariance(self, evaluation: Evaluation) -> list[Floats]:
        """Return the slopes by each Omega, in the units of the data."""
        return self.to_data(evaluation.by_psi, evaluation.sigma2)

    def to_data(self, by_psi: Sequence[Floats], sigma2: float) -> list[Floats]:
        """Turn slopes by each Psi of the engine into those by each Omega."""
        return [
            R.T @ by_psi[at] @ R / sigma2
            for at, R in zip(self.prepared.order, self.back, strict=True)
        ]

    def _prepared(self, phi: Floats) -> tuple[Prepared, Whitened | None]:
        """Whiten the rows, unless that was done last; Z is mixed as it is at the estimate."""
        if self.rows is None or np.array_equal(phi, self.phi):
            return self.prepared, self.whitened
        if not np.array_equal(phi, self._last[0]):
            rows, model = self.rows.at(phi), self.prepared.model
            prepared = prepare(
                rows.X,
                rows.y,
                rows.effects,
                reml=model.reml,
                makers=self.prepared.makers,
                sigma2=self.rows.level1.sigma2,
            )
            self._last = (phi.copy(), prepared, rows)
        return self._last[1:]
