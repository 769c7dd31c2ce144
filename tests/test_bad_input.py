"""What a model cannot be fitted to, and what is said: an error, a warning or a message each."""

from __future__ import annotations

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
first3 = np.arange(ROWS) < 3


def given(**columns: object) -> pd.DataFrame:
    return GOOD.assign(**columns)


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
    ("y ~ z + (1 | g)", given(z="a"), mlm.DataError, "'z' has one value only"),
    ("y ~ np.log(x) + (1 | g)", GOOD, mlm.DataError, r"'np.log\(x\)' is infinite or undefined"),
    ("y ~ I(1 / h) + (1 | g)", GOOD, mlm.DataError, "infinite or undefined"),
    ("y ~ d + (1 | g)", given(d=pd.date_range("2020", periods=ROWS)), mlm.DataError, "datetime64"),
    ("y ~ x + (1 | g)", given(y=GOOD["y"] + 0j), mlm.DataError, "complex128"),
    ("y ~ x + (1 | g)", given(x=GOOD["x"].astype(object)), mlm.DataError, r"pd\.to_numeric"),
]


@pytest.mark.parametrize(("formula", "data", "error", "message"), ERRORS)
def test_error(formula: str, data: pd.DataFrame, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        mlm.fit(formula, data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "poisson"}, "family 'poisson' is not available"),
        ({"reml": "ML"}, r"reml must be True \(REML\) or False \(ML\), got 'ML'"),
        ({"ci": 95}, "between 0 and 1"),
    ],
)
def test_wrong_option(options: dict, message: str) -> None:
    with pytest.raises(mlm.FitError, match=message):
        mlm.fit("y ~ x + (1 | g)", GOOD, **options)


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
