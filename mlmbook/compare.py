r"""Compare two fitted models: a likelihood-ratio test, AIC and BIC.

A variance cannot be negative, so under the null hypothesis that it is zero the likelihood
ratio is not chi-square [1]_. For one variance more, along with *r* covariances of that effect
and *f* fixed effects, it is :math:`\tfrac12\chi^2_{f+r} + \tfrac12\chi^2_{f+r+1}`; with
:math:`f=r=0` half of the time it is zero. For more variances the weights depend on what the data
tell about each (:mod:`mlmbook.chibar`, :mod:`mlmbook.boundary`). Parameters of level 1 are inside
their range (ratios of variances at one, powers, autoregression of even steps and compound symmetry
at zero), but for a nugget, and an autocorrelation in continuous time, which are at the edge at
zero. Where no such formula holds, the distribution can be simulated: responses are drawn from the
smaller model and both models are fitted to each, and
:math:`p = (1 + \text{number of ratios as large})/(1 + \text{number of draws})` [2]_.

References
----------
.. [1] Self & Liang (1987), J. Am. Stat. Assoc. 82, 605-610; Stram & Lee (1994), Biometrics 50,
   1171-1177.
.. [2] Davison & Hinkley (1997), Bootstrap Methods and their Application, section 4.2.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .added import Added, added
from .arguments import check_fit
from .boundary import information_at_edge
from .chibar import cone_tail, mixture_tail, orthant_weights
from .engine import has_rho
from .errors import DataError
from .likelihood.kenward_roger import SizeError
from .ratios import likelihood_ratio, simulated_ratios
from .spans import same_columns
from .threads import one_thread

if TYPE_CHECKING:
    from .arrays import Floats

__all__ = ["compare", "p_value"]

NOT_NESTED = "not nested: compare AIC or BIC"


@one_thread
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
        fitted with ``reml=False``. Fixed parts are nested if every column of the smaller one is a
        combination of those of the larger one, whatever they are called (``h`` in ``C(h)``);
        random parts are compared by their terms.
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
        ``reference``, the distribution that *p* was computed from: a mixture where variances
        are added. Where its weights are not known (with level-1 parameters, or a variance of the
        smaller model at zero), *p* from :math:`\chi^2_{df}` is too large, and ``reference`` says
        so: ``simulate`` gives the right one. For models that are not nested there is no test.

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
    more = added(small, large)
    chisq = likelihood_ratio(small.deviance, large.deviance)
    table["chisq"] = [np.nan, chisq if more.nested else np.nan]
    table["df"] = [np.nan, more.total if more.nested else np.nan]
    p, reference = np.nan, NOT_NESTED
    if more.nested and simulate is None:
        p, reference = p_value(small, large, more, chisq)
    if simulate is not None:
        if not more.nested:
            raise DataError(
                "the models are not nested, so neither is a null hypothesis to draw from; "
                "compare AIC or BIC, without simulate="
            )
        if not hasattr(large, "estimates") or hasattr(small, "grouping"):
            raise DataError(
                "simulate= compares a multilevel model with a smaller one, or with mlm.ols; leave "
                "it out between regressions"
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
    if restricted[0] and not same_columns(one.X, two.X):
        scale = (
            " (columns of the same names have other values, or another unit)"
            if set(one.names) == set(two.names)
            else ""
        )
        raise DataError(
            f"both models were fitted by REML and their fixed parts differ{scale}: a restricted "
            "likelihood is that of contrasts free of the fixed effects, other contrasts in each "
            "model; fit both with reml=False"
        )


def _known(model: Any) -> tuple[Floats, Floats]:
    """Return the logarithm of the weights, and the offset."""
    none = np.zeros(len(model.design.y))
    residual = getattr(model, "residual", None)
    offset = getattr(model.design, "offset", None)
    weights = none if residual is None else residual.level1.fixed
    return weights, none if offset is None else offset


def p_value(small: Any, large: Any, more: Added, chisq: float) -> tuple[float, str]:
    """Return p, and the name of the distribution that it was computed from."""
    edges = more.variances + more.edges
    if more.unidentified:
        return np.nan, f"none: {more.unidentified}; use simulate="
    if edges == 0:
        return mixture_tail(chisq, [more.total], [1]), f"χ²({more.total})"
    if edges == 1:
        degrees = [more.total - 1, more.total]
        name = f"½χ²({degrees[0]}) + ½χ²({degrees[1]})"
        return mixture_tail(chisq, degrees, [0.5, 0.5]), name
    found = None
    if not more.edges and not _level1_parameters(large) and not getattr(small, "singular", False):
        with suppress(SizeError, np.linalg.LinAlgError):
            found = information_at_edge(small, large)
    if found is None:
        name = f"χ²({more.total}), conservative: {edges} variances on the boundary; use simulate="
        return mixture_tail(chisq, [more.total], [1]), name
    J, blocks = found
    free = more.total - len(J)
    if max(blocks) > 1:
        name = f"chi-bar-square({free} to {more.total}) of correlated effects"
        return cone_tail(chisq, J, blocks, free), name
    weights, degrees = orthant_weights(J), [free + i for i in range(len(J) + 1)]
    pieces = zip(weights, degrees, strict=True)
    name = " + ".join(f"{weight:.2f}χ²({df})" for weight, df in pieces)
    return mixture_tail(chisq, degrees, weights.tolist()), name


def _level1_parameters(model: Any) -> int:
    """Count the parameters of correlation that are not in the expected information."""
    rhos = int(has_rho(model.design))
    return rhos if model.residual is None else rhos + len(model.residual.phi)
