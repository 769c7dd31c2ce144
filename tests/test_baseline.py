"""Single-level regression: against R's lm and cluster-robust errors, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from mlmbook.baseline import ols
from mlmbook.data import load
from mlmbook.errors import DataError, FitError, FormulaError
from mlmbook.simulate import simulate


@pytest.fixture(scope="module")
def hsb82() -> pd.DataFrame:
    return load("hsb82")


def test_matches_r_lm(hsb82: pd.DataFrame) -> None:
    # R 4: lm(mathach ~ ses * sector), its summary, logLik, AIC, BIC, confint and predict
    fit = ols("mathach ~ ses * sector", hsb82)
    assert list(fit.fixef.index) == ["Intercept", "ses", "sector[Catholic]", "ses:sector[Catholic]"]
    np.testing.assert_allclose(
        fit.fixef, [11.86764449059, 3.45963191965, 1.94972640131, -1.10543753614], rtol=1e-10
    )
    np.testing.assert_allclose(
        fit.se, [0.106691547415, 0.133132542784, 0.152188994539, 0.195798495565], rtol=1e-10
    )
    assert fit.loglik == pytest.approx(-23453.40729436013, rel=1e-12)
    assert fit.aic == pytest.approx(46916.81458872027, rel=1e-12)
    assert fit.bic == pytest.approx(46951.21334271284, rel=1e-12)
    assert fit.sigma == pytest.approx(6.33163208474, rel=1e-11)
    ses = fit.summary().loc["ses"]
    assert ses["statistic"] == pytest.approx(25.98637303317)
    assert ses["p"] == pytest.approx(2.28698882723e-142, rel=1e-6)
    assert (ses["low"], ses["high"]) == pytest.approx((3.19865294248, 3.720610896816))
    new = pd.DataFrame({"ses": [-1, 1], "sector": ["Public", "Catholic"]})
    np.testing.assert_allclose(fit.predict(new), [8.40801257094, 16.1715652754], rtol=1e-10)
    # predict(..., interval = "confidence" / "prediction")
    bands = fit.predict(new, interval="confidence")
    np.testing.assert_allclose(bands["low"], [8.104656768481, 15.854198003035], rtol=1e-9)
    bands = fit.predict(new, interval="prediction")
    np.testing.assert_allclose(bands["high"], [20.82358202135, 28.58748497636], rtol=1e-9)
    assert fit.response == "mathach"
    assert fit.categorical == {"sector": ["Public", "Catholic"]}


def test_cluster_robust_errors_match_r(hsb82: pd.DataFrame) -> None:
    # R: sandwich::vcovCL(lm(mathach ~ ses), cluster = school, type = "HC1", cadjust = TRUE)
    fit = ols("mathach ~ ses", hsb82, cluster="school")
    np.testing.assert_allclose(fit.se, [0.169447284688047, 0.133484994906158], rtol=1e-9)
    assert (fit.summary()["df"] == 159).all()
    pd.testing.assert_series_equal(fit.fixef, ols("mathach ~ ses", hsb82).fixef)
    assert fit.r2() == pytest.approx(0.130144623057)


def test_a_mean_is_the_smallest_regression() -> None:
    y = np.array([1.0, 2.0, 4.0, 9.0])
    fit = ols("y ~ 1", pd.DataFrame({"y": y}))
    assert fit.fixef["Intercept"] == pytest.approx(y.mean())
    assert fit.sigma == pytest.approx(y.std(ddof=1))
    assert fit.se["Intercept"] == pytest.approx(y.std(ddof=1) / 2)
    assert fit.nparams == 2


def test_fitted_and_residuals_add_up_on_the_index_of_the_data() -> None:
    world = simulate(5, 6, beta1=2, rng=1).set_index(np.arange(100, 130))
    fit = ols("y ~ x", world)
    pd.testing.assert_series_equal(fit.fitted + fit.residuals, world["y"], check_names=False)
    pd.testing.assert_series_equal(fit.predict(), fit.predict(world))
    pd.testing.assert_series_equal(fit.predict(), fit.fitted, check_names=False)


def test_missing_rows_are_dropped_and_counted() -> None:
    world = simulate(5, 6, rng=2)
    world.loc[[3, 7], "x"] = np.nan
    fit = ols("y ~ x", world, cluster="group")
    assert fit.nobs == 28
    assert "2 of 30 rows dropped" in fit.messages[0]


def test_repr_is_stable_and_short(hsb82: pd.DataFrame) -> None:
    assert repr(ols("mathach ~ ses", hsb82)) == "OlsFit('mathach ~ ses', nobs=7185)"
    robust = ols("mathach ~ ses", hsb82, cluster="school")
    assert repr(robust) == "OlsFit('mathach ~ ses', nobs=7185, cluster='school')"
    assert robust.data_name == "hsb82"
    assert "<table" in robust._repr_html_()
    assert "<th>ses</th>" in robust._repr_html_()


@settings(deadline=None, max_examples=25)
@given(factor=st.floats(0.01, 100), shift=st.floats(-100, 100), seed=st.integers(0, 1000))
def test_units_of_x_change_the_slope_and_nothing_else(
    factor: float, shift: float, seed: int
) -> None:
    world = simulate(5, 4, beta1=1, rng=seed)
    moved = world.assign(x=factor * world["x"] + shift)
    fit, other = ols("y ~ x", world), ols("y ~ x", moved)
    assert other.fixef["x"] * factor == pytest.approx(fit.fixef["x"], rel=1e-6)
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-6)
    statistics = [each.summary().loc["x", "statistic"] for each in (fit, other)]
    assert statistics[0] == pytest.approx(statistics[1], rel=1e-5, abs=1e-8)


def test_a_level_of_90_percent_is_narrower(hsb82: pd.DataFrame) -> None:
    wide = ols("mathach ~ ses", hsb82).summary()
    narrow = ols("mathach ~ ses", hsb82, ci=0.9).summary()
    assert (narrow["high"] < wide["high"]).all()


def test_random_terms_are_sent_to_fit(hsb82: pd.DataFrame) -> None:
    with pytest.raises(FormulaError, match=r"has a random term; use mlm\.fit.*\| school"):
        ols("mathach ~ ses + (1 | school)", hsb82)


def test_unknown_columns_get_a_hint(hsb82: pd.DataFrame) -> None:
    with pytest.raises(FormulaError, match="'sess' is not a column of the data; did you mean"):
        ols("mathach ~ sess", hsb82)
    with pytest.raises(DataError, match="cluster column 'shool' is not in the data; did you mean"):
        ols("mathach ~ ses", hsb82, cluster="shool")


def test_collinear_columns_are_refused(hsb82: pd.DataFrame) -> None:
    with pytest.raises(FitError, match="'meanses' is a combination of the columns before it"):
        ols("mathach ~ ses + cses + meanses", hsb82)


def test_clusters_must_be_known_and_more_than_one(hsb82: pd.DataFrame) -> None:
    one = hsb82[hsb82["school"] == "1224"]
    with pytest.raises(DataError, match="need two groups; 'school' has one"):
        ols("mathach ~ ses", one, cluster="school")
    gaps = hsb82.assign(school=hsb82["school"].where(hsb82["female"] == 1))
    with pytest.raises(DataError, match="cluster column 'school' has 3390 missing values"):
        ols("mathach ~ ses", gaps, cluster="school")


def test_unknown_intervals_are_refused(hsb82: pd.DataFrame) -> None:
    with pytest.raises(DataError, match='interval is "confidence" or "prediction", not'):
        ols("mathach ~ ses", hsb82).predict(interval="credible")


def test_impossible_levels_are_refused(hsb82: pd.DataFrame) -> None:
    with pytest.raises(FitError, match="between 0 and 1"):
        ols("mathach ~ ses", hsb82, ci=95)
