r"""What is known of each row besides the model: its precision weight and its offset.

.. math:: y_i = o_i + x_i'\beta + z_i'b + e_i, \qquad \operatorname{var}(e_i) = \sigma^2/w_i .
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import DataError, FormulaError
from .rows import refuse_missing, refuse_unknown

if TYPE_CHECKING:
    from .arrays import Floats
    from .design import Design

__all__ = ["attach", "new_offset", "new_weights", "read_offset", "read_weights"]


def attach(what: str, value: Any, data: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """Make weights or an offset a column of the data.

    Parameters
    ----------
    what : {"weights", "offset"}
    value : str, array or None
        The name of a column, or a value for each row.
    data : DataFrame

    Returns
    -------
    tuple
        The data, and the name of the column; ``"(weights)"`` if it is new.
    """
    if value is None or not isinstance(data, pd.DataFrame):
        return data, None
    if isinstance(value, str):
        try:
            refuse_unknown([value], data)
        except FormulaError as error:
            raise FormulaError(f"{what}: {error}") from error
        return data, value
    if np.shape(value) != (len(data),):
        raise DataError(
            f"{what} must be the name of a column, or one number for each of the {len(data)} "
            f"rows; got shape {np.shape(value)}"
        )
    if isinstance(value, pd.Series) and not value.index.equals(data.index):
        raise DataError(f"{what} is a Series with another index than the data; align them first")
    name = f"({what})"
    return data.assign(**{name: np.asarray(value)}), name


def read_weights(name: str | None, data: pd.DataFrame) -> Floats | None:
    """Return the weights, which must be positive."""
    weights = _numbers("weights", name, data)
    if weights is not None and not (weights > 0).all():
        raise DataError(
            f"weights must be positive: {int((weights <= 0).sum())} are not (the smallest is "
            f"{weights.min():g}); drop rows that shall not count"
        )
    return weights


def read_offset(name: str | None, data: pd.DataFrame) -> Floats | None:
    """Return the offset."""
    return _numbers("offset", name, data)


def _numbers(what: str, name: str | None, data: pd.DataFrame) -> Floats | None:
    if name is None:
        return None
    column = data[name]
    if column.dtype.kind not in "iuf":
        raise DataError(f"{what} must be numbers; the type of {name!r} is {column.dtype}")
    values = column.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise DataError(f"{what} must be finite; {name!r} is not in some rows")
    return values


def new_weights(name: str | None, data: pd.DataFrame) -> Floats | None:
    """Return the weights of new rows: of a column if it was one, else 1."""
    return None if name is None or name == "(weights)" else _new(name, data, read_weights)


def new_offset(design: Design, data: pd.DataFrame | None) -> Floats | float:
    """Return the offset of new rows, or of the rows used."""
    if design.offset is None:
        return 0.0
    if data is None:
        return design.offset
    if design.offset_column == "(offset)":
        raise DataError(
            "the offset was given as numbers, which new rows do not have; fit with the name of a "
            "column, offset='...', to predict new rows"
        )
    values = _new(design.offset_column or "", data, read_offset)
    return 0.0 if values is None else values


def _new(name: str, data: pd.DataFrame, read: Any) -> Any:
    refuse_unknown([name], data)
    refuse_missing([name], data)
    return read(name, data)
