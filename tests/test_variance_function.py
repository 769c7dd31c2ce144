"""Variances along a predictor: lme4's components, closed forms, simulated lines."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.engine import joint
from mlmbook.likelihood.curvature import component_covariance

RESULTS = Path(__file__).parent / "reference" / "results"


@pytest.fixture(scope="module")
def exam():
    return mlm.fit("normexam ~ standlrt + (standlrt | school)", mlm.load("exam"))


@pytest.fixture(scope="module")
def sleep():
    return mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))


def test_london_schools_have_the_variance_function_of_lme4(exam):
    found = json.loads((RESULTS / "exam__rs.json").read_text())["fits"]["REML"]
    var_u0, var_u1, cov_u01, var_e = (row["vcov"] for row in found["varcomp"])
    function = exam.variance_function("standlrt", values=[-2, 0, 2.5])
    x = np.array([-2, 0, 2.5])
    between = var_u0 + 2 * cov_u01 * x + var_u1 * x**2
    np.testing.assert_allclose(function.table["school"], between, rtol=1e-4)
    np.testing.assert_allclose(function.table["Residual"], var_e, rtol=1e-4)
    np.testing.assert_allclose(function.table["vpc"], between / (between + var_e), rtol=1e-4)
    least = function.minimum.loc["school"]
    assert least["x"] == pytest.approx(-cov_u01 / var_u1, rel=1e-3)
    assert least["variance"] == pytest.approx(var_u0 - cov_u01**2 / var_u1, rel=1e-3)
    assert least["inside"]


def test_the_share_is_vpc(exam):
    function = exam.variance_function("standlrt")
    assert len(function.table) == 101
    assert function.table.index[[0, -1]].tolist() == [
        exam.data["standlrt"].min(),
        exam.data["standlrt"].max(),
    ]
    vpc = exam.vpc(at={"standlrt": function.table.index})
    np.testing.assert_allclose(function.table["vpc"], vpc)


def test_limits_are_those_of_draws_of_the_components(exam):
    function = exam.variance_function("standlrt", values=[-1, 0, 2])
    scale, vcov = component_covariance(joint(exam))
    rng = np.random.default_rng(20264)
    draws = rng.multivariate_normal(scale.eta, vcov, size=20_000)
    Z = np.column_stack([np.ones(3), [-1, 0, 2]])
    drawn = np.array([np.einsum("na,ab,nb->n", Z, scale.at(eta)[0], Z) for eta in draws])
    shares = drawn / (drawn + np.exp(2 * draws[:, -1:]))
    for column, values in (("school", drawn), ("vpc", shares)):
        low, high = np.quantile(values, [0.025, 0.975], axis=0)
        np.testing.assert_allclose(function.low[column], low, rtol=0.04)
        np.testing.assert_allclose(function.high[column], high, rtol=0.04)


def test_at_the_intercept_limits_are_those_of_confint(sleep):
    function = sleep.variance_function("days", values=[0])
    wald = sleep.confint().loc["var(Intercept | subject)"]
    assert function.low["subject"].iloc[0] == pytest.approx(wald["low"], rel=1e-5)
    assert function.high["subject"].iloc[0] == pytest.approx(wald["high"], rel=1e-5)
    wald = sleep.confint().loc["var(Residual)"]
    assert function.high["Residual"].iloc[0] == pytest.approx(wald["high"], rel=1e-5)


def test_as_many_lines_cross_as_two_random_groups_do(exam):
    least = exam.variance_function("standlrt").minimum.loc["school"]
    omega = exam.estimates.covariances[0]
    rng = np.random.default_rng(20265)
    pairs = rng.multivariate_normal([0, 0], 2 * omega, size=200_000)
    where = -pairs[:, 0] / pairs[:, 1]
    assert np.median(where) == pytest.approx(least["x"], abs=0.01)
    x = exam.data["standlrt"]
    inside = np.mean((where >= x.min()) & (where <= x.max()))
    assert least["crossing"] == pytest.approx(inside, abs=0.005)


def test_correlations_by_hand(sleep):
    omega, var_e = sleep.estimates.covariances[0], sleep.sigma**2
    one, two = np.array([1, 0]), np.array([1, 9])
    shared, v1, v2 = one @ omega @ two, one @ omega @ one, two @ omega @ two
    found = sleep.variance_function("days").correlation(0, 9).loc["subject"]
    assert found["effects"] == pytest.approx(shared / np.sqrt(v1 * v2))
    assert found["outcomes"] == pytest.approx(shared / np.sqrt((v1 + var_e) * (v2 + var_e)))


@settings(max_examples=10, deadline=None)
@given(shift=st.floats(-5, 5), unit=st.floats(0.1, 10))
def test_the_origin_and_the_unit_of_x_move_only_the_place(exam, shift, unit):
    data = mlm.load("exam").assign(x=lambda d: unit * d["standlrt"] + shift)
    moved = mlm.fit("normexam ~ x + (x | school)", data).variance_function("x").minimum
    least = exam.variance_function("standlrt").minimum
    for column in ("x", "low", "high"):
        place = unit * least.loc["school", column] + shift
        assert moved.loc["school", column] == pytest.approx(place, abs=0.02 * unit)
    assert moved.loc["school", "crossing"] == pytest.approx(least["crossing"].item(), abs=1e-3)


@pytest.fixture(scope="module")
def growth():
    path = Path(__file__).parent / "reference" / "data" / "egsingle.csv.gz"
    return mlm.fit("math ~ year + (year | child) + (year | school)", pd.read_csv(path))


def test_three_levels_each_have_their_function(growth):
    function = growth.variance_function("year", values=[-2, 1])
    names = ["child", "school", "Residual", "total", "vpc"]
    assert list(function.table) == names
    x = np.array([-2, 1])
    for number, name in enumerate(["child", "school"]):
        omega = growth.estimates.covariances[number]
        expected = omega[0, 0] + 2 * omega[0, 1] * x + omega[1, 1] * x**2
        np.testing.assert_allclose(function.table[name], expected)
    assert list(function.minimum.index) == ["child", "school"]
    # Two scores of a child have the school in common too.
    z = np.column_stack([np.ones(2), x])
    shared = [z[0] @ omega @ z[1] for omega in growth.estimates.covariances]
    total = np.sqrt(function.table["total"].prod())
    outcomes = function.correlation(-2, 1)["outcomes"]
    assert outcomes["child"] == pytest.approx(sum(shared) / total)
    assert outcomes["school"] == pytest.approx(shared[1] / total)


def test_other_slopes_are_held():
    fit = mlm.fit("mathach ~ ses + minority + (ses + minority | school)", mlm.load("hsb82"))
    held = fit.variance_function("ses", values=[0.5], at={"minority": 1})
    omega, z = fit.estimates.covariances[0], np.array([1, 0.5, 1])
    assert held.table["school"].item() == pytest.approx(z @ omega @ z)
    assert held.at == {"minority": 1}
    assert fit.variance_function("ses").at == {"minority": 0}
    assert fit.variance_function("minority").at == {"ses": pytest.approx(fit.data["ses"].mean())}
    least = held.minimum.loc["school", "x"]
    around = fit.variance_function("ses", values=least + np.array([-0.01, 0, 0.01]), at=held.at)
    assert around.table["school"].argmin() == 1


def test_level_one_variances_differ_by_group_of_people():
    fit = mlm.fit(
        "distance ~ age * sex + (age | subject)",
        mlm.load("orthodont"),
        residual=mlm.VarianceBy("sex"),
    )
    by_sex = fit.variance_function("sex", at={"age": 8})
    strata = fit.varcorr[fit.varcorr["group"] == "Residual"].set_index("term")["variance"]
    assert by_sex.table.loc["Male", "Residual"] == pytest.approx(strata["sex[Male]"])
    assert by_sex.table.loc["Female", "Residual"] == pytest.approx(strata["sex[Female]"])
    assert by_sex.minimum.empty
    assert fit.variance_function("age").at == {"sex": "Male"}


def test_level_one_variance_along_a_power():
    data = pd.read_csv(RESULTS.parent / "data" / "bodyweight.csv.gz")
    fit = mlm.fit(
        "weight ~ time * diet + (time | rat)",
        data.assign(diet=data["diet"].astype(str)),
        residual=mlm.VariancePower("time"),
    )
    power = fit.residual.parameters.iloc[0]
    along = fit.variance_function("time", values=[1, 64]).table["Residual"]
    assert along.loc[1] == pytest.approx(fit.sigma**2)
    assert along.loc[64] == pytest.approx(fit.sigma**2 * 64 ** (2 * power))


def test_a_bent_random_part_has_its_least_value_looked_for():
    fit = mlm.fit("height ~ age + I(age**2) + (age + I(age**2) | subject)", mlm.load("oxboys"))
    function = fit.variance_function("age")
    least = function.minimum.loc["subject"]
    assert least["x"] == function.table["subject"].idxmin()
    assert np.isnan(least["crossing"])


def test_parallel_lines_have_no_function(exam):
    ri = mlm.fit("normexam ~ standlrt + (1 | school)", mlm.load("exam"))
    with pytest.raises(FormulaError, match=r"depends on 'standlrt' \(variances depend on: noth"):
        ri.variance_function("standlrt")
    with pytest.raises(FormulaError, match="did you mean 'standlrt'"):
        exam.variance_function("standlr")
    with pytest.raises(DataError, match="at= holds 'girl', on which no other variance depends"):
        exam.variance_function("standlrt", at={"girl": 1})
    with pytest.raises(DataError, match="values must be values of 'standlrt'"):
        exam.variance_function("standlrt", values=[0, np.nan])


def test_perfectly_correlated_lines_cross_at_one_point():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"g": np.repeat(np.arange(40), 10), "x": np.tile(np.arange(10.0), 40)})
    u = rng.normal(size=40)[data["g"]]
    data["y"] = u * (data["x"] - 4) + rng.normal(0, 0.5, 400)
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ x + (x | g)", data)
    function = fit.variance_function("x")
    least = function.minimum.loc["g"]
    assert least["x"] == pytest.approx(4, abs=0.1)
    assert least["variance"] == pytest.approx(0, abs=1e-6)
    assert least["crossing"] == pytest.approx(1, abs=1e-3)
    assert function.low["g"].isna().all()


def test_every_occasion_may_have_its_level_one_variance():
    residual = mlm.Unstructured("age", group="subject")
    fit = mlm.fit("distance ~ age * sex", mlm.load("orthodont"), residual=residual)
    function = fit.variance_function("age")
    assert function.table.index.tolist() == [8, 10, 12, 14]
    own = fit.varcorr[(fit.varcorr["group"] == "Residual") & (fit.varcorr["term2"] == "")]
    np.testing.assert_allclose(function.table["Residual"], own["variance"])
    assert (function.table["vpc"] == 0).all()


def test_a_variance_that_follows_the_fitted_value_is_refused():
    residual = mlm.VariancePower()
    fit = mlm.fit("distance ~ age + (age | subject)", mlm.load("orthodont"), residual=residual)
    with pytest.raises(FormulaError, match="depends on the fitted value"):
        fit.variance_function("age")


def test_limits_at_level_one_are_those_of_the_strata():
    fit = mlm.fit(
        "distance ~ age + (1 | subject)", mlm.load("orthodont"), residual=mlm.VarianceBy("sex")
    )
    function, table = fit.variance_function("sex", values=["Female", "Male"]), fit.confint()
    for sex in ("Female", "Male"):
        low, high = table.loc[f"var(sex[{sex}] | Residual)", ["low", "high"]]
        assert function.low.loc[sex, "Residual"] == pytest.approx(low, rel=1e-5)
        assert function.high.loc[sex, "Residual"] == pytest.approx(high, rel=1e-5)
