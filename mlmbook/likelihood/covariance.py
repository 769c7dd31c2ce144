r"""From unconstrained parameters to the covariance matrix of the random effects.

The effects of one group have covariance :math:`\sigma^2\Psi`, and
:math:`\Psi = \Lambda\Lambda'` with :math:`\Lambda` lower triangular: any parameters
:math:`\theta`, put into :math:`\Lambda`, give a matrix that is a covariance matrix. Where
effects may not correlate, :math:`\Lambda` has zeros.

The deviance depends on :math:`\Psi` alone. With :math:`G = \partial d/\partial\Psi`,

.. math::
   \frac{\partial d}{\partial\Lambda} = 2G\Lambda, \qquad
   \frac{\partial^2 d}{\partial\Lambda_{ij}\,\partial\Lambda_{kl}}
   = \Bigl[J'\,\frac{\partial^2 d}{\partial\Psi^2}\,J\Bigr]_{ij,kl} + 2G_{ik}\,[j=l].

So :math:`\Lambda = 0` is a stationary point of every deviance, whether or not it is a minimum.
What tells them apart is the sign of :math:`G`: at a minimum :math:`v'Gv\ge 0` for every
*v* with :math:`\Psi v = 0` (the Karush-Kuhn-Tucker conditions on the cone of covariance
matrices). No bounds are needed: the deviance is even in each column of :math:`\Lambda`.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..arrays import Floats


NULL = 1e-10
"""Eigenvalues of a block of Psi below this (in working units) count as zero."""


class CovarianceFactor:
    """The lower-triangular factor of a block-diagonal covariance matrix.

    Parameters
    ----------
    size : int
        Number of random effects a group.
    blocks : sequence of tuple of int
        Positions of effects that may correlate with each other.
    """

    def __init__(self, size: int, blocks: Sequence[tuple[int, ...]]) -> None:
        self.size = size
        self.blocks = tuple(np.array(block) for block in blocks)
        pairs = [(a, b) for block in blocks for a in block for b in block if b <= a]
        self.rows, self.columns = np.array(pairs).T
        self.diagonal = self.rows == self.columns

    def __len__(self) -> int:
        """Return the number of parameters."""
        return len(self.rows)

    def matrix(self, theta: Floats) -> Floats:
        """Put the parameters into the triangle."""
        triangle = np.zeros((self.size, self.size))
        triangle[self.rows, self.columns] = theta
        return triangle

    def parameters(self, psi: Floats) -> Floats:
        """Return the parameters of a covariance matrix, which may be singular."""
        triangle = np.zeros_like(psi)
        for block in self.blocks:
            within = np.ix_(block, block)
            values, vectors = np.linalg.eigh(psi[within])
            root = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
            lower = np.linalg.qr(root)[1].T
            triangle[within] = lower * np.where(np.diagonal(lower) < 0, -1.0, 1.0)
        theta: Floats = triangle[self.rows, self.columns]
        return theta

    def gradient(self, G: Floats, triangle: Floats) -> Floats:
        """Return the derivatives by theta, from those by Psi."""
        gradient: Floats = 2 * (G @ triangle)[self.rows, self.columns]
        return gradient

    def jacobian(self, triangle: Floats) -> Floats:
        """Return dPsi/dtheta, shape (parameters, parameters); rows are elements of Psi."""
        a, b = self.rows, self.columns
        identity = np.eye(self.size)
        jacobian: Floats = (
            identity[np.ix_(a, a)] * triangle[np.ix_(b, b)]
            + identity[np.ix_(b, a)] * triangle[np.ix_(a, b)]
        )
        return jacobian

    def curvature(self, G: Floats) -> Floats:
        """Return the part of the Hessian that comes from bending Psi."""
        same = self.columns[:, None] == self.columns
        curvature: Floats = 2 * G[np.ix_(self.rows, self.rows)] * same
        return curvature

    @cached_property
    def basis(self) -> Floats:
        """Unit changes of Psi, one an element, shape (parameters, size, size)."""
        units = np.zeros((len(self), self.size, self.size))
        at = np.arange(len(self))
        units[at, self.rows, self.columns] = 1.0
        units[at, self.columns, self.rows] = 1.0
        return units

    def null_vectors(self, psi: Floats) -> list[Floats]:
        """For each block, orthonormal columns v with Psi v = 0 (shape (size, number))."""
        spaces: list[Floats] = []
        for block in self.blocks:
            values, vectors = np.linalg.eigh(psi[np.ix_(block, block)])
            space = np.zeros((self.size, int((values < NULL).sum())))
            space[block] = vectors[:, values < NULL]
            spaces.append(space)
        return spaces


class CovarianceStructure:
    """The covariance matrices of all factors, their parameters end to end."""

    def __init__(self, factors: Sequence[CovarianceFactor]) -> None:
        self.factors = tuple(factors)
        ends = np.cumsum([0, *(len(factor) for factor in factors)])
        self.slices = [slice(a, b) for a, b in pairwise(ends)]
        self.diagonal = np.concatenate([factor.diagonal for factor in factors])
        """Which parameters are on the diagonal of a Lambda."""

    def triangles(self, theta: Floats) -> list[Floats]:
        """Return Lambda of each factor."""
        return [f.matrix(theta[at]) for f, at in zip(self.factors, self.slices, strict=True)]

    def parameters(self, psis: Sequence[Floats]) -> Floats:
        """Return the parameters of covariance matrices, which may be singular."""
        return np.concatenate(
            [f.parameters(psi) for f, psi in zip(self.factors, psis, strict=True)]
        )

    def directions(self, t: Sequence[Floats]) -> list[Floats]:
        """Return each unit change of Psi times t, shape (parameters, k, groups) a factor."""
        return [
            np.einsum("iab,bq->iaq", f.basis, vector)
            for f, vector in zip(self.factors, t, strict=True)
        ]

    def gradient(self, slopes: Sequence[Floats], triangles: Sequence[Floats]) -> Floats:
        """Return the derivatives by theta, from those by each Psi."""
        return np.concatenate(
            [f.gradient(G, L) for f, G, L in zip(self.factors, slopes, triangles, strict=True)]
        )

    def jacobian(self, triangles: Sequence[Floats]) -> Floats:
        """Return the derivatives of the elements of all Psi by theta."""
        return self._diagonal([f.jacobian(L) for f, L in zip(self.factors, triangles, strict=True)])

    def curvature(self, slopes: Sequence[Floats]) -> Floats:
        """Return the part of the Hessian that comes from bending Psi."""
        return self._diagonal([f.curvature(G) for f, G in zip(self.factors, slopes, strict=True)])

    def _diagonal(self, blocks: Sequence[Floats]) -> Floats:
        whole = np.zeros((len(self.diagonal), len(self.diagonal)))
        for at, block in zip(self.slices, blocks, strict=True):
            whole[at, at] = block
        return whole
