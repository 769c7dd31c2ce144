"""Profile likelihood of fixed effects and variance components, by name: limits and curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from .engine import joint
from .errors import FitError, FormulaError, did_you_mean
from .likelihood.curvature import components
from .likelihood.path import Path, Place, SearchError, Valued
from .likelihood.profile import Profiles
from .maximum import by_maximum_likelihood
from .parameters import has_one_icc, parameters, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .likelihood.turning import Turning
    from .residual.quantities import Quantity
    from .result import Fit

__all__ = ["curve", "limits"]

FAR = 30.0
"""A logarithm or logit this far from its estimate is as far as its bound."""
SIDE = 16
"""Points of a curve on each side of the estimate."""
NOTHING = 1e-4
"""An estimate this many standard errors from a bound lies on it: rounding makes the difference."""

Held: TypeAlias = tuple[Path, Valued, float]


@dataclass(frozen=True, eq=False)
class _Profiled:
    """How one parameter is profiled."""

    hold: Callable[[], Held]
    bounds: tuple[float, float]
    """Of what is held."""
    natural: Callable[[float], float]
    """From what is held to the parameter; where that falls, the limits change places."""

    def both(self, rise: float) -> tuple[float, float]:
        """Return the two values of what is held, looking from the estimate outwards."""
        path, quantity, estimate = self.hold()
        step = path.spread(quantity) * float(np.sqrt(rise))
        low = path.limit(quantity, estimate, -step, self.bounds[0], rise)
        return low, path.limit(quantity, estimate, step, self.bounds[1], rise)

    def limits(self, rise: float) -> tuple[float, float]:
        """Return the limits of the parameter."""
        low, high = sorted(map(self.natural, self.both(rise)))
        return low, high


class _Nothing:
    """A parameter that means nothing: the rho of districts that do not differ."""

    def limits(self, rise: float) -> tuple[float, float]:
        """Return no limits."""
        return np.nan, np.nan


def limits(fit: Fit, ci: float) -> list[tuple[float, float]]:
    """Return the limits of the fixed effects, of the components and, where there is one, the icc.

    Variances come from the standard deviation's profile, squared: the profile does not depend on
    the scale.
    """
    from scipy.special import chdtri  # needed for profiles only

    _refuse(fit)
    rise = float(chdtri(1, 1 - ci))
    try:
        return [profiled.limits(rise) for profiled in _all(by_maximum_likelihood(fit))]
    except SearchError as error:
        raise FitError(_lost(error)) from error


def curve(fit: Fit, parameter: str, reach: float) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.profile`."""
    _refuse(fit)
    if not reach > 0:
        raise FitError(f"reach is a number of standard deviations above 0, got {reach!r}")
    names = list(parameters(fit).index)
    if parameter not in names:
        raise FormulaError(
            f"the model has no parameter {parameter!r}{did_you_mean(parameter, names)} "
            f"(parameters: {', '.join(names)})"
        )
    best = by_maximum_likelihood(fit)
    profiled = dict(zip(names, _all(best), strict=True))[parameter]
    if isinstance(profiled, _Nothing):
        raise FitError(
            f"{parameter} has no profile: the variance of the effects it correlates is estimated "
            "at zero, where it means nothing"
        )
    try:
        points = list(_points(profiled, reach))
    except SearchError as error:
        raise FitError(_lost(error)) from error
    table = pd.DataFrame(points, columns=["value", "rise"])
    estimate = table["value"].iloc[0]
    root = np.sqrt(table.pop("rise").clip(lower=0))
    table["zeta"] = root * np.sign(table["value"] - estimate)
    variance = parameter.startswith("var(")
    if variance:
        table["value"], estimate = np.sqrt(table["value"]), np.sqrt(estimate)
    table = table.sort_values("value").drop_duplicates("value", ignore_index=True)
    scale = "sd" if variance else "parameter"
    table.attrs = {"parameter": parameter, "scale": scale, "estimate": float(estimate)}
    return table


def _points(profiled: _Profiled, reach: float) -> Iterator[tuple[float, float]]:
    """Yield values and rises of the deviance, from the estimate outwards to each side."""
    path, quantity, estimate = profiled.hold()
    yield profiled.natural(estimate), 0.0
    for end in profiled.both(reach**2):
        if abs(end - estimate) <= NOTHING * path.spread(quantity):
            continue
        place = Place(path.start, estimate, path.minimum, 0.0, path.hessian)
        for value in np.linspace(estimate, end, SIDE + 1)[1:].tolist():
            place = path.at(quantity, value, place)
            yield profiled.natural(value), place.deviance - path.minimum


def _refuse(fit: Fit) -> None:
    if fit.residual is not None and fit.residual.of_fitted:
        raise FitError(
            "with a variance that is a power of the fitted value, the estimates are not the "
            "maximum of one function that could be profiled; use confint(method='wald') or "
            "'bootstrap'"
        )


def _lost(error: SearchError) -> str:
    return (
        f"a profile could not be followed ({error}): the model is too rich for the data, or "
        "its variables need other units; use confint(method='wald') or 'bootstrap'"
    )


def _all(fit: Fit) -> Iterator[_Profiled | _Nothing]:
    """Yield all parameters of a fit by maximum likelihood, in the order of `parameters`."""
    if fit.residual is not None and (fit.residual.phi <= fit.residual.level1.low).any():
        raise FitError(
            "the nugget is estimated at zero, where profiles are not worked out; leave nugget=True "
            "out, or use confint(method='bootstrap')"
        )
    profiles = Profiles(joint(fit))
    everywhere = (-np.inf, np.inf)
    for number, beta in enumerate(fit.estimates.beta.tolist()):
        se = float(np.sqrt(fit.estimates.vcov[number, number]))
        line = partial(_line, beta, se)
        yield _Profiled(partial(profiles.coefficient, number), everywhere, line)
    for factor, a, b in components(fit.estimates):
        if a == b:
            hold = partial(profiles.standard_deviation, factor, a)
            yield _Profiled(hold, (0.0, np.inf), _square)
        else:
            yield _Profiled(partial(profiles.correlation, factor, a, b), (0.0, np.pi), _cosine)
    if fit.residual is None:
        yield _Profiled(profiles.residual, everywhere, _squared_exponential)
    else:
        for quantity in fit.residual.quantities():
            yield _of_level1(profiles, quantity)
    for number, known in enumerate(_have_rho(fit)):
        hold = partial(profiles.rho, number)
        natural = partial(_turned, profiles.turning, number)
        yield _Profiled(hold, (0.0, np.pi), natural) if known else _Nothing()
    if has_one_icc(fit):
        yield _Profiled(profiles.ratio, (0.0, np.inf), partial(_share, weight(fit)))


def _have_rho(fit: Fit) -> list[bool]:
    """Return for each spatial parameter whether the effects it correlates vary at all."""
    both = zip(fit.design.groupings, fit.estimates.covariances, strict=True)
    return [
        bool(covariance.any())
        for grouping, covariance in both
        if grouping.spatial is not None and grouping.spatial.estimated
    ]


def _of_level1(profiles: Profiles, quantity: Quantity) -> _Profiled:
    """Return the profile of a quantity of level 1, on a scale where its bounds are far away."""
    center = profiles.level1(quantity.eta, quantity.slopes)[2]
    bounds = center - FAR, center + FAR

    def natural(value: float) -> float:
        if value in bounds:
            return quantity.bounds[bounds.index(value)]
        return quantity.natural(value)

    hold = partial(profiles.level1, quantity.eta, quantity.slopes)
    return _Profiled(hold, bounds, natural)


def _line(beta: float, se: float, value: float) -> float:
    return beta + se * value


def _square(sd: float) -> float:
    return sd**2


def _cosine(angle: float) -> float:
    return float(np.cos(angle))


def _turned(turning: Turning, number: int, angle: float) -> float:
    return float(turning.values(np.full(len(turning), angle))[number])


def _squared_exponential(log_sd: float) -> float:
    return float(np.exp(2 * log_sd))


def _share(weight: float, ratio: float) -> float:
    return weight * ratio**2 / (1 + weight * ratio**2)
