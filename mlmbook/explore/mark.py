"""What all marks share: a level for color and second cue, and channels of one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlmbook.errors import ExplorableError

__all__ = ["Mark", "Numbers", "Positions", "column_of"]

LEVELS = ("between", "within", "cross", "fixed", "third", "neutral", "wrong", "right")

Numbers = NDArray[np.float64]
Positions = ArrayLike | Sequence[str]


@dataclass(eq=False)
class Mark:
    """Base of all marks.

    Parameters
    ----------
    label : str
        Words for the mark, written beside it or in the key above the picture.
    level : str
        What it belongs to: ``"between"`` (blue, circles, solid), ``"within"`` (orange, squares,
        dashed), ``"cross"``, ``"third"``, ``"fixed"``, ``"neutral"``, ``"wrong"`` or ``"right"``.
    """

    axes: ClassVar[dict[str, str]] = {}  # channel -> the axis it is read on
    numbers: ClassVar[tuple[str, ...]] = ()  # channels that are not positions
    words: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[tuple[str, ...]] = ()  # the same at every setting

    _: KW_ONLY
    label: str = ""
    level: str = "neutral"

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ExplorableError(
                f"{self.kind}: level {self.level!r} is unknown; use one of {LEVELS}"
            )
        self._arrange()

    @property
    def kind(self) -> str:
        """Name of the mark for the player."""
        return type(self).__name__.lower()

    def _arrange(self) -> None:
        """Bring every channel to an array or a list of words, all of one length."""
        channels = [*self.axes, *self.numbers, *self.words]
        for name in channels:
            column = column_of(getattr(self, name), f"{self.kind}.{name}")
            if name in self.words and isinstance(column, np.ndarray):
                column = [f"{value:g}" for value in column]
            setattr(self, name, column)
        lengths = {name: len(getattr(self, name)) for name in channels if _given(self, name)}
        longest = max(lengths.values(), default=0)
        for name, length in lengths.items():
            if length == 1 < longest and name in self.numbers:
                continue  # one number for all, such as a size
            if length == 1 < longest:
                value = getattr(self, name)
                setattr(
                    self,
                    name,
                    value * longest if isinstance(value, list) else np.repeat(value, longest),
                )
            elif length != longest:
                raise ExplorableError(
                    f"{self.kind}: channels have different lengths: "
                    + ", ".join(f"{key} {count}" for key, count in lengths.items())
                )

    def channel(self, name: str) -> Numbers | list[str]:
        """Return one channel: an array, or a list of words."""
        value: Numbers | list[str] = getattr(self, name)
        return value

    def channels(self) -> dict[str, Numbers | list[str]]:
        """Return every channel that is given."""
        names = [*self.axes, *self.numbers, *self.words]
        return {name: self.channel(name) for name in names if _given(self, name)}

    def spec(self) -> dict[str, Any]:
        """Return what stays the same at every setting."""
        return {name: getattr(self, name) for name in self.options}


def _given(mark: Mark, name: str) -> bool:
    return getattr(mark, name) is not None


def column_of(values: Any, what: str) -> Any:
    """Return None, a list of words, or an array of numbers with one dimension."""
    if values is None:
        return None
    if isinstance(values, str):
        return [values]
    array = np.atleast_1d(np.asarray(values))
    if array.ndim > 1:
        raise ExplorableError(f"{what} has {array.ndim} dimensions; it must have one")
    if array.dtype.kind in "OUS" and any(isinstance(value, str) for value in array):
        return [str(value) for value in array]
    try:
        numbers = array.astype(float)
    except (TypeError, ValueError):
        raise ExplorableError(f"{what} holds neither numbers nor words: {values!r:.80}") from None
    if np.isinf(numbers).any():
        raise ExplorableError(f"{what} is infinite at position {int(np.isinf(numbers).argmax())}")
    return numbers
