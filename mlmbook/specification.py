"""What a model is before it meets data: formula, level-1 structure, weights, offset, map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from .design import Design, build_design
from .errors import FormulaError
from .formula import Formula, parse
from .known import read_offset
from .residual.binding import are_known, bind, structures
from .residual.bound import Residual
from .residual.structure import Correlation, Structure

if TYPE_CHECKING:
    from typing import TypeAlias

    Map: TypeAlias = pd.DataFrame | Mapping[Any, Iterable[Any]]

__all__ = ["Specification", "read_model"]


@dataclass(frozen=True, eq=False)
class Specification:
    """A model that may meet one data set or many."""

    terms: Formula
    parts: tuple[Structure, ...]
    """The level-1 structures."""
    weights: str | None = None
    """The column of the weights."""
    offset: str | None = None
    """The column of the offset."""
    neighbours: Map | None = None

    def design(self, data: pd.DataFrame) -> Design:
        """Return the matrices of the model for these data."""
        known = [name for name in (self.weights, self.offset) if name is not None]
        also = [*known, *(name for part in self.parts for name in part.columns)]
        within = [part.group for part in _correlations(self.parts) if part.group]
        design = build_design(
            self.terms, data, also, within, self.neighbours, sigma_known=are_known(self.parts)
        )
        if self.offset is None:
            return design
        shift = read_offset(self.offset, design.data)
        return replace(design, offset=shift, offset_column=self.offset)

    def level1(self, design: Design) -> Residual | None:
        """Return the level-1 part for the data of the design."""
        return bind(self.parts, design, self.weights)


def read_model(
    formula: str, residual: Structure | Sequence[Structure] | None
) -> tuple[Formula, tuple[Structure, ...]]:
    """Read what makes it a multilevel model.

    Raises
    ------
    FormulaError
        The formula cannot be read, or nothing is said to vary or correlate within groups.
    """
    terms, parts = parse(formula), structures(residual)
    if not terms.random and not _correlations(parts):
        raise FormulaError(
            f"{formula!r} has no random term: add one, such as '+ (1 | group)', or call "
            "mlm.ols(formula, data) for a single-level regression"
        )
    return terms, parts


def _correlations(parts: Sequence[Structure]) -> list[Correlation]:
    return [part for part in parts if isinstance(part, Correlation)]
