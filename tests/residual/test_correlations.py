"""Residuals that are correlated within groups."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

SLEEP = mlm.load("sleepstudy")
ORTHODONT = mlm.load("orthodont")
GROWTH = "distance ~ age * sex"


def test_compound_symmetry_is_a_random_intercept() -> None:
    marginal = mlm.fit(GROWTH, ORTHODONT, residual=mlm.CompoundSymmetry(group="subject"))
    nested = mlm.fit(f"{GROWTH} + (1 | subject)", ORTHODONT)
    assert marginal.loglik == pytest.approx(nested.loglik, abs=1e-7)
    assert marginal.residual.parameters.item() == pytest.approx(nested.icc(), abs=1e-5)
    pd.testing.assert_frame_equal(marginal.vcov, nested.vcov, rtol=1e-4)
    assert marginal.ngroups == {}
    assert marginal.ranef == {}


def test_compound_symmetry_may_be_negative() -> None:
    rng = np.random.default_rng(8)
    pairs = pd.DataFrame({"g": np.repeat(np.arange(60), 2)})
    share = rng.normal(size=60)
    pairs["y"] = np.column_stack([share, -share]).ravel() + rng.normal(0, 0.5, 120)
    fit = mlm.fit("y ~ 1", pairs, residual=mlm.CompoundSymmetry(group="g"))
    assert fit.residual.parameters.item() < -0.5
    with pytest.warns(mlm.SingularFitWarning):
        nested = mlm.fit("y ~ 1 + (1 | g)", pairs)
    assert nested.loglik < fit.loglik


def test_two_occasions_unstructured_is_a_closed_form() -> None:
    """With complete data and a mean for each occasion, S is the sample covariance matrix."""
    two = ORTHODONT[ORTHODONT["age"].isin([8, 14])]
    fit = mlm.fit("distance ~ C(age)", two, residual=mlm.Unstructured("age", group="subject"))
    S = two.pivot(index="subject", columns="age", values="distance").cov().to_numpy()
    first, second, both = fit.varcorr["variance"]
    assert [first, both, second] == pytest.approx([S[0, 0], S[0, 1], S[1, 1]], rel=1e-5)
    assert fit.sigma == pytest.approx(np.sqrt(S[0, 0]), rel=1e-5)
    spread = fit.simulate(400, rng=1).sub(fit.fitted, axis=0)
    by_age = (spread**2).mean(axis=1).groupby(two["age"]).mean()
    assert by_age.to_numpy() == pytest.approx(np.diag(S), rel=0.05)
    interval = fit.predict(interval="prediction")["se"] ** 2
    confidence = fit.predict(interval="confidence")["se"] ** 2
    by_age = (interval - confidence).groupby(two["age"]).mean()
    assert by_age.to_numpy() == pytest.approx(np.diag(S), rel=1e-5)


def test_rows_may_be_missing_and_in_any_order() -> None:
    some = SLEEP.drop(index=[3, 17, 18, 90]).sample(frac=1, random_state=2)
    formula = "reaction ~ days + (1 | subject)"
    fit = mlm.fit(formula, some, residual=mlm.AR1("days"))
    again = mlm.fit(formula, some.sort_index(), residual=mlm.AR1("days"))
    assert fit.loglik == pytest.approx(again.loglik, abs=1e-7)
    grouping = again.design.groupings[0]
    same = grouping.codes[:, None] == grouping.codes
    days = again.data["days"].to_numpy()
    rho = again.residual.parameters.item()
    V = same * (
        again.estimates.covariances[0][0, 0] + again.sigma**2 * rho ** np.abs(days[:, None] - days)
    )
    X, W = again.design.X, np.linalg.inv(V)
    left = again.design.y - X @ again.fixef.to_numpy()
    deviance = np.linalg.slogdet(V)[1] + left @ W @ left + (len(V) - 2) * np.log(2 * np.pi)
    deviance += np.linalg.slogdet(X.T @ W @ X)[1]
    assert again.deviance == pytest.approx(deviance, abs=1e-7)


def test_units_of_time_do_not_matter_in_continuous_time() -> None:
    rng = np.random.default_rng(3)
    later = SLEEP.assign(t=SLEEP["days"] + rng.uniform(-0.3, 0.3, len(SLEEP)))
    formula = "reaction ~ days + (1 | subject)"
    hours, days = (
        mlm.fit(formula, later.assign(t=later["t"] * unit), residual=mlm.AR1("t"))
        for unit in (24, 1)
    )
    assert hours.loglik == pytest.approx(days.loglik, abs=1e-7)
    one_hour, one_day = (fit.residual.parameters.item() for fit in (hours, days))
    assert one_hour**24 == pytest.approx(one_day, rel=1e-4)


def test_negative_autoregression() -> None:
    rng = np.random.default_rng(6)
    noise = rng.normal(size=(40, 12))
    for t in range(1, 12):
        noise[:, t] -= 0.6 * noise[:, t - 1]
    data = pd.DataFrame({"y": noise[:, 2:].ravel(), "g": np.repeat(np.arange(40), 10)})
    data["t"] = np.tile(np.arange(10), 40)
    fit = mlm.fit("y ~ 1", data, residual=mlm.AR1("t", group="g"))
    assert fit.residual.parameters.item() == pytest.approx(-0.6, abs=0.08)


def test_variances_and_a_correlation_together() -> None:
    parts = [mlm.VarianceBy("sex"), mlm.AR1("age", group="subject")]
    fit = mlm.fit(GROWTH, ORTHODONT, residual=parts)
    alone = mlm.fit(GROWTH, ORTHODONT, residual=parts[1])
    assert fit.converged
    assert fit.loglik > alone.loglik + 1
    assert mlm.compare(alone, fit)["reference"].iloc[1] == "χ²(1)"
    terms = fit.varcorr[["term", "term2"]].to_numpy().tolist()
    assert terms[:2] == [["sex[Male]", ""], ["sex[Female]", ""]]
    assert terms[2] == ["age", "age + 2"]


@pytest.mark.parametrize(
    ("formula", "residual", "match"),
    [
        ("reaction ~ days", mlm.AR1("days"), r"AR1\(..., group='subject'\)"),
        ("reaction ~ days", mlm.AR1("day", group="subject"), "'day' is not a column"),
        ("reaction ~ days", mlm.AR1("days", group="subjekt"), "'subjekt' is not a column"),
        ("reaction ~ days + (1 | subject)", mlm.AR1("half"), "same value twice in a group"),
        ("reaction ~ days + (1 | subject)", mlm.AR1("text"), "AR1 needs numbers"),
        ("reaction ~ 1 + (1 | days)", mlm.AR1("days", group="subject"), "must be nested"),
        ("reaction ~ days", mlm.AR1("days", group="row"), "no group has two rows"),
        ("reaction ~ days", mlm.CompoundSymmetry(group="row"), "no group has two rows"),
        ("reaction ~ days + (1 | subject)", mlm.CompoundSymmetry(), "takes the place of random"),
        ("reaction ~ days + (1 | subject)", mlm.Unstructured("days"), "takes the place of random"),
        ("reaction ~ days", mlm.Unstructured("half", group="subject"), "same value twice"),
        ("reaction ~ days", mlm.Unstructured("row", group="subject"), "no group has both 0 and 10"),
        ("reaction ~ days", [mlm.AR1("days"), mlm.CompoundSymmetry()], "more than one correlation"),
        ("reaction ~ days", mlm.VarianceBy("days"), "no random term"),
    ],
)
def test_bad_ones_are_refused(formula: str, residual: object, match: str) -> None:
    data = SLEEP.assign(half=SLEEP["days"] // 2, text="a", row=np.arange(180))
    with pytest.raises(mlm.MlmbookError, match=match):
        mlm.fit(formula, data, residual=residual)


def test_how_they_show() -> None:
    assert repr(mlm.AR1("t")) == "AR1('t')"
    assert repr(mlm.AR1("t", group="g")) == "AR1('t', group='g')"
    assert repr(mlm.CompoundSymmetry()) == "CompoundSymmetry()"
    assert repr(mlm.CompoundSymmetry(group="g")) == "CompoundSymmetry(group='g')"
    assert repr(mlm.Unstructured("t", group="g")) == "Unstructured('t', group='g')"


def test_a_short_range_is_found() -> None:
    """Times at random: only the closest pairs can tell, and the search must not run away."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"g": np.repeat(np.arange(30), 6)})
    data["t"] = rng.uniform(0, 10, 180)
    data["y"] = rng.normal(size=180) + rng.normal(size=30)[data["g"]]
    fit = mlm.fit("y ~ 1 + (1 | g)", data, residual=mlm.AR1("t"))
    assert fit.converged
    assert fit.loglik > mlm.fit("y ~ 1 + (1 | g)", data).loglik
    assert 0 < fit.residual.parameters.item() < 1e-6


@pytest.mark.parametrize("phi", [[0.3, -1.0], [-0.5, 0.4]])
def test_derivatives_with_a_nugget(phi: list[float]) -> None:
    residual = mlm.AR1("days", group="subject", nugget=True)
    bound = mlm.fit("reaction ~ days", SLEEP, residual=residual).residual.covariance
    at, step = np.array(phi), 1e-6
    matrices = bound.matrices(at)
    assert matrices[0].diagonal() == pytest.approx(np.ones(10))
    assert np.linalg.eigvalsh(matrices)[:, 0].min() > 0
    for slope, h in zip(bound.slopes(at), np.eye(2) * step, strict=True):
        difference = (bound.matrices(at + h) - bound.matrices(at - h)) / 2 / step
        np.testing.assert_allclose(slope, difference, atol=1e-8)


def test_a_nugget_is_found() -> None:
    rng = np.random.default_rng(12)
    e = rng.normal(size=(80, 20))
    for t in range(1, 20):
        e[:, t] = 0.8 * e[:, t - 1] + 0.6 * e[:, t]
    data = pd.DataFrame({"g": np.repeat(np.arange(80), 20), "t": np.tile(np.arange(20), 80)})
    data["y"] = (e + 0.7 * rng.normal(size=e.shape)).ravel()
    fit = mlm.fit("y ~ 1", data, residual=mlm.AR1("t", group="g", nugget=True))
    correlation, nugget = fit.residual.parameters
    assert nugget == pytest.approx(0.49 / 1.49, abs=0.08)
    assert correlation / (1 - nugget) == pytest.approx(0.8, abs=0.05)
    assert fit.varcorr["sd"].iloc[-1] == correlation
    assert repr(fit.residual.parts[0]) == "AR1('t', group='g', nugget=True)"
    plain = mlm.fit("y ~ 1", data, residual=mlm.AR1("t", group="g"))
    assert fit.loglik > plain.loglik + 10
    with pytest.raises(mlm.FormulaError, match="nugget must be True or False"):
        mlm.AR1("t", nugget=0.2)


@pytest.mark.parametrize("seed", range(4))
def test_a_nugget_of_zero_is_the_boundary(seed: int) -> None:
    rng = np.random.default_rng(seed)
    e = rng.normal(size=(40, 12))
    for t in range(1, 12):
        e[:, t] = 0.7 * e[:, t - 1] + np.sqrt(0.51) * e[:, t]
    data = pd.DataFrame({"g": np.repeat(np.arange(40), 12), "t": np.tile(np.arange(12), 40)})
    data["y"] = e.ravel()
    plain = mlm.fit("y ~ 1", data, residual=mlm.AR1("t", group="g"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = mlm.fit("y ~ 1", data, residual=mlm.AR1("t", group="g", nugget=True))
    assert fit.converged
    assert fit.deviance < plain.deviance + 1e-7
    at_zero = bool(fit.residual.parameters["nugget"] == 0)
    assert fit.singular == at_zero
    assert [w.category for w in caught] == [mlm.SingularFitWarning] * at_zero
    if at_zero:
        assert fit.deviance == pytest.approx(plain.deviance, abs=1e-7)
        pd.testing.assert_frame_equal(fit.vcov, plain.vcov, rtol=1e-4)
        limits = fit.confint()
        assert np.isnan(limits.loc["nugget", "low"])
        with pytest.raises(mlm.FitError, match="nugget is estimated at zero"):
            fit.confint("profile")
