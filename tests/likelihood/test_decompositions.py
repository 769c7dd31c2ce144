"""Triangular factors and eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

from mlmbook.likelihood.decompositions import cholesky, eigen, orthogonal

RNG = np.random.default_rng(7)
X = RNG.normal(size=(9, 4))
S = X.T @ X


def test_cholesky() -> None:
    L = cholesky(S)
    np.testing.assert_allclose(L @ L.T, S, atol=1e-12)
    np.testing.assert_array_equal(L, np.tril(L))


def test_no_cholesky_factor() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        cholesky(-S)


def test_eigenvalues() -> None:
    values, vectors = eigen(S - 3 * np.eye(4))
    np.testing.assert_allclose(vectors * values @ vectors.T, S - 3 * np.eye(4), atol=1e-12)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(4), atol=1e-12)
    assert (np.diff(values) > 0).all()


def test_no_eigenvalues() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="not found"):
        eigen(np.full((5, 5), np.nan))


@pytest.mark.parametrize("columns", [X, np.asfortranarray(X), X[:, :1], X[::2, ::3]], ids=len)
def test_orthogonal(columns: np.ndarray) -> None:
    before = columns.copy()
    Q, R = orthogonal(columns)
    np.testing.assert_allclose(Q @ R, columns, atol=1e-12)
    np.testing.assert_allclose(Q.T @ Q, np.eye(columns.shape[1]), atol=1e-12)
    np.testing.assert_array_equal(R, np.triu(R))
    np.testing.assert_array_equal(columns, before)
