r"""From unconstrained parameters to the covariance matrix of the random effects.

The effects of one group have covariance :math:`\sigma^2\Psi`, and :math:`\Psi =
\Lambda\Lambda'`: any square matrix :math:`\Lambda`, its elements the parameters
:math:`\theta`, gives a matrix that is a covariance matrix. Effects that may not correlate are
in different blocks of :math:`\Lambda`. The elements are more than are needed (:math:`\Lambda`
may be rotated), which costs nothing and, unlike a triangle, leaves no corner that a search
must creep around.

The deviance depends on :math:`\Psi` alone. With :math:`G = \partial d/\partial\Psi`,

.. math::
   \frac{\partial d}{\partial\Lambda} = 2G\Lambda, \qquad
   \frac{\partial^2 d}{\partial\Lambda_{ij}\,\partial\Lambda_{kl}}
   = \Bigl[J'\,\frac{\partial^2 d}{\partial\Psi^2}\,J\Bigr]_{ij,kl} + 2G_{ik}\,[j=l].

Each element of :math:`\Psi` is a sum of products of two parameters,
:math:`\Psi_{ab}=\sum_c\Lambda_{ac}\Lambda_{bc}`. Which ones are multiplied is listed once, and
*J*, the gradient and the last term are read off that list.

So :math:`\Lambda = 0` is a stationary point of every deviance, whether or not it is a minimum.
What tells them apart is the sign of :math:`G`: at a minimum :math:`v'Gv\ge 0` for every
*v* with :math:`\Psi v = 0` (the Karush-Kuhn-Tucker conditions on the cone of covariance
matrices).
"""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from .decompositions import eigen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..arrays import Floats


class CovarianceFactor:
    """The square root of a block-diagonal covariance matrix.

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
        entries = [(a, b) for block in blocks for a in block for b in block]
        elements = [(a, b) for a, b in entries if b <= a]
        self.rows, self.columns = np.array(entries, dtype=int).reshape(-1, 2).T
        """Where the parameters stand in Lambda."""
        self.first, self.second = np.array(elements, dtype=int).reshape(-1, 2).T
        """Where the elements of Psi stand, each once."""
        self.diagonal = self.rows == self.columns
        number = {entry: at for at, entry in enumerate(entries)}
        products = [
            (at, number[one, c], number[other, c])
            for at, (a, b) in enumerate(elements)
            for one, other in dict.fromkeys([(a, b), (b, a)])
            for c in range(size)
            if (one, c) in number
        ]
        self.products = np.array(products, dtype=int).reshape(-1, 3).T
        """An element of Psi, a parameter, and the one it is multiplied by."""

    def matrix(self, theta: Floats) -> Floats:
        """Put the parameters into Lambda."""
        root = np.zeros((self.size, self.size))
        root[self.rows, self.columns] = theta
        return root

    def parameters(self, psi: Floats, least: float = 0.0) -> Floats:
        """Return the parameters of a covariance matrix, which may be singular.

        Eigenvalues below `least` are raised to it.
        """
        root = np.zeros_like(psi)
        for block in self.blocks:
            within = block[:, None], block
            values, vectors = eigen(psi[within])
            root[within] = vectors * np.sqrt(np.maximum(values, least))
        theta: Floats = root[self.rows, self.columns]
        return theta

    @cached_property
    def pattern(self) -> Floats:
        """One where Psi may differ from zero."""
        pattern: Floats = self.basis.sum(axis=0)
        return pattern

    @cached_property
    def basis(self) -> Floats:
        """Unit changes of Psi, one an element, shape (elements, size, size)."""
        units = np.zeros((len(self.first), self.size, self.size))
        at = np.arange(len(self.first))
        units[at, self.first, self.second] = 1.0
        units[at, self.second, self.first] = 1.0
        return units

    def null_vectors(self, psi: Floats, below: float) -> list[Floats]:
        """For each block, the eigenvectors with eigenvalues below a bound, as columns."""
        spaces: list[Floats] = []
        for block in self.blocks:
            values, vectors = eigen(psi[block[:, None], block])
            space = np.zeros((self.size, int((values < below).sum())))
            space[block] = vectors[:, values < below]
            spaces.append(space)
        return spaces


class CovarianceStructure:
    """The covariance matrices of all factors, their parameters end to end."""

    def __init__(self, factors: Sequence[CovarianceFactor]) -> None:
        self.factors = tuple(factors)
        self.slices = consecutive(len(factor.rows) for factor in factors)
        """Where the parameters of each factor stand in theta."""
        self.elements = consecutive(len(factor.first) for factor in factors)
        """Where the elements of each Psi stand among those of all."""
        self.diagonal = np.concatenate([factor.diagonal for factor in factors])
        """Which parameters are on the diagonal of a Lambda."""
        twice = [2.0 - (factor.first == factor.second) for factor in factors]
        self.multiplicity = np.concatenate(twice)
        """How often each element stands in its Psi."""
        products = [
            np.add(factor.products, [[element.start], [own.start], [own.start]])
            for factor, element, own in zip(factors, self.elements, self.slices, strict=True)
        ]
        self._element, self._one, self._other = np.hstack(products)
        self._twice = 1.0 + (self._one == self._other)

    def roots(self, theta: Floats) -> list[Floats]:
        """Return Lambda of each factor."""
        return [f.matrix(theta[at]) for f, at in zip(self.factors, self.slices, strict=True)]

    def parameters(self, psis: Sequence[Floats], least: float = 0.0) -> Floats:
        """Return the parameters of covariance matrices, which may be singular."""
        both = zip(self.factors, psis, strict=True)
        return np.concatenate([factor.parameters(psi, least) for factor, psi in both])

    def vector(self, matrices: Sequence[Floats]) -> Floats:
        """Put the elements of symmetric matrices, one a factor, end to end."""
        both = zip(self.factors, matrices, strict=True)
        return np.concatenate([matrix[factor.first, factor.second] for factor, matrix in both])

    def by_element(self, matrices: Sequence[Floats]) -> Floats:
        """Return the products of symmetric matrices with the unit changes of each Psi."""
        by_element: Floats = self.multiplicity * self.vector(matrices)
        return by_element

    def null_vectors(self, psis: Sequence[Floats], below: float) -> list[list[Floats]]:
        """For each block of each factor, eigenvectors with eigenvalues below a bound."""
        both = zip(self.factors, psis, strict=True)
        return [factor.null_vectors(psi, below) for factor, psi in both]

    def directions(self, t: Sequence[Floats]) -> list[Floats]:
        """Return each unit change of Psi times t, shape (elements, k, groups) a factor."""
        both = zip(self.factors, t, strict=True)
        return [factor.basis @ vector for factor, vector in both]

    def gradient(self, slopes: Sequence[Floats], theta: Floats) -> Floats:
        """Return the derivatives by theta, from those by each Psi."""
        gradient: Floats = self.by_element(slopes) @ self.jacobian(theta)
        return gradient

    def jacobian(self, theta: Floats) -> Floats:
        """Return the derivatives of the elements of all Psi by theta."""
        jacobian = np.zeros((len(self.multiplicity), len(self.diagonal)))
        jacobian[self._element, self._one] = self._twice * theta[self._other]
        return jacobian

    def curvature(self, slopes: Floats) -> Floats:
        """Return the part of the Hessian that comes from bending Psi, given :meth:`by_element`."""
        curvature = np.zeros((len(self.diagonal), len(self.diagonal)))
        curvature[self._one, self._other] = self._twice * slopes[self._element]
        return curvature


def consecutive(sizes: Iterable[int]) -> list[slice]:
    """Return where pieces of these sizes stand, end to end."""
    return [slice(start, stop) for start, stop in pairwise(accumulate(sizes, initial=0))]
