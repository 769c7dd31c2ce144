r"""From a formula and a data frame to the arrays of the model.

.. math:: y = X\beta + \sum_f Z_f b_f + e

One row an observation. ``X`` has a column for each fixed effect. For each grouping factor
*f*, ``Z`` keeps only what is not zero: the *k* columns that carry a random effect (``1`` and
``x`` for ``(1 + x | school)``), and ``codes``, which says to which group each row belongs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import DataError, FormulaError, did_you_mean
from .formula import Formula, RandomTerm, parse

if TYPE_CHECKING:
    import formulaic
    from numpy.typing import NDArray

    from .arrays import Bools, Codes, Floats


__all__ = ["Columns", "Design", "Grouping", "build_design"]

INTERCEPT = "Intercept"


@dataclass(frozen=True, eq=False)
class Columns:
    """Named columns made from one right-hand side, and how to make them again."""

    names: tuple[str, ...]
    values: Floats
    """Shape (nobs, number of names)."""
    spec: formulaic.ModelSpec | None
    """formulaic's record of levels, knots and centers; None for an intercept alone."""

    def remake(self, data: pd.DataFrame) -> Floats:
        """Make the same columns from new data."""
        if self.spec is None:
            return np.ones((len(data), 1))
        _refuse_unknown(self.spec.required_variables, data)
        _refuse_new_levels(self.spec, data)
        return _finite(_evaluate(self.spec, data)[1], self.names)


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
        _refuse_unknown(columns, data)
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


def build_design(formula: Formula | str, data: pd.DataFrame) -> Design:
    """Turn a formula and a data frame into arrays.

    Parameters
    ----------
    formula : Formula or str
        What :func:`mlmbook.formula.parse` returns, or the text itself.
    data : DataFrame
        One row an observation. Rows with a missing value in a column that the formula uses
        are dropped and counted in ``messages``.

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
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a pandas DataFrame, got {type(data).__name__}")
    bare = data.copy(deep=False)
    bare.attrs = {}  # pandas copies them with every column that is looked at
    used = _used_columns(terms, bare)
    rows, messages = _complete_rows(bare, used)
    fixed = _columns(terms.fixed, rows)
    y = _response(terms.response, rows)
    groupings = tuple(
        _grouping(name, [term for term in terms.random if term.group == name], rows)
        for name in dict.fromkeys(term.group for term in terms.random)
    )
    _check_sizes(y, fixed, groupings)
    parts = [fixed, *(part for grouping in groupings for part in grouping.parts)]
    rows.attrs = data.attrs
    return Design(terms, y, fixed, groupings, rows, _levels(parts), tuple(messages))


# ---- which columns, which rows --------------------------------------------------------------


def _used_columns(terms: Formula, data: pd.DataFrame) -> list[str]:
    sides = [terms.fixed, *(_right_side(term) for term in terms.random)]
    predictors = [name for side in sides for name in _variables(side)]
    response = _variables(f"0 + {terms.response}")
    groups = [name for term in terms.random for name in _factor_columns(term.group, data)]
    used = list(dict.fromkeys([*response, *predictors, *groups]))
    _refuse_unknown(used, data)
    both = [name for name in response if name in predictors]
    if both:
        raise FormulaError(f"{both[0]!r} stands on both sides of the formula {terms.text!r}")
    if INTERCEPT in used:
        raise FormulaError(
            f"a column called {INTERCEPT!r} cannot be used: that name is taken by the constant; "
            "rename the column"
        )
    return used


def _refuse_unknown(names: Iterable[str], data: pd.DataFrame) -> None:
    for name in names:
        if name not in data.columns:
            raise FormulaError(
                f"{name!r} is not a column of the data{did_you_mean(name, data.columns)} "
                f"(columns: {', '.join(map(str, data.columns[:30]))})"
            )
        if isinstance(data[name], pd.DataFrame):
            raise DataError(f"the data have more than one column called {name!r}; rename one")


def _complete_rows(data: pd.DataFrame, used: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Drop rows with missing values and unused categories; refuse infinite values."""
    if not len(data):
        raise DataError("the data have no rows")
    complete = np.ones(len(data), dtype=bool)
    counts = {}
    for name in used:
        column = data[name]
        missing = _missing(column)
        if missing is not None and missing.any():
            counts[name] = int(missing.sum())
            complete &= ~missing
    messages = []
    rows = data
    if counts:
        dropped = len(data) - int(complete.sum())
        columns = ", ".join(f"{name!r} ({count})" for name, count in counts.items())
        if not complete.any():
            raise DataError(f"every row has a missing value; missing in {columns}")
        messages.append(f"{dropped} of {len(data)} rows dropped: missing values in {columns}")
        rows = data.loc[complete]
    for name in used:
        values = rows[name]
        if values.dtype.kind == "f" and not np.isfinite(values.to_numpy()).all():
            raise DataError(f"column {name!r} has infinite values; remove or mend those rows")
    return _without_unused_categories(rows, used), messages


def _missing(column: pd.Series[Any]) -> Bools | None:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biu":
        return None
    missing: Bools = column.isna().to_numpy()
    return missing


def _without_unused_categories(rows: pd.DataFrame, used: Sequence[str]) -> pd.DataFrame:
    kept = {}
    for name in used:
        column = rows[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            present = column.cat.remove_unused_categories()
            if len(present.cat.categories) < len(column.cat.categories):
                kept[name] = present
    return rows.assign(**kept) if kept else rows


# ---- columns by formulaic -------------------------------------------------------------------


@lru_cache(maxsize=512)
def _formula(side: str) -> formulaic.Formula:
    import formulaic  # costs 0.1 s, needed only when a model is fitted

    try:
        return formulaic.Formula(side)
    except Exception as error:
        raise FormulaError(f"{side!r} cannot be read: {_first_line(error)}") from error


@lru_cache(maxsize=512)
def _variables(side: str) -> tuple[str, ...]:
    return tuple(sorted(str(name) for name in _formula(side).required_variables))


def _columns(side: str, data: pd.DataFrame) -> Columns:
    """Evaluate a right-hand side such as ``"1 + x * w"``."""
    if side == "1":
        return Columns((INTERCEPT,), np.ones((len(data), 1)), None)
    spec, values = _evaluate(_formula(side), data)
    names = tuple(name.replace("[T.", "[") for name in spec.column_names)
    if not names:
        raise FormulaError(f"the fixed part {side!r} has no columns; add at least an intercept")
    return Columns(names, _finite(values, names), spec)


def _evaluate(
    source: formulaic.Formula | formulaic.ModelSpec, data: pd.DataFrame
) -> tuple[formulaic.ModelSpec, Floats]:
    try:
        matrix = source.get_model_matrix(data, output="numpy", na_action="ignore")
        return matrix.model_spec, np.asarray(matrix, dtype=float)
    except Exception as error:
        raise FormulaError(f"the formula cannot be evaluated: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].strip()


def _finite(values: Floats, names: Sequence[str]) -> Floats:
    finite = np.isfinite(values).all(axis=0)
    if not finite.all():
        name = names[int(np.argmin(finite))]
        raise DataError(
            f"the term {name!r} is infinite or undefined in some rows "
            f"(a logarithm of zero, a division by zero?); remove or mend those rows"
        )
    return values


def _levels(parts: Iterable[Columns]) -> dict[str, list[Any]]:
    levels: dict[str, list[Any]] = {}
    for part in parts:
        if part.spec is not None:
            for factor, state in part.spec.factor_contrasts.items():
                levels[str(factor.expr)] = list(state.levels)
    return levels


def _refuse_new_levels(spec: formulaic.ModelSpec, data: pd.DataFrame) -> None:
    for name, levels in _levels([Columns((), np.empty((0, 0)), spec)]).items():
        if name in data.columns:
            new = sorted(set(data[name].dropna()) - set(levels), key=str)
            if new:
                raise DataError(
                    f"{name!r} has the new value {new[0]!r}{did_you_mean(new[0], levels)} "
                    f"(the model knows {', '.join(map(repr, levels))})"
                )


def _response(text: str, data: pd.DataFrame) -> Floats:
    name = text.strip("`")
    if name in data.columns:
        column = data[name]
        if column.dtype.kind not in "biuf":
            raise DataError(
                f"the response {name!r} must be numeric; its type is {column.dtype} and its first "
                f"value is {column.iloc[0]!r}"
            )
        return np.array(column, dtype=float)
    _, matrix = _evaluate(_formula(f"0 + {text}"), data)
    if matrix.shape[1] != 1:
        raise DataError(f"the response {text!r} must be one numeric column")
    y: Floats = _finite(matrix, [text])[:, 0]
    return y


# ---- groups ---------------------------------------------------------------------------------


def _right_side(term: RandomTerm) -> str:
    return " + ".join(["1" if term.intercept else "0", *term.terms])


def _factor_columns(name: str, data: pd.DataFrame) -> list[str]:
    """``"a:b"`` is two columns, unless there is a column of that very name."""
    return [name] if name in data.columns else name.split(":")


def _grouping(name: str, terms: Sequence[RandomTerm], data: pd.DataFrame) -> Grouping:
    codes, labels = _group_codes(name, data)
    parts, blocks, start = [], list[tuple[int, ...]](), 0
    for term in terms:
        part = _columns(_right_side(term), data)
        positions = range(start, start + len(part.names))
        blocks += [tuple(positions)] if term.correlated else [(at,) for at in positions]
        parts.append(part)
        start += len(part.names)
    return Grouping(name, labels, codes, tuple(parts), tuple(blocks))


def _group_codes(name: str, data: pd.DataFrame) -> tuple[Codes, pd.Index[Any]]:
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
        raise DataError(
            f"{nobs} complete rows cannot estimate {nfixed} fixed effects and a variance"
        )
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
