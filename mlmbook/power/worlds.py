r"""Where the data of a replicate come from: a world with stated parameters, or a fitted model.

From a fitted model a response is drawn as its :meth:`mlmbook.Fit.simulate` does. For other
numbers of groups or rows than the data have, every group (or row of a group) is taken as many
whole times as fit, and the rest are drawn without replacement; then

.. math:: y^* = X^*\hat\beta + \sum_f Z^*_f b^*_f + e^*,

where :math:`X^*` and :math:`Z^*` are the rows so taken, and :math:`b^*_f` and :math:`e^*` are drawn
with the estimated variances. A factor that is nested in the one whose groups are copied is copied
with it; a factor that crosses with it keeps its groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import pandas as pd

from ..design import Design, Grouping
from ..maximum import best, refit
from ..predict import simulate as drawn_from, square_root
from ..result import Fit
from ..rows import Kept
from ..simulate import simulate

if TYPE_CHECKING:
    from ..arrays import Codes, Floats
    from ..columns import Columns
    from ..specification import Specification

__all__ = ["Cell", "Fitted", "Source", "World"]

Cell: TypeAlias = Mapping[str, Any]
"""One design of a grid: what varies, with its values."""


class Source(Protocol):
    """What data sets are drawn from, and fitted."""

    def draw(self, cell: Cell, rng: np.random.Generator) -> Design:
        """Draw a data set of the design `cell`."""

    def fit(self, design: Design) -> Fit:
        """Fit the model to it."""


@dataclass(frozen=True)
class World:
    """A model, and what makes the data that it is fitted to."""

    model: Specification
    make: Callable[..., pd.DataFrame] | Mapping[str, Any]
    """A function of the design and ``rng``, or arguments of :func:`mlmbook.simulate`."""
    reml: bool

    def draw(self, cell: Cell, rng: np.random.Generator) -> Design:
        """Draw a data set of the design `cell`."""
        if callable(self.make):
            data = self.make(**cell, rng=rng)
        else:
            data = simulate(**{**self.make, **cell, "rng": rng})
        return self.model.design(data)

    def fit(self, design: Design) -> Fit:
        """Fit the model."""
        estimates, level1 = best(design, self.model.level1(design), reml=self.reml)
        return Fit(design, estimates, self.reml, 0.95, (), None, level1)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model, some of whose groups may be copied."""

    model: Fit
    at: int
    """The grouping factor whose number of groups changes."""
    tested: str
    """The coefficient that takes the place of the estimate, where a cell has an ``effect``."""

    def draw(self, cell: Cell, rng: np.random.Generator) -> Design:
        """Draw a data set of the design `cell`."""
        design = self.model.design
        if self._changes(cell):
            y, design = self._resized(cell, rng)
        else:
            y = drawn_from(self.model, 1, rng).to_numpy()[:, 0]
        if "effect" in cell:
            at = design.names.index(self.tested)
            y += design.X[:, at] * (cell["effect"] - self.model.estimates.beta[at])
        return replace(design, y=y)

    def fit(self, design: Design) -> Fit:
        """Fit the model again."""
        if design.kept is self.model.design.kept:
            return refit(self.model, design.y)
        estimates, _ = best(design, None, reml=self.model.reml)
        return replace(self.model, design=design, estimates=estimates)

    def _changes(self, cell: Cell) -> bool:
        have = self.model.design.groupings[self.at].ngroups if self.model.design.groupings else 0
        return "size" in cell or cell.get("ngroups", have) != have

    def _resized(self, cell: Cell, rng: np.random.Generator) -> tuple[Floats, Design]:
        """Return a response and the design that it was drawn for."""
        old, estimates = self.model.design, self.model.estimates
        rows, copy = self._rows(cell, rng)
        fixed, groupings = _take(old.fixed, rows), []
        y = fixed.values @ estimates.beta + rng.normal(0, self.model.sigma, len(rows))
        for number, grouping in enumerate(old.groupings):
            codes = self._codes(number, rows, copy)
            parts = tuple(_take(part, rows) for part in grouping.parts)
            labels = pd.RangeIndex(int(codes.max()) + 1, name=grouping.name)
            taken = replace(grouping, labels=labels, units=codes, parts=parts)
            root = square_root(estimates.covariances[number])
            u = rng.standard_normal((taken.ngroups, len(root))) @ root.T
            y += np.einsum("nk,nk->n", taken.Z, u[codes])
            groupings.append(taken)
        kept = Kept(pd.DataFrame(index=pd.RangeIndex(len(rows))))  # only the arrays are needed
        return y, replace(old, fixed=fixed, groupings=tuple(groupings), kept=kept)

    def _rows(self, cell: Cell, rng: np.random.Generator) -> tuple[Codes, Codes]:
        """Return the rows of the data that are used, and the copy of a group each belongs to."""
        moved = self.model.design.groupings[self.at]
        size, ngroups = cell.get("size"), cell.get("ngroups", moved.ngroups)
        order = np.argsort(moved.codes, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(moved.codes, minlength=moved.ngroups))[:-1])
        taken = [
            group if size is None else group[_recycled(len(group), size, rng)]
            for group in (members[j] for j in _recycled(moved.ngroups, ngroups, rng))
        ]
        return np.concatenate(taken), np.repeat(np.arange(ngroups), [len(rows) for rows in taken])

    def _codes(self, number: int, rows: Codes, copy: Codes) -> Codes:
        """Return the group of each row in a factor, numbered without gaps."""
        if number == self.at:
            return copy
        moved, other = self.model.design.groupings[self.at], self.model.design.groupings[number]
        pairs = len(np.unique(moved.codes * other.ngroups + other.codes))
        nested = pairs == len(np.unique(other.codes))
        key = other.codes[rows] + (copy * other.ngroups if nested else 0)
        compressed: Codes = np.unique(key, return_inverse=True)[1]
        return compressed


def _take(columns: Columns, rows: Codes) -> Columns:
    return replace(columns, values=columns.values[rows])


def _recycled(have: int, want: int, rng: np.random.Generator) -> Codes:
    """Choose `want` of `have` things, each as many whole times as fit and the rest at random."""
    whole, rest = divmod(want, have)
    return np.concatenate((np.tile(np.arange(have), whole), rng.permutation(have)[:rest]))


def without(grouping: Grouping, column: int) -> Grouping | None:
    """Leave out one random effect of a factor with its covariances; None if none is left."""
    if len(grouping.terms) == 1:
        return None
    keep = [at for at in range(len(grouping.terms)) if at != column]
    blocks = (tuple(keep.index(at) for at in block if at != column) for block in grouping.blocks)
    starts = np.cumsum([0, *(len(part.names) for part in grouping.parts)])
    parts = []
    for part, start in zip(grouping.parts, starts, strict=False):
        kept = [at - start for at in keep if start <= at < start + len(part.names)]
        if kept:
            names = tuple(part.names[at] for at in kept)
            parts.append(replace(part, names=names, values=part.values[:, kept]))
    return replace(grouping, parts=tuple(parts), blocks=tuple(block for block in blocks if block))
