"""The fitted model: tables of what was estimated. Nothing here refits or mutates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from . import (
    anova,
    bootstrap,
    conditional,
    explained,
    inference,
    levels,
    predict,
    profile,
    robust,
    variance_function,
    write,
)
from .design import Design, Grouping
from .formula import Formula
from .likelihood.estimates import Estimates
from .parameters import component_rows
from .residual.bound import Residual

if TYPE_CHECKING:
    from .arrays import Floats
    from .variance_function import VarianceFunction


__all__ = ["Fit"]


@dataclass(frozen=True, repr=False, eq=False)
class Fit:
    """A fitted multilevel model, as :func:`mlmbook.fit` returns it.

    Tables are made anew each time they are asked for, so changing one changes nothing else.
    """

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
        return self.parsed.response

    @property
    def data(self) -> pd.DataFrame:
        """The rows of the data that were used."""
        return self.design.data

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
        occasion.
        """
        return float(np.sqrt(self.estimates.sigma2))

    @property
    def varcorr(self) -> pd.DataFrame:
        """Variance components, one a row.

        Columns ``group``, ``term``, ``term2``, ``variance``, ``sd``. Where ``term2`` is not
        empty the row is a pair: ``variance`` is the covariance and ``sd`` the correlation. The
        parameter of ``car()`` and ``sar()`` has both terms called ``rho``, and is in ``sd``.
        """
        rows = component_rows(self)
        return pd.DataFrame(rows, columns=["group", "term", "term2", "variance", "sd"])

    @property
    def ranef(self) -> dict[str, pd.DataFrame]:
        """Conditional modes of the random effects, one table a grouping factor."""
        return {
            grouping.name: _by_group(grouping, self.estimates.modes[number])
            for number, grouping in enumerate(self.design.groupings)
        }

    @property
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
        return len(self.design.names) + random + spatial + level1 + 1

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.deviance + 2 * self.nparams

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of rows as sample size."""
        return float(self.deviance + np.log(self.nobs) * self.nparams)

    @property
    def caic(self) -> float:
        """Conditional Akaike criterion, for new observations of the groups in the data.

        That of Vaida and Blanchard (2005): the likelihood given the random effects, which count
        as many parameters as their shrinkage leaves them. Level-1 parameters count one each.
        """
        return conditional.conditional_aic(self)

    # ---- fitted values ----------------------------------------------------------------------

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

    # ---- inference --------------------------------------------------------------------------

    def summary(
        self,
        *,
        df: Literal["satterthwaite", "kenward-roger", "wald"] = "satterthwaite",
        se: Literal["model", "CR0", "CR1", "CR2"] = "model",
    ) -> pd.DataFrame:
        """Return the table of fixed effects.

        Parameters
        ----------
        df : {"satterthwaite", "kenward-roger", "wald"}
            Degrees of freedom of the tests. ``"satterthwaite"``: a *t* distribution, by how well
            each standard error is known; at a singular fit the components on the boundary are
            held there. Where the variance components are not determined at all, the normal
            distribution takes its place, and ``.attrs["messages"]`` says so.
            ``"kenward-roger"`` (REML only): the same idea, with standard errors that are
            corrected for few groups as well (for level-1 parameters to first order: see
            ``mlmbook.likelihood.kenward_roger``); not for grouping factors that cross with more
            than 3000 random effects. ``"wald"``: the standard normal distribution (infinite df),
            too narrow when there are few groups.
        se : {"model", "CR2", "CR1", "CR0"}
            Standard errors of the model, or cluster-robust ones: see :meth:`vcov_robust`. Their
            ``"satterthwaite"`` degrees of freedom are those of Bell & McCaffrey.

        Returns
        -------
        DataFrame
            Columns ``estimate``, ``se``, ``df``, ``statistic``, ``p``, ``low``, ``high``;
            ``.attrs["df"]`` and ``.attrs["se"]`` name the methods that were used.

        Raises
        ------
        FitError
            The method needs REML, or a smaller model.

        References
        ----------
        .. [1] Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
        .. [2] Kenward & Roger (1997), Biometrics 53, 983-997.
        .. [3] Bell & McCaffrey (2002), Survey Methodology 28, 169-181.
        .. [4] Pustejovsky & Tipton (2018), J. Bus. Econ. Stat. 36, 672-683.
        """
        return inference.summary(self, df, se)

    def anova(
        self,
        *,
        type: Literal[1, 2, 3] = 3,
        df: Literal["satterthwaite", "kenward-roger", "wald"] = "satterthwaite",
    ) -> pd.DataFrame:
        r"""Test every term of the fixed part: all its coefficients at once, by *F*.

        Parameters
        ----------
        type : {3, 2, 1}
            What is tested. 3: the term's coefficients when categories are compared with the mean
            of all, whatever coding the model was fitted with; a main effect is the average over
            the categories of the factors that it interacts with, where covariates are zero. 2:
            the term after all others that do not contain it. 1: the term after those before it.
        df : {"satterthwaite", "kenward-roger", "wald"}
            Denominator degrees of freedom. ``"satterthwaite"`` combines those of uncorrelated
            combinations; ``"kenward-roger"`` (REML only) adjusts the statistic too; ``"wald"``
            has infinitely many.

        Returns
        -------
        DataFrame
            One row a term; columns ``num_df``, ``den_df``, ``statistic`` (*F*) and ``p``.
            ``.attrs["df"]`` names the method that was used, which is ``"wald"`` where the
            variance components are not determined well enough for Satterthwaite's.

        Raises
        ------
        FitError
            The method needs REML, or a smaller model; or type 3 is not defined, because an
            interaction stands without its main effects.

        References
        ----------
        .. [1] Kuznetsova, Brockhoff & Christensen (2017), J. Stat. Softw. 82(13).
        .. [2] Fai & Cornelius (1996), J. Stat. Comput. Simul. 54, 363-378.
        .. [3] Kenward & Roger (1997), Biometrics 53, 983-997.

        Examples
        --------
        >>> import mlmbook as mlm
        >>> m = mlm.fit("distance ~ age * sex + (age | subject)", mlm.load("orthodont"))
        >>> m.anova()[["num_df", "den_df", "statistic"]].round(2)
                 num_df  den_df  statistic
        age           1    25.0      88.00
        sex           1    25.0       0.42
        age:sex       1    25.0       5.12
        """
        return anova.anova(self, type, df)

    def confint(
        self,
        method: Literal["wald", "profile", "bootstrap"] = "wald",
        *,
        ci: float | None = None,
        n: int = 1000,
        rng: np.random.Generator | int | None = None,
    ) -> pd.DataFrame:
        r"""Return confidence intervals of fixed effects and variance components.

        Parameters
        ----------
        method : {"wald", "profile", "bootstrap"}
            ``"wald"``: normal approximation on a scale where it is sensible: fixed effects as
            they are, variances by the logarithm of the standard deviation, correlations by
            Fisher's *z*, the intraclass correlation by its logit, a spatial parameter by the
            logit of its place between its bounds. Standard errors on these
            scales come from the observed information of the (restricted) likelihood. A
            component on the boundary has no such interval: its limits are missing. Fixed effects
            have the normal distribution here; :meth:`summary` has intervals by *t*.
            ``"profile"``: all values that the likelihood-ratio test does not reject, by
            maximum likelihood also where the fit is by REML; a variance may reach down to
            zero, a correlation to one. ``"bootstrap"``: quantiles of :meth:`bootstrap`.
        ci : float, optional
            Coverage; the fit's ``ci`` if not given.
        n, rng : int, and Generator or int, optional
            For the bootstrap: number of draws, and source of randomness or its seed.

        Returns
        -------
        DataFrame
            Columns ``estimate``, ``low``, ``high``. Rows: fixed effects; ``var(term | group)``,
            ``cor(term, term2 | group)``, ``var(Residual)``; with ``residual`` the variances of
            strata or occasions, ``var(term | Residual)``, correlations, and powers; for a
            random-intercept model ``icc``.
        """
        generator = np.random.default_rng(rng)
        return inference.confint(self, method, self.ci if ci is None else ci, n=n, rng=generator)

    def profile(self, parameter: str, *, reach: float = 3.0) -> pd.DataFrame:
        r"""Return the profile likelihood of one parameter.

        Parameters
        ----------
        parameter : str
            A row of :meth:`confint`, such as ``"ses"``, ``"var(Intercept | school)"`` or
            ``"icc"``.
        reach : float, default 3
            How far the curve goes to each side, in zeta, if the parameter can.

        Returns
        -------
        DataFrame
            Columns ``value`` (of a variance its standard deviation) and ``zeta``, the signed root
            of the rise of the deviance (maximum likelihood) when the parameter is held there and
            all others are fitted: within ± 1.96 lies the 95 % interval. A straight line would
            mean that the likelihood is normal in the parameter. ``.attrs`` has ``estimate`` and
            ``scale``.

        References
        ----------
        .. [1] Bates, Maechler, Bolker & Walker (2015), J. Stat. Softw. 67(1), section 5.1.
        """
        return profile.curve(self, parameter, reach)

    def bootstrap(
        self, n: int = 1000, rng: np.random.Generator | int | None = None
    ) -> pd.DataFrame:
        """Fit the model to responses that are drawn from it: the parametric bootstrap.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : Generator or int, optional
            Source of randomness, or its seed.

        Returns
        -------
        DataFrame, shape (n, parameters)
            One row a draw; columns as the rows of :meth:`confint`, with every parameter of
            level 1. A correlation is missing in
            draws in which a variance is zero. ``.attrs`` counts the draws that were
            ``singular`` and those that had ``not_converged``.
        """
        return bootstrap.draws(self, n, np.random.default_rng(rng))

    def vcov_robust(self, kind: Literal["CR0", "CR1", "CR2"] = "CR2") -> pd.DataFrame:
        """Return a covariance matrix of the fixed effects that holds if the random part is wrong.

        Parameters
        ----------
        kind : {"CR2", "CR1", "CR0"}
            ``"CR0"``: the sandwich of Liang & Zeger; too small with few groups. ``"CR1"``: times
            J/(J - 1). ``"CR2"``: the bias-reduced one of Bell & McCaffrey.

        Returns
        -------
        DataFrame
            Groups of the factor with fewest groups count as independent.
        """
        return robust.vcov_robust(self, kind)

    def icc(self) -> float:
        r"""Return the intraclass correlation, :math:`\sigma^2_{u0}/(\sigma^2_{u0}+\sigma^2_{e0})`.

        The share of the variance (given the fixed effects) that lies between groups, and the
        correlation of two observations of one group. Random-intercept models only; see
        :meth:`vpc` for the others.
        """
        return inference.icc(self)

    def vpc(self, at: Mapping[str, Any] | None = None) -> float | pd.Series[float]:
        r"""Return the share of the variance between groups, where predictors have given values.

        Parameters
        ----------
        at : mapping, optional
            Values of the predictors with random slopes, e.g. ``{"ses": 0}`` or
            ``{"ses": [-1, 0, 1]}``. Not needed in a random-intercept model.

        Returns
        -------
        float, or Series when lists were given
            :math:`z'\Omega_u z / (z'\Omega_u z + \sigma^2_{e0})`.
        """
        return inference.vpc(self, at)

    def variance_function(
        self, x: str, *, values: Sequence[Any] | None = None, at: Mapping[str, Any] | None = None
    ) -> VarianceFunction:
        r"""Return variances and their shares as functions of a predictor.

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
            response first. Without the first two where the variance depends on the fitted value,
            which the null model has not.

        References
        ----------
        .. [1] Raudenbush & Bryk (2002), Hierarchical Linear Models, 2nd ed., chapter 4.
        .. [2] Snijders & Bosker (2012), Multilevel Analysis, 2nd ed., section 7.1.
        .. [3] Nakagawa & Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142.
        """
        return explained.r2(self)

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
        return inference.reliability(self, group, term)

    # ---- how it shows -----------------------------------------------------------------------

    def equation(
        self,
        *,
        form: Literal["combined", "levels"] = "combined",
        names: Literal["symbols", "variables"] = "symbols",
        estimates: bool = False,
        colors: bool = False,
    ) -> str:
        """Return the model in LaTeX, in the notation of the book.

        Parameters
        ----------
        form : {"combined", "levels"}
            One equation for the response, or one for each level.
        names : {"symbols", "variables"}
            y, x and w with a line that says what they are, or the names of the columns.
        estimates : bool
            Numbers in place of the parameters.
        colors : bool
            Mark what belongs to a level with a class, for the colors of the book.

        Returns
        -------
        str
            An ``aligned`` environment, without dollar signs.
        """
        return write.equation(self, form=form, names=names, estimates=estimates, colors=colors)

    def to_code(self, system: str) -> str:
        """Return the code that fits the same model in another system.

        Parameters
        ----------
        system : str
            ``"lme4"``, ``"stata"``, ``"spss"``, ``"mlwin"``, ``"hlm"``, ``"statsmodels"``, ...
        """
        return write.to_code(self, system)

    def report(self) -> str:
        """Return the result in sentences, with units, levels and intervals."""
        return write.report(self)

    def __repr__(self) -> str:
        method = "REML" if self.reml else "ML"
        flag = "" if self.converged else ", not converged"
        flag += ", singular" if self.singular else ""
        return f"Fit({self.formula!r}, nobs={self.nobs}, ngroups={self.ngroups}, {method}{flag})"

    def _repr_html_(self) -> str:
        parts = [f"<p><code>{_escape(repr(self))}</code></p>", self.summary().round(3).to_html()]
        parts.append(self.varcorr.round(3).to_html(index=False))
        parts += [f"<p>{_escape(message)}</p>" for message in self.messages]
        return "\n".join(parts)


def _by_group(grouping: Grouping, values: Floats) -> pd.DataFrame:
    return pd.DataFrame(values, index=grouping.labels, columns=list(grouping.terms))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
