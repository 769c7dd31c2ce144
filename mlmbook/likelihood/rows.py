r"""The rows of the data, and the same rows when their residuals have been made alike.

(So have, for given spatial parameters, the effects of districts: :mod:`mlmbook.likelihood.link`.)
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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .fixed import random_by_fixed
from .leverage import leverage_rows, leverages
from .membership import spread

if TYPE_CHECKING:
    from ..arrays import Floats
    from .estimates import Effects, Estimates
    from .level1 import LevelOne, Whitening
    from .spatial import Spatial


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

    @cached_property
    def maps(self) -> dict[int, Spatial]:
        """The factors with a spatial parameter."""
        return {
            number: effect.spatial
            for number, effect in enumerate(self.effects)
            if effect.spatial is not None and effect.spatial.estimated
        }

    @property
    def begin(self) -> Floats:
        """First values of the level-1 parameters, then of the spatial ones."""
        return np.array([*self.level1.start, *(part.start for part in self.maps.values())])

    @property
    def low(self) -> Floats:
        """Lower bounds of the same."""
        ends = (part.low for part in self.maps.values())
        return np.array([*self.level1.low, *ends])

    @property
    def high(self) -> Floats:
        """Upper bounds of the same."""
        ends = (part.high for part in self.maps.values())
        return np.array([*self.level1.high, *ends])

    def room(self, phi: Floats) -> Floats:
        """Return how far each parameter is from its nearest bound."""
        room: Floats = np.minimum(phi - self.low, self.high - phi)
        return room

    def with_rhos(self, phi: Floats, rhos: Sequence[float]) -> Floats:
        """Put the spatial parameters behind those of level 1."""
        return np.append(phi, [rhos[number] for number in self.maps])

    def at(self, phi: Floats) -> Whitened:
        """Whiten the rows, and the columns of districts.

        Raises
        ------
        numpy.linalg.LinAlgError
            The covariance of the residuals is not positive definite.
        """
        level1, rhos = np.split(phi, [len(self.level1.start)])
        whitening = self.level1.at(level1)
        X, y, *Zs = whitening.whiten_all([self.X, self.y[:, None], *(e.Z for e in self.effects)])
        effects = [replace(effect, Z=Z) for effect, Z in zip(self.effects, Zs, strict=True)]
        for number, rho in zip(self.maps, rhos.tolist(), strict=True):
            effects[number] = replace(effects[number], rho=rho)
        maps = tuple(self.maps)
        return Whitened(self.level1, level1, whitening, X, y[:, 0], tuple(effects), maps)


@dataclass(frozen=True, eq=False)
class Whitened:
    """The whitened rows at one value of the level-1 parameters."""

    level1: LevelOne
    phi: Floats
    whitening: Whitening
    X: Floats
    y: Floats
    effects: tuple[Effects, ...]
    maps: tuple[int, ...] = ()
    """The factors with a spatial parameter."""

    def gradient(self, estimates: Estimates, sigma2: float, *, fixed: bool) -> Floats:
        """Return the derivative of the deviance by phi, and by the spatial parameters.

        `fixed` is for the restricted likelihood.
        """
        point = estimates.optimum.point
        unit = sigma2 / estimates.basis.scale**2
        spatial = [
            point.slope_by_correlation(estimates.order[number], S, unit)
            for number, S in self._spatial_slopes()
        ]
        if not len(self.phi):
            return np.array(spatial)
        if self.level1.covariance is None:
            rows = np.sqrt(leverages(estimates, fixed=fixed))[:, None]
        else:
            rows = leverage_rows(estimates, fixed=fixed)
        scaled = self.residual(estimates) / np.sqrt(sigma2)
        return np.append(self.level1.gradient(self.phi, self.whitening, rows, scaled), spatial)

    def residual(self, estimates: Estimates) -> Floats:
        """Return the whitened residuals."""
        residual = self.y - self.X @ estimates.beta
        for effect, modes in zip(self.effects, estimates.modes, strict=True):
            residual -= effect.of_rows(modes)
        return residual

    def spatial_slopes_of_variance(self, estimates: Estimates, c: Floats) -> Floats:
        r"""Return the derivatives of :math:`c'M^{-1}c` by the spatial parameters.

        With :math:`u=Z'V^{-1}XM^{-1}c` in the columns multiplied by *R*, they are
        :math:`\sum_{ab}\psi_{ab}u_a'Su_b`. Shape (columns of `c`, parameters).
        """
        point = estimates.optimum.point
        slopes = np.empty((c.shape[1], len(self.maps)))
        if self.maps:
            solved, cross = point.vcov @ c, random_by_fixed(point)
            for i, column in enumerate(solved.T):
                u = [U @ column for U in cross]
                slopes[i] = self.spatial_products(estimates, u, u)
        return slopes

    def spatial_products(
        self, estimates: Estimates, left: Sequence[Floats], right: Sequence[Floats]
    ) -> Floats:
        r"""Return :math:`\sum_{ab}\psi_{ab}l_a'Sr_b` for each spatial parameter.

        `left` and `right` have an array of shape (k, groups) for each factor of the engine.
        """
        psis, products = estimates.optimum.point.psis, []
        for number, S in self._spatial_slopes():
            at = estimates.order[number]
            products.append(float(np.sum(psis[at] * (left[at] @ S @ right[at].T))))
        return np.array(products)

    def _spatial_slopes(self) -> Iterator[tuple[int, Floats]]:
        """Yield the number of each factor with a spatial parameter, and S."""
        for number in self.maps:
            effect = self.effects[number]
            assert effect.spatial is not None
            yield number, effect.spatial.slope(effect.rho)

    def solved(self, estimates: Estimates) -> Floats:
        """Return :math:`V^{-1}X` in the engine's columns: what random effects leave of each."""
        point = estimates.optimum.point
        left = estimates.basis.Q.copy()
        for factor, psi, U in zip(
            point.model.factors, point.psis, random_by_fixed(point), strict=True
        ):
            effects = np.einsum("ab,bqp->qap", psi, U)
            if factor.root is not None:
                effects = np.einsum("qs,sap->qap", factor.root, effects)
            for a, z in enumerate(factor.Z.T):
                left -= z[:, None] * spread(factor.units, effects[:, a])
        return left
