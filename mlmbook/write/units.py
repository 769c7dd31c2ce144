"""The kinds of groups in a model: levels of a hierarchy, or classifications that cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.grouping import Grouping, factor_columns
from mlmbook.special import MemberTerm, SpatialTerm, SpecialTerm

if TYPE_CHECKING:
    import pandas as pd

    from mlmbook.arrays import Codes
    from mlmbook.result import Fit

__all__ = ["Unit", "is_chain", "units_of"]


@dataclass(frozen=True, eq=False)
class Unit:
    """A kind of group."""

    name: str
    """As the formula writes it, e.g. ``"school:class"``."""
    columns: tuple[str, ...]
    """The columns of the data whose combinations are the groups; for ``mm()`` those of units."""
    level: int
    """2, 3, ...: the more groups there are, the lower."""
    codes: Codes
    """The group of each row; empty if rows belong to several."""
    ngroups: int
    special: SpecialTerm | None = None
    """``mm()``, ``car()`` or ``sar()``."""

    @property
    def shared(self) -> MemberTerm | None:
        """The columns of units and weights, if rows belong to several units."""
        return self.special if isinstance(self.special, MemberTerm) else None

    @property
    def spatial(self) -> SpatialTerm | None:
        """The kind of dependence, if groups resemble their neighbors."""
        return self.special if isinstance(self.special, SpatialTerm) else None

    @property
    def used(self) -> tuple[str, ...]:
        """All columns of the data that it needs."""
        return self.columns if self.special is None else self.special.columns

    def varies(self, values: pd.Series[float]) -> bool:
        """Whether a variable differs between the rows of a group."""
        if self.shared is not None:
            return True
        if values.name in self.columns:
            return False
        codes, _ = values.factorize()
        lowest = np.full(self.ngroups, len(codes))
        highest = np.full(self.ngroups, -1)
        np.minimum.at(lowest, self.codes, codes)
        np.maximum.at(highest, self.codes, codes)
        return bool((lowest < highest).any())

    def inside(self, other: Unit) -> bool:
        """Whether every group lies in one group of another kind."""
        if self.shared is not None or other.shared is not None:
            return False
        of_group = np.zeros(self.ngroups, dtype=int)
        of_group[self.codes] = other.codes
        return bool((of_group[self.codes] == other.codes).all())


def units_of(fit: Fit) -> tuple[Unit, ...]:
    """Return the kinds of groups, the smallest groups first.

    Those within which residuals correlate count even without random effects.
    """
    groupings = list(fit.design.groupings)
    within = None if fit.residual is None else fit.residual.within
    if within is not None and within.name not in fit.ngroups:
        groupings.append(within)
    groupings.sort(key=lambda grouping: -grouping.ngroups)
    return tuple(_unit(fit, grouping, level) for level, grouping in enumerate(groupings, 2))


def _unit(fit: Fit, grouping: Grouping, level: int) -> Unit:
    special = grouping.special
    if isinstance(special, MemberTerm):
        none: Codes = np.zeros(0, dtype=np.intp)
        return Unit(grouping.name, special.members, level, none, grouping.ngroups, special)
    columns = tuple(factor_columns(grouping.name, fit.design.data))
    if isinstance(special, SpatialTerm):
        columns = (special.district,)
    codes: Codes = np.asarray(grouping.units)
    return Unit(grouping.name, columns, level, codes, grouping.ngroups, special)


def is_chain(units: Sequence[Unit]) -> bool:
    """Whether each kind of group is nested in the next, and none is more than a plain one."""
    if any(unit.shared or (unit.spatial and len(units) > 1) for unit in units):
        return False
    return all(lower.inside(upper) for lower, upper in pairwise(units))
