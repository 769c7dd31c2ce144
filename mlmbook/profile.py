"""Profile-likelihood intervals of fixed effects and variance components, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .engine import joint
from .errors import FitError
from .likelihood.curvature import components
from .likelihood.path import Path, SearchError, Valued
from .likelihood.profile import Profiles
from .maximum import by_maximum_likelihood
from .parameters import has_one_icc
from .plain import refuse_rho

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .result import Fit

__all__ = ["limits"]

FAR = 30.0
"""A logarithm or logit this far from its estimate is as far as its bound."""


def limits(fit: Fit, ci: float) -> list[tuple[float, float]]:
    """Return the limits of the fixed effects, of the components and, where there is one, the icc.

    Variances come from the standard deviation's profile, squared: the profile does not depend on
    the scale.
    """
    from scipy.special import chdtri  # needed for profiles only

    refuse_rho(fit, "the profile likelihood")
    if fit.residual is not None and fit.residual.of_fitted:
        raise FitError(
            "with a variance that is a power of the fitted value, the estimates are not the "
            "maximum of one function that could be profiled; use confint(method='wald') or "
            "'bootstrap'"
        )
    rise = float(chdtri(1, 1 - ci))
    try:
        return list(_limits(by_maximum_likelihood(fit), rise))
    except SearchError as error:
        raise FitError(
            f"a profile could not be followed ({error}): the model is too rich for the data, or "
            "its variables need other units; use confint(method='wald') or 'bootstrap'"
        ) from error


def _limits(fit: Fit, rise: float) -> Iterator[tuple[float, float]]:
    profiles = Profiles(joint(fit))
    everywhere = (-np.inf, np.inf)
    for name in range(len(fit.design.names)):
        beta, se = fit.estimates.beta[name], float(np.sqrt(fit.estimates.vcov[name, name]))
        low, high = _both(profiles.coefficient(name), everywhere, rise)
        yield beta + se * low, beta + se * high
    for factor, a, b in components(fit.estimates):
        if a == b:
            low, high = _both(profiles.standard_deviation(factor, a), (0.0, np.inf), rise)
            yield low**2, high**2
        else:
            low, high = _both(profiles.correlation(factor, a, b), (0.0, np.pi), rise)
            yield float(np.cos(high)), float(np.cos(low))
    if fit.residual is None:
        low, high = _both(profiles.residual(), everywhere, rise)
        yield float(np.exp(2 * low)), float(np.exp(2 * high))
    else:
        for quantity in fit.residual.quantities():
            held = profiles.level1(quantity.eta, quantity.slopes)
            bounds = held[2] - FAR, held[2] + FAR
            ends = zip(_both(held, bounds, rise), bounds, quantity.bounds, strict=True)
            low, high = (far if end == edge else quantity.natural(end) for end, edge, far in ends)
            yield low, high
    if has_one_icc(fit):
        ratios = np.square(_both(profiles.ratio(), (0.0, np.inf), rise))
        low, high = ratios / (1 + ratios)
        yield float(low), float(high)


def _both(
    held: tuple[Path, Valued, float], bounds: tuple[float, float], rise: float
) -> tuple[float, float]:
    """Return the two limits, looking from the estimate outwards."""
    path, quantity, estimate = held
    step = path.spread(quantity) * float(np.sqrt(rise))
    low = path.limit(quantity, estimate, -step, bounds[0], rise)
    return low, path.limit(quantity, estimate, step, bounds[1], rise)
