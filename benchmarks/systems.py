"""Fits by the systems of this environment: what is timed, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

import mlmbook as mlm

from .cases import Case
from .timing import timed


def mlmbook(case: Case, data: pd.DataFrame, repeats: int) -> dict[str, Any]:
    """Time mlmbook, with the tables of fixed effects and of variance components."""

    def fit() -> tuple[mlm.Fit, pd.DataFrame, pd.DataFrame]:
        fitted = mlm.fit(case.formula, data, **case.options)
        return fitted, fitted.summary(df="wald"), fitted.varcorr

    def answer(result: tuple[mlm.Fit, pd.DataFrame, pd.DataFrame]) -> dict[str, Any]:
        fitted, table, _ = result
        fixed, se = table["estimate"].to_dict(), table["se"].to_dict()
        return {"deviance": fitted.deviance, "fixed": fixed, "se": se}

    return timed(fit, answer, repeats, before=forget)


def forget() -> None:
    """Empty the caches of formulas: a user's formula is new."""
    for cache in caches():
        cache.cache_clear()


def caches() -> list[Any]:
    """Return every cached function that reads formulas."""
    modules = [import_module(f"mlmbook.{name}") for name in ("formula", "columns")]
    found = [value for module in modules for value in vars(module).values()]
    return [value for value in found if hasattr(value, "cache_clear")]


def statsmodels(case: Case, data: pd.DataFrame, repeats: int) -> dict[str, Any]:
    """Time statsmodels, with standard errors."""
    import statsmodels.formula.api as smf

    if isinstance(case.statsmodels, str):
        return {"missing": case.statsmodels}
    arguments = dict(case.statsmodels)
    groups = arguments.pop("groups")
    # of a category, it would make columns of all levels for every group
    data = data.astype(dict.fromkeys(arguments.get("vc_formula", {}), "str"))
    everybody = np.ones(len(data))  # crossed effects are components of one large group

    def fit() -> tuple[Any, pd.Series, pd.Series]:
        by = everybody if groups is None else data[groups]
        result = smf.mixedlm(data=data, groups=by, **arguments).fit()
        return result, result.fe_params, result.bse_fe

    def answer(fitted: tuple[Any, pd.Series, pd.Series]) -> dict[str, Any]:
        result, fixed, se = fitted
        return {"deviance": -2 * float(result.llf), "fixed": fixed.to_dict(), "se": se.to_dict()}

    return timed(fit, answer, repeats)


HERE: dict[str, Callable[[Case, pd.DataFrame, int], dict[str, Any]]] = {
    "mlmbook": mlmbook,
    "statsmodels": statsmodels,
}
"""What is timed in this process."""
