r"""How far each response pulls its own fitted value.

Fitted values are :math:`\hat y = Hy`. With *w* the row of :math:`[Z\;X]` and *M* the matrix of
Henderson's mixed-model equations, :math:`H_{ik} = w_i'M^{-1}w_k`: the variance, over
:math:`\sigma^2`, of what is predicted. The engine has *M* in factored form, so that *H* comes as
products of rows, for two rows of the same groups :math:`H_{ik}=h_i'h_k` with

.. math:: h_i = \bigl(D_j^{-1}\Lambda'z_{1i},\; L^{-1}\tilde\Lambda'(w_{2i} - B_j'E_jz_{1i})\bigr),

see :mod:`mlmbook.likelihood.blocks` and :mod:`mlmbook.likelihood.deviance`. Without the last *p*
of its elements, those of *X*, the fixed effects count as known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Codes, Floats
    from .estimates import Estimates


CHUNK = 2000
"""Rows that are dealt with at once."""


def leverages(estimates: Estimates, *, fixed: bool) -> Floats:
    """Return the diagonal of H; see :func:`leverage_rows`."""
    nrows = len(estimates.basis.Q)
    chunks = np.array_split(np.arange(nrows), 1 + nrows // CHUNK)
    rows = (leverage_rows(estimates, fixed=fixed, at=at) for at in chunks)
    return np.concatenate([np.einsum("nd,nd->n", h, h) for h in rows])


def leverage_rows(estimates: Estimates, *, fixed: bool, at: Codes | None = None) -> Floats:
    """Return the rows h, shape (rows, d).

    Parameters
    ----------
    estimates : Estimates
    fixed : bool
        Whether fixed effects count as estimated.
    at : ndarray, optional
        Which rows; all if not given.
    """
    point, Q = estimates.optimum.point, estimates.basis.Q
    at = np.arange(len(Q)) if at is None else at
    model = point.model
    first = model.factors[0]
    columns = np.zeros((len(point.K) - 1, len(at)))
    columns[model.nrandom :] = Q[at].T
    columns[: model.nrandom] = model.products.random_columns(at)
    elimination, z, codes = point.elimination, first.Z[at], first.codes[at]
    own = np.einsum("ian,na->in", elimination.half[:, :, codes], z)
    solved = np.einsum("abn,nb->an", elimination.E[:, :, codes], z)
    columns -= model.products.rows(solved, codes)[:-1]
    half = solve_lower(point.L[:-1, :-1], point.scaled(columns))
    if not fixed:
        half = half[: model.nrandom]
    return np.vstack([own, half]).T
