"""What needs no axes: unit diagrams, tables, and cards to sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlmbook.errors import ExplorableError
from mlmbook.explore.mark import Mark, Numbers, column_of

__all__ = ["Card", "Cards", "Table", "Units"]


@dataclass(eq=False)
class Units(Mark):
    """A unit diagram: rows of units from the highest level down, joined to their parents.

    Parameters
    ----------
    rows : sequence of sequences of str
        Labels of the units, highest level first.
    parents : sequence
        For each row after the first and each of its units, the position of its parent in the row
        above, or several positions (multiple membership), or none.
    row_names : sequence of str, optional
        Words for each row, such as ``("schools", "pupils")``.
    levels : sequence of str, optional
        Level of each row; by default within, between, third from the bottom up.
    """

    rows: Sequence[Sequence[str]]
    parents: Sequence[Sequence[int | Sequence[int] | None]]
    row_names: Sequence[str] | None = None
    levels: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if len(self.parents) != len(self.rows) - 1:
            raise ExplorableError(
                f"units: {len(self.rows)} rows need {len(self.rows) - 1} lists of parents, "
                f"found {len(self.parents)}"
            )
        for above, row, parents in zip(self.rows, self.rows[1:], self.parents, strict=False):
            if len(row) != len(parents):
                raise ExplorableError(
                    f"units: {len(row)} units but {len(parents)} parents in a row"
                )
            if any(not 0 <= p < len(above) for unit in parents for p in _several(unit)):
                raise ExplorableError(f"units: a parent is not one of the {len(above)} units above")
        if self.levels is None:
            self.levels = (["third"] * (len(self.rows) - 2) + ["between", "within"])[
                -len(self.rows) :
            ]
        super().__post_init__()

    def channels(self) -> dict[str, Numbers | list[str]]:
        """Return units row by row, and the links between them as pairs of positions."""
        starts = np.cumsum([0, *map(len, self.rows)])
        links = [
            (starts[depth] + parent, starts[depth + 1] + child)
            for depth, parents in enumerate(self.parents)
            for child, unit in enumerate(parents)
            for parent in _several(unit)
        ]
        return {
            "row": np.repeat(np.arange(len(self.rows)), [len(row) for row in self.rows]).astype(
                float
            ),
            "names": [str(unit) for row in self.rows for unit in row],
            "parent": np.array([link[0] for link in links], float),
            "child": np.array([link[1] for link in links], float),
        }

    def spec(self) -> dict[str, Any]:
        """Return names and levels of the rows."""
        return {"row_names": list(self.row_names or []), "levels": list(self.levels or [])}


@dataclass(eq=False)
class Table(Mark):
    """A table of numbers and words.

    Parameters
    ----------
    columns : dict
        Header to values, numbers or words.
    caption : str
        What the table shows.
    formats : dict, optional
        Header to format, such as ``{"rate": "{:.1%}"}``; ``"{:g}"`` by default.
    """

    columns: Mapping[str, ArrayLike | Sequence[str]]
    caption: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.formats) - set(self.columns))
        if unknown:
            raise ExplorableError(f"table: formats for unknown columns {unknown}")
        super().__post_init__()
        lengths = dict(zip(self.columns, map(len, self.channels().values()), strict=True))
        if len(set(lengths.values())) > 1:
            raise ExplorableError(f"table: columns have different lengths: {lengths}")

    def channels(self) -> dict[str, Numbers | list[str]]:
        """Return the columns, numbered from c0."""
        return {
            f"c{i}": column_of(values, f"table.{name}")
            for i, (name, values) in enumerate(self.columns.items())
        }

    def spec(self) -> dict[str, Any]:
        """Return the order of the columns, the caption and the formats."""
        return {
            "columns": list(self.columns),
            "caption": self.caption,
            "formats": [self.formats.get(name, "{:g}") for name in self.columns],
        }


@dataclass(frozen=True)
class Card:
    """A card to sort.

    Parameters
    ----------
    text : str
        What is written on it.
    answer : str
        Key of the bin where it belongs.
    why : dict
        For each bin, the sentence the reader gets on putting the card there.
    """

    text: str
    answer: str
    why: Mapping[str, str]


@dataclass(eq=False)
class Cards(Mark):
    """Cards that the reader sorts into bins, with a reason for every placement.

    Parameters
    ----------
    cards : sequence of Card
        In the order in which they are dealt.
    bins : sequence of (key, label)
        Where they can go.
    """

    cards: Sequence[Card]
    bins: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        keys = [key for key, _ in self.bins]
        for card in self.cards:
            if card.answer not in keys:
                raise ExplorableError(
                    f"card {card.text!r}: answer {card.answer!r} is not one of the bins {keys}"
                )
            missing = [key for key in keys if key not in card.why]
            if missing:
                raise ExplorableError(f"card {card.text!r} gives no reason for {missing}")
        super().__post_init__()

    def spec(self) -> dict[str, Any]:
        """Return cards and bins."""
        return {
            "bins": [list(pair) for pair in self.bins],
            "cards": [
                {"text": card.text, "answer": card.answer, "why": dict(card.why)}
                for card in self.cards
            ],
        }


def _several(parents: int | Sequence[int] | None) -> Sequence[int]:
    if parents is None:
        return ()
    return parents if isinstance(parents, Sequence) else (parents,)
