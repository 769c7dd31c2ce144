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

__all__ = ["vcov_robust"]

KINDS = ("CR0", "CR1", "CR2")
NULL = 1e-10
"""Eigenvalues below this, relative to one, are zero."""


def vcov_robust(fit: Fit, kind: str) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.vcov_robust`."""
    if kind not in KINDS:
        raise FitError(f"kind={kind!r} is not available; choose one of {', '.join(KINDS)}")
    marginal = Marginal.of(fit)
    scores = [
        _score(X, V, r, marginal.vcov, kind)
        for X, V, r in zip(marginal.X, marginal.V, marginal.residuals, strict=True)
    ]
    half = np.array(scores) @ marginal.vcov
    vcov = half.T @ half
    if kind == "CR1":
        vcov *= len(scores) / (len(scores) - 1)
    names = list(fit.design.names)
    return pd.DataFrame(vcov, index=names, columns=names)


def _score(X: Floats, V: Floats, r: Floats, M: Floats, kind: str) -> Floats:
    """Return :math:`X_j'W_jA_jr_j`."""
    if kind != "CR2":
        score: Floats = X.T @ np.linalg.solve(V, r)
        return score
    D = np.linalg.cholesky(V).T
    B = D @ (V - X @ M @ X.T) @ D.T
    values, vectors = np.linalg.eigh(B)
    kept = values > NULL * values[-1]
    root = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    adjusted: Floats = X.T @ np.linalg.solve(V, D.T @ root @ D @ r)
    return adjusted
