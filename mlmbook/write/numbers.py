"""Numbers as a reader wants them: as many digits as the uncertainty leaves meaning to."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
MOST = 6


def decimals(uncertainty: float, *, digits: int = 2) -> int:
    """Return how many decimals show `digits` significant digits of an uncertainty."""
    if not math.isfinite(uncertainty) or uncertainty <= 0:
        return digits
    return min(max(digits - 1 - math.floor(math.log10(uncertainty)), 0), MOST)


def number(value: float, places: int) -> str:
    """Write a number with a true minus sign, and no sign before zero."""
    text = f"{abs(value):.{places}f}"
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return f"{MINUS if negative else ''}{text}"


def percent(share: float, places: int = 0) -> str:
    """Write a share as a percentage."""
    return f"{number(100 * share, places)} %"


def correlation(value: float) -> str:
    """Write a number between -1 and 1 with two decimals."""
    return number(value, 2)
