"""What was fitted and what was estimated: the model, its tables, its likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..design import Design, Grouping
from ..formula import Formula
from ..likelihood.estimates import Estimates
from ..parameters import component_rows
from ..residual.bound import Residual
from ..threads import one_thread

if TYPE_CHECKING:
    from ..arrays import Floats

__all__ = ["Estimated"]


@dataclass(frozen=True, repr=False, eq=False)
class Estimated:
    """A model and its estimates."""

    design: Design
    """The arrays that the model was fitted to."""
    estimates: Estimates
    """The engine's result."""
    reml: bool
    """Restricted maximum likelihood?"""
    ci: float
    """Coverage of intervals."""
    _messages: tuple[str, ...]
    data_name: str | None
    """Name of the data set, if it has one."""
    residual: Residual | None = None
    """The level-1 structure; None where residuals are independent with equal variances."""

    # ---- the model --------------------------------------------------------------------------

    @property
    def formula(self) -> str:
        """The formula as it was written."""
        return self.parsed.text

    @property
    def parsed(self) -> Formula:
        """The formula, read."""
        return self.design.formula

    @property
    def family(self) -> str:
        """Distribution of the response within groups."""
        return "gaussian"

    @property
    def response(self) -> str:
        """Name of the response."""
        return self.parsed.response_name

    @property
    def data(self) -> pd.DataFrame:
        """The rows of the data that were used: a copy, which you may change."""
        return self.design.data.copy()

    @property
    def categorical(self) -> dict[str, list[Any]]:
        """Levels of each text or categorical predictor, reference first."""
        return {name: list(levels) for name, levels in self.design.categorical.items()}

    @property
    def nobs(self) -> int:
        """Rows used."""
        return len(self.design.y)

    @property
    def ngroups(self) -> dict[str, int]:
        """Number of groups of each grouping factor."""
        return {grouping.name: grouping.ngroups for grouping in self.design.groupings}

    @property
    def converged(self) -> bool:
        """Whether the conditions of a maximum were verified."""
        return self.estimates.converged

    @property
    def singular(self) -> bool:
        """Whether a variance is estimated at zero, or a correlation at one."""
        return self.estimates.singular

    @property
    def messages(self) -> list[str]:
        """What a reader of this fit must know, in sentences."""
        return list(self._messages)

    # ---- estimates --------------------------------------------------------------------------

    @property
    def fixef(self) -> pd.Series[float]:
        """Fixed effects."""
        return pd.Series(self.estimates.beta, index=list(self.design.names), name="estimate")

    @property
    def vcov(self) -> pd.DataFrame:
        """Covariance matrix of the fixed effects."""
        names = list(self.design.names)
        return pd.DataFrame(self.estimates.vcov, index=names, columns=names)

    @property
    def se(self) -> pd.Series[float]:
        """Standard errors of the fixed effects."""
        errors = np.sqrt(np.diagonal(self.estimates.vcov))
        return pd.Series(errors, index=list(self.design.names), name="se")

    @property
    def sigma(self) -> float:
        """Residual standard deviation.

        With weights, of an observation with weight 1; with ``VarianceBy``, of the first stratum;
        with ``VariancePower``, where the covariate is 1; with ``Unstructured``, of the first
        occasion; with ``KnownVariance`` 1, which nothing was estimated for.
        """
        return float(np.sqrt(self.estimates.sigma2))

    @property
    def varcorr(self) -> pd.DataFrame:
        """Variance components, one a row.

        Columns ``group``, ``term``, ``term2``, ``variance``, ``sd``. Where ``term2`` is not
        empty the row is a pair: ``variance`` is the covariance and ``sd`` the correlation. The
        parameter of ``car()`` and ``sar()`` has both terms called ``rho``, and is in ``sd``. The
        last rows are those of the group ``Residual``, except with ``KnownVariance``. Powers and
        nuggets are not among them, being no variances: they are rows of :meth:`confint`.
        """
        group, term, term2, variance, sd = zip(*component_rows(self), strict=True)
        texts = {"group": group, "term": term, "term2": term2}
        # arrays, for pandas would guess the types of lists
        columns = {name: np.array(text, dtype=object) for name, text in texts.items()}
        columns |= {"variance": np.array(variance), "sd": np.array(sd)}
        return pd.DataFrame(columns, copy=False)

    @property
    def ranef(self) -> dict[str, pd.DataFrame]:
        """Conditional modes of the random effects, one table a grouping factor."""
        return {
            grouping.name: _by_group(grouping, self.estimates.modes[number])
            for number, grouping in enumerate(self.design.groupings)
        }

    @property
    @one_thread
    def ranef_sd(self) -> dict[str, pd.DataFrame]:
        """Conditional standard deviations of the modes, given the other parameters."""
        tables = {}
        for number, grouping in enumerate(self.design.groupings):
            variance = self.estimates.conditional_variances[number]
            sd = np.sqrt(np.maximum(np.diagonal(variance, axis1=1, axis2=2), 0))
            tables[grouping.name] = _by_group(grouping, sd)
        return tables

    # ---- likelihood -------------------------------------------------------------------------

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood."""
        return self.estimates.deviance

    @property
    def loglik(self) -> float:
        """Log-likelihood with every constant; the restricted one if ``reml``."""
        return -self.deviance / 2

    @property
    def nparams(self) -> int:
        """Fixed effects, variances, covariances, and other parameters of correlation."""
        random = sum(
            len(block) * (len(block) + 1) // 2
            for grouping in self.design.groupings
            for block in grouping.blocks
        )
        spatial = sum(g.spatial is not None and g.spatial.estimated for g in self.design.groupings)
        level1 = 0 if self.residual is None else len(self.residual.phi)
        sigma = 0 if self.residual is not None and self.residual.sigma_known else 1
        return len(self.design.names) + random + spatial + level1 + sigma

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.deviance + 2 * self.nparams

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of rows as sample size."""
        return float(self.deviance + np.log(self.nobs) * self.nparams)


def _by_group(grouping: Grouping, values: Floats) -> pd.DataFrame:
    return pd.DataFrame(values, index=grouping.labels, columns=list(grouping.terms))
