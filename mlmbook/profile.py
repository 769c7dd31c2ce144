"""Profile likelihood of fixed effects and variance components, by name: intervals and curves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from .errors import FitError, FormulaError, did_you_mean
from .likelihood.curvature import Components, components
from .likelihood.profile import Profile, Profiles, SearchError
from .plain import refuse_unless_plain

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["curve", "limits"]

Maker: TypeAlias = Callable[[Profiles], tuple[Profile, float, float]]

SIDE = 16
"""Points of a curve on each side of the estimate."""


def limits(fit: Fit, ci: float) -> list[tuple[float, float]]:
    """Return the limits of the fixed effects, of the components and, where there is one, the icc.

    Variances come from the standard deviation's profile, squared: the profile does not depend on
    the scale.
    """
    from scipy.special import chdtri  # needed for profiles only

    refuse_unless_plain(fit, "the profile likelihood")
    profiles = Profiles(fit.estimates)
    rise = float(chdtri(1, 1 - ci))
    intervals = []
    try:
        for number in range(len(fit.design.names)):
            bounds = (-np.inf, np.inf)
            intervals.append(_limits(profiles, profiles.coefficient(number), bounds, rise))
        intervals += _component_limits(profiles, components(fit.estimates), rise)
        if [grouping.terms for grouping in fit.design.groupings] == [("Intercept",)]:
            intervals.append(_limits(profiles, profiles.intraclass(), (0.0, 1.0), rise))
    except SearchError as error:
        raise FitError(_lost(error)) from error
    return intervals


def curve(fit: Fit, parameter: str, reach: float) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.profile`."""
    refuse_unless_plain(fit, "the profile likelihood")
    if not reach > 0:
        raise FitError(f"reach is a number of standard deviations above 0, got {reach!r}")
    known = _by_name(fit)
    if parameter not in known:
        raise FormulaError(
            f"the model has no parameter {parameter!r}{did_you_mean(parameter, known)} "
            f"(parameters: {', '.join(known)})"
        )
    make, bounds, scale = known[parameter]
    profiles = Profiles(fit.estimates)
    try:
        profile = make(profiles)
        deviance, estimate, _ = profile
        values, zeta = [estimate], [0.0]
        for end in _limits(profiles, profile, bounds, reach**2):
            for value in np.linspace(estimate, end, SIDE + 1)[1:].tolist():
                rise = max(deviance(value) - profiles.minimum, 0.0)
                values.append(value)
                zeta.append(float(np.copysign(np.sqrt(rise), value - estimate)))
    except SearchError as error:
        raise FitError(_lost(error)) from error
    table = pd.DataFrame({"value": values, "zeta": zeta}).sort_values("value", ignore_index=True)
    table = table.drop_duplicates("value", ignore_index=True)  # an estimate on its bound
    table.attrs = {"parameter": parameter, "scale": scale, "estimate": float(estimate)}
    return table


def _by_name(fit: Fit) -> dict[str, tuple[Maker, tuple[float, float], str]]:
    """Return how each parameter is profiled, its bounds and its scale, by its name in confint."""
    found: dict[str, tuple[Maker, tuple[float, float], str]] = {}
    for number, name in enumerate(fit.design.names):
        of = partial(Profiles.coefficient, number=number)
        found[name] = of, (-np.inf, np.inf), "coefficient"
    for factor, a, b in components(fit.estimates):
        grouping = fit.design.groupings[factor]
        one, two = grouping.terms[a], grouping.terms[b]
        if a == b:
            of = partial(Profiles.standard_deviation, factor=factor, effect=a)
            found[f"var({one} | {grouping.name})"] = of, (0.0, np.inf), "sd"
        else:
            of = partial(Profiles.correlation, factor=factor, a=a, b=b)
            found[f"cor({one}, {two} | {grouping.name})"] = of, (-1.0, 1.0), "correlation"
    found["var(Residual)"] = Profiles.residual, (0.0, np.inf), "sd"
    if [grouping.terms for grouping in fit.design.groupings] == [("Intercept",)]:
        found["icc"] = Profiles.intraclass, (0.0, 1.0), "icc"
    return found


def _lost(error: SearchError) -> str:
    return (
        f"a profile could not be followed ({error}): the model is too rich for the data, or "
        "its variables need other units; use confint(method='wald') or 'bootstrap'"
    )


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
