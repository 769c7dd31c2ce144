"""The fitted model, with its tests and intervals, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from .. import anova, bootstrap, inference, profile, robust, write
from ..threads import one_thread
from .partitioned import Partitioned

__all__ = ["Fit"]


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Partitioned):
    """A fitted multilevel model, as :func:`mlmbook.fit` returns it.

    Tables are made anew each time they are asked for, so changing one changes nothing else.
    """

    # ---- inference --------------------------------------------------------------------------

    @one_thread
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
            corrected for few groups as well (for level-1 and spatial parameters to first order: see
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

    @one_thread
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

    @one_thread
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
            zero, a correlation to one, a spatial parameter to its bound. ``"bootstrap"``:
            quantiles of :meth:`bootstrap`.
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

    @one_thread
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

    @one_thread
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

    @one_thread
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

    @one_thread
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


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
