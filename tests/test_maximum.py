"""Fitting the same model to another response, whatever its level 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.marginal import Marginal
from mlmbook.maximum import refit
from mlmbook.parameters import parameters

ORTHODONT = mlm.load("orthodont").assign(occ=lambda d: (d["age"] - 8) / 2 + 1)
SLEEP = mlm.load("sleepstudy").assign(
    even=lambda d: np.where(d["days"] % 2 == 0, "even", "odd"),
    count=lambda d: d["days"] % 3 + 1,
    known=lambda d: 5.0 * d["days"],
    day=lambda d: d["days"] + 1.0,
    gap=lambda d: d["days"] ** 1.2,
)
GROWTH = "distance ~ age * sex"

MODELS = {
    "plain": ("reaction ~ days + (days | subject)", {}),
    "weights": ("reaction ~ days + (days | subject)", {"weights": "count"}),
    "offset": ("reaction ~ days + (1 | subject)", {"offset": "known"}),
    "strata": ("reaction ~ days + (1 | subject)", {"residual": mlm.VarianceBy("even")}),
    "power": ("reaction ~ days + (1 | subject)", {"residual": mlm.VariancePower("day")}),
    "ar1": ("reaction ~ days + (1 | subject)", {"residual": mlm.AR1("days")}),
    "continuous": ("reaction ~ days + (1 | subject)", {"residual": mlm.AR1("gap")}),
    "all": (
        "reaction ~ days + (1 | subject)",
        {
            "residual": [mlm.VarianceBy("even"), mlm.AR1("days")],
            "weights": "count",
            "offset": "known",
        },
    ),
    "symmetric": (GROWTH, {"residual": mlm.CompoundSymmetry(group="subject")}),
    "unstructured": (GROWTH, {"residual": mlm.Unstructured("occ", group="subject")}),
}


def fitted(name: str, *, reml: bool = True) -> mlm.Fit:
    formula, extra = MODELS[name]
    data = ORTHODONT if "distance" in formula else SLEEP
    return mlm.fit(formula, data, reml=reml, **extra)


@pytest.mark.parametrize("name", MODELS)
def test_the_same_response_gives_the_same_fit(name: str) -> None:
    fit = fitted(name)
    again = refit(fit, fit.design.y)
    assert again.deviance == pytest.approx(fit.deviance, abs=1e-7)
    assert again.converged
    assert parameters(again).to_numpy() == pytest.approx(parameters(fit).to_numpy(), rel=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_another_response_is_fitted_as_by_a_new_fit(name: str) -> None:
    fit = fitted(name, reml=False)
    y = fit.simulate(1, 20261)[0].to_numpy()
    formula, extra = MODELS[name]
    new = mlm.fit(formula, fit.data.assign(**{fit.response: y}), reml=False, **extra)
    again = refit(fit, y)
    assert again.deviance == pytest.approx(new.deviance, abs=1e-6)
    assert again.fixef.to_numpy() == pytest.approx(new.fixef.to_numpy(), abs=1e-4 * new.se.min())


@pytest.mark.parametrize("name", MODELS)
def test_simulated_responses_have_the_covariance_of_the_model(name: str) -> None:
    fit = fitted(name)
    marginal = Marginal.of(fit)
    draws = fit.simulate(4000, 5).to_numpy()
    rows, V = marginal.rows[0], marginal.V[0]
    fixed = fit.predict(level="population").to_numpy()[rows]
    half = np.linalg.cholesky(V)
    white = np.linalg.solve(half, draws[rows] - fixed[:, None])
    assert np.abs(white.mean(axis=1)).max() < 4 / np.sqrt(4000)
    assert np.abs(np.cov(white) - np.eye(len(rows))).max() < 6 / np.sqrt(4000)


@pytest.mark.parametrize("name", ["strata", "ar1", "all", "unstructured"])
def test_bootstrap_knows_every_parameter(name: str) -> None:
    fit = fitted(name)
    draws = fit.bootstrap(40, 1)
    estimates = parameters(fit)
    assert list(draws.columns) == list(estimates.index)
    assert set(fit.residual.parameters.index) - set(estimates.index) == {
        key for key in fit.residual.parameters.index if key.startswith(("sd ratio", "cor "))
    }
    for key in estimates.index:
        spread = draws[key].std()
        assert 0 < spread
        assert abs(draws[key].mean() - estimates[key]) < 5 * spread / np.sqrt(40) + 0.6 * spread
    table = fit.confint("bootstrap", n=30, rng=1)
    assert list(table.index) == list(estimates.index)
    assert (table["low"] < table["high"]).all()


def test_bootstrap_spread_of_an_autocorrelation() -> None:
    """Where nothing else is to be estimated, var(rho) is about (1 - rho^2) / n."""
    rng = np.random.default_rng(8)
    e = rng.normal(size=(40, 25))
    for t in range(1, 25):
        e[:, t] = 0.6 * e[:, t - 1] + 0.8 * e[:, t]
    data = pd.DataFrame(
        {"g": np.repeat(np.arange(40), 25), "t": np.tile(np.arange(25), 40), "y": e.ravel()}
    )
    fit = mlm.fit("y ~ 1", data, residual=mlm.AR1("t", group="g"))
    draws = fit.bootstrap(100, 2)["cor(t, t + 1 | Residual)"]
    rho = fit.residual.parameters.item()
    assert draws.std() == pytest.approx(np.sqrt((1 - rho**2) / 960), rel=0.25)


def test_simulated_comparison_of_level_1_structures() -> None:
    """A ratio of variances is interior at one, so that the simulated p is near chi-square's."""
    exam = mlm.load("exam").iloc[:700]
    small = mlm.fit("normexam ~ standlrt + (1 | school)", exam, reml=False)
    large = mlm.fit(
        "normexam ~ standlrt + (1 | school)", exam, reml=False, residual=mlm.VarianceBy("girl")
    )
    formula = mlm.compare(small, large)["p"].iloc[1]
    simulated = mlm.compare(small, large, simulate=99, rng=3)["p"].iloc[1]
    assert simulated == pytest.approx(formula, abs=3.5 * np.sqrt(formula * (1 - formula) / 99))
