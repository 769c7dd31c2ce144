r"""What Kenward and Roger's method needs of level-1 parameters, row by row.

In whitened rows the covariance changes with :math:`\varphi_a` by
:math:`S_a=L^{-1}(\partial\Sigma/\partial\varphi_a)L^{-\prime}`, which stays within the blocks of
correlated rows, and those within the groups of the first factor. With the rows *h* of
:mod:`mlmbook.likelihood.leverage`, whose first elements *o* are nonzero for the row's own group
only and whose others are *F*,

.. math:: P = I - OO' - FF', \qquad
   \operatorname{tr}(PS_aPS_b) = \operatorname{tr}(S_aS_b) - 2\operatorname{tr}(H'S_aS_bH)
   + \operatorname{tr}(H'S_aHH'S_bH), \quad H=[O\;F],

in which :math:`O'S_aO` is block diagonal: no matrix with a row and a column for every observation
is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .leverage import leverage_rows

if TYPE_CHECKING:
    from ..arrays import Codes, Floats
    from .blocks import Factor
    from .estimates import Estimates
    from .level1 import Directions
    from .projected import Changes
    from .rows import Whitened


class LevelOneParts:
    """Traces and crossproducts with the whitened slopes of the level-1 covariance.

    Parameters
    ----------
    estimates : Estimates
        From a restricted likelihood.
    whitened : Whitened
        The rows at the same level-1 parameters.
    """

    def __init__(self, estimates: Estimates, whitened: Whitened) -> None:
        point = estimates.optimum.point
        self.factors = point.model.factors
        self.S: Directions = whitened.level1.directions(whitened.phi)
        self.w = whitened.solved(estimates)
        rows = leverage_rows(estimates, fixed=True)
        k = self.factors[0].covariance.size
        self.H, self.own, self.F = rows, rows[:, :k], rows[:, k:]
        self.Sw = self.S.times(self.w)

    @cached_property
    def SH(self) -> Floats:
        """Each slope times the rows h."""
        return self.S.times(self.H)

    @cached_property
    def FSF(self) -> Floats:
        """F'SF of each slope."""
        k = self.own.shape[1]
        within: Floats = np.einsum("nr,ans->ars", self.F, self.SH[:, :, k:], optimize=True)
        return within

    @property
    def trace(self) -> Floats:
        """The trace of PS of each slope."""
        trace: Floats = self.S.traces - np.einsum("nd,and->a", self.H, self.SH)
        return trace

    def traces(self) -> Floats:
        """Return tr(PSPS) of all pairs of slopes."""
        k, a = self.own.shape[1], len(self.S)
        flat, SH = self.S.values.reshape(a, -1), self.SH.reshape(a, -1)
        traces = flat @ flat.T - 2 * SH @ SH.T
        first = self.factors[0]
        own = np.array([_sums(first.codes, first.ngroups, self.own, S) for S in self.SH])
        oo, oF = own[..., :k].reshape(a, -1), own[..., k:].reshape(a, -1)
        FF = self.FSF.reshape(a, -1)
        total: Floats = traces + oo @ oo.T + 2 * oF @ oF.T + FF @ FF.T
        return total

    def projected(self, columns: Floats) -> Floats:
        """Return P times columns."""
        first = self.factors[0]
        own = _sums(first.codes, first.ngroups, self.own, columns)
        left: Floats = columns - np.einsum("nk,knc->nc", self.own, own[:, first.codes])
        left -= self.F @ (self.F.T @ columns)
        return left

    def with_random(self, changes: Sequence[Changes]) -> Floats:
        """Return tr(PGPS) of all parameters of the random effects and all slopes."""
        first, *rest = self.factors
        Z, codes, n = first.Z, first.codes, first.ngroups
        own = _sums(codes, n, self.own, Z)
        q = Z - np.einsum("nk,knc->nc", self.own, own[:, codes])
        f = _sums(codes, n, Z, self.F)
        totals = []
        for Sq, FSF in zip(self.S.times(q), self.FSF, strict=True):
            cross = np.einsum("kjr,ljr->kl", _sums(codes, n, Sq, self.F), f)
            totals.append(q.T @ Sq - cross - cross.T + np.einsum("kjr,ljr->kl", f @ FSF, f))
        traces = [np.einsum("ikl,akl->ia", changes[0].basis, np.array(totals))]
        for factor, change in zip(rest, changes[1:], strict=True):
            P = self.projected(_columns(factor))
            SP = self.S.times(P)
            by_effect = (len(P), factor.covariance.size, factor.ngroups)
            blocks = [
                np.einsum("nkj,nlj->kl", P.reshape(by_effect), each.reshape(by_effect))
                for each in SP
            ]
            traces.append(change.traces(np.array(blocks), P, SP).T)
        return np.concatenate(traces)

    def slopes(self) -> Floats:
        """Return X'V^{-1} S V^{-1}X of each slope."""
        slopes: Floats = np.einsum("nx,any->axy", self.w, self.Sw)
        return slopes

    def middle(self, sides: list[Floats]) -> tuple[Floats, Floats]:
        """Return X'V^{-1}SPSV^{-1}X of all pairs, and X'V^{-1}GPSV^{-1}X with random effects."""
        P = [self.projected(Sw) for Sw in self.Sw]
        pairs = np.einsum("anx,bny->abxy", self.Sw, np.array(P), optimize=True)
        mixed = []
        for factor, side in zip(self.factors, sides, strict=True):
            Z: Any = factor.sparse()
            shape = factor.covariance.size, factor.ngroups, self.w.shape[1]
            by_group = np.array([(Z.T @ each).reshape(shape) for each in P])
            if factor.root is not None:
                by_group = np.einsum("qs,akqx->aksx", factor.root, by_group)
            mixed.append(np.einsum("ikjx,akjy->iaxy", side, by_group, optimize=True))
        return pairs, np.concatenate(mixed)


def _columns(factor: Factor) -> Floats:
    """Return the columns of a factor, multiplied by R where its groups are correlated."""
    columns: Floats = factor.sparse().toarray()
    if factor.root is None:
        return columns
    by_effect = columns.reshape(len(columns), factor.covariance.size, -1)
    return (by_effect @ factor.root).reshape(columns.shape)


def _sums(codes: Codes, ngroups: int, left: Floats, right: Floats) -> Floats:
    """Sum the products of two sets of columns over the rows of each group, shape (k, groups, c)."""
    from scipy import sparse  # needed for level-1 structures only

    n, k = left.shape
    columns = codes[:, None] + np.arange(k) * ngroups
    pointer = np.arange(n + 1) * k
    matrix = sparse.csr_matrix((left.ravel(), columns.ravel(), pointer), (n, k * ngroups))
    sums: Floats = (matrix.T @ right).reshape(k, ngroups, right.shape[1])
    return sums
