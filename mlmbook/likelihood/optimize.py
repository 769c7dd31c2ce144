r"""Newton steps to the minimum of the deviance, and an honest look at the boundary.

Each step solves :math:`H\,\delta=-g` with the eigenvalues of *H* made positive, and is
shortened until the deviance falls. The search ends when the fall that the next step can
promise, :math:`\tfrac12\,g'H^{-1}g`, is negligible.

A singular covariance matrix is a stationary point whether or not it is a minimum. So before a
singular point is accepted, the slope of the deviance into the cone of covariance matrices is
looked at: where a variance in direction *v* would lower the deviance
(:math:`v'Gv < 0`), the search goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Gaussian, Point


MAX_STEPS = 200
PROMISE = 1e-11
"""Stop when a Newton step promises a smaller fall of the deviance than this."""
GAIN = 1e-7
"""Leave the boundary for a fall of the deviance that is larger than this."""


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
    """
    structure = model.structure
    point = model.at(start)
    for steps in range(1, MAX_STEPS + 1):
        step, promise = _newton_step(point)
        if promise > PROMISE:
            moved = _descend(point, step)
            if moved is not None:
                point = moved
                continue
        point = model.at(structure.parameters(point.psis))
        escaped = _leave_boundary(point)
        if escaped is None:
            settled = promise <= np.sqrt(PROMISE)
            point, singular = _snap(point)
            return Optimum(point, converged=settled, singular=singular, steps=steps)
        point = escaped
    return Optimum(point, converged=False, singular=False, steps=MAX_STEPS)


def _newton_step(point: Point) -> tuple[Floats, float]:
    """Return the step and the fall of the deviance that it promises."""
    values, vectors = np.linalg.eigh(point.hessian)
    size = np.abs(values)
    size = np.maximum(size, 1e-8 * size.max() + 1e-300)
    along = vectors.T @ point.gradient
    step = -vectors @ (along / size)
    longest = 1 + np.abs(point.theta).max()
    step *= min(1.0, longest / np.abs(step).max(initial=1e-300))
    return step, float(along @ (along / size)) / 2


def _descend(point: Point, step: Floats) -> Point | None:
    """Go along `step`, halving it until the deviance falls."""
    rounding = 1e-13 * abs(point.deviance)
    for _ in range(30):
        moved = point.model.at(point.theta + step)
        if moved.deviance < point.deviance + rounding:
            return moved
        step = step / 2
    return None


def _leave_boundary(point: Point) -> Point | None:
    """Return a better point in the interior, if the deviance falls towards it."""
    structure = point.model.structure
    for number, (factor, at) in enumerate(zip(structure.factors, structure.slices, strict=True)):
        for space in factor.null_vectors(point.psis[number]):
            if not space.shape[1]:
                continue
            values, vectors = np.linalg.eigh(space.T @ point.slopes[number] @ space)
            if values[0] >= 0:
                continue
            v = space @ vectors[:, 0]
            change = np.outer(v, v)
            unit = change[factor.rows, factor.columns]
            size = -values[0] / max(float(unit @ point.information[at, at] @ unit), 1e-300)
            for _ in range(10):
                psis = list(point.psis)
                psis[number] = psis[number] + size * change
                moved = point.model.at(structure.parameters(psis))
                if moved.deviance < point.deviance - GAIN:
                    return moved
                size /= 4
    return None


def _snap(point: Point) -> tuple[Point, bool]:
    """Put eigenvalues that are zero but for rounding at zero; return whether there are any."""
    structure, singular = point.model.structure, False
    psis = []
    for factor, psi in zip(structure.factors, point.psis, strict=True):
        for space in factor.null_vectors(psi):
            if space.shape[1]:
                singular = True
                keep = np.eye(len(psi)) - space @ space.T
                psi = keep @ psi @ keep
        psis.append(psi)
    return (point.model.at(structure.parameters(psis)), True) if singular else (point, False)
