r"""What the Cholesky factor says of fixed and random effects, at one value of theta.

With the :math:`S=LL'` of :mod:`mlmbook.likelihood.deviance`, one triangular system has the fixed
effects and the random effects of the factors that are not eliminated. What the model leaves of *y*
gives the rest: with :math:`P = V^{-1}-V^{-1}X(X'V^{-1}X)^{-1}X'V^{-1}`, the conditional modes and
their variances over :math:`\sigma^2` are

.. math:: \hat b_j = \Psi t_j, \quad t = Z'Py, \qquad
          \operatorname{var}(b_j\mid y,\beta)/\sigma^2 = E_j + E_jB_j\,[\cdot]\,B_j'E_j,

the bracket being the block of the other effects in the inverse of *S*, times :math:`\tilde\Lambda`
on both sides.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .blocks import congruence
from .deviance import Factored
from .triangular import inverse_of_product, solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats


class Solved(Factored):
    """The estimates at one value of theta."""

    @cached_property
    def solution(self) -> Floats:
        """Random effects of the other factors (over Lambda), then fixed effects."""
        return solve_lower(self.L[:-1, :-1], self.L[-1, :-1], transposed=True)

    @property
    def beta(self) -> Floats:
        """Fixed effects."""
        return self.solution[self.model.nrandom :]

    @cached_property
    def vcov(self) -> Floats:
        """The inverse of :math:`X'V^{-1}X`."""
        r = self.model.nrandom
        return inverse_of_product(self.L[r:-1, r:-1])

    @cached_property
    def residual(self) -> Floats:
        """Weights of the columns of [Z2 ... X y] in what the model leaves of y."""
        return self.unscaled(np.concatenate([-self.solution, [1.0]]))

    @cached_property
    def t(self) -> list[Floats]:
        """For each factor :math:`Z'Py`, shape (k, groups)."""
        products, r = self.model.products, self.model.nrandom
        left = products.times(self.residual[:, None])[:, :, 0]
        first = np.einsum("abq,bq->aq", self.elimination.T, left)
        rest = self.K[:r] @ self.residual
        return [first, *self._by_factor(rest)]

    @cached_property
    def modes(self) -> list[Floats]:
        """For each factor the conditional modes, shape (groups, k)."""
        roots = [factor.root for factor in self.model.factors]
        modes = [(psi @ t).T for psi, t in zip(self.psis, self.t, strict=True)]
        return [m if R is None else R @ m for m, R in zip(modes, roots, strict=True)]

    @cached_property
    def conditional_variance(self) -> list[Floats]:
        """For each factor the variances of the modes over sigma squared, shape (k, k, groups)."""
        r, E = self.model.nrandom, self.elimination.E
        if not r:
            return [E]
        inverse = self.unscaled(self.unscaled(inverse_of_product(self.L[:r, :r])).T)
        padded = np.zeros_like(self.K)
        padded[:r, :r] = inverse
        first = E + congruence(E, self.model.products.sandwich(padded))
        return [first, *(block for block in self._diagonal_blocks(inverse))]

    def _by_factor(self, vector: Floats) -> list[Floats]:
        return [
            vector[at].reshape(len(root), -1)
            for at, root in zip(self.model.slices, self.roots[1:], strict=True)
        ]

    def _diagonal_blocks(self, M: Floats) -> list[Floats]:
        """For each factor after the first the k by k block of every group."""
        blocks = []
        for at, factor in zip(self.model.slices, self.model.factors[1:], strict=True):
            k, groups = factor.covariance.size, factor.ngroups
            within = M[at, at].reshape(k, groups, k, groups)
            if factor.root is None:
                blocks.append(np.einsum("aqbq->abq", within))
            else:
                R = factor.root
                blocks.append(np.einsum("qs,asbt,qt->abq", R, within, R, optimize=True))
        return blocks
