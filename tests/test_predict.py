"""Predictions and simulated responses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

SLEEP = mlm.load("sleepstudy")
FIT = mlm.fit("reaction ~ days + (days | subject)", SLEEP)
NEW = pd.DataFrame({"days": [0, 5, 12], "subject": ["308", "370", "999"]}, index=list("abc"))


def test_predictions_of_the_rows_used_are_the_fitted_values() -> None:
    np.testing.assert_allclose(FIT.predict(), FIT.fitted)
    population = FIT.fixef["Intercept"] + FIT.fixef["days"] * SLEEP["days"]
    np.testing.assert_allclose(FIT.predict(level="population"), population)


def test_new_rows_of_known_groups() -> None:
    prediction = FIT.predict(NEW)
    u = FIT.ranef["subject"].loc["370"]
    expected = FIT.fixef["Intercept"] + u["Intercept"] + 5 * (FIT.fixef["days"] + u["days"])
    assert prediction["b"] == pytest.approx(expected)
    assert prediction.name == "reaction"


def test_a_new_group_gets_the_population_and_is_said() -> None:
    prediction = FIT.predict(NEW)
    assert prediction["c"] == pytest.approx(FIT.fixef["Intercept"] + 12 * FIT.fixef["days"])
    assert prediction.attrs["messages"] == [
        "1 rows are in groups of 'subject' that were not fitted: they get the prediction of an "
        "average group"
    ]
    assert FIT.predict(NEW[:2]).attrs["messages"] == []


def test_population_needs_no_group() -> None:
    assert len(FIT.predict(NEW[["days"]], level="population")) == 3
    with pytest.raises(mlm.FormulaError, match="'subject' is not a column"):
        FIT.predict(NEW[["days"]])


def test_intervals_of_the_population_need_no_group() -> None:
    for interval in ("confidence", "prediction"):
        without = FIT.predict(NEW[["days"]], level="population", interval=interval)
        pd.testing.assert_frame_equal(
            without, FIT.predict(NEW, level="population", interval=interval)
        )


def two_columns(first: list, second: list) -> pd.DataFrame:
    """Return ten rows for each pair of labels."""
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"a": np.repeat(first, 10), "b": np.repeat(second, 10)})
    y = np.repeat(rng.normal(size=len(first)), 10) + rng.normal(size=len(data))
    return data.assign(y=y)


def test_labels_of_two_columns_do_not_collide() -> None:
    data = two_columns(["x:y", "x", "x\\", "q", "r"], ["z", "y:z", "y", "y", "y"])
    fit = mlm.fit("y ~ 1 + (1 | a:b)", data)
    assert fit.ngroups == {"a:b": 5}
    assert fit.ranef["a:b"].index.is_unique
    assert {"q:y", r"x\:y:z", r"x:y\:z"} < set(fit.ranef["a:b"].index)
    np.testing.assert_allclose(fit.predict(data), fit.fitted)
    new = pd.DataFrame({"a": ["x:y:z", "x\\:y"], "b": ["", "z"]})
    assert fit.predict(new).tolist() == pytest.approx([fit.fixef["Intercept"]] * 2)


def test_whole_numbers_are_one_label_whatever_their_type() -> None:
    data = two_columns([1, 2, 3, 4, 5], [7, 8, 9, 7, 8])
    fit = mlm.fit("y ~ 1 + (1 | a:b)", data)
    for types in ({"a": float}, {"a": str}, {"a": "category", "b": "Int64"}):
        np.testing.assert_allclose(fit.predict(data.astype(types)), fit.fitted)


def test_labels_of_another_type_are_no_new_groups() -> None:
    data = two_columns([1, 2, 3, 4, 5], [7, 8, 9, 7, 8])
    text = data.astype({"a": str})
    fit, fit_of_text = (mlm.fit("y ~ 1 + (1 | a)", rows) for rows in (data, text))
    with pytest.raises(mlm.DataError, match="'a' has text here, such as '1', and numbers there"):
        fit.predict(text)
    with pytest.raises(mlm.DataError, match="'a' has numbers here, such as 1, and text there"):
        fit_of_text.predict(data)
    np.testing.assert_allclose(fit.predict(data.astype({"a": "category"})), fit.fitted)
    assert fit.predict(data.assign(a=99)).attrs["messages"]  # new groups are no mistake
    assert len(fit.predict(text, level="population", interval="prediction")) == 50
    assert len(fit.predict(text[:0])) == 0


def dense_variance(fit: mlm.Fit, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the error variances by Henderson's equations, with full matrices."""
    blocks, inverse = [fit.design.X], [np.zeros((fit.design.X.shape[1],) * 2)]
    for grouping, omega in zip(fit.design.groupings, fit.estimates.covariances, strict=True):
        indicator = np.eye(grouping.ngroups)[grouping.codes]
        blocks.append(np.hstack([indicator * column[:, None] for column in grouping.Z.T]))
        inverse.append(np.kron(np.linalg.inv(omega), np.eye(grouping.ngroups)))
    W = np.hstack(blocks)
    G = np.zeros((W.shape[1], W.shape[1]))
    start = 0
    for block in inverse:
        G[start : start + len(block), start : start + len(block)] = block
        start += len(block)
    error = np.linalg.inv(W.T @ W / fit.sigma**2 + G)
    rows = np.hstack([x, z])
    return np.einsum("ij,jk,ik->i", rows, error, rows)


@pytest.mark.parametrize(
    ("formula", "dataset"),
    [
        ("reaction ~ days + (days | subject)", "sleepstudy"),
        ("reaction ~ days + (days || subject)", "sleepstudy"),
        ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin"),
    ],
)
@pytest.mark.parametrize("interval", ["confidence", "prediction"])
def test_intervals_are_those_of_the_mixed_model_equations(
    formula: str, dataset: str, interval: str
) -> None:
    fit = mlm.fit(formula, mlm.load(dataset))
    Z = []
    for grouping in fit.design.groupings:
        indicator = np.eye(grouping.ngroups)[grouping.codes]
        Z.append(np.hstack([indicator * column[:, None] for column in grouping.Z.T]))
    variance = dense_variance(fit, fit.design.X, np.hstack(Z))
    if interval == "prediction":
        variance += fit.sigma**2
    table = fit.predict(interval=interval)
    np.testing.assert_allclose(table["se"], np.sqrt(variance), rtol=1e-6)
    np.testing.assert_allclose(
        table["high"] - table["prediction"], 1.959964 * table["se"], rtol=1e-6
    )


def test_population_intervals() -> None:
    x = np.column_stack([np.ones(3), NEW["days"]])
    z = np.array([1.0, 12.0])
    omega = FIT.estimates.covariances[0]
    confidence = FIT.predict(NEW, level="population", interval="confidence")
    variance = np.einsum("ij,jk,ik->i", x, FIT.vcov, x)
    np.testing.assert_allclose(confidence["se"] ** 2, variance)
    new = FIT.predict(NEW, level="population", interval="prediction")
    expected = variance[2] + z @ omega @ z + FIT.sigma**2
    assert new.loc["c", "se"] ** 2 == pytest.approx(expected)


def test_a_group_that_was_not_fitted_has_the_interval_of_the_population() -> None:
    pd.testing.assert_series_equal(
        FIT.predict(NEW, interval="prediction").loc["c"],
        FIT.predict(NEW, level="population", interval="prediction").loc["c"],
    )


def test_many_rows_are_done_in_parts() -> None:
    many = pd.concat([SLEEP] * 30)
    se = FIT.predict(many, interval="confidence")["se"].to_numpy().reshape(30, 180)
    np.testing.assert_allclose(se, np.tile(FIT.predict(interval="confidence")["se"], (30, 1)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "group"}, "level must be 'conditional' or 'population', got 'group'"),
        ({"interval": 0.95}, "interval must be 'confidence' or 'prediction' or None, got 0.95"),
        ({"newdata": {"days": [1]}}, "newdata must be a pandas DataFrame, got dict"),
        ({"newdata": NEW.assign(days=[1, np.nan, 2])}, "1 rows have no value of 'days'"),
    ],
)
def test_wrong_options(options: dict, message: str) -> None:
    with pytest.raises(mlm.DataError, match=message):
        FIT.predict(**options)


def test_simulated_responses_have_the_fitted_moments() -> None:
    draws = FIT.simulate(4000, 1)
    assert draws.shape == (180, 4000)
    assert list(draws.index) == list(SLEEP.index)
    np.testing.assert_allclose(draws.mean(axis=1), FIT.predict(level="population"), atol=3)
    z = np.array([1.0, 9.0])
    expected = z @ FIT.estimates.covariances[0] @ z + FIT.sigma**2
    assert draws.loc[9].var() == pytest.approx(expected, rel=0.1)
    same_subject, other = np.cov(draws.loc[[0, 9]])[0, 1], np.cov(draws.loc[[0, 19]])[0, 1]
    assert same_subject == pytest.approx(z @ FIT.estimates.covariances[0] @ [1, 0], rel=0.2)
    assert abs(other) < 100


def test_simulation_is_reproducible() -> None:
    pd.testing.assert_frame_equal(FIT.simulate(2, 7), FIT.simulate(2, np.random.default_rng(7)))
    with pytest.raises(mlm.DataError, match="at least 1"):
        FIT.simulate(0)
