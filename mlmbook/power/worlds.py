r"""Where the data of a replicate come from: a world with stated parameters, or a fitted model.

From a fitted model, with :math:`X^*` and :math:`Z^*` taken from its data,

.. math:: y^* = X^*\hat\beta + \sum_f Z^*_f b^*_f + e^*,

where :math:`b^*_f` and :math:`e^*` are drawn with the estimated variances. For other numbers of
groups or rows than the data have, every group (or row of a group) is taken as many whole times as
fit, and the rest are drawn without replacement. A factor that is nested in the one whose groups
are copied is copied with it; a factor that crosses with it keeps its groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..design import build_design
from ..formula import Formula
from ..likelihood.estimates import Effects
from ..predict import square_root
from ..simulate import simulate
from .arrays import Arrays, Cell

if TYPE_CHECKING:
    import pandas as pd

    from ..arrays import Codes, Floats
    from ..design import Design
    from ..result import Fit

__all__ = ["Fitted", "World"]


def _effects(design: Design) -> tuple[Effects, ...]:
    return tuple(Effects(g.codes, g.ngroups, g.Z, g.blocks) for g in design.groupings)


def _variances(design: Design) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f"var({t} | {g.name})" for t in g.terms) for g in design.groupings)


@dataclass(frozen=True)
class World:
    """A formula, and what makes the data that it is fitted to."""

    formula: Formula
    make: Callable[..., pd.DataFrame] | Mapping[str, Any]
    """A function of the design and ``rng``, or arguments of :func:`mlmbook.simulate`."""

    def draw(self, cell: Cell, rng: np.random.Generator) -> Arrays:
        """Draw a data set of the design `cell`."""
        if callable(self.make):
            data = self.make(**cell, rng=rng)
        else:
            data = simulate(**{**self.make, **cell, "rng": rng})
        design = build_design(self.formula, data)
        return Arrays(design.names, design.X, design.y, _variances(design), _effects(design))


@dataclass(frozen=True, eq=False)
class Fitted:
    """The arrays and the parameters of a fitted model, some of whose groups may be copied."""

    original: Arrays
    beta: Floats
    roots: tuple[Floats, ...]
    """A square root of the covariance matrix of each factor's effects."""
    sigma: float
    at: int
    """The grouping factor whose number of groups changes."""
    tested: str
    """The coefficient that takes the place of the estimate, where a cell has an ``effect``."""

    @classmethod
    def of(cls, fit: Fit, at: int, tested: str) -> Fitted:
        """Take what is needed from a fitted model."""
        design, estimates = fit.design, fit.estimates
        arrays = Arrays(design.names, design.X, design.y, _variances(design), _effects(design))
        roots = tuple(square_root(covariance) for covariance in estimates.covariances)
        return cls(arrays, estimates.beta, roots, fit.sigma, at, tested)

    def draw(self, cell: Cell, rng: np.random.Generator) -> Arrays:
        """Draw a data set of the design `cell`."""
        old, beta = self.original, self.beta
        if "effect" in cell:
            beta = np.where([name == self.tested for name in old.names], cell["effect"], beta)
        rows, copy = self._rows(cell, rng)
        X = old.X[rows]
        y = X @ beta + rng.normal(0, self.sigma, len(rows))
        effects = []
        for number, (effect, root) in enumerate(zip(old.effects, self.roots, strict=True)):
            codes = self._codes(number, rows, copy)
            Z, ngroups = effect.Z[rows], int(codes.max()) + 1
            u = rng.standard_normal((ngroups, len(root))) @ root.T
            y += np.einsum("nk,nk->n", Z, u[codes])
            effects.append(Effects(codes, ngroups, Z, effect.blocks))
        return Arrays(old.names, X, y, old.variances, tuple(effects))

    def _rows(self, cell: Cell, rng: np.random.Generator) -> tuple[Codes, Codes]:
        """Return the rows of the data that are used, and the copy of a group each belongs to."""
        moved = self.original.effects[self.at]
        ngroups, size = cell.get("ngroups", moved.ngroups), cell.get("size")
        if ngroups == moved.ngroups and size is None:
            return np.arange(len(self.original.y)), moved.codes
        order = np.argsort(moved.codes, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(moved.codes, minlength=moved.ngroups))[:-1])
        taken = [
            group if size is None else group[_recycled(len(group), size, rng)]
            for group in (members[j] for j in _recycled(moved.ngroups, ngroups, rng))
        ]
        return np.concatenate(taken), np.repeat(np.arange(ngroups), [len(rows) for rows in taken])

    def _codes(self, number: int, rows: Codes, copy: Codes) -> Codes:
        """Return the group of each row in a factor, numbered without gaps."""
        moved, codes = self.original.effects[self.at].codes, self.original.effects[number].codes
        if number == self.at:
            return copy
        pairs = len(np.unique(np.stack((codes, moved)), axis=1).T)
        nested = pairs == len(np.unique(codes))
        key = codes[rows] + (copy * (codes.max() + 1) if nested else 0)
        compressed: Codes = np.unique(key, return_inverse=True)[1]
        return compressed


def _recycled(have: int, want: int, rng: np.random.Generator) -> Codes:
    """Choose `want` of `have` things, each as many whole times as fit and the rest at random."""
    whole, rest = divmod(want, have)
    return np.concatenate((np.tile(np.arange(have), whole), rng.permutation(have)[:rest]))
