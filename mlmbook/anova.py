"""F tests of the terms of the fixed part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .degrees import METHODS, UnknownError, known_kenward_roger, known_satterthwaite
from .errors import FitError
from .hypotheses import hypotheses
from .likelihood.f_tests import kenward_roger_test, satterthwaite_test, wald_test

if TYPE_CHECKING:
    from .arrays import Floats
    from .result import Fit

__all__ = ["anova"]


def anova(fit: Fit, kind: int, df: str) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.anova`."""
    if kind not in (1, 2, 3):
        raise FitError(f"type must be 1, 2 or 3 (sequential, marginal, or partial); got {kind!r}")
    if df not in METHODS:
        raise FitError(f"df={df!r} is not available; choose one of {METHODS}")
    from scipy.special import chdtrc, fdtrc, stdtr  # only these tests need it

    rows, method = {}, df
    try:
        test = _tester(fit, df)
    except UnknownError:
        method, test = "wald", _tester(fit, "wald")
    for name, L in hypotheses(fit.design, kind).items():
        F, q, nu = test(L)
        if q == 1:
            p = float(2 * stdtr(nu, -np.sqrt(F)))
        elif np.isfinite(nu):
            p = float(fdtrc(q, nu, F))
        else:
            p = float(chdtrc(q, q * F))
        rows[name] = (q, nu, F, p)
    columns = ["num_df", "den_df", "statistic", "p"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table.attrs.update(df=method, type=kind)
    return table


def _tester(fit: Fit, df: str) -> Callable[[Floats], tuple[float, int, float]]:
    beta, vcov = fit.estimates.beta, fit.estimates.vcov
    if df == "satterthwaite":
        known = known_satterthwaite(fit)
        return lambda L: satterthwaite_test(known, beta, vcov, L)
    if df == "kenward-roger":
        adjusted = known_kenward_roger(fit)
        return lambda L: kenward_roger_test(adjusted, beta, L)
    return lambda L: (*wald_test(beta, vcov, L), np.inf)
