r"""Compare two fitted models: a likelihood-ratio test, AIC and BIC.

A variance cannot be negative, so under the null hypothesis that it is zero the likelihood
ratio is not chi-square [1]_. For one variance more, along with *r* covariances of that effect
and *f* fixed effects, it is :math:`\tfrac12\chi^2_{f+r} + \tfrac12\chi^2_{f+r+1}`; with
:math:`f=r=0` half of the time it is zero. Where no such formula holds, the distribution can be
simulated: responses are drawn from the smaller model and both models are fitted to each, and
:math:`p = (1 + \text{number of ratios as large})/(1 + \text{number of draws})` [2]_.

References
----------
.. [1] Self & Liang (1987), J. Am. Stat. Assoc. 82, 605-610; Stram & Lee (1994), Biometrics 50,
   1171-1177.
.. [2] Davison & Hinkley (1997), Bootstrap Methods and their Application, section 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .arguments import check_fit
from .errors import DataError
from .ratios import simulated_ratios

if TYPE_CHECKING:
    from .arrays import Floats
    from .design import Design
    from .formula import RandomTerm

__all__ = ["compare"]


def compare(
    a: Any,
    b: Any,
    *,
    simulate: int | None = None,
    rng: np.random.Generator | int | None = None,
) -> pd.DataFrame:
    r"""Compare two models of the same data.

    Parameters
    ----------
    a, b : Fit
        Fitted models, in any order; one may come from :func:`mlmbook.ols`, if the other was
        fitted with ``reml=False``.
    simulate : int, optional
        Take *p* from so many responses drawn from the smaller model, instead of a formula.
        With 999 draws a *p* near 0.05 is known to about 0.007.
    rng : Generator or int, optional
        Source of randomness for that, or its seed.

    Returns
    -------
    DataFrame
        One row a model, the smaller first: ``nparams``, ``loglik``, ``deviance``, ``aic``,
        ``bic``, and in the second row ``chisq`` (difference of deviances), ``df``, ``p`` and
        ``reference``, the distribution that *p* was computed from. For more than one added
        variance, *p* from :math:`\chi^2_{df}` is too large, and ``reference`` says so:
        ``simulate`` gives the right one. For models that are not nested there is no test.

    Raises
    ------
    DataError
        The models were fitted to different rows or responses, one by REML and one by ML, or
        both by REML with different fixed effects: such likelihoods cannot be compared.
    """
    for model in (a, b):
        check_fit(model)
    small, large = sorted((a, b), key=lambda model: int(model.nparams))
    _refuse_incomparable(small, large)
    table = pd.DataFrame(
        {
            name: [getattr(small, name), getattr(large, name)]
            for name in ("nparams", "loglik", "deviance", "aic", "bic")
        },
        index=[small.formula, large.formula],
    )
    degrees, reference = _reference(small, large)
    chisq = max(small.deviance - large.deviance, 0.0)
    table["chisq"] = [np.nan, chisq if degrees else np.nan]
    table["df"] = [np.nan, large.nparams - small.nparams if degrees else np.nan]
    p = _tail(chisq, degrees)
    if simulate is not None:
        if not degrees:
            raise DataError(
                "the models are not nested, so neither is a null hypothesis to draw from; "
                "compare AIC or BIC, without simulate="
            )
        ratios = simulated_ratios(small, large, simulate, np.random.default_rng(rng))
        p = (1 + float((ratios >= chisq).sum())) / (1 + len(ratios))
        reference = f"simulated, {simulate} draws"
    table["p"] = [np.nan, p]
    table["reference"] = ["", reference]
    return table


def _refuse_incomparable(small: Any, large: Any) -> None:
    one, two = small.design, large.design
    if one.formula.response != two.formula.response:
        raise DataError(
            f"the models have different responses: {one.formula.response!r} and "
            f"{two.formula.response!r}"
        )
    if len(one.y) != len(two.y) or not np.array_equal(one.y, two.y):
        raise DataError(
            f"the models were fitted to different rows ({len(one.y)} and {len(two.y)}); drop rows "
            "with missing values first, so that both use the same"
        )
    if not all(np.array_equal(*pair) for pair in zip(_known(small), _known(large), strict=True)):
        raise DataError(
            "the models have different weights or offsets: their likelihoods are not comparable"
        )
    restricted = [getattr(model, "reml", False) for model in (small, large)]
    if restricted[0] != restricted[1]:
        raise DataError(
            "one model was fitted by REML and the other by ML: their likelihoods are on different "
            "scales; fit both with reml=False"
        )
    if restricted[0] and _fixed(one) != _fixed(two):
        raise DataError(
            "both models were fitted by REML and their fixed parts differ: a restricted likelihood "
            "is that of contrasts free of the fixed effects, other contrasts in each model; fit "
            "both with reml=False"
        )


def _known(model: Any) -> tuple[Floats, Floats]:
    """Return the logarithm of the weights, and the offset."""
    none = np.zeros(len(model.design.y))
    residual = getattr(model, "residual", None)
    offset = getattr(model.design, "offset", None)
    weights = none if residual is None else residual.level1.fixed
    return weights, none if offset is None else offset


def _fixed(design: Design) -> frozenset[str]:
    return frozenset(design.names)


def _reference(small: Any, large: Any) -> tuple[tuple[int, ...], str]:
    """Return degrees of freedom (two of them: an even mixture) and the name of the reference."""
    added = large.nparams - small.nparams
    before, after = _variances(small.design.formula.random), _variances(large.design.formula.random)
    nested = _fixed(small.design) <= _fixed(large.design) and before <= after and added > 0
    nested = nested and _level1(small) <= _level1(large)
    if not nested or not _pairs(small.design) <= _pairs(large.design):
        return (), "not nested: compare AIC or BIC"
    variances = len(after - before)
    if variances == 0:
        return (added,), f"χ²({added})"
    if variances == 1:
        return (added - 1, added), f"½χ²({added - 1}) + ½χ²({added})"
    return (added,), f"χ²({added}), conservative: {variances} variances on the boundary"


def _level1(model: Any) -> frozenset[str]:
    """Name the level-1 structures of a model."""
    residual = getattr(model, "residual", None)
    return frozenset(() if residual is None else map(repr, residual.parts))


def _variances(random: tuple[RandomTerm, ...]) -> set[tuple[str, str]]:
    return {
        (term.group, column)
        for term in random
        for column in (("1",) if term.intercept else ()) + term.terms
    }


def _pairs(design: Design) -> set[tuple[str, frozenset[str]]]:
    """Pairs of random effects that may correlate."""
    return {
        (grouping.name, frozenset((grouping.terms[a], grouping.terms[b])))
        for grouping in design.groupings
        for block in grouping.blocks
        for a in block
        for b in block
        if a < b
    }


def _tail(chisq: float, degrees: tuple[int, ...]) -> float:
    """Return the even mixture of the upper tails of chi-square distributions."""
    from scipy.special import chdtrc

    if not degrees:
        return np.nan
    tails = [float(chdtrc(df, chisq)) if df else float(chisq <= 0) for df in degrees]
    return float(np.mean(tails))
