r"""The least of several minima, where the residual variance is known.

With an estimated :math:`\sigma` one search from the middle finds the minimum of the deviance. When
:math:`\sigma` is known, and the variances of the rows differ by orders of magnitude, the deviance
may have a minimum where few precise rows agree and the others count for nothing, and another where
all count alike. So it is computed for a range of sizes *s* of all random effects,
:math:`\Lambda=sI`, and then of one factor after the other, and from the least place of each valley
on the way a search begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .optimize import GAIN, Optimum, minimize

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Gaussian


SIZES = np.geomspace(1e-3, 1e5, 41)
"""Standard deviations of random effects over the level-1 ones, on average over the rows."""


def search(model: Gaussian, start: Floats) -> Optimum:
    """Find the minimum of the deviance; the least that is seen, if sigma is known.

    Parameters
    ----------
    model : Gaussian
    start : ndarray
        First value of theta.

    Raises
    ------
    NoVariationError
        As :func:`mlmbook.likelihood.optimize.minimize` does.
    """
    best = minimize(model, start)
    if model.sigma2 is None or not len(start):
        return best
    structure = model.structure
    best = _better(model, best, np.zeros_like(start), structure.diagonal)
    if len([at for at in structure.slices if at.stop > at.start]) > 1:
        for at in structure.slices:
            own = np.zeros(len(start), dtype=bool)
            own[at] = True
            rest = np.where(own, 0.0, best.point.theta)
            best = _better(model, best, rest, structure.diagonal & own)
    return best


def _better(model: Gaussian, best: Optimum, rest: Floats, along: Floats) -> Optimum:
    """Search from the valleys of a line; return the least minimum."""
    for theta in _valleys(model, rest, along):
        found = minimize(model, theta)
        if found.point.deviance < best.point.deviance - GAIN:
            best = found
    return best


def _valleys(model: Gaussian, rest: Floats, along: Floats) -> Iterator[Floats]:
    """Yield the least points of a line for sizes that are larger and larger."""
    line = [rest + size * along for size in SIZES]
    height = np.array([np.inf, *(model.at(theta).deviance for theta in line), np.inf])
    lowest = (height[1:-1] < height[:-2]) & (height[1:-1] <= height[2:])
    yield from (line[number] for number in np.flatnonzero(lowest))
