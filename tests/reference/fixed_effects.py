"""Our fixed effects beside those of R."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mlmbook as mlm


def plain(name: str) -> str:
    """Write our names and R's alike, whatever the order of an interaction."""
    for mark, sign in {"(Intercept)": "Intercept", "[": "", "]": ""}.items():
        name = name.replace(mark, sign)
    return ":".join(sorted(name.split(":")))


def agree(fit: mlm.Fit, expected: dict[str, Any], *, of_gls: bool) -> None:
    """Compare estimates and standard errors; gls divides by n - p also where it fits by ML."""
    fixef = {plain(key): value for key, value in expected["fixef"].items()}
    se = {plain(key): value for key, value in expected["se"].items()}
    assert sorted(map(plain, fit.fixef.index)) == sorted(fixef)
    divided = of_gls and not fit.reml
    factor = np.sqrt(fit.nobs / (fit.nobs - len(fixef))) if divided else 1.0
    for key, value in fit.fixef.items():
        assert value == pytest.approx(fixef[plain(key)], abs=1e-4 * se[plain(key)])
        assert fit.se[key] * factor == pytest.approx(se[plain(key)], rel=1e-4)
