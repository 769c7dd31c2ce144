"""What a model says of observations: fitted values, residuals, predictions, new draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from .. import conditional, levels, predict
from ..threads import one_thread
from .estimated import Estimated

__all__ = ["Predicted"]


@dataclass(frozen=True, repr=False, eq=False)
class Predicted(Estimated):
    """Estimates, and what follows from them for each observation."""

    @property
    @one_thread
    def caic(self) -> float:
        """Conditional Akaike criterion, for new observations of the groups in the data.

        That of Vaida and Blanchard (2005): the likelihood given the random effects, which count
        as many parameters as their shrinkage leaves them. Level-1 parameters count one each.
        """
        return conditional.conditional_aic(self)

    @property
    def fitted(self) -> pd.Series[float]:
        """Fitted values of the rows used, random effects included."""
        values = predict.conditional(self.design, self.estimates)
        return pd.Series(values, index=self.design.index, name="fitted")

    @property
    def residuals(self) -> pd.Series[float]:
        """Response less fitted value: the level-1 residuals."""
        values = self.design.y - predict.conditional(self.design, self.estimates)
        return pd.Series(values, index=self.design.index, name="residual")

    @one_thread
    def residuals_at(
        self,
        level: int | str,
        *,
        kind: Literal["raw", "pearson", "normalized", "standardized", "mode"] | None = None,
    ) -> pd.Series[float] | pd.DataFrame:
        r"""Return the residuals of one level.

        Parameters
        ----------
        level : int or str
            1 for the observations; above that the grouping factors, the one with most groups
            first. Or the name of a grouping factor.
        kind : str, optional
            At level 1 one of these; the first by default:

            - ``"raw"``: response less fitted value;
            - ``"pearson"``: over the estimated standard deviation of each row, so that
              residuals of unequal variance can be compared;
            - ``"normalized"``: correlation taken out as well, :math:`L^{-1}e/\hat\sigma` with
              :math:`LL'=\Sigma`, so that they look independent with variance near 1 if the
              level-1 structure is right;
            - ``"standardized"``: over the standard deviation that the residual itself has, which
              is less than that of the error.

            Above level 1:

            - ``"mode"``: the conditional modes, which are shrunken;
            - ``"raw"``: least-squares estimates from the rows of each group alone, missing where
              these cannot give one; the effects of factors that contain or cross the groups are
              taken off;
            - ``"standardized"``: modes over their diagnostic standard deviations, about standard
              normal if the model holds.

        Returns
        -------
        Series or DataFrame
            One row an observation, or one row a group and one column a random effect.

        References
        ----------
        .. [1] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.3.4.
        .. [2] Goldstein (2011), Multilevel Statistical Models, 4th ed., section 2.6.
        """
        return levels.residuals(self, level, kind)

    @one_thread
    def residuals_sd_at(
        self, level: int | str, *, kind: Literal["comparative", "diagnostic"] = "comparative"
    ) -> pd.Series[float] | pd.DataFrame:
        """Return the standard deviations of the residuals of one level.

        Parameters
        ----------
        level : int or str
            As for :meth:`residuals_at`.
        kind : {"comparative", "diagnostic"}
            ``"comparative"``: of the error of each residual, for intervals and comparisons of
            groups. ``"diagnostic"``: of the residual itself, to find outliers. Both count the
            fixed effects as estimated, which :attr:`ranef_sd` does not, and the variance
            components as known.

        Returns
        -------
        Series or DataFrame
            In the shape of :meth:`residuals_at`.
        """
        return levels.spreads(self, level, kind)

    @one_thread
    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        *,
        level: Literal["conditional", "population"] = "conditional",
        interval: Literal["confidence", "prediction"] | None = None,
        correlated: bool = False,
    ) -> pd.Series[float] | pd.DataFrame:
        r"""Predict the response, of the rows used or of new ones.

        Parameters
        ----------
        newdata : DataFrame, optional
            Has the predictors of the formula as columns, and for ``level="conditional"`` the
            grouping factors. Groups that were not in the data get the population's prediction,
            and are counted in ``.attrs["messages"]``.
        level : {"conditional", "population"}
            With the random effects of each row's own group, or without: for an average group.
        interval : {"confidence", "prediction"}, optional
            ``"confidence"``: for the expected response of the row's group (conditional), or of
            an average group (population). ``"prediction"``: for a new observation in that
            group, or in a group drawn anew, with the level-1 variance of its stratum, covariate
            or weight. The variance components are taken as known.
        correlated : bool, default False
            Whether rows of `newdata` are predicted with the residuals of their own group as well,
            where these correlate (``AR1``, ``CompoundSymmetry``, ``Unstructured``): the best
            linear unbiased prediction of the observation, as in kriging. Not by default, so
            that predictions are those of nlme, and those of the rows used are ``fitted``.

        Returns
        -------
        Series, or DataFrame with ``prediction``, ``se``, ``low`` and ``high``
        """
        return predict.predict(self, newdata, level=level, interval=interval, correlated=correlated)

    def simulate(self, n: int = 1, rng: np.random.Generator | int | None = None) -> pd.DataFrame:
        """Draw new responses from the fitted model, with new random effects each time.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : Generator or int, optional
            Source of randomness, or its seed.

        Returns
        -------
        DataFrame, shape (nobs, n)
        """
        return predict.simulate(self, n, np.random.default_rng(rng))
