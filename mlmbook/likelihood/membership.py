r"""Rows that belong to several units at once, each with a weight.

A pupil who changed schools carries a part of the effect of each of them [1]_:

.. math:: y_i = x_i'\beta + z_i'\sum_j w_{ij}\,b_j + e_i, \qquad \sum_j w_{ij} = 1 .

The weights are a sparse matrix *W*, rows by units. With one unit a row it is a matrix of zeros and
ones, for which the position of the one, the row's code, says everything.

References
----------
.. [1] Browne, Goldstein & Rasbash (2001), Statistical Modelling 1, 103-124.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Codes, Floats


@dataclass(frozen=True, eq=False)
class Membership:
    """The units that rows belong to."""

    weights: Any
    """Sparse matrix W, shape (rows, units)."""
    elsewhere: Floats
    """For each row the sum of squared weights of units that are not among the columns of W."""

    @classmethod
    def of(cls, units: Codes | Membership, nunits: int) -> Membership:
        """Write codes as weights; code -1 is a unit that is not among the columns."""
        if isinstance(units, Membership):
            return units
        from scipy import sparse  # needed for several memberships and new rows only

        known = units >= 0
        where = np.flatnonzero(known), units[known]
        weights = sparse.csr_matrix((np.ones(len(where[0])), where), shape=(len(units), nunits))
        return cls(weights, (~known).astype(float))

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.weights.shape[0])

    def __getitem__(self, rows: Any) -> Membership:
        """Return some of the rows."""
        return Membership(self.weights[rows], self.elsewhere[rows])

    @cached_property
    def squares(self) -> Floats:
        """For each row the sum of its squared weights, on units that are known."""
        squares: Floats = np.asarray(self.weights.multiply(self.weights).sum(axis=1)).ravel()
        return squares


def spread(units: Codes | Membership, effects: Floats) -> Floats:
    """Return what each row gets of the effects of its units, shape (rows, k).

    Parameters
    ----------
    units : ndarray of codes or Membership
        Rows without a known unit (code -1) get nothing.
    effects : ndarray, shape (units, k)
    """
    if isinstance(units, Membership):
        mixed: Floats = units.weights @ effects
        return mixed
    single: Floats = effects[units]
    if (units < 0).any():
        single[units < 0] = 0
    return single
