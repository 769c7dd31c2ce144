r"""Effects within groups and between groups, and whether they differ.

A random-intercept model assumes that group effects have nothing to do with *x*. Adding the group
means lifts the assumption [1]_: in

.. math:: y_{ij} = \beta_0 + \beta_W x_{ij} + \gamma\bar x_j + u_j + e_{ij}

:math:`\beta_W` is the effect within groups, that of a model with a dummy for each group, and
:math:`\gamma=\beta_B-\beta_W` the contextual effect. With :math:`x_{ij}-\bar x_j` in place of
:math:`x_{ij}` the coefficient of the mean is :math:`\beta_B` itself [2]_. Hausman's test [3]_
compares the estimates with dummies and with random intercepts,

.. math:: (b_F-b_R)'(V_F-V_R)^{-1}(b_F-b_R) \sim \chi^2 .

References
----------
.. [1] Mundlak (1978), Econometrica 46, 69-85.
.. [2] Bell, Fairbrother & Jones (2019), Qual. Quant. 53, 1051-1074.
.. [3] Hausman (1978), Econometrica 46, 1251-1271.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .arguments import check_fit
from .columns import variables
from .design import build_design
from .dummies import VARIES, group_means, least_squares, within_groups
from .errors import DataError, FitError, FormulaError, did_you_mean
from .fit import fit
from .formula import parse
from .plain import is_plain

if TYPE_CHECKING:
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
    ci: float = 0.95,
) -> Fit:
    """Fit a multilevel model with the group means of its level-1 predictors added.

    Parameters
    ----------
    formula : str
        As for :func:`mlmbook.fit`. Every numeric column of its fixed part that varies within
        groups gets a column ``x_mean``; in a product it is the variables whose means are added.
    data : DataFrame
    form : {"mundlak", "within"}
        ``"mundlak"``: the means beside the predictors, so that their coefficients are contextual
        effects. ``"within"``: every such predictor becomes ``x_within``, its deviation from the
        mean, so that the coefficients of the means are effects between groups.
    group : str, optional
        The grouping factor; the only one if not given.
    reml, ci
        As for :func:`mlmbook.fit`.

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
    terms = parse(formula)
    design = build_design(terms, data)
    names = [grouping.name for grouping in design.groupings]
    if group is None and len(names) != 1:
        raise FormulaError(f"choose a grouping factor: group= one of {', '.join(names)}")
    if group is not None and group not in names:
        raise FormulaError(
            f"{group!r} is not a grouping factor of the model{did_you_mean(group, names)} "
            f"(factors: {', '.join(names)})"
        )
    grouping = design.groupings[0 if group is None else names.index(group)]
    rows = design.data
    added: dict[str, Floats] = {}
    left, right = formula.split("~", 1)
    level1 = [name for name in variables(terms.fixed) if _varies(rows[name], grouping.codes)]
    if not level1:
        raise FormulaError(f"no predictor of {formula!r} varies within {grouping.name!r}")
    for name in level1:
        values = rows[name].to_numpy(dtype=float)
        mean = group_means(values, grouping.codes)
        added[f"{name}_mean"] = mean
        if form == "within":
            added[f"{name}_within"] = values - mean
            right = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", f"{name}_within", right)
    for name in added:
        if name in data.columns:
            raise DataError(f"the data have a column {name!r} already; rename it")
    means = " + ".join(f"{name}_mean" for name in level1)
    whole = rows.assign(**added)
    return fit(f"{left.strip()} ~ {means} + {right.strip()}", whole, reml=reml, ci=ci)


def _varies(column: pd.Series[float], codes: Codes) -> bool:
    if column.dtype.kind not in "biuf":
        first = column.groupby(codes, observed=True).nunique()
        if (first > 1).any():
            raise DataError(
                f"{column.name!r} is a category that varies within groups; make an indicator (0/1) "
                "of it, whose group mean is a share"
            )
        return False
    values = column.to_numpy(dtype=float)
    within = values - group_means(values, codes)
    return bool(np.abs(within).max() > VARIES * np.abs(values).max())


def hausman(model: Fit) -> pd.Series[float]:
    """Test whether estimates with random intercepts and with a dummy for each group agree.

    Parameters
    ----------
    model : Fit
        A model with one random intercept.

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
            f"Hausman's test is for one random intercept; {model.formula!r} has more"
        )
    if not is_plain(model):
        raise FormulaError("Hausman's test is for models without residual=, weights= or offset=")
    (grouping,) = design.groupings
    at, X, y = within_groups(design.X, design.y, grouping.codes)
    if not len(at):
        raise FormulaError(f"no predictor of {model.formula!r} varies within {grouping.name!r}")
    beta, _, vcov = least_squares(X, y, len(y) - grouping.ngroups - len(at))
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
