r"""The deviance of a Gaussian multilevel model, its gradient and its information matrix.

With :math:`V = I + Z\Psi Z'`, so that :math:`\operatorname{var}(y)=\sigma^2V`, and
:math:`\beta` and :math:`\sigma` at their best for given :math:`\Psi` [1]_,

.. math::
   d(\Psi) = \log|V| + m\Bigl(1+\log\frac{2\pi r^2}{m}\Bigr)
             \;[\,+ \log|X'V^{-1}X|\,],

where :math:`r^2` is the generalized residual sum of squares, *m* = nobs for ML, and
*m* = nobs - p with the bracket for REML. With
:math:`P = V^{-1}-V^{-1}X(X'V^{-1}X)^{-1}X'V^{-1}` and :math:`t = Z'Py`,

.. math::
   G = \frac{\partial d}{\partial\Psi}
     = \sum_j \bigl[Z'(P\text{ or }V^{-1})Z\bigr]_{jj} - \frac{m}{r^2}\,t_jt_j',

the first for REML, the second for ML. For second derivatives the average of observed and
expected information [2]_ needs no traces: with :math:`q_i = (\partial V/\partial\psi_i)Py`,

.. math:: H_{ik} = \frac{m}{r^2}\Bigl(q_i'Pq_k - \frac{(y'Pq_i)(y'Pq_k)}{r^2}\Bigr).

References
----------
.. [1] Bates, Maechler, Bolker & Walker (2015), J. Stat. Softw. 67(1), section 3.
.. [2] Gilmour, Thompson & Cullis (1995), Biometrics 51, 1440-1450.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .blocks import Crossproducts, Elimination, Factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Gaussian:
    """The deviance as a function of theta.

    Parameters
    ----------
    X, y : ndarray
        Columns with few digits to lose; see :mod:`mlmbook.likelihood.basis`.
    factor : Factor
        The grouping factor.
    reml : bool
        Restricted likelihood.
    """

    def __init__(self, X: Floats, y: Floats, factor: Factor, *, reml: bool) -> None:
        self.nobs, self.nfixed = X.shape
        self.reml = reml
        self.dof = self.nobs - self.nfixed if reml else self.nobs
        self.factor = factor
        self.products = Crossproducts(factor, X, y)

    def at(self, theta: Floats) -> Point:
        """Evaluate the deviance at `theta`."""
        return Point(self, theta)


@dataclass(eq=False)
class Point:
    """The likelihood at one value of theta; each quantity is computed when first asked for."""

    model: Gaussian
    theta: Floats

    @cached_property
    def triangle(self) -> Floats:
        """Lambda."""
        return self.model.factor.covariance.matrix(self.theta)

    @cached_property
    def psi(self) -> Floats:
        """Covariance matrix of the random effects, over sigma squared."""
        return self.triangle @ self.triangle.T

    @cached_property
    def elimination(self) -> Elimination:
        """Random effects solved for."""
        return self.model.products.eliminate(self.triangle)

    @cached_property
    def root(self) -> Floats:
        """Upper Cholesky factor of the Schur complement for [X y]."""
        return np.linalg.cholesky(self.model.products.schur(self.elimination)).T

    @cached_property
    def rss(self) -> float:
        """Generalized residual sum of squares."""
        return float(self.root[-1, -1] ** 2)

    @property
    def sigma2(self) -> float:
        """Residual variance."""
        return self.rss / self.model.dof

    @cached_property
    def deviance(self) -> float:
        """Profiled deviance; infinite where rounding leaves no residual."""
        try:
            rss = self.rss
        except np.linalg.LinAlgError:
            return np.inf
        m = self.model.dof
        deviance = self.elimination.log_det + m * (1 + np.log(2 * np.pi * rss / m))
        if self.model.reml:
            deviance += 2 * np.log(np.diagonal(self.root)[:-1]).sum()
        return float(deviance)

    @cached_property
    def vcov(self) -> Floats:
        """The inverse of :math:`X'V^{-1}X`."""
        half = np.linalg.inv(self.root[:-1, :-1])
        return half @ half.T

    @cached_property
    def beta(self) -> Floats:
        """Fixed effects."""
        return np.linalg.solve(self.root[:-1, :-1], self.root[:-1, -1])

    @cached_property
    def _ZVXy(self) -> Floats:
        return np.einsum("abq,bqm->aqm", self.elimination.T, self.model.products.B)

    @cached_property
    def ZVX(self) -> Floats:
        """:math:`Z'V^{-1}X`, shape (k, groups, p)."""
        return self._ZVXy[:, :, :-1]

    @cached_property
    def ZVZ(self) -> Floats:
        """:math:`Z_j'V^{-1}Z_j`, shape (k, k, groups)."""
        return np.einsum("acq,cbq->abq", self.elimination.T, self.model.products.A)

    @cached_property
    def t(self) -> Floats:
        """:math:`Z'Py`, shape (k, groups)."""
        return self._ZVXy[:, :, -1] - self.ZVX @ self.beta

    @cached_property
    def modes(self) -> Floats:
        """Conditional modes of the random effects, shape (groups, k)."""
        return (self.psi @ self.t).T

    def slope_at(self, sigma2: float) -> Floats:
        """Return the derivative of the deviance by Psi, for sigma squared held fixed."""
        G = self.ZVZ.sum(axis=2)
        if self.model.reml:
            G -= np.einsum("aqm,bqm->ab", self.ZVX @ self.vcov, self.ZVX)
        return G - self.t @ self.t.T / sigma2

    @cached_property
    def slope(self) -> Floats:
        """G, the derivative of the deviance by Psi."""
        return self.slope_at(self.sigma2)

    @cached_property
    def information(self) -> Floats:
        """Average information for the elements of Psi."""
        c = np.einsum("iab,bq->iaq", self.model.factor.covariance.basis, self.t)
        Rc = np.einsum("abq,ibq->iaq", self.ZVZ, c)
        Fc = np.einsum("aqm,iaq->im", self.ZVX, c)
        inner = np.einsum("iaq,jaq->ij", c, Rc) - Fc @ self.vcov @ Fc.T
        score = np.einsum("iaq,aq->i", c, self.t)
        return self.model.dof / self.rss * (inner - np.outer(score, score) / self.rss)

    @property
    def gradient(self) -> Floats:
        """Derivative of the deviance by theta."""
        return self.model.factor.covariance.gradient(self.slope, self.triangle)

    @property
    def hessian(self) -> Floats:
        """Second derivatives by theta, information in place of the observed part."""
        covariance = self.model.factor.covariance
        J = covariance.jacobian(self.triangle)
        return J.T @ self.information @ J + covariance.curvature(self.slope)
