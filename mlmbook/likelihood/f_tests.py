r"""F tests of several combinations of fixed effects at once.

For *q* rows *L* of independent combinations, :math:`F=\hat\beta'L'(LCL')^{-1}L\hat\beta/q`.

**Satterthwaite.** With :math:`LCL'=PDP'` the rows of :math:`P'L` are independent combinations whose
squared *t* statistics have the mean *F*. Each has its own degrees of freedom :math:`\nu_m`, and the
denominator's are those that give *F* the right expectation [1]_ (which depends a little on how
the rows of *L* are written; :mod:`mlmbook.hypotheses` writes them as lmerTest does),

.. math:: \nu = \frac{2E}{E-q}, \qquad E = \sum_m\frac{\nu_m}{\nu_m-2} .

**Kenward and Roger** match the mean and the variance of :math:`\lambda F`, computed with the
adjusted covariance [2]_. With :math:`\Theta=L'(L\Phi L')^{-1}L` and the unadjusted :math:`\Phi`,

.. math::
   A_1 = \sum_{ij}W_{ij}\operatorname{tr}(\Theta\Phi P_i\Phi)\operatorname{tr}(\Theta\Phi P_j\Phi),
   \quad
   A_2 = \sum_{ij}W_{ij}\operatorname{tr}(\Theta\Phi P_i\Phi\,\Theta\Phi P_j\Phi),

from which :math:`B=(A_1+6A_2)/2q` and :math:`g=\frac{(q+1)A_1-(q+4)A_2}{(q+2)A_2}`, with
:math:`c_1=\frac{g}{3q+2(1-g)}`, :math:`c_2=\frac{q-g}{3q+2(1-g)}`,
:math:`c_3=\frac{q+2-g}{3q+2(1-g)}`,

.. math::
   \rho = \frac{(1-A_2/q)^2}{q}\,\frac{1+c_1B}{(1-c_2B)^2(1-c_3B)}, \qquad
   \nu = 4+\frac{q+2}{q\rho-1}, \qquad \lambda = \frac{\nu(1-A_2/q)}{\nu-2} .

References
----------
.. [1] Fai & Cornelius (1996), J. Stat. Comput. Simul. 54, 363-378.
.. [2] Kenward & Roger (1997), Biometrics 53, 983-997.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Floats
    from .kenward_roger import KenwardRoger
    from .satterthwaite import Satterthwaite


NULL = 1e-10
"""Variances of combinations below this, relative to the largest, are those of no combination."""


def wald_test(beta: Floats, vcov: Floats, L: Floats) -> tuple[float, int]:
    """Return F and the number of independent combinations; `L` has them as rows."""
    combinations, variances = _independent(vcov, L)
    squares = (combinations @ beta) ** 2 / variances
    return float(squares.mean()), len(squares)


def satterthwaite_test(
    known: Satterthwaite, beta: Floats, vcov: Floats, L: Floats
) -> tuple[float, int, float]:
    """Return F, and its degrees of freedom."""
    F, q = wald_test(beta, vcov, L)
    nu = known.degrees(_independent(vcov, L)[0].T)
    if q == 1 or np.isinf(nu).all() or np.ptp(nu) < 1e-8 * nu.max():
        return F, q, float(nu.mean())
    if (nu <= 2).any():  # an expectation does not exist
        return F, q, 2.0
    E = float((nu / (nu - 2)).sum())
    return F, q, 2 * E / (E - q)


def kenward_roger_test(known: KenwardRoger, beta: Floats, L: Floats) -> tuple[float, int, float]:
    """Return the scaled F, and its degrees of freedom."""
    rows, _ = _independent(known.vcov, L)
    F, q = wald_test(beta, known.vcov, rows)
    phi, c = known.unadjusted, np.linalg.solve(known.basis.R.T, rows.T)
    half = phi @ c
    theta = np.linalg.solve(c.T @ half, half.T)  # (c'Phi c)^-1 c'Phi
    each = np.einsum("qx,ixy,yr->iqr", theta, known.slopes, half)
    traces = np.einsum("iqq->i", each)
    A1 = float(traces @ known.W @ traces)
    A2 = float(np.einsum("ij,iqr,jrq->", known.W, each, each))
    B = (A1 + 6 * A2) / (2 * q)
    g = ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2)
    c1, c2, c3 = (np.array([g, q - g, q + 2 - g]) / (3 * q + 2 * (1 - g))).tolist()
    rho = (1 - A2 / q) ** 2 * (1 + c1 * B) / (q * (1 - c2 * B) ** 2 * (1 - c3 * B))
    nu = 4 + (q + 2) / (q * rho - 1)
    return F * nu * (1 - A2 / q) / (nu - 2), q, float(nu)


def _independent(vcov: Floats, L: Floats) -> tuple[Floats, Floats]:
    """Return uncorrelated combinations with the same span, as rows, and their variances."""
    values, vectors = np.linalg.eigh(L @ vcov @ L.T)
    keep = values > NULL * values[-1]
    return vectors[:, keep].T @ L, values[keep]
