"""The conditional criterion of Akaike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import mlmbook as mlm
from mlmbook.conditional import effective_parameters

SLEEP = mlm.load("sleepstudy")


@pytest.mark.parametrize(
    ("formula", "dataset"),
    [
        ("reaction ~ days + (days | subject)", "sleepstudy"),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"),
    ],
)
def test_effective_parameters_are_the_trace_of_the_hat_matrix(formula: str, dataset: str) -> None:
    fit = mlm.fit(formula, mlm.load(dataset), reml=False)
    X, y, random = fit.design.X, fit.design.y, np.zeros((fit.nobs, fit.nobs))
    for grouping, omega in zip(fit.design.groupings, fit.estimates.covariances, strict=True):
        same = np.equal.outer(grouping.codes, grouping.codes)
        random += grouping.Z @ omega @ grouping.Z.T * same
    inverse = np.linalg.inv(random + fit.sigma**2 * np.eye(fit.nobs))
    fixed = X @ np.linalg.solve(X.T @ inverse @ X, X.T @ inverse)
    hat = fixed + random @ inverse @ (np.eye(fit.nobs) - fixed)
    np.testing.assert_allclose(hat @ y, fit.fitted, rtol=1e-8)
    assert effective_parameters(fit) == pytest.approx(np.trace(hat), rel=1e-8)
    rss = np.sum((y - hat @ y) ** 2)
    deviance = fit.nobs * np.log(2 * np.pi * fit.sigma**2) + rss / fit.sigma**2
    assert fit.caic == pytest.approx(deviance + 2 * np.trace(hat) + 2, rel=1e-10)


@pytest.mark.parametrize(
    "extra",
    [
        {"residual": mlm.VarianceBy("even")},
        {"residual": mlm.AR1("days")},
        {"weights": "count", "offset": "known"},
    ],
)
def test_level_1_structures_weights_and_offsets(extra: dict) -> None:
    data = SLEEP.assign(
        even=SLEEP["days"] % 2, count=1.0 + SLEEP["days"] % 3, known=5.0 * SLEEP["days"]
    )
    fit = mlm.fit("reaction ~ days + (1 | subject)", data, reml=False, **extra)
    X, (grouping,), sigma2 = fit.design.X, fit.design.groupings, fit.sigma**2
    same = np.equal.outer(grouping.codes, grouping.codes)
    random = fit.estimates.covariances[0][0, 0] * same
    level1 = sigma2 * fit.residual.covariance_of(np.arange(fit.nobs))
    inverse = np.linalg.inv(random + level1)
    fixed = X @ np.linalg.solve(X.T @ inverse @ X, X.T @ inverse)
    hat = fixed + random @ inverse @ (np.eye(fit.nobs) - fixed)
    y = fit.design.y - (0 if fit.design.offset is None else fit.design.offset)
    left = y - hat @ y
    density = multivariate_normal(cov=level1).logpdf(left)
    cost = np.trace(hat) + 1 + len(fit.residual.phi)
    assert fit.caic == pytest.approx(-2 * density + 2 * cost, rel=1e-9)


def test_without_random_effects_it_is_akaikes_criterion() -> None:
    fit = mlm.fit("reaction ~ days", SLEEP, reml=False, residual=mlm.AR1("days", group="subject"))
    assert fit.caic == pytest.approx(fit.aic, abs=1e-8)


def test_balanced_groups_have_their_shrinkage_as_parameters() -> None:
    fit = mlm.fit("reaction ~ 1 + (1 | subject)", SLEEP)
    shrinkage = fit.reliability()["reliability"].iloc[0]
    assert effective_parameters(fit) == pytest.approx(1 + 17 * shrinkage)


def test_without_variance_between_groups_it_is_the_criterion_of_regression() -> None:
    means = SLEEP.groupby("subject")["reaction"].transform("mean")
    flat = SLEEP.assign(reaction=SLEEP["reaction"] - means)
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("reaction ~ days + (1 | subject)", flat, reml=False)
    assert fit.caic == pytest.approx(mlm.ols("reaction ~ days", flat).aic, abs=1e-6)


def test_random_slopes_are_worth_it_for_the_same_subjects() -> None:
    simple, slopes = (
        mlm.fit(f"reaction ~ days + ({x} | subject)", SLEEP, reml=False) for x in ("1", "days")
    )
    assert slopes.caic < simple.caic
