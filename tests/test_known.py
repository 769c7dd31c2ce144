"""Weights and offsets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

SLEEP = mlm.load("sleepstudy")
RNG = np.random.default_rng(11)
WEIGHTS = RNG.uniform(0.2, 3, len(SLEEP))
FORMULA = "reaction ~ days + (days | subject)"


def dense_loglik(fit: mlm.Fit, y: np.ndarray, sigma_rows: np.ndarray, *, reml: bool) -> float:
    """Compute the log-likelihood from its definition, with the matrix V in full."""
    X, grouping = fit.design.X, fit.design.groupings[0]
    same = grouping.codes[:, None] == grouping.codes
    V = same * (grouping.Z @ fit.estimates.covariances[0] @ grouping.Z.T) + sigma_rows
    residual = y - X @ fit.fixef.to_numpy()
    W = np.linalg.inv(V)
    deviance = np.linalg.slogdet(V)[1] + residual @ W @ residual
    deviance += (len(y) - X.shape[1] * reml) * np.log(2 * np.pi)
    if reml:
        deviance += np.linalg.slogdet(X.T @ W @ X)[1]
    return -deviance / 2


@pytest.mark.parametrize("reml", [True, False])
def test_weighted_likelihood_by_its_definition(reml: bool) -> None:
    fit = mlm.fit(FORMULA, SLEEP, weights=WEIGHTS, reml=reml)
    rows = np.diag(fit.sigma**2 / WEIGHTS)
    expected = dense_loglik(fit, fit.design.y, rows, reml=reml)
    assert fit.loglik == pytest.approx(expected, abs=1e-8)
    assert fit.nparams == 6
    for other in (0.98, 1.02):
        nearby = dense_loglik(fit, fit.design.y, rows * other, reml=reml)
        assert nearby < fit.loglik


def test_weight_of_a_mean_is_its_size() -> None:
    """A mean of w observations of one person and day tells what they tell of beta and Omega."""
    copies = RNG.integers(1, 4, len(SLEEP))
    rows = SLEEP.loc[SLEEP.index.repeat(copies)].reset_index(drop=True)
    rows["day"] = np.repeat(np.arange(len(SLEEP)), copies)
    rows["reaction"] += RNG.normal(0, 25, len(rows))
    keys = ["subject", "days", "day"]
    means = rows.groupby(keys, as_index=False, observed=True)["reaction"].mean()
    means["w"] = rows.groupby(keys, observed=True).size().to_numpy()
    few = mlm.fit(FORMULA, means, weights="w", reml=False)
    many = mlm.fit(FORMULA, rows, reml=False)
    # the same mean structure; sigma is estimated from less, so only close
    assert few.fixef.to_numpy() == pytest.approx(many.fixef.to_numpy(), rel=5e-3)


def test_equal_weights_scale_sigma_only() -> None:
    plain, doubled = mlm.fit(FORMULA, SLEEP), mlm.fit(FORMULA, SLEEP, weights=np.full(180, 2.0))
    assert doubled.loglik == pytest.approx(plain.loglik, abs=1e-7)
    assert doubled.sigma == pytest.approx(plain.sigma * np.sqrt(2), rel=1e-6)
    pd.testing.assert_frame_equal(doubled.vcov, plain.vcov, rtol=1e-5)
    interval = [fit.predict(interval="prediction") for fit in (plain, doubled)]
    pd.testing.assert_frame_equal(*interval, rtol=1e-5)
    assert plain.simulate(1, rng=3)[0].std() == pytest.approx(
        doubled.simulate(1, rng=3)[0].std(), rel=1e-4
    )


def test_offset_is_taken_from_the_response() -> None:
    shifted = SLEEP.assign(known=SLEEP["days"] * 3.0, less=SLEEP["reaction"] - SLEEP["days"] * 3)
    with_offset = mlm.fit(FORMULA, shifted, offset="known")
    without = mlm.fit("less ~ days + (days | subject)", shifted)
    assert with_offset.loglik == pytest.approx(without.loglik, abs=1e-8)
    pd.testing.assert_series_equal(with_offset.fixef, without.fixef, rtol=1e-7)
    difference = with_offset.fitted - without.fitted
    np.testing.assert_allclose(difference, shifted["known"], atol=1e-6)
    np.testing.assert_allclose(with_offset.residuals, without.residuals, atol=1e-6)
    new = shifted.assign(known=100.0)
    np.testing.assert_allclose(with_offset.predict(new) - without.predict(new), 100, atol=1e-5)


def test_missing_weights_are_dropped_and_counted() -> None:
    data = SLEEP.assign(w=np.where(np.arange(180) < 4, np.nan, 1.0))
    fit = mlm.fit(FORMULA, data, weights="w")
    assert fit.nobs == 176
    assert fit.messages == ["4 of 180 rows dropped: missing values in 'w' (4)"]


def test_new_rows_need_the_columns() -> None:
    data = SLEEP.assign(w=WEIGHTS, o=1.0)
    fit = mlm.fit(FORMULA, data, weights="w", offset="o")
    with pytest.raises(mlm.FormulaError, match="'o' is not a column"):
        fit.predict(SLEEP)
    with pytest.raises(mlm.FormulaError, match="'w' is not a column"):
        fit.predict(SLEEP.assign(o=1.0), interval="prediction")
    fit = mlm.fit(FORMULA, SLEEP, offset=np.ones(180))
    with pytest.raises(mlm.DataError, match="fit with the name of a column"):
        fit.predict(SLEEP)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"weights": "day"}, mlm.FormulaError, "weights: 'day' is not a column.*'days'"),
        ({"weights": [1, 2]}, mlm.DataError, r"each of the 180 rows; got shape \(2,\)"),
        ({"weights": 2.0}, mlm.DataError, r"weights must be the name.*got shape \(\)"),
        ({"weights": np.arange(180)}, mlm.DataError, "positive: 1 are not.*smallest is 0"),
        ({"weights": -WEIGHTS}, mlm.DataError, "positive: 180 are not"),
        ({"weights": np.full(180, np.inf)}, mlm.DataError, "infinite"),
        ({"weights": ["a"] * 180}, mlm.DataError, "weights must be numbers"),
        ({"weights": pd.Series(WEIGHTS)[::-1]}, mlm.DataError, "another index"),
        ({"offset": "nowhere"}, mlm.FormulaError, "offset: 'nowhere' is not a column"),
        ({"offset": np.ones((180, 2))}, mlm.DataError, "offset must be the name"),
    ],
)
def test_bad_ones_are_refused(
    arguments: dict[str, object], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        mlm.fit(FORMULA, SLEEP, **arguments)


def test_models_with_other_weights_are_not_compared() -> None:
    plain, weighted = mlm.fit(FORMULA, SLEEP), mlm.fit(FORMULA, SLEEP, weights=WEIGHTS)
    with pytest.raises(mlm.DataError, match="different weights or offsets"):
        mlm.compare(plain, weighted)
