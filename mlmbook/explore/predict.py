"""A prediction to make before the controls unlock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlmbook.errors import ExplorableError

__all__ = ["Predict"]


@dataclass(frozen=True)
class Predict:
    """A closed prediction that the reader makes before the controls unlock.

    Parameters
    ----------
    question : str
        Asked above the figure.
    options : sequence of str
        The answers to choose from.
    answer : int
        Position of the right one.
    because : str
        One sentence, shown with the prediction after the reveal.
    """

    question: str
    options: Sequence[str]
    answer: int
    because: str = ""

    def __post_init__(self) -> None:
        if len(self.options) < 2:
            raise ExplorableError("Predict needs at least two options")
        if not 0 <= self.answer < len(self.options):
            raise ExplorableError(
                f"Predict: answer {self.answer} is not the position of one of the "
                f"{len(self.options)} options (0 to {len(self.options) - 1})"
            )

    def spec(self) -> dict[str, Any]:
        """Return what the player needs to know."""
        return {
            "question": self.question,
            "options": list(self.options),
            "answer": self.answer,
            "because": self.because,
        }
