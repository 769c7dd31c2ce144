"""The engine's view of a model: its arrays, and the likelihood of all variance parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .likelihood.estimates import Effects
from .likelihood.joint import Joint
from .likelihood.rows import Rows

if TYPE_CHECKING:
    from .arrays import Floats
    from .design import Design
    from .result import Fit

__all__ = ["effects_of", "joint", "response_of"]


def effects_of(design: Design) -> list[Effects]:
    """Return the random effects of each grouping factor."""
    return [
        Effects(grouping.codes, grouping.ngroups, grouping.Z, grouping.blocks)
        for grouping in design.groupings
    ]


def response_of(design: Design) -> Floats:
    """Return the response less the offset."""
    return design.y if design.offset is None else design.y - design.offset


def joint(fit: Fit, *, reml: bool | None = None) -> Joint:
    """Return the likelihood that a model was fitted by, or the other one."""
    if fit.residual is None:
        return Joint(fit.estimates, reml=reml)
    design = fit.design
    rows = Rows.of(design.X, response_of(design), effects_of(design), fit.residual.level1)
    return Joint(fit.estimates, rows, fit.residual.phi, reml=reml)
