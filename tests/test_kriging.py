"""New rows of known groups, where residuals correlate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import root

import mlmbook as mlm
from mlmbook.marginal import Marginal

SLEEP = mlm.load("sleepstudy").assign(
    even=lambda d: np.where(d["days"] % 2 == 0, "even", "odd"),
    known=lambda d: 5.0 * d["days"],
    count=lambda d: 1.0 + d["days"] % 3,
    gap=lambda d: d["days"] ** 1.1,
)
FLAT = SLEEP.assign(reaction=SLEEP["reaction"] - 8 * SLEEP["days"])
OLD, NEW = FLAT[~FLAT["days"].isin([4, 9])], FLAT[FLAT["days"].isin([4, 9])]
BY_SUBJECT = "reaction ~ days + (1 | subject)"

MODELS = {
    "ar1": (BY_SUBJECT, {"residual": mlm.AR1("days")}),
    "continuous": (BY_SUBJECT, {"residual": mlm.AR1("gap")}),
    "nugget": ("reaction ~ days", {"residual": mlm.AR1("days", group="subject", nugget=True)}),
    "symmetric": ("reaction ~ days", {"residual": mlm.CompoundSymmetry(group="subject")}),
    "everything": (
        BY_SUBJECT,
        {
            "residual": [mlm.VarianceBy("even"), mlm.AR1("days")],
            "weights": "count",
            "offset": "known",
        },
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_best_linear_unbiased_prediction_by_its_definition(name: str) -> None:
    """With the covariance matrix of old and new rows together, made by another fit's parts."""
    formula, extra = MODELS[name]
    fit = mlm.fit(formula, OLD, **extra)
    both = mlm.fit(formula, FLAT, **extra)  # for the shape of V alone
    both = with_parameters(both, fit)
    table = fit.predict(NEW, interval="prediction", correlated=True)
    marginal = Marginal.of(both)
    for rows, V, X in zip(marginal.rows[:3], marginal.V, marginal.X, strict=False):
        here = FLAT.index[rows]
        new = here.isin(NEW.index)
        offset = FLAT.loc[here, "known"].to_numpy() if "offset" in extra else 0.0
        y = FLAT.loc[here, "reaction"].to_numpy() - offset
        r = y - X @ fit.estimates.beta
        a = np.linalg.solve(V[np.ix_(~new, ~new)], V[np.ix_(~new, new)])
        shift = offset[new] if "offset" in extra else 0.0
        prediction = X[new] @ fit.estimates.beta + a.T @ r[~new] + shift
        x = X[new] - a.T @ X[~new]
        error = V[np.ix_(new, new)] - V[np.ix_(new, ~new)] @ a + x @ fit.estimates.vcov @ x.T
        assert table.loc[here[new], "prediction"].to_numpy() == pytest.approx(prediction, rel=1e-8)
        assert table.loc[here[new], "se"].to_numpy() == pytest.approx(np.sqrt(np.diag(error)))


def with_parameters(both: mlm.Fit, fit: mlm.Fit) -> mlm.Fit:
    """Return a model of all rows with the parameters of that of some."""

    class Parameters:
        beta, vcov = fit.estimates.beta, fit.estimates.vcov
        covariances, sigma2 = fit.estimates.covariances, fit.estimates.sigma2

    phi = fit.residual.phi.copy()
    here, there = both.residual.covariance, fit.residual.covariance
    at = fit.residual.level1.slices[-1]
    given = there.natural(phi[at])  # which phi that is depends on the data
    phi[at] = root(lambda x: here.natural(x) - given, phi[at], tol=1e-13).x
    residual = replace(both.residual, phi=phi)
    return replace(both, estimates=Parameters, residual=residual)


def test_a_missing_occasion_of_an_unstructured_covariance_is_a_regression() -> None:
    """With a mean for each occasion, the one that is missing is regressed on the others."""
    data = mlm.load("orthodont").assign(occ=lambda d: "t" + d["age"].astype(str))
    gone = data.index[3]
    residual = mlm.Unstructured("occ", group="subject")
    fit = mlm.fit("distance ~ occ", data.drop(index=gone), residual=residual)
    table = fit.predict(data.loc[[gone]], interval="prediction", correlated=True)
    subject = data.loc[gone, "subject"]
    wide = data.pivot(index="subject", columns="occ", values="distance")
    last = data.loc[gone, "occ"]
    others = [column for column in wide if column != last]
    complete = wide.drop(index=subject)
    X = np.column_stack([np.ones(len(complete)), complete[others]])
    beta = np.linalg.lstsq(X, complete[last].to_numpy())[0]
    expected = beta @ np.append(1, wide.loc[subject, others])
    assert table["prediction"].item() == pytest.approx(expected, rel=1e-4)
    plain = fit.predict(data.loc[[gone]], interval="prediction")
    assert table["se"].item() < 0.9 * plain["se"].item()
    own = fit.varcorr.set_index(["term", "term2"]).loc[(f"occ[{last}]", ""), "variance"]
    confidence = fit.predict(data.loc[[gone]], interval="confidence")["se"].item()
    assert plain["se"].item() ** 2 == pytest.approx(confidence**2 + own)


def test_a_time_that_was_observed_is_its_observation() -> None:
    fit = mlm.fit(BY_SUBJECT, OLD, residual=mlm.AR1("days"))
    table = fit.predict(OLD[:5], interval="prediction", correlated=True)
    np.testing.assert_allclose(table["prediction"], OLD["reaction"][:5])
    np.testing.assert_allclose(table["se"], 0, atol=1e-5)


def test_far_from_all_observations_nothing_is_borrowed() -> None:
    fit = mlm.fit(BY_SUBJECT, OLD, residual=mlm.AR1("days"))
    far = NEW[:2].assign(days=[400, 500])
    pd.testing.assert_frame_equal(
        fit.predict(far, interval="prediction", correlated=True),
        fit.predict(far, interval="prediction"),
    )
    strange = NEW[:1].assign(subject="nobody")
    one, two = (fit.predict(strange, correlated=known) for known in (True, False))
    assert one.item() == two.item()
    assert one.attrs["messages"][-1] == (
        "1 rows are in groups of 'subject' without observations: no residual can be borrowed for "
        "them"
    )


def test_bad_ones_are_refused() -> None:
    fit = mlm.fit(BY_SUBJECT, OLD, residual=mlm.AR1("days"))
    with pytest.raises(mlm.DataError, match="give newdata"):
        fit.predict(correlated=True)
    with pytest.raises(mlm.DataError, match="interval='prediction' or None"):
        fit.predict(NEW, correlated=True, interval="confidence")
    with pytest.raises(mlm.DataError, match="not a whole number of steps"):
        fit.predict(NEW[:1].assign(days=3.5), correlated=True)
    with pytest.raises(mlm.FitError, match="for models whose residuals correlate"):
        mlm.fit(BY_SUBJECT, OLD).predict(NEW, correlated=True)


def test_a_group_that_moved_is_refused() -> None:
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"town": np.repeat(["a", "b", "c", "d"], 30), "t": np.tile(range(5), 24)})
    data["child"] = np.repeat([f"c{i}" for i in range(24)], 5)
    data["y"] = rng.normal(size=120) + np.repeat(rng.normal(0, 2, 4), 30)
    data["y"] += np.repeat(rng.normal(size=24), 5)
    fit = mlm.fit("y ~ 1 + (1 | town)", data, residual=mlm.AR1("t", group="child"))
    moved = pd.DataFrame({"town": ["b"], "child": ["c0"], "t": [6]})
    with pytest.raises(mlm.DataError, match="observed in another group of 'town'"):
        fit.predict(moved, correlated=True)


def test_standardized_residuals() -> None:
    extra = {"residual": [mlm.VarianceBy("even"), mlm.AR1("days")], "weights": "count"}
    fit = mlm.fit(BY_SUBJECT, FLAT, **extra)
    S = fit.estimates.sigma2 * fit.residual.covariance_of(np.arange(180))
    e = fit.residuals.to_numpy()
    np.testing.assert_allclose(
        fit.residuals_at(1, kind="pearson"), e / np.sqrt(np.diag(S)), rtol=1e-9
    )
    normalized = fit.residuals_at(1, kind="normalized")
    np.testing.assert_allclose(normalized, np.linalg.solve(np.linalg.cholesky(S), e), rtol=1e-6)
    plain = mlm.fit(BY_SUBJECT, FLAT)
    for kind in ("pearson", "normalized"):
        np.testing.assert_allclose(plain.residuals_at(1, kind=kind), plain.residuals / plain.sigma)
    with pytest.raises(mlm.DataError, match="choose one of 'raw', 'pearson', 'normalized'"):
        fit.residuals_at(1, kind="deviance")
    with pytest.raises(mlm.DataError, match="not for residuals of level 'subject'"):
        fit.residuals_at("subject", kind="pearson")
