r"""The gradient of the deviance.

With *P* and :math:`t=Z'Py` of :mod:`mlmbook.likelihood.solution`, summing over groups,

.. math::
   G = \frac{\partial d}{\partial\Psi}
     = \sum_j \bigl[Z'(P\text{ or }V^{-1})Z\bigr]_{jj} - \frac{m}{r^2}\,t_jt_j',

the first for REML, the second for ML. Where :math:`\sigma` is known or held, :math:`m/r^2` is
:math:`1/\sigma^2`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .blocks import congruence
from .solution import Solved
from .triangular import inverse_of_product, solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats


SINGULAR = 1e-6
"""Lambda with a singular value below this is too close to singular to divide by."""


class Sloped(Solved):
    """The deviance and its slopes at one value of theta."""

    @cached_property
    def _determinant(self) -> Floats:
        """Derivative of the log determinants in the deviance by S."""
        size = len(self.L) - 1 if self.model.reml else self.model.nrandom
        derivative = np.zeros_like(self.L)
        derivative[:size, :size] = inverse_of_product(self.L[:size, :size])
        return derivative

    def slopes_at(self, sigma2: float) -> list[Floats]:
        """Return the derivative of the deviance by each Psi, for sigma squared held fixed."""
        outer = np.outer(self.residual, self.residual) / sigma2
        by_K = self.unscaled(self.unscaled(self._determinant).T) + outer
        T, A = self.elimination.T, self.model.products.A
        inner = self.model.products.sandwich(by_K)
        first = np.einsum("acq,cbq->ab", T, A) - congruence(T, inner).sum(axis=2)
        return [first, *self._rest_slopes(sigma2)]

    def _rest_slopes(self, sigma2: float) -> list[Floats]:
        r"""Return the slopes of the factors that are not eliminated.

        :math:`G\Lambda` costs little: :math:`(Z'PZ)\Lambda` is the product of
        :math:`K\tilde\Lambda` and the inverse of *S*, of which the diagonal blocks are wanted.
        """
        if not self.model.nrandom:
            return []
        slopes: list[Floats] = []
        KL = self.scaled(self.K[:, : self.model.nrandom]).T
        for at, root, t in zip(self.model.slices, self.roots[1:], self.t[1:], strict=True):
            k, sizes = len(root), np.linalg.svd(root, compute_uv=False)
            if sizes[-1] <= SINGULAR * max(1.0, sizes[0]):
                G = self._direct(at, k)
            else:
                left = KL[at].reshape(k, -1)
                right = self._determinant[at].reshape(k, -1)
                G = np.linalg.solve(root.T, (left @ right.T).T).T
            slopes.append((G + G.T) / 2 - t @ t.T / sigma2)
        return slopes

    def _direct(self, at: slice, k: int) -> Floats:
        """Sum the diagonal blocks of Z'PZ (or of its ML counterpart), whatever Lambda is."""
        half = self._half(at)
        blocks = half.reshape(len(half), k, -1)
        within = self.K[at, at].reshape(k, blocks.shape[2], k, -1)
        G: Floats = np.einsum("aqbq->ab", within) - np.einsum("jaq,jbq->ab", blocks, blocks)
        return G

    def _half(self, at: slice) -> Floats:
        """Return what, multiplied by itself, is the difference of K and Z'PZ for some columns."""
        size = len(self.L) - 1 if self.model.reml else self.model.nrandom
        cross = self.scaled(self.K[:, at])[:size]
        return solve_lower(self.L[:size, :size], cross)

    def slope_by_correlation(self, number: int, S: Floats, sigma2: float) -> float:
        r"""Return the derivative of the deviance by a parameter of the correlations of groups.

        .. math:: \sum_{ab}\psi_{ab}\operatorname{tr}\Bigl[S\Bigl(N_{ab}
                  - \frac{t_bt_a'}{\sigma^2}\Bigr)\Bigr],

        with *N* the matrix Z'PZ (or its ML counterpart) of the columns multiplied by *R*.

        Parameters
        ----------
        number : int
            Position of the factor, not the first.
        S : ndarray
            :math:`R^{-1}(\partial RR'/\partial\rho)R^{-\prime}`.
        sigma2 : float
            The residual variance, which is held.
        """
        at, t, psi = self.model.slices[number - 1], self.t[number], self.psis[number]
        half, k = self._half(at), len(psi)
        N = (self.K[at, at] - half.T @ half).reshape(k, t.shape[1], k, -1)
        by_effect = np.einsum("aqbs,qs->ab", N, S, optimize=True)
        by_effect -= np.einsum("aq,qs,bs->ab", t, S, t, optimize=True) / sigma2
        return float(np.sum(psi * by_effect))

    @cached_property
    def slopes(self) -> list[Floats]:
        """G of each factor, the derivative of the deviance by Psi."""
        return self.slopes_at(self.sigma2)

    @property
    def gradient(self) -> Floats:
        """Derivative of the deviance by theta."""
        return self.model.structure.gradient(self.slopes, self.roots)
