"""The first guess: exact where all groups are alike, and a place to begin elsewhere."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.likelihood.balanced import LEAST, SIZE, guess


def fitted(formula: str, data: pd.DataFrame) -> mlm.Fit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        return mlm.fit(formula, data)


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("reaction ~ days + (days | subject)", "sleepstudy"),
        ("distance ~ age + (1 | subject)", "orthodont"),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"),
    ],
)
@pytest.mark.parametrize("size", [0.1, 0.7, 3.0])
def test_exact_for_balanced_data(formula: str, name: str, size: float, monkeypatch) -> None:
    """Whatever the matrix is at which the likelihood is looked at."""
    monkeypatch.setattr("mlmbook.likelihood.balanced.SIZE", size)
    point = fitted(formula, mlm.load(name)).estimates.optimum.point
    for psi, best in zip(point.model.at(guess(point.model)).psis, point.psis, strict=True):
        np.testing.assert_allclose(psi, best, rtol=1e-6, atol=1e-8)


def test_effects_that_do_not_vary_are_given_a_little() -> None:
    data = pd.DataFrame({"g": np.repeat(np.arange(8), 4), "y": np.tile([1.0, 2.0, 4.0, 7.0], 8)})
    fit = fitted("y ~ 1 + (1 | g)", data)
    assert fit.singular
    np.testing.assert_allclose(np.abs(guess(fit.estimates.optimum.point.model)), LEAST)


def test_effects_that_the_fixed_part_has_too_are_not_guessed() -> None:
    """The restricted likelihood says nothing of them."""
    data = pd.DataFrame({"g": np.repeat(np.arange(8), 4), "y": np.arange(32.0) ** 2})
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ C(g) + (1 | g)", data, reml=False)
    np.testing.assert_array_equal(guess(fit.estimates.optimum.point.model), SIZE)


def test_more_effects_than_rows_within_groups() -> None:
    """Nothing is left to tell the variance within groups by: the one of the likelihood is used."""
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(20), 2)
    data = pd.DataFrame({"g": g, "h": np.tile(np.arange(20), 2), "x": rng.normal(size=40)})
    data["y"] = rng.normal(size=20)[g] + rng.normal(size=40)
    fit = fitted("y ~ x + (1 | g) + (1 | h)", data)
    model = fit.estimates.optimum.point.model
    assert np.isfinite(guess(model)).all()
    assert fit.converged
