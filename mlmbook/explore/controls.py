"""The controls of an explorable, each with the grid of values at which its figure is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from mlmbook.errors import ExplorableError

__all__ = ["Choice", "Control", "Draw", "Slider", "Toggle", "Value"]

Value = float | int | str | bool


def _checked_name(name: str) -> None:
    if not name.isidentifier():
        raise ExplorableError(
            f"control name {name!r} is not a Python name; it is passed to the function as a keyword"
        )


@dataclass(frozen=True)
class Slider:
    """A number on a scale.

    Parameters
    ----------
    name : str
        Keyword under which the function receives the value, a float.
    label : str
        What it means, in words, with its symbol: ``"How much schools differ, σ_u0"``.
    low, high : float
        Ends of the scale.
    step : float
        Distance between two settings. The figure is computed at each of them.
    value : float, optional
        Where it starts; the middle of the scale by default.
    unit : str
        Shown after the value.
    words : callable, optional
        Turns a value into the words that are shown and spoken instead of the number and unit.
    smooth : bool
        Let the reader stop between two settings; numbers there are interpolated linearly.
    level : {"between", "within"}, optional
        Colors the label.
    """

    name: str
    label: str
    low: float
    high: float
    _: KW_ONLY
    step: float
    value: float | None = None
    unit: str = ""
    words: Callable[[float], str] | None = None
    smooth: bool = False
    level: str | None = None

    def __post_init__(self) -> None:
        _checked_name(self.name)
        if not self.low < self.high:
            raise ExplorableError(
                f"slider {self.name!r} runs from {self.low:g} to {self.high:g}; "
                "low must be below high"
            )
        steps = (self.high - self.low) / self.step if self.step > 0 else 0.0
        if steps < 0.5 or abs(steps - round(steps)) > 1e-6:
            raise ExplorableError(
                f"slider {self.name!r}: a step of {self.step:g} does not divide the scale "
                f"from {self.low:g} to {self.high:g} into equal parts"
            )
        if self.level not in (None, "between", "within"):
            raise ExplorableError(
                f"slider {self.name!r}: level {self.level!r} is not 'between', 'within' or None"
            )
        if self.value is not None:
            self.index(self.value)

    @property
    def grid(self) -> list[float]:
        """The settings, from low to high, free of rounding noise."""
        count = round((self.high - self.low) / self.step)
        return [round(self.low + i * self.step, 10) for i in range(count + 1)]

    @property
    def start(self) -> float:
        """The value shown first."""
        grid = self.grid
        return grid[len(grid) // 2] if self.value is None else float(self.value)

    @property
    def decimals(self) -> int:
        """Decimals that the settings need."""
        return max(_decimals(self.low), _decimals(self.step))

    def index(self, value: Value) -> float:
        """Return the position of a value on the grid; fractional only on a smooth slider."""
        if isinstance(value, str | bool) or not self.low <= value <= self.high:
            raise ExplorableError(
                f"{self.name}={value!r} is not on the scale from {self.low:g} to {self.high:g}"
            )
        at = (value - self.low) / self.step
        if abs(at - round(at)) < 1e-6:
            return float(round(at))
        if self.smooth:
            return at
        near = (math.floor(at), math.ceil(at))
        raise ExplorableError(
            f"{self.name}={value!r} is between two settings; "
            f"the nearest are {self.grid[near[0]]:g} and {self.grid[near[1]]:g}"
        )

    def text(self, value: Value) -> str:
        """Return a value as the reader sees it, with its unit."""
        if self.words is not None:
            return self.words(float(value))
        number = f"{value:.{self.decimals}f}".replace("-", "−")
        return f"{number} {self.unit}".rstrip()

    def spec(self) -> dict[str, Any]:
        """Return what the player needs to know."""
        return {
            "kind": "slider",
            "name": self.name,
            "label": self.label,
            "values": self.grid,
            "texts": [self.text(value) for value in self.grid] if self.words else None,
            "unit": self.unit,
            "decimals": self.decimals,
            "step": self.step,
            "smooth": self.smooth,
            "level": self.level,
        }


@dataclass(frozen=True)
class Choice:
    """One of a few values.

    Parameters
    ----------
    name, label : str
        As for `Slider`.
    options : sequence or mapping
        The values, or each value with the words for it.
    value : optional
        The one chosen at the start; the first by default.
    """

    name: str
    label: str
    options: Sequence[Value] | Mapping[Any, str]  # any key: a mapping is invariant in it
    value: Value | None = None

    def __post_init__(self) -> None:
        _checked_name(self.name)
        if len(self.options) < 2:
            raise ExplorableError(f"choice {self.name!r} needs at least two options")
        self.index(self.start)

    @property
    def grid(self) -> list[Value]:
        """The options in order."""
        return list(self.options)

    @property
    def start(self) -> Value:
        """The value shown first."""
        return self.grid[0] if self.value is None else self.value

    def index(self, value: Value) -> float:
        """Return the position of an option."""
        if value not in self.grid:
            raise ExplorableError(f"{self.name}={value!r} is not one of the options {self.grid}")
        return float(self.grid.index(value))

    def text(self, value: Value) -> str:
        """Return the words for an option."""
        if isinstance(self.options, Mapping):
            return self.options[value]
        return f"{value:g}" if isinstance(value, float) else str(value)

    def spec(self) -> dict[str, Any]:
        """Return what the player needs to know."""
        return {
            "kind": "choice",
            "name": self.name,
            "label": self.label,
            "values": self.grid,
            "texts": [self.text(value) for value in self.grid],
        }


@dataclass(frozen=True)
class Toggle:
    """Something on or off; the function receives a bool."""

    name: str
    label: str
    value: bool = False

    def __post_init__(self) -> None:
        _checked_name(self.name)

    @property
    def grid(self) -> list[bool]:
        """Off, on."""
        return [False, True]

    @property
    def start(self) -> bool:
        """The value shown first."""
        return self.value

    def index(self, value: Value) -> float:
        """Return 0 for off and 1 for on."""
        if not isinstance(value, bool):
            raise ExplorableError(f"{self.name}={value!r} is neither True nor False")
        return float(value)

    def text(self, value: Value) -> str:
        """Return on or off."""
        return "on" if value else "off"

    def spec(self) -> dict[str, Any]:
        """Return what the player needs to know."""
        return {"kind": "toggle", "name": self.name, "label": self.label, "values": self.grid}


@dataclass(frozen=True)
class Draw:
    """A button that draws another random sample; the function receives its number, `draw`.

    The function makes its own generator from that number, so each sample is always the same:
    ``rng = np.random.default_rng([2026, draw])``.
    """

    count: int = 8
    label: str = "Draw another sample"

    def __post_init__(self) -> None:
        if self.count < 2:
            raise ExplorableError(f"Draw({self.count}) has no other sample to draw; use 2 or more")

    @property
    def name(self) -> str:
        """The keyword, always `draw`."""
        return "draw"

    @property
    def grid(self) -> list[int]:
        """The numbers of the samples."""
        return list(range(self.count))

    @property
    def start(self) -> int:
        """The first sample."""
        return 0

    def index(self, value: Value) -> float:
        """Return the number of the sample."""
        if value not in self.grid:
            raise ExplorableError(f"draw={value!r} is not one of the samples 0 to {self.count - 1}")
        return float(value)

    def text(self, value: Value) -> str:
        """Return the sample counted from one."""
        return f"sample {int(value) + 1} of {self.count}"

    def spec(self) -> dict[str, Any]:
        """Return what the player needs to know."""
        return {"kind": "draw", "name": "draw", "label": self.label, "values": self.grid}


Control = Slider | Choice | Toggle | Draw


def _decimals(value: float) -> int:
    """Count the decimals of a number: 0.25 has two, 5 has none."""
    text = f"{value:.6f}".rstrip("0")
    return len(text.partition(".")[2])
