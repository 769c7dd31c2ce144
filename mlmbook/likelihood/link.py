r"""The sparse columns of further grouping factors, and how they meet the first one.

A pupil's neighborhood and school, a student's teachers: a group of the first factor meets only
a few groups of the others. So :math:`B_j=Z_{1j}'[Z_2\cdots]` has few cells that are not zero,
and :math:`\sum_jB_j'E_jB_j` touches only pairs of them,

.. math::
   \Bigl[\sum_jB_j'E_jB_j\Bigr]_{cd} = \sum_j\sum_{ab}E_{j,ab}\,B_{j,ac}B_{j,bd}.

That is linear in *E*: a sparse matrix, made once, with a row for each group *j* and a column
for each pair (c, d), maps all :math:`E_j` to the Schur complement. Its transpose maps a
derivative by *K* back to derivatives by :math:`E_j`.

Where the effects of a factor's groups have correlations :math:`RR'`, its columns are multiplied by
*R* for each effect, which makes the effects independent: with *T* block diagonal, of copies of *R*
and the identity, the columns are :math:`[Z_2\cdots]T`. The sparse matrices stay as they are, and
*T* is applied to what they give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Codes, Floats


MAX_COLUMNS = 12_000
MAX_PAIRS = 60_000_000


class TooLargeError(MemoryError):
    """The factors other than the first have too many groups, or meet too often."""


class Link:
    """Crossproducts of sparse columns with each other and with the first factor.

    Parameters
    ----------
    codes : ndarray, shape (rows,)
        Group of each row in the first factor.
    ngroups : int
        Number of those groups.
    Z : ndarray, shape (rows, k)
        Random-effect columns of the first factor.
    rest : sequence of sparse matrices
        Columns of the other factors.
    roots : sequence of ndarray or None
        R of each of them.
    """

    def __init__(
        self,
        codes: Codes,
        ngroups: int,
        Z: Floats,
        rest: Sequence[Any],
        roots: Sequence[Floats | None],
    ) -> None:
        from scipy import sparse  # needed for more than one factor only

        self.k, self.ngroups = Z.shape[1], ngroups
        self.columns = sparse.hstack(rest, format="csr")
        self.ncolumns: int = self.columns.shape[1]
        if self.ncolumns > MAX_COLUMNS:
            raise TooLargeError(f"{self.ncolumns} sparse columns")
        starts = np.cumsum([0, *(columns.shape[1] for columns in rest)]).tolist()
        self.roots = [
            (slice(start, start + len(root)), root)
            for columns, begin, root in zip(rest, starts, roots, strict=False)
            if root is not None
            for start in range(begin, begin + columns.shape[1], len(root))
        ]
        """Where each copy of R stands in T."""
        row = np.repeat(np.arange(len(Z)), np.diff(self.columns.indptr))
        where = (codes[row], self.columns.indices)
        effects = [
            sparse.coo_matrix((z[row] * self.columns.data, where), (ngroups, self.ncolumns)).tocsr()
            for z in Z.T
        ]  # all with the same cells: zeros stay where groups meet
        none = sparse.csr_matrix((0, self.ncolumns))
        self.cross = sparse.vstack([none, *effects], format="csr")
        """B, shape (k * groups, sparse columns)."""
        self.cross_transposed = self.cross.T.tocsr()
        self.pairs = _pairs(effects, sparse.csr_matrix)
        """The map from E to the Schur complement; empty if the first factor has no effects."""

    def bordered(self, dense: Floats, dense_products: Floats) -> Floats:
        """Return [Z X y]'[Z X y] for the sparse columns and the dense ones."""
        r = self.ncolumns
        size = r + len(dense_products)
        C = np.empty((size, size))
        C[:r, :r] = self._both((self.columns.T @ self.columns).toarray())
        C[:r, r:] = self.products(dense)
        C[r:, :r] = C[:r, r:].T
        C[r:, r:] = dense_products
        return C

    def schur(self, E: Floats) -> Floats:
        """Return the sum of B'EB over groups."""
        if not self.pairs:
            return np.zeros((self.ncolumns, self.ncolumns))
        lower = sum(pairs.T @ E[a, b] for a, b, pairs in self.pairs)
        lower = np.asarray(lower).reshape(self.ncolumns, self.ncolumns)
        full: Floats = lower + lower.T
        full[np.diag_indices(self.ncolumns)] /= 2
        return self._both(full)

    def sandwich(self, M: Floats) -> Floats:
        """Return BMB' for every group, shape (k, k, groups)."""
        if not self.pairs:
            return np.zeros((0, 0, self.ngroups))
        weights = 2 * self._left(self._left(M).T)
        weights[np.diag_indices(self.ncolumns)] /= 2
        product = np.empty((self.k, self.k, self.ngroups))
        for a, b, pairs in self.pairs:
            value = pairs @ weights.ravel()
            product[a, b] = product[b, a] = value if a == b else value / 2
        return product

    def times(self, vectors: Floats) -> Floats:
        """Return B times the columns of `vectors`, shape (k, groups, columns)."""
        if not self.pairs:
            return np.zeros((0, self.ngroups, vectors.shape[1]))
        product: Floats = self.cross @ self._left(vectors)
        return product.reshape(self.k, self.ngroups, -1)

    def transposed(self, vectors: Floats) -> Floats:
        """Return the sum of B'v over groups, for v of shape (k, groups, columns)."""
        if not self.pairs:
            return np.zeros((self.ncolumns, vectors.shape[2]))
        product: Floats = self.cross_transposed @ vectors.reshape(self.k * self.ngroups, -1)
        return self.rotated(product)

    def rows(self, vectors: Floats, codes: Codes) -> Floats:
        """Return B'v for single rows: v of shape (k, rows), their groups in `codes`."""
        product = np.zeros((self.ncolumns, len(codes)))
        for a, values in enumerate(vectors):
            product += self.cross[a * self.ngroups + codes].T.multiply(values).toarray()
        return self.rotated(product)

    def products(self, dense: Floats) -> Floats:
        """Return the products of the sparse columns with dense ones."""
        return self.rotated(self.columns.T @ dense)

    def of_rows(self, rows: Codes) -> Floats:
        """Return rows of the sparse columns, each as a column."""
        return self.rotated(self.columns[rows].T.toarray())

    def rotated(self, M: Floats) -> Floats:
        """Return T'M."""
        return _applied(M, [(at, root.T) for at, root in self.roots])

    def _left(self, M: Floats) -> Floats:
        """Return TM."""
        return _applied(M, self.roots)

    def _both(self, M: Floats) -> Floats:
        """Return T'MT for a symmetric M."""
        return self.rotated(self.rotated(M).T)


def _applied(M: Floats, blocks: Sequence[tuple[slice, Floats]]) -> Floats:
    """Multiply by a block-diagonal matrix."""
    if not blocks:
        return M
    product = M.copy()
    for at, block in blocks:
        product[at] = block @ M[at]
    return product


def _pairs(effects: Sequence[Any], matrix: Any) -> list[tuple[int, int, Any]]:
    """Make the map from E to the lower triangle, one matrix for each (a, b) with b <= a."""
    if not effects:
        return []
    ngroups, ncolumns = effects[0].shape
    start, column = effects[0].indptr, effects[0].indices.astype(np.int64)
    cell = np.arange(len(column))
    partners = cell - np.repeat(start[:-1], np.diff(start)) + 1  # this group's cells up to it
    total, k = int(partners.sum()), len(effects)
    if total * k * (k + 1) // 2 > MAX_PAIRS:
        raise TooLargeError(f"{total} pairs of sparse columns")
    end = np.cumsum(partners)
    one = np.repeat(cell, partners)
    two = one - np.repeat(end, partners) + np.arange(total) + 1
    target = column[one] * ncolumns + column[two]
    pointer = np.concatenate([[0], end])[start]
    pairs = []
    for a, b in _lower(k):
        left, right = effects[a].data, effects[b].data
        weight = left[one] * right[two]
        if a != b:
            weight += right[one] * left[two]
        pairs.append((a, b, matrix((weight, target, pointer), shape=(ngroups, ncolumns**2))))
    return pairs


def _lower(k: int) -> Iterator[tuple[int, int]]:
    return ((a, b) for a in range(k) for b in range(a + 1))
