"""Variances as functions of a predictor, where they are least, and how alike two values are."""

from .along import VarianceFunction, variance_function

__all__ = ["VarianceFunction", "variance_function"]
