"""Errors and warnings: what was wrong, what was found, what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "ExplorableError",
    "FitError",
    "FormulaError",
    "MlmbookError",
    "SingularFitWarning",
    "did_you_mean",
]


class MlmbookError(Exception):
    """Base of every error that the package raises on purpose."""


class FormulaError(MlmbookError, ValueError):
    """The formula cannot be read, or names something that is not there."""


class DataError(MlmbookError, ValueError):
    """The data cannot support the model that the formula asks for."""


class ExplorableError(MlmbookError, ValueError):
    """An explorable or a question is put together in a way that cannot work."""


class FitError(MlmbookError, RuntimeError):
    """The likelihood has no usable maximum for these data."""


class SingularFitWarning(UserWarning):
    """A variance is estimated at zero, or a correlation at one."""


class ConvergenceWarning(UserWarning):
    """The optimizer stopped before a maximum could be verified."""


def did_you_mean(name: object, choices: Iterable[object]) -> str:
    """Return a hint such as ``"; did you mean 'school'?"``, or an empty string.

    Parameters
    ----------
    name : object
        What was asked for.
    choices : iterable of object
        What there is.

    Returns
    -------
    str
        Empty when nothing is close.
    """
    options = {str(choice).lower(): str(choice) for choice in choices}
    near = difflib.get_close_matches(str(name).lower(), list(options), n=2, cutoff=0.6)
    if not near:
        return ""
    return f"; did you mean {' or '.join(repr(options[match]) for match in near)}?"
