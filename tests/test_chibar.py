"""Mixtures of chi-square distributions on the boundary."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import nnls

from mlmbook.chibar import DRAWS, cone_tail, mixture_tail, orthant_weights


def test_one_and_independent_ones_are_binomial() -> None:
    assert orthant_weights(np.array([[3.0]])).tolist() == [0.5, 0.5]
    np.testing.assert_allclose(orthant_weights(np.diag([1.0, 7.0])), [0.25, 0.5, 0.25])
    weights = orthant_weights(np.diag([1.0, 7.0, 0.2]))
    assert weights == pytest.approx([1 / 8, 3 / 8, 3 / 8, 1 / 8], abs=3 / np.sqrt(DRAWS))
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("k", [2, 3])
def test_weights_by_nonnegative_least_squares(k: int) -> None:
    rng = np.random.default_rng(k)
    root = rng.normal(size=(k + 1, k))
    J = root.T @ root
    half = np.linalg.cholesky(J).T
    counts = np.zeros(k + 1)
    for _ in range(4000):
        target = rng.standard_normal(k)  # half z, with z ~ N(0, J^-1)
        counts[(nnls(half, target)[0] > 0).sum()] += 1
    assert orthant_weights(J) == pytest.approx(counts / 4000, abs=0.03)


def test_a_circular_cone_has_known_weights() -> None:
    """2 x 2 matrices by their length are a cone around the identity, of 45 degrees."""
    J = np.diag([1.0, 2.0, 1.0])
    root = np.sqrt(0.5)
    weights = [(1 - root) / 2, root / 2, root / 2, (1 - root) / 2]
    for t in (0.5, 3.0, 12.0, 40.0):
        expected = mixture_tail(t, [0, 1, 2, 3], weights)
        assert cone_tail(t, J, [2], 0) == pytest.approx(expected, rel=0.03)
        shifted = mixture_tail(t, [2, 3, 4, 5], weights)
        assert cone_tail(t, J, [2], 2) == pytest.approx(shifted, rel=0.03)


def test_units_of_the_effects_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(6, 3))
    J = root.T @ root
    d = np.array([1.0, 100.0, 10000.0])  # elements (1, 1), (2, 1), (2, 2): second effect x 100
    for t in (1.0, 8.0):
        assert cone_tail(t, J / np.outer(d, d), [2], 0) == pytest.approx(
            cone_tail(t, J, [2], 0), rel=0.02
        )


def test_half_lines_are_cones() -> None:
    J = np.array([[2.0, 0.7], [0.7, 1.0]])
    weights = orthant_weights(J)
    for t in (0.3, 5.0, 25.0):
        expected = mixture_tail(t, [1, 2, 3], weights)
        assert cone_tail(t, J, [1, 1], 1) == pytest.approx(expected, rel=0.03)
    assert mixture_tail(0, [0, 1], [0.5, 0.5]) == 1
    assert mixture_tail(4, [0, 1], [0.5, 0.5]) == pytest.approx(stats.chi2.sf(4, 1) / 2)
