"""How two grouping factors of a model lie to each other, where that is worth a word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .errors import DataError
from .likelihood.membership import Membership

if TYPE_CHECKING:
    from .arrays import Floats
    from .grouping import Grouping

__all__ = ["numbered_anew", "refuse_same_groups"]

SAME = 1e-12
"""Memberships that differ by less are the same."""


def refuse_same_groups(groupings: Sequence[Grouping]) -> None:
    """Raise if two factors divide the rows in the same way.

    That of a map may be beside a plain one: part of what districts have in common with no other.
    """
    for one, two in combinations([g for g in groupings if g.spatial is None], 2):
        if one.ngroups == two.ngroups and _same(one, two):
            raise DataError(
                f"{one.name!r} and {two.name!r} divide the rows into the same groups; keep one"
            )


def _same(one: Grouping, two: Grouping) -> bool:
    if isinstance(one.units, Membership) or isinstance(two.units, Membership):
        first, second = (Membership.of(g.units, g.ngroups).weights for g in (one, two))
        return bool(abs(first @ first.T - second @ second.T).max() < SAME)
    return len(np.unique(one.units * two.ngroups + two.units)) == one.ngroups


def numbered_anew(groupings: Sequence[Grouping]) -> list[str]:
    """Say which factors have labels 1, 2, ... in every group of another one.

    They may be crossed, as judges and wines are. But classes that are numbered anew in every
    school look the same, and then class 1 of all schools would share one random effect.
    """
    sentences = []
    for inner, outer in permutations([g for g in groupings if g.special is None], 2):
        numbers = _whole_numbers(inner.labels)
        if numbers is None:
            continue
        first = inner.codes == np.argmin(numbers)
        if numbers.min() != 1 or len(np.unique(outer.codes[first])) < outer.ngroups:
            continue  # the common case, found without looking at all pairs
        pairs = np.unique(outer.codes * inner.ngroups + inner.codes)
        group, label = pairs // inner.ngroups, numbers[pairs % inner.ngroups]
        highest = np.zeros(outer.ngroups)
        np.maximum.at(highest, group, label)
        if (highest == np.bincount(group)).all():
            sentences.append(
                f"{inner.name!r} has labels 1, 2, ... in every group of {outer.name!r}, and equal "
                f"labels are taken for one group; if they were numbered anew in each, write "
                f"'(1 | {outer.name}/{inner.name})'"
            )
    return sentences


def _whole_numbers(labels: pd.Index) -> Floats | None:
    """Return labels as numbers if all are whole ones, be it as text."""
    if isinstance(labels[0], str) and not labels[0].isdigit():
        return None
    numbers = pd.to_numeric(pd.Series(labels.astype(str)), errors="coerce").to_numpy(dtype=float)
    return numbers if (np.mod(numbers, 1) == 0).all() else None
