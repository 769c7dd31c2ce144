r"""A better-conditioned copy of the columns, and the way back.

The likelihood is computed from sums of squares and products, which lose digits when columns
are large, or nearly collinear. It does not change when the columns of *X* are replaced by an
orthonormal basis, when *y* is replaced by its residual from ordinary least squares, or when
columns of *Z* are rescaled; so that is what the engine works with:

.. math:: X = QR, \qquad y = Q\,Q'y + s\,\tilde y, \qquad Z = \tilde Z \operatorname{diag}(d).

Then :math:`\hat\beta = R^{-1}(Q'y + s\,\tilde\beta)`, and the deviance differs by
:math:`2m\log s` (*m* = degrees of freedom), under REML also by :math:`2\log|\det R|`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
        return np.linalg.solve(self.R, self.ols + self.scale * beta)

    def covariance(self, vcov: Floats) -> Floats:
        """Translate a covariance matrix of the coefficients in the same way."""
        half = np.linalg.solve(self.R, vcov)
        full = np.linalg.solve(self.R, half.T) * self.scale**2
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
    Q, R = np.linalg.qr(X / length)
    small = np.abs(np.diagonal(R)) < COLLINEAR
    if small.any():
        raise RankError(int(np.argmax(small)))
    ols = Q.T @ y
    residual = y - Q @ ols
    again = Q.T @ residual  # once more, so that what is left is free of rounding
    residual -= Q @ again
    scale = float(np.sqrt(np.mean(residual**2)))
    if scale <= COLLINEAR * float(np.abs(y).max()):
        raise NoVariationError("the columns of X reproduce y exactly")
    return Basis(Q, R * length, residual / scale, scale, ols + again)


def unit_columns(Z: Floats, factor: int = 0) -> tuple[Floats, Floats]:
    """Scale the columns of Z to mean square one; return them and their scales.

    Raises
    ------
    RankError
        A column of Z is a combination of the columns before it.
    """
    scale = np.sqrt(np.mean(Z**2, axis=0))
    if not scale.all():
        raise RankError(int(np.argmin(scale)), factor)
    Z = Z / scale
    if Z.shape[1] > 1:
        small = np.abs(np.diagonal(np.linalg.qr(Z, mode="r"))) < COLLINEAR * np.sqrt(len(Z))
        if small.any():
            raise RankError(int(np.argmax(small)), factor)
    return Z, scale
