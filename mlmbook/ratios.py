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

__all__ = ["simulated_ratios"]


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
        ratios[i] = max(before - refit(large, y).deviance, 0.0)
    ratios.sort()
    return ratios


def _regression_draw(fit: Any, rng: np.random.Generator) -> Floats:
    y: Floats = fit.fitted.to_numpy() + rng.normal(0, fit.sigma, fit.nobs)
    return y


def _regression_deviance(fit: Any, y: Floats) -> float:
    X = fit.design.X
    residual = y - X @ np.linalg.lstsq(X, y)[0]
    return float(len(y) * (1 + np.log(2 * np.pi * np.mean(residual**2))))
