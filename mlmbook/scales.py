"""Responses of a size that a computer cannot calculate with, and what to say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .errors import DataError

if TYPE_CHECKING:
    from .arrays import Floats

__all__ = ["nothing_left", "refuse_scale"]

LEAST, MOST = 1e-151, 1e151
"""Sizes whose squares, and sums of them, are numbers."""
DIGITS = 1e-8
"""A response that varies by less, relative to its size, has too few digits where it varies."""


def refuse_scale(y: Floats) -> None:
    """Raise if the variance of a response is too large or too small to be a number.

    Raises
    ------
    DataError
        It is.
    """
    largest = float(np.abs(y).max())
    if not LEAST < largest < MOST:
        raise DataError(
            f"the largest value of the response is {largest:.3g}, and its variance is no number "
            "that a computer holds; give the response in other units"
        )


def nothing_left(words: str, y: Floats) -> str:
    """Say why nothing of a response is left to be explained: it is, or its digits are lost."""
    size, spread = float(np.abs(y).max()), float(np.ptp(y))
    if spread > DIGITS * size:
        return f"{words}: no variation is left to divide between the levels"
    return (
        f"the values of the response are about {y.mean():.3g} and differ by {spread:.3g} at most: "
        "too few of their digits vary; subtract a constant from the response"
    )
