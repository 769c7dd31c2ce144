"""Effects within and between groups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

REFERENCE = Path(__file__).parent / "reference"
HSB82 = mlm.load("hsb82")
FORMULA = "mathach ~ ses + (1 | school)"


def stored(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


def test_hausman_against_r() -> None:
    test = mlm.hausman(mlm.fit(FORMULA, HSB82))
    expected = stored("hsb82__group_stats")["hausman_reml_vs_fe"]
    assert test["chisq"] == pytest.approx(expected["chisq"], rel=1e-4)
    assert test["df"] == 1
    data = pd.read_csv(REFERENCE / "data" / "bh1996.csv.gz")
    test = mlm.hausman(mlm.fit("wbeing ~ hrs + (1 | grp)", data))
    expected = stored("bh1996__group_stats")["hausman_reml_vs_fe"]
    assert test["chisq"] == pytest.approx(expected["chisq"], rel=1e-4)


def test_mundlak_against_lme4() -> None:
    expected = stored("hsb82__contextual")["fits"]["REML"]
    fit = mlm.within_between(FORMULA, HSB82)
    assert fit.loglik == pytest.approx(expected["loglik"], abs=1e-5)
    assert fit.fixef["ses"] == pytest.approx(expected["fixef"]["ses"], abs=1e-6)
    within = stored("hsb82__group_stats")["fixed_effects_dummies"]["coef"]
    assert fit.fixef["ses"] == pytest.approx(within, abs=1e-8)  # the estimate with dummies


def test_both_forms_are_one_model() -> None:
    mundlak = mlm.within_between(FORMULA, HSB82)
    within = mlm.within_between(FORMULA, HSB82, form="within")
    assert within.loglik == pytest.approx(mundlak.loglik, abs=1e-7)
    assert within.fixef["ses_within"] == pytest.approx(mundlak.fixef["ses"])
    total = mundlak.fixef["ses"] + mundlak.fixef["ses_mean"]
    assert within.fixef["ses_mean"] == pytest.approx(total)


def test_slopes_follow_the_deviations_too() -> None:
    fit = mlm.within_between("mathach ~ ses + (ses | school)", HSB82, form="within")
    assert fit.design.groupings[0].terms == ("Intercept", "ses_within")


@pytest.mark.parametrize(
    ("formula", "arguments", "match"),
    [
        ("mathach ~ 1 + (1 | school)", {}, "no predictor of .* varies within 'school'"),
        ("mathach ~ sector + (1 | school)", {}, "no predictor of .* varies within 'school'"),
        (FORMULA, {"group": "schol"}, "'schol' is not a grouping factor.*'school'"),
        (FORMULA, {"form": "between"}, "choose 'mundlak' or 'within'"),
    ],
)
def test_bad_ones_are_refused(formula: str, arguments: dict[str, str], match: str) -> None:
    with pytest.raises(mlm.MlmbookError, match=match):
        mlm.within_between(formula, HSB82, **arguments)


def test_hausman_is_for_random_intercepts() -> None:
    with pytest.raises(mlm.FormulaError, match="one random intercept and no other"):
        mlm.hausman(mlm.fit("mathach ~ ses + (ses | school)", HSB82))
    with pytest.raises(mlm.FormulaError, match="varies within 'school'"):
        mlm.hausman(mlm.fit("mathach ~ 1 + (1 | school)", HSB82))


# ---- categories, structures, weights --------------------------------------------------------

MIXED = HSB82.assign(
    word=np.array(["low", "mid", "top"])[np.arange(len(HSB82)) % 7 % 3],
    twice=np.where(np.arange(len(HSB82)) % 2, "odd", "even"),
    code=np.arange(len(HSB82)) % 7 % 3,
    count=1.0 + np.arange(len(HSB82)) % 4,
    known=0.5 * HSB82["ses"] ** 2,
    order=HSB82.groupby("school").cumcount(),
)


def test_a_category_has_the_shares_of_its_levels() -> None:
    fit = mlm.within_between("mathach ~ ses + word + (1 | school)", MIXED)
    own = MIXED.assign(m=(MIXED["word"] == "mid") * 1.0, t=(MIXED["word"] == "top") * 1.0)
    by_hand = mlm.within_between("mathach ~ ses + m + t + (1 | school)", own)
    assert fit.loglik == pytest.approx(by_hand.loglik, abs=1e-8)
    assert fit.fixef["word_mid_mean"] == pytest.approx(by_hand.fixef["m_mean"])
    assert fit.fixef["word[top]"] == pytest.approx(by_hand.fixef["t"])


@pytest.mark.parametrize("term", ["word", "C(code)", "twice * ses", "twice:ses + twice + ses"])
def test_both_forms_of_a_category_are_one_model(term: str) -> None:
    formula = f"mathach ~ ses + {term} + (1 | school)"
    mundlak, within = (
        mlm.within_between(formula, MIXED, form=form, reml=False) for form in ("mundlak", "within")
    )
    if "ses" not in term:
        assert within.loglik == pytest.approx(mundlak.loglik, abs=1e-7)
    assert len(within.fixef) == len(mundlak.fixef)
    names = [name for name in within.fixef.index if name.endswith("_within")]
    columns = within.data[[name for name in names if ":" not in name]]
    assert np.abs(columns.groupby(within.data["school"]).mean()).max(axis=None) < 1e-12


def test_slopes_of_a_category() -> None:
    with pytest.warns(mlm.SingularFitWarning):  # odd and even rows do not differ
        fit = mlm.within_between("mathach ~ twice + (twice | school)", MIXED, form="within")
    assert fit.design.groupings[0].terms == ("Intercept", "twice_odd_within")


def test_a_category_of_the_groups_is_left_alone() -> None:
    fit = mlm.within_between("mathach ~ ses + sector + (1 | school)", MIXED, form="within")
    assert [name for name in fit.fixef.index if "sector" in name] == ["sector[Public]"] or [
        name for name in fit.fixef.index if "sector" in name
    ] == ["sector[Catholic]"]


EXTRAS = {
    "strata": {"residual": mlm.VarianceBy("sector")},
    "ar1": {"residual": mlm.AR1("order")},
    "both": {"residual": [mlm.VarianceBy("twice"), mlm.AR1("order")]},
    "weights": {"weights": "count"},
    "offset": {"offset": "known"},
    "array": {"weights": MIXED["count"].to_numpy(), "offset": "known"},
}


@pytest.mark.parametrize("name", EXTRAS)
def test_structures_weights_and_offsets(name: str) -> None:
    fit = mlm.within_between(FORMULA, MIXED, **EXTRAS[name])
    whole = MIXED.assign(ses_mean=MIXED.groupby("school")["ses"].transform("mean"))
    by_hand = mlm.fit("mathach ~ ses_mean + ses + (1 | school)", whole, **EXTRAS[name])
    assert fit.loglik == pytest.approx(by_hand.loglik, abs=1e-7)
    assert fit.fixef["ses"] == pytest.approx(by_hand.fixef["ses"])


@pytest.mark.parametrize("name", EXTRAS)
def test_hausman_with_dummies_by_generalized_least_squares(name: str) -> None:
    some = MIXED[MIXED["school"].isin(MIXED["school"].unique()[:30])]
    extra = dict(EXTRAS[name])
    if name == "array":
        extra["weights"] = some["count"].to_numpy()
    fit = mlm.fit("mathach ~ ses + minority + (1 | school)", some, **extra)
    n, (grouping,) = fit.nobs, fit.design.groupings
    S = np.eye(n) if fit.residual is None else fit.residual.covariance_of(np.arange(n))
    X = np.column_stack([np.eye(30)[grouping.codes], fit.design.X[:, 1:]])
    y = fit.design.y - (0 if fit.design.offset is None else fit.design.offset)
    W = np.linalg.inv(S)
    beta = np.linalg.solve(X.T @ W @ X, X.T @ W @ y)
    left = y - X @ beta
    V = left @ W @ left / (n - X.shape[1]) * np.linalg.inv(X.T @ W @ X)
    apart = (beta - np.append(np.zeros(29), fit.fixef))[30:]
    difference = V[30:, 30:] - fit.vcov.to_numpy()[1:, 1:]
    if np.linalg.eigvalsh(difference)[0] <= 0:
        with pytest.raises(mlm.FitError, match="does not have the smaller variances"):
            mlm.hausman(fit)
        return
    test = mlm.hausman(fit)
    assert test["chisq"] == pytest.approx(apart @ np.linalg.solve(difference, apart), rel=1e-5)
    assert test["df"] == 2


# ---- every column of X has means of its own -------------------------------------------------


def world(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(30), 10)
    x, z = (rng.normal(size=300) + rng.normal(size=30)[g] for _ in range(2))
    data = pd.DataFrame({"g": g, "x": x, "z": z, "w": rng.normal(size=30)[g]})
    data = data.assign(s=np.array(["p", "q", "r"])[g % 3], t=rng.choice(["a", "b", "c"], 300))
    noise = rng.normal(size=30)[g] + rng.normal(size=300)
    mean = data.groupby("g")["x"].transform("mean")
    return data.assign(y=np.exp(x / 2) + x * z / 2 + mean + noise)


WORLD = world()
FIXED = ["np.exp(x)", "x + I(x**2)", "x * z", "x:z", "x * w", "x * s", "x:s", "t * x", "t * s"]


@pytest.mark.parametrize("right", [*FIXED, "poly(x, 2)", "z + center(x)", "C(t) * w"])
def test_the_estimates_are_those_with_dummies(right: str) -> None:
    """Mundlak's theorem, which holds for the means of the columns and for no others."""
    formula = f"y ~ {right} + (1 | g)"
    dummies = mlm.fixed_effects(formula, WORLD).fixef
    mundlak = mlm.within_between(formula, WORLD, reml=False)
    assert mundlak.fixef[dummies.index].to_numpy() == pytest.approx(dummies.to_numpy(), abs=1e-9)
    within = mlm.within_between(formula, WORLD, form="within", reml=False)
    assert within.loglik == pytest.approx(mundlak.loglik, abs=1e-7)
    assert len(within.fixef) == len(mundlak.fixef)


def test_products_with_predictors_of_the_groups_stay_products() -> None:
    fit = mlm.within_between("y ~ x * w + (x | g)", WORLD, form="within")
    assert {"x_mean:w", "x_within:w", "w"} < set(fit.fixef.index)
    assert fit.design.groupings[0].terms == ("Intercept", "x_within")


def test_rows_that_were_dropped_are_counted() -> None:
    data = WORLD.assign(x=WORLD["x"].where(WORLD.index % 3 > 0))
    fit = mlm.within_between("y ~ x + (1 | g)", data)
    assert fit.messages == ["100 of 300 rows dropped: missing values in 'x' (100)"]


@pytest.mark.parametrize("form", ["mundlak", "within"])
def test_means_that_say_nothing_are_left_out(form: str) -> None:
    data = WORLD.assign(half=np.where(WORLD.index % 2, "u", "v"))
    data["known"] = data.groupby("g")["x"].transform("mean")
    fit = mlm.within_between("y ~ half + z + x + known + (1 | g)", data, form=form)
    assert any(
        message.startswith("left out, because") and message.endswith("half_v_mean, x_mean")
        for message in fit.messages
    )
    assert [name for name in fit.fixef.index if name.endswith("_mean")] == ["z_mean"]


def test_random_effects_of_every_level_have_no_deviations() -> None:
    formula = "y ~ t + (0 + t | g)"
    with pytest.raises(mlm.FormulaError, match=r"write \(1 \+ t \| g\), or use form='mundlak'"):
        mlm.within_between(formula, WORLD, form="within")
