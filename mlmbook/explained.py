r"""How much of the variance a model explains: three definitions of R squared.

**Raudenbush and Bryk** [1]_ compare each variance component with that of the null model, which
has only a constant and random intercepts:

.. math:: R^2_e = 1-\frac{\sigma^2_{e}}{\sigma^2_{e,0}}, \qquad
   R^2_u = 1-\frac{\sigma^2_{u0}}{\sigma^2_{u0,0}}.

A level-1 predictor may raise :math:`\sigma^2_{u0}`, so the second can be negative. In a
random-slope model :math:`\sigma^2_{u0}` is the variance where the predictors are zero.

**Snijders and Bosker** [2]_ ask how much smaller the error of prediction gets, of one observation
and of a group mean, with *n* the harmonic mean of the group sizes. Random slopes are left out of
both models, as they advise:

.. math:: R^2_1 = 1-\frac{\sigma^2_{u0}+\sigma^2_e}{\sigma^2_{u0,0}+\sigma^2_{e,0}}, \qquad
   R^2_2 = 1-\frac{\sigma^2_{u0}+\sigma^2_e/n}{\sigma^2_{u0,0}+\sigma^2_{e,0}/n}.

**Nakagawa and Schielzeth** [3]_ need no null model: the share of the fixed effects (marginal), and
of fixed and random effects (conditional), in the total

.. math:: \operatorname{var}(x_i'\hat\beta) + \overline{z_i'\Omega z_i} + \sigma^2_e,

where the random part is averaged over the rows when there are slopes [4]_, and when its variance
differs between rows for other reasons (several memberships, the place on a map).

Where level-1 variances differ (strata, powers, occasions, weights), :math:`\sigma^2_e` is their
mean over the rows, and :math:`\sigma^2_e/n` the mean over the groups of the variance of their mean
residual, correlations included. The null model has the same level-1 structure with its own
estimates; where its variances are known, no model explains any of them, and there is no
:math:`R^2_e`. An offset is known and explains nothing: shares are those of :math:`y-o`.

References
----------
.. [1] Raudenbush & Bryk (2002), Hierarchical Linear Models, 2nd ed., chapter 4.
.. [2] Snijders & Bosker (2012), Multilevel Analysis, 2nd ed., section 7.1.
.. [3] Nakagawa & Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142.
.. [4] Johnson (2014), Methods in Ecology and Evolution 5, 944-946.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .columns import INTERCEPT, Columns
from .maximum import best

if TYPE_CHECKING:
    from .arrays import Floats
    from .result.partitioned import Partitioned

__all__ = ["level1_variance", "r2"]


def r2(fit: Partitioned) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.r2`."""
    null = _with_intercepts(fit, Columns((INTERCEPT,), np.ones((fit.nobs, 1)), None))
    rows = [
        *_raudenbush_bryk(fit, null),
        *_snijders_bosker(fit, null),
        *_nakagawa_schielzeth(fit),
    ]
    return pd.DataFrame(rows, columns=["definition", "level", "r2"])


def _with_intercepts(fit: Partitioned, fixed: Columns) -> Partitioned:
    """Fit a model with other fixed effects, and one random intercept a factor, to the same rows."""
    one = (Columns((INTERCEPT,), np.ones((fit.nobs, 1)), None),)
    groupings = tuple(replace(g, parts=one, blocks=((0,),)) for g in fit.design.groupings)
    design = replace(fit.design, fixed=fixed, groupings=groupings)
    estimates, residual = best(design, fit.residual, reml=fit.reml)
    return replace(fit, design=design, estimates=estimates, residual=residual)


def level1_variance(fit: Partitioned) -> float:
    """Return the variance of the residuals, averaged over the rows if it differs."""
    relative = 1.0 if fit.residual is None else float(fit.residual.row_variances.mean())
    return relative * fit.estimates.sigma2


def _raudenbush_bryk(fit: Partitioned, null: Partitioned) -> list[tuple[str, str, float]]:
    name = "Raudenbush-Bryk"
    rows = []
    if fit.residual is None or not fit.residual.sigma_known:
        rows.append((name, "Residual", 1 - level1_variance(fit) / level1_variance(null)))
    for number, grouping in enumerate(fit.design.groupings):
        if INTERCEPT in grouping.terms:
            at = grouping.terms.index(INTERCEPT)
            scales = [
                grouping.scale(one.estimates.rhos[number]).mean() for one in (null, fit)
            ]  # what a row gets of it: with a map, that depends on rho
            before = scales[0] * null.estimates.covariances[number][0, 0]
            after = scales[1] * fit.estimates.covariances[number][at, at]
            share = float(1 - after / before) if before > 0 else np.nan
            rows.append((name, grouping.name, share))
    return rows


def _snijders_bosker(fit: Partitioned, null: Partitioned) -> list[tuple[str, str, float]]:
    """Two levels only: with more, or shared units, a group mean has no one definition."""
    if len(fit.design.groupings) != 1 or fit.design.groupings[0].special is not None:
        return []
    (grouping,) = fit.design.groupings
    plain = grouping.terms == (INTERCEPT,)
    model = fit if plain else _with_intercepts(fit, fit.design.fixed)
    (one, mean), (one0, mean0) = _prediction_errors(model), _prediction_errors(null)
    name = "Snijders-Bosker"
    return [(name, "Residual", 1 - one / one0), (name, grouping.name, 1 - mean / mean0)]


def _prediction_errors(fit: Partitioned) -> tuple[float, float]:
    """Return the mean variances of an observation and of a group mean, given the predictors."""
    (grouping,) = fit.design.groupings
    between = float(fit.estimates.covariances[0][0, 0])
    if fit.residual is None:
        means: Floats = 1 / np.bincount(grouping.codes)
    else:
        means = fit.residual.variances_of_means(grouping.codes)
    within = float(means.mean()) * fit.estimates.sigma2
    return between + level1_variance(fit), between + within


def _nakagawa_schielzeth(fit: Partitioned) -> list[tuple[str, str, float]]:
    fixed = float(np.var(fit.design.X @ fit.estimates.beta, ddof=1))
    random = sum(
        float(np.einsum("n,na,ab,nb->n", g.scale(rho), g.Z, omega, g.Z).mean())
        for g, omega, rho in zip(
            fit.design.groupings, fit.estimates.covariances, fit.estimates.rhos, strict=True
        )
    )
    total = fixed + random + level1_variance(fit)
    name = "Nakagawa-Schielzeth"
    return [(name, "marginal", fixed / total), (name, "conditional", (fixed + random) / total)]
