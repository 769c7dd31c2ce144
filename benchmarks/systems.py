"""Fits by the systems of this environment. Each returns the deviance and the fixed effects."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

import mlmbook as mlm

from .cases import Case


def forget() -> None:
    """Empty the caches of formulas: a user's formula is new."""
    formula, columns = (import_module(f"mlmbook.{name}") for name in ("formula", "columns"))
    caches = [*vars(formula).values(), *vars(columns).values()]
    for cache in caches:
        if hasattr(cache, "cache_clear"):
            cache.cache_clear()


def mlmbook(case: Case, data: pd.DataFrame) -> dict[str, Any]:
    """Fit by mlmbook, with the tables of fixed effects and of variance components."""
    forget()
    fit = mlm.fit(case.formula, data, **case.options)
    table, components = fit.summary(df="wald"), fit.varcorr
    assert len(components)
    return {
        "deviance": fit.deviance,
        "fixed": table["estimate"].to_dict(),
        "se": table["se"].to_dict(),
    }


def statsmodels(case: Case, data: pd.DataFrame) -> dict[str, Any]:
    """Fit by statsmodels, with standard errors."""
    import statsmodels.formula.api as smf

    assert isinstance(case.statsmodels, dict)
    arguments = dict(case.statsmodels)
    groups = arguments.pop("groups")
    everybody = np.ones(len(data))  # crossed effects are components of one large group
    model = smf.mixedlm(
        data=data, groups=everybody if groups is None else data[groups], **arguments
    )
    result = model.fit()
    return {
        "deviance": -2 * float(result.llf),
        "fixed": result.fe_params.to_dict(),
        "se": result.bse_fe.to_dict(),
    }
