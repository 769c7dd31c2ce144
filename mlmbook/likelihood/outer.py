r"""The maximum over level-1 parameters, each value judged at the best of everything else.

For given :math:`\varphi` the rows are whitened (:mod:`mlmbook.likelihood.level1`) and the engine
finds the exact best :math:`\Psi`, :math:`\beta` and :math:`\sigma`; what is left,
:math:`d(\varphi)=\min d(\Psi,\varphi)`, has few parameters and an exact gradient. A quasi-Newton
search brings it near its minimum, and Newton steps with a Hessian from differences of the gradient
finish it and verify that it is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .basis import NoVariationError
from .estimates import Effects, Estimates, maximize
from .rows import Rows

if TYPE_CHECKING:
    from ..arrays import Floats
    from .level1 import LevelOne, Whitening


STEP = 1e-4
"""Difference for the Hessian."""
SETTLED = 1e-7
"""A minimum is claimed where Newton's step promises a smaller fall of the deviance."""
LEVEL = 1e-6
"""Where the deviance bends the wrong way, only a slope below this is that of its limit."""
POLISH = 6
UNBOUNDED = (np.linalg.LinAlgError, NoVariationError)
"""What ends a fit in which a variance goes to zero, and the likelihood to infinity."""
REMOTE = 4.0
"""A search does not begin beyond this, where the deviance is flat."""
FAR = 25.0
"""A parameter beyond this has run away: a variance to zero, or a correlation to one."""


@dataclass(frozen=True, eq=False)
class Trial:
    """The best fit at one value of the level-1 parameters."""

    phi: Floats
    estimates: Estimates
    whitening: Whitening
    deviance: float
    gradient: Floats


class Outer:
    """The deviance as a function of the level-1 parameters.

    Parameters
    ----------
    X, y : ndarray
    effects : sequence of Effects
    level1 : LevelOne
    reml : bool
    """

    def __init__(
        self, X: Floats, y: Floats, effects: Sequence[Effects], level1: LevelOne, *, reml: bool
    ) -> None:
        self.rows, self.reml = Rows.of(X, y, effects, level1), reml
        self.start: list[Floats] | None = None

    def at(self, phi: Floats) -> Trial:
        """Fit everything else."""
        rows = self.rows.at(phi)
        estimates = maximize(rows.X, rows.y, rows.effects, reml=self.reml, start=self.start)
        self.start = [omega / estimates.sigma2 for omega in estimates.covariances]
        gradient = rows.gradient(estimates, estimates.sigma2, fixed=self.reml)
        deviance = estimates.deviance + rows.whitening.log_det
        return Trial(phi, estimates, rows.whitening, deviance, gradient)

    def hessian(self, phi: Floats) -> Floats:
        """Differentiate the gradient."""
        steps = np.eye(len(phi)) * STEP
        rows = [(self.at(phi + h).gradient - self.at(phi - h).gradient) / 2 / STEP for h in steps]
        hessian = np.array(rows)
        return (hessian + hessian.T) / 2


def maximize_level1(
    X: Floats,
    y: Floats,
    effects: Sequence[Effects],
    level1: LevelOne,
    *,
    reml: bool,
    start: Floats | None = None,
) -> Trial:
    """Maximize the likelihood over all parameters.

    Parameters
    ----------
    X, y : ndarray
        Fixed-effect columns and response, as they are in the data.
    effects : sequence of Effects
        One for each grouping factor.
    level1 : LevelOne
        The covariance of the residuals.
    reml : bool
        Restricted likelihood.
    start : ndarray, optional
        First value of the level-1 parameters; not used where it is far out.

    Returns
    -------
    Trial
        Its ``estimates`` have the deviance of the data, and say whether all of it converged.

    Raises
    ------
    RankError, NoVariationError, TooLargeError
        As :func:`mlmbook.likelihood.estimates.maximize` does.
    """
    outer = Outer(X, y, effects, level1, reml=reml)
    near = start is not None and np.abs(start).max(initial=0.0) < REMOTE
    trial = outer.at(start if start is not None and near else level1.start)
    settled = True
    if len(level1.start):
        trial = _search(outer, trial)
        try:
            trial, settled = _polish(outer, trial)
        except UNBOUNDED:
            settled = False
    optimum = trial.estimates.optimum
    optimum = replace(optimum, converged=optimum.converged and settled)
    return replace(
        trial, estimates=replace(trial.estimates, optimum=optimum, deviance=trial.deviance)
    )


def _search(outer: Outer, trial: Trial) -> Trial:
    """Go near the minimum by a quasi-Newton search; return the best fit on the way."""
    from scipy.optimize import minimize  # needed for level-1 structures only

    best = [trial]

    def objective(phi: Floats) -> tuple[float, Floats]:
        try:
            reached = outer.at(phi)
        except UNBOUNDED:
            return np.inf, np.zeros_like(phi)
        if reached.deviance < best[0].deviance:
            best[0] = reached
        return reached.deviance, reached.gradient

    minimize(objective, trial.phi, jac=True, method="BFGS", options={"gtol": 1e-3})
    return best[0]


def _polish(outer: Outer, trial: Trial) -> tuple[Trial, bool]:
    """Finish by Newton steps; return whether the end is a minimum."""
    for _ in range(POLISH):
        if np.abs(trial.phi).max() > FAR:
            return trial, False
        values, vectors = np.linalg.eigh(outer.hessian(trial.phi))
        along = vectors.T @ trial.gradient
        if values[0] <= 0:  # no minimum, unless the deviance has leveled out towards a limit
            return trial, bool(np.abs(trial.gradient).max() < LEVEL)
        if float(np.sum(along**2 / values)) / 2 < SETTLED:
            return _last_step(outer, trial, -vectors @ (along / values)), True
        moved = outer.at(trial.phi - vectors @ (along / values))
        if moved.deviance > trial.deviance:
            return trial, False
        trial = moved
    return trial, False


def _last_step(outer: Outer, trial: Trial, step: Floats) -> Trial:
    """Take a step too small for the deviance to show, from a cold start, unless it is worse."""
    outer.start = None
    moved = outer.at(trial.phi + step)
    return moved if moved.deviance < trial.deviance + 1e-9 else trial
