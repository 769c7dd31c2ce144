r"""How the covariance of the fixed effects depends on the variance components.

With :math:`\operatorname{var}(y)=\sigma^2V`, :math:`V=I+Z\Psi Z'` and :math:`M=X'V^{-1}X`, the
covariance of :math:`\hat\beta` is :math:`C=\sigma^2M^{-1}`. For a combination :math:`c'\beta`
let :math:`u = Z'V^{-1}XM^{-1}c`, with :math:`u_j` its part for group *j*. Then

.. math::
   \frac{\partial\,c'Cc}{\partial\Psi} = \sigma^2\sum_j u_ju_j', \qquad
   \frac{\partial\,c'Cc}{\partial\log\sigma} = 2\,c'Cc .

The combinations that are asked for are the coefficients in the units of the data, which are
:math:`R^{-1}` times those of the engine (:mod:`mlmbook.likelihood.basis`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats
    from .basis import Basis
    from .gaussian import Point


def random_by_fixed(point: Point) -> list[Floats]:
    """Return :math:`Z'V^{-1}X` of each factor, shape (k, groups, fixed effects)."""
    model, L = point.model, point.L
    r, p = model.nrandom, model.nfixed
    weights = np.zeros((len(L), p))
    if r:
        weights[:r] = -solve_lower(L[:r, :r], L[r:-1, :r].T, transposed=True)
    weights[r:-1] = np.eye(p)
    columns = point.unscaled(weights)
    left = model.products.times(columns)
    first = np.einsum("abq,bqm->aqm", point.elimination.T, left)
    rest = point.K[:r] @ columns
    sizes = [len(root) for root in point.roots[1:]]
    return [
        first,
        *(rest[at].reshape(k, -1, p) for at, k in zip(model.slices, sizes, strict=True)),
    ]


def combinations(basis: Basis) -> Floats:
    """Return the coefficients in the units of the data as columns c, up to the scale of y."""
    inverse: Floats = np.linalg.solve(basis.R, np.eye(len(basis.R))).T
    return inverse


def unit_combinations(basis: Basis, combinations: Floats) -> Floats:
    """Return combinations of coefficients in the units of the data as columns c of length one."""
    c = np.linalg.solve(basis.R.T, combinations)
    c /= np.abs(c).max(axis=0)  # squares of very large units would overflow
    unit: Floats = c / np.linalg.norm(c, axis=0)
    return unit


def slopes_of_variance(point: Point, c: Floats) -> list[list[Floats]]:
    r"""Return :math:`\sum_ju_ju_j'` for each column of `c` (outer) and each factor (inner)."""
    solved = point.vcov @ c
    directions = [cross @ solved for cross in random_by_fixed(point)]
    return [
        [np.einsum("aq,bq->ab", u[:, :, i], u[:, :, i]) for u in directions]
        for i in range(c.shape[1])
    ]
