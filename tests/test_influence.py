"""Leaving out one group at a time."""

from __future__ import annotations

import numpy as np
import pytest

import mlmbook as mlm
from mlmbook.marginal import Marginal

SLEEP = mlm.load("sleepstudy")
FORMULA = "reaction ~ days + (1 | subject)"
FIT = mlm.fit(FORMULA, SLEEP)


def test_exact_is_the_fit_without_the_group() -> None:
    table = mlm.influence(FIT, method="exact")
    assert table.index.equals(FIT.ranef["subject"].index)
    for label in table.index[[0, 7]]:
        again = mlm.fit(FORMULA, SLEEP[SLEEP["subject"] != label])
        change = again.fixef - FIT.fixef
        assert table.loc[label, ["Intercept", "days"]].to_numpy(dtype=float) == pytest.approx(
            (change / FIT.se).to_numpy(), abs=1e-7
        )
        cook = change.to_numpy() @ np.linalg.solve(FIT.vcov, change) / 2
        assert table.loc[label, "cook"] == pytest.approx(cook, rel=1e-6)
        assert table.loc[label, "sigma"] == pytest.approx(again.sigma)


def test_one_step_is_generalized_least_squares_without_the_group() -> None:
    table = mlm.influence(FIT)
    label = table.index[3]
    keep = (SLEEP["subject"] != label).to_numpy()
    X, y, codes = FIT.design.X[keep], FIT.design.y[keep], FIT.design.groupings[0].codes[keep]
    V = (codes[:, None] == codes) * FIT.estimates.covariances[0][0, 0]
    V = V + np.eye(len(y)) * FIT.sigma**2
    W = np.linalg.inv(V)
    beta = np.linalg.solve(X.T @ W @ X, X.T @ W @ y)
    expected = (beta - FIT.fixef.to_numpy()) / FIT.se.to_numpy()
    assert table.loc[label, ["Intercept", "days"]].to_numpy(dtype=float) == pytest.approx(expected)


def test_one_step_is_close() -> None:
    exact, quick = mlm.influence(FIT, method="exact"), mlm.influence(FIT)
    assert np.corrcoef(exact["cook"], quick["cook"])[0, 1] > 0.98
    assert (quick["n"] == 10).all()


def test_weights_and_offsets_are_kept() -> None:
    weights = np.random.default_rng(1).uniform(0.5, 2, 180)
    fit = mlm.fit(FORMULA, SLEEP, weights=weights, offset=SLEEP["days"] * 2.0)
    label = fit.ranef["subject"].index[2]
    keep = (SLEEP["subject"] != label).to_numpy()
    some = SLEEP[keep]
    again = mlm.fit(FORMULA, some, weights=weights[keep], offset=some["days"] * 2.0)
    exact = mlm.influence(fit, method="exact").loc[label, "days"]
    assert exact == pytest.approx((again.fixef["days"] - fit.fixef["days"]) / fit.se["days"])


STRUCTURES = {
    "strata": (FORMULA, {"residual": mlm.VarianceBy("even")}),
    "all": (
        FORMULA,
        {
            "residual": [mlm.VarianceBy("even"), mlm.AR1("days")],
            "weights": "count",
            "offset": "known",
        },
    ),
    "fitted": (FORMULA, {"residual": mlm.VariancePower()}),
    "marginal": ("reaction ~ days", {"residual": mlm.AR1("days", group="subject")}),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_level_1_structures(name: str) -> None:
    formula, extra = STRUCTURES[name]
    data = SLEEP.assign(
        even=SLEEP["days"] % 2, count=1.0 + SLEEP["days"] % 3, known=5.0 * SLEEP["days"]
    )
    fit = mlm.fit(formula, data, **extra)
    marginal = Marginal.of(fit)
    exact, quick = mlm.influence(fit, method="exact"), mlm.influence(fit)
    near = 0.95 if name != "fitted" else 0.75  # there a group moves the power a good deal
    assert np.corrcoef(exact["cook"], quick["cook"])[0, 1] > near
    label = exact.index[5]
    keep = (data["subject"] != label).to_numpy()
    again = mlm.fit(formula, data[keep], **extra)
    change = (again.fixef - fit.fixef) / fit.se
    assert exact.loc[label, change.index].to_numpy(dtype=float) == pytest.approx(
        change.to_numpy(), abs=1e-6
    )
    others = [number for number in range(18) if number != 5]
    XWX = sum(marginal.X[j].T @ np.linalg.solve(marginal.V[j], marginal.X[j]) for j in others)
    y = [r + X @ fit.fixef.to_numpy() for r, X in zip(marginal.residuals, marginal.X, strict=True)]
    XWy = sum(marginal.X[j].T @ np.linalg.solve(marginal.V[j], y[j]) for j in others)
    one_step = (np.linalg.solve(XWX, XWy) - fit.fixef) / fit.se
    assert quick.loc[label, change.index].to_numpy(dtype=float) == pytest.approx(
        one_step.to_numpy(), abs=1e-8
    )


def test_bad_ones_are_refused() -> None:
    with pytest.raises(mlm.FitError, match="choose 'exact' or 'one-step'"):
        mlm.influence(FIT, method="jackknife")
    crossed = mlm.fit("attain ~ 1 + (1 | primary) + (1 | secondary)", mlm.load("scotssec"))
    with pytest.raises(mlm.FormulaError, match="crossed"):
        mlm.influence(crossed)


WORLD = SLEEP.assign(
    late=SLEEP["days"] + np.repeat(np.arange(18) % 5, 10) / 2,
    only=np.where((SLEEP.index < 10) & (SLEEP.index % 2 == 0), "r", np.tile(["p", "q"], 90)),
    first=np.where((SLEEP.index < 10) & (SLEEP.index % 2 == 0), "a", np.tile(["p", "q"], 90)),
)
SAME = [("poly(late, 2)", "late + I(late**2)"), ("center(late)", "late")]


@pytest.mark.parametrize(("right", "same"), SAME)
def test_columns_of_functions_stay_what_they_are(right: str, same: str) -> None:
    """Cook's distance is the same in every way of writing a model."""
    one, two = (
        mlm.influence(mlm.fit(f"reaction ~ {way} + (1 | subject)", WORLD), method="exact")
        for way in (right, same)
    )
    assert one["cook"].to_numpy() == pytest.approx(two["cook"].to_numpy(), rel=1e-6)


@pytest.mark.parametrize("column", ["only", "first"])  # the reference level is another one
@pytest.mark.parametrize("method", ["exact", "one-step"])
def test_a_group_that_alone_has_a_category(method: str, column: str) -> None:
    fit = mlm.fit(f"reaction ~ {column} + days + (1 | subject)", WORLD)
    label = WORLD["subject"][0]
    with pytest.warns(UserWarning, match=rf"cannot be estimated without group {label} of"):
        table = mlm.influence(fit, method=method)
    assert table.loc[label].drop("n").isna().all()
    assert table.drop(index=label).notna().all(axis=None)


def test_one_group_is_too_few() -> None:
    two = SLEEP[SLEEP["subject"].isin(SLEEP["subject"].unique()[:2])]
    with pytest.warns(UserWarning, match="has one group only"):
        table = mlm.influence(mlm.fit(FORMULA, two), method="exact")
    assert table["cook"].isna().all()
