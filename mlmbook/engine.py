"""The engine's view of a model: its arrays, and the likelihood of all variance parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .likelihood.estimates import Effects
from .likelihood.joint import Joint
from .likelihood.level1 import LevelOne
from .likelihood.rows import Rows

if TYPE_CHECKING:
    from .arrays import Floats
    from .design import Design
    from .residual.bound import Residual
    from .result.estimated import Estimated

__all__ = ["effects_of", "has_rho", "joint", "level1_of", "response_of"]


def effects_of(design: Design) -> list[Effects]:
    """Return the random effects of each grouping factor."""
    return [
        Effects(
            grouping.units,
            grouping.ngroups,
            grouping.Z,
            grouping.blocks,
            grouping.spatial,
            np.nan if grouping.spatial is None else grouping.spatial.start,
        )
        for grouping in design.groupings
    ]


def has_rho(design: Design) -> bool:
    """Return whether a spatial parameter is estimated."""
    return any(g.spatial is not None and g.spatial.estimated for g in design.groupings)


def level1_of(design: Design, residual: Residual | None) -> LevelOne:
    """Return the level-1 structure, be it the simplest."""
    return LevelOne(np.zeros(len(design.y))) if residual is None else residual.level1


def response_of(design: Design) -> Floats:
    """Return the response less the offset."""
    return design.y if design.offset is None else design.y - design.offset


def joint(fit: Estimated, *, reml: bool | None = None) -> Joint:
    """Return the likelihood that a model was fitted by, or the other one."""
    design, residual = fit.design, fit.residual
    if residual is None and not has_rho(design):
        return Joint(fit.estimates, reml=reml)
    level1 = level1_of(design, residual)
    rows = Rows.of(design.X, response_of(design), effects_of(design), level1)
    phi = np.empty(0) if residual is None else residual.phi
    return Joint(fit.estimates, rows, rows.with_rhos(phi, fit.estimates.rhos), reml=reml)
