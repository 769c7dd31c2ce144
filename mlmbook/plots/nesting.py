"""Which units lie in which: nested and crossed levels, and the level at which each column lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from mlmbook.errors import DataError, did_you_mean


@dataclass(frozen=True)
class Relation:
    """How two grouping columns lie to each other."""

    inner: str
    outer: str
    verdict: str
    """``"nested"`` (each inner unit in one outer), ``"same"`` (one to one) or ``"crossed"``."""
    pairs: int
    """Combinations that occur in the data."""
    possible: int
    """Combinations that could occur."""


def relation(data: pd.DataFrame, inner: str, outer: str) -> Relation:
    """Say how two grouping columns lie to each other; the finer one is returned as `inner`."""
    pairs = len(data[[inner, outer]].drop_duplicates())
    n_inner, n_outer = data[inner].nunique(), data[outer].nunique()
    if n_inner < n_outer:
        inner, outer, n_inner, n_outer = outer, inner, n_outer, n_inner
    verdict = "crossed"
    if pairs == n_inner:
        verdict = "same" if n_inner == n_outer else "nested"
    return Relation(inner, outer, verdict, pairs, n_inner * n_outer)


def check_levels(data: pd.DataFrame, levels: str | Sequence[str]) -> tuple[list[str], pd.DataFrame]:
    """Return the names of the levels and the rows in which all of them are known.

    Raises
    ------
    DataError
        A level is not a column, is named twice, has one unit only, or no row is complete.
    """
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a pandas DataFrame, got {type(data).__name__}")
    names = [levels] if isinstance(levels, str) else list(levels)
    if not names:
        raise DataError("name at least one grouping column, e.g. levels='school'")
    for name in names:
        if name not in data.columns:
            raise DataError(
                f"{name!r} is not a column of the data{did_you_mean(name, data.columns)} "
                f"(columns: {', '.join(map(str, data.columns))})"
            )
    if len(set(names)) < len(names):
        raise DataError(f"a level is named twice in {names}")
    known = data.dropna(subset=names)
    for name in names:
        if known[name].nunique() < 2:
            raise DataError(
                f"{name!r} has {known[name].nunique()} units in the data; "
                "a level needs at least two"
            )
    return names, known


def nesting_order(data: pd.DataFrame, levels: Sequence[str]) -> list[str] | None:
    """Return the levels from the outermost to the innermost, or None if two of them are crossed."""
    ordered = sorted(levels, key=lambda name: int(data[name].nunique()))
    for outer, inner in pairwise(ordered):
        if relation(data, inner, outer).verdict == "crossed":
            return None
    return ordered


def columns_by_level(data: pd.DataFrame, levels: Sequence[str]) -> dict[str, list[str]]:
    """Return for each level the columns that are constant within its units but vary between them.

    Parameters
    ----------
    data : DataFrame
        One row a level-1 unit.
    levels : sequence of str
        Grouping columns, the outermost first.

    Returns
    -------
    dict
        Level → columns; the key ``""`` is level 1, the rows. A column that never varies is left
        out.
    """
    found: dict[str, list[str]] = {}
    left = [
        column for column in data.columns if column not in levels and data[column].nunique() > 1
    ]
    for level in levels:
        kinds = data.groupby(level, observed=True)[left].nunique()
        found[level] = [column for column in left if (kinds[column] <= 1).all()]
        left = [column for column in left if column not in found[level]]
    return {**found, "": left}
