"""Cluster-robust standard errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mlmbook as mlm
from mlmbook.marginal import Marginal

REFERENCE = Path(__file__).parent / "reference"
HSB82 = mlm.load("hsb82")
FIT = mlm.fit("mathach ~ ses + (1 | school)", HSB82)


@pytest.mark.parametrize("name", ["hsb82", "bh1996"])
@pytest.mark.parametrize("kind", ["CR0", "CR2"])
def test_against_clubsandwich(name: str, kind: str) -> None:
    path = REFERENCE / "results" / f"{name}__group_stats.json"
    expected = json.loads(path.read_text())["random_intercept_reml"]
    fit = FIT
    if name == "bh1996":
        data = pd.read_csv(REFERENCE / "data" / "bh1996.csv.gz")
        fit = mlm.fit("wbeing ~ hrs + (1 | grp)", data)
    se = np.sqrt(np.diag(fit.vcov_robust(kind)))
    assert se == pytest.approx(list(expected[f"robust_{kind}"].values()), rel=1e-6)
    assert fit.summary(se=kind)["se"].to_numpy() == pytest.approx(se)


STRUCTURES = {
    "sleepstudy__slopes": ("reaction ~ days + (days | subject)", None),
    "orthodont__sex": ("distance ~ age11 * sex + (1 | subject)", None),
    "orthodont__strata": ("distance ~ age11 * sex + (1 | subject)", mlm.VarianceBy("sex")),
    "orthodont__ar1": ("distance ~ age11 * sex + (1 | subject)", mlm.AR1("age")),
    "orthodont__marginal_ar1": ("distance ~ age11 * sex", mlm.AR1("age", group="subject")),
    "hsb82__contextual": ("mathach ~ ses * sector + (1 | school)", None),
}


@pytest.mark.parametrize("kind", ["CR0", "CR2"])
@pytest.mark.parametrize("name", STRUCTURES)
def test_degrees_of_freedom_against_clubsandwich(name: str, kind: str) -> None:
    path = REFERENCE / "results" / "robust__structures.json"
    expected = json.loads(path.read_text())["fits"][name][kind]
    formula, residual = STRUCTURES[name]
    data = mlm.load(name.split("__")[0])
    if "age11" in formula:
        sex = pd.Categorical(data["sex"].astype(str), ["Male", "Female"])
        data = data.assign(age11=data["age"] - 11, sex=sex)
    if "sector" in formula:
        data["sector"] = pd.Categorical(data["sector"].astype(str), ["Public", "Catholic"])
    table = mlm.fit(formula, data, residual=residual).summary(se=kind)
    order = ["".join(c for c in name if c not in "[]()") for name in table.index]
    names = [name.strip("()").replace("(", "") for name in expected["names"]]
    for column in ("se", "df", "p"):
        values = dict(zip(names, expected[column], strict=True))
        rel = 1e-2 if column == "p" else 1e-4  # a p is as sensitive as its statistic is large
        assert table[column].to_numpy() == pytest.approx([values[n] for n in order], rel=rel)


def test_cr1_is_cr0_with_a_factor() -> None:
    factor = 160 / 159
    pd.testing.assert_frame_equal(FIT.vcov_robust("CR1"), FIT.vcov_robust("CR0") * factor)


def test_balanced_means_have_a_closed_form() -> None:
    """In a balanced design, CR2 of a lone intercept is the variance of the groups' means."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"g": np.repeat(np.arange(9), 4)})
    data["y"] = rng.normal(size=9)[data["g"]] * 2 + rng.normal(size=36)
    fit = mlm.fit("y ~ 1 + (1 | g)", data)
    means = data.groupby("g")["y"].mean()
    assert fit.vcov_robust("CR2").iloc[0, 0] == pytest.approx(means.var() / 9)


def test_a_balanced_mean_has_one_degree_less_than_groups() -> None:
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"g": np.repeat(np.arange(9), 4), "y": rng.normal(size=36)})
    data["y"] += np.repeat(rng.normal(size=9), 4)
    table = mlm.fit("y ~ 1 + (1 | g)", data).summary(se="CR2")
    assert table.loc["Intercept", "df"] == pytest.approx(8)
    assert table.attrs == {"df": "satterthwaite", "se": "CR2"}
    means = data.groupby("g")["y"].mean()
    t = means.mean() / (means.std() / 3)
    assert table.loc["Intercept", "p"] == pytest.approx(2 * stats.t.sf(abs(t), 8))


def test_nested_factors_take_the_top_one() -> None:
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"top": np.repeat(np.arange(8), 12), "low": np.tile(np.arange(4), 24)})
    unit = data["top"] * 4 + data["low"]
    data["y"] = rng.normal(size=8)[data["top"]] + rng.normal(size=32)[unit] + rng.normal(size=96)
    fit = mlm.fit("y ~ 1 + (1 | top/low)", data)
    means = data.groupby("top")["y"].mean()
    assert fit.vcov_robust("CR2").iloc[0, 0] == pytest.approx(means.var() / 8)


def test_level_1_structures_are_part_of_the_working_covariance() -> None:
    fit = mlm.fit("mathach ~ ses + (1 | school)", HSB82, residual=mlm.VarianceBy("sector"))
    ratio = np.diag(fit.vcov_robust()) / np.diag(FIT.vcov_robust())
    assert ratio == pytest.approx([1, 1], abs=0.05)


def test_bad_ones_are_refused() -> None:
    with pytest.raises(mlm.FitError, match="kind='HC3' is not available; choose one of CR0"):
        FIT.vcov_robust("HC3")
    crossed = mlm.fit("attain ~ 1 + (1 | primary) + (1 | secondary)", mlm.load("scotssec"))
    with pytest.raises(mlm.FormulaError, match="'primary' is crossed with 'secondary'"):
        crossed.vcov_robust()


def test_robust_standard_errors_have_their_own_degrees_of_freedom() -> None:
    fit = mlm.fit("normexam ~ standlrt + (1 | school)", mlm.load("exam"))
    with pytest.raises(mlm.FitError, match="use df='satterthwaite' or df='wald'"):
        fit.summary(df="kenward-roger", se="CR2")
    table = fit.summary(se="CR2", df="wald")
    assert np.isinf(table["df"]).all()
    assert np.allclose(table["se"], np.sqrt(np.diagonal(fit.vcov_robust("CR2"))))


@pytest.mark.parametrize(
    "extra",
    [
        {"weights": "count", "offset": "known"},
        {"residual": [mlm.VarianceBy("even"), mlm.AR1("days")], "weights": "count"},
    ],
)
def test_cr2_is_unbiased_where_the_model_is_right(extra: dict) -> None:
    """With the model's covariance in the place of the products of residuals, it is ``vcov``."""
    sleep = mlm.load("sleepstudy").drop(index=[3, 40, 41, 90])
    sleep = sleep.assign(
        even=sleep["days"] % 2, count=1.0 + np.arange(len(sleep)) % 3, known=5.0 * sleep["days"]
    )
    fit = mlm.fit("reaction ~ days + (1 | subject)", sleep, **extra)
    marginal, M = Marginal.of(fit), fit.vcov.to_numpy()
    expected, dense = np.zeros((2, 2)), np.zeros((2, 2))
    for X, V, r in zip(marginal.X, marginal.V, marginal.residuals, strict=True):
        D = np.linalg.cholesky(V).T
        A = D.T @ inverse_root(D @ (V - X @ M @ X.T) @ D.T) @ D
        g = A @ np.linalg.solve(V, X) @ M
        expected += g.T @ (V - X @ M @ X.T) @ g
        dense += np.outer(g.T @ r, g.T @ r)
    np.testing.assert_allclose(expected, M, rtol=1e-7)
    np.testing.assert_allclose(fit.vcov_robust("CR2"), dense, rtol=1e-7)
    left = sleep["reaction"] - fit.predict(level="population")
    groups = [sleep["subject"].eq(label).to_numpy() for label in marginal.grouping.labels]
    for rows, r in zip(groups, marginal.residuals, strict=True):
        np.testing.assert_allclose(r, left[rows])


def inverse_root(B: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(B)
    return vectors / np.sqrt(values) @ vectors.T
