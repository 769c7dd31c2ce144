"""Solving with the Cholesky factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import blas

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
    solved = blas.dtrsm(1.0, L, columns, lower=1, trans_a=int(transposed))
    return np.asarray(solved).reshape(right.shape)
