r"""Where the search begins: the estimates that would be exact if all groups were alike.

Let each group of a factor have the same :math:`A=Z_j'Z_j`, and its effects alone explain what
differs between groups. Then at any :math:`\Psi` the :math:`Z'V^{-1}Z` of a group is
:math:`W=(A^{-1}+\Psi)^{-1}`, and with the variances that are to be found, :math:`\Psi^*` and
:math:`\sigma^{*2}`, the sums :math:`t_j=Z_j'Py` have covariance
:math:`\sigma^{*2}\,W(A^{-1}+\Psi^*)W`. So, with *q* groups of *k* effects,

.. math::
   \Psi^* = \frac1{q\sigma^{*2}}\,W^{-1}\sum_jt_jt_j'\,W^{-1} - W^{-1} + \Psi, \qquad
   \sigma^{*2} = \frac{r^2 - \sum_f\operatorname{tr} W^{-1}\sum_jt_jt_j'}{n-\sum_f qk}.

Of balanced data with one factor these are the estimates of maximum likelihood, as an analysis of
variance gives them; of others they are near. *W* is taken from the likelihood at one :math:`\Psi`,
as the mean over the groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Floats
    from .gaussian import Gaussian, Point


SIZE = 0.7
"""The diagonal elements of Lambda at which W is computed."""
LEAST = 0.05
"""Least singular value of Lambda at the start: zero would be hard to leave."""
LEFT = 1e-6
"""Where less than this share of the sum of squares is left within groups, it is not trusted."""


def guess(model: Gaussian) -> Floats:
    """Return a value of theta to begin with."""
    structure = model.structure
    point = model.by(reml=False).at(SIZE * structure.diagonal)
    inverses = [
        np.linalg.inv(trace / factor.ngroups)
        for trace, factor in zip(point.traces, model.factors, strict=True)
    ]
    sigma2 = model.sigma2 or _residual_variance(point, inverses)
    psis = [
        inverse @ squares @ inverse / (factor.ngroups * sigma2) - inverse + psi
        for inverse, squares, factor, psi in zip(
            inverses, point.squares, model.factors, point.psis, strict=True
        )
    ]
    return structure.parameters(psis, LEAST**2)


def _residual_variance(point: Point, inverses: list[Floats]) -> float:
    """Return the variance within groups, or the one at Psi where that cannot be told."""
    model = point.model
    within, freedom = point.rss, model.nobs
    for inverse, squares, factor in zip(inverses, point.squares, model.factors, strict=True):
        within -= float(np.vdot(inverse, squares))
        freedom -= factor.ngroups * len(inverse)
    if freedom > 0 and within > LEFT * point.rss:
        return within / freedom
    return point.sigma2
