"""Which rows of the data a model uses, and which data it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import DataError, FormulaError, did_you_mean

if TYPE_CHECKING:
    from .arrays import Bools

__all__ = ["Kept", "complete_rows", "refuse_missing", "refuse_unknown"]

SHOWN = 30
"""Columns that an error message lists."""


def refuse_unknown(names: Iterable[str], data: pd.DataFrame) -> None:
    """Raise if a name is not that of one column."""
    for name in names:
        if name not in data.columns:
            columns = ", ".join(map(str, data.columns[:SHOWN]))
            raise FormulaError(
                f"{name!r} is not a column of the data{did_you_mean(name, data.columns)} "
                f"(columns: {columns}{', ...' if len(data.columns) > SHOWN else ''})"
            )
        if not data.columns.is_unique and isinstance(data[name], pd.DataFrame):
            raise DataError(f"the data have more than one column called {name!r}; rename one")


def refuse_missing(names: Iterable[str], data: pd.DataFrame) -> None:
    """Raise if a column has missing values."""
    for name in names:
        missing = _missing(data[name])
        if missing is not None and missing.any():
            raise DataError(
                f"{int(missing.sum())} rows have no value of {name!r}; drop or fill them"
            )


def complete_rows(
    data: pd.DataFrame,
    variables: Sequence[str],
    groups: Sequence[str],
    members: Sequence[Sequence[str]] = (),
) -> tuple[pd.DataFrame, list[str]]:
    """Drop rows with missing values and categories without rows.

    Parameters
    ----------
    data : DataFrame
    variables : sequence of str
        Columns of the response and the predictors.
    groups : sequence of str
        Columns of the grouping factors.
    members : sequence of sequence of str
        Columns of which one at least must not be missing.

    Returns
    -------
    tuple
        The rows that are left, and a sentence on those that are not, if any.

    Raises
    ------
    DataError
        No row is left, or a column holds what a model cannot use.
    """
    if not len(data):
        raise DataError("the data have no rows")
    columns = {name: data[name] for name in [*variables, *groups]}
    complete = np.ones(len(data), dtype=bool)
    counts = {}
    for name, column in columns.items():
        missing = _missing(column)
        if missing is not None and missing.any():
            counts[name] = int(missing.sum())
            complete &= ~missing
    for columns_of_units in members:
        nowhere = data[list(columns_of_units)].isna().to_numpy().all(axis=1)
        if nowhere.any():
            counts["all of " + ", ".join(columns_of_units)] = int(nowhere.sum())
            complete &= ~nowhere
    messages = []
    if counts:
        where = ", ".join(f"{name!r} ({count})" for name, count in counts.items())
        if not complete.any():
            raise DataError(f"every row has a missing value; missing in {where}")
        dropped = len(data) - int(complete.sum())
        messages.append(f"{dropped} of {len(data)} rows dropped: missing values in {where}")
        data = data.loc[complete]
        columns = {name: data[name] for name in columns}
    for name in variables:
        _refuse_unusable(columns[name])
    for name in groups:
        _refuse_infinite(columns[name])
    return _without_unused_categories(data, columns), messages


class Kept:
    """The rows that a fit uses, which later changes of the data do not reach.

    Parameters
    ----------
    data : DataFrame
        A table that nobody else has, though it may share columns with the user's.
    names : iterable of str
        The columns that are copied. Into a table they are put when it is asked for, which takes
        longer than to copy them.
    attrs : mapping
        What the table has as ``attrs``.
    """

    def __init__(
        self, data: pd.DataFrame, names: Iterable[str] = (), attrs: Mapping[Any, Any] | None = None
    ) -> None:
        self.index = data.index
        self._data, self._attrs = data, dict(attrs or {})
        self._copies = {name: data[name].array.copy() for name in names}

    @cached_property
    def table(self) -> pd.DataFrame:
        """The rows with all columns of the data."""
        table = self._data.copy(deep=False)
        for name, column in self._copies.items():
            table[name] = column
        table.attrs = self._attrs
        return table


def _missing(column: pd.Series[Any]) -> Bools | None:
    missing: Bools
    if isinstance(column.dtype, pd.CategoricalDtype):
        missing = column.array.codes < 0
        return missing
    if not isinstance(column.dtype, np.dtype):
        return column.isna().to_numpy()
    values = column.to_numpy()
    if values.dtype.kind in "biu":
        return None
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        return missing
    if values.dtype.kind == "O" and pd.api.types.infer_dtype(values, skipna=False) == "string":
        return None  # nothing but text: several times as quick to see as that nothing is missing
    return pd.isna(values)


def _refuse_unusable(column: pd.Series[Any]) -> None:
    """Raise for what is neither a finite number nor a category."""
    _refuse_infinite(column)
    name, kind = column.name, column.dtype.kind
    inside = pd.api.types.infer_dtype(column) if kind == "O" else ""
    if kind in "mMc" or inside in TIMES:
        raise DataError(
            f"column {name!r} has type {column.dtype if kind in 'mMc' else inside}; turn it into "
            "a number first, such as years since a start"
        )
    if inside in NUMBERS:
        raise DataError(
            f"column {name!r} holds numbers as objects; convert it with pd.to_numeric first"
        )
    if inside == "string" and _are_decimals(column):
        raise DataError(
            f"column {name!r} holds numbers as text, such as {column.iloc[0]!r}; convert it with "
            "pd.to_numeric first"
        )
    if inside == "mixed":
        raise DataError(
            f"column {name!r} holds neither numbers nor text; its first value is {column.iloc[0]!r}"
        )


def _refuse_infinite(column: pd.Series[Any]) -> None:
    if column.dtype.kind == "f" and not np.isfinite(column.to_numpy(dtype=float)).all():
        raise DataError(f"column {column.name!r} has infinite values; remove or mend those rows")


def _are_decimals(column: pd.Series[Any]) -> bool:
    """Return whether text is numbers, not all of them whole, as codes of categories are."""
    try:
        float(column.iloc[0])  # in most text the first value settles it
    except ValueError:
        return False
    numbers = pd.to_numeric(pd.Series(column.unique(), dtype=object), errors="coerce")
    return bool(numbers.notna().all() and (np.mod(numbers, 1) != 0).any())


NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal", "complex")
"""What pandas calls a column of objects that are numbers."""
TIMES = ("datetime64", "datetime", "date", "timedelta64", "timedelta", "time", "period", "interval")
"""What it calls one of dates and times."""


def _without_unused_categories(
    rows: pd.DataFrame, columns: Mapping[str, pd.Series[Any]]
) -> pd.DataFrame:
    kept = {}
    for name, column in columns.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.array.codes  # none is missing any more
            if not np.bincount(codes, minlength=len(column.dtype.categories)).all():
                kept[name] = column.cat.remove_unused_categories()
    return rows.assign(**kept) if kept else rows
