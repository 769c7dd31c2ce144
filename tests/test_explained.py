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


@pytest.mark.parametrize(
    ("formula", "extra"),
    [
        ("mathach ~ ses + (1 | school)", {"residual": mlm.VarianceBy("sector")}),
        ("mathach ~ ses + (ses | school)", {"weights": "size", "offset": "known"}),
    ],
)
def test_unequal_level_1_variances_count_with_their_mean(formula: str, extra: dict) -> None:
    data = HSB.assign(size=1.0 + np.arange(len(HSB)) % 3, known=HSB["meanses"] * 2)
    fit, null, simple = (
        mlm.fit(f"mathach ~ {right}", data, **extra)
        for right in (formula.split("~")[1], "1 + (1 | school)", "ses + (1 | school)")
    )

    def spread(model: mlm.Fit) -> tuple[float, pd.Series]:
        rows = model.varcorr.iloc[0]
        level1 = model.varcorr[model.varcorr["group"] == "Residual"].set_index("term")["variance"]
        if "weights" in extra:
            each = level1.iloc[0] / data["size"]
        else:
            each = ("sector[" + data["sector"].astype(str) + "]").map(level1)
        return rows["variance"], each

    (between, each), (between0, each0), (plain, plain_each) = map(spread, (fit, null, simple))
    sizes = data.groupby("school").size()

    def of_means(each: pd.Series) -> float:
        return float((each.groupby(data["school"]).sum() / sizes**2).mean())

    assert share(fit, "Raudenbush-Bryk", "Residual") == pytest.approx(
        1 - each.mean() / each0.mean(), rel=1e-5
    )
    assert share(fit, "Raudenbush-Bryk", "school") == pytest.approx(
        1 - between / between0, rel=1e-4
    )
    assert share(fit, "Snijders-Bosker", "Residual") == pytest.approx(
        1 - (plain + plain_each.mean()) / (between0 + each0.mean()), rel=1e-5
    )
    assert share(fit, "Snijders-Bosker", "school") == pytest.approx(
        1 - (plain + of_means(plain_each)) / (between0 + of_means(each0)), rel=1e-5
    )
    fixed = (fit.fixef["ses"] * data["ses"]).var()
    omega = fit.estimates.covariances[0]
    z = fit.design.groupings[0].Z
    total = fixed + np.einsum("na,ab,nb->n", z, omega, z).mean() + each.mean()
    assert share(fit, "Nakagawa-Schielzeth", "marginal") == pytest.approx(fixed / total, rel=1e-9)


def test_correlated_residuals_do_not_average_out() -> None:
    flat = SLEEP.assign(reaction=SLEEP["reaction"] - 8 * SLEEP["days"])
    fit, null = (
        mlm.fit(f"reaction ~ {x} + (1 | subject)", flat, residual=mlm.AR1("days"))
        for x in ("days", "1")
    )

    def mean(model: mlm.Fit) -> float:
        between, residual, _ = model.varcorr["variance"]
        gaps = np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
        return between + residual * (model.residual.parameters.item() ** gaps).mean()

    expected = 1 - mean(fit) / mean(null)
    assert share(fit, "Snijders-Bosker", "subject") == pytest.approx(expected, rel=1e-5)


def test_a_marginal_model_has_one_level() -> None:
    fit = mlm.fit("reaction ~ days", SLEEP, residual=mlm.AR1("days", group="subject"))
    table = fit.r2()
    assert list(table["level"]) == ["Residual", "marginal", "conditional"]
    assert table["r2"].iloc[1] == table["r2"].iloc[2]
