r"""What a reader wants to know of the level-1 part, each on the scale of its interval.

The engine's parameters :math:`(\log\sigma,\varphi)` are on the whole line but mean little alone. A
quantity is a function of them; its interval is symmetric on a scale :math:`\eta` where the
likelihood is closer to normal: variances and ratios of standard deviations by their logarithm,
powers as they are, a correlation or a share between the bounds *l* and 1 by
:math:`\eta=\log\frac{\rho-l}{1-\rho}` (for :math:`l=-1` that is twice Fisher's *z*). Its standard
error follows from the derivatives of :math:`\eta` (the delta method).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from mlmbook.arrays import Floats

__all__ = ["Quantity"]

STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Quantity:
    """One variance, correlation, ratio, power or share of the level-1 part."""

    name: str
    kind: Literal["variance", "correlation", "ratio", "power", "share"]
    value: Callable[[Floats], float]
    r"""From :math:`(\log\sigma,\varphi)` to the quantity."""
    least: float = -1.0
    """Lower bound of a correlation."""

    @property
    def bounds(self) -> tuple[float, float]:
        """The values that it can have."""
        if self.kind in ("correlation", "share"):
            return self.least if self.kind == "correlation" else 0.0, 1.0
        return (-np.inf if self.kind == "power" else 0.0), np.inf

    def scaled(self, value: float) -> float:
        """Return a value of the quantity on the scale of its interval."""
        if self.kind == "power":
            return value
        with np.errstate(divide="ignore"):  # on the boundary
            low, high = self.bounds
            if high == 1:
                return float(np.log(value - low) - np.log(1 - value))
            return float(np.log(value))

    def natural(self, eta: float) -> float:
        """Return the way back."""
        if self.kind == "power":
            return eta
        low, high = self.bounds
        if high == 1:
            return float(low + (1 - low) / (1 + np.exp(-eta)))
        return float(np.exp(eta))

    def eta(self, x: Floats) -> float:
        """Return the quantity on the scale of its interval, from the parameters."""
        return self.scaled(self.value(x))

    def slopes(self, x: Floats) -> Floats:
        """Differentiate eta by the parameters."""
        steps = np.eye(len(x)) * STEP
        return np.array([(self.eta(x + h) - self.eta(x - h)) / (2 * STEP) for h in steps])
