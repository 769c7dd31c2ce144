"""The kinds of groups in a model: levels of a hierarchy, or classifications that cross."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

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
    """The columns of the data whose combinations are the groups."""
    level: int
    """2, 3, ...: the more groups there are, the lower."""
    codes: Codes
    """The group of each row."""
    ngroups: int

    def varies(self, values: pd.Series[float]) -> bool:
        """Whether a variable differs between the rows of a group."""
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
    coded = {grouping.name: (grouping.codes, grouping.ngroups) for grouping in groupings}
    by_size = sorted(coded, key=lambda name: -coded[name][1])
    return tuple(
        Unit(name, _columns(name, fit.data.columns), level, *coded[name])
        for level, name in enumerate(by_size, 2)
    )


def is_chain(units: Sequence[Unit]) -> bool:
    """Whether each kind of group is nested in the next."""
    return all(lower.inside(upper) for lower, upper in pairwise(units))


def _columns(name: str, known: Iterable[Hashable]) -> tuple[str, ...]:
    return (name,) if name in known else tuple(name.split(":"))
