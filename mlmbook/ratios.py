r"""The distribution of a likelihood ratio when the smaller model is true, by simulation.

Each response is drawn from the smaller model with its estimates, and both models are fitted to
it; the ratio is the difference of their deviances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arguments import check_count
from .maximum import refit
from .predict import simulate as drawn

if TYPE_CHECKING:
    from .arrays import Floats

__all__ = ["likelihood_ratio", "simulated_ratios"]

ROUNDING = 1e-12
"""A difference of deviances that is smaller than this share of them is rounding."""


def likelihood_ratio(small: float, large: float) -> float:
    """Return how much larger the deviance of the smaller model is, or zero.

    Where a variance is estimated at zero both models are the same and rounding alone differs; the
    distribution of the ratio has half of its mass at zero, so that its sign would decide between
    a *p* of 1 and one of 1/2.

    Parameters
    ----------
    small, large : float
        Deviances of the smaller and of the larger model.
    """
    ratio = small - large
    return ratio if ratio > ROUNDING * max(abs(small), abs(large)) else 0.0


def simulated_ratios(small: Any, large: Any, n: int, rng: np.random.Generator) -> Floats:
    """Return `n` likelihood ratios, sorted.

    Parameters
    ----------
    small, large : Fit
        The smaller may come from :func:`mlmbook.ols`.
    n : int
    rng : Generator
    """
    check_count(n, name="simulate")
    single = not hasattr(small, "estimates")
    ratios = np.empty(n)
    for i in range(n):
        y = _regression_draw(small, rng) if single else drawn(small, 1, rng).to_numpy()[:, 0]
        before = _regression_deviance(small, y) if single else refit(small, y).deviance
        ratios[i] = likelihood_ratio(before, refit(large, y).deviance)
    ratios.sort()
    return ratios


def _regression_draw(fit: Any, rng: np.random.Generator) -> Floats:
    y: Floats = fit.fitted.to_numpy() + rng.normal(0, fit.sigma, fit.nobs)
    return y


def _regression_deviance(fit: Any, y: Floats) -> float:
    X = fit.design.X
    residual = y - X @ np.linalg.lstsq(X, y)[0]
    return float(len(y) * (1 + np.log(2 * np.pi * np.mean(residual**2))))
