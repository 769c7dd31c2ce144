r"""How far what happens at one value of a predictor tells what happens at another.

The effects that a group has at two values correlate by :math:`z_1'\Omega z_2` over their standard
deviations. Two observations of the group, one at each value, have in common also what the group
itself lies in, and differ by their residuals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..levels import lies_within
from .pieces import Pieces
from .where import frame_of, values_of

if TYPE_CHECKING:
    from ..result.partitioned import Partitioned


def correlations(
    fit: Partitioned, x: str, at: Mapping[str, Any], one: Any, two: Any
) -> pd.DataFrame:
    """Do the work of :meth:`VarianceFunction.correlation`."""
    pieces = Pieces.of(fit, frame_of(x, values_of(fit, x, [one, two]), at))
    groupings, omegas = fit.design.groupings, fit.estimates.covariances
    shared = [Z[0] @ omega @ Z[1] for Z, omega in zip(pieces.Zs, omegas, strict=True)]
    variances = pieces.all(omegas, fit.estimates.sigma2)
    rows = {}
    for number, grouping in enumerate(groupings):
        both = float(np.sqrt(variances[number].prod()))
        common = sum(
            value
            for value, other in zip(shared, groupings, strict=True)
            if other is grouping or lies_within(grouping, other)
        )
        total = float(np.sqrt(variances[-2].prod()))
        effects = float(shared[number]) / both if both > 0 else np.nan
        rows[grouping.name] = effects, float(common) / total
    return pd.DataFrame.from_dict(rows, orient="index", columns=["effects", "outcomes"])
