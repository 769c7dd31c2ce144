r"""New rows of a known group, predicted with the residuals that they correlate with.

With *c* the covariances of a new row's residual with those of its block, over :math:`\sigma^2`, and
:math:`\Sigma_j` the covariance of the block,

.. math:: e_{new} = a'e_j + \epsilon, \qquad a = \Sigma_j^{-1}c, \qquad
   \operatorname{var}(\epsilon) = \sigma^2(\Sigma_{new} - c'a),

and :math:`\epsilon` is independent of all that was observed. So :math:`y_{new} - a'y_j` follows the
model with :math:`x_{new} - X_j'a` and :math:`z_{new} - Z_j'a` in the place of its columns: the best
linear unbiased prediction is :math:`x'\hat\beta + z'\hat b + a'(y_j - X_j\hat\beta - Z_j\hat b)`,
and the variance of its error that of the two parts [1]_. In space this is called kriging.

References
----------
.. [1] Robinson (1991), Stat. Sci. 6, 15-32, section 6; Goldberger (1962), J. Am. Stat. Assoc. 57,
   369-375.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import DataError, FitError
from .likelihood.membership import Membership

if TYPE_CHECKING:
    import pandas as pd

    from .arrays import Bools, Codes, Floats
    from .residual.bound import Residual
    from .result.predicted import Predicted

__all__ = ["Borrowed", "borrow"]


@dataclass(frozen=True, eq=False)
class Borrowed:
    """What the residuals of its block say of each new row."""

    weights: Floats
    """a, shape (new rows, m)."""
    rows: Codes
    """Of which rows, in the same shape."""
    left: Floats
    """The variance that remains, over sigma squared."""
    messages: list[str]
    """What to say of rows that have nothing to borrow from."""

    def of(self, columns: Floats) -> Floats:
        """Return the weighted sum of rows of columns, for each new row."""
        taken: Floats = np.einsum("nm,nm...->n...", self.weights, columns[self.rows])
        return taken


def borrow(
    fit: Predicted, data: pd.DataFrame | None, mean: Floats, units: Sequence[Codes | Membership]
) -> Borrowed:
    """Weigh the residuals of each new row's block.

    Parameters
    ----------
    fit : Predicted
    data : DataFrame
        New rows.
    mean : ndarray
        Their predictions from fixed and random effects.
    units : sequence of ndarray
        The group of each row, for each factor.

    Raises
    ------
    DataError, FitError
        There is nothing to borrow, or a row is in one block but in another group.
    """
    residual = fit.residual
    if residual is None or residual.covariance is None or residual.within is None:
        raise FitError(
            "correlated=True is for models whose residuals correlate, such as residual=AR1(...)"
        )
    if data is None:
        raise DataError(
            "correlated=True predicts new rows from those observed: give newdata; the rows used "
            "are observed themselves"
        )
    block = residual.within.find(data)
    assert not isinstance(block, Membership)
    known = block >= 0
    _refuse_strangers(fit, residual, block, units)
    said = f"{(~known).sum()} rows are in groups of {residual.within.name!r} without observations: "
    messages = [] if known.all() else [said + "no residual can be borrowed for them"]
    return _weigh(residual, data, np.where(known, block, 0), known, mean, messages)


def _weigh(
    residual: Residual,
    data: pd.DataFrame,
    block: Codes,
    known: Bools,
    mean: Floats,
    messages: list[str],
) -> Borrowed:
    whitening, covariance = residual.whitening, residual.covariance
    assert covariance is not None
    assert whitening.factor is not None
    phi = residual.phi[residual.level1.slices[-1]]
    places, own = covariance.places, covariance.new_variances(data, phi)
    total = residual.new_variances(data, mean)
    c = covariance.across(data, phi, block) * known[:, None]
    half = np.linalg.solve(whitening.factor[block], c[:, :, None])
    a = np.linalg.solve(whitening.factor[block].transpose(0, 2, 1), half)[:, :, 0]
    rows = np.where(places.used[block], places.rows[block], 0)
    sd = np.sqrt(total / own)  # of a new row, but for the variance of its occasion
    weights = a * sd[:, None] / np.exp(whitening.log_variance / 2)[rows]
    shared = np.einsum("nmi,nmi->n", half, half)
    left = np.maximum(total * (1 - shared / own), 0.0)
    return Borrowed(weights * places.used[block], rows, left, messages)


def _refuse_strangers(
    fit: Predicted, residual: Residual, block: Codes, units: Sequence[Codes | Membership]
) -> None:
    assert residual.within is not None
    known = block >= 0
    for grouping, code in zip(fit.design.groupings, units, strict=True):
        assert not isinstance(code, Membership)
        above = np.zeros(residual.within.ngroups, dtype=int)
        above[residual.within.codes] = grouping.codes
        if (above[block[known]] != code[known]).any():
            raise DataError(
                f"a new row is in a group of {residual.within.name!r} that was observed in another "
                f"group of {grouping.name!r}: its residual cannot be predicted from there"
            )
