r"""The distribution of a likelihood ratio on the boundary: a chi-bar-square.

Where parameters of the larger model lie, under the null hypothesis, at the edge of what is
possible, the likelihood ratio behaves as the squared length of the projection of a normal vector
on a cone [1]_ [2]_. With :math:`z\sim N(0, J^{-1})`, *J* the information about what is at the edge
(all else taken out), *K* the cone, and *m* parameters more that are free,

.. math:: T = \chi^2_m + z'Jz - \min_{s\in K}(z-s)'J(z-s) .

For *k* variances that are independent of each other, *K* is the positive orthant and *T* a mixture
:math:`\sum_i w_i\chi^2_{m+i}`, with :math:`w_i` the probability that *i* of the projection's
elements are positive; for *k* = 2 with the angle of :math:`J^{-1}`,
:math:`w_2=\tfrac14+\arcsin(r)/2\pi`, :math:`w_1=\tfrac12`. For *k* effects that may correlate, *K*
are the positive semidefinite matrices. Then the length of *z* and its direction are drawn apart:
:math:`T=R^2s`, with :math:`R^2\sim\chi^2_{m+d}` and *s* the share of the squared length that the
projection keeps, so that :math:`P(T>t)=\mathrm E\,P(\chi^2_{m+d}>t/s)` is exact far out as well.

References
----------
.. [1] Self & Liang (1987), J. Am. Stat. Assoc. 82, 605-610.
.. [2] Stram & Lee (1994), Biometrics 50, 1171-1177; Shapiro (1988), Int. Stat. Rev. 56, 49-62.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .arrays import Floats

__all__ = ["cone_tail", "mixture_tail", "orthant_weights"]

DRAWS = 20_000
SEED = 20261
"""The weights are numbers, not estimates: the same each time."""
STEPS = 500
NEAR = 1e-9


def mixture_tail(t: float, degrees: Sequence[int], weights: Sequence[float]) -> float:
    """Return the upper tail of a mixture of chi-square distributions; 0 degrees: a point at 0."""
    from scipy.special import chdtrc

    tails = [float(chdtrc(df, t)) if df else float(t <= 0) for df in degrees]
    return float(np.dot(weights, tails))


def orthant_weights(J: Floats) -> Floats:
    """Return the probabilities that 0, 1, ... k elements of the projection are positive.

    Parameters
    ----------
    J : ndarray, shape (k, k)
        Information.
    """
    k = len(J)
    covariance = np.linalg.inv(J)
    if k == 1:
        return np.array([0.5, 0.5])
    if k == 2:
        r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
        both = 0.25 + np.arcsin(r) / (2 * np.pi)
        return np.array([0.5 - both, 0.5, both])
    z = np.random.default_rng(SEED).standard_normal((DRAWS, k)) @ np.linalg.cholesky(covariance).T
    counts = np.zeros(len(z), dtype=int)
    for face in product([False, True], repeat=k):  # the one whose conditions hold
        inside, outside = np.flatnonzero(face), np.flatnonzero(~np.array(face))
        s = np.zeros_like(z)
        if len(inside):
            gain = np.linalg.solve(J[np.ix_(inside, inside)], J[np.ix_(inside, outside)])
            s[:, inside] = z[:, inside] + z[:, outside] @ gain.T
        slope = (z - s) @ J
        holds = (s[:, inside] > 0).all(axis=1) & (slope[:, outside] <= 0).all(axis=1)
        counts[holds] = len(inside)
    weights: Floats = np.bincount(counts, minlength=k + 1) / len(z)
    return weights


def cone_tail(t: float, J: Floats, blocks: Sequence[int], free: int) -> float:
    """Return the upper tail where effects at the edge may correlate.

    Parameters
    ----------
    t : float
    J : ndarray, shape (d, d)
        Information about the lower triangles of symmetric matrices, row by row, end to end.
    blocks : sequence of int
        The size of each matrix.
    free : int
        Parameters that are not at the edge.
    """
    from scipy.special import chdtrc

    rng = np.random.default_rng(SEED)
    units = _units(J, blocks)
    J = J / np.outer(units, units)
    L = np.linalg.cholesky(J)
    z = np.linalg.solve(L.T, rng.standard_normal((len(J), DRAWS // 4))).T
    length = np.einsum("nd,de,ne->n", z, J, z)
    left = z - _project(z, J, blocks)
    kept = length - np.einsum("nd,de,ne->n", left, J, left)
    unbound = rng.chisquare(free, len(z)) if free else 0.0
    share = np.clip((unbound + kept) / (unbound + length), 1e-300, 1.0)
    return float(np.mean(chdtrc(free + len(J), t / share))) if t > 0 else 1.0


def _units(J: Floats, blocks: Sequence[int]) -> Floats:
    """Return what to multiply elements by.

    Effects get units in which each variance has information of about one (which leaves the cone
    as it is), and elements off the diagonal a root of two, with which the length of the vector is
    that of the matrix.
    """
    units, start = np.empty(len(J)), 0
    for k in blocks:
        rows, columns = np.tril_indices(k)
        at = np.arange(start, start + len(rows))
        effect = np.diagonal(J)[at[rows == columns]] ** 0.25
        units[at] = effect[rows] * effect[columns] * np.where(rows == columns, 1.0, np.sqrt(2.0))
        start += len(rows)
    return units


def _project(z: Floats, J: Floats, blocks: Sequence[int]) -> Floats:
    """Find the nearest point of the cone in the metric J, by accelerated projected gradients."""
    values = np.linalg.eigvalsh(J)
    s = ahead = _nearest(z, blocks)
    momentum = 1.0
    for _ in range(STEPS):
        moved = _nearest(ahead + (z - ahead) @ J / values[-1], blocks)
        again = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / again * (moved - s)
        change = float(np.abs(moved - s).max())
        s, momentum = moved, again
        if change < NEAR * np.abs(z).max():
            break
    return s


def _nearest(s: Floats, blocks: Sequence[int]) -> Floats:
    """Put the negative eigenvalues of each matrix at zero."""
    nearest, start = np.empty_like(s), 0
    for k in blocks:
        rows, columns = np.tril_indices(k)
        at = slice(start, start + len(rows))
        matrices = np.zeros((len(s), k, k))
        scale = np.where(rows == columns, 1.0, np.sqrt(0.5))
        matrices[:, rows, columns] = matrices[:, columns, rows] = s[:, at] * scale
        values, vectors = np.linalg.eigh(matrices)
        kept = vectors * np.maximum(values, 0)[:, None, :] @ vectors.transpose(0, 2, 1)
        nearest[:, at] = kept[:, rows, columns] / scale
        start = at.stop
    return nearest
