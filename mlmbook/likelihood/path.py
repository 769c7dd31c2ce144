r"""Follow the best deviance outwards while one quantity is held, until it has risen enough.

Let *d* be a smooth function of *x* with its minimum at :math:`\hat x`, and *c(x)* a quantity. Its
profile is :math:`D(v)=\min_{c(x)=v}d(x)-d(\hat x)`, and the limits of its interval are where the
signed root :math:`\zeta(v)=\pm\sqrt{D(v)}` reaches that of the quantile: a curve that is nearly
straight, so that few points of it are needed [1]_.

From a point of the profile the next one is foreseen along the tangent, and the limit by Newton's
rule for :math:`\zeta`: both slopes come with the point,

.. math:: \frac{dx}{dv} = \frac{B^{-1}a}{a'B^{-1}a}, \qquad
          \frac{dD}{dv} = \frac{a'g}{a'a}, \qquad a=\nabla c,\; g=\nabla d,

*B* being the second derivatives. At each held value, Newton steps in the directions that keep *c*
lead to the minimum; *B* is measured once, at :math:`\hat x`, and then learned from the slopes that
are seen (symmetric rank-one updates).

References
----------
.. [1] Bates & Watts (1988), Nonlinear Regression Analysis and Its Applications, section 6.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Floats


Valued: TypeAlias = "Callable[[Floats], tuple[float, Floats]]"
"""From x to a value and its gradient."""

SETTLED = 1e-10
"""A minimum is reached where Newton's step promises a smaller fall of the deviance."""
STALLED = 1e-6
"""No larger fall may be promised where the deviance no longer falls."""
PRECISE = 1e-8
"""A limit is found when the deviance has risen by the quantile, but for this share of it."""
SHORTEST = 1e-3
"""A step outwards that leads to no minimum is made shorter, down to this share of the first."""
ABSURD = 20.0
"""A point is not foreseen where the deviance is higher by this."""
MAX_STEPS = 60
FARTHEST = 60
"""Points of a profile until the search is given up."""


class SearchError(ArithmeticError):
    """The best deviance for a held parameter, or the limit of an interval, was not found."""


@dataclass(frozen=True, eq=False)
class Place:
    """A point of a profile."""

    x: Floats
    value: float
    deviance: float
    slope: float
    """Derivative of the deviance by the held value."""
    B: Floats


@dataclass(frozen=True, eq=False)
class Path:
    """Profiles of one function.

    Parameters
    ----------
    function : callable
        The deviance and its gradient; infinite where it does not exist.
    start : ndarray
        Where the minimum is; where that is on a boundary, a little inside.
    minimum : float
        The deviance there.
    hessian : ndarray
        Its second derivatives.
    near_boundary : callable
        Whether x is so close to a boundary that another search, from `start`, may end lower.
    """

    function: Valued
    start: Floats
    minimum: float
    hessian: Floats
    near_boundary: Callable[[Floats], bool]

    def spread(self, held: Valued) -> float:
        """Return the standard error of a quantity, from the second derivatives."""
        a = held(self.start)[1]
        return float(np.sqrt(2 * a @ positive_inverse(self.hessian) @ a))

    def limit(self, held: Valued, estimate: float, step: float, bound: float, rise: float) -> float:
        """Return where the deviance has risen by `rise`, or `bound` if it has not until there.

        Parameters
        ----------
        held : callable
            The quantity and its gradient.
        estimate : float
            Its value at the minimum.
        step : float
            Length of the first step; its sign is the direction.
        bound : float
            It goes no further.
        rise : float
            Quantile of chi-square.

        Raises
        ------
        SearchError
            No such value was found.
        """
        sign, target, first = np.sign(step), np.sqrt(rise), abs(step)
        place = Place(self.start, estimate, self.minimum, 0.0, self.hessian)
        inner, outer = estimate, np.inf * sign
        for _ in range(FARTHEST):
            value = place.value + step
            if (value - inner) * sign <= 0 or (outer - value) * sign <= 0:
                value = (inner + outer) / 2
            if (value - bound) * sign >= 0:
                value = bound
            if value == inner:
                return float(value)
            try:
                place = self.at(held, value, place)
            except SearchError:
                if abs(step) < SHORTEST * first:
                    raise
                step = (value - place.value) / 4
                continue
            root = np.sqrt(max(place.deviance - self.minimum, 0.0))
            if abs(root - target) <= PRECISE * target:
                return float(value)
            if root < target:
                if value == bound:
                    return float(bound)
                inner = value
            else:
                outer = value
            slope = place.slope / (2 * root) if root else 0.0
            longest = abs(value - estimate) + abs(step)
            step = (target - root) / slope if slope * sign > 0 else sign * longest
            step = float(np.clip(step, -longest, longest))
        raise SearchError("the deviance does not rise far enough")

    def at(self, held: Valued, value: float, before: Place) -> Place:
        """Return the point of a profile at a value, foreseen from another one.

        Raises
        ------
        SearchError
            No minimum was found, or one that is lower than that of the fit.
        """
        a = held(before.x)[1]
        along = positive_inverse(before.B) @ a
        foreseen: Floats = before.x + along * (value - held(before.x)[0]) / float(a @ along)
        try:
            if not self.function(foreseen)[0] < before.deviance + ABSURD:
                foreseen = before.x  # the tangent is that of another place
            place = self._descend(held, value, foreseen, before.B)
        except SearchError:
            place = self._descend(held, value, self.start, self.hessian)
        else:
            if self.near_boundary(place.x):
                place = self._again(held, place)
        if place.deviance < self.minimum - STALLED * max(1.0, abs(self.minimum) * 1e-3):
            raise SearchError(f"the deviance {place.deviance:g} is below that of the fit")
        return place

    def _again(self, held: Valued, place: Place) -> Place:
        """Search once more, from the fit, and return the better end."""
        try:
            other = self._descend(held, place.value, self.start, self.hessian)
        except SearchError:
            return place
        return min(place, other, key=lambda each: each.deviance)

    def _descend(self, held: Valued, value: float, x: Floats, B: Floats) -> Place:
        """Go to the minimum among the points at which the quantity has a value."""
        cheap = positive_inverse(B)
        x, a = _returned(held, value, x, cheap)
        deviance, gradient = self.function(x)
        if not np.isfinite(deviance):
            raise SearchError("the deviance does not exist")
        for _ in range(MAX_STEPS):
            along = np.linalg.qr(a[:, None], mode="complete")[0][:, 1:]
            g = along.T @ gradient
            solved = positive_inverse(along.T @ B @ along) @ g
            promise = float(g @ solved) / 2
            slope = float(a @ gradient) / float(a @ a)
            if promise < SETTLED:
                return Place(x, value, deviance, slope, B)
            step, shortest = -along @ solved, 1e-10
            moved, moved_a = _returned(held, value, x + step, cheap)
            lower, new = self.function(moved)
            while not lower < deviance:
                step = step / 4
                if np.abs(step).max() < shortest * (1 + np.abs(x).max()):
                    if promise < STALLED:
                        return Place(x, value, deviance, slope, B)
                    raise SearchError(f"no minimum was found near the deviance {deviance:g}")
                moved, moved_a = _returned(held, value, x + step, cheap)
                lower, new = self.function(moved)
            multiplier = float(moved_a @ new) / float(moved_a @ moved_a)
            seen = new - gradient - multiplier * (moved_a - a)
            B = _learned(B, moved - x, seen)
            x, a, deviance, gradient = moved, moved_a, lower, new
        raise SearchError(f"no minimum was found near the deviance {deviance:g}")


def _returned(held: Valued, value: float, x: Floats, cheap: Floats) -> tuple[Floats, Floats]:
    """Return a point at which the quantity has the value, and its gradient there.

    `cheap` is the inverse of the second derivatives: the way back shall cost little deviance.
    """
    for _ in range(20):
        now, a = held(x)
        missing = value - now
        if abs(missing) <= 1e-12 * max(1.0, abs(value)):
            break
        along = cheap @ a
        x = x + along * missing / float(a @ along)
    return x, a


def _learned(B: Floats, moved: Floats, seen: Floats) -> Floats:
    missed = seen - B @ moved
    weight = float(missed @ moved)
    if abs(weight) < 1e-6 * np.linalg.norm(missed) * np.linalg.norm(moved):
        return B
    learned: Floats = B + np.outer(missed, missed) / weight
    return learned


def positive_inverse(hessian: Floats) -> Floats:
    """Return the inverse with eigenvalues made positive, whatever the units of the parameters."""
    if not len(hessian):
        return hessian
    scale = np.sqrt(np.maximum(np.abs(np.diagonal(hessian)), 1e-300))
    values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
    size = np.abs(values)
    size = np.maximum(size, 1e-6 * size.max(initial=1e-300))
    inverse: Floats = (vectors / size) @ vectors.T / np.outer(scale, scale)
    return (inverse + inverse.T) / 2
