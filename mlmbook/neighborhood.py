"""Which districts are neighbors: from the argument ``neighbours=`` to a map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import DataError, did_you_mean

if TYPE_CHECKING:
    from .arrays import Codes

__all__ = ["Neighborhood", "find_districts", "position_of", "read_neighbors"]

SHOWN = 3
"""Districts that a message lists."""


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """The districts of a map, and which of them are neighbors."""

    labels: pd.Index[Any]
    """All districts, sorted, with rows or without."""
    pairs: Codes
    """Positions of neighbors, each pair once, shape (pairs, 2)."""
    messages: tuple[str, ...]

    @property
    def islands(self) -> list[Any]:
        """Districts without neighbors."""
        degree = np.bincount(self.pairs.ravel(), minlength=len(self.labels))
        islands: list[Any] = self.labels[degree == 0].tolist()
        return islands


def read_neighbors(neighbours: object) -> Neighborhood:
    """Read a map.

    Parameters
    ----------
    neighbours : DataFrame or mapping
        Two columns, a pair of neighbors a row (an island: a row whose second is missing); or the
        neighbors of each district: ``{"a": ["b", "c"], "b": ["a"], "c": ["a"], "island": []}``.

    Raises
    ------
    DataError
        It is something else, or makes a district its own neighbor.
    """
    if isinstance(neighbours, pd.DataFrame):
        links, islands = _from_frame(neighbours)
        one_way = len({frozenset(link) for link in links}) == len(links)
    elif isinstance(neighbours, Mapping):
        links, islands = _from_mapping(neighbours)
        one_way = False
    else:
        raise DataError(
            "neighbours must be a DataFrame with a pair of neighbors in each row, or a dict of "
            f"district -> list of its neighbors; got {type(neighbours).__name__}"
        )
    for a, b in links:
        if a == b:
            raise DataError(f"neighbours: {a!r} is listed as its own neighbor; remove that")
    if not links:
        raise DataError("neighbours: no district has a neighbor; use '(1 | district)' instead")
    labels = _sorted({*islands, *(label for link in links for label in link)})
    known = set(links)
    mended = [] if one_way else sorted((a, b) for a, b in links if (b, a) not in known)
    messages = []
    if mended:
        a, b = mended[0]
        messages.append(
            f"neighbours: {len(mended)} pairs are listed in one direction only ({b!r} is a "
            f"neighbor of {a!r}, but {a!r} not of {b!r}); they were taken as neighbors of each "
            "other"
        )
    where = {label: position for position, label in enumerate(labels)}
    pairs = sorted({tuple(sorted((where[a], where[b]))) for a, b in links})
    return Neighborhood(labels, np.array(pairs, dtype=np.intp), tuple(messages))


def find_districts(neighborhood: Neighborhood, column: pd.Series[Any]) -> tuple[Codes, list[str]]:
    """Return the position on the map of each row's district, and what to say about the map.

    Raises
    ------
    DataError
        A district of the data is not on the map.
    """
    labels = neighborhood.labels
    codes = position_of(labels, column)
    if (codes < 0).any():
        unknown = _sorted(set(np.asarray(column)[codes < 0].tolist()))
        raise DataError(
            f"{len(unknown)} districts of {column.name!r} are not in neighbours: "
            f"{_some(unknown)}{did_you_mean(unknown[0], labels)} (neighbours has {_some(labels)}); "
            "list the neighbors of each, and for an island an empty list, or in a DataFrame a row "
            "with a missing neighbor"
        )
    messages = list(neighborhood.messages)
    islands, empty = neighborhood.islands, len(labels) - len(np.unique(codes))
    if islands:
        messages.append(
            f"districts without a neighbor: {_some(islands)}; their effects are "
            "independent of all others"
        )
    if empty:
        messages.append(
            f"{empty} of the {len(labels)} districts of the map have no rows: they keep their "
            "place on it, and their effects are predicted from their neighbors"
        )
    return codes, messages


def position_of(labels: pd.Index[Any], column: pd.Series[Any]) -> Codes:
    """Return the position of each row's district among the labels; -1 if it is not there."""
    return np.asarray(labels.get_indexer(pd.Index(np.asarray(column))), dtype=np.intp)


def _from_frame(pairs: pd.DataFrame) -> tuple[list[tuple[Any, Any]], list[Any]]:
    if pairs.shape[1] != 2:
        raise DataError(
            f"neighbours must have two columns, a pair of neighbors in each row; it has "
            f"{pairs.shape[1]} ({', '.join(map(str, pairs.columns))}); choose two, as in "
            "neighbours[['district', 'neighbour']]"
        )
    first, second = pairs.iloc[:, 0], pairs.iloc[:, 1]
    if first.isna().any():
        raise DataError(f"neighbours: {int(first.isna().sum())} rows have no first district")
    alone = second.isna().to_numpy()
    whole = second.dtype.kind == "f" and first.dtype.kind in "iu"  # missing values made it floating
    kept = second[~alone].astype(first.dtype) if whole else second[~alone]
    links = list(dict.fromkeys(zip(first[~alone].tolist(), kept.tolist(), strict=True)))
    return links, first[alone].tolist()


def _from_mapping(lists: Mapping[Any, Any]) -> tuple[list[tuple[Any, Any]], list[Any]]:
    links: list[tuple[Any, Any]] = []
    for district, others in lists.items():
        if isinstance(others, str) or not isinstance(others, Iterable):
            raise DataError(
                f"neighbours: the neighbors of {district!r} must be a list, got {others!r}"
            )
        links += [(district, other) for other in others]
    missing = [other for _, other in links if other not in lists]
    if missing:
        raise DataError(
            f"neighbours: {_some(_sorted(set(missing)))} are neighbors of a district, but have no "
            "list of their own; add one"
        )
    return list(dict.fromkeys(links)), list(lists)


def _sorted(labels: Iterable[Any]) -> pd.Index[Any]:
    try:
        in_order: pd.Index[Any] = pd.Index(sorted(labels))
    except TypeError as error:
        raise DataError(
            "neighbours: the names of the districts mix types that cannot be sorted; turn them "
            "into text first"
        ) from error
    return in_order


def _some(labels: Iterable[Any]) -> str:
    listed = pd.Index(labels).tolist()
    return ", ".join(map(repr, listed[:SHOWN])) + (", ..." if len(listed) > SHOWN else "")
