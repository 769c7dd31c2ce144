"""How the variance divides between the levels, and what the predictors take of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import explained, shares, variance_function
from ..threads import one_thread
from .predicted import Predicted

if TYPE_CHECKING:
    from ..variance_function import VarianceFunction

__all__ = ["Partitioned"]


@dataclass(frozen=True, repr=False, eq=False)
class Partitioned(Predicted):
    """Estimates and predictions, and the shares of variance."""

    def icc(self) -> float:
        r"""Return the intraclass correlation, :math:`\sigma^2_{u0}/(\sigma^2_{u0}+\sigma^2_{e0})`.

        The share of the variance (given the fixed effects) that lies between groups, and the
        correlation of two observations of one group. Random-intercept models only, with one
        variance within groups (with `weights`, that of the weight which all rows have); see
        :meth:`vpc` for the others.
        """
        return shares.icc(self)

    def vpc(self, at: Mapping[str, Any] | None = None) -> float | pd.Series[float]:
        r"""Return the share of the variance between groups, where predictors have given values.

        Parameters
        ----------
        at : mapping, optional
            Values of the predictors with random slopes, e.g. ``{"ses": 0}`` or
            ``{"ses": [-1, 0, 1]}``, and of weights that differ, ``{"w": 1}``. Not needed in a
            random-intercept model with one variance within groups.

        Returns
        -------
        float, or Series when lists were given
            :math:`z'\Omega_u z / (z'\Omega_u z + \sigma^2_{e0})`.
        """
        return shares.vpc(self, at)

    def variance_function(
        self, x: str, *, values: Sequence[Any] | None = None, at: Mapping[str, Any] | None = None
    ) -> VarianceFunction:
        r"""Return variances and their shares as functions of a predictor.

        With `weights` that differ, the variance of level 1 is that of a row with weight 1.

        Parameters
        ----------
        x : str
            A predictor with a random slope, or one on which the level-1 variance depends.
        values : sequence, optional
            Where; by default 101 values over its range in the data, or its levels.
        at : mapping, optional
            Values at which other such predictors are held; by default numbers at their mean
            over the rows, categories at their first level.

        Returns
        -------
        VarianceFunction
            ``.table`` with the variance of each grouping factor, of level 1, their total and the
            share of the factors; ``.low`` and ``.high``, its limits; ``.minimum``, where the
            variance between groups is least and how many lines of groups cross;
            ``.correlation(a, b)`` of what happens at two values of x.

        Examples
        --------
        >>> import mlmbook as mlm
        >>> m = mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))
        >>> m.variance_function("days", values=[0, 9]).table["vpc"].round(2).to_dict()
        {0.0: 0.48, 9.0: 0.85}
        """
        return variance_function.variance_function(self, x, values, at)

    @one_thread
    def r2(self) -> pd.DataFrame:
        r"""Return how much of the variance the model explains, by three definitions.

        Returns
        -------
        DataFrame
            Columns ``definition``, ``level`` and ``r2``. ``Raudenbush-Bryk``: by how much each
            component is smaller than in the null model (a constant and random intercepts,
            fitted to the same rows in the same way); can be negative. ``Snijders-Bosker``
            (two levels): by how much the error of predicting an observation (``Residual``) or
            a group mean is. ``Nakagawa-Schielzeth``: the share of the fixed effects
            (``marginal``), and of fixed and random effects (``conditional``), in the total.
            Level-1 variances that differ (``residual``, ``weights``) count with their mean over
            the rows, in the null model with their own estimates; an offset is taken off the
            response first. Where the variance depends on the fitted value, that of the null model
            depends on its own.

        References
        ----------
        .. [1] Raudenbush & Bryk (2002), Hierarchical Linear Models, 2nd ed., chapter 4.
        .. [2] Snijders & Bosker (2012), Multilevel Analysis, 2nd ed., section 7.1.
        .. [3] Nakagawa & Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142.
        """
        return explained.r2(self)

    @one_thread
    def reliability(self, group: str | None = None, *, term: str | None = None) -> pd.DataFrame:
        r"""Return how much of each group's random effect the data can tell.

        Parameters
        ----------
        group : str, optional
            Grouping factor; the only one if not given.
        term : str, optional
            Random effect; the first one if not given.

        Returns
        -------
        DataFrame
            One row a group; columns ``n`` (observations) and ``reliability``,
            :math:`1-\operatorname{var}(u_j\mid y)/\sigma^2_u`. For a random intercept that is
            the shrinkage factor :math:`\sigma^2_{u0}/(\sigma^2_{u0}+\sigma^2_{e0}/n_j)`.
        """
        return shares.reliability(self, group, term)
