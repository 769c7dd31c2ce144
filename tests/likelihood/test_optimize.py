"""The search for the minimum, and the boundary of the covariance matrices."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize as scipy_minimize

import mlmbook as mlm
from mlmbook.likelihood.optimize import NULL, Optimum, minimize

FORMULAS = (
    "y ~ x + (x | g)",
    "y ~ x + (x || g)",
    "y ~ x + w + (x + w | g)",
    "y ~ x + (1 | g) + (1 | h)",
    "y ~ x + (x | g) + (1 | h)",
)


def small_world(seed: int) -> tuple[str, pd.DataFrame]:
    """Few and small groups, variances that are often zero: half of the optima are singular."""
    rng = np.random.default_rng(seed)
    ngroups = int(rng.integers(5, 40))
    g = np.repeat(np.arange(ngroups), rng.integers(2, 15, ngroups))
    n = len(g)
    x, w, h = rng.normal(size=n), rng.normal(size=n), rng.integers(0, 12, n)
    s0, s1 = rng.choice([0, 0.1, 0.5, 1.5, 30]), rng.choice([0, 0.05, 0.3, 1, 10])
    rho = rng.uniform(-1, 1)
    cover = np.array([[s0**2, rho * s0 * s1], [rho * s0 * s1, s1**2]])
    u = rng.multivariate_normal([0, 0], cover, ngroups)
    y = 1 + 0.5 * x + u[g, 0] + u[g, 1] * x + rng.choice([0, 0.3]) * rng.normal(size=12)[h]
    data = pd.DataFrame({"y": y + rng.normal(size=n), "x": x, "w": w, "g": g, "h": h})
    return FORMULAS[seed % len(FORMULAS)], data


def optimum_of(seed: int) -> Optimum:
    formula, data = small_world(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        return mlm.fit(formula, data, reml=seed % 2 == 0).estimates.optimum


@pytest.mark.parametrize("seed", range(60))
def test_no_other_search_finds_a_lower_deviance(seed: int) -> None:
    optimum = optimum_of(seed)
    model, diagonal = optimum.point.model, optimum.point.model.structure.diagonal
    rng = np.random.default_rng(seed)
    assert optimum.converged

    def deviance(theta: np.ndarray) -> tuple[float, np.ndarray]:
        point = model.at(theta)
        return point.deviance, point.gradient

    for scale in (0.1, 1.0, 5.0):
        start = scale * (diagonal + 0.1 * rng.normal(size=len(diagonal)))
        other = minimize(model, start).point.deviance
        assert optimum.point.deviance < other + 1e-6
        other = scipy_minimize(deviance, start, jac=True, method="L-BFGS-B").fun
        assert optimum.point.deviance < other + 1e-6


@pytest.mark.parametrize("seed", range(60))
def test_conditions_of_a_minimum(seed: int) -> None:
    """The gradient is zero, and no direction into the interior lowers the deviance."""
    optimum = optimum_of(seed)
    point = optimum.point
    assert np.abs(point.gradient).max() < 1e-3
    spaces = point.model.structure.null_vectors(point.psis, NULL)
    assert optimum.singular == any(space.shape[1] for blocks in spaces for space in blocks)
    for blocks, slope in zip(spaces, point.slopes, strict=True):
        for space in blocks:
            if space.shape[1]:
                assert np.linalg.eigvalsh(space.T @ slope @ space).min() > -1e-3


def test_a_start_at_zero_is_left() -> None:
    """No variance at all is a stationary point, and not the minimum here."""
    fit = mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))
    model = fit.estimates.optimum.point.model
    optimum = minimize(model, np.zeros(4))
    assert optimum.point.deviance == pytest.approx(fit.estimates.optimum.point.deviance, abs=1e-8)
    assert not optimum.singular


def test_a_search_that_is_stopped_does_not_claim_a_minimum(monkeypatch) -> None:
    monkeypatch.setattr("mlmbook.likelihood.optimize.MAX_STEPS", 2)
    unbalanced = mlm.load("sleepstudy").drop(range(0, 180, 7))
    with pytest.warns(mlm.ConvergenceWarning, match="could not be verified"):
        fit = mlm.fit("reaction ~ days + (days | subject)", unbalanced)
    assert not fit.converged
    assert "not converged" in repr(fit)


@pytest.mark.parametrize("reml", [True, False])
def test_groups_that_differ_very_much(reml: bool) -> None:
    """Heights of boys: nearly all variance is between them, and the start is far off."""
    formula = "height ~ age + I(age**2) + (age + I(age**2) | subject)"
    optimum = mlm.fit(formula, mlm.load("oxboys"), reml=reml).estimates.optimum
    assert optimum.converged
    assert optimum.steps < 20


@pytest.mark.parametrize("reml", [True, False])
def test_a_likelihood_without_a_bound_is_not_converged(reml: bool) -> None:
    """Fifteen effects of five groups reproduce the eight rows of a stratum; rounding ends it."""
    formula, data = small_world(1197)
    strata = mlm.VarianceBy("s")
    with pytest.warns(mlm.ConvergenceWarning, match="could not be verified"):
        fit = mlm.fit(formula, data.assign(s=np.arange(len(data)) % 3), residual=strata, reml=reml)
    assert not fit.converged


def test_a_search_turns_back_where_weights_are_too_large_to_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No column seems to be left there, which says nothing about the data."""
    seen = []

    def stray(objective, start, **options):
        seen.append(objective(np.full_like(start, -800.0))[0])

    monkeypatch.setattr("scipy.optimize.minimize", stray)
    data = mlm.load("sleepstudy")
    strata = mlm.VarianceBy("half")
    mlm.fit("reaction ~ days + (1 | subject)", data.assign(half=data["days"] > 4), residual=strata)
    assert seen == [np.inf]


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_the_rho_of_effects_without_variance_is_no_obstacle(seed: int) -> None:
    """Districts do not differ, so their rho changes nothing; the rest has a minimum."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(12), rng.integers(2, 8, 12))
    data = pd.DataFrame({"g": g, "s": np.arange(len(g)) % 2})
    data["y"] = rng.normal(size=len(g)) * (1 + data["s"])
    line = {j: [k for k in (j - 1, j + 1) if 0 <= k < 12] for j in range(12)}
    strata = mlm.VarianceBy("s")
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ 1 + (1 | car(g))", data, neighbours=line, residual=strata)
    with pytest.warns(mlm.SingularFitWarning):
        plain = mlm.fit("y ~ 1 + (1 | g)", data, residual=strata)
    assert fit.converged
    assert fit.singular
    assert fit.deviance == pytest.approx(plain.deviance, abs=1e-7)
