r"""Effects within groups and between groups, and whether they differ.

A random-intercept model assumes that group effects have nothing to do with *x*. Adding the group
means lifts the assumption [1]_: in

.. math:: y_{ij} = \beta_0 + \beta_W x_{ij} + \gamma\bar x_j + u_j + e_{ij}

:math:`\beta_W` is the effect within groups, that of a model with a dummy for each group, and
:math:`\gamma=\beta_B-\beta_W` the contextual effect. With :math:`x_{ij}-\bar x_j` in place of
:math:`x_{ij}` the coefficient of the mean is :math:`\beta_B` itself [2]_. Hausman's test [3]_
compares the estimates with dummies and with random intercepts,

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

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .arguments import check_fit
from .columns import variables
from .design import Design, build_design
from .dummies import VARIES, group_means, least_squares, within_groups
from .errors import DataError, FitError, FormulaError, did_you_mean
from .fit import fit
from .formula import parse
from .known import attach
from .residual.bound import are_known, structures
from .residual.structure import Correlation, Structure

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
        As for :func:`mlmbook.fit`. Every numeric column of its fixed part that varies within
        groups gets a column ``x_mean``; in a product it is the variables whose means are added.
        A category gets a column for each level but the reference, ``sex_girl_mean``: the share
        of the group that is of this level.
    data : DataFrame
    form : {"mundlak", "within"}
        ``"mundlak"``: the means beside the predictors, so that their coefficients are contextual
        effects. ``"within"``: every such predictor becomes ``x_within``, its deviation from the
        mean (a category the deviations of its levels, ``sex_girl_within``), so that the
        coefficients of the means are effects between groups.
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
    means: dict[str, Floats] = {}
    deviations: dict[str, Floats] = {}
    left, right = formula.split("~", 1)
    for name in variables(terms.fixed):
        values = _values(name, design)
        varying = [own for own, x in values.items() if _varies(x, grouping.codes)]
        for own in varying:
            means[f"{own}_mean"] = group_means(values[own], grouping.codes)
            deviations[f"{own}_within"] = values[own] - means[f"{own}_mean"]
        if varying and form == "within":  # a level that is that of whole groups stays as it is
            deviations |= {own: x for own, x in values.items() if own not in varying}
            instead = [f"{own}_within" if own in varying else own for own in values]
            right = _replaced(right, name, instead)
    if not means:
        raise FormulaError(f"no predictor of {formula!r} varies within {grouping.name!r}")
    added = means if form == "mundlak" else means | deviations
    for name in added:
        if name in data.columns:
            raise DataError(f"the data have a column {name!r} already; rename it")
    return fit(
        f"{left.strip()} ~ {' + '.join(means)} + {right.strip()}",
        rows.assign(**added),
        reml=reml,
        residual=residual,
        weights=weights_column,
        offset=offset_column,
        ci=ci,
    )


def _values(name: str, design: Design) -> dict[str, Floats]:
    """Return a numeric predictor, or the indicators of the levels of a category."""
    column = design.data[name]
    levels = next(
        (found for key, found in design.categorical.items() if key in (name, f"C({name})")), None
    )
    if levels is None or column.dtype.kind == "b":
        return {name: column.to_numpy(dtype=float)}
    plain = [re.sub(r"\W+", "_", str(level)).strip("_") for level in levels[1:]]
    return {
        f"{name}_{word}": (column == level).to_numpy(dtype=float)
        for word, level in zip(plain, levels[1:], strict=True)
    }


def _replaced(right: str, name: str, by: list[str]) -> str:
    """Write deviations in the place of a predictor."""
    word = rf"(?<![\w.]){re.escape(name)}(?![\w.])"
    new = by[0] if len(by) == 1 else f"({' + '.join(by)})"
    return re.sub(word, new, re.sub(rf"C\(\s*{re.escape(name)}\s*\)", name, right))


def _varies(values: Floats, codes: Codes) -> bool:
    within = values - group_means(values, codes)
    return bool(np.abs(within).max() > VARIES * np.abs(values).max())


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
