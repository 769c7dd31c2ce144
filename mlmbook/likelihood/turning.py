r"""Parameters between two bounds, by angles.

.. math:: \rho = \frac{l+h}{2} - \frac{h-l}{2}\cos a

Every angle gives a value within the bounds. A deviance that falls towards a bound *l* or *h* has
an ordinary minimum at :math:`a=0` or :math:`\pi`, with a slope of zero, as a variance has at a
standard deviation of zero: a search needs no bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Floats


INSIDE = 0.05
"""Where a search begins instead of on a bound, from which the slope would not lead away."""


class Turning:
    """Several parameters between bounds, as functions of angles.

    Parameters
    ----------
    low, high : ndarray
        The bounds.
    """

    def __init__(self, low: Floats, high: Floats) -> None:
        self.middle, self.half = (low + high) / 2, (high - low) / 2

    def __len__(self) -> int:
        """Return the number of parameters."""
        return len(self.half)

    def values(self, angles: Floats) -> Floats:
        """Return the parameters."""
        values: Floats = self.middle - self.half * np.cos(angles)
        return values

    def slopes(self, angles: Floats) -> Floats:
        """Return their derivatives by the angles."""
        slopes: Floats = self.half * np.sin(angles)
        return slopes

    def angles(self, values: Floats) -> Floats:
        """Return the angles, between zero and pi."""
        angles: Floats = np.arccos(np.clip((self.middle - values) / self.half, -1, 1))
        return angles

    def start(self, values: Floats) -> Floats:
        """Return angles that are not on a bound, from which a search may go either way."""
        angles: Floats = np.clip(self.angles(values), INSIDE, np.pi - INSIDE)
        return angles
