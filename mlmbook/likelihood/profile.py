r"""The profile likelihood: the best deviance when one parameter is held at a value.

A value belongs to the interval when the deviance rises above its minimum by no more than the
quantile of :math:`\chi^2_1` [1]_. All is maximum likelihood: restricted likelihoods with different
fixed effects held would be those of different data.

A **fixed effect** :math:`c'\beta` is held at *v* by a change of columns. With :math:`[h_1\;H]`
orthonormal and :math:`h_1` along *c*, the model of :math:`y-Xh_1v/c'h_1` with fixed effects
:math:`XH` has the same deviance; the engine's own search finds its minimum, from crossproducts
that are combined anew, so that no row is visited again.

A **component** is held as one element of :math:`x=(\mathrm{sd},\ \phi,\ \log\sigma)`
(:mod:`mlmbook.likelihood.spherical`) while a quasi-Newton search (BFGS) moves the others along the
exact gradient of

.. math:: d(\Psi,\sigma^2) = \log|V| + n\log 2\pi\sigma^2 + r^2/\sigma^2 .

A standard deviation may be held at zero and a correlation at one: where the deviance is not high
enough even there, that boundary is the limit.

References
----------
.. [1] Bates, Maechler, Bolker & Walker (2015), J. Stat. Softw. 67(1), section 5.1.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .fixed import combinations
from .optimize import minimize
from .spherical import Spherical

if TYPE_CHECKING:
    from ..arrays import Floats
    from .estimates import Estimates
    from .gaussian import Gaussian


Profile: TypeAlias = Callable[[float], float]
"""From the value of a parameter to the deviance."""

LEAST = 0.05
"""First value of a standard deviation that is estimated at zero, relative to sigma."""
SETTLED = 1e-5
"""A search has not ended where a larger fall of the deviance is promised."""
STEP = 1e-4
CLOSE = 1e-7
"""Precision of a limit, relative to the first step."""
FARTHEST = 60
"""Times that the step outwards is made larger."""


class SearchError(ArithmeticError):
    """The best deviance for a held parameter, or the limit of an interval, was not found."""


class Profiles:
    """The profile likelihood of a fitted model, under maximum likelihood."""

    def __init__(self, estimates: Estimates) -> None:
        model = copy(estimates.optimum.point.model)
        model.reml, model.dof = False, model.nobs
        self.model: Gaussian = model
        self.basis, self.order = estimates.basis, estimates.order
        self.makers = estimates.makers
        self.back = [np.linalg.inv(maker) for maker in estimates.makers]
        self.point = minimize(model, estimates.optimum.point.theta).point
        self.minimum = self.point.deviance
        self.sigma = float(np.sqrt(self.point.sigma2)) * self.basis.scale
        self.covariances = [
            M @ self.point.psis[at] @ M.T * self.sigma**2
            for at, M in zip(self.order, self.makers, strict=True)
        ]
        self.least = [
            LEAST * self.sigma * np.sqrt(np.einsum("ab,ab->a", M, M)) for M in self.makers
        ]

    # ---- fixed effects ----------------------------------------------------------------------

    def coefficient(self, number: int) -> tuple[Profile, float, float]:
        """Return the profile of a fixed effect, its estimate and its standard error."""
        c = combinations(self.basis)[:, number]
        H = np.linalg.qr(c[:, None], mode="complete")[0]
        length, scale = float(c @ H[:, 0]), self.basis.scale
        offset = float(c @ self.basis.ols)
        theta = self.point.theta

        def profile(value: float) -> float:
            held = (value - offset) / scale / length
            combined = np.column_stack([H[:, 1:], -held * H[:, 0]])
            nonlocal theta
            point = minimize(_recombined(self.model, combined), theta).point
            theta = point.theta
            return point.deviance

        estimate = offset + scale * float(c @ self.point.beta)
        se = scale * np.sqrt(c @ self.point.vcov @ c * self.point.sigma2)
        return profile, estimate, float(se)

    # ---- components -------------------------------------------------------------------------

    def residual(self) -> tuple[Profile, float, float]:
        """Return the profile of sigma, its estimate and a first step."""
        at = self._coordinates(None, ())
        profile, spread = self._component(at, at.size, np.log)
        return profile, self.sigma, self.sigma * spread

    def standard_deviation(self, factor: int, effect: int) -> tuple[Profile, float, float]:
        """Return the profile of a standard deviation, its estimate and a first step."""
        at = self._coordinates(factor, (effect,))
        profile, spread = self._component(at, at.starts[0], float)
        estimate = float(np.sqrt(self.covariances[factor][effect, effect]))
        return profile, estimate, spread

    def correlation(self, factor: int, a: int, b: int) -> tuple[Profile, float, float]:
        """Return the profile of a correlation, its estimate and a first step."""
        at = self._coordinates(factor, (a, b))
        angle = at.starts[0] + len(at.blocks[0][1])
        profile, spread = self._component(at, angle, np.arccos)
        omega = self.covariances[factor]
        both = float(np.sqrt(omega[a, a] * omega[b, b]))
        estimate = float(omega[a, b]) / both if both > 0 else 0.0
        return profile, float(np.clip(estimate, -1, 1)), min(spread, 0.3)

    def intraclass(self) -> tuple[Profile, float, float]:
        """Return the profile of the intraclass correlation of a random-intercept model."""
        model, back = self.model, self.back[0]

        def profile(value: float) -> float:
            psi = back @ np.array([[value / (1 - value)]]) @ back.T
            return model.at(model.structure.parameters([psi])).deviance

        between = float(self.covariances[0][0, 0])
        estimate = between / (between + self.sigma**2)
        return profile, estimate, 0.1 * max(estimate, LEAST)

    def _coordinates(self, factor: int | None, first: tuple[int, ...]) -> Spherical:
        """Return coordinates in which the block of the effects `first` comes first."""
        factors = [self.model.factors[at].covariance for at in self.order]
        blocks = [(n, tuple(b.tolist())) for n, f in enumerate(factors) for b in f.blocks]
        blocks.sort(key=lambda block: not (block[0] == factor and first[0] in block[1]))
        if first:
            number, block = blocks[0]
            blocks[0] = number, (*first, *(effect for effect in block if effect not in first))
        logs = len(first) if len(first) > 1 else 0
        return Spherical([f.size for f in factors], blocks, logs)

    def _component(
        self, at: Spherical, held: int, transform: Callable[[float], float]
    ) -> tuple[Profile, float]:
        """Return the profile of one element of x, and the spread of its estimate."""
        from scipy.optimize import minimize as bfgs  # needed for profiles only

        start = np.append(at.vector(self.covariances, self.least), np.log(self.sigma))
        hessian = self._hessian(at, start)
        free = np.arange(len(start)) != held
        inverse = _positive_inverse(hessian[np.ix_(free, free)])
        x = start.copy()

        def profile(value: float) -> float:
            def target(moving: Floats) -> tuple[float, Floats]:
                whole = x.copy()
                whole[free] = moving
                deviance, gradient = self._deviance(at, whole)
                return deviance, gradient[free]

            x[held] = transform(value)
            options = {"gtol": 1e-5, "hess_inv0": inverse}
            with np.errstate(over="ignore", invalid="ignore"):  # a step may go too far at first
                ends = [  # from where the last search ended, and from the estimate
                    bfgs(target, begin, jac=True, method="BFGS", options=options)
                    for begin in (x[free], start[free])
                ]
            end = min(ends, key=lambda reached: reached.fun)
            if end.jac @ end.hess_inv @ end.jac / 2 > SETTLED:
                raise SearchError(f"no minimum was found near the deviance {end.fun:g}")
            x[free] = end.x
            return float(end.fun)

        spread = float(np.sqrt(2 * _positive_inverse(hessian)[held, held]))
        return profile, spread

    def _deviance(self, at: Spherical, x: Floats) -> tuple[float, Floats]:
        """Return the deviance at x and its gradient."""
        model, scale = self.model, self.basis.scale
        sigma2 = float(np.exp(2 * np.clip(x[-1], -300, 300)))
        omegas = at.covariances(x[:-1])
        if not all(np.isfinite(omega).all() for omega in omegas):
            return np.inf, np.zeros(len(x))
        psis: list[Floats] = [np.empty(0)] * len(omegas)
        for position, omega, R in zip(self.order, omegas, self.back, strict=True):
            psis[position] = R @ omega @ R.T / sigma2
        point = model.at(model.structure.parameters(psis))
        if not np.isfinite(point.deviance):
            return np.inf, np.zeros(len(x))
        m, ratio = model.dof, point.rss * scale**2 / sigma2
        profiled = m * (1 + np.log(point.rss * scale**2 / m))
        deviance = point.deviance - profiled + m * np.log(sigma2) + ratio
        slopes = point.slopes_at(sigma2 / scale**2)
        by_omega = [
            R.T @ slopes[position] @ R / sigma2
            for position, R in zip(self.order, self.back, strict=True)
        ]
        gradient = [
            sum(float(np.sum(G * d)) for G, d in zip(by_omega, change, strict=True))
            for change in at.slopes(x[:-1])
        ]
        shrunk = sum(float(np.sum(G * psi)) for G, psi in zip(slopes, psis, strict=True))
        return float(deviance), np.array([*gradient, 2 * (m - ratio - shrunk)])

    def _hessian(self, at: Spherical, x: Floats) -> Floats:
        steps = np.diag(STEP * np.maximum(np.abs(x), STEP))
        columns = [
            (self._deviance(at, x + h)[1] - self._deviance(at, x - h)[1]) / (2 * h.sum())
            for h in steps
        ]
        hessian: Floats = np.array(columns)
        return (hessian + hessian.T) / 2

    # ---- limits -----------------------------------------------------------------------------

    def limit(
        self, profile: Profile, estimate: float, step: float, bound: float, rise: float
    ) -> float:
        """Return where the deviance has risen by `rise`, or `bound` if it has not until there.

        Parameters
        ----------
        profile : callable
        estimate : float
            Where the search begins.
        step : float
            Length of the first step; its sign is the direction.
        bound : float
            The parameter goes no further.
        rise : float
            Quantile of chi-square.
        """
        from scipy.optimize import brentq  # needed for profiles only

        def height(value: float) -> float:
            return float(np.sqrt(max(profile(value) - self.minimum, 0)) - np.sqrt(rise))

        inner, outer = estimate, estimate
        for _ in range(FARTHEST):
            if outer == bound:
                return bound
            inner, outer = outer, outer + step
            if (outer - bound) * step >= 0:
                outer = bound
            if height(outer) >= 0:
                if height(inner) >= 0:
                    raise SearchError("the search missed the minimum at the estimate")
                return float(brentq(height, inner, outer, xtol=CLOSE * abs(step), rtol=1e-9))
            step *= 1.3
        raise SearchError("the deviance does not rise far enough")


def _recombined(model: Gaussian, combined: Floats) -> Gaussian:
    """Return the model with other fixed-effect columns and response.

    `combined` has the coefficients of X, one column for each new fixed effect, and last those of
    what is added to y.
    """
    p = model.nfixed
    whole = np.zeros((p + 1, p))
    whole[:p] = combined
    whole[p, -1] = 1
    products, r = copy(model.products), model.nrandom
    products.B = products.B @ whole
    C = products.C
    products.C = np.block(
        [[C[:r, :r], C[:r, r:] @ whole], [whole.T @ C[r:, :r], whole.T @ C[r:, r:] @ whole]]
    )
    new = copy(model)
    new.products, new.nfixed = products, p - 1
    return new


def _positive_inverse(hessian: Floats) -> Floats:
    """Return the inverse with eigenvalues made positive."""
    values, vectors = np.linalg.eigh(hessian)
    size = np.abs(values)
    size = np.maximum(size, 1e-6 * size.max(initial=1e-300))
    inverse: Floats = (vectors / size) @ vectors.T
    return (inverse + inverse.T) / 2
