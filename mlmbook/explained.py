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
from .likelihood.estimates import Estimates
from .maximum import best
from .plain import refuse_unless_plain

if TYPE_CHECKING:
    from .arrays import Floats
    from .result import Fit

__all__ = ["r2"]


def r2(fit: Fit) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.r2`."""
    refuse_unless_plain(fit, "r2()")
    null = _with_intercepts(fit, np.ones((fit.nobs, 1)))
    rows = [
        *_raudenbush_bryk(fit, null),
        *_snijders_bosker(fit, null),
        *_nakagawa_schielzeth(fit),
    ]
    return pd.DataFrame(rows, columns=["definition", "level", "r2"])


def _with_intercepts(fit: Fit, X: Floats) -> Estimates:
    """Fit a model with other fixed effects, and one random intercept a factor, to the same rows."""
    constant = Columns((INTERCEPT,), np.ones((fit.nobs, 1)), None)
    groupings = tuple(
        replace(grouping, parts=(constant,), blocks=((0,),)) for grouping in fit.design.groupings
    )
    fixed = replace(fit.design.fixed, values=X)
    design = replace(fit.design, fixed=fixed, groupings=groupings)
    return best(design, None, reml=fit.reml)[0]


def _raudenbush_bryk(fit: Fit, null: Estimates) -> list[tuple[str, str, float]]:
    name = "Raudenbush-Bryk"
    rows = [(name, "Residual", 1 - fit.estimates.sigma2 / null.sigma2)]
    for number, grouping in enumerate(fit.design.groupings):
        if INTERCEPT in grouping.terms:
            at = grouping.terms.index(INTERCEPT)
            before = null.covariances[number][0, 0]
            after = fit.estimates.covariances[number][at, at]
            share = float(1 - after / before) if before > 0 else np.nan
            rows.append((name, grouping.name, share))
    return rows


def _snijders_bosker(fit: Fit, null: Estimates) -> list[tuple[str, str, float]]:
    """Two levels only: with more, or shared units, a group mean has no one definition."""
    if len(fit.design.groupings) > 1 or fit.design.groupings[0].special is not None:
        return []
    (grouping,) = fit.design.groupings
    n = 1 / np.mean(1 / np.bincount(grouping.codes))
    plain = grouping.terms == (INTERCEPT,)
    model = fit.estimates if plain else _with_intercepts(fit, fit.design.X)
    between = [float(m.covariances[0][0, 0]) for m in (model, null)]
    name = "Snijders-Bosker"
    return [
        (name, level, 1 - (between[0] + model.sigma2 / size) / (between[1] + null.sigma2 / size))
        for level, size in (("Residual", 1.0), (grouping.name, float(n)))
    ]


def _nakagawa_schielzeth(fit: Fit) -> list[tuple[str, str, float]]:
    fixed = float(np.var(fit.design.X @ fit.estimates.beta, ddof=1))
    random = sum(
        float(np.einsum("n,na,ab,nb->n", g.scale(rho), g.Z, omega, g.Z).mean())
        for g, omega, rho in zip(
            fit.design.groupings, fit.estimates.covariances, fit.estimates.rhos, strict=True
        )
    )
    total = fixed + random + fit.estimates.sigma2
    name = "Nakagawa-Schielzeth"
    return [(name, "marginal", fixed / total), (name, "conditional", (fixed + random) / total)]
