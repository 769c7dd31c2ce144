"""ICC(1), ICC(2) and rwg(j): R's multilevel package, published limits, coverage, closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import mlmbook as mlm
from mlmbook import DataError, FormulaError

REFERENCE = Path(__file__).parent / "reference"
ITEMS = ["ap12", "ap17", "ap33", "ap34"]


def result(name):
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


def raters():
    """Six targets, each rated by four judges: Table 2 of Shrout & Fleiss (1979)."""
    scores = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
    return pd.DataFrame({"target": np.repeat(np.arange(1, 7), 4), "score": scores})


@pytest.mark.parametrize(
    ("name", "y", "group", "load"),
    [
        ("hsb82", "mathach", "school", lambda: mlm.load("hsb82")),
        ("bh1996", "wbeing", "grp", lambda: pd.read_csv(REFERENCE / "data" / "bh1996.csv.gz")),
    ],
)
def test_large_data_sets_agree_with_r(name, y, group, load):
    expected = result(f"{name}__group_stats")
    found = mlm.anova_icc(y, group, load())
    mean = mlm.anova_icc(y, group, load(), size="mean")
    for attribute, key in (("msb", "MSB"), ("msw", "MSW"), ("F", "F")):
        assert found.attrs[attribute] == pytest.approx(expected["anova"][key], rel=1e-10)
    assert found.attrs["p"] == pytest.approx(expected["anova"]["p"], rel=1e-6)
    assert found.attrs["df"] == (expected["anova"]["df_between"], expected["anova"]["df_within"])
    assert found.attrs["size"] == pytest.approx(expected["n0_anova"])
    icc1, icc2 = found["estimate"]
    assert icc1 == pytest.approx(expected["icc1_anova_n0"], rel=1e-10)
    assert icc2 == pytest.approx(expected["icc2_multilevel_package"], rel=1e-10)
    package = expected["icc1_multilevel_package"]
    assert mean.loc["ICC(1)", "estimate"] == pytest.approx(package, rel=1e-10)


@pytest.fixture(scope="module")
def leaders():
    return pd.read_csv(REFERENCE / "data" / "bhr2000.csv.gz")


def test_the_leadership_scale_agrees_with_r(leaders):
    expected = result("bhr2000__agreement")
    scale = leaders.assign(scale=leaders[ITEMS].mean(axis=1))
    found = mlm.anova_icc("scale", "grp", scale, size="mean")["estimate"]
    assert found["ICC(1)"] == pytest.approx(expected["icc1"], rel=1e-10)
    assert found["ICC(2)"] == pytest.approx(expected["icc2"], rel=1e-10)
    agreed = mlm.rwg(ITEMS, "grp", leaders, categories=5)["rwg"]
    assert agreed.mean() == pytest.approx(expected["rwgj"]["mean"], rel=1e-10)
    for label, value in expected["rwgj"]["first"].items():
        assert agreed[int(label)] == pytest.approx(value, rel=1e-10)


def test_limits_are_those_of_shrout_and_fleiss():
    # psych::ICC prints them for these data: ICC1 .17 (-.13, .72), ICC1k .44 (-.88, .91)
    found = mlm.anova_icc("score", "target", raters()).round(2)
    assert found.loc["ICC(1)"].tolist() == [0.17, -0.13, 0.72]
    assert found.loc["ICC(2)"].tolist() == [0.44, -0.88, 0.91]


def test_balanced_groups_agree_with_reml():
    data = raters()
    data.loc[:3, "score"] += 8
    fit = mlm.fit("score ~ 1 + (1 | target)", data)
    found = mlm.anova_icc("score", "target", data)
    assert found.loc["ICC(1)", "estimate"] == pytest.approx(fit.icc(), rel=1e-4)
    reliability = fit.reliability()["reliability"].iloc[0]
    assert found.loc["ICC(2)", "estimate"] == pytest.approx(reliability, rel=1e-4)


def test_limits_cover_as_often_as_they_say():
    rng = np.random.default_rng(20266)
    groups = np.repeat(np.arange(15), 6)
    covered = 0
    for _ in range(600):
        y = rng.normal(0, 0.5, 15)[groups] + rng.normal(size=90)
        low, high = mlm.anova_icc("y", "g", pd.DataFrame({"g": groups, "y": y})).loc[
            "ICC(1)", ["low", "high"]
        ]
        covered += low <= 0.2 <= high
    assert 0.93 <= covered / 600 <= 0.97


@settings(max_examples=15, deadline=None)
@given(unit=st.floats(0.01, 100), shift=st.floats(-100, 100), seed=st.integers(0, 10))
def test_units_order_and_labels_do_not_matter(unit, shift, seed):
    data = raters()
    other = data.assign(score=unit * data["score"] + shift, target="t" + data["target"].map(str))
    other = other.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(
        mlm.anova_icc("score", "target", other), mlm.anova_icc("score", "target", data), rtol=1e-6
    )


def test_groups_that_are_exactly_alike_inside():
    same = pd.DataFrame({"g": [1, 1, 2, 2, 3, 3], "y": [1.0, 1.0, 2.0, 2.0, 4.0, 4.0]})
    assert (mlm.anova_icc("y", "g", same) == 1).all(axis=None)


def test_missing_rows_are_dropped_and_counted(leaders):
    data = raters().astype(float)
    data.loc[[0, 5], "score"] = np.nan
    found = mlm.anova_icc("score", "target", data)
    assert found.attrs["nobs"] == 22
    assert "2" in found.attrs["messages"][0]


def test_rwg_of_one_item_and_of_one_member():
    data = pd.DataFrame({"g": [1, 1, 1, 2, 2, 3], "x": [3, 3, 3, 1, 5, 2]})
    found = mlm.rwg("x", "g", data, categories=5)
    assert found["n"].tolist() == [3, 2, 1]
    assert found["rwg"].iloc[0] == 1  # all say the same
    assert found["rwg"].iloc[1] == 0  # more apart than at random
    assert np.isnan(found["rwg"].iloc[2])


def test_bad_input_is_refused(leaders):
    data = raters()
    with pytest.raises(FormulaError, match="'scor' is not a column of the data"):
        mlm.anova_icc("scor", "target", data)
    with pytest.raises(DataError, match="'target' must be numeric"):
        mlm.anova_icc("target", "score", data.assign(target="a"))
    with pytest.raises(DataError, match="1 groups for 24 rows"):
        mlm.anova_icc("score", "target", data.assign(target=1))
    with pytest.raises(DataError, match="is constant"):
        mlm.anova_icc("score", "target", data.assign(score=2))
    with pytest.raises(DataError, match="size must be"):
        mlm.anova_icc("score", "target", data, size="median")
    with pytest.raises(DataError, match="ci is the coverage"):
        mlm.anova_icc("score", "target", data, ci=95)
    with pytest.raises(DataError, match="do not fit 4 categories"):
        mlm.rwg(ITEMS, "grp", leaders, categories=4)
    with pytest.raises(DataError, match="name at least one item"):
        mlm.rwg([], "grp", leaders, categories=5)
    with pytest.raises(DataError, match="categories is the number"):
        mlm.rwg(ITEMS, "grp", leaders, categories=1)
