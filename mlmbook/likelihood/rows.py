r"""The rows of the data, and the same rows when their residuals have been made alike.

For given level-1 parameters :math:`\varphi` the rows of :math:`L^{-1}[X\;Z\;y]` follow a model with
independent residuals of equal variance (:mod:`mlmbook.likelihood.level1`). What the likelihood and
the covariance of the fixed effects owe to :math:`\varphi` is read off them: with
:math:`S_a=L^{-1}(\partial\Sigma/\partial\varphi_a)L^{-\prime}`, *V* and *P* those of the whitened
rows, and any :math:`\Psi` and :math:`\sigma` held,

.. math::
   \frac{\partial d}{\partial\varphi_a}
   = \operatorname{tr}\Bigl[S_a\Bigl(I-H-\frac{e_*e_*'}{\sigma^2}\Bigr)\Bigr], \qquad
   \frac{\partial\,c'Cc}{\partial\varphi_a} = \sigma^2 w'S_aw, \quad w = V^{-1}XM^{-1}c .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .fixed import random_by_fixed
from .leverage import leverage_rows, leverages

if TYPE_CHECKING:
    from ..arrays import Floats
    from .estimates import Effects, Estimates
    from .level1 import LevelOne, Whitening


@dataclass(frozen=True, eq=False)
class Rows:
    """Fixed-effect columns, response, random effects and level-1 structure, as in the data."""

    X: Floats
    y: Floats
    effects: tuple[Effects, ...]
    level1: LevelOne

    @classmethod
    def of(cls, X: Floats, y: Floats, effects: Sequence[Effects], level1: LevelOne) -> Rows:
        """Collect them."""
        return cls(X, y, tuple(effects), level1)

    def at(self, phi: Floats) -> Whitened:
        """Whiten the rows.

        Raises
        ------
        numpy.linalg.LinAlgError
            The covariance of the residuals is not positive definite.
        """
        whitening = self.level1.at(phi)
        X, y = whitening.whiten(self.X), whitening.whiten(self.y[:, None])[:, 0]
        effects = [replace(effect, Z=whitening.whiten(effect.Z)) for effect in self.effects]
        return Whitened(self.level1, phi, whitening, X, y, tuple(effects))


@dataclass(frozen=True, eq=False)
class Whitened:
    """The whitened rows at one value of the level-1 parameters."""

    level1: LevelOne
    phi: Floats
    whitening: Whitening
    X: Floats
    y: Floats
    effects: tuple[Effects, ...]

    def gradient(self, estimates: Estimates, sigma2: float, *, fixed: bool) -> Floats:
        """Return the derivative of the deviance by phi; `fixed` for the restricted one."""
        if not len(self.phi):
            return np.empty(0)
        if self.level1.covariance is None:
            rows = np.sqrt(leverages(estimates, fixed=fixed))[:, None]
        else:
            rows = leverage_rows(estimates, fixed=fixed)
        return self.level1.gradient(self.phi, rows, self.residual(estimates) / np.sqrt(sigma2))

    def residual(self, estimates: Estimates) -> Floats:
        """Return the whitened residuals."""
        residual = self.y - self.X @ estimates.beta
        for effect, modes in zip(self.effects, estimates.modes, strict=True):
            residual -= np.einsum("nk,nk->n", effect.Z, modes[effect.codes])
        return residual

    def solved(self, estimates: Estimates) -> Floats:
        """Return :math:`V^{-1}X` in the engine's columns: what random effects leave of each."""
        point = estimates.optimum.point
        left = estimates.basis.Q.copy()
        for factor, psi, U in zip(
            point.model.factors, point.psis, random_by_fixed(point), strict=True
        ):
            effects = np.einsum("ab,bqp->qap", psi, U)
            left -= np.einsum("na,nap->np", factor.Z, effects[factor.codes])
        return left
