"""Covariance matrices by standard deviations and angles."""

from __future__ import annotations

import numpy as np
import pytest

from mlmbook.likelihood.spherical import Spherical

BLOCKS = [(1, (2, 0, 1)), (0, (0,))]
SIZES = [1, 3]


def matrices(seed: int) -> list[np.ndarray]:
    root = np.random.default_rng(seed).normal(size=(3, 4))
    return [np.array([[2.5]]), root @ root.T]


@pytest.mark.parametrize("logs", [0, 2])
def test_there_and_back(logs: int) -> None:
    at, given = Spherical(SIZES, BLOCKS, logs), matrices(1)
    back = at.covariances(at.vector(given, [np.zeros(1), np.zeros(3)]))
    for one, two in zip(back, given, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)


def test_the_first_elements_are_a_standard_deviation_and_a_correlation() -> None:
    at, (_, omega) = Spherical(SIZES, BLOCKS), matrices(2)
    x = at.vector([np.eye(1), omega], [np.zeros(1), np.zeros(3)])
    assert x[0] == pytest.approx(np.sqrt(omega[2, 2]))
    x[0], x[3] = 7, np.arccos(0.25)
    _, moved = at.covariances(x)
    assert moved[2, 2] == pytest.approx(49)
    assert moved[2, 0] / np.sqrt(moved[2, 2] * moved[0, 0]) == pytest.approx(0.25)


@pytest.mark.parametrize("logs", [0, 2])
def test_any_vector_gives_a_covariance_matrix_and_its_slopes(logs: int) -> None:
    at = Spherical(SIZES, BLOCKS, logs)
    x = np.random.default_rng(3).normal(size=at.size)
    for omega in at.covariances(x):
        assert np.linalg.eigvalsh(omega)[0] > -1e-12
    for number, slopes in enumerate(at.slopes(x)):
        step = 1e-6 * np.eye(at.size)[number]
        for slope, one, two in zip(
            slopes, at.covariances(x + step), at.covariances(x - step), strict=True
        ):
            np.testing.assert_allclose(slope, (one - two) / 2e-6, atol=1e-7)


def test_a_standard_deviation_of_zero_starts_above_it() -> None:
    at, omega = Spherical([2], [(0, (0, 1))]), np.array([[4.0, 0], [0, 0]])
    assert at.vector([omega], [np.full(2, 0.1)])[:2].tolist() == [2, 0.1]
