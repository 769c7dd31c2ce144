"""Solving with the Cholesky factor."""

from __future__ import annotations

import numpy as np
import pytest

from mlmbook.likelihood.triangular import solve_lower

L = np.tril(np.arange(1.0, 17.0).reshape(4, 4))


@pytest.mark.parametrize("right", [np.arange(4.0), np.eye(4), np.ones((4, 2)), np.ones((2, 4)).T])
def test_solves(right: np.ndarray) -> None:
    before = right.copy()
    np.testing.assert_allclose(L @ solve_lower(L, right), right, atol=1e-12)
    np.testing.assert_allclose(L.T @ solve_lower(L, right, transposed=True), right, atol=1e-12)
    np.testing.assert_array_equal(right, before)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (4, 0)])
def test_nothing_to_solve_for(shape: tuple[int, ...]) -> None:
    assert solve_lower(np.zeros((shape[0], shape[0])), np.zeros(shape)).shape == shape
