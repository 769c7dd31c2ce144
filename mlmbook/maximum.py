"""The maximum of the likelihood for a design and what is known or assumed of its level 1.

One place that :func:`mlmbook.fit` and everything that fits again (bootstrap, simulated
comparisons, null models) go through.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .engine import effects_of, response_of
from .likelihood.estimates import Estimates, maximize
from .likelihood.outer import maximize_level1
from .likelihood.refit import refit as refit_response

if TYPE_CHECKING:
    from .arrays import Floats
    from .design import Design
    from .residual.bound import Residual
    from .result import Fit

__all__ = ["best", "refit"]


def best(
    design: Design, level1: Residual | None, *, reml: bool, start: Floats | None = None
) -> tuple[Estimates, Residual | None]:
    """Maximize the likelihood over all parameters.

    Parameters
    ----------
    design : Design
    level1 : Residual or None
    reml : bool
    start : ndarray, optional
        First value of the level-1 parameters.

    Returns
    -------
    tuple
        The estimates, and the level-1 part with its own.

    Raises
    ------
    RankError, NoVariationError, TooLargeError
        As :func:`mlmbook.likelihood.estimates.maximize` does.
    """
    effects, y = effects_of(design), response_of(design)
    if level1 is None:
        return maximize(design.X, y, effects, reml=reml), None
    trial = maximize_level1(design.X, y, effects, level1.level1, reml=reml, start=start)
    return trial.estimates, replace(level1, phi=trial.phi)


def refit(fit: Fit, y: Floats) -> Fit:
    """Fit the same model to another response.

    Without level-1 parameters only the crossproducts with *y* are made again.

    Raises
    ------
    NoVariationError
        The fixed effects, or the random ones, reproduce y.
    """
    design = replace(fit.design, y=y)
    shifted = y if design.offset is None else y - design.offset
    if fit.residual is None:
        return replace(fit, design=design, estimates=refit_response(fit.estimates, shifted))
    if not len(fit.residual.phi):
        whitening = fit.residual.whitening
        white = refit_response(fit.estimates, whitening.whiten(shifted[:, None])[:, 0])
        estimates = replace(white, deviance=white.deviance + whitening.log_det)
        return replace(fit, design=design, estimates=estimates)
    estimates, residual = best(design, fit.residual, reml=fit.reml, start=fit.residual.phi)
    return replace(fit, design=design, estimates=estimates, residual=residual)
