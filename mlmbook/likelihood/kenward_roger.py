r"""Kenward and Roger's covariance matrix and degrees of freedom of the fixed effects.

The usual covariance :math:`\sigma^2M^{-1}`, :math:`M=X'V^{-1}X`, takes the variance components
as known. Write :math:`V=\sum_i\tau_iG_i` with :math:`\tau` the elements of every :math:`\Psi`
and a one for the residual, :math:`G_0=I`. With *P* as in :mod:`mlmbook.likelihood.gaussian`,

.. math::
   W = 2\,[\operatorname{tr}(PG_iPG_j)]^{-1}, \qquad
   R_{ij} = X'V^{-1}G_iPG_jV^{-1}X, \qquad
   C_A = \sigma^2\Bigl(M^{-1}+2M^{-1}\sum_{ij}W_{ij}R_{ij}M^{-1}\Bigr)

is the adjusted covariance [1]_: *W* is the covariance matrix of :math:`\hat\tau`, from the
expected information of the restricted likelihood. The degrees of freedom of one combination
:math:`c'\beta` are, with :math:`v=c'M^{-1}c`,

.. math:: \nu = \frac{2v^2}{g'Wg}, \qquad g_i = c'M^{-1}X'V^{-1}G_iV^{-1}XM^{-1}c .

No matrix with a row for every observation is made. Everything follows from
:math:`N=Z'PZ`, whose part for the first factor is block diagonal less a matrix of low rank,
:math:`N_{11}=D-FF'`. What belongs to the residual follows from the others, because
:math:`PVP=P`, :math:`\operatorname{tr}PV=n-p` and :math:`PX=0`:

.. math::
   \operatorname{tr}(PG_0PG_j) = \operatorname{tr}(PG_j)-\sum_i\psi_i\operatorname{tr}(PG_iPG_j),
   \qquad R_{0j} = -\sum_i\psi_iR_{ij}, \qquad g_0 = v - \sum_i\psi_ig_i .

**At a singular fit** nothing is special: the expected information is that of the elements of
:math:`\Psi`, as if they could be negative, which is how the R package pbkrtest takes it.

References
----------
.. [1] Kenward & Roger (1997), Biometrics 53, 983-997.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .fixed import combinations, random_by_fixed, slopes_of_variance
from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats
    from .estimates import Estimates
    from .gaussian import Point


MAX_COLUMNS = 3_000
"""Random effects of the factors other than the one with most groups."""
MAX_CELLS = 40_000_000
"""Numbers in F: the first factor's random effects times all other columns."""


class SizeError(MemoryError):
    """The matrices that the adjustment needs do not fit."""


def kenward_roger(estimates: Estimates) -> tuple[Floats, Floats]:
    """Return the adjusted covariance matrix, and the degrees of freedom of each fixed effect.

    Raises
    ------
    SizeError
        The grouping factors other than the largest have too many groups.
    LinAlgError
        The expected information is singular.
    """
    point = estimates.optimum.point
    _refuse_size(point)
    structure = point.model.structure
    projected = _projected(point)
    psi = structure.vector(point.psis)
    trace, traces = projected.information()
    W = 2 * np.linalg.inv(_with_residual(traces, trace, psi, point.model.dof))
    R = projected.middle(random_by_fixed(point))
    outer = np.einsum("ij,ijpq->pq", _less_residual(W, psi), R)
    vcov = point.vcov + 2 * point.vcov @ outer @ point.vcov
    c = combinations(estimates.basis)
    variance = np.einsum("pi,pq,qi->i", c, point.vcov, c)
    g = np.array(
        [structure.multiplicity * structure.vector(s) for s in slopes_of_variance(point, c)]
    )
    g = np.column_stack([g, variance - g @ psi])
    df: Floats = 2 * variance**2 / np.einsum("ia,ab,ib->i", g, W, g)
    return estimates.basis.covariance(vcov * point.sigma2), df


def _refuse_size(point: Point) -> None:
    k, groups = point.model.products.A.shape[1:]
    columns = len(point.L) - 1
    if point.model.nrandom > MAX_COLUMNS or k * groups * columns > MAX_CELLS:
        raise SizeError(f"{k * groups} by {columns} cells")


def _with_residual(traces: Floats, trace: Floats, psi: Floats, dof: int) -> Floats:
    """Border tr(PGPG) with the row and column of the residual."""
    cross = trace - traces @ psi
    last = dof - trace @ psi - cross @ psi
    return np.block([[traces, cross[:, None]], [cross[None], np.array([[last]])]])


def _less_residual(W: Floats, psi: Floats) -> Floats:
    """Fold the residual's weights into the others: its R is minus their sum, weighted by psi."""
    fold = np.vstack([np.eye(len(psi)), -psi])
    weights: Floats = fold.T @ W @ fold
    return weights


@dataclass(frozen=True, eq=False)
class _Projected:
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
        slices, roots = self.point.model.slices, self.point.roots
        columns = slices[g - 1]
        if f == 0:
            part = self.cross[:, :, columns]
            return part.reshape(*part.shape[:2], len(roots[g]), -1)
        part = self.rest[slices[f - 1], columns]
        k = len(roots[f])
        return part.reshape(k, len(part) // k, len(roots[g]), -1)

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
        flat = part.reshape(part.shape[0] * part.shape[1], -1)
        product = (flat @ flat.T).reshape(*part.shape[:2], *part.shape[:2])
        return product

    def information(self) -> tuple[Floats, Floats]:
        """Return tr(PG) and tr(PGPG) for the elements of all Psi."""
        structure = self.point.model.structure
        bases = [factor.basis for factor in structure.factors]
        size = structure.elements[-1].stop
        trace, traces = np.empty(size), np.empty((size, size))
        for f, (one, rows) in enumerate(zip(bases, structure.elements, strict=True)):
            trace[rows] = np.einsum("iab,ab->i", one, self.diagonal(f))
            for g, (two, columns) in enumerate(zip(bases, structure.elements, strict=True)):
                if g >= f:
                    value = np.einsum("iab,bcad,jcd->ij", one, self.grams(f, g), two)
                    traces[rows, columns], traces[columns, rows] = value, value.T
        return trace, traces

    def diagonal(self, f: int) -> Floats:
        """Return the sum of N's diagonal blocks of one factor."""
        if f == 0:
            total: Floats = self.D.sum(axis=2) - np.einsum("ajs,bjs->ab", self.F, self.F)
            return total
        total = np.einsum("ajbj->ab", self.dense(f, f))
        return total

    def middle(self, U: list[Floats]) -> Floats:
        """Return R for all pairs of elements of Psi, from :math:`U=Z'V^{-1}X`."""
        structure = self.point.model.structure
        sides = [
            np.einsum("iab,bqp->iaqp", factor.basis, u)
            for factor, u in zip(structure.factors, U, strict=True)
        ]
        size, p = structure.elements[-1].stop, U[0].shape[2]
        R = np.empty((size, size, p, p))
        for f, rows in enumerate(structure.elements):
            for g, columns in enumerate(structure.elements):
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


def _projected(point: Point) -> _Projected:
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
    return _Projected(point, D, F, cross, point.K[:r, :r] - half.T @ half)
