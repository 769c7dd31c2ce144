r"""From the maximum of the likelihood to estimates in the units of the data.

.. math::
   \hat\sigma^2 = r^2/m, \quad \widehat{\operatorname{var}}(\hat\beta)
   = \hat\sigma^2 (X'V^{-1}X)^{-1}, \quad \hat b_j = \Psi t_j, \quad
   \operatorname{var}(b_j\mid y,\beta) = \hat\sigma^2 E_j .

The last is the conditional variance given the fixed effects and the variance components, the
one that lme4 reports. What it leaves out is the error of the fixed effects, which
:meth:`Estimates.prediction_variance` puts back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .basis import Basis, orthonormal, unit_columns
from .blocks import Factor
from .covariance import CovarianceFactor
from .gaussian import Gaussian
from .optimize import Optimum, minimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Effects:
    """The random effects of one grouping factor: where they are, and which may correlate."""

    codes: Codes
    ngroups: int
    Z: Floats
    blocks: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Estimates:
    """A maximum of the likelihood, in the units of the data."""

    optimum: Optimum
    basis: Basis
    scales: tuple[Floats, ...]
    """What the columns of each factor's Z were divided by."""
    deviance: float
    """Minus twice the (restricted) log-likelihood, with every constant."""

    @property
    def converged(self) -> bool:
        """Whether the conditions of a minimum of the deviance were verified."""
        return self.optimum.converged

    @property
    def singular(self) -> bool:
        """Whether a covariance matrix is on its boundary."""
        return self.optimum.singular

    @property
    def sigma2(self) -> float:
        """Residual variance."""
        point = self.optimum.point
        return point.rss / point.model.dof * self.basis.scale**2

    @property
    def beta(self) -> Floats:
        """Fixed effects."""
        return self.basis.coefficients(self.optimum.point.beta)

    @property
    def vcov(self) -> Floats:
        """Covariance matrix of the fixed effects."""
        return self.basis.covariance(self.optimum.point.vcov * self.sigma2 / self.basis.scale**2)

    def covariance(self, factor: int) -> Floats:
        """Covariance matrix of the random effects of one factor."""
        scale = self.scales[factor]
        return self.optimum.point.psi * self.sigma2 / np.outer(scale, scale)

    def modes(self, factor: int) -> Floats:
        """Conditional modes, shape (groups, k)."""
        return self.optimum.point.modes * self.basis.scale / self.scales[factor]

    def conditional_variance(self, factor: int) -> Floats:
        """Conditional covariance matrices of the modes, shape (groups, k, k)."""
        scale = self.scales[factor]
        E = self.optimum.point.elimination.E
        return np.moveaxis(E, 2, 0) * self.sigma2 / np.outer(scale, scale)

    def prediction_variance(self, X: Floats, Z: Floats, codes: Codes) -> Floats:
        r"""Variance of the error of :math:`x'\hat\beta + z'\hat b`, for each row.

        With *x* less what the group's own data take up of it, :math:`a = x - X'V^{-1}Z\Psi z`,
        it is :math:`\sigma^2 z'E_jz + a'\operatorname{var}(\hat\beta)\,a` (Henderson). For a
        group that was not fitted (code -1) it is
        :math:`\sigma^2 z'\Psi z + x'\operatorname{var}(\hat\beta)\,x`.
        """
        point = self.optimum.point
        z = Z / self.scales[0]
        known = codes >= 0
        a = np.linalg.solve(self.basis.R.T, X.T).T
        ZVX = np.moveaxis(point.ZVX, 1, 0)[codes]
        a = a - np.where(known[:, None], np.einsum("nkp,kl,nl->np", ZVX, point.psi, z), 0)
        E = np.moveaxis(point.elimination.E, 2, 0)[codes]
        E = np.where(known[:, None, None], E, point.psi)
        within = np.einsum("nk,nkl,nl->n", z, E, z)
        return self.sigma2 * (within + np.einsum("np,pq,nq->n", a, point.vcov, a))


def maximize(X: Floats, y: Floats, effects: Sequence[Effects], *, reml: bool) -> Estimates:
    """Maximize the likelihood of a Gaussian multilevel model.

    Parameters
    ----------
    X, y : ndarray
        Fixed-effect columns and response.
    effects : sequence of Effects
        One for each grouping factor.
    reml : bool
        Restricted likelihood.

    Returns
    -------
    Estimates

    Raises
    ------
    RankError
        A column of X or of a Z is a combination of earlier ones.
    NoVariationError
        X reproduces y exactly.
    """
    basis = orthonormal(X, y)
    factors, scales = [], []
    for number, effect in enumerate(effects):
        Z, scale = unit_columns(effect.Z, number)
        covariance = CovarianceFactor(Z.shape[1], effect.blocks)
        factors.append(Factor(effect.codes, effect.ngroups, Z, covariance))
        scales.append(scale)
    model = Gaussian(basis.Q, basis.y, factors[0], reml=reml)
    optimum = minimize(model, factors[0].covariance.diagonal * 0.5)
    deviance = optimum.point.deviance + 2 * model.dof * np.log(basis.scale)
    if reml:
        deviance += 2 * basis.log_det
    return Estimates(optimum, basis, tuple(scales), float(deviance))
