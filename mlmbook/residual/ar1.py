r"""Residuals of a group that are the more alike, the closer they are in time.

.. math:: \operatorname{cor}(e_{sj}, e_{tj}) = \rho^{|t-s|} .

For steps of equal length that is the first-order autoregression
:math:`e_t = \rho e_{t-1} + \text{noise}`, for which :math:`\rho` may be negative and times may be
missing. For other times it is the same process in continuous time, with :math:`0<\rho<1` [1]_.
Parameters on the whole line: :math:`\rho = \tanh\varphi` for one step; in continuous time
:math:`\rho^g = \exp(-e^{-\varphi})` for a gap *g* of usual length, so that :math:`e^\varphi` is the
range of the correlation in such gaps.

With a nugget a part :math:`\nu=1/(1+e^{-\varphi_2})` of the variance is noise of its own at each
time, such as errors of measurement, so that even neighbors do not agree [2]_:

.. math:: \operatorname{cor}(e_{sj}, e_{tj}) = (1-\nu)\,\rho^{|t-s|}, \qquad s\ne t .

That is the exponential correlation of spatial statistics, with range :math:`-1/\log\rho`.

References
----------
.. [1] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.3 (corAR1, corCAR1).
.. [2] Pinheiro & Bates (2000), section 5.3.2 (corExp); Diggle (1988), Biometrics 44, 959-971.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.errors import DataError, FormulaError
from mlmbook.residual.structure import Component, Correlation, check_name
from mlmbook.rows import refuse_missing, refuse_unknown

if TYPE_CHECKING:
    import pandas as pd

    from mlmbook.arrays import Bools, Codes, Floats
    from mlmbook.likelihood.level1 import Ends, Places

__all__ = ["AR1"]

NONE, ALL = -24.0, 14.0
"""Logits of a nugget that is zero, and of one that leaves nothing to correlate."""


class AR1(Correlation):
    """First-order autoregression of the residuals within groups.

    Parameters
    ----------
    time : str
        A numeric column: when each row was observed. Gaps may differ.
    group : str, optional
        The grouping factor within which residuals correlate; the one with most groups if not
        given.
    nugget : bool, default False
        Whether a part of the variance is noise without memory, estimated as well. The rest is in
        continuous time, so that its correlation is positive.
    """

    def __init__(self, time: str, *, group: str | None = None, nugget: bool = False) -> None:
        self.time = check_name(time, "AR1")
        self.group = None if group is None else check_name(group, "AR1(group=)")
        if not isinstance(nugget, bool):
            raise FormulaError(f"nugget must be True or False, got {nugget!r}")
        self.nugget = nugget

    def __repr__(self) -> str:
        nugget = ", nugget=True" if self.nugget else ""
        return f"AR1({self.time!r}{self._group_text()}{nugget})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs, but for the group."""
        return (self.time,)

    def bind(self, data: pd.DataFrame, places: Places) -> Autoregression:
        """Measure the gaps between the rows of a group."""
        time = _times(self.time, data)[places.rows]
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
        even = even and not self.nugget
        between = np.abs(time[:, :, None] - time[:, None, :]) / step
        between = np.where(places.pairs, between, 0.0)
        between = np.round(between) if even else between
        return Autoregression(self.time, step, even, self.nugget, time, between, places)


@dataclass(frozen=True, eq=False)
class Autoregression:
    """The gaps between the rows of each group."""

    time: str
    step: float
    """The usual gap."""
    even: bool
    """Whether all gaps are multiples of it, and the correlation may be negative."""
    nugget: bool
    times: Floats
    """Shape (groups, m); not a number where there is no row."""
    gaps: Floats
    """In steps, shape (groups, m, m)."""
    places: Places

    @property
    def least(self) -> float:
        """Lower bound of the correlation."""
        return -1.0 if self.even else 0.0

    @property
    def strata(self) -> tuple[str, ...]:
        """None: the variance is one."""
        return ()

    @property
    def start(self) -> Floats:
        """No correlation; in continuous time, one of a quarter over one step."""
        if self.even:
            return np.zeros(1)
        first = [-np.log(np.log(4.0))]
        return np.array([*first, -2.0] if self.nugget else first)

    @property
    def ends(self) -> Ends:
        """Bounds of the nugget."""
        return ((-np.inf, NONE), (np.inf, ALL)) if self.nugget else None

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameters are called."""
        pair = f"cor {self._pair[0]}, {self._pair[1]}"
        return (pair, "nugget") if self.nugget else (pair,)

    @property
    def others(self) -> tuple[int, ...]:
        """The nugget is not a correlation."""
        return (1,) if self.nugget else ()

    @property
    def _pair(self) -> tuple[str, str]:
        return self.time, f"{self.time} + {self.step if self.even else 1:g}"

    def _one_step(self, phi: Floats) -> float:
        return float(np.tanh(phi[0]) if self.even else np.exp(-np.exp(-phi[0])))

    def _share(self, phi: Floats) -> float:
        """Return the nugget's share of the variance."""
        if not self.nugget or phi[1] <= NONE:
            return 0.0
        return float(1 / (1 + np.exp(-phi[1])))

    def natural(self, phi: Floats) -> Floats:
        """Return the correlation one step apart (in continuous time one unit), and the nugget."""
        rho, share = self._one_step(phi), self._share(phi)
        rho = (1 - share) * (rho if self.even else rho ** (1 / self.step))
        return np.array([rho, share] if self.nugget else [rho])

    def matrices(self, phi: Floats) -> Floats:
        """Return the correlation matrices, shape (groups, m, m)."""
        return self._decay(phi, self.gaps)

    def _decay(self, phi: Floats, gaps: Floats) -> Floats:
        decayed = _power(self._one_step(phi), gaps)
        decayed *= np.where(gaps > 0, 1 - self._share(phi), 1.0)
        return decayed

    def slopes(self, phi: Floats) -> Floats:
        """Return their derivatives, shape (parameters, groups, m, m)."""
        rho, share = self._one_step(phi), self._share(phi)
        inner = 1 - rho**2 if self.even else rho * np.exp(-phi[0])
        apart: Bools = self.gaps > 0
        power = _power(rho, np.where(apart, self.gaps - 1, 0.0))
        slopes: Floats = np.where(apart, self.gaps * power * inner * (1 - share), 0.0)
        if not self.nugget:
            return slopes[None]
        noise = np.where(apart, -share * (1 - share) * _power(rho, self.gaps), 0.0)
        return np.stack([slopes, noise])

    def components(self, phi: Floats) -> list[Component]:
        """Return the variance, and the correlation of neighbors."""
        rho = float(self.natural(phi)[0])
        return [("", "", 1.0, 1.0), (*self._pair, rho, rho)]

    def row_variances(self, phi: Floats) -> Floats:
        """Return ones."""
        return np.ones(int(self.places.used.sum()))

    def new_variances(self, data: pd.DataFrame, phi: Floats) -> Floats:
        """Return ones."""
        return np.ones(len(data))

    def across(self, data: pd.DataFrame, phi: Floats, blocks: Codes) -> Floats:
        """Return the correlations of new rows with those of their block."""
        refuse_unknown([self.time], data)
        refuse_missing([self.time], data)
        new = _times(self.time, data)
        gaps = np.abs(new[:, None] - self.times[blocks]) / self.step
        used = self.places.used[blocks]
        gaps = np.where(used, gaps, 0.0)
        if self.even:
            if (np.abs(gaps - np.round(gaps)) > 1e-9).any():
                raise DataError(
                    f"{self.time!r} of a new row is not a whole number of steps ({self.step:g}) "
                    "from those of its group: between them the autoregression says nothing"
                )
            gaps = np.round(gaps)
        decayed = _power(self._one_step(phi), gaps) * (1 - self._share(phi))
        across: Floats = np.where(used, decayed, 0.0)
        return across


def _times(name: str, data: pd.DataFrame) -> Floats:
    column = data[name]
    if column.dtype.kind not in "iuf":
        raise DataError(f"AR1 needs numbers; the type of {name!r} is {column.dtype}")
    times: Floats = column.to_numpy(dtype=float)
    return times


def _power(rho: float, gaps: Floats) -> Floats:
    """Return powers of a number that may be negative if they are whole."""
    if rho >= 0:
        power: Floats = rho**gaps
        return power
    signed: Floats = np.where(gaps % 2 == 0, 1.0, -1.0) * (-rho) ** gaps
    return signed
