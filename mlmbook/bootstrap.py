r"""The parametric bootstrap: fit the model again to responses drawn from it.

With :math:`y^* = X\hat\beta + Z b^* + e^*`, where :math:`b^*` and :math:`e^*` are drawn with the
estimated covariances (that of level 1 with its weights and structure), the spread of the
estimates over many :math:`y^*` shows that of the estimates themselves [1]_. Limits of intervals
are quantiles of the draws.

References
----------
.. [1] Davison & Hinkley (1997), Bootstrap Methods and their Application, chapter 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .arguments import check_count
from .maximum import refit
from .parameters import parameters
from .predict import simulate

if TYPE_CHECKING:
    from .arrays import Floats
    from .result import Fit

__all__ = ["draws", "quantiles"]

CHUNK = 50
"""Responses that are drawn at once."""


def draws(fit: Fit, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the estimates for `n` responses drawn from the model, one row a draw.

    Parameters
    ----------
    fit : Fit
    n : int
    rng : Generator
    """
    check_count(n)
    rows, singular, failed = [], 0, 0
    for start in range(0, n, CHUNK):
        responses = simulate(fit, min(CHUNK, n - start), rng).to_numpy().T
        for y in responses:
            again = refit(fit, y)
            rows.append(parameters(again).to_numpy())
            singular += again.singular
            failed += not again.converged
    table = pd.DataFrame(rows, columns=list(parameters(fit).index))
    table.index.name = "draw"
    table.attrs.update(singular=singular, not_converged=failed)
    return table


def quantiles(table: pd.DataFrame, ci: float) -> Floats:
    """Return the limits of each column, shape (columns, 2).

    Draws in which a correlation does not exist, because a variance is zero, are left out for it.
    """
    tails = [(1 - ci) / 2, (1 + ci) / 2]
    limits: Floats = table.quantile(tails).to_numpy().T
    return limits
