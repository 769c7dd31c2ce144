"""The verb and its result: variances of a fitted model along a predictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import FormulaError, did_you_mean
from .correlation import correlations
from .least import minima
from .pieces import Pieces
from .where import frame_of, held, predictors, values_of

if TYPE_CHECKING:
    from ..arrays import Floats
    from ..result.partitioned import Partitioned

__all__ = ["VarianceFunction", "variance_function"]


@dataclass(frozen=True, eq=False, repr=False)
class VarianceFunction:
    """Variances of a fitted model along a predictor: see :meth:`Fit.variance_function`."""

    fit: Partitioned
    """The model."""
    x: str
    """The predictor."""
    at: Mapping[str, Any]
    """Values at which the other predictors are held."""
    table: pd.DataFrame
    """One row a value of x. Columns: the variance of each grouping factor and of the ``Residual``,
    their ``total``, and ``vpc``, the share of all grouping factors in it."""
    low: pd.DataFrame
    """Lower limits, in the shape of ``table``; missing where a component is on its boundary."""
    high: pd.DataFrame
    """Upper limits."""

    @property
    def minimum(self) -> pd.DataFrame:
        """Where the variance of each grouping factor with a random slope is least.

        Columns ``x``, ``low``, ``high`` (limits of that place), ``variance`` and ``sd`` there,
        ``inside`` (is it within the range of the data?) and ``crossing``, the share of all pairs
        of groups whose lines cross within the range of the data. Limits and crossing are missing
        where the random part is not a straight line in x; the place is then looked for among the
        values of the table.
        """
        return minima(self.fit, self.x, self.at, self.table)

    def correlation(self, one: Any, two: Any) -> pd.DataFrame:
        r"""Return how far what happens at one value of x tells what happens at another.

        Parameters
        ----------
        one, two : float or str
            Two values of the predictor.

        Returns
        -------
        DataFrame
            One row a grouping factor. ``effects``: the correlation of the effects that a group has
            at the two values, :math:`z_1'\Omega z_2` over their standard deviations.
            ``outcomes``: the correlation of two observations of a group, one at each value; they
            also have in common what the group itself lies in.
        """
        return correlations(self.fit, self.x, self.at, one, two)

    def __repr__(self) -> str:
        first, last = self.table.index[0], self.table.index[-1]
        return f"VarianceFunction of {self.x!r} from {first} to {last}: {list(self.table.columns)}"

    def _repr_html_(self) -> str:
        rows = np.unique(np.linspace(0, len(self.table) - 1, 9).round().astype(int))
        return str(self.table.iloc[rows].to_html(float_format="{:.4g}".format))


def variance_function(
    fit: Partitioned, x: str, values: Sequence[Any] | None, at: Mapping[str, Any] | None
) -> VarianceFunction:
    """Do the work of :meth:`mlmbook.Fit.variance_function`."""
    for grouping in fit.design.groupings:
        if grouping.special is not None:
            raise FormulaError(
                f"the variance that rows get of {grouping.name!r} differs between rows, by their "
                "weights or their place on the map: vpc(at=...) gives the average"
            )
    known = predictors(fit)
    if x not in known:
        raise FormulaError(
            f"no variance of {fit.formula!r} depends on {x!r}{did_you_mean(x, known)} "
            f"(variances depend on: {', '.join(known) or 'nothing'})"
        )
    others = held(fit, [name for name in known if name != x], at or {})
    along = values_of(fit, x, values)
    frame = frame_of(x, along, others)
    pieces = Pieces.of(fit, frame)
    names = [*(grouping.name for grouping in fit.design.groupings), "Residual", "total", "vpc"]
    index = pd.Index(along, name=x)

    def table(columns: Floats) -> pd.DataFrame:
        return pd.DataFrame(columns.T, index=index, columns=names)

    estimate = pieces.all(fit.estimates.covariances, fit.estimates.sigma2)
    low, high = pieces.limits(fit, NormalDist().inv_cdf((1 + fit.ci) / 2))
    return VarianceFunction(fit, x, others, table(estimate), table(low), table(high))
