"""What stands on an Axes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D


def curves(ax: Axes, color: str) -> list[Line2D]:
    """Return the lines of a color that are drawn through more than two points."""
    return [
        line for line in ax.lines if to_hex(line.get_color()) == color and len(line.get_xdata()) > 2
    ]


def texts(ax: Axes) -> list[str]:
    """Return every text."""
    return [text.get_text() for text in ax.texts]
