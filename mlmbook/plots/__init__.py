"""Pictures of multilevel data and models, one a module; each takes `ax` and returns the Axes.

For pictures of your own in the same look: ``with canvas(ax) as ax:`` or ``with panels(2) as
(left, right):``, then :func:`name_axes` and :func:`label`. The colors of the levels are in `COLOR`
and `FILL`, their markers in `MARKER`, their line styles in `DASH`.
"""

from mlmbook.plots.caterpillar import plot_caterpillar
from mlmbook.plots.groups import plot_groups
from mlmbook.plots.interaction import plot_interaction
from mlmbook.plots.map import plot_map
from mlmbook.plots.power import plot_power
from mlmbook.plots.profile import plot_profile
from mlmbook.plots.ranef_qq import plot_ranef_qq
from mlmbook.plots.residuals import plot_residuals
from mlmbook.plots.residuals_qq import plot_residuals_qq
from mlmbook.plots.shrinkage import plot_shrinkage
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
    key,
    label,
    mark,
    name_axes,
    panels,
)
from mlmbook.plots.variance import plot_variance
from mlmbook.plots.variance_function import plot_variance_function

__all__ = [
    "COLOR",
    "DASH",
    "FILL",
    "INK",
    "MARKER",
    "MUTED",
    "RULE",
    "canvas",
    "key",
    "label",
    "mark",
    "name_axes",
    "panels",
    "plot_caterpillar",
    "plot_groups",
    "plot_interaction",
    "plot_map",
    "plot_power",
    "plot_profile",
    "plot_ranef_qq",
    "plot_residuals",
    "plot_residuals_qq",
    "plot_shrinkage",
    "plot_structure",
    "plot_variance",
    "plot_variance_function",
]
