r"""Regression with a dummy for each group: what econometricians call the fixed-effects model.

.. math:: y_{ij} = \gamma_j + x_{ij}'\beta + e_{ij}

Least squares with a column for each group gives the same :math:`\hat\beta` as least squares of
:math:`y_{ij}-\bar y_j` on :math:`x_{ij}-\bar x_j` [1]_, without the columns, however
many groups there are. Then :math:`\hat\gamma_j = \bar y_j - \bar x_j'\hat\beta`, and one degree
of freedom is spent on each group:

.. math:: \hat\sigma^2 = \frac{\sum_{ij}\hat e_{ij}^2}{N - J - p}, \qquad
   \widehat{\operatorname{var}}(\hat\beta) = \hat\sigma^2
   \Bigl(\sum_{ij}(x_{ij}-\bar x_j)(x_{ij}-\bar x_j)'\Bigr)^{-1} .

References
----------
.. [1] Frisch & Waugh (1933), Econometrica 1, 387-401; Wooldridge (2010), Econometric Analysis of
   Cross Section and Panel Data, 2nd ed., section 10.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .arguments import check_coverage
from .baseline import OlsFit, refuse_collinear
from .columns import INTERCEPT
from .design import build_design
from .errors import DataError, FormulaError
from .formula import parse
from .grouping import group_means
from .likelihood.basis import COLLINEAR
from .likelihood.membership import Membership
from .scales import nothing_left

if TYPE_CHECKING:
    from .arrays import Codes, Floats
    from .design import Grouping

__all__ = ["VARIES", "DummyFit", "fixed_effects", "least_squares", "within_groups"]

VARIES = 1e-10
"""A column varies within groups if its deviations are larger than this, relative to its own."""


@dataclass(frozen=True, repr=False, eq=False)
class DummyFit(OlsFit):
    """A regression with a dummy for each group; ``fixef`` has the other coefficients."""

    grouping: Grouping
    """The grouping factor."""
    intercepts: pd.Series[float]
    """The intercept of each group."""

    @property
    def messages(self) -> list[str]:
        """True statements about this fit, e.g. predictors that the dummies took in."""
        kept = {INTERCEPT, *self.fixef.index}
        omitted = [name for name in self.design.names if name not in kept]
        said = list(self.design.messages)
        if omitted:
            said.append(
                f"left out, because they are constant within {self.grouping.name!r} and its "
                f"dummies contain them: {', '.join(omitted)}"
            )
        return said

    @property
    def nparams(self) -> int:
        """Intercepts, coefficients and the residual variance."""
        return len(self.intercepts) + len(self.fixef) + 1

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        *,
        interval: Literal["confidence", "prediction"] | None = None,
    ) -> pd.Series[float]:
        """Predict the response, of the fitted rows or of new ones in the same groups.

        Parameters
        ----------
        newdata : DataFrame, optional
            Has the predictors of the formula and the grouping factor as columns.
        interval : None
            There are no intervals for this model.

        Returns
        -------
        Series
            On the index of the rows.

        Raises
        ------
        DataError
            A group was not in the data: nothing is known of its intercept.
        """
        if interval is not None:
            raise DataError("predictions from dummies come without intervals; leave interval= out")
        if newdata is None:
            return self.fitted.rename("prediction")
        codes = self.grouping.find(newdata)
        assert not isinstance(codes, Membership)  # these have no dummies
        if (codes < 0).any():
            raise DataError(
                f"{(codes < 0).sum()} rows are in groups of {self.grouping.name!r} that were not "
                "fitted, and dummies say nothing of other groups; a multilevel model does: mlm.fit"
            )
        at = [self.design.names.index(name) for name in self.fixef.index]
        values = self.design.fixed.remake(newdata)[:, at] @ self.fixef.to_numpy()
        values += self.intercepts.to_numpy()[codes]
        return pd.Series(values, index=newdata.index, name="prediction")

    def __repr__(self) -> str:
        return (
            f"DummyFit({self.formula!r}, nobs={self.nobs}, "
            f"dummies of {self.grouping.name!r}: {self.grouping.ngroups})"
        )


def fixed_effects(
    formula: str, data: pd.DataFrame, *, group: str | None = None, ci: float = 0.95
) -> DummyFit:
    """Fit a regression with a dummy for each group, the fixed-effects model of econometrics.

    Its coefficients are effects within groups, whatever differs between groups. The price: one
    degree of freedom for each group, no coefficients of group-level predictors, and nothing to
    say about other groups. :func:`mlmbook.hausman` compares it with random intercepts,
    :func:`mlmbook.within_between` has both kinds of effects in one model.

    Parameters
    ----------
    formula : str
        The formula of the multilevel model, ``"y ~ x + (1 | group)"``, or its fixed part.
        Predictors that are constant within groups are left out and named in ``messages``.
    data : DataFrame
        One row an observation. Rows with missing values in used columns are dropped and counted
        in ``messages``.
    group : str, optional
        The grouping factor, if the formula does not name it.
    ci : float, default 0.95
        Level of the confidence intervals in ``summary()``.

    Returns
    -------
    DummyFit
        As :func:`mlmbook.ols` gives for ``"y ~ x + C(group)"``: the same slopes, standard errors
        and degrees of freedom, ``sigma``, ``loglik``, ``fitted``; ``fixef`` without the dummies,
        which are in ``intercepts``, one a group.

    Raises
    ------
    FormulaError
        There is no grouping factor, or more than a random intercept, or no predictor that varies
        within groups.
    DataError
        The data cannot support the model.
    FitError
        The predictors are collinear within groups.

    References
    ----------
    .. [1] Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 2nd ed.,
       chapter 10.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> m = mlm.fixed_effects("mathach ~ ses + (1 | school)", mlm.load("hsb82"))
    >>> round(float(m.fixef["ses"]), 2), m.df
    (2.19, 7024)
    """
    check_coverage(ci)
    text = _with_group(formula, group)
    design = build_design(text, data)
    (grouping,) = design.groupings
    at, X, y = within_groups(design.X, design.y, grouping.codes)
    if not len(at):
        raise FormulaError(f"no predictor of {formula!r} varies within {grouping.name!r}")
    names = [design.names[column] for column in at]
    df = len(y) - grouping.ngroups - len(at)
    if df < 1:
        raise DataError(
            f"{len(y)} rows cannot estimate {grouping.ngroups} intercepts and {len(at)} slopes"
        )
    refuse_collinear(X, names)
    beta, residuals, vcov = least_squares(X, y, df)
    rss = float(residuals @ residuals)
    if np.sqrt(rss / len(y)) <= COLLINEAR * np.abs(design.y).max():
        words = "the dummies and the predictors reproduce the response exactly"
        raise DataError(nothing_left(words, design.y))
    level = design.y - design.X[:, at] @ beta
    intercepts = group_means(level, grouping.codes)
    fixed = replace(parse(text), text=formula, random=())
    return DummyFit(
        formula=formula,
        parsed=fixed,
        design=replace(design, formula=fixed, groupings=()),
        data_name=data.attrs.get("name"),
        cluster=None,
        fixef=pd.Series(beta, index=names, name="estimate"),
        vcov=pd.DataFrame(vcov, index=names, columns=names),
        sigma=float(np.sqrt(rss / df)),
        df=df,
        loglik=-len(y) / 2 * float(np.log(2 * np.pi * rss / len(y)) + 1),
        fitted=pd.Series(
            design.y - residuals, index=design.index, name=design.formula.response_name
        ),
        residuals=pd.Series(residuals, index=design.index, name="residual"),
        ci=ci,
        grouping=grouping,
        intercepts=pd.Series(intercepts, index=grouping.labels, name="intercept"),
    )


def _with_group(formula: str, group: str | None) -> str:
    """Return the formula with a random intercept, which says what the groups are."""
    random = parse(formula).random
    if not random:
        if group is None:
            raise FormulaError(
                f"{formula!r} names no groups: give group=, or write '+ (1 | group)' as for mlm.fit"
            )
        return f"{formula} + (1 | {group})"
    if len(random) > 1 or not random[0].intercept or random[0].terms:
        raise FormulaError(
            f"dummies take the place of one random intercept; {formula!r} has other random terms"
        )
    if group not in (None, random[0].group):
        raise FormulaError(f"{formula!r} has the groups {random[0].group!r}, and group={group!r}")
    return formula


def within_groups(X: Floats, y: Floats, codes: Codes) -> tuple[Codes, Floats, Floats]:
    """Return which columns vary within groups, and their deviations and those of *y*."""
    centered = np.column_stack([x - group_means(x, codes)[codes] for x in X.T])
    at = np.flatnonzero(np.abs(centered).max(axis=0) > VARIES * np.abs(X).max(axis=0))
    return at, centered[:, at], y - group_means(y, codes)[codes]


def least_squares(X: Floats, y: Floats, df: int) -> tuple[Floats, Floats, Floats]:
    """Return coefficients, residuals and the covariance matrix of the coefficients."""
    Q, R = np.linalg.qr(X)
    beta = np.linalg.solve(R, Q.T @ y)
    residuals = y - X @ beta
    inverse = np.linalg.inv(R)
    return beta, residuals, residuals @ residuals / df * (inverse @ inverse.T)
