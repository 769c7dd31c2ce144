"""What a larger model has more than a smaller one, and where that lies if it is not needed.

Inside the range of a parameter (a coefficient, a covariance, a ratio of variances, a power, an
autocorrelation that may be negative), or at its edge (a variance of random effects, a nugget, an
autocorrelation in continuous time, which is positive).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .residual.ar1 import AR1
from .residual.compound_symmetry import CompoundSymmetry
from .residual.known_variance import KnownVariance
from .residual.unstructured import Unstructured
from .residual.variance_by import VarianceBy
from .spans import spans

if TYPE_CHECKING:
    from .design import Design
    from .residual.structure import Correlation, Variance

__all__ = ["Added", "added", "may_correlate"]


@dataclass(frozen=True)
class Added:
    """The parameters that the larger model has more."""

    nested: bool
    total: int
    variances: int
    """Of random effects."""
    edges: int
    """At the edge of level 1."""
    unidentified: str = ""
    """What means nothing without another of them; empty if there is no such parameter."""


def added(small: Any, large: Any) -> Added:
    """Compare two models; the smaller may come from :func:`mlmbook.ols`."""
    total = large.nparams - small.nparams
    before, after = _variances(small.design), _variances(large.design)
    before -= _absorbed(large)
    nested = (
        total > 0
        and before <= after
        and may_correlate(small.design) <= may_correlate(large.design)
        and _covered(small, large)
        and _same_units(small.design, large.design)
        and spans(large, small)
    )
    edges, unidentified = _edges(small, large)
    if _rhos(large.design) - _rhos(small.design):
        unidentified = "rho means nothing without the variance of its effects"
    return Added(nested, total, len(after - before), edges, unidentified)


def _variances(design: Design) -> set[tuple[str, str]]:
    return {(grouping.name, term) for grouping in design.groupings for term in grouping.terms}


def may_correlate(design: Design) -> set[tuple[str, frozenset[str]]]:
    """Return the pairs of random effects that may correlate."""
    return {
        (grouping.name, frozenset((grouping.terms[a], grouping.terms[b])))
        for grouping in design.groupings
        for block in grouping.blocks
        for a in block
        for b in block
        if a < b
    }


def _rhos(design: Design) -> set[str]:
    """Return the factors with a spatial parameter."""
    return {g.name for g in design.groupings if g.spatial is not None and g.spatial.estimated}


def _same_units(small: Design, large: Design) -> bool:
    """Return whether factors of the same name have the same weights, or the same map."""
    theirs = {grouping.name: grouping for grouping in small.groupings}
    for ours in large.groupings:
        other = theirs.get(ours.name)
        if other is None:
            continue
        if ours.special != other.special or not ours.labels.equals(other.labels):
            return False
        if ours.spatial is not None and other.spatial is not None:
            ends = ours.spatial.root(ours.spatial.start), other.spatial.root(other.spatial.start)
            if not np.allclose(ends[0] @ ends[0].T, ends[1] @ ends[1].T):
                return False
    return True


# ---- level 1 --------------------------------------------------------------------------------


def _correlation(model: Any) -> Correlation | None:
    residual = getattr(model, "residual", None)
    if residual is None or residual.covariance is None:
        return None
    found: Correlation = next(part for part in residual.parts if hasattr(part, "group"))
    return found


def _variance_parts(model: Any) -> list[Variance]:
    residual = getattr(model, "residual", None)
    if residual is None:
        return []
    return [part for part in residual.parts if not hasattr(part, "group")]


def _known(model: Any) -> list[str]:
    """Return what is known of the level-1 variances: other knowledge is another model."""
    return [repr(part) for part in _variance_parts(model) if isinstance(part, KnownVariance)]


def _absorbed(large: Any) -> set[tuple[str, str]]:
    """Return the random intercept that a structure of level 1 has in it."""
    part = _correlation(large)
    if part is None or not part.exchangeable:
        return set()
    return {(large.residual.within.name, "Intercept")}


def _covered(small: Any, large: Any) -> bool:
    """Return whether the level 1 of `large` can be that of `small`."""
    ours, theirs = _correlation(large), _correlation(small)
    if _known(small) != _known(large):
        return False
    for part in _variance_parts(small):
        same = any(repr(part) == repr(other) for other in _variance_parts(large))
        finer = isinstance(part, VarianceBy) and any(
            isinstance(other, VarianceBy) and set(part.factors) <= set(other.factors)
            for other in _variance_parts(large)
        )
        by_occasion = (
            isinstance(part, VarianceBy)
            and isinstance(ours, Unstructured)
            and part.factors == (ours.occasion,)
        )
        if not (same or finer or by_occasion):
            return False
    if theirs is None:
        return True
    if ours is None or large.residual.within.name != small.residual.within.name:
        return False
    if isinstance(ours, Unstructured):
        if isinstance(theirs, AR1):
            return theirs.time == ours.occasion
        same = isinstance(theirs, Unstructured) and theirs.occasion == ours.occasion
        return same or isinstance(theirs, CompoundSymmetry)
    if isinstance(ours, AR1) and isinstance(theirs, AR1):
        positive = not small.residual.covariance.even or small.residual.phi[-1] > 0
        return ours.time == theirs.time and (ours.nugget >= theirs.nugget) and positive
    return type(ours) is type(theirs)


def _edges(small: Any, large: Any) -> tuple[int, str]:
    """Count level-1 parameters at an edge; say which means nothing by itself."""
    ours, theirs = _correlation(large), _correlation(small)
    if not isinstance(ours, AR1):
        return 0, ""
    if theirs is None:
        alone = "a nugget means nothing without a correlation" if ours.nugget else ""
        return int(not large.residual.covariance.even), alone
    return int(isinstance(theirs, AR1) and ours.nugget and not theirs.nugget), ""
