r"""The matrix :math:`N=Z'PZ`, and what the changes of a covariance become in it.

*P* is that of :mod:`mlmbook.likelihood.solution`. The part of *N* for the first factor is block
diagonal less a matrix of low rank, :math:`N_{11}=D-FF'`; the others are dense. The covariance of
the effects of one factor changes either by an element of :math:`\Psi`, alike in all groups, or by a
spatial parameter, which changes that of every pair of groups:

.. math:: G_i = Z(E_i\otimes I)Z', \qquad G_\rho = ZR(\Psi\otimes S)R'Z',

with *S* of :mod:`mlmbook.likelihood.spatial`. The columns of a factor whose groups are correlated
are those multiplied by *R*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Point


@dataclass(frozen=True, eq=False)
class Changes:
    """How the covariance of one factor's effects may change, over sigma squared."""

    basis: Floats
    """By each element of Psi, shape (elements, k, k)."""
    spatial: Floats | None = None
    r"""By rho, :math:`\Psi\otimes S`, if it is estimated."""

    def __len__(self) -> int:
        """Return the number of parameters."""
        return len(self.basis) + (self.spatial is not None)

    def times(self, u: Floats) -> Floats:
        """Return each change times columns of shape (k, groups, columns)."""
        products: Floats = np.einsum("iab,bqp->iaqp", self.basis, u)
        if self.spatial is None:
            return products
        last = self.spatial @ u.reshape(len(self.spatial), -1)
        return np.concatenate([products, last.reshape(1, *u.shape)])

    def traces(self, by_effect: Floats, left: Floats, right: Floats) -> Floats:
        """Return the trace of each change times a matrix.

        `by_effect` has the sums of the matrix's diagonal blocks, shape (..., k, k); `left` and
        `right`, whose product left'right is the matrix, have a column for each effect.
        """
        traces: Floats = np.einsum("iab,...ab->...i", self.basis, by_effect)
        if self.spatial is None:
            return traces
        last = np.einsum("nx,...nx->...", left @ self.spatial, right)
        return np.concatenate([traces, last[..., None]], axis=-1)


def places(changes: Sequence[Changes]) -> list[slice]:
    """Return where the parameters of each factor stand."""
    ends = np.cumsum([0, *map(len, changes)]).tolist()
    return [slice(a, b) for a, b in pairwise(ends)]


@dataclass(frozen=True, eq=False)
class Projected:
    """The matrix N = Z'PZ, in the parts that its structure suggests."""

    point: Point
    D: Floats
    """Shape (k, k, groups)."""
    F: Floats
    """Shape (k, groups, columns)."""
    cross: Floats
    """Z1'P[Z2 ...], shape (k, groups, random effects of the other factors)."""
    rest: Floats
    """[Z2 ...]'P[Z2 ...]."""

    def dense(self, f: int, g: int) -> Floats:
        """Return one part other than the first, shape (k, groups, k, groups)."""
        slices = self.point.model.slices
        shape = (*self._shape(f), *self._shape(g))
        if f == 0:
            return self.cross[:, :, slices[g - 1]].reshape(shape)
        return self.rest[slices[f - 1], slices[g - 1]].reshape(shape)

    def grams(self, f: int, g: int) -> Floats:
        """Return the inner products of the parts of N for effects (b, c) and (a, d)."""
        if f == g == 0:
            D, F = self.D, self.F
            low = np.einsum("ajs,djs->adj", F, F)
            grams = np.einsum("bcj,adj->bcad", D, D - low) - np.einsum("bcj,adj->bcad", low, D)
            inner = np.einsum("bjs,ajt->bast", F, F, optimize=True)
            product: Floats = grams + np.einsum("bast,cdst->bcad", inner, inner, optimize=True)
            return product
        part = self.dense(f, g).transpose(0, 2, 1, 3)
        flat = part.reshape(part.shape[0] * part.shape[1], part.shape[2] * part.shape[3])
        product = (flat @ flat.T).reshape(*part.shape[:2], *part.shape[:2])
        return product

    def information(self, changes: Sequence[Changes]) -> tuple[Floats, Floats]:
        """Return tr(PG) and tr(PGPG) for all parameters of the random effects."""
        where = places(changes)
        trace, traces = np.empty(where[-1].stop), np.empty((where[-1].stop, where[-1].stop))
        for f, (one, rows) in enumerate(zip(changes, where, strict=True)):
            trace[rows][: len(one.basis)] = np.einsum("iab,ab->i", one.basis, self.diagonal(f))
            if one.spatial is not None:
                trace[rows][-1] = np.sum(one.spatial * self._flat(f, f))
            for g, (two, columns) in enumerate(zip(changes, where, strict=True)):
                if g >= f:
                    value = self._traces(f, g, one, two)
                    traces[rows, columns], traces[columns, rows] = value, value.T
        return trace, traces

    def _traces(self, f: int, g: int, one: Changes, two: Changes) -> Floats:
        """Return tr(PGPG) for the parameters of two factors, the second not before the first."""
        traces = np.empty((len(one), len(two)))
        m, n = len(one.basis), len(two.basis)
        grams = self.grams(f, g)
        traces[:m, :n] = np.einsum("iab,bcad,jcd->ij", one.basis, grams, two.basis)
        if two.spatial is not None:
            rows = self._flat(f, g).reshape(*self._shape(f), len(two.spatial))
            around = np.einsum("aqx,bqx->ab", rows @ two.spatial, rows)
            traces[:m, n] = np.einsum("iab,ab->i", one.basis, around)
        if one.spatial is not None:
            part = self._flat(f, g)
            moved = one.spatial @ part
            shape = (len(part), *self._shape(g))
            around = np.einsum("xaq,xbq->ab", moved.reshape(shape), part.reshape(shape))
            traces[m, :n] = np.einsum("jab,ab->j", two.basis, around)
            if two.spatial is not None:
                traces[m, n] = np.sum((moved @ two.spatial) * part)
        return traces

    def _shape(self, f: int) -> tuple[int, int]:
        factor = self.point.model.factors[f]
        return factor.covariance.size, factor.ngroups

    def _flat(self, f: int, g: int) -> Floats:
        """Return one part as a matrix."""
        rows, columns = (int(np.prod(self._shape(at))) for at in (f, g))
        return self.dense(f, g).reshape(rows, columns)

    def diagonal(self, f: int) -> Floats:
        """Return the sum of N's diagonal blocks of one factor."""
        if f == 0:
            total: Floats = self.D.sum(axis=2) - np.einsum("ajs,bjs->ab", self.F, self.F)
            return total
        total = np.einsum("ajbj->ab", self.dense(f, f))
        return total

    def middle(self, sides: Sequence[Floats]) -> Floats:
        """Return R for all pairs of parameters, from their changes of :math:`Z'V^{-1}X`."""
        ends = np.cumsum([0, *map(len, sides)]).tolist()
        where = [slice(a, b) for a, b in pairwise(ends)]
        p = sides[0].shape[3]
        R = np.empty((ends[-1], ends[-1], p, p))
        for f, rows in enumerate(where):
            for g, columns in enumerate(where):
                if g >= f:
                    right = self.times(f, g, sides[g])
                    value = np.einsum("iaqx,jaqy->ijxy", sides[f], right, optimize=True)
                    R[rows, columns] = value
                    R[columns, rows] = value.transpose(1, 0, 3, 2)
        return R

    def times(self, f: int, g: int, vectors: Floats) -> Floats:
        """Multiply one part of N by vectors of shape (number, k, groups, columns)."""
        if f == g == 0:
            inner = np.einsum("cqs,jcqp->jsp", self.F, vectors, optimize=True)
            product: Floats = np.einsum("acq,jcqp->jaqp", self.D, vectors)
            product -= np.einsum("aqs,jsp->jaqp", self.F, inner, optimize=True)
            return product
        product = np.einsum("aqcl,jclp->jaqp", self.dense(f, g), vectors, optimize=True)
        return product


def projected(point: Point) -> Projected:
    """Return N at a point of the restricted likelihood."""
    model, T, L = point.model, point.elimination.T, point.L[:-1, :-1]
    products, r = model.products, model.nrandom
    weights = np.zeros((len(L) + 1, len(L)))
    weights[:-1] = solve_lower(L, np.eye(len(L)), transposed=True)
    F = np.einsum("abq,bqs->aqs", T, products.times(point.unscaled(weights)))
    D = np.einsum("acq,cbq->abq", T, products.A)
    half = solve_lower(L, point.scaled(point.K[:, :r])[:-1])
    cross = np.zeros((*F.shape[:2], r))
    if r:
        cross = np.einsum("abq,bqs->aqs", T, products.times(np.eye(len(L) + 1, r)))
        cross -= F @ half
    return Projected(point, D, F, cross, point.K[:r, :r] - half.T @ half)
