r"""The likelihood of a Gaussian multilevel model as a function of theta.

:math:`\theta` has the elements of :math:`\Lambda`, :math:`\Psi=\Lambda\Lambda'`, of each factor.
At one value of it, each question has a room of its own: the deviance
(:mod:`~mlmbook.likelihood.deviance`), the effects (:mod:`~mlmbook.likelihood.solution`), the
gradient (:mod:`~mlmbook.likelihood.gradient`) and the information
(:mod:`~mlmbook.likelihood.information`).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING

from .blocks import Crossproducts, Factor
from .covariance import CovarianceStructure, consecutive
from .information import Informed

if TYPE_CHECKING:
    from ..arrays import Floats


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
        self.slices = consecutive(sizes)
        """Where the columns of each factor after the first are."""
        self.nrandom = sum(sizes)
        """Random effects that are not eliminated."""

    @property
    def ndetermined(self) -> int:
        """Pivots of S whose logarithms are in the deviance."""
        return self.nrandom + self.nfixed if self.reml else self.nrandom

    def by(self, *, reml: bool) -> Gaussian:
        """Return the same model with one or the other likelihood."""
        other = copy(self)
        other.reml, other.dof = reml, self.nobs - self.nfixed if reml else self.nobs
        return other

    def at(self, theta: Floats) -> Point:
        """Evaluate the deviance at `theta`."""
        return Point(self, theta)


class Point(Informed):
    """The likelihood at one value of theta; each quantity is computed when first asked for."""
