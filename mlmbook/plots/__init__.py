"""Pictures of multilevel data and models, one a module; each takes `ax` and returns the Axes.

For pictures of your own in the same look: ``with canvas(ax) as ax:`` or ``with panels(2) as
(left, right):``, then :func:`name_axes` and :func:`label`. The colors of the levels are in `COLOR`
and `FILL`, their markers in `MARKER`, their line styles in `DASH`.
"""

from __future__ import annotations

from typing import Any

from ..lazy import from_home

_HOME = {
    **dict.fromkeys(["COLOR", "DASH", "FILL", "INK", "MARKER", "MUTED", "RULE"], "palette"),
    **dict.fromkeys(["canvas", "key", "label", "mark", "name_axes", "panels"], "style"),
    "plot_caterpillar": "caterpillar",
    "plot_groups": "groups",
    "plot_interaction": "interaction",
    "plot_map": "map",
    "plot_power": "power",
    "plot_profile": "profile",
    "plot_ranef_qq": "ranef_qq",
    "plot_residuals": "residuals",
    "plot_residuals_qq": "residuals_qq",
    "plot_shrinkage": "shrinkage",
    "plot_structure": "structure",
    "plot_variance": "variance",
    "plot_variance_function": "variance_function",
}
"""Names and the modules they live in, imported when they are used: colors need no matplotlib."""

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return from_home(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
