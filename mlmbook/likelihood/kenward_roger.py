r"""Kenward and Roger's covariance matrix and degrees of freedom of the fixed effects.

The usual covariance :math:`\sigma^2M^{-1}`, :math:`M=X'V^{-1}X`, takes the variance components
as known. Let :math:`\tau` be the elements of every :math:`\Psi`, the level-1 parameters
:math:`\varphi` and a one for the residual, and :math:`G_i=\partial V/\partial\tau_i` in whitened
rows (for :math:`\varphi` the :math:`S_a` of :mod:`mlmbook.likelihood.expected`; :math:`G_0=I`).
With *P* as in :mod:`mlmbook.likelihood.gaussian`,

.. math::
   W = 2\,[\operatorname{tr}(PG_iPG_j)]^{-1}, \qquad
   R_{ij} = X'V^{-1}G_iPG_jV^{-1}X, \qquad
   C_A = \sigma^2\Bigl(M^{-1}+2M^{-1}\sum_{ij}W_{ij}R_{ij}M^{-1}\Bigr)

is the adjusted covariance [1]_: *W* is the covariance matrix of :math:`\hat\tau`, from the
expected information of the restricted likelihood. The degrees of freedom of one combination
:math:`c'\beta` are, with :math:`v=c'M^{-1}c`,

.. math:: \nu = \frac{2v^2}{g'Wg}, \qquad g_i = c'M^{-1}P_iM^{-1}c, \qquad
          P_i = X'V^{-1}G_iV^{-1}X .

**Nonlinear parameters.** The 1997 formula also has a term with
:math:`\partial^2V/\partial\tau_i\partial\tau_j`, zero where *V* is linear in its parameters
(random effects, strata, compound symmetry, unstructured). For an autoregression or a power it
depends on how the parameter is written (:math:`\rho` or :math:`\log\rho`), and so would the
standard errors. It is left out: the first-order variant [2]_ is the same however the parameters
are written, and the full one wherever they can be written linearly. It is
``DDFM=KR(FIRSTORDER)`` of SAS and ``"Kenward-Roger-Linear"`` of the R package mmrm, but for
*W*, here from the expected information.

No matrix with a row and a column for every observation is made. What belongs to random effects
follows from :math:`N=Z'PZ`, whose part for the first factor is block diagonal less a matrix of low
rank, :math:`N_{11}=D-FF'`. What belongs to the residual follows from the others, because
:math:`PVP=P`, :math:`\operatorname{tr}PV=n-p` and :math:`PX=0`:

.. math::
   \operatorname{tr}(PG_0PG_j) = \operatorname{tr}(PG_j)-\sum_i\psi_i\operatorname{tr}(PG_iPG_j),
   \qquad R_{0j} = -\sum_i\psi_iR_{ij}, \qquad P_0 = M - \sum_i\psi_iP_i .

**A known residual variance** is no parameter: :math:`\tau` is without its one.

**At a singular fit** nothing is special: the expected information is that of the elements of
:math:`\Psi`, as if they could be negative, which is how the R package pbkrtest takes it.

References
----------
.. [1] Kenward & Roger (1997), Biometrics 53, 983-997.
.. [2] Harville & Jeske (1992), J. Am. Stat. Assoc. 87, 724-731; Kenward & Roger (2009),
   Comput. Stat. Data Anal. 53, 2583-2595.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .expected import LevelOneParts
from .fixed import random_by_fixed, unit_combinations
from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Point
    from .joint import Joint


MAX_COLUMNS = 3_000
"""Random effects of the factors other than the one with most groups."""
MAX_CELLS = 40_000_000
"""Numbers in F: the first factor's random effects times all other columns."""


class SizeError(MemoryError):
    """The matrices that the adjustment needs do not fit."""


class KenwardRoger:
    """The adjusted covariance of the fixed effects, and how well it is known.

    Parameters
    ----------
    joint : Joint
        The restricted likelihood of the fitted model.

    Raises
    ------
    SizeError
        The grouping factors other than the largest have too many groups.
    LinAlgError
        The expected information is singular.
    """

    def __init__(self, joint: Joint) -> None:
        estimates = joint.estimates
        point = estimates.optimum.point
        _refuse_size(point)
        self.basis, self.sigma2, self.unadjusted = estimates.basis, point.sigma2, point.vcov
        structure, projected, U = point.model.structure, _projected(point), random_by_fixed(point)
        trace, traces = projected.information()
        sides = [
            np.einsum("iab,bqp->iaqp", factor.basis, u)
            for factor, u in zip(structure.factors, U, strict=True)
        ]
        R = projected.middle(sides)
        slopes = np.concatenate(
            [np.einsum("aqx,iaqy->ixy", u, side) for u, side in zip(U, sides, strict=True)]
        )
        tau = structure.vector(point.psis)
        if len(joint.phi):
            assert joint.whitened is not None
            parts = LevelOneParts(estimates, joint.whitened)
            pairs, mixed = parts.middle(sides)
            R = _bordered(R, mixed, pairs)
            blocks = zip(structure.factors, parts.with_random(), strict=True)
            cross = np.concatenate([np.einsum("ikl,akl->ia", f.basis, M) for f, M in blocks])
            traces = _bordered(traces, cross, parts.traces())
            trace = np.append(trace, parts.trace)
            slopes = np.concatenate([slopes, parts.slopes()])
            tau = np.append(tau, np.zeros(len(joint.phi)))
        # W is the covariance matrix of the variance parameters, that of the residual last
        if joint.sigma_known:
            self.W = folded = 2 * np.linalg.inv(traces)
        else:
            self.W = 2 * np.linalg.inv(_with_residual(traces, trace, tau, point.model.dof))
            folded = _less_residual(self.W, tau)
            last = np.linalg.inv(point.vcov) - np.einsum("i,ixy->xy", tau, slopes)
            slopes = np.concatenate([slopes, last[None]])
        self.slopes: Floats = slopes
        """The matrices P of each parameter, in the order of W."""
        outer = np.einsum("ij,ijpq->pq", folded, R)
        self.adjusted: Floats = point.vcov + 2 * point.vcov @ outer @ point.vcov

    @property
    def vcov(self) -> Floats:
        """The adjusted covariance matrix, in the units of the data."""
        return self.basis.covariance(self.adjusted * self.sigma2)

    def degrees(self, combinations: Floats) -> Floats:
        """Return the degrees of freedom of combinations of the fixed effects, one a column."""
        c = self.unadjusted @ unit_combinations(self.basis, combinations)
        variance = np.einsum("pi,pq,qi->i", c, np.linalg.inv(self.unadjusted), c)
        g = np.einsum("pi,apq,qi->ia", c, self.slopes, c)
        df: Floats = 2 * variance**2 / np.einsum("ia,ab,ib->i", g, self.W, g)
        return df


def _bordered(M: Floats, right: Floats, corner: Floats) -> Floats:
    """Border a symmetric array of numbers, or of matrices, with the rows of other parameters."""
    below = right.swapaxes(0, 1)
    if right.ndim == 4:
        below = below.swapaxes(2, 3)
    top = np.concatenate([M, right], axis=1)
    return np.concatenate([top, np.concatenate([below, corner], axis=1)])


def expected_information(point: Point) -> Floats:
    r"""Return :math:`\tfrac12\operatorname{tr}(PG_iPG_j)` for the elements of all Psi.

    That of the residual is last, unless its variance is known.

    Raises
    ------
    SizeError
        The grouping factors other than the largest have too many groups.
    """
    _refuse_size(point)
    trace, traces = _projected(point).information()
    if point.model.sigma2 is not None:
        return traces / 2
    psi = point.model.structure.vector(point.psis)
    return _with_residual(traces, trace, psi, point.model.nobs - point.model.nfixed) / 2


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
        slices, factors = self.point.model.slices, self.point.model.factors
        shape = [
            size for at in (f, g) for size in (factors[at].covariance.size, factors[at].ngroups)
        ]
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

    def middle(self, sides: list[Floats]) -> Floats:
        """Return R for all pairs of elements of Psi, from their changes of :math:`Z'V^{-1}X`."""
        structure = self.point.model.structure
        size, p = structure.elements[-1].stop, sides[0].shape[3]
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
