"""The fitted model: its tables and how it shows."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

SLEEP = mlm.load("sleepstudy")
FIT = mlm.fit("reaction ~ days + (days | subject)", SLEEP)


def test_names_and_sizes() -> None:
    assert FIT.formula == "reaction ~ days + (days | subject)"
    assert FIT.parsed.fixed == "1 + days"
    assert (FIT.response, FIT.family, FIT.reml) == ("reaction", "gaussian", True)
    assert (FIT.nobs, FIT.ngroups, FIT.nparams) == (180, {"subject": 18}, 6)
    assert FIT.data_name == "sleepstudy"
    assert FIT.categorical == {}
    assert FIT.messages == []


def test_tables() -> None:
    assert list(FIT.fixef.index) == list(FIT.se.index) == ["Intercept", "days"]
    assert FIT.vcov.loc["days", "days"] == pytest.approx(FIT.se["days"] ** 2)
    assert FIT.ranef["subject"].shape == FIT.ranef_sd["subject"].shape == (18, 2)
    assert FIT.ranef["subject"].index.name == "subject"
    expected = [
        ("subject", "Intercept", ""),
        ("subject", "days", ""),
        ("subject", "Intercept", "days"),
        ("Residual", "", ""),
    ]
    assert list(FIT.varcorr.columns) == ["group", "term", "term2", "variance", "sd"]
    assert list(FIT.varcorr[["group", "term", "term2"]].itertuples(index=False)) == expected


def test_a_covariance_row_has_the_correlation() -> None:
    intercept, slope, both, _ = FIT.varcorr.itertuples()
    assert both.sd == pytest.approx(both.variance / (intercept.sd * slope.sd))


def test_likelihood_criteria() -> None:
    assert FIT.deviance == -2 * FIT.loglik
    assert FIT.aic == FIT.deviance + 12
    assert FIT.bic == pytest.approx(FIT.deviance + 6 * np.log(180))


def test_fitted_and_residuals_are_on_the_index_of_the_data() -> None:
    moved = SLEEP.set_axis(np.arange(180) + 500)
    fit = mlm.fit(FIT.formula, moved)
    assert list(fit.fitted.index) == list(moved.index)
    np.testing.assert_allclose(fit.fitted + fit.residuals, moved["reaction"])


def test_residuals_of_each_level() -> None:
    pd.testing.assert_series_equal(FIT.residuals_at(1), FIT.residuals)
    pd.testing.assert_frame_equal(FIT.residuals_at(2), FIT.ranef["subject"])
    pd.testing.assert_frame_equal(FIT.residuals_at("subject"), FIT.ranef["subject"])
    with pytest.raises(mlm.DataError, match="no level 'subjct'; did you mean 'subject'"):
        FIT.residuals_at("subjct")


def test_nothing_can_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        FIT.reml = False
    fixef, ranef = FIT.fixef, FIT.ranef
    fixef["days"] = 0.0
    ranef["subject"].iloc[:] = 0.0
    FIT.messages.append("nonsense")
    assert FIT.fixef["days"] == pytest.approx(10.467, abs=1e-3)
    assert FIT.ranef["subject"].to_numpy().any()
    assert FIT.messages == []


def test_changing_the_data_afterwards_changes_no_fit() -> None:
    data = SLEEP.copy()
    fit = mlm.fit(FIT.formula, data)
    data["reaction"] = 0.0
    data.loc[:, "days"] = 0
    np.testing.assert_allclose(fit.residuals, FIT.residuals)


def test_repr_is_short_and_stable() -> None:
    expected = "Fit('reaction ~ days + (days | subject)', nobs=180, ngroups={'subject': 18}, REML)"
    assert repr(FIT) == repr(mlm.fit(FIT.formula, SLEEP)) == expected
    assert repr(mlm.fit(FIT.formula, SLEEP, reml=False)).endswith(", ML)")


def test_html_is_a_table_without_scripts() -> None:
    shown = FIT._repr_html_()
    assert shown.count("<table") == 2
    assert "<script" not in shown
    assert "10.467" in shown


def test_html_escapes_the_names_of_columns() -> None:
    data = SLEEP.rename(columns={"days": "a<b"})
    shown = mlm.fit("reaction ~ `a<b` + (1 | subject)", data)._repr_html_()
    assert "a<b" not in shown


def test_messages_show() -> None:
    some = SLEEP.assign(days=SLEEP["days"].where(SLEEP.index > 1))
    fit = mlm.fit("reaction ~ days + (1 | subject)", some)
    assert fit.messages == ["2 of 180 rows dropped: missing values in 'days' (2)"]
    assert "2 of 180 rows dropped" in fit._repr_html_()


def test_categorical_lists_levels_reference_first() -> None:
    fit = mlm.fit("mathach ~ sector + (1 | school)", mlm.load("hsb82"))
    assert fit.categorical == {"sector": ["Public", "Catholic"]}
    assert list(fit.fixef.index) == ["Intercept", "sector[Catholic]"]


def test_writers_are_called() -> None:
    assert r"\sigma^2_{e0}" in FIT.equation()
    assert "lmer(" in FIT.to_code("lme4")
    assert "reaction" in FIT.report()
