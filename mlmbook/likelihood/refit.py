r"""Fit the same model to another response.

Of the crossproducts only those with *y* change: :math:`Z'y` and :math:`X'y`. So simulated
responses are fitted without making the others again (as ``refit`` of lme4 does).
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .basis import respond
from .starts import search

if TYPE_CHECKING:
    from ..arrays import Floats
    from .estimates import Estimates


START = 0.3
"""Least size of a diagonal element of Lambda at the start: zero would be hard to leave."""


def refit(estimates: Estimates, y: Floats) -> Estimates:
    """Maximize the likelihood of the same model for the response `y`.

    Raises
    ------
    NoVariationError
        The fixed effects, or the random ones, reproduce y.
    """
    old = estimates.optimum.point
    basis = respond(estimates.basis, y)
    model = copy(old.model)
    model.products = old.model.products.with_response(model.factors[0], basis.Q, basis.y)
    if model.sigma2 is not None:  # the engine's unit is the spread of the response
        model.sigma2 *= (estimates.basis.scale / basis.scale) ** 2
    structure, theta = model.structure, old.theta.copy()
    small = structure.diagonal & (np.abs(theta) < START)
    theta[small] = np.where(theta[small] < 0, -START, START)
    optimum = search(model, theta)
    deviance = optimum.point.deviance + 2 * model.dof * np.log(basis.scale)
    if model.reml:
        deviance += 2 * basis.log_det
    return replace(estimates, optimum=optimum, basis=basis, deviance=float(deviance))
