r"""Covariance matrices by standard deviations and angles.

.. math:: \Omega = D\,RR'D, \qquad
   R_i = (\cos\phi_{i1},\ \sin\phi_{i1}\cos\phi_{i2},\ \ldots,\
   \sin\phi_{i1}\cdots\sin\phi_{i,i-1}),

with *D* the standard deviations. Every value of them gives a covariance matrix, and any
covariance matrix has values. The first standard deviation, and the correlation of the first two
effects, :math:`\cos\phi_{21}`, are parameters of their own, so that one of them can be held
while the others move [1]_; which effects are first is a matter of order. A negative standard
deviation is as good as a positive one, except where a correlation is held, whose sign it would
turn: there logarithms stand for them.

References
----------
.. [1] Pinheiro & Bates (1996), Statistics and Computing 6, 289-296.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..arrays import Floats


INSIDE = 1e-6
"""How far correlations are moved inwards before angles are taken."""
TINY = 1e-30
"""Step of a derivative by complex numbers, which has no rounding to fear."""


class Spherical:
    """The covariance matrices of several factors as functions of one vector.

    Parameters
    ----------
    sizes : sequence of int
        Number of random effects of each factor.
    blocks : sequence of tuple
        The number of the factor, and the effects that may correlate, in the order that is wanted.
    logs : int
        How many standard deviations, from the first, are given by their logarithms.
    """

    def __init__(
        self, sizes: Sequence[int], blocks: Sequence[tuple[int, tuple[int, ...]]], logs: int = 0
    ) -> None:
        self.sizes, self.blocks = tuple(sizes), tuple(blocks)
        ends = np.cumsum([0, *(len(b) * (len(b) + 1) // 2 for _, b in blocks)]).tolist()
        self.starts, self.size, self.logs = ends[:-1], ends[-1], logs

    def covariances(self, x: NDArray[Any]) -> list[NDArray[Any]]:
        """Return the covariance matrices."""
        covariances = [np.zeros((size, size), x.dtype) for size in self.sizes]
        x = np.append(np.exp(x[: self.logs]), x[self.logs :])
        for (factor, block), start in zip(self.blocks, self.starts, strict=True):
            k = len(block)
            sd, angles = x[start : start + k], x[start + k : start + k * (k + 1) // 2]
            R = np.zeros((k, k), x.dtype)
            for i in range(k):
                phi = angles[i * (i - 1) // 2 : i * (i + 1) // 2]
                R[i, : i + 1] = np.append(1, np.cumprod(np.sin(phi)))
                R[i, :i] *= np.cos(phi)
            half = sd[:, None] * R
            covariances[factor][np.ix_(block, block)] = half @ half.T
        return covariances

    def slopes(self, x: Floats) -> list[list[Floats]]:
        """Return the derivatives of all matrices (inner) by each element of x (outer)."""
        return [
            [omega.imag / TINY for omega in self.covariances(x + 1j * TINY * unit)]
            for unit in np.eye(len(x))
        ]

    def vector(self, covariances: Sequence[Floats], least: Sequence[Floats]) -> Floats:
        """Return the vector for given matrices, with standard deviations of at least `least`."""
        pieces = []
        for factor, block in self.blocks:
            omega = covariances[factor][np.ix_(block, block)]
            sd = np.sqrt(np.diagonal(omega))
            zero = sd == 0
            correlation = omega / np.outer(sd + zero, sd + zero)
            np.fill_diagonal(correlation, 1)
            correlation = correlation * (1 - INSIDE) + INSIDE * np.eye(len(block))
            L = np.linalg.cholesky(correlation)
            angles = [
                np.arctan2(np.sqrt(np.sum(L[i, j + 1 :] ** 2)), L[i, j])
                for i in range(len(block))
                for j in range(i)
            ]
            pieces.append(np.append(np.maximum(sd, least[factor][list(block)]), angles))
        x: Floats = np.concatenate(pieces)
        x[: self.logs] = np.log(x[: self.logs])
        return x
