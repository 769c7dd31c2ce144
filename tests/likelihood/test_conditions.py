"""What is claimed of an optimum: conditions of a minimum, and the slopes they rest on."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest
from level1_models import MODELS, data

import mlmbook as mlm
from mlmbook.engine import joint
from mlmbook.likelihood import estimates, optimize, outer
from mlmbook.likelihood.joint import Evaluation, Joint
from mlmbook.likelihood.optimize import Optimum, violation

SLEEP = mlm.load("sleepstudy")
PLAIN = {
    "sleepstudy__slopes": ("reaction ~ days + (days | subject)", None),
    "penicillin__crossed": ("diameter ~ 1 + (1 | plate) + (1 | sample)", None),
    "egsingle__nested": ("math ~ year + (year | school/child)", None),
    "scotssec__strata": (
        "attain ~ verbal + female + (verbal | primary) + (1 | secondary)",
        mlm.VarianceBy("female"),
    ),
    "orthodont__both": (
        "distance ~ age11 * sex",
        [mlm.VarianceBy("sex"), mlm.Unstructured("occ", group="subject")],
    ),
}
SETTLING = ("bodyweight__varpower", "bodyweight__varpower_ar1")
ALL = {name: model for name, model in {**PLAIN, **MODELS}.items() if name not in SETTLING}
models = pytest.mark.parametrize("name", ALL)
methods = pytest.mark.parametrize("reml", [True, False], ids=["REML", "ML"])


@cache
def fitted(name: str, *, reml: bool) -> mlm.Fit:
    formula, residual = ALL[name]
    frame = data(name.split("__")[0]).head(600)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        return mlm.fit(formula, frame, residual=residual, reml=reml)


def slopes(there: Evaluation) -> np.ndarray:
    """Put the derivatives by theta, log sigma and phi end to end."""
    structure = there.point.model.structure
    by_theta = structure.gradient(there.by_psi, there.point.theta)
    return np.concatenate([by_theta, [there.by_log_sigma], there.by_phi])


def room_of(whole: Joint) -> np.ndarray:
    """Return how far each level-1 parameter may go: one, or to its bound."""
    if whole.rows is None:
        return np.empty(0)
    return np.minimum(1.0, whole.rows.room(whole.phi))


@methods
@models
def test_every_slope_is_that_of_the_deviance(name: str, reml: bool) -> None:
    """Off the optimum, by differences, for random effects, the residual and level 1."""
    fit = fitted(name, reml=reml)
    whole, rng = joint(fit), np.random.default_rng(7)
    theta = fit.estimates.optimum.point.theta
    x = np.concatenate([theta, [np.log(fit.sigma)], whole.phi])
    room = np.append(np.ones(len(theta) + 1), room_of(whole))
    x = x + 0.1 * room * np.clip(rng.normal(size=len(x)), -2, 2)

    def at(x: np.ndarray) -> Evaluation:
        theta_, log_sigma, phi = np.split(x, [len(theta), len(theta) + 1])
        return whole.at(theta_, float(np.exp(2 * log_sigma[0])), phi)

    step = 1e-6
    differences = [
        (at(x + h).deviance - at(x - h).deviance) / (2 * step) for h in np.eye(len(x)) * step
    ]
    exact = slopes(at(x))
    np.testing.assert_allclose(exact, differences, atol=2e-5 * max(1, np.abs(exact).max()))


@methods
@models
def test_the_slopes_vanish_or_point_outwards(name: str, reml: bool) -> None:
    fit = fitted(name, reml=reml)
    assert fit.converged
    whole = joint(fit)
    point = fit.estimates.optimum.point
    assert violation(point) < 1e-6
    there = whole.at(point.theta, fit.estimates.sigma2, whole.phi)
    assert there.by_log_sigma == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(there.by_phi, 0, atol=1e-3)
    for psi, slope, factor in zip(
        point.psis, there.by_psi, point.model.structure.factors, strict=True
    ):
        G = slope * factor.pattern  # effects that may not correlate have slopes that do not count
        scale = fit.nobs * max(1, np.abs(psi).max(initial=0))
        np.testing.assert_allclose(psi @ G @ psi, 0, atol=1e-5 * scale)


@models
def test_no_point_nearby_is_lower(name: str) -> None:
    """Random covariance matrices, residual variances and level-1 parameters around the fit."""
    fit = fitted(name, reml=True)
    whole, rng = joint(fit), np.random.default_rng(8)
    best = whole.at_covariances(fit.estimates.covariances, fit.estimates.sigma2, whole.phi)
    for size in (0.3, 0.1, 0.03, 0.01):
        for _ in range(5):
            omegas = []
            for omega, factor, at in zip(
                fit.estimates.covariances,
                [whole.structure.factors[at] for at in fit.estimates.order],
                range(len(fit.estimates.order)),
                strict=True,
            ):
                root = np.linalg.inv(whole.back[at]) @ (size * rng.normal(size=omega.shape))
                change = root @ root.T * fit.estimates.sigma2 * size
                omegas.append((omega * np.exp(size * rng.normal()) + change) * factor.pattern)
            sigma2 = fit.estimates.sigma2 * np.exp(size * rng.normal())
            phi = whole.phi + size * room_of(whole) * np.clip(
                rng.normal(size=len(whole.phi)), -3, 3
            )
            assert whole.at_covariances(omegas, sigma2, phi).deviance > best.deviance - 1e-7


def test_a_wrong_end_is_seen() -> None:
    point = fitted("sleepstudy__slopes", reml=True).estimates.optimum.point
    off = point.model.at(point.theta * 1.01)
    assert violation(point) < 1e-6 < violation(off)
    zero = point.model.at(np.zeros(len(point.theta)))
    assert np.abs(zero.gradient).max() == 0  # stationary, and no minimum
    assert violation(zero) > 1


def test_a_boundary_that_cannot_be_left_is_not_claimed(monkeypatch) -> None:
    """A variance at zero that should not be: the cone condition alone tells."""
    monkeypatch.setattr(optimize, "_leave_boundary", lambda point: None)
    monkeypatch.setattr(estimates, "guess", lambda model: np.zeros(1))
    with pytest.warns(mlm.ConvergenceWarning, match="could not be verified"):
        fit = mlm.fit("reaction ~ days + (1 | subject)", SLEEP)
    assert not fit.converged
    assert "do not report" in fit.messages[-1]


def test_a_search_of_level_one_that_is_stopped_is_said(monkeypatch) -> None:
    monkeypatch.setattr(outer, "POLISH", 0)
    with pytest.warns(mlm.ConvergenceWarning, match="could not be verified"):
        fit = mlm.fit("reaction ~ days + (1 | subject)", SLEEP, residual=mlm.AR1("days"))
    assert not fit.converged


def test_random_effects_that_did_not_converge_are_said_with_a_structure(monkeypatch) -> None:
    def stopped(model, start) -> Optimum:
        return Optimum(model.at(start), converged=False, singular=False, steps=0)

    monkeypatch.setattr("mlmbook.likelihood.starts.minimize", stopped)
    with pytest.warns(mlm.ConvergenceWarning):
        fit = mlm.fit("distance ~ age + (1 | subject)", mlm.load("orthodont"),
                      residual=mlm.VarianceBy("sex"))  # fmt: skip
    assert not fit.converged
