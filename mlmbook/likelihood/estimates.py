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

from .balanced import guess
from .basis import Basis, orthonormal, random_basis
from .blocks import Factor
from .covariance import CovarianceFactor
from .gaussian import Gaussian
from .membership import Membership, spread
from .optimize import Optimum
from .starts import search
from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Codes, Floats
    from .spatial import Spatial


CHUNK = 2000
"""Rows for which prediction variances are computed at once."""


@dataclass(frozen=True, eq=False)
class Effects:
    """The random effects of one grouping factor: where they are, and which may correlate."""

    units: Codes | Membership
    ngroups: int
    Z: Floats
    blocks: tuple[tuple[int, ...], ...]
    spatial: Spatial | None = None
    """How the effects of different groups are correlated."""
    rho: float = np.nan
    """The parameter of that."""

    @property
    def root(self) -> Floats | None:
        """The matrix R, for correlations RR' of the groups."""
        return None if self.spatial is None else self.spatial.root(self.rho)

    def of_rows(self, modes: Floats) -> Floats:
        """Return what the effects add to each row."""
        added: Floats = np.einsum("nk,nk->n", self.Z, spread(self.units, modes))
        return added


@dataclass(frozen=True, eq=False)
class Estimates:
    """A maximum of the likelihood, in the units of the data."""

    optimum: Optimum
    basis: Basis
    order: tuple[int, ...]
    """Where each grouping factor stands in the engine, which puts the largest first."""
    makers: tuple[Floats, ...]
    """What the columns of each factor's Z were multiplied by."""
    deviance: float
    """Minus twice the (restricted) log-likelihood, with every constant."""
    rhos: tuple[float, ...]
    """The spatial parameter of each factor; not a number where there is none."""

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
        return self.optimum.point.sigma2 * self.basis.scale**2

    @property
    def beta(self) -> Floats:
        """Fixed effects."""
        return self.basis.coefficients(self.optimum.point.beta)

    @property
    def vcov(self) -> Floats:
        """Covariance matrix of the fixed effects."""
        return self.basis.covariance(self.optimum.point.vcov * self.optimum.point.sigma2)

    @property
    def covariances(self) -> list[Floats]:
        """Covariance matrix of the random effects of each factor."""
        psis = self.optimum.point.psis
        both = zip(self.order, self.makers, strict=True)
        return [M @ psis[at] @ M.T * self.sigma2 for at, M in both]

    @property
    def modes(self) -> list[Floats]:
        """Conditional modes of each factor, shape (groups, k)."""
        modes = self.optimum.point.modes
        both = zip(self.order, self.makers, strict=True)
        return [modes[at] @ M.T * self.basis.scale for at, M in both]

    @property
    def conditional_variances(self) -> list[Floats]:
        """Conditional covariance matrices of the modes, shape (groups, k, k) a factor."""
        variances = self.optimum.point.conditional_variance
        both = zip(self.order, self.makers, strict=True)
        return [np.einsum("ac,cdq,bd->qab", M, variances[at], M) * self.sigma2 for at, M in both]

    def prediction_variance(
        self, X: Floats, Zs: Sequence[Floats], units: Sequence[Codes | Membership]
    ) -> Floats:
        r"""Variance of the error of :math:`x'\hat\beta + \sum_f z_f'\hat b_f`, for each row.

        The error is :math:`\sigma^2 w'M^{-1}w`, with *w* the row of :math:`[Z_1\;Z_2\cdots X]`
        and *M* the matrix of Henderson's mixed-model equations, which the engine has in factored
        form: with :math:`a = \tilde\Lambda'(w_2 - B_j'E_jz_1)`, it is
        :math:`\sigma^2(z_1'E_jz_1 + \|L^{-1}a\|^2)`. For a group that was not fitted (code -1)
        the effects are at their variance :math:`z'\Omega z`, times the squared weight of the group
        where rows belong to several.
        """
        rows = np.array_split(np.arange(len(X)), 1 + len(X) // CHUNK)
        return np.concatenate(
            [
                self._prediction_variance(X[at], [Z[at] for Z in Zs], [unit[at] for unit in units])
                for at in rows
            ]
        )

    def _prediction_variance(
        self, X: Floats, Zs: Sequence[Floats], units: Sequence[Codes | Membership]
    ) -> Floats:
        point = self.optimum.point
        model = point.model
        columns = np.zeros((len(point.K) - 1, len(X)))  # w2, one column a row of X
        columns[model.nrandom :] = np.linalg.solve(self.basis.R.T, X.T)
        variance = np.zeros(len(X))
        for at, M, Z, unit in zip(self.order, self.makers, Zs, units, strict=True):
            z, factor = Z @ M, model.factors[at]
            new = np.einsum("na,ab,nb->n", z, point.psis[at], z)
            if at:
                member = Membership.of(unit, factor.ngroups)
                weights = member.weights.T.toarray()
                if factor.root is not None:
                    weights = factor.root.T @ weights
                start = model.slices[at - 1].start
                for a, values in enumerate(z.T):
                    begin = start + a * factor.ngroups
                    columns[begin : begin + factor.ngroups] += weights * values
                variance += member.elsewhere * new
            else:
                assert not isinstance(unit, Membership)
                known = unit >= 0
                solved = np.einsum("abn,nb->an", point.elimination.E[:, :, unit], z)
                solved[:, ~known] = 0
                columns -= model.products.rows(solved, unit)[:-1]
                variance += np.where(known, np.einsum("an,na->n", solved, z), new)
        half = solve_lower(point.L[:-1, :-1], point.scaled(columns))
        variance += np.einsum("jn,jn->n", half, half)
        return variance * self.sigma2


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model in the engine's columns, before anything is estimated."""

    model: Gaussian
    basis: Basis
    order: tuple[int, ...]
    makers: tuple[Floats, ...]
    rhos: tuple[float, ...]

    def estimates(self, optimum: Optimum) -> Estimates:
        """Return what a point of the likelihood says in the units of the data."""
        deviance = optimum.point.deviance + 2 * self.model.dof * np.log(self.basis.scale)
        if self.model.reml:
            deviance += 2 * self.basis.log_det
        return Estimates(optimum, self.basis, self.order, self.makers, float(deviance), self.rhos)


def prepare(
    X: Floats,
    y: Floats,
    effects: Sequence[Effects],
    *,
    reml: bool,
    makers: Sequence[Floats] | None = None,
    sigma2: float | None = None,
) -> Prepared:
    """Make the engine's columns and their crossproducts.

    Parameters
    ----------
    X, y : ndarray
        Fixed-effect columns and response.
    effects : sequence of Effects
        One for each grouping factor.
    reml : bool
        Restricted likelihood.
    makers : sequence of ndarray, optional
        What to multiply the columns of each Z by; such that they become orthogonal, if not given.
    sigma2 : float, optional
        The residual variance, if it is known.

    Returns
    -------
    Prepared

    Raises
    ------
    RankError, NoVariationError, TooLargeError
        As :func:`maximize` does.
    """
    basis = orthonormal(X, y)
    factors, made = [], []
    for number, effect in enumerate(effects):
        if makers is None:
            Z, maker = random_basis(effect.Z, effect.blocks, number)
        else:
            maker = makers[number]
            Z = effect.Z @ maker
        covariance = CovarianceFactor(Z.shape[1], effect.blocks)
        factors.append(Factor(effect.units, effect.ngroups, Z, covariance, effect.root))
        made.append(maker)
    by_size = sorted(
        range(len(factors)),
        key=lambda number: (not factors[number].separable, -factors[number].ngroups),
    )
    engine = [factors[number] for number in by_size]
    if not engine or not engine[0].separable:
        by_size, engine = [-1, *by_size], [Factor.nobody(len(y)), *engine]
    known = None if sigma2 is None else sigma2 / basis.scale**2
    model = Gaussian(basis.Q, basis.y, engine, reml=reml, sigma2=known)
    order = tuple(by_size.index(number) for number in range(len(effects)))
    return Prepared(model, basis, order, tuple(made), tuple(effect.rho for effect in effects))


def maximize(
    X: Floats,
    y: Floats,
    effects: Sequence[Effects],
    *,
    reml: bool,
    start: Sequence[Floats] | None = None,
    sigma2: float | None = None,
) -> Estimates:
    """Maximize the likelihood of a Gaussian multilevel model.

    Parameters
    ----------
    X, y : ndarray
        Fixed-effect columns and response.
    effects : sequence of Effects
        One for each grouping factor.
    reml : bool
        Restricted likelihood.
    start : sequence of ndarray, optional
        Where to begin: the covariance matrix of each factor's effects, over sigma squared.
    sigma2 : float, optional
        The residual variance, if it is known.

    Returns
    -------
    Estimates

    Raises
    ------
    RankError
        A column of X or of a Z is a combination of earlier ones.
    NoVariationError
        X reproduces y exactly, or does so with the random effects.
    TooLargeError
        Two or more factors have more groups than the engine can hold.
    """
    prepared = prepare(X, y, effects, reml=reml, sigma2=sigma2)
    structure = prepared.model.structure
    if start is None:
        theta = guess(prepared.model)
    else:
        psis: list[Floats] = [np.empty((0, 0)) for _ in structure.factors]
        for at, M, omega in zip(prepared.order, prepared.makers, start, strict=True):
            back = np.linalg.inv(M)
            psis[at] = back @ omega @ back.T
        theta = structure.parameters(psis)
    return prepared.estimates(search(prepared.model, theta))
