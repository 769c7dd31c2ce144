"""Triangular factors and eigenvalues, by LAPACK itself.

Numpy's checks of type and shape take several times as long as a matrix of a few rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import lapack

if TYPE_CHECKING:
    from ..arrays import Floats


BLOCK = 64
"""LAPACK takes so many columns at once, if there is room for them."""


def cholesky(S: Floats) -> Floats:
    """Return the lower triangular L with S = LL'.

    Raises
    ------
    numpy.linalg.LinAlgError
        S is not positive definite.
    """
    upper, info = lapack.dpotrf(S.T, lower=0, clean=1)  # the transpose is in LAPACK's order
    if info:
        raise np.linalg.LinAlgError("not positive definite")
    lower: Floats = upper.T
    return lower


def eigen(S: Floats) -> tuple[Floats, Floats]:
    """Return the eigenvalues of a symmetric S, from the smallest, and eigenvectors as columns.

    Raises
    ------
    numpy.linalg.LinAlgError
        They were not found: S is not finite.
    """
    values, vectors, info = lapack.dsyevd(S)
    if info:
        raise np.linalg.LinAlgError("eigenvalues were not found")
    return values, vectors


def orthogonal(X: Floats) -> tuple[Floats, Floats]:
    """Return Q, with orthonormal columns, and the upper triangular R with X = QR."""
    room = BLOCK * X.shape[1]
    reflections, scales, _, _ = lapack.dgeqrf(X, lwork=room)
    R = np.triu(reflections[: X.shape[1]])
    Q, _, _ = lapack.dorgqr(reflections, scales, lwork=room, overwrite_a=1)
    return Q, R
