r"""The maximum of the likelihood for a design and what is known or assumed of its level 1.

One place that :func:`mlmbook.fit` and everything that fits again (bootstrap, simulated
comparisons, null models) go through.

Where a level-1 variance is a power of the fitted value, the estimates and the fitted values
depend on each other. As nlme does [1]_, the likelihood is maximized with the variance function at
the fitted values of the step before, until those no longer change:

.. math:: (\hat\beta,\hat b,\hat\Omega,\hat\sigma,\hat\delta)
   = \arg\max L(\,\cdot \mid v), \qquad v_i = o_i + x_i'\hat\beta + z_i'\hat b .

That is a fixed point and not the maximum of one function: the likelihood that is reported is
:math:`L(\cdot\mid v)` at it, and standard errors take *v* as known.

References
----------
.. [1] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .engine import effects_of, has_rho, level1_of, response_of
from .likelihood.estimates import Estimates, maximize
from .likelihood.outer import maximize_outer
from .likelihood.refit import refit as refit_response
from .predict import conditional

if TYPE_CHECKING:
    from .arrays import Floats
    from .design import Design
    from .residual.bound import Residual
    from .result import Fit

__all__ = ["best", "by_maximum_likelihood", "refit"]

UNCHANGED = 1e-9
"""Fitted values have settled when none changes by more, relative to the largest."""
ROUNDS = 100


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
    if level1 is not None and level1.of_fitted:
        return _settled(design, level1, reml=reml, start=start)
    return _best(design, level1, reml=reml, start=start)


def _best(
    design: Design, level1: Residual | None, *, reml: bool, start: Floats | None
) -> tuple[Estimates, Residual | None]:
    effects, y = effects_of(design), response_of(design)
    if level1 is None and not has_rho(design):
        return maximize(design.X, y, effects, reml=reml), None
    trial = maximize_outer(design.X, y, effects, level1_of(design, level1), reml=reml, start=start)
    if level1 is None:
        return trial.estimates, None
    return trial.estimates, replace(level1, phi=trial.phi[: len(level1.phi)])


def _settled(
    design: Design, level1: Residual, *, reml: bool, start: Floats | None
) -> tuple[Estimates, Residual]:
    """Maximize with variances at the fitted values until those no longer change."""
    estimates, _ = best(design, None, reml=reml)
    fitted = conditional(design, estimates)
    for _ in range(ROUNDS):
        estimates, found = _best(design, level1.with_fitted(fitted), reml=reml, start=start)
        assert found is not None
        level1, start, before = found, found.phi, fitted
        fitted = conditional(design, estimates)
        if np.abs(fitted - before).max() <= UNCHANGED * np.abs(before).max():
            return estimates, level1
    optimum = replace(estimates.optimum, converged=False)
    return replace(estimates, optimum=optimum), level1


def refit(fit: Fit, y: Floats) -> Fit:
    """Fit the same model to another response.

    Without level-1 and spatial parameters only the crossproducts with *y* are made again.

    Raises
    ------
    NoVariationError
        The fixed effects, or the random ones, reproduce y.
    """
    design = replace(fit.design, y=y)
    shifted = y if design.offset is None else y - design.offset
    if fit.residual is None and not has_rho(design):
        return replace(fit, design=design, estimates=refit_response(fit.estimates, shifted))
    if fit.residual is not None and not len(fit.residual.phi) and not has_rho(design):
        whitening = fit.residual.whitening
        white = refit_response(fit.estimates, whitening.whiten(shifted[:, None])[:, 0])
        estimates = replace(white, deviance=white.deviance + whitening.log_det)
        return replace(fit, design=design, estimates=estimates)
    start = None if fit.residual is None else fit.residual.phi
    estimates, residual = best(design, fit.residual, reml=fit.reml, start=start)
    return replace(fit, design=design, estimates=estimates, residual=residual)


def by_maximum_likelihood(fit: Fit) -> Fit:
    """Return the model fitted by maximum likelihood."""
    if not fit.reml:
        return fit
    estimates, residual = best(fit.design, fit.residual, reml=False)
    return replace(fit, estimates=estimates, residual=residual, reml=False)
