"""Power by simulation: draw data from a world, fit, test; count how often the test rejects."""

from .study import power

__all__ = ["power"]
