"""F tests of whole terms, against lmerTest and pbkrtest, and whatever the coding."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.hypotheses import hypotheses

REFERENCE = Path(__file__).parent / "reference" / "results"
STORED = json.loads((REFERENCE / "level1__inference.json").read_text())["anova"]


def frame(name: str) -> pd.DataFrame:
    data = mlm.load(STORED[name]["data"]).head(STORED[name]["rows"])
    if name.startswith("orthodont"):
        sex = pd.Categorical(data["sex"].astype(str), ["Male", "Female"])
        data = data.assign(age11=data["age"] - 11, sex=sex, age_f=data["age"].astype(str))
    if name.startswith("exam"):  # R sorts what are texts in its file
        data = data.assign(schgend=data["schgend"].astype(str))
    if name == "exam_factors":
        bands = np.array(["low", "mid", "high"])[(1 + np.arange(len(data))) % 3]
        data = data.assign(band=pd.Categorical(bands, ["low", "mid", "high"]))
    return data


def r_name(term: str) -> str:
    return term.replace("**", "^").replace(" ", "")


@pytest.mark.parametrize("name", STORED)
def test_all_types_match_lmertest(name: str) -> None:
    fit = mlm.fit(STORED[name]["formula"], frame(name))
    for expected in STORED[name]["tables"]:
        ddf = expected["ddf"].lower()
        table = fit.anova(type=int(expected["type"]), df=ddf)
        assert sorted(map(r_name, table.index)) == sorted(map(r_name, expected["terms"]))
        table.index = table.index.map(r_name)
        table = table.loc[list(map(r_name, expected["terms"]))]
        assert table["num_df"].tolist() == expected["num_df"]
        np.testing.assert_allclose(table["statistic"], expected["statistic"], rtol=2e-5)
        np.testing.assert_allclose(table["den_df"], expected["den_df"], rtol=2e-4)
        np.testing.assert_allclose(table["p"], expected["p"], rtol=1e-3)
        assert table.attrs == {"df": ddf, "type": int(expected["type"])}


@pytest.mark.parametrize("ddf", ["satterthwaite", "kenward-roger"])
def test_published_type_three_table(ddf: str) -> None:
    stored = json.loads((REFERENCE / "orthodont__tests.json").read_text())
    expected = stored["anova3_satterthwaite" if ddf == "satterthwaite" else "anova3_kr"]
    fit = mlm.fit("distance ~ age11 * sex + (age11 | subject)", frame("orthodont"))
    values = np.array(expected["values"], dtype=float)[:, 2:]
    table = fit.anova(df=ddf).loc[expected["rows"]]
    np.testing.assert_allclose(table, values, rtol=1e-4)


def test_type_three_does_not_depend_on_the_coding() -> None:
    data = frame("exam_factors")
    formula = "normexam ~ C(band{0}) * C(schgend{0}) + standlrt + (1 | school)"
    one, *others = (
        mlm.fit(formula.format(coding), data).anova()
        for coding in ("", ", contr.sum", ", contr.helmert")
    )
    for other in others:
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_term_of_one_coefficient_is_its_t_test() -> None:
    fit = mlm.fit("mathach ~ ses + meanses + (1 | school)", mlm.load("hsb82"))
    for df in ("satterthwaite", "kenward-roger", "wald"):
        table, tests = fit.summary(df=df).loc[["ses", "meanses"]], fit.anova(df=df)
        np.testing.assert_allclose(tests["statistic"], table["statistic"] ** 2, rtol=1e-8)
        np.testing.assert_allclose(tests["den_df"], table["df"], rtol=1e-8)
        np.testing.assert_allclose(np.log(tests["p"]), np.log(table["p"]), rtol=1e-8)


def test_a_balanced_design_has_the_table_of_the_classical_analysis() -> None:
    """Split plots: the whole-plot factor is tested against groups, the other against the rest."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"g": np.repeat(np.arange(12), 6), "t": np.tile(list("abc"), 24)})
    data["w"] = np.where(data["g"] < 6, "old", "new")
    data["y"] = 3 * rng.normal(size=12)[data["g"]] + rng.normal(size=72)
    fit = mlm.fit("y ~ w * t + (1 | g)", data)
    means = data.groupby(["w", "g"])["y"].mean()
    within = means.groupby("w").var().mean() * 6
    between = means.groupby("w").mean().var() * 36
    for df in ("satterthwaite", "kenward-roger"):
        table = fit.anova(df=df)
        assert table.loc["w", "statistic"] == pytest.approx(between / within, rel=1e-6)
        assert table["num_df"].tolist() == [1, 2, 2]
        np.testing.assert_allclose(table["den_df"], [10, 56, 56], rtol=1e-6)


def test_level_one_structures_have_the_tests_too() -> None:
    data = frame("orthodont_factor")
    residual = mlm.Unstructured("age", group="subject")
    fit = mlm.fit("distance ~ age_f * sex", data, residual=residual)
    table = fit.anova(df="kenward-roger")
    assert table.loc["sex", "den_df"] == pytest.approx(25, rel=1e-5)
    # Hotelling's T squared of three differences in two groups, on (3, 27 - 3 - 1) degrees
    assert table.loc["age_f:sex", "den_df"] == pytest.approx(23, rel=1e-5)
    wide = data.pivot(index="subject", columns="age", values="distance")
    steps = wide.diff(axis=1).iloc[:, 1:]
    sex = data.groupby("subject", observed=True)["sex"].first().reindex(wide.index).to_numpy()
    groups = [steps[sex == s] for s in ("Male", "Female")]
    n, m = map(len, groups)
    pooled = sum((len(g) - 1) * g.cov().to_numpy() for g in groups) / (n + m - 2)
    gap = groups[0].mean().to_numpy() - groups[1].mean().to_numpy()
    t2 = n * m / (n + m) * gap @ np.linalg.solve(pooled, gap)
    F = t2 * (n + m - 2 - 3 + 1) / (3 * (n + m - 2))
    assert table.loc["age_f:sex", "statistic"] == pytest.approx(F, rel=1e-4)


def test_hypotheses_span_what_they_should() -> None:
    """Type III of a factor says that all its means are equal, averaged over the other's."""
    fit = mlm.fit("normexam ~ band * schgend + (1 | school)", frame("exam_factors"))
    L = hypotheses(fit.design, 3)["band"]
    cells = fit.design.fixed.remake(
        pd.DataFrame([(b, s) for b in ("low", "mid", "high") for s in ("mixed", "boys", "girls")],
                     columns=["band", "schgend"])
    )  # fmt: skip
    means = np.kron(np.eye(3), np.ones((1, 3)) / 3) @ cells
    wanted = means[1:] - means[0]
    rank = np.linalg.matrix_rank(np.vstack([L, wanted]), tol=1e-12)  # rounding is 1e-15
    assert rank == len(L) == 2


def test_what_cannot_be_tested_is_said() -> None:
    fit = mlm.fit("distance ~ age + (1 | subject)", mlm.load("orthodont"), reml=False)
    with pytest.raises(mlm.FitError, match="type must be 1, 2 or 3"):
        fit.anova(type=4)
    with pytest.raises(mlm.FitError, match="'exact' is not available"):
        fit.anova(df="exact")
    with pytest.raises(mlm.FitError, match="fit it with reml=True"):
        fit.anova(df="kenward-roger")
    assert mlm.fit("distance ~ 1 + (1 | subject)", mlm.load("orthodont")).anova().empty
