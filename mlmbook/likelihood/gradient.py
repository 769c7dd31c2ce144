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
from scipy.linalg import lapack

from .solution import Solved
from .triangular import inverse_of_product, solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats


SINGULAR = 1e-6
"""Lambda is too close to singular to divide by where its inverse is larger than one over this."""


class Sloped(Solved):
    """The deviance and its slopes at one value of theta."""

    @cached_property
    def _determinant(self) -> Floats:
        """Derivative of the log determinants in the deviance by S."""
        size = self.model.ndetermined
        derivative = np.zeros(self.L.shape)
        derivative[:size, :size] = inverse_of_product(self.L[:size, :size])
        return derivative

    @cached_property
    def squares(self) -> list[Floats]:
        """The sum of tt' over the groups of each factor."""
        return [t @ t.T for t in self.t]

    @cached_property
    def traces(self) -> list[Floats]:
        """The first sum of G, for each factor."""
        by_K = self.unscaled(self.unscaled(self._determinant).T)
        T, A = self.elimination.T, self.model.products.A
        inner = np.einsum("cdq,bdq->cbq", self.model.products.sandwich(by_K), T)
        first = np.einsum("acq,cbq->ab", T, A - inner)
        return [first, *self._other_traces()]

    def _other_traces(self) -> list[Floats]:
        r"""Return the first sum of G for the factors that are not eliminated.

        Multiplied by :math:`\Lambda` it costs little: :math:`(Z'PZ)\Lambda` is the product of
        :math:`K\tilde\Lambda` and the inverse of *S*, of which the diagonal blocks are wanted.
        """
        if not self.model.nrandom:
            return []
        traces: list[Floats] = []
        KL = self.scaled(self.K[:, : self.model.nrandom]).T
        for at, root in zip(self.model.slices, self.roots[1:], strict=True):
            k, inverse = len(root), _inverse(root)
            if inverse is None:
                traces.append(self._direct(at, k))
            else:
                left = KL[at].reshape(k, -1)
                right = self._determinant[at].reshape(k, -1)
                trace = left @ right.T @ inverse
                traces.append((trace + trace.T) / 2)
        return traces

    def _direct(self, at: slice, k: int) -> Floats:
        """Sum the diagonal blocks of Z'PZ (or of its ML counterpart), whatever Lambda is."""
        half = self._half(at)
        blocks = half.reshape(len(half), k, -1)
        within = self.K[at, at].reshape(k, blocks.shape[2], k, -1)
        G: Floats = np.einsum("aqbq->ab", within) - np.einsum("jaq,jbq->ab", blocks, blocks)
        return G

    def _half(self, at: slice) -> Floats:
        """Return what, multiplied by itself, is the difference of K and Z'PZ for some columns."""
        size = self.model.ndetermined
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

    def slopes_at(self, sigma2: float) -> list[Floats]:
        """Return the derivative of the deviance by each Psi, for sigma squared held fixed."""
        both = zip(self.traces, self.squares, strict=True)
        return [trace - squares / sigma2 for trace, squares in both]

    @cached_property
    def slopes(self) -> list[Floats]:
        """G of each factor, the derivative of the deviance by Psi."""
        return self.slopes_at(self.sigma2)

    @property
    def gradient(self) -> Floats:
        """Derivative of the deviance by theta."""
        return self.model.structure.gradient(self.slopes, self.theta)


def _inverse(root: Floats) -> Floats | None:
    """Return the inverse of Lambda, unless that is too close to singular to divide by."""
    _, _, inverse, zero = lapack.dgesv(root, np.eye(len(root)))
    largest = max(1.0, np.abs(root).max())
    if zero or SINGULAR * largest * np.abs(inverse).max() >= 1:
        return None
    return np.asarray(inverse)
