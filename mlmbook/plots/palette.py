"""The colors, markers and line styles of the levels, in every picture and explorable.

Blue circles and solid lines are between groups (level 2); orange squares and dashed lines are
within groups (level 1). The hex values are those of the site's light theme; for its dark theme the
site turns pictures over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

PAPER: Final = "#fffdf8"
INK: Final = "#1c2430"
MUTED: Final = "#596273"
RULE: Final = "#e4ded2"

COLOR: Final = MappingProxyType(
    {
        "within": "#a84a05",
        "between": "#0b5fa5",
        "cross": "#74389a",
        "third": "#0f6b66",
        "fixed": INK,
        "neutral": MUTED,
        "wrong": "#a3263b",
        "right": "#1d7448",
    }
)
FILL: Final = MappingProxyType(
    {
        "within": "#e9a15f",
        "between": "#7fb2df",
        "cross": "#c9a3e3",
        "third": "#7cc4bd",
        "fixed": "#c9ccd2",
        "neutral": "#c9ccd2",
    }
)
MARKER: Final = MappingProxyType({"within": "s", "between": "o", "third": "D", "cross": "^"})
DASH: Final[Mapping[str, str | tuple[float, Sequence[float]]]] = MappingProxyType(
    {"within": (0, (3.2, 1.8)), "between": "-", "third": (0, (6, 2, 1, 2)), "fixed": "-"}
)
