r"""The maximum over parameters of correlation, each value judged at the best of everything else.

For given level-1 parameters the rows are whitened (:mod:`mlmbook.likelihood.level1`), for given
spatial ones the columns of the districts (:mod:`mlmbook.likelihood.spatial`), and the engine finds
the exact best :math:`\Psi`, :math:`\beta` and :math:`\sigma`. What is left of both,
:math:`d(\varphi)=\min d(\Psi,\varphi)`, has few parameters and an exact gradient. A quasi-Newton
search brings it near its minimum, and Newton steps with a Hessian from differences of the gradient
finish it and verify that it is one. A spatial parameter has bounds: the search begins where the
deviance is least on a grid between them, and may end on one of them, where the deviance must fall
outwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .basis import NoVariationError, RankError
from .estimates import Effects, Estimates, maximize
from .rows import Rows

if TYPE_CHECKING:
    from ..arrays import Bools, Floats
    from .level1 import LevelOne, Whitening


STEP = 1e-4
"""Difference for the Hessian."""
SETTLED = 1e-7
"""A minimum is claimed where Newton's step promises a smaller fall of the deviance."""
LEVEL = 1e-6
"""Where the deviance bends the wrong way, only a slope below this is that of its limit."""
POLISH = 6
UNBOUNDED = (np.linalg.LinAlgError, NoVariationError, RankError)
"""What ends a fit in which a variance goes to zero, and the likelihood to infinity.

At the start of a search the columns are independent; weights without bound make them seem
not to be.
"""
LOGITS = (-4.0, -1.0, 1.0)
"""Where a share is looked for first."""
INDISTINCT = 1e-8
"""A share is zero if that raises the deviance by less."""
REMOTE = 4.0
"""A search does not begin beyond this, where the deviance is flat."""
IDLE = 1e-9
"""A parameter with a smaller slope and curvature is not a part of the model where it is."""
FAR = 25.0
"""A parameter beyond this has run away: a variance to zero, or a correlation to one."""
GRID = (0.0, 0.003, 0.05, 0.25, 0.45, 0.65, 0.8, 0.9, 0.97, 0.997, 1.0)
"""First values of a spatial parameter, as shares of its range."""


@dataclass(frozen=True, eq=False)
class Trial:
    """The best fit at one value of the level-1 parameters."""

    phi: Floats
    """Level-1 parameters, then spatial ones."""
    estimates: Estimates
    whitening: Whitening
    deviance: float
    gradient: Floats


class Outer:
    """The deviance as a function of level-1 and spatial parameters.

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
        estimates = maximize(
            rows.X,
            rows.y,
            rows.effects,
            reml=self.reml,
            start=self.start,
            sigma2=self.rows.level1.sigma2,
        )
        self.start = [omega / estimates.sigma2 for omega in estimates.covariances]
        gradient = rows.gradient(estimates, estimates.sigma2, fixed=self.reml)
        deviance = estimates.deviance + rows.whitening.log_det
        return Trial(phi, estimates, rows.whitening, deviance, gradient)

    def hessian(self, phi: Floats) -> Floats:
        """Differentiate the gradient."""
        steps = np.diag(np.minimum(STEP, self.rows.room(phi) / 4))
        rows = [
            (self.at(phi + h).gradient - self.at(phi - h).gradient) / 2 / h.sum()
            if h.any()
            else np.zeros(len(phi))
            for h in steps
        ]
        hessian: Floats = np.array(rows)
        return (hessian + hessian.T) / 2


def maximize_outer(
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
    first = outer.rows.begin.copy()
    if start is not None and near:
        first[: len(level1.start)] = start
    trial = outer.at(first)
    settled, bound = True, False
    if len(first):
        trial = _at_edge(outer, _search(outer, _begin(outer, trial)))
        try:
            trial, settled = _polish(outer, trial)
        except UNBOUNDED:
            settled = False
        bound = bool(((trial.phi <= outer.rows.low) | (trial.phi >= outer.rows.high)).any())
    optimum = trial.estimates.optimum
    optimum = replace(
        optimum, converged=optimum.converged and settled, singular=optimum.singular or bound
    )
    return replace(
        trial, estimates=replace(trial.estimates, optimum=optimum, deviance=trial.deviance)
    )


def _begin(outer: Outer, trial: Trial) -> Trial:
    """Return the best of some values of each parameter with bounds, one after the other."""
    for at in np.flatnonzero(np.isfinite(outer.rows.level1.low)):
        for value in LOGITS:
            phi = trial.phi.copy()
            phi[at] = value
            trial = min(trial, outer.at(phi), key=lambda reached: reached.deviance)
    for at in range(len(outer.rows.level1.start), len(outer.rows.begin)):
        length = outer.rows.high[at] - outer.rows.low[at]
        for share in GRID:
            phi = trial.phi.copy()
            phi[at] = outer.rows.low[at] + share * length
            trial = min(trial, outer.at(phi), key=lambda reached: reached.deviance)
    return trial


def _at_edge(outer: Outer, trial: Trial) -> Trial:
    """Put level-1 parameters on their lower bounds if the deviance cannot tell them from it."""
    for at in np.flatnonzero(np.isfinite(outer.rows.level1.low)):
        phi = trial.phi.copy()
        phi[at] = outer.rows.low[at]
        there = _search(outer, outer.at(phi))
        if there.deviance <= trial.deviance + INDISTINCT:
            trial = there
    return trial


def _search(outer: Outer, trial: Trial) -> Trial:
    """Go near the minimum by a quasi-Newton search; return the best fit on the way."""
    from scipy.optimize import minimize  # needed for level-1 structures only

    best = [trial]

    def objective(phi: Floats) -> tuple[float, Floats]:
        if np.array_equal(phi, trial.phi):  # where the search begins
            return trial.deviance, trial.gradient
        try:
            reached = outer.at(phi)
        except UNBOUNDED:
            return np.inf, np.zeros_like(phi)
        if reached.deviance < best[0].deviance:
            best[0] = reached
        return reached.deviance, reached.gradient

    if np.isfinite(outer.rows.high).any():
        bounds = np.column_stack([outer.rows.low, outer.rows.high])
        options = {"gtol": 1e-4, "ftol": 1e-12}
        minimize(objective, trial.phi, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    else:
        minimize(objective, trial.phi, jac=True, method="BFGS", options={"gtol": 1e-3})
    return best[0]


def _polish(outer: Outer, trial: Trial) -> tuple[Trial, bool]:
    """Finish by Newton steps; return whether the end is a minimum."""
    nlevel1 = len(outer.rows.level1.start)
    for _ in range(POLISH):
        if np.abs(trial.phi[:nlevel1]).max(initial=0.0) > FAR:
            return trial, False
        hessian = outer.hessian(trial.phi)
        free = ~_held(outer, trial) & ~_idle(hessian, trial)
        if not free.any():
            return trial, True
        values, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
        along = vectors.T @ trial.gradient[free]
        if values[0] <= 0:  # no minimum, unless the deviance has leveled out towards a limit
            return trial, bool(np.abs(trial.gradient[free]).max() < LEVEL)
        step = np.zeros(len(trial.phi))
        step[free] = -vectors @ (along / values)
        if float(np.sum(along**2 / values)) / 2 < SETTLED:
            return _last_step(outer, trial, step), True
        moved = outer.at(np.clip(trial.phi + step, outer.rows.low, outer.rows.high))
        if moved.deviance > trial.deviance:
            return trial, False
        trial = moved
    return trial, False


def _held(outer: Outer, trial: Trial) -> Bools:
    """Return which parameters are on a bound, with the deviance falling outwards."""
    below = (trial.phi <= outer.rows.low) & (trial.gradient > -LEVEL)
    above = (trial.phi >= outer.rows.high) & (trial.gradient < 0)
    held: Bools = below | above
    return held


def _idle(hessian: Floats, trial: Trial) -> Bools:
    """Return which parameters change nothing: the rho of effects that do not vary."""
    idle: Bools = (np.abs(hessian).max(axis=1) < IDLE) & (np.abs(trial.gradient) < IDLE)
    return idle


def _last_step(outer: Outer, trial: Trial, step: Floats) -> Trial:
    """Take a step too small for the deviance to show, from a cold start, unless it is worse."""
    outer.start = None
    moved = outer.at(np.clip(trial.phi + step, outer.rows.low, outer.rows.high))
    return moved if moved.deviance < trial.deviance + 1e-9 else trial
