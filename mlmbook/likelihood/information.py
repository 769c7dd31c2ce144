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
        products, E, r = self.model.products, self.elimination.E, self.model.nrandom
        c = self.model.structure.directions(self.t)  # one array (directions, k, groups) a factor
        n = len(c[0])
        first = np.einsum("abq,ibq->aqi", products.A, c[0])  # Z1'q, one column a direction
        if r:
            coefficients = _stacked(c[1:])
            first = np.concatenate([first, products.random_times(coefficients)], axis=2)
        own = -np.einsum("abq,bqj->aqj", E, first)
        own[:, :, :n] += c[0].transpose(1, 2, 0)
        other = products.transposed(own)  # [Z2 ... X y]'q, the first factor's effects taken out
        inner: Floats = np.einsum("aqi,aqj->ij", own[:, :, :n], first)
        if r:
            other[:, n:] += products.C[:, :r] @ coefficients
            inner = np.concatenate([inner, coefficients.T @ other[:r]])
        half = solve_lower(self.L[:-1, :-1], self.scaled(other)[:-1])
        inner -= half.T @ half
        if self.model.sigma2 is None:
            score = self.model.structure.by_element(self.squares)
            inner -= score[:, None] * score / self.rss
        return inner / self.sigma2

    def by_theta(self, curvature: Floats) -> tuple[Floats, Floats]:
        """First and second derivatives by theta, given the second ones by the elements of Psi."""
        structure = self.model.structure
        slopes, J = structure.by_element(self.slopes), structure.jacobian(self.theta)
        return slopes @ J, J.T @ curvature @ J + structure.curvature(slopes)


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
