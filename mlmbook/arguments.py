"""What public functions are given, refused by name where it cannot be used."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import pandas as pd

from .errors import DataError, FitError

__all__ = ["check_count", "check_coverage", "check_fit", "check_frame"]


def check_coverage(ci: Any) -> None:
    """Raise unless `ci` is the coverage of an interval."""
    if not isinstance(ci, Real) or not 0 < float(ci) < 1:
        raise FitError(f"ci is the coverage of intervals, between 0 and 1 (0.95); got {ci!r}")


def check_count(n: Any, *, name: str = "n") -> None:
    """Raise unless `n` is a number of draws."""
    if not isinstance(n, Integral) or n < 1:
        raise DataError(
            f"the number of draws must be a whole number and at least 1, got {name}={n!r}"
        )


def check_frame(data: Any, *, name: str = "data") -> None:
    """Raise unless `data` is a pandas DataFrame."""
    if isinstance(data, pd.DataFrame):
        if data.columns.nlevels > 1:
            raise DataError(
                f"the columns of {name} have names of {data.columns.nlevels} parts; join them: "
                f"{name}.columns = ['_'.join(parts) for parts in {name}.columns]"
            )
        return
    kind = type(data)
    library = kind.__module__.partition(".")[0]
    owner = "" if library in ("builtins", "numpy", "pandas") else f"{library}'s "
    hint = "; convert it: data.to_pandas()" if hasattr(data, "to_pandas") else ""
    raise DataError(f"{name} must be a pandas DataFrame, got {owner}{kind.__name__}{hint}")


def check_fit(model: Any) -> None:
    """Raise unless `model` is what :func:`mlmbook.fit` or :func:`mlmbook.ols` returned."""
    if not hasattr(model, "design") or not hasattr(model, "loglik"):
        raise DataError(
            "a fitted model is needed, as mlm.fit(...) returns; got "
            f"{'None' if model is None else type(model).__name__}"
        )
