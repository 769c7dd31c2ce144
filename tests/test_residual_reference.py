"""Models with a level-1 structure, against R's nlme."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from fixed_effects import agree, plain
from level1_models import MODELS, data

import mlmbook as mlm
from mlmbook.likelihood.estimates import Effects
from mlmbook.likelihood.outer import Outer

REFERENCE = Path(__file__).parent / "reference"
BOUNDARY = "sleepstudy__ar1"
"""Its optimum has a correlation of one; nlme, which cannot get there, stops a little below."""


@cache
def reference(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


@cache
def fitted(name: str, method: str) -> mlm.Fit:
    formula, residual = MODELS[name]
    frame = data(reference(name)["dataset"])
    expected = pytest.warns(mlm.SingularFitWarning) if name == BOUNDARY else nullcontext()
    with expected:
        return mlm.fit(formula, frame, residual=residual, reml=method == "REML")


cases = pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name in MODELS for method in ("REML", "ML")]
)


@cases
def test_likelihood(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    if name == BOUNDARY:
        assert expected["loglik"] < fit.loglik < expected["loglik"] + 5e-5
        assert fit.singular
    else:
        assert fit.loglik == pytest.approx(expected["loglik"], abs=1e-5)
        assert fit.aic == pytest.approx(expected["aic"], abs=2e-5)
    assert fit.nparams == expected["npar"]
    assert fit.nobs == expected["n_obs"]
    assert fit.converged


@cases
def test_fixed_effects(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    agree(fit, expected, of_gls="random_cov" not in expected)


@cases
def test_level_2(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    tolerance = 1e-4 if name != BOUNDARY else 2e-3  # a flat ridge, and nlme is below its top
    for group, table in (expected.get("random_cov") or {}).items():
        omega = np.atleast_2d(table["values"])
        rows = fit.varcorr[fit.varcorr["group"] == group]
        terms = [plain(term) for term in np.atleast_1d(table["rows"])]
        spread = np.sqrt(np.diag(omega))
        for row in rows.itertuples():
            a, b = terms.index(row.term), terms.index(row.term2 or row.term)
            assert row.variance == pytest.approx(omega[a, b], abs=tolerance * spread[a] * spread[b])


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", [name for name in MODELS if "__hetero" in name])
def test_variance_of_each_stratum(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    rows = fit.varcorr[fit.varcorr["group"] == "Residual"].set_index("term")
    ratios = expected["varStruct"]["coef_all"]
    (factor,) = MODELS[name][1].factors
    assert len(rows) == len(ratios)
    for label, ratio in ratios.items():
        row = rows.loc[f"{factor}[{label}]"]
        assert row["variance"] == pytest.approx((ratio * expected["sigma"]) ** 2, rel=1e-4)
        assert row["sd"] == pytest.approx(ratio * expected["sigma"], rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_power_of_a_covariate(method: str) -> None:
    fit = fitted("bodyweight__varpower_time", method)
    expected = reference("bodyweight__varpower_time")["fits"][method]
    power = expected["varStruct"]["coef"]["power"]
    assert fit.residual.parameters["power time"] == pytest.approx(power, abs=1e-5)
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", ["bodyweight__varpower", "bodyweight__varpower_ar1"])
def test_power_of_the_fitted_value(name: str, method: str) -> None:
    """Sigma is the SD where the fitted value is 1, far from the weights of 200 to 600 grams."""
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    power = expected["varStruct"]["coef"]["power"]
    assert fit.residual.parameters["power of fitted"] == pytest.approx(power, rel=1e-4)
    at_mean = fit.sigma * 350 ** fit.residual.parameters["power of fitted"]
    assert at_mean == pytest.approx(expected["sigma"] * 350**power, rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_fitted_values_and_variances_agree_with_each_other(method: str) -> None:
    """At the variances that its own fitted values give, the fit is a maximum; nlme's is near."""
    fit = fitted("bodyweight__varpower_ar1", method)
    expected = reference("bodyweight__varpower_ar1")["fits"][method]
    (grouping,) = fit.design.groupings
    effects = [Effects(grouping.codes, grouping.ngroups, grouping.Z, grouping.blocks)]
    level1 = fit.residual.with_fitted(fit.fitted.to_numpy()).level1
    outer = Outer(fit.design.X, fit.design.y, effects, level1, reml=method == "REML")
    here = outer.at(fit.residual.phi)
    assert here.deviance == pytest.approx(fit.deviance, abs=1e-7)
    assert np.abs(here.gradient).max() < 1e-5
    rho = expected["corStruct"]["coef"]["Phi"] ** fit.residual.covariance.step
    theirs = np.array([expected["varStruct"]["coef"]["power"], -np.log(-np.log(rho))])
    assert 0 <= outer.at(theirs).deviance - here.deviance < 1e-6


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_exponential_correlation_with_a_nugget(method: str) -> None:
    fit = fitted("bodyweight__exp_nugget", method)
    expected = reference("bodyweight__exp_nugget")["fits"][method]
    correlation, nugget = fit.residual.parameters
    given = expected["corStruct"]["coef"]
    assert nugget == pytest.approx(given["nugget"], rel=1e-4)
    assert -1 / np.log(correlation / (1 - nugget)) == pytest.approx(given["range"], rel=1e-4)
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", [name for name in MODELS if "ar1" in name and "power" not in name])
def test_autoregression(name: str, method: str) -> None:
    fit, expected = fitted(name, method), reference(name)["fits"][method]
    rho = expected["corStruct"]["coef"]["Phi"]
    tolerance = 1e-4 if name == BOUNDARY else 1e-5
    assert fit.residual.parameters.item() == pytest.approx(rho, abs=tolerance)
    assert fit.varcorr["sd"].iloc[-1] == fit.residual.parameters.item()
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_compound_symmetry(method: str) -> None:
    fit = fitted("orthodont__compound_symmetry", method)
    expected = reference("orthodont__compound_symmetry")["fits"][method]
    assert fit.residual.parameters.item() == pytest.approx(
        expected["corStruct"]["coef"]["Rho"], abs=1e-5
    )
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-5)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_unstructured(method: str) -> None:
    fit = fitted("orthodont__unstructured", method)
    expected = reference("orthodont__unstructured")["fits"][method]
    rows = fit.varcorr.set_index(["term", "term2"])
    sds = {at: expected["sigma"] * r for at, r in expected["varStruct"]["coef_all"].items()}
    for at, sd in sds.items():
        assert rows.loc[(f"occ[{at}.0]", ""), "variance"] == pytest.approx(sd**2, rel=1e-4)
    pairs = [(a, b) for a in sorted(sds) for b in sorted(sds) if a < b]  # R's order
    for (a, b), rho in zip(pairs, expected["corStruct"]["coef"], strict=True):
        row = rows.loc[(f"occ[{a}.0]", f"occ[{b}.0]")]
        assert row["sd"] == pytest.approx(rho, abs=1e-4)
        assert row["variance"] == pytest.approx(rho * sds[a] * sds[b], rel=1e-4)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_the_better_optimum_is_one(method: str) -> None:
    """By the definition of the likelihood, at our estimates and at those of nlme."""
    fit, expected = fitted(BOUNDARY, method), reference(BOUNDARY)["fits"][method]
    ours = loglik(
        fit, fit.estimates.covariances[0], fit.sigma, fit.residual.parameters.item(), method
    )
    theirs = loglik(
        fit,
        np.array(expected["random_cov"]["subject"]["values"]),
        expected["sigma"],
        expected["corStruct"]["coef"]["Phi"],
        method,
    )
    assert ours == pytest.approx(fit.loglik, abs=1e-7)
    assert theirs == pytest.approx(expected["loglik"], abs=1e-6)
    assert ours > theirs


def loglik(fit: mlm.Fit, omega: np.ndarray, sigma: float, rho: float, method: str) -> float:
    X, y, (grouping,) = fit.design.X, fit.design.y, fit.design.groupings
    same = grouping.codes[:, None] == grouping.codes
    days = fit.data["days"].to_numpy()
    e = sigma**2 * rho ** np.abs(days[:, None] - days)
    V = same * (grouping.Z @ omega @ grouping.Z.T + e)
    W = np.linalg.inv(V)
    XWX = X.T @ W @ X
    left = y - X @ np.linalg.solve(XWX, X.T @ W @ y)
    deviance = np.linalg.slogdet(V)[1] + left @ W @ left + len(y) * np.log(2 * np.pi)
    if method == "REML":
        deviance += np.linalg.slogdet(XWX)[1] - X.shape[1] * np.log(2 * np.pi)
    return -deviance / 2
