"""Degrees of freedom of Satterthwaite and of Kenward and Roger, against lmerTest and pbkrtest."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.engine import joint
from mlmbook.likelihood import kenward_roger

REFERENCE = Path(__file__).parent / "reference"
STORED = json.loads((REFERENCE / "results" / "degrees__structures.json").read_text())["cases"]
SLEEP = mlm.load("sleepstudy")
METHODS = {"satterthwaite": "satterthwaite", "kenward_roger": "kenward-roger"}


def orthodont() -> pd.DataFrame:
    data = mlm.load("orthodont")
    sex = pd.Categorical(data["sex"].astype(str), ["Male", "Female"])
    return data.assign(age11=data["age"] - 11, sex=sex)


def sector_first(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(sector=pd.Categorical(data["sector"], ["Public", "Catholic"]))


PUBLISHED = [
    ("sleepstudy", "satterthwaite", "reaction ~ days + (days | subject)"),
    ("sleepstudy", "satterthwaite_ri", "reaction ~ days + (1 | subject)"),
    ("sleepstudy", "kenward_roger", "reaction ~ days + (days | subject)"),
    ("sleepstudy", "kenward_roger_ri", "reaction ~ days + (1 | subject)"),
    ("penicillin", "satterthwaite", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
    ("penicillin", "kenward_roger", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
    ("orthodont", "satterthwaite", "distance ~ age11 * sex + (age11 | subject)"),
    ("orthodont", "kenward_roger", "distance ~ age11 * sex + (age11 | subject)"),
    ("exam", "satterthwaite_rs", "normexam ~ standlrt + (standlrt | school)"),
    ("hsb82", "satterthwaite_null", "mathach ~ 1 + (1 | school)"),
    ("hsb82", "satterthwaite_contextual", "mathach ~ ses + meanses + (1 | school)"),
    (
        "hsb82",
        "satterthwaite_rb45",
        "mathach ~ meanses + cses + sector + meanses:cses + cses:sector + (cses | school)",
    ),
]


@pytest.mark.parametrize(("name", "test", "formula"), PUBLISHED)
def test_reference(name: str, test: str, formula: str) -> None:
    path = REFERENCE / "results" / f"{name}__tests.json"
    expected = json.loads(path.read_text())[test]
    expected = expected.get("coefficients", expected)
    values = np.array(expected["values"], dtype=float).reshape(-1, 5)
    edit = {"orthodont": lambda _: orthodont(), "hsb82": sector_first}.get(name, lambda d: d)
    fit = mlm.fit(formula, edit(mlm.load(name)))
    method = "satterthwaite" if test.startswith("satterthwaite") else "kenward-roger"
    table = fit.summary(df=method)
    np.testing.assert_allclose(table["se"], values[:, 1], rtol=1e-5)
    np.testing.assert_allclose(table["df"], values[:, 2], rtol=1e-5)
    np.testing.assert_allclose(table["p"], values[:, 4], rtol=2e-3)


ANOVA = [
    ("hsb82", "anova_type3_rb45_satterthwaite", "sector", PUBLISHED[-1][2]),
    ("orthodont", "anova3_satterthwaite", "sex", "distance ~ age11 * sex + (age11 | subject)"),
    ("orthodont", "anova3_kr", "sex", "distance ~ age11 * sex + (age11 | subject)"),
]


@pytest.mark.parametrize(("name", "test", "factor", "formula"), ANOVA)
def test_type_3_analysis_of_variance(name: str, test: str, factor: str, formula: str) -> None:
    """With one degree of freedom, F is the square of t where the factor is coded -1 and 1."""
    expected = json.loads((REFERENCE / "results" / f"{name}__tests.json").read_text())[test]
    data = orthodont() if name == "orthodont" else sector_first(mlm.load(name))
    coded = data.assign(**{factor: 1 - 2 * data[factor].cat.codes.astype(float)})
    fit = mlm.fit(formula, coded)
    table = fit.summary(df="kenward-roger" if test.endswith("kr") else "satterthwaite")
    rows = dict(zip(expected["rows"], expected["values"], strict=True))
    assert sorted(rows) == sorted(table.index[1:])
    for row, (sum_sq, mean_sq, one, df, F, p) in rows.items():
        assert one == 1
        assert table.loc[row, "statistic"] ** 2 == pytest.approx(F, rel=1e-4)
        assert table.loc[row, "df"] == pytest.approx(df, rel=1e-4)
        assert table.loc[row, "p"] == pytest.approx(p, rel=2e-3)
        assert sum_sq == mean_sq == pytest.approx(F * fit.sigma**2, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "test", "formula"), [case for case in PUBLISHED if "kenward" in case[1]]
)
def test_adjusted_covariance_matrix(name: str, test: str, formula: str) -> None:
    stored_tests = json.loads((REFERENCE / "results" / f"{name}__tests.json").read_text())
    expected = stored_tests[test]["vcov_adjusted"]["values"]
    fit = mlm.fit(formula, orthodont() if name == "orthodont" else mlm.load(name))
    vcov = kenward_roger.KenwardRoger(joint(fit)).vcov
    scale = np.sqrt(np.outer(np.diag(vcov), np.diag(vcov)))
    np.testing.assert_allclose(vcov / scale, np.array(expected) / scale, atol=1e-5)


def stored(name: str, *, reml: bool = True) -> mlm.Fit:
    case = STORED[name]
    if case["data"] == "egsingle":
        data = pd.read_csv(REFERENCE / "data" / "egsingle.csv.gz")
    else:
        data = mlm.load(case["data"])
    data = data.head(case["rows"])
    if name in ("zero_variance", "correlation_one"):
        means = data.groupby("subject")["reaction"].transform("mean")
        data = data.assign(reaction=data["reaction"] - means)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)  # asserted below
        fit = mlm.fit(case["formula"], data, reml=reml)
    if reml:
        assert fit.singular == case["singular"]
        assert fit.deviance == pytest.approx(case["deviance"], abs=1e-5)
    return fit


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", STORED)
def test_every_structure(name: str, method: str) -> None:
    expected = STORED[name][method]
    table = stored(name).summary(df=METHODS[method])
    np.testing.assert_allclose(table["se"], np.atleast_1d(expected["se"]), rtol=1e-4)
    np.testing.assert_allclose(table["df"], np.atleast_1d(expected["df"]), rtol=1e-3)


@pytest.mark.parametrize("name", STORED)
def test_maximum_likelihood_has_satterthwaite_too(name: str) -> None:
    expected = STORED[name]["satterthwaite_ml"]
    table = stored(name, reml=False).summary(df="satterthwaite")
    np.testing.assert_allclose(table["df"], np.atleast_1d(expected["df"]), rtol=1e-3)


def test_balanced_random_intercepts_have_the_degrees_of_the_anova() -> None:
    """With equal groups the mean is tested against the mean square between them."""
    fit = mlm.fit("reaction ~ 1 + (1 | subject)", SLEEP)
    for method in METHODS.values():
        assert fit.summary(df=method)["df"].tolist() == pytest.approx([17], rel=1e-6)


def test_units_do_not_change_the_degrees_of_freedom() -> None:
    other = SLEEP.assign(reaction=SLEEP["reaction"] * 1000, days=SLEEP["days"] / 24)
    for method in METHODS.values():
        one, two = (
            mlm.fit("reaction ~ days + (days | subject)", data).summary(df=method)
            for data in (SLEEP, other)
        )
        np.testing.assert_allclose(one["df"], two["df"], rtol=1e-5)
        np.testing.assert_allclose(one["statistic"], two["statistic"], rtol=1e-5)


def test_intervals_use_the_t_distribution() -> None:
    fit = mlm.fit("reaction ~ days + (days | subject)", SLEEP)
    table = fit.summary(df="satterthwaite")
    reach = 2.109816 * table["se"]  # the t distribution with 17 degrees of freedom
    np.testing.assert_allclose(table["high"] - table["estimate"], reach, rtol=1e-5)
    assert table.attrs["df"] == "satterthwaite"
    pd.testing.assert_frame_equal(table, fit.summary())


def test_kenward_roger_needs_reml() -> None:
    fit = mlm.fit("reaction ~ days + (1 | subject)", SLEEP, reml=False)
    with pytest.raises(mlm.FitError, match="fitted by ML: fit it with reml=True"):
        fit.summary(df="kenward-roger")


def test_kenward_roger_says_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
    monkeypatch.setattr(kenward_roger, "MAX_COLUMNS", 5)
    with pytest.raises(mlm.FitError, match=r"would need 24 by 7 cells.*df='satterthwaite'"):
        fit.summary(df="kenward-roger")


def test_multiple_membership_in_one_group_is_the_plain_model() -> None:
    """Such effects are in another part of the engine, which has none to eliminate first."""
    for method in METHODS.values():
        member, plain = (
            mlm.fit(f"reaction ~ days + ({z})", SLEEP).summary(df=method)
            for z in ("days | mm(subject)", "days | subject")
        )
        np.testing.assert_allclose(member["df"], plain["df"], rtol=1e-5)
        np.testing.assert_allclose(member["se"], plain["se"], rtol=1e-5)
