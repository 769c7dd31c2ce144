r"""From a formula and a data frame to the arrays of the model.

.. math:: y = X\beta + \sum_f Z_f b_f + e

One row an observation. ``X`` has a column for each fixed effect. For each grouping factor
*f*, ``Z`` keeps only what is not zero: the *k* columns that carry a random effect (``1`` and
``x`` for ``(1 + x | school)``), and ``codes``, which says to which group each row belongs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .arguments import check_frame
from .columns import INTERCEPT, Columns, make_columns, make_response, variables
from .crossing import numbered_anew, refuse_same_groups
from .errors import DataError, FormulaError
from .formula import Formula, RandomTerm, parse
from .rows import complete_rows, refuse_unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .arrays import Codes, Floats


__all__ = ["Design", "Grouping", "build_design", "group_codes"]


@dataclass(frozen=True, eq=False)
class Grouping:
    """One grouping factor, with all random effects that vary over it."""

    name: str
    labels: pd.Index[Any]
    """One label a group, sorted."""
    codes: Codes
    """Shape (nobs,): position in `labels`."""
    parts: tuple[Columns, ...]
    """The columns of each random term on this factor."""
    blocks: tuple[tuple[int, ...], ...]
    """Columns of `Z` whose effects may correlate; every column is in one block."""

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
        """Number of groups in the data."""
        return len(self.labels)

    def find(self, data: pd.DataFrame) -> Codes:
        """Position of each row's group in `labels`; -1 for a group that was not fitted."""
        columns = _factor_columns(self.name, data)
        refuse_unknown(columns, data)
        values = [data[column].to_numpy() for column in columns]
        keys = values[0] if len(values) == 1 else np.array(_join(values), dtype=object)
        return np.asarray(self.labels.get_indexer(pd.Index(keys)), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Design:
    """The arrays of a model; what the likelihood is computed from."""

    formula: Formula
    y: Floats
    fixed: Columns
    groupings: tuple[Grouping, ...]
    data: pd.DataFrame
    """The rows that are used."""
    categorical: Mapping[str, list[Any]]
    """Levels of each text or categorical predictor, reference first."""
    messages: tuple[str, ...] = field(default=())
    offset: Floats | None = None
    """What is added to the fixed part, with a coefficient of one."""
    offset_column: str | None = None

    @property
    def index(self) -> pd.Index[Any]:
        """Row labels of the data frame, for the rows that are used."""
        return self.data.index

    @property
    def X(self) -> Floats:
        """Columns of the fixed part, shape (nobs, number of fixed effects)."""
        return self.fixed.values

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fixed effects."""
        return self.fixed.names


def build_design(
    formula: Formula | str,
    data: pd.DataFrame,
    also: Sequence[str] = (),
    within: Sequence[str] = (),
) -> Design:
    """Turn a formula and a data frame into arrays.

    Parameters
    ----------
    formula : Formula or str
        What :func:`mlmbook.formula.parse` returns, or the text itself.
    data : DataFrame
        One row an observation. Rows with a missing value in a column that the formula uses
        are dropped and counted in ``messages``.
    also : sequence of str
        Further columns that must be complete, such as weights.
    within : sequence of str
        Further grouping factors, within which residuals correlate.

    Returns
    -------
    Design

    Raises
    ------
    FormulaError
        The formula names a column that is not there, or cannot be evaluated.
    DataError
        The data cannot support the model.
    """
    terms = parse(formula) if isinstance(formula, str) else formula
    check_frame(data)
    bare = pd.DataFrame(data)  # without attrs: pandas copies them with every column looked at
    predictors, response = _predictors(terms), variables(terms.response)
    _check_names(terms, predictors, response, bare)
    groups = [name for term in terms.random for name in _factor_columns(term.group, bare)]
    refuse_unknown(also, bare)
    groups += [name for group in within for name in _factor_columns(group, bare)]
    refuse_unknown(groups, bare)
    rows, messages = complete_rows(bare, [*response, *predictors, *also], groups)
    fixed = make_columns(terms.fixed, rows)
    y = make_response(terms.response, rows)
    if rows[response[0]].dtype.kind == "b":
        messages.append(f"the response {response[0]!r} is true or false: taken as 1 or 0")
    groupings = tuple(
        _grouping(name, [term for term in terms.random if term.group == name], rows)
        for name in dict.fromkeys(term.group for term in terms.random)
    )
    _check_sizes(y, fixed, groupings)
    refuse_same_groups(groupings)
    messages += numbered_anew(groupings)
    categorical = dict(fixed.levels)
    for part in (part for grouping in groupings for part in grouping.parts):
        categorical.update(part.levels)
    rows.attrs = data.attrs
    return Design(terms, y, fixed, groupings, rows, categorical, tuple(messages))


# ---- names ----------------------------------------------------------------------------------


def _predictors(terms: Formula) -> list[str]:
    sides = [terms.fixed, *(_right_side(term) for term in terms.random)]
    return list(dict.fromkeys(name for side in sides for name in variables(side)))


def _check_names(
    terms: Formula, predictors: Sequence[str], response: Sequence[str], data: pd.DataFrame
) -> None:
    groups = [name for term in terms.random for name in _factor_columns(term.group, data)]
    refuse_unknown([*response, *predictors, *groups], data)
    if not response:
        raise FormulaError(f"the response {terms.response!r} names no column")
    for name in response:
        if name in predictors or name in groups:
            raise FormulaError(f"{name!r} stands on both sides of the formula {terms.text!r}")
    if INTERCEPT in predictors:
        raise FormulaError(
            f"a column called {INTERCEPT!r} cannot be used: that name is taken by the constant; "
            "rename the column"
        )


# ---- groups ---------------------------------------------------------------------------------


def _right_side(term: RandomTerm) -> str:
    return " + ".join(["1" if term.intercept else "0", *term.terms])


def _factor_columns(name: str, data: pd.DataFrame) -> list[str]:
    """``"a:b"`` is two columns, unless there is a column of that very name."""
    return [name] if name in data.columns else name.split(":")


def _grouping(name: str, terms: Sequence[RandomTerm], data: pd.DataFrame) -> Grouping:
    codes, labels = group_codes(name, data)
    parts, blocks, start = [], list[tuple[int, ...]](), 0
    for term in terms:
        part = make_columns(_right_side(term), data)
        positions = range(start, start + len(part.names))
        blocks += [tuple(positions)] if term.correlated else [(at,) for at in positions]
        parts.append(part)
        start += len(part.names)
    return Grouping(name, labels, codes, tuple(parts), tuple(blocks))


def group_codes(name: str, data: pd.DataFrame) -> tuple[Codes, pd.Index[Any]]:
    """Return the group of each row, and the labels of the groups."""
    columns = _factor_columns(name, data)
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
        return column.cat.codes.to_numpy().astype(np.intp), pd.Index(column.cat.categories)
    try:
        codes, labels = pd.factorize(column, sort=True)
    except TypeError as error:
        raise DataError(
            f"the grouping column {column.name!r} mixes types that cannot be sorted; "
            "turn it into text first: data[column].astype(str)"
        ) from error
    return np.asarray(codes, dtype=np.intp), pd.Index(labels)


def _join(values: Sequence[NDArray[Any]]) -> list[str]:
    return [":".join(map(str, row)) for row in zip(*values, strict=True)]


def _check_sizes(y: Floats, fixed: Columns, groupings: Sequence[Grouping]) -> None:
    nobs, nfixed = len(y), len(fixed.names)
    if nobs <= nfixed:
        words = f"{nobs} complete rows cannot estimate {nfixed} fixed effects and a variance"
        for name, levels in fixed.levels.items():
            if len(levels) > nobs / 2:
                words += f"; {name!r} is taken for a category, with {len(levels)} values"
        raise DataError(words)
    if (y == y[0]).all():
        raise DataError(f"the response is constant: every value is {y[0]:g}")
    for grouping in groupings:
        if grouping.ngroups < 2:
            raise DataError(
                f"the grouping factor {grouping.name!r} has one group only "
                f"({grouping.labels[0]!r}); a variance between groups needs at least two"
            )
        for block in grouping.blocks:
            if len(block) * grouping.ngroups >= nobs:
                raise DataError(
                    f"{grouping.name!r} has {grouping.ngroups} groups for {nobs} rows: with "
                    f"{len(block)} random effect{'s' * (len(block) > 1)} a group, the variance "
                    "between groups cannot be told from the variance within"
                )
