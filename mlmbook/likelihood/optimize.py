r"""Newton steps to the minimum of the deviance, and an honest look at the boundary.

Each step solves :math:`H\,\delta=-g` with the eigenvalues of *H* made positive, and is
shortened until the deviance falls. The average information in *H* is not quite the curvature by
:math:`\Psi`; near the minimum it is not computed again, but corrected by the slopes that were seen
(symmetric rank-one updates), so that the last steps are as good as Newton's and cost less. Far from
it, where the deviance is not convex, a step of the EM algorithm, :math:`\Psi - \Psi G\Psi/q` with
*q* groups, is tried as well. The search ends when the fall that the next step can promise,
:math:`\tfrac12\,g'H^{-1}g`, is negligible.

A singular covariance matrix is a stationary point whether or not it is a minimum. So before a
singular point is accepted, the slope of the deviance into the cone of covariance matrices is
looked at: where a variance in direction *v* would lower the deviance
(:math:`v'Gv < 0`), the search goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .basis import NoVariationError
from .decompositions import eigen

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Gaussian, Point


MAX_STEPS = 200
PROMISE = 1e-9
"""Stop when a Newton step promises a smaller fall of the deviance than this."""
SETTLED = 1e-6
"""No minimum is claimed where a larger fall is promised, though none was found."""
NOTHING = 1e-11
"""A step is not made if no element of Lambda changes by more than this."""
NEAR = 3e-2
"""Learn about the curvature from steps that promise less than this."""
GAIN = 1e-7
"""Leave the boundary for a fall of the deviance that is larger than this."""


VANISHING = 1e-10
"""A residual variance this small, relative to that around X, is none."""
INDISTINCT = 1e-9
"""A variance is zero if that raises the deviance by less than this."""
NULL = 1e-10
"""Eigenvalues of a block of Psi below this count as zero."""
NEARLY_NULL = 1e-3
"""Eigenvalues of a block of Psi below this may be zero."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended, and what can be said about it."""

    point: Point
    converged: bool
    singular: bool
    steps: int


def minimize(model: Gaussian, start: Floats) -> Optimum:
    """Find the minimum of the deviance.

    Parameters
    ----------
    model : Gaussian
        The likelihood.
    start : ndarray
        First value of theta.

    Returns
    -------
    Optimum
        ``converged`` only if the gradient, and at the boundary the slope into the interior,
        say so.

    Raises
    ------
    NoVariationError
        The deviance has no minimum: the residual variance goes to zero.
    """
    point = model.at(start)
    size = len(model.structure.multiplicity)
    if not size:
        return Optimum(point, converged=True, singular=False, steps=0)
    curvature, before = point.information, np.inf
    for steps in range(1, MAX_STEPS + 1):
        if model.sigma2 is None and point.sigma2 < VANISHING:
            raise NoVariationError("the random effects reproduce the response exactly")
        step, promise, convex = _newton_step(point, curvature)
        if promise > PROMISE:
            moved = _descend(point, step)
            if not convex:
                moved = min(moved, _em_step(point), key=lambda reached: reached.deviance)
            if moved is not point:
                near = promise < min(NEAR, before)
                curvature = _learned(curvature, point, moved) if near else moved.information
                point, before = moved, promise
                continue
        if np.abs(step).max() > NOTHING:
            last = model.at(point.theta + step)  # too small for the deviance to show
            if last.deviance < point.deviance + _rounding(point):
                point = last
        point, singular = _snap(point)
        escaped = _leave_boundary(point) if singular else None
        if escaped is None:
            if singular:
                promise = violation(point)
            return Optimum(point, promise <= SETTLED, singular, steps)
        point, curvature = escaped, escaped.information
    return Optimum(point, converged=False, singular=False, steps=MAX_STEPS)


def violation(point: Point) -> float:
    r"""Return by how much the conditions of a minimum (Karush-Kuhn-Tucker) are missed.

    In every block of :math:`\Psi` the slope *G* must be zero along what is there,
    :math:`G\Psi=0`, and must not point into the cone, :math:`v'Gv\ge0` for :math:`\Psi v=0`. What
    is missed is measured by the fall of the deviance that a Newton step promises.
    """
    if not len(point.model.structure.multiplicity):
        return 0.0
    promise = _newton_step(point, point.information)[1]
    inwards = [-slope * step / 2 for _, _, slope, step in _ways_in(point)]
    return promise + max(inwards, default=0.0)


def _newton_step(point: Point, curvature: Floats) -> tuple[Floats, float, bool]:
    """Return the step, the fall of the deviance that it promises, and if it is to a minimum.

    `curvature` has the second derivatives by the elements of all Psi.
    """
    gradient, hessian = point.by_theta(curvature)
    values, vectors = eigen(hessian)
    size = np.abs(values)
    size = np.maximum(size, 1e-8 * size.max() + 1e-300)
    along = gradient @ vectors
    step = vectors @ (along / -size)
    longest = 1 + np.abs(point.theta).max()
    step *= min(1.0, longest / max(np.abs(step).max(), 1e-300))
    promises = along * along / (2 * size)
    promise, upwards = float(promises.sum()), float(promises @ (values < 0))
    return step, promise, upwards < promise / 2


def _em_step(point: Point) -> Point:
    """Make one step of the EM algorithm."""
    model = point.model
    psis = [
        (psi - psi @ G @ psi / factor.ngroups) * factor.covariance.pattern
        for psi, G, factor in zip(point.psis, point.slopes, model.factors, strict=True)
    ]
    return model.at(model.structure.parameters(psis))


def _learned(curvature: Floats, old: Point, new: Point) -> Floats:
    """Update the curvature by the change of the slope that it did not foresee."""
    structure = old.model.structure
    moved = structure.vector(new.psis) - structure.vector(old.psis)
    seen = structure.by_element(new.slopes) - structure.by_element(old.slopes)
    missed = seen - curvature @ moved
    weight = float(missed @ moved)
    if not abs(weight) > 1e-8 * np.sqrt(missed @ missed) * np.sqrt(moved @ moved):
        return curvature  # nothing was missed, or along another direction
    return curvature + missed[:, None] * missed / weight


def _descend(point: Point, step: Floats) -> Point:
    """Go along `step`, halving it until the deviance falls; stay if it does not."""
    for _ in range(30):
        moved = point.model.at(point.theta + step)
        if moved.deviance < point.deviance + _rounding(point):
            return moved
        step = step / 2
    return point


def _rounding(point: Point) -> float:
    return 1e-13 * abs(point.deviance)


def _snap(point: Point) -> tuple[Point, bool]:
    """Put at zero what the deviance cannot tell from zero; return whether there is any."""
    structure, singular = point.model.structure, False
    for number, spaces in enumerate(structure.null_vectors(point.psis, NEARLY_NULL)):
        for space in spaces:
            for v in space.T:  # the smallest eigenvalue first
                keep = np.eye(len(v)) - np.outer(v, v)
                psis = list(point.psis)
                psis[number] = keep @ psis[number] @ keep
                snapped = point.model.at(structure.parameters(psis))
                if snapped.deviance >= point.deviance + max(INDISTINCT, _rounding(point)):
                    break
                point, singular = snapped, True
    return point, singular


def _leave_boundary(point: Point) -> Point | None:
    """Return a better point in the interior, if the deviance falls towards it."""
    structure = point.model.structure
    for number, change, _, step in _ways_in(point):
        size = step
        for _ in range(10):
            psis = list(point.psis)
            psis[number] = psis[number] + size * change
            moved = point.model.at(structure.parameters(psis))
            if moved.deviance < point.deviance - GAIN:
                return moved
            size /= 4
    return None


def _ways_in(point: Point) -> Iterator[tuple[int, Floats, float, float]]:
    """Yield the changes of a singular Psi into the cone along which the deviance falls.

    With the number of the factor, the slope of the deviance and the length of a Newton step.
    """
    structure = point.model.structure
    for number, spaces in enumerate(structure.null_vectors(point.psis, NULL)):
        factor, at = structure.factors[number], structure.elements[number]
        for space in spaces:
            if not space.shape[1]:
                continue
            values, vectors = eigen(space.T @ point.slopes[number] @ space)
            if values[0] < 0:
                v = space @ vectors[:, 0]
                change = np.outer(v, v)
                unit = change[factor.first, factor.second]
                curvature = max(float(unit @ point.information[at, at] @ unit), 1e-300)
                slope = float(values[0])
                yield number, change, slope, -slope / curvature
