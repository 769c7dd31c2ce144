r"""A better-conditioned copy of the columns, and the way back.

The likelihood is computed from sums of squares and products, which lose digits when columns
are large, or nearly collinear. It does not change when the columns of *X* are replaced by an
orthonormal basis, when *y* is replaced by its residual from ordinary least squares, or when
columns of *Z* whose effects may correlate are mixed; so the engine works with

.. math:: X = QR, \qquad y = Q\,Q'y + s\,\tilde y, \qquad \tilde Z = ZM.

Then :math:`\hat\beta = R^{-1}(Q'y + s\,\tilde\beta)` and :math:`\hat b = M\,s\,\tilde b`,
and the deviance differs by :math:`2m\log s` (*m* = degrees of freedom), under REML also by
:math:`2\log|\det R|`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .decompositions import orthogonal
from .triangular import solve_upper

if TYPE_CHECKING:
    from ..arrays import Floats


COLLINEAR = 1e-11
"""A column this small, relative to its length, once the earlier ones are taken out, is none."""


class RankError(ValueError):
    """A column of X, or of the Z of a factor, is a combination of the columns before it."""

    def __init__(self, column: int, factor: int | None = None) -> None:
        super().__init__(f"column {column} is a linear combination of the columns before it")
        self.column = column
        self.factor = factor


class NoVariationError(ValueError):
    """The columns of X reproduce y exactly."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Orthonormal columns of X, the scaled residual of y, and what leads back."""

    Q: Floats
    R: Floats
    y: Floats
    scale: float
    ols: Floats
    """Q'y: the part of y that was taken out."""

    @property
    def log_det(self) -> float:
        r"""The logarithm of :math:`|\det R|`."""
        return float(np.log(np.abs(np.diagonal(self.R))).sum())

    def coefficients(self, beta: Floats) -> Floats:
        """Translate coefficients of `Q` for the residual into coefficients of X for y."""
        return solve_upper(self.R, self.ols + self.scale * beta)

    def covariance(self, vcov: Floats) -> Floats:
        """Translate a covariance matrix of the coefficients in the same way."""
        half = solve_upper(self.R, vcov)
        full = solve_upper(self.R, half.T) * self.scale**2
        return (full + full.T) / 2


def orthonormal(X: Floats, y: Floats) -> Basis:
    """Replace X by an orthonormal basis and y by its scaled residual.

    Raises
    ------
    RankError
        A column of X is a combination of the columns before it.
    NoVariationError
        Nothing of y is left.
    """
    length = np.sqrt(np.einsum("ij,ij->j", X, X))
    if not length.all():
        raise RankError(int(np.argmin(length)))
    Q, R = orthogonal(X / length)
    small = np.abs(R.diagonal()) < COLLINEAR
    if small.any():
        raise RankError(int(np.argmax(small)))
    return _respond(Q, R * length, y)


def respond(basis: Basis, y: Floats) -> Basis:
    """Return the same columns with another response.

    Raises
    ------
    NoVariationError
        Nothing of y is left.
    """
    return _respond(basis.Q, basis.R, y)


def _respond(Q: Floats, R: Floats, y: Floats) -> Basis:
    ols = Q.T @ y
    residual = y - Q @ ols
    again = Q.T @ residual  # once more, so that what is left is free of rounding
    residual -= Q @ again
    scale = float(np.sqrt(residual @ residual / len(y)))
    if scale <= COLLINEAR * float(np.abs(y).max()):
        raise NoVariationError("the fixed effects reproduce the response exactly")
    return Basis(Q, R, residual / scale, scale, ols + again)


def random_basis(
    Z: Floats, blocks: Sequence[tuple[int, ...]], factor: int
) -> tuple[Floats, Floats]:
    """Replace the columns of each block of Z by orthogonal ones of mean square one.

    Parameters
    ----------
    Z : ndarray, shape (rows, k)
    blocks : sequence of tuple of int
        Columns whose effects may correlate; only such columns may be mixed.
    factor : int
        Number of the grouping factor, for the error.

    Returns
    -------
    tuple of ndarray
        The new columns, and the matrix M that made them: Z M, shape (k, k).

    Raises
    ------
    RankError
        A column of Z is a combination of the columns before it.
    """
    length = np.sqrt(np.einsum("ij,ij->j", Z, Z))
    if not length.all():
        raise RankError(int(np.argmin(length)), factor)
    if len(length) == 1:
        maker = np.sqrt(len(Z)) / length[:, None]
        return Z * maker, maker
    R = np.linalg.qr(Z / length, mode="r")
    small = np.abs(np.diagonal(R)) < COLLINEAR
    if small.any():
        raise RankError(int(np.argmax(small)), factor)
    maker = np.zeros_like(R)
    for block in blocks:
        within = np.ix_(block, block)
        if len(block) < Z.shape[1]:
            R = np.linalg.qr((Z / length)[:, block], mode="r")
        maker[within] = np.linalg.inv(R / np.sqrt(len(Z)) * length[list(block)])
    return Z @ maker, maker
