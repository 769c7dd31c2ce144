"""A better-conditioned copy of the columns, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from mlmbook.likelihood.basis import NoVariationError, RankError, orthonormal, random_basis

RNG = np.random.default_rng(3)
X = np.column_stack([np.ones(30), RNG.normal(size=30), RNG.normal(1e6, 1, 30)])
Y = X @ [3.0, -2.0, 0.5] + RNG.normal(size=30)


def test_the_way_back_leads_to_least_squares() -> None:
    basis = orthonormal(X, Y)
    np.testing.assert_allclose(basis.Q.T @ basis.Q, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(basis.Q.T @ basis.y, 0, atol=1e-10)
    expected = np.linalg.lstsq(X, Y, rcond=None)[0]
    np.testing.assert_allclose(basis.coefficients(np.zeros(3)), expected, rtol=1e-6)


def test_covariance_and_determinant() -> None:
    basis = orthonormal(X[:, :2], Y)
    cross = np.linalg.inv(X[:, :2].T @ X[:, :2])
    np.testing.assert_allclose(basis.covariance(np.eye(2)), cross * basis.scale**2, rtol=1e-10)
    assert basis.log_det == pytest.approx(-np.log(np.linalg.det(cross)) / 2)


@pytest.mark.parametrize("extra", [np.zeros(30), np.full(30, 7.0), 2 * X[:, 1] - 5])
def test_a_column_too_many_is_named(extra: np.ndarray) -> None:
    with pytest.raises(RankError) as error:
        orthonormal(np.column_stack([X[:, :2], extra]), Y)
    assert (error.value.column, error.value.factor) == (2, None)


def test_nothing_left_of_y() -> None:
    with pytest.raises(NoVariationError):
        orthonormal(X, X @ [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "blocks", [[(0, 1, 2)], [(0, 1), (2,)], [(0,), (1,), (2,)], [(0, 2), (1,)]]
)
def test_only_columns_of_one_block_are_mixed(blocks: list[tuple[int, ...]]) -> None:
    Z, maker = random_basis(X, blocks, 0)
    np.testing.assert_allclose(Z, X @ maker)
    allowed = np.zeros((3, 3), dtype=bool)
    for block in blocks:
        allowed[np.ix_(block, block)] = True
        within = Z[:, block]
        np.testing.assert_allclose(within.T @ within / 30, np.eye(len(block)), atol=1e-8)
    assert not maker[~allowed].any()


def test_a_random_column_too_many_is_named() -> None:
    with pytest.raises(RankError) as error:
        random_basis(np.column_stack([X[:, 0], 3 * X[:, 0]]), [(0,), (1,)], 4)
    assert (error.value.column, error.value.factor) == (1, 4)
