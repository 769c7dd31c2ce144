r"""The deviance of a Gaussian multilevel model, its gradient and its information matrix.

With :math:`V = I + Z\Psi Z'`, so that :math:`\operatorname{var}(y)=\sigma^2V`, and
:math:`\beta` and :math:`\sigma` at their best for given :math:`\Psi` [1]_,

.. math::
   d(\Psi) = \log|V| + m\Bigl(1+\log\frac{2\pi r^2}{m}\Bigr)
             \;[\,+ \log|X'V^{-1}X|\,],

where :math:`r^2` is the generalized residual sum of squares, *m* = nobs for ML, and
*m* = nobs - p with the bracket for REML. All of it is read off one Cholesky factor. When the
effects of the first factor are eliminated (:mod:`~mlmbook.likelihood.blocks`), *K* is left for
:math:`[Z_2\cdots X\;y]`; with :math:`\tilde\Lambda` the Lambda of the other factors, and the
identity for X and y,

.. math:: S = \tilde\Lambda'K\tilde\Lambda + \operatorname{diag}(I, 0, 0) = LL',

and :math:`r` is the last pivot of *L*. Where :math:`\sigma` is known, it is not replaced:

.. math:: d(\Psi) = \log|V| + m\log(2\pi\sigma^2) + \frac{r^2}{\sigma^2}
          \;[\,+ \log|X'V^{-1}X|\,],

and below :math:`m/r^2` is :math:`1/\sigma^2`, with nothing subtracted in *H*. With
:math:`P = V^{-1}-V^{-1}X(X'V^{-1}X)^{-1}X'V^{-1}` and :math:`t = Z'Py`, summing over groups,

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

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import lapack

from .blocks import Crossproducts, Elimination, Factor
from .covariance import CovarianceStructure
from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats


SINGULAR = 1e-6
"""Lambda with a singular value below this is too close to singular to divide by."""


class Gaussian:
    """The deviance as a function of theta.

    Parameters
    ----------
    X, y : ndarray
        Columns with few digits to lose; see :mod:`mlmbook.likelihood.basis`.
    factors : sequence of Factor
        The grouping factors, the one with most groups first.
    reml : bool
        Restricted likelihood.
    sigma2 : float, optional
        The residual variance, if it is known.
    """

    def __init__(
        self,
        X: Floats,
        y: Floats,
        factors: Sequence[Factor],
        *,
        reml: bool,
        sigma2: float | None = None,
    ) -> None:
        self.nobs, self.nfixed = X.shape
        self.reml, self.sigma2 = reml, sigma2
        self.dof = self.nobs - self.nfixed if reml else self.nobs
        self.factors = tuple(factors)
        self.structure = CovarianceStructure([factor.covariance for factor in factors])
        self.products = Crossproducts(factors, X, y)
        sizes = [factor.ngroups * factor.covariance.size for factor in factors[1:]]
        ends = np.cumsum([0, *sizes])
        self.slices = [slice(a, b) for a, b in pairwise(ends)]
        """Where the columns of each factor after the first are."""
        self.nrandom = int(ends[-1])
        """Random effects that are not eliminated."""

    def at(self, theta: Floats) -> Point:
        """Evaluate the deviance at `theta`."""
        return Point(self, theta)


@dataclass(eq=False)
class Point:
    """The likelihood at one value of theta; each quantity is computed when first asked for."""

    model: Gaussian
    theta: Floats

    # ---- covariance -------------------------------------------------------------------------

    @cached_property
    def roots(self) -> list[Floats]:
        """Lambda of each factor."""
        return self.model.structure.roots(self.theta)

    @cached_property
    def psis(self) -> list[Floats]:
        """Covariance matrix of each factor's random effects, over sigma squared."""
        return [root @ root.T for root in self.roots]

    # ---- deviance ---------------------------------------------------------------------------

    @cached_property
    def elimination(self) -> Elimination:
        """Random effects of the first factor solved for."""
        return self.model.products.eliminate(self.roots[0])

    @cached_property
    def K(self) -> Floats:
        """Schur complement for the other columns."""
        return self.model.products.schur(self.elimination.E)

    @cached_property
    def L(self) -> Floats:
        """Lower Cholesky factor of S."""
        S = self.K
        if self.model.nrandom:
            S = self.scaled(self.scaled(S).T)
            diagonal = np.arange(self.model.nrandom)
            S[diagonal, diagonal] += 1
        return np.linalg.cholesky(S)

    @cached_property
    def rss(self) -> float:
        """Generalized residual sum of squares."""
        return float(self.L[-1, -1] ** 2)

    @property
    def sigma2(self) -> float:
        """Residual variance: the best one, unless it is known."""
        known = self.model.sigma2
        return self.rss / self.model.dof if known is None else known

    @cached_property
    def log_det(self) -> float:
        """The log determinants in the deviance.

        Raises
        ------
        numpy.linalg.LinAlgError
            Rounding leaves no residual.
        """
        r, pivots = self.model.nrandom, np.diagonal(self.L)
        log_det = self.elimination.log_det + 2 * np.log(pivots[:r]).sum()
        if self.model.reml:
            log_det += 2 * np.log(pivots[r:-1]).sum()
        return float(log_det)

    @cached_property
    def deviance(self) -> float:
        """The deviance at `sigma2`; infinite where rounding leaves no residual."""
        try:
            if self.model.sigma2 is not None:
                return self.deviance_at(self.model.sigma2)
            m = self.model.dof
            return float(self.log_det + m * (1 + np.log(2 * np.pi * self.rss / m)))
        except np.linalg.LinAlgError:
            return np.inf

    def deviance_at(self, sigma2: float) -> float:
        """Return the deviance for any residual variance; raise as `log_det` does."""
        m = self.model.dof
        return float(self.log_det + m * np.log(2 * np.pi * sigma2) + self.rss / sigma2)

    def scaled(self, M: Floats) -> Floats:
        r"""Return :math:`\tilde\Lambda'M`."""
        return self._scale(M, [root.T for root in self.roots[1:]])

    def unscaled(self, M: Floats) -> Floats:
        r"""Return :math:`\tilde\Lambda M`."""
        return self._scale(M, self.roots[1:])

    def _scale(self, M: Floats, roots: list[Floats]) -> Floats:
        scaled = M.copy()
        for at, root in zip(self.model.slices, roots, strict=True):
            k = len(root)
            if k == 1:
                scaled[at] *= root[0, 0]
            else:
                scaled[at] = (root @ M[at].reshape(k, -1)).reshape(M[at].shape)
        return scaled

    # ---- estimates --------------------------------------------------------------------------

    @cached_property
    def solution(self) -> Floats:
        """Random effects of the other factors (over Lambda), then fixed effects."""
        return solve_lower(self.L[:-1, :-1], self.L[-1, :-1], transposed=True)

    @property
    def beta(self) -> Floats:
        """Fixed effects."""
        return self.solution[self.model.nrandom :]

    @cached_property
    def vcov(self) -> Floats:
        """The inverse of :math:`X'V^{-1}X`."""
        r = self.model.nrandom
        return _inverse(self.L[r:-1, r:-1])

    @cached_property
    def residual(self) -> Floats:
        """Weights of the columns of [Z2 ... X y] in what the model leaves of y."""
        return self.unscaled(np.append(-self.solution, 1.0))

    @cached_property
    def t(self) -> list[Floats]:
        """For each factor :math:`Z'Py`, shape (k, groups)."""
        products, r = self.model.products, self.model.nrandom
        left = products.times(self.residual[:, None])[:, :, 0]
        first = np.einsum("abq,bq->aq", self.elimination.T, left)
        rest = self.K[:r] @ self.residual
        return [first, *self._by_factor(rest)]

    @cached_property
    def modes(self) -> list[Floats]:
        """For each factor the conditional modes, shape (groups, k)."""
        roots = [factor.root for factor in self.model.factors]
        modes = [(psi @ t).T for psi, t in zip(self.psis, self.t, strict=True)]
        return [m if R is None else R @ m for m, R in zip(modes, roots, strict=True)]

    @cached_property
    def conditional_variance(self) -> list[Floats]:
        """For each factor the variances of the modes over sigma squared, shape (k, k, groups)."""
        r, E = self.model.nrandom, self.elimination.E
        if not r:
            return [E]
        inverse = self.unscaled(self.unscaled(_inverse(self.L[:r, :r])).T)
        padded = np.zeros_like(self.K)
        padded[:r, :r] = inverse
        first = E + _congruence(E, self.model.products.sandwich(padded))
        return [first, *(block for block in self._diagonal_blocks(inverse))]

    def _by_factor(self, vector: Floats) -> list[Floats]:
        return [
            vector[at].reshape(len(root), -1)
            for at, root in zip(self.model.slices, self.roots[1:], strict=True)
        ]

    def _diagonal_blocks(self, M: Floats) -> list[Floats]:
        """For each factor after the first the k by k block of every group."""
        blocks = []
        for at, factor in zip(self.model.slices, self.model.factors[1:], strict=True):
            k, groups = factor.covariance.size, factor.ngroups
            within = M[at, at].reshape(k, groups, k, groups)
            if factor.root is None:
                blocks.append(np.einsum("aqbq->abq", within))
            else:
                R = factor.root
                blocks.append(np.einsum("qs,asbt,qt->abq", R, within, R, optimize=True))
        return blocks

    # ---- derivatives ------------------------------------------------------------------------

    @cached_property
    def _determinant(self) -> Floats:
        """Derivative of the log determinants in the deviance by S."""
        size = len(self.L) - 1 if self.model.reml else self.model.nrandom
        derivative = np.zeros_like(self.L)
        derivative[:size, :size] = _inverse(self.L[:size, :size])
        return derivative

    def slopes_at(self, sigma2: float) -> list[Floats]:
        """Return the derivative of the deviance by each Psi, for sigma squared held fixed."""
        outer = np.outer(self.residual, self.residual) / sigma2
        by_K = self.unscaled(self.unscaled(self._determinant).T) + outer
        T, A = self.elimination.T, self.model.products.A
        inner = self.model.products.sandwich(by_K)
        first = np.einsum("acq,cbq->ab", T, A) - _congruence(T, inner).sum(axis=2)
        return [first, *self._rest_slopes(sigma2)]

    def _rest_slopes(self, sigma2: float) -> list[Floats]:
        r"""Return the slopes of the factors that are not eliminated.

        :math:`G\Lambda` costs little: :math:`(Z'PZ)\Lambda` is the product of
        :math:`K\tilde\Lambda` and the inverse of *S*, of which the diagonal blocks are wanted.
        """
        if not self.model.nrandom:
            return []
        slopes: list[Floats] = []
        KL = self.scaled(self.K[:, : self.model.nrandom]).T
        for at, root, t in zip(self.model.slices, self.roots[1:], self.t[1:], strict=True):
            k, sizes = len(root), np.linalg.svd(root, compute_uv=False)
            if sizes[-1] <= SINGULAR * max(1.0, sizes[0]):
                G = self._direct(at, k)
            else:
                left = KL[at].reshape(k, -1)
                right = self._determinant[at].reshape(k, -1)
                G = np.linalg.solve(root.T, (left @ right.T).T).T
            slopes.append((G + G.T) / 2 - t @ t.T / sigma2)
        return slopes

    def _direct(self, at: slice, k: int) -> Floats:
        """Sum the diagonal blocks of Z'PZ (or of its ML counterpart), whatever Lambda is."""
        half = self._half(at)
        blocks = half.reshape(len(half), k, -1)
        within = self.K[at, at].reshape(k, blocks.shape[2], k, -1)
        G: Floats = np.einsum("aqbq->ab", within) - np.einsum("jaq,jbq->ab", blocks, blocks)
        return G

    def _half(self, at: slice) -> Floats:
        """Return what, multiplied by itself, is the difference of K and Z'PZ for some columns."""
        size = len(self.L) - 1 if self.model.reml else self.model.nrandom
        cross = self.scaled(self.K[:, at])[:size]
        return solve_lower(self.L[:size, :size], cross)

    def slope_by_correlation(self, number: int, S: Floats, sigma2: float) -> float:
        r"""Return the derivative of the deviance by a parameter of the correlations of groups.

        .. math:: \sum_{ab}\psi_{ab}\operatorname{tr}\Bigl[S\Bigl(N_{ab}
                  - \frac{t_bt_a'}{\sigma^2}\Bigr)\Bigr],

        with *N* the matrix Z'PZ (or its ML counterpart) of the columns multiplied by *R*.

        Parameters
        ----------
        number : int
            Position of the factor, not the first.
        S : ndarray
            :math:`R^{-1}(\partial RR'/\partial\rho)R^{-\prime}`.
        sigma2 : float
            The residual variance, which is held.
        """
        at, t, psi = self.model.slices[number - 1], self.t[number], self.psis[number]
        half, k = self._half(at), len(psi)
        N = (self.K[at, at] - half.T @ half).reshape(k, t.shape[1], k, -1)
        by_effect = np.einsum("aqbs,qs->ab", N, S, optimize=True)
        by_effect -= np.einsum("aq,qs,bs->ab", t, S, t, optimize=True) / sigma2
        return float(np.sum(psi * by_effect))

    @cached_property
    def slopes(self) -> list[Floats]:
        """G of each factor, the derivative of the deviance by Psi."""
        return self.slopes_at(self.sigma2)

    @cached_property
    def information(self) -> Floats:
        """Average information for the elements of all Psi."""
        products, E = self.model.products, self.elimination.E
        c = self.model.structure.directions(self.t)  # one array (directions, k, groups) a factor
        score = np.concatenate(
            [ci.reshape(len(ci), t.size) @ t.ravel() for ci, t in zip(c, self.t, strict=True)]
        )
        size, r = len(score), self.model.nrandom
        first = np.zeros((*E.shape[1:], size))  # Z1'q, one column a direction
        other = np.zeros((len(self.K), size))  # [Z2 ... X y]'q
        n = len(c[0])
        first[:, :, :n] = np.einsum("abq,ibq->aqi", products.A, c[0])
        other[:, :n] = products.transposed(c[0].transpose(1, 2, 0))
        if r:
            coefficients = _stacked(c[1:])
            first[:, :, n:] = products.random_times(coefficients)
            other[:, n:] = products.C[:, :r] @ coefficients
        inner = np.zeros((size, size))
        inner[:n] = np.einsum("iaq,aqj->ij", c[0], first)
        if r:
            inner[n:] = coefficients.T @ other[:r]
        solved = np.einsum("abq,bqj->aqj", E, first)
        inner -= np.einsum("aqi,aqj->ij", first, solved)
        left = self.scaled(other - products.transposed(solved))
        half = solve_lower(self.L[:-1, :-1], left[:-1])
        inner -= half.T @ half
        if self.model.sigma2 is None:
            inner -= np.outer(score, score) / self.rss
        return inner / self.sigma2

    @property
    def gradient(self) -> Floats:
        """Derivative of the deviance by theta."""
        return self.model.structure.gradient(self.slopes, self.roots)

    def hessian(self, correction: Floats) -> Floats:
        """Second derivatives by theta, with information plus `correction` for those by Psi."""
        J = self.model.structure.jacobian(self.roots)
        second = J.T @ (self.information + correction) @ J
        return second + self.model.structure.curvature(self.slopes)


def _inverse(root: Floats) -> Floats:
    """Return the inverse of LL'."""
    if not len(root):
        return np.zeros((0, 0))
    upper, _ = lapack.dpotri(root.T, lower=0)  # the transpose is in LAPACK's order
    inverse: Floats = upper + upper.T  # below the diagonal are the zeros of L
    inverse.flat[:: len(root) + 1] /= 2
    return inverse


def _congruence(T: Floats, M: Floats) -> Floats:
    """Return TMT' for every group."""
    left = np.einsum("acq,cdq->adq", T, M)
    product: Floats = np.einsum("adq,bdq->abq", left, T)
    return product


def _stacked(directions: Sequence[Floats]) -> Floats:
    """Put directions of several factors side by side, each in the rows of its own factor."""
    rows = sum(c.shape[1] * c.shape[2] for c in directions)
    columns = sum(len(c) for c in directions)
    stacked = np.zeros((rows, columns))
    row = column = 0
    for c in directions:
        size = c.shape[1] * c.shape[2]
        stacked[row : row + size, column : column + len(c)] = c.reshape(len(c), size).T
        row, column = row + size, column + len(c)
    return stacked
