r"""Residuals of a group that are the more alike, the closer they are in time.

.. math:: \operatorname{cor}(e_{sj}, e_{tj}) = \rho^{|t-s|} .

For steps of equal length that is the first-order autoregression
:math:`e_t = \rho e_{t-1} + \text{noise}`, for which :math:`\rho` may be negative and times may be
missing. For other times it is the same process in continuous time, with :math:`0<\rho<1` [1]_.
Parameters on the whole line: :math:`\rho = \tanh\varphi` for one step; in continuous time
:math:`\rho^g = \exp(-e^{-\varphi})` for a gap *g* of usual length, so that :math:`e^\varphi` is the
range of the correlation in such gaps.

References
----------
.. [1] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.3 (corAR1, corCAR1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.errors import DataError
from mlmbook.residual.structure import Component, Correlation, check_name

if TYPE_CHECKING:
    import pandas as pd

    from mlmbook.arrays import Bools, Floats
    from mlmbook.likelihood.level1 import Places

__all__ = ["AR1"]


class AR1(Correlation):
    """First-order autoregression of the residuals within groups.

    Parameters
    ----------
    time : str
        A numeric column: when each row was observed. Gaps may differ.
    group : str, optional
        The grouping factor within which residuals correlate; the one with most groups if not
        given.
    """

    def __init__(self, time: str, *, group: str | None = None) -> None:
        self.time = check_name(time, "AR1")
        self.group = None if group is None else check_name(group, "AR1(group=)")

    def __repr__(self) -> str:
        return f"AR1({self.time!r}{self._group_text()})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs, but for the group."""
        return (self.time,)

    def bind(self, data: pd.DataFrame, places: Places) -> Autoregression:
        """Measure the gaps between the rows of a group."""
        column = data[self.time]
        if column.dtype.kind not in "iuf":
            raise DataError(f"AR1 needs numbers; the type of {self.time!r} is {column.dtype}")
        time = column.to_numpy(dtype=float)[places.rows]
        time = np.where(places.used, time, np.nan)
        gaps = np.diff(np.sort(time, axis=1), axis=1)  # missing ones last
        gaps = gaps[~np.isnan(gaps)]
        if not len(gaps):
            raise DataError(f"no group has two rows: nothing can correlate over {self.time!r}")
        if not gaps.all():
            raise DataError(
                f"{self.time!r} has the same value twice in a group; AR1 needs one row a time"
            )
        step = float(np.median(gaps))
        steps = gaps / gaps.min()
        even = step == gaps.min() and bool(np.all(np.abs(steps - np.round(steps)) < 1e-9))
        between = np.abs(time[:, :, None] - time[:, None, :]) / step
        between = np.where(places.pairs, between, 0.0)
        return Autoregression(self.time, step, even, np.round(between) if even else between, places)


@dataclass(frozen=True, eq=False)
class Autoregression:
    """The gaps between the rows of each group."""

    time: str
    step: float
    """The usual gap."""
    even: bool
    """Whether all gaps are multiples of it."""
    gaps: Floats
    """In steps, shape (groups, m, m)."""
    places: Places

    @property
    def start(self) -> Floats:
        """No correlation; in continuous time, one of a quarter over one step."""
        return np.zeros(1) if self.even else np.array([-np.log(np.log(4.0))])

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameter is called."""
        return (f"cor {self._pair[0]}, {self._pair[1]}",)

    @property
    def _pair(self) -> tuple[str, str]:
        return self.time, f"{self.time} + {self.step if self.even else 1:g}"

    def _one_step(self, phi: Floats) -> float:
        return float(np.tanh(phi[0]) if self.even else np.exp(-np.exp(-phi[0])))

    def natural(self, phi: Floats) -> Floats:
        """Return the correlation one step apart, or one unit of time in continuous time."""
        rho = self._one_step(phi)
        return np.array([rho if self.even else rho ** (1 / self.step)])

    def matrices(self, phi: Floats) -> Floats:
        """Return the correlation matrices, shape (groups, m, m)."""
        return _power(self._one_step(phi), self.gaps)

    def slopes(self, phi: Floats) -> Floats:
        """Return their derivative, shape (1, groups, m, m)."""
        rho = self._one_step(phi)
        inner = 1 - rho**2 if self.even else rho * np.exp(-phi[0])
        apart: Bools = self.gaps > 0
        power = _power(rho, np.where(apart, self.gaps - 1, 0.0))
        slopes: Floats = np.where(apart, self.gaps * power * inner, 0.0)
        return slopes[None]

    def components(self, phi: Floats) -> list[Component]:
        """Return the variance, and the correlation of neighbors."""
        rho = float(self.natural(phi)[0])
        return [("", "", 1.0, 1.0), (*self._pair, rho, rho)]

    def row_variances(self, phi: Floats) -> Floats:
        """Return ones."""
        return np.ones(int(self.places.used.sum()))


def _power(rho: float, gaps: Floats) -> Floats:
    """Return powers of a number that may be negative if they are whole."""
    if rho >= 0:
        power: Floats = rho**gaps
        return power
    signed: Floats = np.where(gaps % 2 == 0, 1.0, -1.0) * (-rho) ** gaps
    return signed
