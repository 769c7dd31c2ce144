r"""Grouping factors: which units each row of the data belongs to.

A row is in one group of a plain factor; its *code* says in which. With ``mm()`` it belongs to
several, each with a weight. With ``car()`` and ``sar()`` it is in one district, whose effect is
correlated with those of the others. Only the groups of plain factors are independent sets of rows:
:attr:`Grouping.codes` exists for them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import DataError, FormulaError
from .likelihood.membership import Membership, spread
from .members import member_units
from .neighborhood import position_of
from .rows import refuse_unknown
from .special import MemberTerm, SpecialTerm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .arrays import Codes, Floats
    from .columns import Columns
    from .likelihood.spatial import Spatial

__all__ = ["Grouping", "factor_columns", "group_codes", "group_means"]

SAME = 1e-12
"""Weights that differ by less are the same."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """One grouping factor, with all random effects that vary over it."""

    name: str
    labels: pd.Index[Any]
    """One label a group, sorted."""
    units: Codes | Membership
    """The position in `labels` of each row's group, or its weights on several."""
    parts: tuple[Columns, ...]
    """The columns of each random term on this factor."""
    blocks: tuple[tuple[int, ...], ...]
    """Columns of `Z` whose effects may correlate; every column is in one block."""
    special: SpecialTerm | None = None
    """What ``mm()``, ``car()`` or ``sar()`` said; None for a plain factor."""
    spatial: Spatial | None = None
    """How the effects of districts are correlated."""
    pairs: Codes = field(default_factory=lambda: np.zeros((0, 2), dtype=np.intp))
    """Positions in `labels` of neighbors, each pair once."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the random effects, e.g. ``("Intercept", "x")``."""
        return tuple(name for part in self.parts for name in part.names)

    @property
    def Z(self) -> Floats:
        """Columns that carry a random effect, shape (nobs, number of terms)."""
        return np.hstack([part.values for part in self.parts])

    @property
    def ngroups(self) -> int:
        """Number of groups: in the data, or on the map."""
        return len(self.labels)

    @property
    def codes(self) -> Codes:
        """Position in `labels` of each row's group, shape (nobs,).

        Raises
        ------
        FormulaError
            The factor does not divide the rows into independent groups.
        """
        if isinstance(self.units, Membership):
            raise FormulaError(
                f"rows belong to several units of {self.name!r}: they are not divided into groups, "
                "as this needs"
            )
        if self.spatial is not None:
            raise FormulaError(
                f"the districts of {self.name!r} are not independent of each other, as this needs"
            )
        return self.units

    @property
    def sizes(self) -> Codes:
        """Number of rows of each group; with several memberships, of rows that belong to it."""
        if isinstance(self.units, Membership):
            counts: Codes = np.asarray((self.units.weights > 0).sum(axis=0), dtype=np.intp).ravel()
            return counts
        return np.bincount(self.units, minlength=self.ngroups)

    def same_units(self, others: Codes) -> bool:
        """Return whether each row has the units of another one, whose number is given."""
        if isinstance(self.units, Membership):
            weights = self.units.weights
            return bool(abs(weights - weights[others]).max() < SAME)
        return bool((self.units == self.units[others]).all())

    def of_rows(self, effects: Floats) -> Floats:
        """Return what effects of the groups, shape (groups, k), add to each row."""
        added: Floats = np.einsum("nk,nk->n", self.Z, spread(self.units, effects))
        return added

    def correlations(self, rho: float) -> Floats | None:
        """Return C, the covariance of the groups' effects over their variance; None for I."""
        if self.spatial is None:
            return None
        root = self.spatial.root(rho)
        C: Floats = root @ root.T
        return C

    def scale(self, rho: float, units: Codes | Membership | None = None) -> Floats:
        r"""Return :math:`w_i'Cw_i` for each row: the variance it gets, over that of one effect.

        One for a plain factor; the sum of squared weights with several memberships; the element of
        *C* that belongs to the row's district.
        """
        units = self.units if units is None else units
        if isinstance(units, Membership):
            return units.squares + units.elsewhere
        C = self.correlations(rho)
        return np.ones(len(units)) if C is None else np.diagonal(C)[units]

    def find(self, data: pd.DataFrame) -> Codes | Membership:
        """Position of each row's group in `labels`; -1 for a group that was not fitted."""
        if isinstance(self.special, MemberTerm):
            return member_units(self.special, data, self.labels)[1]
        if self.special is not None:
            refuse_unknown(self.special.columns, data)
            return position_of(self.labels, data[self.special.district])
        columns = factor_columns(self.name, data)
        refuse_unknown(columns, data)
        values = [data[column].to_numpy() for column in columns]
        keys = values[0] if len(values) == 1 else np.array(_join(values), dtype=object)
        return np.asarray(self.labels.get_indexer(pd.Index(keys)), dtype=np.intp)


def factor_columns(name: str, data: pd.DataFrame) -> list[str]:
    """``"a:b"`` is two columns, unless there is a column of that very name."""
    return [name] if name in data.columns else name.split(":")


def group_means(values: Floats, codes: Codes) -> Floats:
    """Return the mean of each group."""
    means: Floats = np.bincount(codes, values) / np.bincount(codes)
    return means


def group_codes(name: str, data: pd.DataFrame) -> tuple[Codes, pd.Index[Any]]:
    """Return the group of each row, and the labels of the groups."""
    columns = factor_columns(name, data)
    coded = [_codes(data[column]) for column in columns]
    codes, labels = coded[0]
    if len(coded) > 1:
        for more, more_labels in coded[1:]:
            codes = codes * len(more_labels) + more
        _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
        values = [label.to_numpy()[code[first]] for code, label in coded]
        labels = pd.Index(_join(values))
    return codes.astype(np.intp, copy=False), labels.rename(name)


def _codes(column: pd.Series[Any]) -> tuple[Codes, pd.Index[Any]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = column.array
        return values.codes.astype(np.intp), values.categories
    try:
        codes, labels = pd.factorize(column, sort=True)
    except TypeError as error:
        raise DataError(
            f"the grouping column {column.name!r} mixes types that cannot be sorted; "
            "turn it into text first: data[column].astype(str)"
        ) from error
    return np.asarray(codes, dtype=np.intp), pd.Index(labels)


def _join(values: Sequence[NDArray[Any]]) -> list[str]:
    return [":".join(map(_written, row)) for row in zip(*values, strict=True)]


def _written(value: Any) -> str:
    """Write a part of a label so that no two labels look alike, and 1.0 like 1, which it equals."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if ":" in text or "\\" in text:
        text = text.replace("\\", r"\\").replace(":", r"\:")
    return text
