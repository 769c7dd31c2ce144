"""A number to work out, checked with a tolerance."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mlmbook.errors import ExplorableError
from mlmbook.teach.widget import QuestionWidget, checked_name, still

__all__ = ["check"]


def check(
    name: str,
    question: str,
    answer: float,
    *,
    tolerance: float,
    unit: str = "",
    hint: str = "",
    why: str = "",
    slips: Mapping[float, str] | None = None,
) -> QuestionWidget:
    """Ask for a number.

    Readers may write 0.18, .18, 0,18 or 18 %, a fraction such as 9/25, and the unit after it.

    Parameters
    ----------
    name : str
        Stable name of the question, such as ``"ex-07-deff"``.
    question : str
        Plain text; symbols with subscripts as in ``σ_u0``.
    answer : float
        The right number. A share is a number from 0 to 1; with ``unit="%"`` it is a percentage.
    tolerance : float
        Largest difference that is still right.
    unit : str
        Shown after the box.
    hint : str
        Shown when the reader asks for it.
    why : str
        How the answer comes about; shown once it is right, and in print.
    slips : dict of float to str
        Wrong numbers that a known slip leads to, and the words that name the slip.

    Returns
    -------
    QuestionWidget

    Raises
    ------
    ExplorableError
        The answer is not finite, the tolerance is not positive, or a slip counts as right.

    Examples
    --------
    >>> check("ex-07-icc", "σ²_u0 = 8.6 and σ²_e0 = 39.1. What is the ICC?", 0.18, tolerance=0.005,
    ...       slips={0.22: "You divided by the variance within schools, not by the total."})
    Check('ex-07-icc')
    """
    checked_name(name)
    if not math.isfinite(answer):
        raise ExplorableError(f"check {name!r}: the answer is {answer!r}, not a finite number")
    if not tolerance > 0:
        raise ExplorableError(f"check {name!r}: tolerance is {tolerance!r}; it must be positive")
    slips = dict(slips or {})
    for value in slips:
        if abs(value - answer) <= tolerance:
            raise ExplorableError(
                f"check {name!r}: the slip {value!r} is within {tolerance:g} "
                f"of the answer {answer:g}"
            )
    spec = {
        "kind": "check",
        "name": name,
        "question": question,
        "answer": float(answer),
        "tolerance": float(tolerance),
        "unit": unit,
        "hint": hint,
        "why": why,
        "slips": [{"value": float(value), "text": text} for value, text in slips.items()],
    }
    shown = f"**{_rounded(answer, tolerance)} {unit}".rstrip() + "**"
    return QuestionWidget(spec, still(question, [], [shown, *filter(None, [why])], hint))


def _rounded(answer: float, tolerance: float) -> str:
    """Write the answer with the decimals that its tolerance calls for."""
    decimals = max(0, math.ceil(-math.log10(tolerance)))
    text = f"{answer:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
