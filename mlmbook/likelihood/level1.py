r"""Level-1 residuals whose variances differ, or which are correlated within groups.

.. math:: \operatorname{var}(e) = \sigma^2\Sigma(\varphi), \qquad \Sigma = D^{1/2}CD^{1/2},

with *D* diagonal (known weights :math:`D_{ii}=1/w_i`, variances by stratum, powers of a
covariate) and *C* block diagonal. With :math:`\Sigma=LL'`, the rows of
:math:`L^{-1}[X\;Z\;y]` follow the model with independent residuals of equal variance: the
engine takes them as they come, and the deviance is its deviance plus :math:`\log|\Sigma|`.

At the minimum over the covariance of the random effects, the derivative by :math:`\varphi_a`
is the partial one. With :math:`e_*=L^{-1}(y-X\hat\beta-Z\hat b)` and *H* the matrix that
smooths whitened responses (:math:`I-H=L'PL` for REML, :math:`L'V^{-1}L` for ML; its diagonal
are leverages),

.. math::
   \frac{\partial d}{\partial\varphi_a}
   = \operatorname{tr}\Bigl[S_a\Bigl(I-H-\frac{e_*e_*'}{\hat\sigma^2}\Bigr)\Bigr], \qquad
   S_a = L^{-1}\frac{\partial\Sigma}{\partial\varphi_a}L^{-\prime}.

For strata it says that the variance of each is the sum of squares of its residuals over its
rows less their leverages [1]_ [2]_.

References
----------
.. [1] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, chapter 5.
.. [2] Harville (1977), J. Am. Stat. Assoc. 72, 320-338.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Bools, Codes, Floats


Ends: TypeAlias = tuple[tuple[float, ...], tuple[float, ...]] | None
"""Least and greatest values of parameters; None if they are on the whole line."""


class VarianceFunction(Protocol):
    """The relative variances of rows, as a function of parameters on the whole line."""

    @property
    def start(self) -> Floats:
        """First value of the parameters."""

    @property
    def ends(self) -> Ends:
        """Bounds of the parameters."""

    def log_variance(self, phi: Floats) -> Floats:
        """Return the logarithm of the variance of each row, over sigma squared."""

    def slopes(self, phi: Floats) -> Floats:
        """Return its derivatives, shape (parameters, rows)."""


class BlockCovariance(Protocol):
    """The covariance of the residuals within blocks of rows, over sigma squared."""

    @property
    def start(self) -> Floats:
        """First value of the parameters."""

    @property
    def ends(self) -> Ends:
        """Bounds of the parameters."""

    @property
    def places(self) -> Places:
        """Which rows are in which block."""

    def matrices(self, phi: Floats) -> Floats:
        """Return the covariance matrices, shape (blocks, m, m)."""

    def slopes(self, phi: Floats) -> Floats:
        """Return their derivatives, shape (parameters, blocks, m, m)."""


@dataclass(frozen=True, eq=False)
class Places:
    """The rows of each block, in order, shape (blocks, m); -1 where a block has fewer than m."""

    rows: Codes

    @classmethod
    def of(cls, codes: Codes) -> Places:
        """Collect the rows of each code, in the order in which they stand."""
        order = np.argsort(codes, kind="stable")
        sizes = np.bincount(codes)
        starts = np.cumsum(sizes) - sizes
        rows = np.full((len(sizes), int(sizes.max())), -1)
        rows[codes[order], np.arange(len(codes)) - np.repeat(starts, sizes)] = order
        return cls(rows)

    @cached_property
    def used(self) -> Bools:
        """Where there is a row."""
        used: Bools = self.rows >= 0
        return used

    @cached_property
    def pairs(self) -> Bools:
        """Where there are two rows, shape (blocks, m, m)."""
        pairs: Bools = self.used[:, :, None] & self.used[:, None, :]
        return pairs

    def gather(self, columns: Floats) -> Floats:
        """Arrange rows by block, shape (blocks, m, columns); zero where there is none."""
        gathered: Floats = columns[self.rows] * self.used[:, :, None]
        return gathered

    def scatter(self, blocks: Floats) -> Floats:
        """Put what is arranged by block back into rows."""
        columns = np.empty((int(self.used.sum()), blocks.shape[2]))
        columns[self.rows[self.used]] = blocks[self.used]
        return columns

    def padded(self, matrices: Floats) -> Floats:
        """Put the identity where a block has no row."""
        padded: Floats = np.where(self.pairs, matrices, np.eye(self.rows.shape[1]))
        return padded


@dataclass(frozen=True, eq=False)
class Whitening:
    """The square root L of Sigma at one value of the parameters."""

    log_variance: Floats
    places: Places | None = None
    factor: Floats | None = None
    """Cholesky factors of the blocks of C, shape (blocks, m, m)."""

    @property
    def log_det(self) -> float:
        """The log determinant of Sigma."""
        log_det = float(self.log_variance.sum())
        if self.factor is not None:
            log_det += 2 * float(np.log(np.diagonal(self.factor, axis1=1, axis2=2)).sum())
        return log_det

    def whiten(self, columns: Floats) -> Floats:
        """Return the inverse of L times columns, shape (rows, columns)."""
        scaled: Floats = columns * np.exp(-self.log_variance / 2)[:, None]
        if self.places is None or self.factor is None:
            return scaled
        return self.places.scatter(np.linalg.solve(self.factor, self.places.gather(scaled)))

    def whiten_all(self, parts: Sequence[Floats]) -> list[Floats]:
        """Return the inverse of L times each of several sets of columns, solved for at once."""
        ends = np.cumsum([part.shape[1] for part in parts])[:-1]
        return np.split(self.whiten(np.hstack(parts)), ends, axis=1)

    def color(self, columns: Floats) -> Floats:
        """Return L times columns: independent draws get the covariance Sigma."""
        if self.places is not None and self.factor is not None:
            columns = self.places.scatter(self.factor @ self.places.gather(columns))
        colored: Floats = columns * np.exp(self.log_variance / 2)[:, None]
        return colored


class LevelOne:
    """Sigma as a function of the parameters of its parts, end to end.

    Parameters
    ----------
    fixed : ndarray, shape (rows,)
        Logarithm of what is known of the variances: minus the logarithm of the weights.
    variances : sequence of VarianceFunction
        Functions that multiply.
    covariance : BlockCovariance, optional
        What correlates the rows of a block.
    sigma2 : float, optional
        The variance that Sigma multiplies, if it is known.
    """

    def __init__(
        self,
        fixed: Floats,
        variances: Sequence[VarianceFunction] = (),
        covariance: BlockCovariance | None = None,
        sigma2: float | None = None,
    ) -> None:
        self.fixed, self.sigma2 = fixed, sigma2
        self.variances = tuple(variances)
        self.covariance = covariance
        starts = [part.start for part in self.variances]
        if covariance is not None:
            starts.append(covariance.start)
        ends = np.cumsum([0, *map(len, starts)]).tolist()
        self.slices = [slice(a, b) for a, b in pairwise(ends)]
        """Which parameters are those of each part."""
        self.start: Floats = np.concatenate([np.empty(0), *starts])
        parts = [*self.variances, *(() if covariance is None else (covariance,))]
        self.low, self.high = np.full((2, len(self.start)), [[-np.inf], [np.inf]])
        """Bounds of the parameters."""
        for part, at in zip(parts, self.slices, strict=True):
            if part.ends is not None:
                self.low[at], self.high[at] = part.ends

    def at(self, phi: Floats) -> Whitening:
        """Return L.

        Raises
        ------
        numpy.linalg.LinAlgError
            Sigma is not positive definite.
        """
        log_variance = self.fixed.copy()
        for part, at in zip(self.variances, self.slices, strict=False):
            log_variance += part.log_variance(phi[at])
        if self.covariance is None:
            return Whitening(log_variance)
        matrices = self.covariance.places.padded(self.covariance.matrices(phi[self.slices[-1]]))
        return Whitening(log_variance, self.covariance.places, np.linalg.cholesky(matrices))

    def gradient(
        self, phi: Floats, whitening: Whitening, leverage: Floats, residual: Floats
    ) -> Floats:
        r"""Return the derivatives of the deviance.

        Parameters
        ----------
        phi : ndarray
        whitening : Whitening
            L at phi.
        leverage : ndarray, shape (rows, d)
            Rows whose products within a block (without blocks: their own lengths) are the
            elements of *H*.
        residual : ndarray, shape (rows,)
            Whitened residuals over :math:`\hat\sigma`.
        """
        pieces = zip(self.variances, self.slices, strict=False)
        by_row = [part.slopes(phi[at]) for part, at in pieces]
        if self.covariance is None:
            left = 1 - np.einsum("nd,nd->n", leverage, leverage) - residual**2
            return np.concatenate([slopes @ left for slopes in by_row])
        places, factor = self.covariance.places, whitening.factor
        assert factor is not None
        both = places.gather(np.column_stack([leverage, residual]))
        left = np.where(places.pairs, np.eye(both.shape[1]) - both @ both.transpose(0, 2, 1), 0.0)
        right = np.linalg.solve(factor.transpose(0, 2, 1), left).transpose(0, 2, 1)
        own = np.einsum("gik,gki->gi", factor, right)  # the diagonal of L (I - H - ee') L^-1
        middle = np.linalg.solve(factor.transpose(0, 2, 1), right)
        blocks = self.covariance.slopes(phi[self.slices[-1]])
        by_rows = [slopes @ places.scatter(own[:, :, None])[:, 0] for slopes in by_row]
        return np.concatenate([*by_rows, np.einsum("agij,gij->a", blocks, middle)])

    def directions(self, phi: Floats) -> Directions:
        r"""Return :math:`S_a=L^{-1}(\partial\Sigma/\partial\varphi_a)L^{-\prime}`."""
        pieces = zip(self.variances, self.slices, strict=False)
        by_row = [part.slopes(phi[at]) for part, at in pieces]
        if self.covariance is None:
            return Directions(np.vstack([np.empty((0, len(self.fixed))), *by_row]))
        places, factor = self.covariance.places, self.at(phi).factor
        assert factor is not None
        blocks: list[Floats] = []
        for slopes in np.vstack([np.empty((0, len(self.fixed))), *by_row]):
            scaled = np.linalg.solve(factor, places.gather(slopes[:, None]) * factor)
            blocks.append((scaled + scaled.transpose(0, 2, 1)) / 2)
        for change in self.covariance.slopes(phi[self.slices[-1]]):
            half = np.linalg.solve(factor, change).transpose(0, 2, 1)
            blocks.append(np.linalg.solve(factor, half))
        return Directions(np.array(blocks), places)


@dataclass(frozen=True, eq=False)
class Directions:
    """By each level-1 parameter, the whitened derivative of Sigma."""

    values: Floats
    """Shape (parameters, rows) where it is diagonal, else (parameters, blocks, m, m)."""
    places: Places | None = None

    def __len__(self) -> int:
        """Return the number of parameters."""
        return len(self.values)

    @property
    def traces(self) -> Floats:
        """The trace of each."""
        if self.places is None:
            return np.asarray(np.einsum("an->a", self.values))
        return np.asarray(np.einsum("agii->a", self.values))

    def times(self, columns: Floats) -> Floats:
        """Return each of them times columns, shape (parameters, rows, columns)."""
        if self.places is None:
            return self.values[:, :, None] * columns
        gathered = self.places.gather(columns)
        if not len(self):
            return np.empty((0, *columns.shape))
        return np.array([self.places.scatter(block @ gathered) for block in self.values])
