"""What a model cannot be fitted to, and what is said: an error, a warning or a message each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

ROWS = 80
RNG = np.random.default_rng(0)
GOOD = pd.DataFrame(
    {
        "y": RNG.normal(size=ROWS) + np.repeat(RNG.normal(size=8), 10),
        "x": RNG.normal(size=ROWS),
        "g": np.repeat(list("abcdefgh"), 10),
        "h": np.tile(np.arange(10), 8),
        "t": np.where(RNG.random(ROWS) < 0.5, "u", "v"),
    }
)
SLOPE = 2 * np.repeat(RNG.normal(size=8), 10)
first3 = np.arange(ROWS) < 3


def given(**columns: object) -> pd.DataFrame:
    return GOOD.assign(**columns)


TWO_HEADERS = GOOD.set_axis(pd.MultiIndex.from_product([["wave 1"], GOOD.columns]), axis=1)
POLARS = type("DataFrame", (), {"__module__": "polars.frame", "to_pandas": None})()
"""Stands for a data frame of polars, which the tests do not install."""

ERRORS = [
    ("y ~ X1 + (1 | g)", GOOD, mlm.FormulaError, "'X1' is not a column.*did you mean 'x'"),
    ("y ~ x + (1 | G)", GOOD, mlm.FormulaError, "'G' is not a column.*did you mean 'g'"),
    ("y ~ x + (z | g)", GOOD, mlm.FormulaError, "'z' is not a column .*columns: y, x, g"),
    ("Y ~ x + (1 | g)", GOOD, mlm.FormulaError, "'Y' is not a column"),
    ("y ~ foo(x) + (1 | g)", GOOD, mlm.FormulaError, "'foo' is not a column"),
    ("1 ~ x + (1 | g)", GOOD, mlm.FormulaError, "the response '1' names no column"),
    ("y ~ x", GOOD, mlm.FormulaError, r"no random term.*mlm\.ols"),
    ("y ~ y + (1 | g)", GOOD, mlm.FormulaError, "'y' stands on both sides"),
    ("y ~ np.exp(y) + (1 | g)", GOOD, mlm.FormulaError, "'y' stands on both sides"),
    ("y ~ x + (1 | y)", GOOD, mlm.FormulaError, "'y' stands on both sides"),
    ("y ~ 0 + (1 | g)", GOOD, mlm.FormulaError, "add at least an intercept"),
    ("y ~ Intercept + (1 | g)", given(Intercept=1), mlm.FormulaError, "taken by the constant"),
    ("y ~ x + (1 | Residual)", given(Residual=1), mlm.FormulaError, "taken by the level-1"),
    ("y ~ x + (1 | g)", GOOD.iloc[:0], mlm.DataError, "the data have no rows"),
    ("y ~ x + (1 | g)", dict(GOOD), mlm.DataError, "must be a pandas DataFrame, got dict"),
    ("y ~ x + (1 | g)", None, mlm.DataError, "got NoneType"),
    ("y ~ x + (1 | g)", pd.concat([GOOD, GOOD[["x"]]], axis=1), mlm.DataError, "more than one col"),
    ("t ~ x + (1 | g)", GOOD, mlm.DataError, "'t' must be numeric; its type is"),
    ("y ~ x + (1 | g)", given(y=np.nan), mlm.DataError, r"every row.*'y' \(80\)"),
    ("y ~ x + (1 | g)", given(y=np.where(first3, np.inf, 1)), mlm.DataError, "'y' has infinite"),
    ("y ~ x + (1 | g)", given(x=np.where(first3, np.inf, 1)), mlm.DataError, "'x' has infinite"),
    ("y ~ x + (1 | g)", given(y=1.0), mlm.DataError, "the response is constant: every value is 1"),
    ("y ~ x + (1 | g)", given(y=1e200 * GOOD["y"]), mlm.DataError, r"is .*e\+200.*in other units"),
    ("y ~ x + (1 | g)", given(y=1e-200 * GOOD["y"]), mlm.DataError, r"is .*e-200.*in other units"),
    ("y ~ x + (1 | g)", given(y=1e12 + GOOD["y"]), mlm.DataError, "about 1e.12 .*subtract a const"),
    ("y ~ x + (1 | g)", given(y=2 * GOOD["x"] + 1), mlm.DataError, "fixed effects reproduce"),
    ("y ~ x + (1 | g)", given(y=np.repeat(np.arange(8), 10)), mlm.DataError, "random effects repr"),
    ("y ~ x + (1 | g)", given(g="a"), mlm.DataError, "one group only"),
    ("y ~ x + (1 | g)", given(g=np.arange(ROWS)), mlm.DataError, "80 groups for 80 rows"),
    ("y ~ x + (x | g)", given(g=np.arange(ROWS) // 2), mlm.DataError, "40 groups for 80 rows"),
    ("y ~ (1 | g/h)", GOOD, mlm.DataError, "'g:h' has 80 groups for 80 rows"),
    ("y ~ (1 | g) + (1 | k)", given(k=GOOD["g"]), mlm.DataError, "the same groups; keep one"),
    ("y ~ x + z + (1 | g)", given(z=2 * GOOD["x"] + 1), mlm.DataError, "'z' is zero everywhere or"),
    ("y ~ x + z + (1 | g)", given(z=0), mlm.DataError, "'z' is zero everywhere or an exact"),
    ("y ~ x + z + (1 | g)", given(z=5), mlm.DataError, "'z' is zero everywhere or an exact"),
    ("y ~ x + (z | g)", given(z=0.0), mlm.DataError, "random effect 'z' of 'g' is zero"),
    ("y ~ x + (z | g)", given(z=2.0), mlm.DataError, "'z' of 'g' is zero everywhere or an exact"),
    ("y ~ C(h) * C(g) + (1 | g)", GOOD, mlm.DataError, "cannot estimate 80 fixed effects"),
    ("y ~ C(g) + (1 | g)", GOOD, mlm.DataError, "an intercept for every group of 'g' already"),
    ("y ~ g + (x | g)", GOOD, mlm.DataError, r"nothing of var\(Intercept \| g\): leave it out"),
    ("y ~ 0 + g:x + (0 + x | g)", GOOD, mlm.DataError, "a slope of 'x' for every group of 'g'"),
    ("y ~ k + (1 | g) + (1 | h)", given(k=GOOD["h"].astype(str)), mlm.DataError, "group of 'h'"),
    ("y ~ z + (1 | g)", given(z="a"), mlm.DataError, "'z' has one value only"),
    ("y ~ np.log(x) + (1 | g)", GOOD, mlm.DataError, r"'np.log\(x\)' is infinite or undefined"),
    ("y ~ I(1 / h) + (1 | g)", GOOD, mlm.DataError, "infinite or undefined"),
    ("y ~ d + (1 | g)", given(d=pd.date_range("2020", periods=ROWS)), mlm.DataError, "datetime64"),
    ("y ~ x + (1 | g)", given(y=GOOD["y"] + 0j), mlm.DataError, "complex128"),
    ("y ~ x + (1 | g)", given(x=GOOD["x"].astype(object)), mlm.DataError, r"pd\.to_numeric"),
    ("y ~ x + (1 | g)", GOOD.to_numpy(), mlm.DataError, "must be a pandas DataFrame, got ndarray"),
    ("y ~ x + (1 | g)", POLARS, mlm.DataError, r"got polars's DataFrame; convert.*to_pandas\(\)"),
    ("y ~ x + (1 | g)", TWO_HEADERS, mlm.DataError, "names of 2 parts; join them"),
    ("y ~ x + (1 | g)", GOOD.set_axis(range(5), axis=1), mlm.FormulaError, "columns: 0, 1, 2, 3"),
    ("y ~ x + (1 | g)", given(y=GOOD["y"].astype(str)), mlm.DataError, "'y' holds numbers as text"),
    ("y ~ x + (1 | g)", given(x=GOOD["x"].astype(str)), mlm.DataError, "'x' holds numbers as text"),
    ("y ~ x + (1 | g)", given(x=[[1]] * ROWS), mlm.DataError, "neither numbers nor text.*\\[1\\]"),
    ("y ~ x + (1 | g)", given(y=np.arange(ROWS) < 40).astype({"y": object}), mlm.DataError, "True"),
    ("y ~ x + (1 | g)", given(x=np.nan), mlm.DataError, r"every row has .*'x' \(80\)"),
    ("y ~ x + (1 | g)", given(g=None), mlm.DataError, r"every row has .*'g' \(80\)"),
    ("y ~ x + (1 | g)", given(g=np.where(first3, np.inf, 1)), mlm.DataError, "'g' has infinite"),
    ("y ~ x + (1 | g)", given(g=[[1], [2]] * 40), mlm.DataError, r"'g' mixes types.*astype\(str\)"),
    ("y ~ d + (1 | g)", given(d=pd.period_range("2020", periods=ROWS)), mlm.DataError, "period"),
    ("y ~ d + (1 | g)", given(d=pd.to_timedelta(range(ROWS))), mlm.DataError, "timedelta64"),
    ("y ~ x + (1 | g)", given(x=GOOD["x"] + 0j), mlm.DataError, "'x' has type complex128"),
    ("y ~ n + (1 | g)", given(n=[f"p{i}" for i in range(ROWS)]), mlm.DataError, "with 80 values"),
    ("y ~ x + z + (1 | g)", given(z=GOOD["x"] * 1e-200), mlm.DataError, "'z' is zero everywhere"),
    ("y ~ x + z + (1 | g)", given(z=1e17 + GOOD["h"]), mlm.DataError, "'z' is zero everywhere or"),
    ("y ~ x + (1 | g)", GOOD.iloc[:1], mlm.DataError, "1 complete rows cannot estimate 2 fixed"),
    ("y ~ x + h + (x + h | k)", given(k=np.arange(ROWS) // 2), mlm.DataError, "3 random effects a"),
    # formulas that are none
    (None, GOOD, mlm.FormulaError, "must be text such as .*got NoneType"),
    ("", GOOD, mlm.FormulaError, "one '~' with a response before it"),
    ("y ~ `1` + (1 | g)", given(**{"1": 2.0}), mlm.FormulaError, "'1' cannot be used.*rename"),
    ("y ~ x:`1` + (1 | g)", given(**{"1": 2.0}), mlm.FormulaError, "'1' cannot be used.*rename"),
    ("y ~ x + (`1` | g)", given(**{"1": 2.0}), mlm.FormulaError, "'1' cannot be used.*rename"),
    ("`1` ~ x + (1 | g)", given(**{"1": 2.0}), mlm.FormulaError, "'1' cannot be used.*rename"),
    ("y ~ . + (1 | g)", GOOD, mlm.FormulaError, "does not stand for all .* write the names"),
    ("y ~ x + (. | g)", GOOD, mlm.FormulaError, "does not stand for all .* write the names"),
    ("y ~ I(x.1**2) + (1 | g)", given(**{"x.1": 2.0}), mlm.FormulaError, "backticks: `x.1`"),
    ("y ~ x.2 + (1 | g)", given(**{"x.1": 2.0}), mlm.FormulaError, "did you mean 'x.1'"),
    ("y ~", GOOD, mlm.FormulaError, "one '~' with a response before it.*got 'y ~'"),
    ("~ x + (1 | g)", GOOD, mlm.FormulaError, "one '~' with a response before it"),
    ("y ~ x ~ (1 | g)", GOOD, mlm.FormulaError, "one '~' with a response before it"),
    ("y ~ x + (1 | )", GOOD, mlm.FormulaError, r"one grouping factor after it.*got '\(1 \| \)'"),
    ("y ~ x + ( | g)", GOOD, mlm.FormulaError, r"terms before its bar.*got '\( \| g\)'"),
    ("y ~ x + (0 | g)", GOOD, mlm.FormulaError, r"'\(0 \| g\)' has no effect in it"),
    ("y ~ x + (1 | g | h)", GOOD, mlm.FormulaError, r"one grouping factor.*got '\(1 \| g \| h\)'"),
    ("y ~ x + (1 | g + h)", GOOD, mlm.FormulaError, r"'g \+ h' is not a grouping factor"),
    ("y ~ x + (1 | 1)", GOOD, mlm.FormulaError, "'1' is not a grouping factor; write a column"),
    ("y ~ x + (1 | g", GOOD, mlm.FormulaError, r"an opening \( is never closed"),
    ("y ~ x + 1 | g)", GOOD, mlm.FormulaError, r"there is a '\)' too many"),
    (
        "y ~ x + 1 | g",
        GOOD,
        mlm.FormulaError,
        r"put parentheses .* '\(1 \| g\)' instead of '1 \| g'",
    ),
    ("y ~ x + + (1 | g)", GOOD, mlm.FormulaError, "a term is missing next to a sign"),
    ("y ~ x - (1 | g)", GOOD, mlm.FormulaError, "a random term cannot be subtracted"),
    ("y ~ x * (1 | g)", GOOD, mlm.FormulaError, r"can only be added to the others with '\+'"),
    ("y ~ x $ h + (1 | g)", GOOD, mlm.FormulaError, "cannot be read"),
    ("y ~ x + (y | g)", GOOD, mlm.FormulaError, "'y' stands on both sides"),
    ("y ~ x + (1 | mm())", GOOD, mlm.FormulaError, r"mm\(\) names the columns of the units"),
    ("y ~ x + (1 | mm(g, q))", GOOD, mlm.FormulaError, "'q' is not a column"),
    ("y ~ x + (1 | mm(g, g))", GOOD, mlm.FormulaError, "a column stands twice in 'mm"),
    ("y ~ x + (1 | mm(g, h))", GOOD, mlm.DataError, r"mm\(g, h\) mix types"),
    ("y ~ x + (1 | mm(g, t, weights=[x]))", GOOD, mlm.FormulaError, "need as many columns of we"),
    ("y ~ x + (1 | mm(g, t, weights=[x, h]))", GOOD, mlm.DataError, "must be zero or positive"),
    ("y ~ x + (1 | car(g))", GOOD, mlm.FormulaError, "spatial random effect: give neighbours="),
    ("y ~ x + (1 | sar(g))", GOOD, mlm.FormulaError, "spatial random effect: give neighbours="),
    ("y ~ x + (1 | car(g, kind=1))", GOOD, mlm.FormulaError, "'kind' is not an option"),
    ("y ~ x + (1 | g) + (1 | g)", GOOD, mlm.FormulaError, "asked for twice"),
]


@pytest.mark.parametrize(("formula", "data", "error", "message"), ERRORS)
def test_error(formula: str, data: pd.DataFrame, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        mlm.fit(formula, data)


@pytest.mark.parametrize("scale", [1e-130, 1e-50, 1e50, 1e130])
def test_other_units_of_the_response_change_no_share(scale: float) -> None:
    fit = mlm.fit("y ~ x + (1 | g)", given(y=scale * GOOD["y"]))
    assert fit.converged
    assert fit.icc() == pytest.approx(FIT.icc(), rel=1e-6)
    assert fit.sigma == pytest.approx(scale * FIT.sigma, rel=1e-6)


def test_a_constant_in_the_response_changes_no_regression_with_dummies() -> None:
    slope = mlm.fixed_effects("y ~ x + (1 | g)", GOOD).fixef["x"]
    moved = given(y=GOOD["y"] + 1e9)
    assert mlm.fixed_effects("y ~ x + (1 | g)", moved).fixef["x"] == pytest.approx(slope, rel=1e-5)
    for data, message in (
        (given(y=GOOD["y"] + 1e13), "subtract a constant"),
        (given(y=np.repeat(np.arange(8), 10) + GOOD["x"]), "reproduce the response exactly"),
    ):
        with pytest.raises(mlm.DataError, match=message):
            mlm.fixed_effects("y ~ x + (1 | g)", data)


@pytest.mark.filterwarnings("ignore:singular fit")
def test_a_coefficient_for_each_group_leaves_maximum_likelihood_a_variance_of_zero() -> None:
    fit = mlm.fit("y ~ C(g) + (1 | g)", GOOD, reml=False)
    assert fit.singular
    assert fit.varcorr["variance"][0] == 0


def test_coefficients_for_some_of_the_groups_are_no_trouble() -> None:
    data = GOOD.assign(some=GOOD["g"].where(GOOD["g"] < "d", "d"), y=GOOD["y"] + SLOPE)
    assert not mlm.fit("y ~ some + (1 | g)", data).singular
    assert not mlm.fit("y ~ x * C(h) + (1 | g)", data).singular


ONES = np.ones(ROWS)
OPTIONS = [
    ({"family": "poisson"}, mlm.FitError, "family 'poisson' is not available"),
    ({"reml": "ML"}, mlm.FitError, r"reml must be True \(REML\) or False \(ML\), got 'ML'"),
    ({"reml": "yes"}, mlm.FitError, r"reml must be True \(REML\) or False \(ML\), got 'yes'"),
    ({"reml": None}, mlm.FitError, "got None"),
    ({"ci": 95}, mlm.FitError, r"between 0 and 1 \(0\.95\); got 95"),
    ({"ci": "95%"}, mlm.FitError, r"between 0 and 1 \(0\.95\); got '95%'"),
    ({"ci": np.nan}, mlm.FitError, "between 0 and 1"),
    ({"weights": 0 * ONES}, mlm.DataError, r"must be positive: 80 are not \(the smallest is 0\)"),
    ({"weights": -ONES}, mlm.DataError, r"must be positive: 80 are not \(the smallest is -1\)"),
    ({"weights": np.where(first3, np.inf, 1)}, mlm.DataError, r"'\(weights\)' has infinite values"),
    ({"weights": ONES * np.nan}, mlm.DataError, r"every row has a missing .*'\(weights\)' \(80\)"),
    ({"weights": "t"}, mlm.DataError, "weights must be numbers; the type of 't' is object"),
    ({"weights": "hh"}, mlm.FormulaError, "weights: 'hh' is not a column.*did you mean 'h'"),
    ({"weights": [1, 2]}, mlm.DataError, r"one number for each of the 80 rows; got shape \(2,\)"),
    ({"weights": 2}, mlm.DataError, r"one number for each of the 80 rows; got shape \(\)"),
    ({"weights": pd.Series(ONES, GOOD.index[::-1])}, mlm.DataError, "another index than the data"),
    ({"offset": ONES[:3]}, mlm.DataError, r"offset must be the name .*got shape \(3,\)"),
    ({"offset": "off"}, mlm.FormulaError, "offset: 'off' is not a column"),
    ({"offset": "y"}, mlm.DataError, "fixed effects reproduce the response exactly"),
    ({"residual": "ar1"}, mlm.FormulaError, r"must be a structure such as .*got 'ar1'"),
    ({"residual": mlm.AR1}, mlm.FormulaError, r"did you forget to call it: mlm\.AR1\("),
    ({"residual": [1]}, mlm.FormulaError, "must be a structure such as .*got 1"),
    ({"residual": mlm.AR1("time")}, mlm.FormulaError, "'time' is not a column"),
    ({"residual": mlm.VariancePower("t")}, mlm.DataError, "VariancePower needs numbers"),
    ({"remel": True}, TypeError, "unexpected keyword argument 'remel'"),
]


@pytest.mark.parametrize(("options", "error", "message"), OPTIONS)
def test_wrong_option(options: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        mlm.fit("y ~ x + (1 | g)", GOOD, **options)


FIT = mlm.fit("y ~ x + (1 | g)", GOOD)
SLOPES = mlm.fit("y ~ x + (x || h)", GOOD.assign(h=GOOD["g"], y=GOOD["y"] + SLOPE * GOOD["x"]))
MARGINAL = mlm.fit("y ~ x", GOOD, residual=mlm.CompoundSymmetry(group="g"))
FUNCTIONS = [
    (lambda: mlm.compare(FIT, "y ~ x"), mlm.DataError, "a fitted model is needed.*got str"),
    (lambda: mlm.compare(FIT, None), mlm.DataError, "a fitted model is needed.*got None"),
    (lambda: mlm.compare(FIT, FIT, simulate=9), mlm.DataError, "neither is a null hypothesis"),
    (lambda: mlm.hausman(GOOD), mlm.DataError, "a fitted model is needed.*got DataFrame"),
    (lambda: mlm.influence(3), mlm.DataError, "a fitted model is needed.*got int"),
    (lambda: mlm.influence(FIT, method="jackknife"), mlm.FitError, "choose 'exact' or 'one-step'"),
    (lambda: mlm.within_between("y ~ x + (1 | g)", []), mlm.DataError, "got list"),
    (lambda: mlm.ols("y ~ x", dict(GOOD)), mlm.DataError, "must be a pandas DataFrame, got dict"),
    (lambda: mlm.ols("y ~ x + (1 | g)", GOOD), mlm.FormulaError, r"use mlm\.fit"),
    (lambda: mlm.ols("y ~ x", GOOD, ci=95), mlm.FitError, "between 0 and 1"),
    (lambda: mlm.load("sleepstdy"), mlm.DataError, "did you mean 'sleepstudy'"),
    (lambda: mlm.load(None), mlm.DataError, "there is no data set None"),
    (lambda: mlm.survey(3), ValueError, "there is no survey for equation 3; choose from"),
    (lambda: mlm.simulate(ngroups=2.5), mlm.DataError, "ngroups must be a whole number"),
    (lambda: mlm.simulate(sd_u0=1), TypeError, "unexpected keyword argument 'sd_u0'"),
    (lambda: mlm.design_effect("ten", 0.1), mlm.DataError, "m and rho must be numbers"),
    (lambda: mlm.design_effect(np.nan, 0.1), mlm.DataError, "at least one observation"),
    (lambda: FIT.summary(df="t"), mlm.FitError, "df='t' is not available; choose one of"),
    (lambda: FIT.summary(se="HC3"), mlm.FitError, "'HC3' is not available; choose one of CR0"),
    (lambda: FIT.confint("exact"), mlm.FitError, "method='exact' is not available; choose one of"),
    (lambda: FIT.confint(ci="95%"), mlm.FitError, "between 0 and 1"),
    (lambda: FIT.confint("bootstrap", n=0), mlm.DataError, "at least 1, got n=0"),
    (lambda: FIT.bootstrap(2.5), mlm.DataError, "a whole number and at least 1, got n=2.5"),
    (lambda: FIT.simulate("many"), mlm.DataError, "a whole number and at least 1, got n='many'"),
    (
        lambda: FIT.predict({"x": [1]}),
        mlm.DataError,
        "newdata must be a pandas DataFrame, got dict",
    ),
    (lambda: FIT.predict(GOOD[["x"]]), mlm.FormulaError, "'g' is not a column"),
    (lambda: FIT.predict(given(x=np.nan)), mlm.DataError, "80 rows have no value of 'x'"),
    (lambda: FIT.predict(given(x="a")), mlm.DataError, "'x' was a number in the data that were"),
    (lambda: FIT.predict(given(x=np.inf)), mlm.DataError, "'x' is infinite"),
    (lambda: FIT.predict(level="group"), mlm.DataError, "must be 'conditional' or 'population'"),
    (lambda: FIT.predict(interval=0.95), mlm.DataError, "must be 'confidence' or 'prediction'"),
    (lambda: FIT.residuals_at("G"), mlm.DataError, "no level 'G'; did you mean 'g'"),
    (lambda: FIT.residuals_at([1]), mlm.DataError, r"no level \[1\]"),
    (lambda: FIT.vcov_robust("HC0"), mlm.FitError, "'HC0' is not available; choose one of CR0"),
    (lambda: FIT.vpc(at=[1]), mlm.FormulaError, "at says where"),
    (lambda: FIT.vpc(at={"z": [1, 2], "x": [1]}), mlm.FormulaError, "equally many values of each"),
    (
        lambda: SLOPES.vpc(at={"z": 1}),
        mlm.FormulaError,
        "where each predictor is: 'x' is not a col",
    ),
    (lambda: SLOPES.icc(), mlm.FormulaError, r"use vpc\(at="),
    (lambda: mlm.hausman(SLOPES), mlm.FormulaError, "one random intercept and no other random"),
    (lambda: mlm.hausman(MARGINAL), mlm.FormulaError, "which 'y ~ x' is not"),
    (lambda: MARGINAL.reliability(), mlm.FormulaError, "'y ~ x' has no random term"),
    (lambda: MARGINAL.residuals_at(2), mlm.DataError, r"no level 2 \(levels: 1\)"),
    (lambda: mlm.plot_caterpillar(MARGINAL), mlm.FormulaError, "'y ~ x' has no random term"),
    (lambda: mlm.plot_groups(MARGINAL), mlm.FormulaError, "'y ~ x' has no random term"),
    (lambda: mlm.plot_shrinkage(MARGINAL), mlm.FormulaError, "'y ~ x' has no random term"),
    (lambda: mlm.plot_power(FIT), mlm.DataError, r"the table that mlm\.power returns"),
    (lambda: FIT.reliability("h"), mlm.FormulaError, "'h' is not a grouping factor"),
    (lambda: FIT.equation(form="long"), mlm.FormulaError, "form must be"),
    (lambda: FIT.equation(names=3), mlm.FormulaError, "names must be"),
    (lambda: FIT.to_code("julia"), mlm.FormulaError, "no writer for 'julia'.*lme4"),
    (lambda: mlm.AR1(3), mlm.FormulaError, "AR1 takes the name of a column, got 3"),
    (lambda: mlm.CompoundSymmetry(group=3), mlm.FormulaError, "takes the name of a column, got 3"),
    (lambda: mlm.plot_caterpillar("fit"), mlm.DataError, "a fitted model is needed.*got str"),
    (lambda: mlm.plot_caterpillar(FIT, term="z"), mlm.FormulaError, "'z' is not a random effect"),
]


@pytest.mark.parametrize(("call", "error", "message"), FUNCTIONS)
def test_wrong_use_of_a_function(call: Callable, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


# ---- what is fitted, and said ---------------------------------------------------------------


def test_every_kind_of_dropped_row_is_counted() -> None:
    data = given(w=1.0)
    for row, name in enumerate(("y", "x", "g", "w")):
        data[name] = data[name].mask(data.index == row)
    fit = mlm.fit("y ~ x + (1 | g)", data, weights="w")
    assert fit.nobs == ROWS - 4
    assert fit.messages[0] == (
        "4 of 80 rows dropped: missing values in 'y' (1), 'x' (1), 'w' (1), 'g' (1)"
    )
    assert not any("dropped" in message for message in FIT.messages)


def test_true_and_false_are_numbers_and_it_is_said() -> None:
    fit = mlm.fit("b ~ x + (1 | g)", given(b=GOOD["y"] > 0))
    assert fit.messages == ["the response 'b' is true or false: taken as 1 or 0"]
    assert fit.fixef.equals(mlm.fit("b ~ x + (1 | g)", given(b=1 * (GOOD["y"] > 0))).fixef)


def test_fewer_groups_than_random_effects_is_said() -> None:
    data = given(k=np.repeat(["one", "two"], 40))
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ x + h + (x + h | k)", data)
    assert fit.singular
    assert fit.messages[0] == "'k' has only 2 groups: its variance is poorly known"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d.set_axis([0] * ROWS), id="index with duplicates"),
        pytest.param(lambda d: d.set_index(["g", "h"], drop=False), id="two-part index"),
        pytest.param(lambda d: d.rename(columns={"h": 7}), id="a column named by a number"),
        pytest.param(lambda d: pd.concat([d, d[["h"]]], axis=1), id="unused duplicates"),
        pytest.param(lambda d: d.assign(g=d["g"].map("abcdefgh".index) + 0.5), id="float groups"),
        pytest.param(lambda d: d.assign(x=pd.arrays.SparseArray(d["x"])), id="sparse predictor"),
    ],
)
def test_unusual_frames_make_no_difference(change: Callable) -> None:
    fit = mlm.fit("y ~ x + (1 | g)", change(GOOD.copy()))
    assert fit.deviance == pytest.approx(FIT.deviance, abs=1e-9)
    assert fit.fixef.to_numpy() == pytest.approx(FIT.fixef.to_numpy())
    assert len(fit.fitted) == len(fit.predict()) == ROWS


def test_clusters_of_rows_with_equal_labels() -> None:
    same = GOOD.set_axis([0] * ROWS)
    expected = mlm.ols("y ~ x", GOOD, cluster="g").se
    assert mlm.ols("y ~ x", same, cluster="g").se.equals(expected)


def test_a_variance_that_runs_away_is_not_called_converged() -> None:
    """All of one stratum lie on a line: its level-1 variance goes to zero, and has no estimate."""
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"g": np.repeat(np.arange(20), 6), "s": np.tile([0, 0, 0, 1, 1, 1], 20)})
    data["x"] = rng.normal(size=120)
    data["y"] = data["x"] + (data["s"] == 0) * rng.normal(size=120)
    with pytest.warns(mlm.ConvergenceWarning, match="could not be verified"):
        fit = mlm.fit("y ~ x + (1 | g)", data, residual=mlm.VarianceBy("s"))
    assert not fit.converged
    assert "not converged" in repr(fit)
    assert "do not report these numbers" in fit.messages[-1]


def test_few_groups_are_said() -> None:
    fit = mlm.fit("y ~ x + (1 | g)", GOOD[GOOD["g"] < "e"])
    assert fit.messages == ["'g' has only 4 groups: its variance is poorly known"]


def test_a_zero_variance_is_flagged() -> None:
    flat = given(y=np.tile(np.linspace(-1, 1, 10), 8))  # all groups have the same mean
    with pytest.warns(mlm.SingularFitWarning, match="estimated at zero"):
        fit = mlm.fit("y ~ x + (1 | g)", flat)
    assert fit.singular
    assert fit.converged
    assert fit.varcorr["variance"].iloc[0] == 0
    assert "singular" in repr(fit)
    assert "simpler random part" in fit.messages[-1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"y": 1e150}, id="huge response"),
        pytest.param({"y": 1e-150}, id="tiny response"),
        pytest.param({"x": 1e120}, id="huge predictor"),
        pytest.param({"x": 1e-120}, id="tiny predictor"),
    ],
)
def test_extreme_units_change_nothing_else(change: dict[str, float]) -> None:
    ((name, factor),) = change.items()
    usual = mlm.fit("y ~ x + (1 | g)", GOOD)
    extreme = mlm.fit("y ~ x + (1 | g)", given(**{name: GOOD[name] * factor}))
    assert extreme.icc() == pytest.approx(usual.icc(), rel=1e-6)
    assert extreme.summary()["statistic"]["x"] == pytest.approx(
        usual.summary()["statistic"]["x"], rel=1e-6
    )


def test_a_predictor_far_from_zero_loses_no_digits() -> None:
    data = given(y=GOOD["y"] + 3 * np.repeat(RNG.normal(size=8), 10) * GOOD["x"])
    usual = mlm.fit("y ~ x + (x | g)", data)
    shifted = mlm.fit("y ~ x + (x | g)", data.assign(x=data["x"] + 1e5))
    assert shifted.deviance == pytest.approx(usual.deviance, abs=1e-6)
    assert shifted.singular == usual.singular


def test_pandas_types_make_no_difference() -> None:
    usual = mlm.fit("y ~ x + t + (1 | g)", GOOD)
    typed = given(
        x=GOOD["x"].astype("Float64"),
        g=GOOD["g"].astype("string"),
        t=GOOD["t"].astype("category"),
    )
    other = mlm.fit("y ~ x + t + (1 | g)", typed)
    pd.testing.assert_series_equal(other.fixef, usual.fixef)
    pd.testing.assert_frame_equal(other.ranef["g"], usual.ranef["g"], check_index_type=False)


def test_names_with_spaces_are_quoted() -> None:
    data = GOOD.rename(columns={"x": "my x", "g": "my g"})
    fit = mlm.fit("y ~ `my x` + (1 | `my g`)", data)
    assert list(fit.fixef.index) == ["Intercept", "my x"]
    assert fit.ranef["my g"].index.name == "my g"
