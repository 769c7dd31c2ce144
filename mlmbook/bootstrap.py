r"""The parametric bootstrap: fit the model again to responses drawn from it.

With :math:`y^* = X\hat\beta + Z b^* + e^*`, where :math:`b^*` and :math:`e^*` are drawn with the
estimated variances, the spread of the estimates over many :math:`y^*` shows that of the
estimates themselves [1]_. Limits of intervals are quantiles of the draws.

References
----------
.. [1] Davison & Hinkley (1997), Bootstrap Methods and their Application, chapter 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .errors import DataError
from .likelihood.curvature import components
from .likelihood.refit import refit
from .plain import refuse_unless_plain
from .predict import simulate

if TYPE_CHECKING:
    from .arrays import Floats
    from .likelihood.estimates import Estimates
    from .result import Fit

__all__ = ["draws", "quantiles"]

CHUNK = 50
"""Responses that are drawn at once."""


def draws(fit: Fit, names: list[str], n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return the estimates for `n` responses drawn from the model, one row a draw.

    Parameters
    ----------
    fit : Fit
    names : list of str
        Rows of :meth:`mlmbook.Fit.confint`, which become columns.
    n : int
    rng : Generator
    """
    if n < 1:
        raise DataError(f"the number of draws must be at least 1, got {n!r}")
    refuse_unless_plain(fit, "the bootstrap")
    rows, singular, failed = [], 0, 0
    for start in range(0, n, CHUNK):
        responses = simulate(fit, min(CHUNK, n - start), rng).to_numpy().T
        for y in responses:
            estimates = refit(fit.estimates, y)
            rows.append(_values(estimates, icc=names[-1] == "icc"))
            singular += estimates.singular
            failed += not estimates.converged
    table = pd.DataFrame(rows, columns=names)
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


def _values(estimates: Estimates, *, icc: bool) -> list[float]:
    """Return fixed effects, variances, correlations and the intraclass correlation."""
    values: list[float] = estimates.beta.tolist()
    scale = components(estimates)
    values += [scale.natural(i)(eta) for i, eta in enumerate(scale.eta)]
    if icc:
        between = float(estimates.covariances[0][0, 0])
        values.append(between / (between + estimates.sigma2))
    return values
