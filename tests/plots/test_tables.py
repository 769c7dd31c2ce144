"""The tables behind the pictures of fits: closed forms and known numbers."""

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import tables


def test_departures_are_sorted_and_carry_the_sizes(null):
    table = tables.departures(null, None, "Intercept")
    assert table["mode"].is_monotonic_increasing
    assert table["n"].sum() == 7185
    assert table.loc["8367", "n"] == 14
    modes = null.ranef["school"]["Intercept"].loc[table.index]
    assert table["mode"].to_numpy() == pytest.approx(modes.to_numpy())


def test_groups_that_are_not_apart_are_counted():
    table = pd.DataFrame(
        {"mode": [-5.0, 0.0, 1.0, 9.0], "sd": [1.0, 1.0, 1.0, 1.0]}, index=list("abcd")
    )
    assert tables.not_apart(table, "b") == 1
    assert tables.not_apart(table, "d") == 0


def test_shrunken_is_raw_times_reliability(null):
    table = tables.shrinkage(null, None, "Intercept")
    y = mlm.load("hsb82").groupby("school")["mathach"].mean() - null.fixef["Intercept"]
    assert table["raw"].to_numpy() == pytest.approx(y.loc[table.index].to_numpy(), rel=1e-9)
    kept = table["shrunken"] / table["raw"]
    var_u, var_e = null.varcorr["variance"]
    assert kept.to_numpy() == pytest.approx((var_u / (var_u + var_e / table["n"])).to_numpy())
    assert kept["8367"] == pytest.approx(0.7549, abs=2e-4)


def test_own_slopes_are_those_of_each_group_alone(sleep):
    table = tables.shrinkage(sleep, None, "days")
    rows = mlm.load("sleepstudy").query("subject == '308'")
    slope = np.polyfit(rows["days"], rows["reaction"], 1)[0]
    assert table.at["308", "raw"] == pytest.approx(slope - sleep.fixef["days"])


def test_a_slope_from_one_row_is_missing():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"g": [f"g{at // 5}" for at in range(101)], "x": rng.normal(size=101)})
    u = rng.normal(size=(21, 2))[np.arange(101) // 5]
    data["y"] = u[:, 0] + (1 + u[:, 1]) * data["x"] + rng.normal(size=101)
    table = tables.shrinkage(mlm.fit("y ~ x + (x | g)", data), None, "x")
    assert np.isnan(table.at["g20", "raw"])
    assert table["raw"].isna().sum() == 1


def test_components_of_a_null_model_are_those_of_varcorr(null):
    table = tables.components(null)
    assert list(table["group"]) == ["school", "Residual"]
    assert table["variance"].to_numpy() == pytest.approx(null.varcorr["variance"].to_numpy())
    assert table["share"].iloc[0] == pytest.approx(null.icc())


def test_the_variance_of_a_random_slope_is_averaged_over_the_rows(sleep):
    variance = sleep.varcorr["variance"].to_numpy()
    days = np.arange(10)
    at_each = variance[0] + 2 * days * variance[2] + days**2 * variance[1]
    table = tables.components(sleep)
    assert table["variance"].iloc[0] == pytest.approx(at_each.mean())


def test_the_fixed_part_is_added_where_it_has_predictors(null, sleep):
    assert "Fixed" not in set(tables.components(null, fixed=True)["group"])
    table = tables.components(sleep, fixed=True).set_index("group")
    slope = sleep.fixef["days"]
    assert table.at["Fixed", "variance"] == pytest.approx(slope**2 * np.arange(10).var())
    assert table["share"].sum() == pytest.approx(1)


def test_an_unknown_group_names_the_factors(null):
    with pytest.raises(FormulaError, match=r"'scool' is not a grouping.*did you mean 'school'"):
        tables.grouping_of(null, "scool")


def test_an_unknown_term_names_the_random_effects(sleep):
    with pytest.raises(FormulaError, match=r"'day' is not.*did you mean 'days'.*Intercept, days"):
        tables.departures(sleep, None, "day")


def test_an_unknown_label_is_refused(null):
    with pytest.raises(DataError, match=r"there is no school '9999'.*160 in all"):
        tables.check_labels(["9999"], null.ranef["school"].index, "school")


@pytest.mark.parametrize("thing", [{"a": 1}, pd.DataFrame()])
def test_a_fit_is_needed(thing):
    with pytest.raises(DataError, match=r"a fitted model is needed.*got (dict|a DataFrame)"):
        tables.check_fit(thing)


def variances(fit):
    return fit.varcorr.set_index("group")["variance"]


def test_a_crossed_factor_adds_to_the_spread_within_groups(penicillin):
    parts = variances(penicillin)
    found = tables.spreads(penicillin, tables.grouping_of(penicillin, "sample"))
    assert found["between"] ** 2 == pytest.approx(parts["sample"])
    assert found["within"] ** 2 == pytest.approx(parts["plate"] + parts["Residual"])


def test_a_factor_around_the_groups_adds_to_the_spread_between_them():
    hsb = mlm.load("hsb82").assign(half=lambda d: d["school"] + "-" + d["female"].astype(str))
    fit = mlm.fit("mathach ~ 1 + (1 | school) + (1 | half)", hsb)
    parts = variances(fit)
    inner = tables.spreads(fit, tables.grouping_of(fit, "half"))
    outer = tables.spreads(fit, tables.grouping_of(fit, "school"))
    assert inner["between"] ** 2 == pytest.approx(parts["school"] + parts["half"])
    assert inner["within"] ** 2 == pytest.approx(parts["Residual"])
    assert outer["between"] ** 2 == pytest.approx(parts["school"])
    assert outer["within"] ** 2 == pytest.approx(parts["half"] + parts["Residual"])


def test_the_factor_with_most_groups_is_level_two(penicillin):
    marks = {g.name: tables.mark_of(penicillin, g) for g in penicillin.design.groupings}
    assert marks == {"plate": "between", "sample": "third"}


def test_spreads_with_unequal_level_1_variances():
    exam = mlm.load("exam")
    fit = mlm.fit("normexam ~ 1 + (1 | school)", exam, residual=mlm.VarianceBy("girl"))
    between, boys, girls = fit.varcorr["variance"]
    share = exam["girl"].mean()
    found = tables.spreads(fit, fit.design.groupings[0])
    assert found["between"] == pytest.approx(between**0.5)
    assert found["within"] == pytest.approx((share * girls + (1 - share) * boys) ** 0.5)
    offset = mlm.fit("normexam ~ 1 + (1 | school)", exam, offset="standlrt")
    with pytest.raises(mlm.FitError, match="every row has its own mean"):
        tables.spreads(offset, offset.design.groupings[0])


def test_shrinkage_with_a_level_1_structure():
    """The own departure weighs rows by their variances, and lies farther out than the mode."""
    exam = mlm.load("exam")
    fit = mlm.fit("normexam ~ 1 + (1 | school)", exam, residual=mlm.VarianceBy("girl"))
    table = tables.shrinkage(fit, None, "Intercept")
    weight = 1 / exam["girl"].map({0: fit.varcorr["variance"][1], 1: fit.varcorr["variance"][2]})
    left = exam["normexam"] - fit.fixef["Intercept"]
    own = (weight * left).groupby(exam["school"]).sum() / weight.groupby(exam["school"]).sum()
    assert table["raw"].to_numpy() == pytest.approx(own.to_numpy(), rel=1e-6)
    assert (table["shrunken"].abs() <= table["raw"].abs()).all()


def test_a_model_without_groups_has_no_picture_of_groups():
    sleep = mlm.load("sleepstudy")
    fit = mlm.fit("reaction ~ days", sleep, residual=mlm.AR1("days", group="subject"))
    with pytest.raises(mlm.FormulaError, match="no random term"):
        mlm.plot_groups(fit)
