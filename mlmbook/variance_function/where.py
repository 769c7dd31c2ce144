"""Where a variance function is looked at: its predictor, and values of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import DataError, did_you_mean
from ..residual.structure import Variance
from ..residual.unstructured import Unstructured
from ..residual.variance_by import VarianceBy

if TYPE_CHECKING:
    from ..arrays import Floats
    from ..design import Grouping
    from ..result.partitioned import Partitioned

POINTS = 101
"""Values of a numeric predictor, spread over its range in the data."""


def predictors(fit: Partitioned) -> list[str]:
    """Return the columns on which a variance depends, random slopes first."""
    found = [
        name
        for grouping in fit.design.groupings
        for part in grouping.parts
        for name in part.variables
    ]
    if fit.residual is not None:
        parts = [part for part in fit.residual.parts if isinstance(part, Variance | Unstructured)]
        found += [name for part in parts for name in part.columns]
    return list(dict.fromkeys(found))


def _is_discrete(fit: Partitioned, name: str) -> bool:
    """Return whether only values that are in the data make sense for a predictor."""
    parts = () if fit.residual is None else fit.residual.parts
    by_value = [part for part in parts if isinstance(part, VarianceBy | Unstructured)]
    strata = [column for part in by_value for column in part.columns]
    column = fit.data[name]
    return name in strata or column.dtype.kind not in "iuf" or column.nunique() <= 2


def held(fit: Partitioned, names: Sequence[str], at: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each of the other predictors."""
    for name in at:
        if name not in names:
            raise DataError(
                f"at= holds {name!r}, on which no other variance depends"
                f"{did_you_mean(name, names)} (to be held: {', '.join(names) or 'nothing'})"
            )
    return {name: at.get(name, _typical(fit, name)) for name in names}


def _typical(fit: Partitioned, name: str) -> Any:
    """Return the mean of numbers, the first level of a category."""
    levels = fit.categorical.get(name, fit.categorical.get(f"C({name})"))
    if levels is not None:
        return levels[0]
    column = fit.data[name]
    return sorted(column.unique())[0] if _is_discrete(fit, name) else float(column.mean())


def values_of(fit: Partitioned, x: str, values: Sequence[Any] | None) -> list[Any]:
    """Return the values of the predictor: those that are asked for, or its range."""
    column = fit.data[x]
    numeric = column.dtype.kind in "iuf"
    if values is None:
        if _is_discrete(fit, x):
            return sorted(column.unique())
        return list(np.linspace(float(column.min()), float(column.max()), POINTS))
    found = list(np.atleast_1d(np.asarray(values, dtype=float if numeric else object)))
    if not found or (numeric and not np.isfinite(found).all()):
        raise DataError(f"values must be values of {x!r}; got {values!r}")
    return found


def frame_of(x: str, along: Sequence[Any], held: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows with the values of the predictor, and the others held."""
    frame = pd.DataFrame({x: list(along)})
    for name, value in held.items():
        frame[name] = value
    return frame


def row(grouping: Grouping, frame: pd.DataFrame) -> Floats:
    """Return the rows of the random part."""
    return np.hstack([part.remake(frame) for part in grouping.parts])
