r"""Degrees of freedom for tests of the fixed effects.

The statistic :math:`\hat\beta/\mathrm{se}` is referred to the normal distribution (``wald``),
or to a *t* distribution whose degrees of freedom tell how well the standard error is known
(:mod:`mlmbook.likelihood.satterthwaite`, :mod:`mlmbook.likelihood.kenward_roger`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .engine import joint
from .errors import FitError
from .likelihood.kenward_roger import MAX_COLUMNS, KenwardRoger, SizeError
from .likelihood.satterthwaite import FlatError, Satterthwaite

if TYPE_CHECKING:
    from .arrays import Floats
    from .result import Fit

__all__ = [
    "METHODS",
    "UnknownError",
    "known_kenward_roger",
    "known_satterthwaite",
    "standard_errors",
]

METHODS = ("wald", "satterthwaite", "kenward-roger")


class UnknownError(ArithmeticError):
    """Satterthwaite's degrees of freedom do not exist."""


def standard_errors(fit: Fit, method: str) -> tuple[Floats, Floats]:
    """Return the standard errors of the fixed effects, and their degrees of freedom."""
    se = np.sqrt(np.diagonal(fit.estimates.vcov))
    if method == "wald":
        return se, np.full(len(se), np.inf)
    if method == "satterthwaite":
        return se, known_satterthwaite(fit).degrees(np.eye(len(se)))
    if method == "kenward-roger":
        known = known_kenward_roger(fit)
        return np.sqrt(np.diagonal(known.vcov)), known.degrees(np.eye(len(se)))
    raise FitError(f"df={method!r} is not available; choose one of {METHODS}")


def known_satterthwaite(fit: Fit) -> Satterthwaite:
    """Return what Satterthwaite's method knows of a model.

    Raises
    ------
    UnknownError
        The variance components are not determined.
    """
    try:
        return Satterthwaite(joint(fit))
    except FlatError as error:
        raise UnknownError(
            f"{error}: the variance components are not determined well enough for Satterthwaite's "
            "degrees of freedom (a simpler random part may help)"
        ) from error


def known_kenward_roger(fit: Fit) -> KenwardRoger:
    """Return what Kenward and Roger's method knows of a model.

    Raises
    ------
    FitError
        The model was fitted by ML, is too large, or its components cannot be told apart.
    """
    if not fit.reml:
        raise FitError(
            "Kenward and Roger's adjustment is one of the REML estimates, and this model was "
            "fitted by ML: fit it with reml=True, or use df='satterthwaite'"
        )
    try:
        return KenwardRoger(joint(fit))
    except SizeError as error:
        raise FitError(
            f"Kenward and Roger's adjustment would need {error}; it is available while the "
            f"factors other than the largest have up to {MAX_COLUMNS} random effects in all: use "
            "df='satterthwaite', which differs little in data of this size"
        ) from error
    except np.linalg.LinAlgError as error:
        raise FitError(
            "the expected information is singular: the variance components cannot be told apart; "
            "simplify the random part"
        ) from error
