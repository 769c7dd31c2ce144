r"""Residuals of a group that all correlate alike.

.. math:: \operatorname{cor}(e_{ij}, e_{kj}) = \rho, \qquad -\frac{1}{m-1} < \rho < 1,

with *m* the size of the largest group. With :math:`\rho\ge0` it is the model with a random
intercept, :math:`\rho` its intraclass correlation; unlike that it lets members of a group differ
more than strangers do [1]_. On the whole line,
:math:`\rho = -\tfrac{1}{m-1} + \tfrac{m}{m-1}\,/(1+e^{-\varphi})`.

References
----------
.. [1] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.3 (corCompSymm).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.errors import DataError
from mlmbook.residual.structure import Component, Correlation, check_name

if TYPE_CHECKING:
    import pandas as pd

    from mlmbook.arrays import Codes, Floats
    from mlmbook.likelihood.level1 import Places

__all__ = ["CompoundSymmetry"]


class CompoundSymmetry(Correlation):
    """One correlation for all pairs of residuals within a group.

    Parameters
    ----------
    group : str, optional
        The grouping factor within which residuals correlate; the one with most groups if not
        given. It cannot also have a random intercept, which is the same thing.
    """

    exchangeable = True

    def __init__(self, *, group: str | None = None) -> None:
        self.group = None if group is None else check_name(group, "CompoundSymmetry(group=)")

    def __repr__(self) -> str:
        return f"CompoundSymmetry({self._group_text()[2:]})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs, but for the group."""
        return ()

    def bind(self, data: pd.DataFrame, places: Places) -> Exchangeable:
        """Find the size of the largest group."""
        if places.rows.shape[1] < 2:
            raise DataError("no group has two rows: nothing can correlate within groups")
        return Exchangeable(places)


@dataclass(frozen=True, eq=False)
class Exchangeable:
    """Groups in which all pairs are alike."""

    places: Places
    ends = None
    others = ()
    """No other parameters."""

    @property
    def _size(self) -> int:
        return int(self.places.rows.shape[1])

    @property
    def least(self) -> float:
        """Lower bound of the correlation."""
        return -1.0 / (self._size - 1)

    @property
    def strata(self) -> tuple[str, ...]:
        """None: the variance is one."""
        return ()

    @property
    def start(self) -> Floats:
        """No correlation."""
        return np.array([-np.log(self._size - 1.0)])

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameter is called."""
        return ("cor within group",)

    def natural(self, phi: Floats) -> Floats:
        """Return the correlation."""
        low = -1 / (self._size - 1)
        rho: Floats = low + (1 - low) / (1 + np.exp(-phi))
        return rho

    def matrices(self, phi: Floats) -> Floats:
        """Return the correlation matrices, shape (groups, m, m)."""
        one = np.eye(self._size)
        return np.broadcast_to(one + self.natural(phi) * (1 - one), self.places.pairs.shape)

    def slopes(self, phi: Floats) -> Floats:
        """Return their derivative, shape (1, groups, m, m)."""
        share = 1 / (1 + np.exp(-phi))
        inner = self._size / (self._size - 1) * share * (1 - share)
        apart = inner * (1 - np.eye(self._size)) * self.places.pairs
        slopes: Floats = apart[None]
        return slopes

    def components(self, phi: Floats) -> list[Component]:
        """Return the variance, and the correlation of any two rows of a group."""
        rho = float(self.natural(phi)[0])
        return [("", "", 1.0, 1.0), ("one row", "another", rho, rho)]

    def row_variances(self, phi: Floats) -> Floats:
        """Return ones."""
        return np.ones(int(self.places.used.sum()))

    def new_variances(self, data: pd.DataFrame, phi: Floats) -> Floats:
        """Return ones."""
        return np.ones(len(data))

    def across(self, data: pd.DataFrame, phi: Floats, blocks: Codes) -> Floats:
        """Return the correlation of new rows with those of their block."""
        across: Floats = self.natural(phi) * self.places.used[blocks]
        return across
