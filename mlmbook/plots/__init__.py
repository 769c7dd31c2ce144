"""Pictures of multilevel data and models, one a module; each takes `ax` and returns the Axes.

For pictures of your own in the same look: ``with canvas(ax) as ax:`` or ``with panels(2) as
(left, right):``, then :func:`name_axes` and :func:`label`. The colors of the levels are in `COLOR`
and `FILL`, their markers in `MARKER`, their line styles in `DASH`.
"""

from mlmbook.plots.structure import plot_structure
from mlmbook.plots.style import (
    COLOR,
    DASH,
    FILL,
    INK,
    MARKER,
    MUTED,
    RULE,
    canvas,
    label,
    name_axes,
    panels,
)

__all__ = [
    "COLOR",
    "DASH",
    "FILL",
    "INK",
    "MARKER",
    "MUTED",
    "RULE",
    "canvas",
    "label",
    "name_axes",
    "panels",
    "plot_structure",
]
