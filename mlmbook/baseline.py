"""Single-level regression: what a multilevel model is compared with. By statsmodels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlmbook.arguments import check_coverage
from mlmbook.design import Design, build_design
from mlmbook.errors import DataError, FitError, FormulaError, did_you_mean
from mlmbook.formula import Formula, parse

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False, eq=False)
class OlsFit:
    """A single-level regression, with the names of a multilevel fit where they make sense."""

    formula: str
    parsed: Formula
    design: Design
    data_name: str | None
    cluster: str | None
    """Column of the groups that the standard errors allow for; None for the classical ones."""
    fixef: pd.Series[float]
    vcov: pd.DataFrame
    sigma: float
    """Residual standard deviation, with the residual degrees of freedom as divisor."""
    df: int
    """Degrees of freedom of the t-tests: rows less coefficients, or clusters less one."""
    loglik: float
    fitted: pd.Series[float]
    residuals: pd.Series[float]
    ci: float

    @property
    def response(self) -> str:
        """Name of the response."""
        return self.parsed.response_name

    @property
    def categorical(self) -> Mapping[str, list[Any]]:
        """Levels of each categorical predictor, the reference first."""
        return self.design.categorical

    @property
    def messages(self) -> list[str]:
        """True statements about this fit, e.g. rows that were dropped."""
        return list(self.design.messages)

    @property
    def se(self) -> pd.Series[float]:
        """Standard errors of the coefficients."""
        errors: pd.Series[float] = pd.Series(
            np.sqrt(np.diag(self.vcov)), index=self.fixef.index, name="se"
        )
        return errors

    @property
    def nobs(self) -> int:
        """Rows used."""
        return len(self.fitted)

    @property
    def nparams(self) -> int:
        """Coefficients and the residual variance."""
        return len(self.fixef) + 1

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood."""
        return -2 * self.loglik

    @property
    def aic(self) -> float:
        """Akaike's criterion; the residual variance counts as a parameter."""
        return self.deviance + 2 * self.nparams

    @property
    def bic(self) -> float:
        """Schwarz's criterion; the residual variance counts as a parameter."""
        return float(self.deviance + np.log(self.nobs) * self.nparams)

    def r2(self) -> float:
        """Share of the response's variance that the predictions explain."""
        y = self.fitted.to_numpy() + self.residuals.to_numpy()
        return float(1 - self.residuals.to_numpy().var() / y.var())

    def summary(self) -> pd.DataFrame:
        """Return estimate, se, df, statistic, p and the confidence limits low and high."""
        from scipy import stats

        statistic = self.fixef / self.se
        reach = stats.t.ppf((1 + self.ci) / 2, self.df) * self.se
        return pd.DataFrame(
            {
                "estimate": self.fixef,
                "se": self.se,
                "df": float(self.df),
                "statistic": statistic,
                "p": 2 * stats.t.sf(statistic.abs(), self.df),
                "low": self.fixef - reach,
                "high": self.fixef + reach,
            }
        )

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        *,
        interval: Literal["confidence", "prediction"] | None = None,
    ) -> pd.Series[float] | pd.DataFrame:
        """Predict the response, of the fitted rows or of new ones.

        Parameters
        ----------
        newdata : DataFrame, optional
            Has the predictors of the formula as columns.
        interval : {"confidence", "prediction"}, optional
            For the mean response, or for a new observation.

        Returns
        -------
        Series, or DataFrame with ``prediction``, ``se``, ``low`` and ``high``
            On the index of the rows.
        """
        if interval not in (None, "confidence", "prediction"):
            raise DataError(f'interval is "confidence" or "prediction", not {interval!r}')
        fixed = self.design.fixed
        X = fixed.values if newdata is None else fixed.remake(newdata)
        index = self.design.index if newdata is None else newdata.index
        mean: pd.Series[float] = pd.Series(
            X @ self.fixef.to_numpy(), index=index, name="prediction"
        )
        if interval is None:
            return mean
        from scipy import stats

        variance = np.einsum("ij,jk,ik->i", X, self.vcov.to_numpy(), X)
        se = np.sqrt(variance + (self.sigma**2 if interval == "prediction" else 0.0))
        reach = stats.t.ppf((1 + self.ci) / 2, self.df) * se
        return pd.DataFrame(
            {"prediction": mean, "se": se, "low": mean - reach, "high": mean + reach}
        )

    def __repr__(self) -> str:
        errors = f", cluster={self.cluster!r}" if self.cluster else ""
        return f"OlsFit({self.formula!r}, nobs={self.nobs}{errors})"

    def _repr_html_(self) -> str:
        table: str = self.summary().round(3).to_html()
        return f"<p><code>{self!r}</code></p>{table}"


def ols(
    formula: str, data: pd.DataFrame, *, cluster: str | None = None, ci: float = 0.95
) -> OlsFit:
    """Fit a single-level linear regression by ordinary least squares.

    Parameters
    ----------
    formula : str
        E.g. ``"mathach ~ ses + sector"``; as for :func:`mlmbook.fit`, without a random term.
        ``C(school)`` is a dummy for each school; where there are many, see
        :func:`mlmbook.fixed_effects`.
    data : DataFrame
        One row an observation. Rows with missing values in used columns are dropped and counted
        in ``messages``.
    cluster : str, optional
        Column that names the groups. The standard errors then allow for any correlation inside
        a group (CR1, as Stata's ``vce(cluster ...)``) and the t-tests have as many degrees of
        freedom as there are groups, less one. The coefficients do not change.
    ci : float, default 0.95
        Level of the confidence intervals in ``summary()``.

    Returns
    -------
    OlsFit
        ``fixef``, ``se``, ``vcov``, ``sigma``, ``loglik``, ``aic``, ``bic``, ``nobs``,
        ``fitted``, ``residuals``, ``summary()``, ``predict()``, named as in a multilevel fit.

    Raises
    ------
    FormulaError
        The formula has a random term, or names a column that is not in `data`.
    DataError
        The data cannot support the model.
    FitError
        The predictors are collinear.

    Examples
    --------
    >>> from mlmbook import load
    >>> print(round(ols("mathach ~ ses", load("hsb82")).fixef["ses"], 2))
    3.18
    """
    parsed = parse(formula)
    if parsed.random:
        raise FormulaError(
            f"{formula!r} has a random term; use mlm.fit for a multilevel model, or leave "
            f"'(... | {parsed.random[0].group})' out for a single-level one"
        )
    check_coverage(ci)
    design = build_design(parsed, data)
    refuse_collinear(design.X, design.names)

    from statsmodels.regression.linear_model import OLS  # costs a second: only when needed

    model = OLS(design.y, design.X)
    if cluster is None:
        result = model.fit()
        df = design.X.shape[0] - design.X.shape[1]
    else:
        groups = _cluster_codes(cluster, data, design)
        result = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
        df = int(groups.max())
    names = list(design.names)
    return OlsFit(
        formula=formula,
        parsed=parsed,
        design=design,
        data_name=data.attrs.get("name"),
        cluster=cluster,
        fixef=pd.Series(result.params, index=names, name="estimate"),
        vcov=pd.DataFrame(result.cov_params(), index=names, columns=names),
        sigma=float(np.sqrt(result.scale)),
        df=df,
        loglik=float(result.llf),
        fitted=pd.Series(result.fittedvalues, index=design.index, name=parsed.response_name),
        residuals=pd.Series(result.resid, index=design.index, name="residual"),
        ci=ci,
    )


def refuse_collinear(X: npt.NDArray[np.floating[Any]], names: Sequence[str]) -> None:
    """Refuse a column that the ones before it already contain."""
    scaled = X / np.linalg.norm(X, axis=0).clip(min=np.finfo(float).tiny)
    left_over = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    if left_over.min() < 1e-10:
        name = names[int(np.argmax(left_over < 1e-10))]
        raise FitError(
            f"{name!r} is a combination of the columns before it, so its coefficient cannot be "
            "told from theirs; leave one of them out"
        )


def _cluster_codes(cluster: str, data: pd.DataFrame, design: Design) -> npt.NDArray[np.intp]:
    if cluster not in data.columns:
        raise DataError(
            f"the cluster column {cluster!r} is not in the data{did_you_mean(cluster, data)} "
            f"(columns: {', '.join(map(str, data.columns))})"
        )
    codes, labels = pd.factorize(design.data[cluster])
    if (codes < 0).any():
        raise DataError(f"the cluster column {cluster!r} has {(codes < 0).sum()} missing values")
    if len(labels) < 2:
        raise DataError(f"cluster-robust standard errors need two groups; {cluster!r} has one")
    return np.asarray(codes)
