r"""Where the search begins: the estimates that would be exact if all groups were alike.

Let each group of a factor have the same :math:`A=Z_j'Z_j`, and let the fixed effects take nothing
but the mean of the groups. Then at any :math:`\Psi` all contrasts of the *q* groups have the same
:math:`W=(A^{-1}+\Psi)^{-1}` in :math:`Z'PZ`, and with the variances that are to be found,
:math:`\Psi^*` and :math:`\sigma^{*2}`, those of :math:`t=Z'Py` have covariance
:math:`\sigma^{*2}\,W(A^{-1}+\Psi^*)W`. So, with *k* effects of each group,

.. math::
   W = \frac1{q-1}\sum_j[Z'PZ]_{jj}, \qquad
   \Psi^* = \frac1{(q-1)\,\sigma^{*2}}\,W^{-1}\sum_jt_jt_j'\,W^{-1} - W^{-1} + \Psi, \qquad
   \sigma^{*2} = \frac{r^2 - \sum_f\operatorname{tr} W^{-1}\sum_jt_jt_j'}{n-p-\sum_f (q-1)k}.

Of balanced data, with one factor or crossed ones, these are the estimates of restricted maximum
likelihood, as an analysis of variance gives them; of others they are near.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .decompositions import eigen

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Gaussian, Point


SIZE = 0.7
"""The diagonal elements of Lambda at which W is computed."""
LEAST = 0.05
"""Least singular value of Lambda at the start: zero would be hard to leave."""
LOST = 0.05
"""Where an eigenvalue of W is below this, X or few rows leave too little of an effect to go by."""
LEFT = 1e-6
"""Where less than this share of the sum of squares is left within groups, it is not trusted."""


def guess(model: Gaussian) -> Floats:
    """Return a value of theta to begin with."""
    structure = model.structure
    point = model.by(reml=True).at(SIZE * structure.diagonal)
    contrasts = [max(factor.ngroups - 1, 1) for factor in model.factors]
    inverses: list[Floats] = []
    for trace, many in zip(point.traces, contrasts, strict=True):
        values, vectors = eigen(trace / many)
        if (values < LOST).any():
            return point.theta
        inverses.append(vectors / values @ vectors.T)
    sigma2 = model.sigma2 or _residual_variance(point, inverses, contrasts)
    psis = [
        inverse @ squares @ inverse / (many * sigma2) - inverse + psi
        for inverse, squares, many, psi in zip(
            inverses, point.squares, contrasts, point.psis, strict=True
        )
    ]
    return structure.parameters(psis, LEAST**2)


def _residual_variance(point: Point, inverses: list[Floats], contrasts: list[int]) -> float:
    """Return the variance within groups, or the one at Psi where that cannot be told."""
    within, freedom = point.rss, point.model.dof
    for inverse, squares, many in zip(inverses, point.squares, contrasts, strict=True):
        within -= float(np.vdot(inverse, squares))
        freedom -= many * len(inverse)
    if freedom > 0 and within > LEFT * point.rss:
        return within / freedom
    return point.sigma2
