"""Find a variable that is in the model twice: within groups, and as the mean of each group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlmbook.grouping import group_means
from mlmbook.write.model import Column, Model
from mlmbook.write.units import Unit

AFFIXES = ("between", "within", "means", "mean", "avg", "cwc", "dev", "av", "b", "c", "m", "w")


@dataclass(frozen=True)
class Pair:
    """The two columns of one variable."""

    within: Column
    between: Column
    unit: Unit
    """The groups within and between which it differs."""
    centered: bool
    """Whether `within` is the difference from the group mean; else it is the variable itself."""


def pairs(model: Model) -> Iterator[Pair]:
    """Yield the within-between pairs that can be recognized for certain.

    The variable itself beside a column that equals its group means; or a column whose group means
    are all zero beside a group-level column of the same name, such as ``cses`` and ``meanses``.
    Variables that also stand in a product are left out: their slopes have conditions.
    """
    data = model.fit.design.data
    multiplied = {
        f for column in model.predictors if len(column.factors) > 1 for f in column.factors
    }
    single = [
        column
        for column in model.predictors
        if len(column.factors) == 1
        and column.factors[0] not in multiplied
        and column.factors[0].category is None
        and column.name in data
    ]
    for unit in (unit for unit in model.units if unit.shared is None):
        codes = unit.codes
        for within in (column for column in single if column.level < unit.level):
            x = data[within.name].to_numpy(dtype=float)
            means = group_means(x, codes)
            for between in (column for column in single if column.level == unit.level):
                of_group = np.empty_like(means)
                of_group[codes] = data[between.name].to_numpy(dtype=float)
                if np.allclose(of_group, means, rtol=0, atol=1e-5 * x.std()):
                    yield Pair(within, between, unit, centered=False)
                elif np.abs(means).max() < 1e-6 * x.std() and _same(within.name, between.name):
                    yield Pair(within, between, unit, centered=True)


def _same(first: str, second: str) -> bool:
    """Whether two names are one name with different affixes."""
    return bool(_stems(first) & _stems(second))


def _stems(name: str) -> set[str]:
    """Return what remains of a name without each affix, where that is still a word."""
    start = {name.removeprefix(affix).strip("_") for affix in AFFIXES}
    end = {name.removesuffix(affix).strip("_") for affix in AFFIXES}
    return {stem for stem in {name, *start, *end} if len(stem) > 1}
