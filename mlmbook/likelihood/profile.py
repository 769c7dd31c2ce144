r"""The profile likelihood: the best deviance when one parameter is held at a value.

A value belongs to the interval when the deviance rises above its minimum by no more than the
quantile of :math:`\chi^2_1` [1]_. All is maximum likelihood: restricted likelihoods with different
fixed effects held would be those of different data.

The deviance *d* of all variance parameters (:mod:`mlmbook.likelihood.joint`) is written in
:math:`x=(\mathrm{sd},\ \text{angles},\ \log\sigma,\ \varphi)`, where every value gives covariance
matrices (:mod:`mlmbook.likelihood.spherical`), and its minima are followed along the quantity that
is held (:mod:`mlmbook.likelihood.path`). The spatial ones of :math:`\varphi` are given by angles as
well (:mod:`mlmbook.likelihood.turning`). A standard deviation may be held at zero, a correlation at
one and a spatial parameter at its bound: where the deviance is not high enough even there, that
boundary is the limit. Where :math:`\sigma` is known, *x* is without it. A fixed effect that is held
adds a cost of its own (:mod:`mlmbook.likelihood.held_effect`).

References
----------
.. [1] Bates, Maechler, Bolker & Walker (2015), J. Stat. Softw. 67(1), section 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .held_effect import Cost
from .path import Path, Valued
from .spherical import Spherical
from .turning import Turning

if TYPE_CHECKING:
    from ..arrays import Floats
    from .joint import Evaluation, Joint


LEAST = 0.05
"""First value of a standard deviation that is estimated at zero, relative to sigma."""
CLOSE = 1e-2
"""A standard deviation this small, relative to sigma, or an angle, is close to its boundary."""
STEP = 1e-4


class Profiles:
    """The profile likelihood of a model that was fitted by maximum likelihood.

    Parameters
    ----------
    joint : Joint
    """

    def __init__(self, joint: Joint) -> None:
        self.joint, estimates = joint, joint.estimates
        self.sigma = float(np.sqrt(estimates.sigma2))
        self.nsigma = 0 if joint.sigma_known else 1
        self.covariances = estimates.covariances
        ends: Floats = np.empty((2, 0))
        if joint.rows is not None:
            ends = np.array([joint.rows.low, joint.rows.high])[:, len(joint.rows.level1.start) :]
        self.turning = Turning(*ends)
        self.phi, self.rhos = np.split(joint.phi, [len(joint.phi) - len(self.turning)])
        self.factors = [joint.structure.factors[at] for at in estimates.order]
        self.least = [
            LEAST * self.sigma * np.sqrt(np.einsum("ab,ab->a", M, M)) for M in estimates.makers
        ]
        there = joint.at_covariances(self.covariances, estimates.sigma2, joint.phi)
        self.minimum = there.deviance

    # ---- what may be held ---------------------------------------------------------------------

    def coefficient(self, number: int) -> tuple[Path, Valued, float]:
        """Return the path along a fixed effect in standard errors, and where it begins."""
        c = np.zeros(len(self.joint.estimates.beta))
        c[number] = 1.0
        at, start = self._base
        beta = float(c @ self.joint.estimates.beta)
        se = float(np.sqrt(c @ self.joint.estimates.vcov @ c))

        def function(x: Floats) -> tuple[float, Floats]:
            there, gradient = self._evaluated(at, x[:-1])
            if there is None:
                return np.inf, np.zeros(len(x))
            cost = Cost(self.joint, there, c, beta + se * x[-1])
            slopes = gradient + self._chained(
                at, x[:-1], there, cost.by_psi, cost.by_log_sigma, cost.by_phi
            )
            return there.deviance + cost.value, np.append(slopes, cost.by_value * se)

        start = np.append(start, 0.0)
        hessian = np.zeros((len(start), len(start)))
        hessian[:-1, :-1] = self._hessian
        step = np.zeros(len(start))
        step[-1] = STEP
        last = (function(start + step)[1] - function(start - step)[1]) / (2 * STEP)
        hessian[:-1, :-1] += np.outer(last[:-1], last[:-1]) / last[-1]
        hessian[-1], hessian[:, -1] = last, last
        path = Path(function, start, self.minimum, hessian, self._near_boundary(at))
        return path, _element(len(start) - 1), 0.0

    def standard_deviation(self, factor: int, effect: int) -> tuple[Path, Valued, float]:
        """Return the path along a standard deviation, and where it begins."""
        at = self._coordinates(factor, (effect,))
        path = self._path(at)
        estimate = float(np.sqrt(self.covariances[factor][effect, effect]))
        return path, _element(at.starts[0]), estimate

    def correlation(self, factor: int, a: int, b: int) -> tuple[Path, Valued, float]:
        """Return the path along the angle whose cosine is a correlation, and where it begins."""
        at = self._coordinates(factor, (a, b))
        omega = self.covariances[factor]
        both = float(np.sqrt(omega[a, a] * omega[b, b]))
        estimate = float(np.clip(omega[a, b] / both, -1, 1)) if both > 0 else 0.0
        held = _element(at.starts[0] + len(at.blocks[0][1]))
        return self._path(at), held, float(np.arccos(estimate))

    def residual(self) -> tuple[Path, Valued, float]:
        """Return the path along the logarithm of sigma, and where it begins."""
        at, start = self._base
        return self._path(at), _element(at.size), float(start[at.size])

    def ratio(self) -> tuple[Path, Valued, float]:
        """Return the path along sd/sigma of a random-intercept model, and where it begins."""
        at, _ = self._base

        def held(x: Floats) -> tuple[float, Floats]:
            ratio, gradient = float(x[0] * np.exp(-x[1])), np.zeros(len(x))
            gradient[0], gradient[1] = np.exp(-x[1]), -ratio
            return ratio, gradient

        between = float(np.sqrt(self.covariances[0][0, 0]))
        return self._path(at), held, between / self.sigma

    def level1(self, eta: Callable[[Floats], float], slopes: Callable[[Floats], Floats]
               ) -> tuple[Path, Valued, float]:  # fmt: skip
        """Return the path along a function of log sigma and phi, and where it begins."""
        at, start = self._base

        def held(x: Floats) -> tuple[float, Floats]:
            gradient = np.zeros(len(x))
            gradient[at.size :] = slopes(x[at.size :])
            return eta(x[at.size :]), gradient

        return self._path(at), held, eta(start[at.size :])

    def rho(self, number: int) -> tuple[Path, Valued, float]:
        """Return the path along the angle of a spatial parameter, and where it begins."""
        at, start = self._base
        estimate = float(self.turning.angles(self.rhos)[number])
        return self._path(at), _element(len(start) - len(self.rhos) + number), estimate

    # ---- coordinates --------------------------------------------------------------------------

    @cached_property
    def _base(self) -> tuple[Spherical, Floats]:
        at = self._coordinates(None, ())
        return at, self._start(at)

    def _coordinates(self, factor: int | None, first: tuple[int, ...]) -> Spherical:
        """Return coordinates in which the block of the effects `first` comes first."""
        blocks = [(n, tuple(b.tolist())) for n, f in enumerate(self.factors) for b in f.blocks]
        blocks.sort(key=lambda block: not (block[0] == factor and first[0] in block[1]))
        if first:
            number, block = blocks[0]
            blocks[0] = number, (*first, *(effect for effect in block if effect not in first))
        logs = len(first) if len(first) > 1 else 0
        return Spherical([f.size for f in self.factors], blocks, logs)

    def _start(self, at: Spherical) -> Floats:
        rest = [*[np.log(self.sigma)] * self.nsigma, *self.phi, *self.turning.start(self.rhos)]
        return np.append(at.vector(self.covariances, self.least) if at.size else [], rest)

    def _path(self, at: Spherical) -> Path:
        start = self._start(at)

        def function(x: Floats) -> tuple[float, Floats]:
            there, gradient = self._evaluated(at, x)
            return (np.inf if there is None else there.deviance), gradient

        # the second derivatives in other coordinates, where the gradient is zero
        base, begin = self._base
        J = np.eye(len(start))
        k = at.size
        if k:
            old, new = self._elements(base, begin[:k]), self._elements(at, start[:k])
            J[:k, :k] = np.linalg.lstsq(old, new, rcond=None)[0]
        hessian = J.T @ self._hessian @ J
        return Path(function, start, self.minimum, hessian, self._near_boundary(at))

    def _elements(self, at: Spherical, x: Floats) -> Floats:
        """Return the derivatives of the elements of all Omega by x."""
        columns = [np.concatenate([d.ravel() for d in change]) for change in at.slopes(x)]
        return np.array(columns).T

    def _near_boundary(self, at: Spherical) -> Callable[[Floats], bool]:
        def near(x: Floats) -> bool:
            for (factor, block), begin in zip(at.blocks, at.starts, strict=True):
                k = len(block)
                sd = x[begin : begin + k].copy()
                sd[: max(0, at.logs - begin)] = np.exp(sd[: max(0, at.logs - begin)])
                sd *= LEAST / self.least[factor][list(block)]
                angles = x[begin + k : begin + k * (k + 1) // 2]
                if (np.abs(sd) < CLOSE).any() or (np.abs(np.sin(angles)) < CLOSE).any():
                    return True
            first = at.size + self.nsigma + len(self.phi)
            turned = x[first : first + len(self.rhos)]
            return bool((np.abs(np.sin(turned)) < CLOSE).any())

        return near

    # ---- the deviance in these coordinates ------------------------------------------------------

    def _evaluated(self, at: Spherical, x: Floats) -> tuple[Evaluation | None, Floats]:
        """Return the deviance at x and its gradient; None where there is none."""
        k = at.size
        nothing = None, np.zeros(len(x))
        with np.errstate(over="ignore", invalid="ignore"):  # a step may go too far
            omegas = at.covariances(x[:k])
            sigma2 = self.sigma**2
            if self.nsigma:
                sigma2 = float(np.exp(2 * np.clip(x[k], -300, 300)))
        if not all(np.isfinite(omega).all() for omega in omegas):
            return nothing
        try:
            there = self.joint.at_covariances(omegas, sigma2, self._phi(x[k + self.nsigma :]))
        except np.linalg.LinAlgError:
            return nothing
        if not np.isfinite(there.deviance):
            return nothing
        by = (there.by_psi, there.by_log_sigma, there.by_phi)
        return there, self._chained(at, x, there, *by)

    def _chained(
        self,
        at: Spherical,
        x: Floats,
        there: Evaluation,
        by_psi: Sequence[Floats],
        by_log_sigma: float,
        by_phi: Floats,
    ) -> Floats:
        """Turn slopes by Psi, sigma and phi into those by x."""
        k = at.size
        slopes = self.joint.to_data(by_psi, there.sigma2)
        shrunk = sum(
            float(np.sum(G * psi)) for G, psi in zip(by_psi, there.point.psis, strict=True)
        )
        gradient = [
            sum(float(np.sum(G * d)) for G, d in zip(slopes, change, strict=True))
            for change in at.slopes(x[:k])
        ]
        by_sigma = [by_log_sigma - 2 * shrunk] * self.nsigma
        nlevel1 = len(self.phi)
        by_rho = by_phi[nlevel1:] * self.turning.slopes(x[k + self.nsigma + nlevel1 :])
        chained: Floats = np.array([*gradient, *by_sigma, *by_phi[:nlevel1], *by_rho])
        return chained

    def _phi(self, x: Floats) -> Floats:
        """Return level-1 and spatial parameters, the last of which x has as angles."""
        nlevel1 = len(self.phi)
        return np.append(x[:nlevel1], self.turning.values(x[nlevel1:]))

    @cached_property
    def _hessian(self) -> Floats:
        at, x = self._base
        columns = []
        for h in np.diag(STEP * np.maximum(np.abs(x), STEP)):
            ahead, behind = (self._evaluated(at, x + sign * h)[1] for sign in (1, -1))
            columns.append((ahead - behind) / (2 * h.sum()))
        hessian: Floats = np.array(columns)
        return (hessian + hessian.T) / 2


def _element(number: int) -> Valued:
    def held(x: Floats) -> tuple[float, Floats]:
        gradient = np.zeros(len(x))
        gradient[number] = 1.0
        return float(x[number]), gradient

    return held
