"""Profile-likelihood intervals of fixed effects and variance components, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .errors import FitError
from .likelihood.curvature import Components, components
from .likelihood.profile import Profile, Profiles, SearchError
from .parameters import has_one_icc
from .plain import refuse_rho, refuse_unless_plain

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["limits"]


def limits(fit: Fit, ci: float) -> list[tuple[float, float]]:
    """Return the limits of the fixed effects, of the components and, where there is one, the icc.

    Variances come from the standard deviation's profile, squared: the profile does not depend on
    the scale.
    """
    from scipy.special import chdtri  # needed for profiles only

    refuse_unless_plain(fit, "the profile likelihood")
    refuse_rho(fit, "the profile likelihood")
    profiles = Profiles(fit.estimates)
    rise = float(chdtri(1, 1 - ci))
    intervals = []
    try:
        for number in range(len(fit.design.names)):
            bounds = (-np.inf, np.inf)
            intervals.append(_limits(profiles, profiles.coefficient(number), bounds, rise))
        intervals += _component_limits(profiles, components(fit.estimates), rise)
        if has_one_icc(fit):
            intervals.append(_limits(profiles, profiles.intraclass(), (0.0, 1.0), rise))
    except SearchError as error:
        raise FitError(
            f"a profile could not be followed ({error}): the model is too rich for the data, or "
            "its variables need other units; use confint(method='wald') or 'bootstrap'"
        ) from error
    return intervals


def _component_limits(
    profiles: Profiles, scale: Components, rise: float
) -> list[tuple[float, float]]:
    intervals = []
    for factor, a, b in scale:
        if a == b:
            profile = profiles.standard_deviation(factor, a)
            low, high = _limits(profiles, profile, (0.0, np.inf), rise)
            intervals.append((low**2, high**2))
        else:
            profile = profiles.correlation(factor, a, b)
            intervals.append(_limits(profiles, profile, (-1.0, 1.0), rise))
    low, high = _limits(profiles, profiles.residual(), (0.0, np.inf), rise)
    return [*intervals, (low**2, high**2)]


def _limits(
    profiles: Profiles,
    profile: tuple[Profile, float, float],
    bounds: tuple[float, float],
    rise: float,
) -> tuple[float, float]:
    """Return the two limits, looking from the estimate outwards."""
    deviance, estimate, spread = profile
    step = spread * np.sqrt(rise)
    low = profiles.limit(deviance, estimate, -step, bounds[0], rise)
    return low, profiles.limit(deviance, estimate, step, bounds[1], rise)
