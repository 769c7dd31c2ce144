r"""Crossproducts by group, and the Schur complement that eliminates the random effects.

For the factor with most groups, :math:`Z_1'Z_1` is block diagonal: a small matrix
:math:`A_j=Z_{1j}'Z_{1j}` for every group, next to :math:`B_j=Z_{1j}'C` for the other columns
:math:`C=[Z_2\cdots X\;y]`. They are sums over rows, made once; after that nothing depends on
the number of rows. Eliminating the effects of all groups of that factor leaves

.. math::
   K = C'C - \sum_j B_j' E_j B_j, \qquad
   E_j = \Lambda\,(\Lambda'A_j\Lambda + I)^{-1}\Lambda'.

With one factor, *C* is :math:`[X\;y]` and small. With more, the columns of the other factors
are dense if they are few, and sparse else: see :mod:`mlmbook.likelihood.link`. Rows that belong to
several groups of a factor, and groups whose effects are correlated, leave nothing block diagonal:
such a factor is never the first.

Small matrices are stored with the group last, shape (k, k, groups), so that arithmetic runs
over all groups at once. The columns of a factor are ordered by effect, then by group.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .covariance import CovarianceFactor
from .link import Link
from .membership import Membership

if TYPE_CHECKING:
    from ..arrays import Codes, Floats


FEW = 10_000
"""Columns of other factors are few if B has no more elements than this for them."""
FEW_ROWS = 25
"""So many rows of the data count as much as one row of B: they are visited once."""


@dataclass(frozen=True, eq=False)
class Factor:
    """A grouping factor: which group each row is in, and its random-effect columns."""

    units: Codes | Membership
    ngroups: int
    Z: Floats
    """Shape (rows, k)."""
    covariance: CovarianceFactor
    root: Floats | None = None
    """R, where the effects of the groups have correlations RR', shape (groups, groups)."""

    @classmethod
    def nobody(cls, nrows: int) -> Factor:
        """Return a factor without effects, to be eliminated where no other one can be."""
        everyone = np.zeros(nrows, dtype=int)
        return cls(everyone, 1, np.empty((nrows, 0)), CovarianceFactor(0, ()))

    @property
    def separable(self) -> bool:
        """Whether each row is in one group, and the groups are independent."""
        return self.root is None and not isinstance(self.units, Membership)

    @property
    def codes(self) -> Codes:
        """The group of each row."""
        assert not isinstance(self.units, Membership)
        return self.units

    def dense(self) -> Floats:
        """Return the columns of the factor, by effect, then by group."""
        columns = np.zeros((len(self.Z), self.Z.shape[1], self.ngroups))
        columns[np.arange(len(self.Z)), :, self.codes] = self.Z
        return columns.reshape(len(self.Z), -1)

    def sparse(self) -> Any:
        """Return the columns of the factor as a sparse matrix, by effect, then by group."""
        from scipy import sparse  # needed for more than one factor only

        if isinstance(self.units, Membership):
            by_effect = [sparse.diags(z) @ self.units.weights for z in self.Z.T]
            return sparse.hstack(by_effect, format="csr")
        nrows, k = self.Z.shape
        columns = self.codes[:, None] + np.arange(k) * self.ngroups
        pointer = np.arange(nrows + 1) * k
        shape = (nrows, k * self.ngroups)
        return sparse.csr_matrix((self.Z.ravel(), columns.ravel(), pointer), shape=shape)


class Elimination(NamedTuple):
    """What solving for the effects of every group gives, at one value of Lambda."""

    half: Floats
    r""":math:`D^{-1}\Lambda'` with :math:`DD' = \Lambda'A_j\Lambda + I`, shape (k, k, groups)."""
    E: Floats
    """Its product with itself, shape (k, k, groups)."""
    T: Floats
    """:math:`I - A_jE_j`, shape (k, k, groups)."""
    log_det: float
    r"""Sum over groups of the log determinant of :math:`\Lambda'A_j\Lambda + I`."""


class Crossproducts:
    """Sums of products of [Z X y], arranged by the groups of the first factor.

    Parameters
    ----------
    factors : sequence of Factor
        The first one, which is separable, is eliminated; it should be the one with most groups.
    X, y : ndarray
        The dense columns.
    """

    def __init__(self, factors: Sequence[Factor], X: Floats, y: Floats) -> None:
        first, *rest = factors
        self.few = _few(first, rest)
        """The columns of the other factors, if they are few: among the dense ones then."""
        dense = np.vstack([X.T, y] if self.few is None else [self.few.T, X.T, y]).T
        self.A = _products(first, first.Z).transpose(0, 2, 1)
        self.identity = np.eye(len(self.A))[:, :, None]
        self.B = _products(first, dense)
        """The dense columns of B."""
        self.C = dense.T @ dense
        self.nsparse = 0
        self.link = None
        if rest and self.few is None:
            columns = [factor.sparse() for factor in rest]
            roots = [factor.root for factor in rest]
            self.link = Link(first.codes, first.ngroups, first.Z, columns, roots)
            self.nsparse = self.link.ncolumns
            self.C = self.link.bordered(dense, self.C)

    def with_response(self, first: Factor, X: Floats, y: Floats) -> Crossproducts:
        """Return the crossproducts for another response; `first` is the factor eliminated."""
        new = copy(self)
        new.B, new.C = self.B.copy(), self.C.copy()
        new.B[:, :, -1] = _products(first, y[:, None])[:, :, 0]
        column = np.append(X.T @ y, y @ y)
        if self.few is not None:
            column = np.append(self.few.T @ y, column)
        if self.link is not None:
            column = np.append(self.link.products(y), column)
        new.C[:, -1] = new.C[-1] = column
        return new

    def eliminate(self, root: Floats) -> Elimination:
        """Solve for the effects of every group of the first factor."""
        half, log_det = _whiten(root, self.A)
        E = np.einsum("iaq,ibq->abq", half, half)
        T = self.identity - np.einsum("acq,cbq->abq", self.A, E)
        return Elimination(half, E, T, log_det)

    def schur(self, E: Floats) -> Floats:
        """Return K, what is left for the other columns."""
        EB = np.einsum("abq,bqm->aqm", E, self.B)
        width = EB.shape[2]
        dense: Floats = self.B.reshape(-1, width).T @ EB.reshape(-1, width)
        if self.link is None:
            return self.C - dense
        r, K = self.nsparse, self.C.copy()
        cross = self.link.transposed(EB)
        K[r:, r:] -= dense
        K[:r, :r] -= self.link.schur(E)
        K[:r, r:] -= cross
        K[r:, :r] -= cross.T
        return K

    def sandwich(self, M: Floats) -> Floats:
        """Return :math:`B_jMB_j'` for a symmetric M, shape (k, k, groups)."""
        r = self.nsparse
        right = self.B @ M[r:, r:]
        if self.link is not None:
            right += 2 * self.link.times(M[:r, r:])
        product: Floats = np.einsum("aqm,bqm->abq", right, self.B)
        if self.link is not None:
            product = (product + product.transpose(1, 0, 2)) / 2
            product += self.link.sandwich(M[:r, :r])
        return product

    def times(self, vectors: Floats) -> Floats:
        """Return :math:`B_jv` for the columns of `vectors`, shape (k, groups, columns)."""
        r = self.nsparse
        product = self.B @ vectors[r:]
        if self.link is not None:
            product += self.link.times(vectors[:r])
        return product

    def random_times(self, vectors: Floats) -> Floats:
        """Return :math:`B_jv` for the columns of the other factors alone."""
        if self.link is None:
            return self.B[:, :, : len(vectors)] @ vectors
        return self.link.times(vectors)

    def random_columns(self, rows: Codes) -> Floats:
        """Return rows of the columns of the other factors, each as a column."""
        if self.link is not None:
            return self.link.of_rows(rows)
        return np.empty((0, len(rows))) if self.few is None else self.few[rows].T

    def transposed(self, vectors: Floats) -> Floats:
        r"""Return :math:`\sum_jB_j'v_j` for vectors of shape (k, groups, columns)."""
        width = vectors.shape[2]
        flat = self.B.reshape(-1, self.B.shape[2])
        product = flat.T @ vectors.reshape(len(flat), width)
        if self.link is not None:
            product = np.vstack([self.link.transposed(vectors), product])
        return product

    def rows(self, vectors: Floats, codes: Codes) -> Floats:
        r"""Return :math:`B_j'v` for single rows: v of shape (k, rows), j = `codes`."""
        product: Floats = np.einsum("anm,an->mn", self.B[:, codes], vectors)
        if self.link is not None:
            product = np.vstack([self.link.rows(vectors, codes), product])
        return product


def congruence(T: Floats, M: Floats) -> Floats:
    """Return TMT' for every group."""
    left = np.einsum("acq,cdq->adq", T, M)
    product: Floats = np.einsum("adq,bdq->abq", left, T)
    return product


def _few(first: Factor, rest: Sequence[Factor]) -> Floats | None:
    """Return the columns of further factors as a dense matrix, where that is quicker."""
    if not rest or not all(factor.separable for factor in rest):
        return None
    columns = sum(factor.Z.shape[1] * factor.ngroups for factor in rest)
    if columns * max(first.Z.shape[1] * first.ngroups, len(first.Z) / FEW_ROWS) > FEW:
        return None
    return np.hstack([factor.dense() for factor in rest])


def _products(factor: Factor, columns: Floats) -> Floats:
    """Sum Z'columns over the rows of each group, shape (k, groups, columns)."""
    sums = np.empty((factor.Z.shape[1], factor.ngroups, columns.shape[1]))
    for a, z in enumerate(factor.Z.T):
        for b, column in enumerate(columns.T):
            sums[a, :, b] = np.bincount(factor.codes, z * column, factor.ngroups)
    return sums


def _whiten(root: Floats, A: Floats) -> tuple[Floats, float]:
    r"""Return :math:`D^{-1}\Lambda'` and log det DD', for :math:`DD' = \Lambda'A_j\Lambda + I`.

    Cholesky's elimination, column by column: what is left of the matrix, and of the right-hand
    sides :math:`\Lambda'`, once the rows above are taken out.
    """
    k, groups = len(root), A.shape[2]
    left = root.T @ (root.T @ A.reshape(k, k * groups)).reshape(k, k, groups)
    half = np.empty((k, k, groups))
    half[:] = root.T[:, :, None]
    log_det = 0.0
    for i in range(k):
        square = left[i, i] + 1
        if not square.min() > 0:  # lost to rounding, far out
            raise np.linalg.LinAlgError("not positive definite")
        log_det += float(np.log(square).sum())
        pivot = np.sqrt(square)
        half[i] /= pivot
        if i < k - 1:
            column = left[i + 1 :, i] / pivot
            left[i + 1 :, i + 1 :] -= column[:, None] * column
            half[i + 1 :] -= column[:, None] * half[i]
    return half, log_det
