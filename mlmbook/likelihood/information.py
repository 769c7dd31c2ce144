r"""The information matrix: second derivatives of the deviance without traces.

The average of observed and expected information [1]_ needs only solutions: with *P* as in
:mod:`mlmbook.likelihood.solution` and :math:`q_i = (\partial V/\partial\psi_i)Py`,

.. math:: H_{ik} = \frac{m}{r^2}\Bigl(q_i'Pq_k - \frac{(y'Pq_i)(y'Pq_k)}{r^2}\Bigr).

Where :math:`\sigma` is known, :math:`m/r^2` is :math:`1/\sigma^2`, and nothing is subtracted.

References
----------
.. [1] Gilmour, Thompson & Cullis (1995), Biometrics 51, 1440-1450.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .gradient import Sloped
from .triangular import solve_lower

if TYPE_CHECKING:
    from ..arrays import Floats


class Informed(Sloped):
    """The deviance, its slopes and its curvature at one value of theta."""

    @cached_property
    def information(self) -> Floats:
        """Average information for the elements of all Psi."""
        products, E = self.model.products, self.elimination.E
        c = self.model.structure.directions(self.t)  # one array (directions, k, groups) a factor
        score = np.concatenate(
            [ci.reshape(len(ci), t.size) @ t.ravel() for ci, t in zip(c, self.t, strict=True)]
        )
        size, r = len(score), self.model.nrandom
        first = np.zeros((*E.shape[1:], size))  # Z1'q, one column a direction
        other = np.zeros((len(self.K), size))  # [Z2 ... X y]'q
        n = len(c[0])
        first[:, :, :n] = np.einsum("abq,ibq->aqi", products.A, c[0])
        other[:, :n] = products.transposed(c[0].transpose(1, 2, 0))
        if r:
            coefficients = _stacked(c[1:])
            first[:, :, n:] = products.random_times(coefficients)
            other[:, n:] = products.C[:, :r] @ coefficients
        inner = np.zeros((size, size))
        inner[:n] = np.einsum("iaq,aqj->ij", c[0], first)
        if r:
            inner[n:] = coefficients.T @ other[:r]
        solved = np.einsum("abq,bqj->aqj", E, first)
        inner -= np.einsum("aqi,aqj->ij", first, solved)
        left = self.scaled(other - products.transposed(solved))
        half = solve_lower(self.L[:-1, :-1], left[:-1])
        inner -= half.T @ half
        if self.model.sigma2 is None:
            inner -= np.outer(score, score) / self.rss
        return inner / self.sigma2

    def hessian(self, correction: Floats) -> Floats:
        """Second derivatives by theta, with information plus `correction` for those by Psi."""
        J = self.model.structure.jacobian(self.roots)
        second = J.T @ (self.information + correction) @ J
        return second + self.model.structure.curvature(self.slopes)


def _stacked(directions: Sequence[Floats]) -> Floats:
    """Put directions of several factors side by side, each in the rows of its own factor."""
    rows = sum(c.shape[1] * c.shape[2] for c in directions)
    columns = sum(len(c) for c in directions)
    stacked = np.zeros((rows, columns))
    row = column = 0
    for c in directions:
        size = c.shape[1] * c.shape[2]
        stacked[row : row + size, column : column + len(c)] = c.reshape(len(c), size).T
        row, column = row + size, column + len(c)
    return stacked
