r"""Where the variance between groups is least, and how many of their lines cross.

The variance along a straight line of effects is least at
:math:`x^*=-\sigma_{u01}/\sigma^2_{u1}`, where :math:`v(x^*)=\sigma^2_{u0}(1-\rho^2)`. The lines of
two groups drawn at random cross at

.. math:: -\frac{u_{0j}-u_{0k}}{u_{1j}-u_{1k}} \sim
   \operatorname{Cauchy}\!\left(x^*,\ \sqrt{v(x^*)}/\sigma_{u1}\right),

a ratio of two normal variables with mean zero [1]_: half of all pairs of lines cross to the left of
:math:`x^*`, half to the right, and all of them at one point only if :math:`\rho=\pm1`.

References
----------
.. [1] Hinkley (1969), Biometrika 56, 635-639.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import atan, pi
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..engine import joint
from ..likelihood.curvature import component_covariance
from .pieces import standard_errors
from .where import frame_of, row

if TYPE_CHECKING:
    from ..arrays import Floats
    from ..result.partitioned import Partitioned

STRAIGHT = 1e-9
"""Second differences of a straight line, relative to its size."""


def minima(
    fit: Partitioned, x: str, at: Mapping[str, Any], variances: pd.DataFrame
) -> pd.DataFrame:
    """Do the work of :attr:`VarianceFunction.minimum`."""
    column = fit.data[x]
    rows = {}
    if column.dtype.kind in "iuf":
        ends = float(column.min()), float(column.max())
        for number, grouping in enumerate(fit.design.groupings):
            z = row(grouping, frame_of(x, [*ends, sum(ends) / 2], at))
            if np.abs(z[1] - z[0]).max() > 0:
                rows[grouping.name] = _least(fit, number, z, ends, variances)
    columns = ["x", "low", "high", "variance", "sd", "inside", "crossing"]
    table = pd.DataFrame(list(rows.values()), index=list(rows), columns=columns)
    return table.astype({"inside": bool})


def _least(
    fit: Partitioned,
    number: int,
    z: Floats,
    ends: tuple[float, float],
    variances: pd.DataFrame,
) -> tuple[float, float, float, float, float, bool, float]:
    """Return one row of the table of minima; `z` has the rows at both ends and in the middle."""
    first, last = ends
    if np.abs(z[0] + z[1] - 2 * z[2]).max() > STRAIGHT * np.abs(z).max():
        found = variances[fit.design.groupings[number].name]
        place, variance = float(found.idxmin()), float(found.min())
        inside = first <= place <= last
        return place, np.nan, np.nan, variance, float(np.sqrt(variance)), inside, np.nan
    slope = (z[1] - z[0]) / (last - first)
    origin = z[0] - first * slope

    def place_at(omega: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):  # no variance: no place
            return np.asarray(-(origin @ omega @ slope) / (slope @ omega @ slope))

    omega = fit.estimates.covariances[number]
    place = float(place_at(omega))
    scale, vcov = component_covariance(joint(fit))
    own = vcov[: len(scale), : len(scale)]
    se = standard_errors(lambda eta: place_at(scale.at(eta)[number]), scale.eta, own)
    reach = NormalDist().inv_cdf((1 + fit.ci) / 2) * float(se)
    there = origin + place * slope
    sd = float(np.sqrt(max(there @ omega @ there, 0.0)))
    spread = sd / float(np.sqrt(slope @ omega @ slope)) if np.isfinite(place) else np.nan
    crossing = _cauchy(last, place, spread) - _cauchy(first, place, spread)
    return place, place - reach, place + reach, sd**2, sd, first <= place <= last, crossing


def _cauchy(x: float, center: float, spread: float) -> float:
    """Return the distribution function of the Cauchy distribution."""
    if spread == 0:
        return float(x >= center)
    return 0.5 + atan((x - center) / spread) / pi
