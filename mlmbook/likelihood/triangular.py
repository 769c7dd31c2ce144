"""Solving with the Cholesky factor, and its inverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import blas, lapack

if TYPE_CHECKING:
    from ..arrays import Floats


def solve_lower(L: Floats, right: Floats, *, transposed: bool = False) -> Floats:
    r"""Return :math:`L^{-1}R` or, transposed, :math:`L'^{-1}R`, for a lower triangle L.

    By ``dtrsm``, which uses one thread where matrices are small. LAPACK's ``dtrtrs`` starts all
    of OpenBLAS's threads for every solution, a hundred times the work of a small one.
    """
    columns = right if right.ndim == 2 else right[:, None]
    if not columns.size:
        return np.zeros(right.shape)
    # the transpose is in the order of BLAS
    solved = blas.dtrsm(1.0, L.T, columns, lower=0, trans_a=int(not transposed))
    return np.asarray(solved).reshape(right.shape)


def solve_upper(R: Floats, right: Floats) -> Floats:
    """Return the solution of an upper triangular system."""
    return solve_lower(R.T, right, transposed=True)


def inverse_of_product(root: Floats) -> Floats:
    """Return the inverse of LL', for a lower triangular L."""
    if not len(root):
        return np.zeros((0, 0))
    upper, _ = lapack.dpotri(root.T, lower=0)  # the transpose is in LAPACK's order
    inverse: Floats = upper + upper.T  # below the diagonal are the zeros of L
    inverse.flat[:: len(root) + 1] /= 2
    return inverse
