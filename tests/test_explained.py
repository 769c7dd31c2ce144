"""Explained variance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

SLEEP, HSB = mlm.load("sleepstudy"), mlm.load("hsb82")


def share(fit: mlm.Fit, definition: str, level: str) -> float:
    table = fit.r2().set_index(["definition", "level"])["r2"]
    return float(table.loc[(definition, level)])


def test_published_shares_of_high_school_and_beyond() -> None:
    """Raudenbush & Bryk (2002), chapter 4: 69 % between schools, 6.3 % within."""
    fit = mlm.fit("mathach ~ meanses + (1 | school)", HSB)
    assert share(fit, "Raudenbush-Bryk", "school") == pytest.approx(0.69, abs=0.005)
    slopes = mlm.fit("mathach ~ cses + (cses | school)", HSB)
    assert share(slopes, "Raudenbush-Bryk", "Residual") == pytest.approx(0.063, abs=0.001)


def test_definitions_by_hand() -> None:
    fit, null = (mlm.fit(f"mathach ~ {x} + (1 | school)", HSB) for x in ("ses", "1"))
    between, within = fit.varcorr["variance"]
    between0, within0 = null.varcorr["variance"]
    n = 1 / (1 / HSB.groupby("school").size()).mean()
    fixed = (fit.fixef["ses"] * HSB["ses"]).var()
    total = fixed + between + within
    expected = {
        ("Raudenbush-Bryk", "Residual"): 1 - within / within0,
        ("Raudenbush-Bryk", "school"): 1 - between / between0,
        ("Snijders-Bosker", "Residual"): 1 - (between + within) / (between0 + within0),
        ("Snijders-Bosker", "school"): 1 - (between + within / n) / (between0 + within0 / n),
        ("Nakagawa-Schielzeth", "marginal"): fixed / total,
        ("Nakagawa-Schielzeth", "conditional"): (fixed + between) / total,
    }
    table = fit.r2().set_index(["definition", "level"])["r2"]
    assert set(table.index) == set(expected)
    for key, value in expected.items():
        assert table[key] == pytest.approx(value, rel=1e-6)


def test_random_slopes_are_averaged_or_left_out() -> None:
    fit = mlm.fit("reaction ~ days + (days | subject)", SLEEP)
    plain = mlm.fit("reaction ~ days + (1 | subject)", SLEEP)
    for level in ("Residual", "subject"):
        assert share(fit, "Snijders-Bosker", level) == pytest.approx(
            share(plain, "Snijders-Bosker", level), rel=1e-5
        )
    tau0, tau1, both, residual = fit.varcorr["variance"]
    days = SLEEP["days"]
    random = (tau0 + 2 * both * days + tau1 * days**2).mean()
    fixed = (fit.fixef["days"] * days).var()
    marginal = fixed / (fixed + random + residual)
    assert share(fit, "Nakagawa-Schielzeth", "marginal") == pytest.approx(marginal, rel=1e-9)


def test_the_null_model_explains_nothing() -> None:
    table = mlm.fit("reaction ~ 1 + (1 | subject)", SLEEP).r2().set_index("definition")["r2"]
    np.testing.assert_allclose(table[["Raudenbush-Bryk", "Snijders-Bosker"]], 0, atol=1e-7)


def test_crossed_factors_have_their_levels() -> None:
    table = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin")).r2()
    assert list(table["level"]) == ["Residual", "plate", "sample", "marginal", "conditional"]


def test_units_do_not_matter() -> None:
    other = SLEEP.assign(reaction=SLEEP["reaction"] / 1000, days=SLEEP["days"] * 24)
    formula = "reaction ~ days + (days | subject)"
    one, two = (mlm.fit(formula, data).r2() for data in (SLEEP, other))
    pd.testing.assert_frame_equal(one, two, rtol=1e-5)
