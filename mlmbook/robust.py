r"""Standard errors of fixed effects that hold when the random part is wrong.

Groups are independent; what happens inside a group is left open. With :math:`W_j=V_j^{-1}` the
working covariance that the model estimated and :math:`M=(X'WX)^{-1}`, the sandwich is

.. math::
   \widehat{\operatorname{var}}(\hat\beta)
   = M\Bigl(\sum_j X_j'W_jA_j\,r_jr_j'\,A_j'W_jX_j\Bigr)M, \qquad r_j = y_j - X_j\hat\beta .

``CR0``: :math:`A_j=I` [1]_. ``CR1``: times :math:`J/(J-1)`. ``CR2`` makes it unbiased where the
model is right [2]_ [3]_: with :math:`V_j=D_j'D_j`,

.. math:: A_j = D_j'B_j^{+1/2}D_j, \qquad B_j = D_j(V_j - X_jMX_j')D_j' .

*J* groups of the factor with fewest groups, in which all others must be nested.

The variance of :math:`c'\hat\beta` is then estimated by :math:`\sum_j(g_j'r_j)^2` with
:math:`g_j=A_j'W_jX_jMc`. Where the model is right, its mean and its variance give it as many
degrees of freedom as a multiple of a chi-square with the same two [2]_ [3]_,

.. math:: \nu = \frac{(\operatorname{tr}\Omega)^2}{\operatorname{tr}\Omega^2}, \qquad
   \Omega_{ij} = g_i'\bigl[\delta_{ij}V_j - X_iMX_j'\bigr]g_j ,

often far fewer than *J* when groups differ in size or few of them differ in *x*.

References
----------
.. [1] Liang & Zeger (1986), Biometrika 73, 13-22.
.. [2] Bell & McCaffrey (2002), Survey Methodology 28, 169-181.
.. [3] Pustejovsky & Tipton (2018), J. Bus. Econ. Stat. 36, 672-683.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .errors import FitError
from .marginal import Marginal

if TYPE_CHECKING:
    from .arrays import Floats
    from .result import Fit

__all__ = ["KINDS", "robust_degrees", "vcov_robust"]

KINDS = ("CR0", "CR1", "CR2")
NULL = 1e-10
"""Eigenvalues below this, relative to one, are zero."""


def vcov_robust(fit: Fit, kind: str) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.vcov_robust`."""
    vcov, _ = _sandwich(fit, kind)
    names = list(fit.design.names)
    return pd.DataFrame(vcov, index=names, columns=names)


def robust_degrees(fit: Fit, kind: str) -> tuple[Floats, Floats]:
    """Return robust standard errors and their degrees of freedom."""
    vcov, degrees = _sandwich(fit, kind)
    return np.sqrt(np.diagonal(vcov)), degrees


def _sandwich(fit: Fit, kind: str) -> tuple[Floats, Floats]:
    if kind not in KINDS:
        raise FitError(f"kind={kind!r} is not available; choose one of {', '.join(KINDS)}")
    marginal = Marginal.of(fit)
    M = marginal.vcov
    halves, own, shared = [], [], []
    for X, V, r in zip(marginal.X, marginal.V, marginal.residuals, strict=True):
        g = _weights(X, V, M, kind) @ M  # one column a coefficient
        halves.append(g.T @ r)
        own.append(np.einsum("nc,nm,mc->c", g, V, g))
        shared.append(X.T @ g)
    half, diagonal, Z = np.array(halves), np.array(own), np.array(shared)
    vcov = half.T @ half
    if kind == "CR1":
        vcov *= len(half) / (len(half) - 1)
    return vcov, _degrees(diagonal, Z, M)


def _degrees(diagonal: Floats, Z: Floats, M: Floats) -> Floats:
    r"""Return :math:`\nu` of each coefficient, from :math:`g_j'V_jg_j` and :math:`X_j'g_j`."""
    degrees = np.empty(len(M))
    for c, d in enumerate(diagonal.T):
        z = Z[:, :, c]
        inner = z.T @ z @ M
        off = np.einsum("jp,pq,jq->j", z, M, z)
        squares = np.sum(d**2) - 2 * np.sum(d * off) + np.trace(inner @ inner)
        degrees[c] = np.sum(d - off) ** 2 / squares
    return degrees


def _weights(X: Floats, V: Floats, M: Floats, kind: str) -> Floats:
    """Return :math:`A_j'W_jX_j`."""
    WX: Floats = np.linalg.solve(V, X)
    if kind != "CR2":
        return WX
    D = np.linalg.cholesky(V).T
    B = D @ (V - X @ M @ X.T) @ D.T
    values, vectors = np.linalg.eigh(B)
    kept = values > NULL * values[-1]
    root = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    adjusted: Floats = D.T @ root @ D @ WX
    return adjusted
