r"""Kenward and Roger's covariance matrix and degrees of freedom of the fixed effects.

The usual covariance :math:`\sigma^2M^{-1}`, :math:`M=X'V^{-1}X`, takes the variance components
as known. Let :math:`\tau` be the elements of every :math:`\Psi`, spatial and level-1 parameters
and a one for the residual, and :math:`G_i=\partial V/\partial\tau_i` in whitened rows (for level 1
the :math:`S_a` of :mod:`mlmbook.likelihood.expected`; :math:`G_0=I`). With *P* as in
:mod:`mlmbook.likelihood.solution`,

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
(random effects, strata, compound symmetry, unstructured). For an autoregression, a power or the
:math:`\rho` of districts it depends on how the parameter is written (:math:`\rho` or
:math:`\log\rho`), and so would the standard errors. It is left out: the first-order variant [2]_ is
the same however the parameters are written, and the full one wherever they can be written linearly.
It is ``DDFM=KR(FIRSTORDER)`` of SAS and ``"Kenward-Roger-Linear"`` of the R package mmrm, but for
*W*, here from the expected information. A :math:`\rho` on its bound is held there.

No matrix with a row and a column for every observation is made. What belongs to random effects
follows from :math:`N=Z'PZ` (:mod:`mlmbook.likelihood.projected`). What belongs to the residual
follows from the others, because :math:`PVP=P`, :math:`\operatorname{tr}PV=n-p` and :math:`PX=0`:

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

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .expected import LevelOneParts
from .fixed import random_by_fixed, unit_combinations
from .projected import Changes, places, projected

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
        N, U, changes = projected(point), random_by_fixed(point), _changes(joint)
        trace, traces = N.information(changes)
        sides = [change.times(u) for change, u in zip(changes, U, strict=True)]
        R = N.middle(sides)
        slopes = np.concatenate(
            [np.einsum("aqx,iaqy->ixy", u, side) for u, side in zip(U, sides, strict=True)]
        )
        tau = _linear(point, changes)
        if joint.whitened is not None and len(joint.whitened.phi):
            parts = LevelOneParts(estimates, joint.whitened)
            pairs, mixed = parts.middle(sides)
            R = _bordered(R, mixed, pairs)
            traces = _bordered(traces, parts.with_random(changes), parts.traces())
            trace = np.append(trace, parts.trace)
            slopes = np.concatenate([slopes, parts.slopes()])
            tau = np.append(tau, np.zeros(len(joint.whitened.phi)))
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


def _changes(joint: Joint) -> list[Changes]:
    """Return how the covariance of each factor's effects may change.

    A rho that is on its bound, or belongs to effects that do not vary, is held there.
    """
    estimates = joint.estimates
    point = estimates.optimum.point
    changes = [Changes(factor.basis) for factor in point.model.structure.factors]
    if joint.rows is not None:
        free = joint.steps[len(joint.rows.level1.start) :] > 0
        for (number, spatial), moves in zip(joint.rows.maps.items(), free, strict=True):
            if moves:
                at = estimates.order[number]
                change = np.kron(point.psis[at], spatial.slope(estimates.rhos[number]))
                changes[at] = Changes(changes[at].basis, change)
    return changes


def _linear(point: Point, changes: Sequence[Changes]) -> Floats:
    """Return what the changes are multiplied by where they make up all of V but the residual."""
    tau = np.zeros(places(changes)[-1].stop)
    structure = point.model.structure
    psi = structure.vector(point.psis)
    for at, change, where in zip(structure.elements, changes, places(changes), strict=True):
        tau[where][: len(change.basis)] = psi[at]
    return tau


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
    changes = [Changes(factor.basis) for factor in point.model.structure.factors]
    trace, traces = projected(point).information(changes)
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
