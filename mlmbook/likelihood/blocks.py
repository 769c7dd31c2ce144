r"""Crossproducts by group, and the Schur complement that eliminates the random effects.

With one grouping factor, :math:`Z'Z` is block diagonal: a small matrix :math:`A_j=Z_j'Z_j`
for every group, next to :math:`B_j=Z_j'[X\;y]`. They are sums over rows, made once. After
that nothing depends on the number of rows. Eliminating the effects of all groups leaves

.. math::
   K = [X\;y]'[X\;y] - \sum_j B_j' E_j B_j, \qquad
   E_j = \Lambda\,(\Lambda'A_j\Lambda + I)^{-1}\Lambda'.

Small matrices are stored with the group last, shape (k, k, groups), so that arithmetic runs
over all groups at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .covariance import CovarianceFactor

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Factor:
    """A grouping factor: which group each row is in, and its random-effect columns."""

    codes: Codes
    ngroups: int
    Z: Floats
    """Shape (rows, k)."""
    covariance: CovarianceFactor


@dataclass(frozen=True, eq=False)
class Elimination:
    """What solving for the effects of every group gives, at one value of Lambda."""

    E: Floats
    """Shape (k, k, groups)."""
    T: Floats
    """:math:`I - A_jE_j`, shape (k, k, groups)."""
    log_det: float
    """Sum over groups of the log determinant of :math:`\\Lambda'A_j\\Lambda + I`."""


class Crossproducts:
    """Sums of products of [Z X y], arranged by group."""

    def __init__(self, factor: Factor, X: Floats, y: Floats) -> None:
        columns = np.column_stack([X, y])
        self.A = _products(factor, factor.Z).transpose(0, 2, 1)
        self.B = _products(factor, columns)
        self.W = columns.T @ columns

    def eliminate(self, triangle: Floats) -> Elimination:
        """Solve for the effects of every group."""
        half, log_det = _whiten(triangle, self.A)
        E = np.einsum("iaq,ibq->abq", half, half)
        T = -np.einsum("acq,cbq->abq", self.A, E)
        diagonal = np.arange(len(T))
        T[diagonal, diagonal] += 1
        return Elimination(E, T, log_det)

    def schur(self, elimination: Elimination) -> Floats:
        """Return what is left for [X y]."""
        EB = np.einsum("abq,bqm->aqm", elimination.E, self.B)
        width = EB.shape[2]
        return self.W - self.B.reshape(-1, width).T @ EB.reshape(-1, width)


def _products(factor: Factor, columns: Floats) -> Floats:
    """Sum Z'columns over the rows of each group, shape (k, groups, columns)."""
    sums = np.empty((factor.Z.shape[1], factor.ngroups, columns.shape[1]))
    for a, z in enumerate(factor.Z.T):
        for b, column in enumerate(columns.T):
            sums[a, :, b] = np.bincount(factor.codes, z * column, factor.ngroups)
    return sums


def _whiten(triangle: Floats, A: Floats) -> tuple[Floats, float]:
    """Return :math:`C^{-1}\\Lambda'` and log det, for :math:`CC' = \\Lambda'A_j\\Lambda + I`."""
    size = len(triangle)
    D = np.einsum("ca,cdq,db->abq", triangle, A, triangle)
    C = np.zeros_like(D)
    half = np.empty_like(D)
    log_det = 0.0
    for i in range(size):
        for j in range(i):
            C[i, j] = (D[i, j] - np.einsum("mq,mq->q", C[i, :j], C[j, :j])) / C[j, j]
        square = D[i, i] + 1 - np.einsum("mq,mq->q", C[i, :i], C[i, :i])
        C[i, i] = np.sqrt(square)
        log_det += float(np.log(square).sum())
        row = triangle[:, i, None] - np.einsum("mq,maq->aq", C[i, :i], half[:i])
        half[i] = row / C[i, i]
    return half, log_det
