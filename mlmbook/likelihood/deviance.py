r"""The deviance of a Gaussian multilevel model, read off one Cholesky factor.

With :math:`V = I + Z\Psi Z'`, so that :math:`\operatorname{var}(y)=\sigma^2V`, and
:math:`\beta` and :math:`\sigma` at their best for given :math:`\Psi` [1]_,

.. math::
   d(\Psi) = \log|V| + m\Bigl(1+\log\frac{2\pi r^2}{m}\Bigr)
             \;[\,+ \log|X'V^{-1}X|\,],

where :math:`r^2` is the generalized residual sum of squares, *m* = nobs for ML, and
*m* = nobs - p with the bracket for REML. When the effects of the first factor are eliminated
(:mod:`~mlmbook.likelihood.blocks`), *K* is left for :math:`[Z_2\cdots X\;y]`; with
:math:`\tilde\Lambda` the Lambda of the other factors, and the identity for X and y,

.. math:: S = \tilde\Lambda'K\tilde\Lambda + \operatorname{diag}(I, 0, 0) = LL',

and :math:`r` is the last pivot of *L*. Where :math:`\sigma` is known, it is not replaced:

.. math:: d(\Psi) = \log|V| + m\log(2\pi\sigma^2) + \frac{r^2}{\sigma^2}
          \;[\,+ \log|X'V^{-1}X|\,].

References
----------
.. [1] Bates, Maechler, Bolker & Walker (2015), J. Stat. Softw. 67(1), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .decompositions import cholesky

if TYPE_CHECKING:
    from ..arrays import Floats
    from .blocks import Elimination
    from .gaussian import Gaussian


@dataclass(eq=False)
class Factored:
    """The deviance at one value of theta; each quantity is computed when first asked for."""

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
        S, r = self.K, self.model.nrandom
        if r:
            S = self.scaled(self.scaled(S).T)
            step = len(S) + 1
            S.reshape(-1)[: r * step : step] += 1  # on the diagonal
        return cholesky(S)

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
        pivots = self.L.diagonal()[: self.model.ndetermined]
        return self.elimination.log_det + 2 * float(np.log(pivots).sum())

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
        return self._scale(M, transposed=True)

    def unscaled(self, M: Floats) -> Floats:
        r"""Return :math:`\tilde\Lambda M`."""
        return self._scale(M, transposed=False)

    def _scale(self, M: Floats, *, transposed: bool) -> Floats:
        if not self.model.nrandom:
            return M
        scaled = M.copy()
        for at, root in zip(self.model.slices, self.roots[1:], strict=True):
            k = len(root)
            if k == 1:
                scaled[at] *= root[0, 0]
            else:
                left = root.T if transposed else root
                scaled[at] = (left @ M[at].reshape(k, -1)).reshape(M[at].shape)
        return scaled
