r"""Effects within groups and between groups, and whether they differ.

A random-intercept model assumes that group effects have nothing to do with *x*. Adding the group
means lifts the assumption [1]_: in

.. math:: y_{ij} = \beta_0 + \beta_W x_{ij} + \gamma\bar x_j + u_j + e_{ij}

:math:`\beta_W` is the effect within groups, that of a model with a dummy for each group, and
:math:`\gamma=\beta_B-\beta_W` the contextual effect. With :math:`x_{ij}-\bar x_j` in place of
:math:`x_{ij}` the coefficient of the mean is :math:`\beta_B` itself [2]_. What has means is each
column of *X*: of a function of *x* the mean of its values, of a product the mean of the products
(:mod:`mlmbook.decompose`). Hausman's test [3]_ compares the estimates with dummies and with random
intercepts,

.. math:: (b_F-b_R)'(V_F-V_R)^{-1}(b_F-b_R) \sim \chi^2 .

With a level-1 structure or weights both are generalized least squares, with the covariance of level
1 that the model estimated.

References
----------
.. [1] Mundlak (1978), Econometrica 46, 69-85.
.. [2] Bell, Fairbrother & Jones (2019), Qual. Quant. 53, 1051-1074.
.. [3] Hausman (1978), Econometrica 46, 1251-1271.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .arguments import check_fit
from .decompose import decompose
from .design import build_design
from .dummies import least_squares, within_groups
from .errors import DataError, FitError, FormulaError
from .fit import fit
from .formula import parse
from .known import attach
from .residual.binding import are_known, structures
from .residual.structure import Correlation, Structure
from .threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .arrays import Codes, Floats
    from .result import Fit

__all__ = ["hausman", "within_between"]


def within_between(
    formula: str,
    data: pd.DataFrame,
    *,
    form: Literal["mundlak", "within"] = "mundlak",
    group: str | None = None,
    reml: bool = True,
    residual: Structure | Sequence[Structure] | None = None,
    weights: str | ArrayLike | None = None,
    offset: str | ArrayLike | None = None,
    ci: float = 0.95,
) -> Fit:
    """Fit a multilevel model with the group means of its level-1 predictors added.

    Parameters
    ----------
    formula : str
        As for :func:`mlmbook.fit`. Every column of the fixed part that varies within groups, as
        the formula makes it, gets a column of its means: ``x`` gets ``x_mean``; ``np.log(x)``
        gets ``log_x_mean``, the mean of the logarithms; ``x:z`` gets ``x_z_mean``, the mean of
        the products; a category gets ``sex_girl_mean``, the share of the group that is of this
        level. The product of ``x`` and a predictor ``w`` of the groups gets ``x_mean:w``. Means
        that are constant, or combinations of other columns, are left out, and this is said in
        ``messages``.
    data : DataFrame
    form : {"mundlak", "within"}
        ``"mundlak"``: the means beside the predictors, so that their coefficients are contextual
        effects. ``"within"``: every such column becomes ``x_within``, its deviation from the
        mean (a category the deviations of its levels, ``sex_girl_within``; a product the
        deviations of the products, which are not the products of deviations), in random slopes
        too, so that the coefficients of the means are effects between groups. With random
        intercepts both forms are one model.
    group : str, optional
        The grouping factor; the only one if not given.
    reml, residual, weights, offset, ci
        As for :func:`mlmbook.fit`. Means of the groups are not weighted.

    Returns
    -------
    Fit

    Examples
    --------
    >>> import mlmbook as mlm
    >>> m = mlm.within_between("mathach ~ ses + (1 | school)", mlm.load("hsb82"))
    >>> m.fixef.round(2).to_dict()
    {'Intercept': 12.68, 'ses_mean': 3.68, 'ses': 2.19}
    """
    if form not in ("mundlak", "within"):
        raise FitError(f"form={form!r} is not available; choose 'mundlak' or 'within'")
    terms, parts = parse(formula), structures(residual)
    for term in terms.random:
        if term.special is not None:
            raise FormulaError(
                f"{term.group} does not divide the rows into groups that have means of their own"
            )
    data, weights_column = attach("weights", weights, data)
    data, offset_column = attach("offset", offset, data)
    known = [name for name in (weights_column, offset_column) if name is not None]
    correlated = [part.group for part in parts if isinstance(part, Correlation) and part.group]
    also = [*known, *(name for part in parts for name in part.columns)]
    design = build_design(terms, data, also, correlated, sigma_known=are_known(parts))
    grouping = design.groupings[design.find_grouping(group)]
    added = decompose(design, grouping, form)
    for name in added.columns:
        if name in data.columns:
            raise DataError(f"the data have a column {name!r} already; rename it")
    fitted = fit(
        added.formula,
        design.data.assign(**added.columns),
        reml=reml,
        residual=residual,
        weights=weights_column,
        offset=offset_column,
        ci=ci,
    )
    said = dict.fromkeys([*design.messages, *added.messages, *fitted.messages])
    return replace(fitted, _messages=tuple(said))


@one_thread
def hausman(model: Fit) -> pd.Series[float]:
    """Test whether estimates with random intercepts and with a dummy for each group agree.

    Parameters
    ----------
    model : Fit
        A model with one random intercept; it may have a level-1 structure, weights and an offset.

    Returns
    -------
    Series
        ``chisq``, ``df``, ``p``. A small *p* says that effects within and between groups differ:
        see :func:`within_between`, which says by how much.

    Raises
    ------
    FormulaError
        The model is another one, or has no predictor that varies within groups.
    FitError
        The difference of the covariance matrices is not positive: the test does not exist.
    """
    check_fit(model)
    design = model.design
    if [grouping.terms for grouping in design.groupings] != [("Intercept",)]:
        raise FormulaError(
            "Hausman's test is for a model with one random intercept and no other random effect, "
            f"which {model.formula!r} is not"
        )
    (grouping,) = design.groupings
    at, X, y = _within(model)
    if not len(at):
        raise FormulaError(f"no predictor of {model.formula!r} varies within {grouping.name!r}")
    df = len(y) - grouping.ngroups - len(at)
    beta, residuals, vcov = least_squares(X, y, df)
    if model.residual is not None and model.residual.sigma_known:
        vcov = vcov * df / (residuals @ residuals)  # whitened rows, whose variance is 1
    difference = vcov - model.estimates.vcov[np.ix_(at, at)]
    apart = beta - model.estimates.beta[at]
    if np.linalg.eigvalsh(difference)[0] <= 0:
        raise FitError(
            "the random-intercept model does not have the smaller variances, so that Hausman's "
            "test does not exist; test the group means in mlm.within_between instead"
        )
    from scipy.special import chdtrc

    chisq = float(apart @ np.linalg.solve(difference, apart))
    return pd.Series({"chisq": chisq, "df": len(at), "p": float(chdtrc(len(at), chisq))})


def _within(model: Fit) -> tuple[Codes, Floats, Floats]:
    """Return the columns that vary within groups, and all of them less a dummy for each group."""
    design, codes = model.design, model.design.groupings[0].codes
    y = design.y if design.offset is None else design.y - design.offset
    at, X, deviations = within_groups(design.X, y, codes)
    if model.residual is None:
        return at, X, deviations
    columns = np.column_stack([design.X[:, at], y, np.ones(len(y))])
    white = model.residual.whitening.whiten(columns)
    one = white[:, -1]
    size = np.bincount(codes, one**2)
    shares = np.column_stack([np.bincount(codes, one * x) / size for x in white.T])
    left = white - one[:, None] * shares[codes]
    return at, left[:, :-2], left[:, -2]
