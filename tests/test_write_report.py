"""Reports: the sentences of the book's templates, with the right numbers, units and levels."""

import re

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm


def unwrapped(fit) -> tuple[str, str]:
    """Return the paragraph of results and the one of methods, without line breaks."""
    results, methods = fit.report().split("\n\n")
    return results.replace("\n", " "), methods.replace("\n", " ")


@pytest.fixture(scope="module")
def hsb82() -> pd.DataFrame:
    return mlm.load("hsb82")


@pytest.fixture(scope="module")
def cross_level():
    return mlm.fit("health ~ poor * deprivation + (poor | neighborhood)", mlm.survey("C.7.23"))


def test_null_model_is_the_template(hsb82) -> None:
    results, methods = unwrapped(mlm.fit("mathach ~ 1 + (1 | school)", hsb82))
    assert results.startswith(
        "Of the total variance in mathematics achievement, about 18 % (95 % CI 15 to 22 %) lies "
        "between schools; equivalently, two pupils of the same school correlate about 0.18. "
        "In the average school the mean is 12.64 points (95 % CI 12.15 to 13.12)"
    )
    assert "standard deviation of 2.9 points" in results
    assert "±5.8 points" in results
    assert methods.startswith(
        "7,185 pupils in 160 schools (14 to 67 pupils a school, median 47) were analyzed with a "
        "two-level linear model with a random intercept for schools, fitted by restricted maximum "
        f"likelihood (mlmbook {mlm.__version__})."
    )
    assert "explain" not in results
    assert methods.endswith(
        "The interval of the intraclass correlation is a Wald interval on the logit scale, with "
        "standard errors from the observed information."
    )


def test_random_intercept_names_unit_level_and_interval() -> None:
    fit = mlm.fit("normexam ~ standlrt + (1 | school)", mlm.load("exam"), reml=False)
    results, methods = unwrapped(fit)
    df, t = fit.summary().loc["standlrt", ["df", "statistic"]]
    assert results.startswith(
        "A pupil who is 1 higher in reading score at 11 (standard deviations) is on average 0.563 "
        "standard deviations higher in examination score at 16 (95 % CI 0.539 to 0.588; "
        f"t({df:.0f}) = {t:.1f}) than "
        "another of the same school."
    )
    assert "mixes differences within and between them" in results
    assert "about 14 % (95 % CI 10 to 20 %) lies between schools" in results
    assert results.endswith("they do not show what changing a predictor would do.")
    assert "fitted by maximum likelihood" in methods


@pytest.mark.parametrize("predictor", ["center(ses)", "scale(ses)", "np.exp(ses)", "ses"])
def test_a_variable_mixes_levels_in_any_units(predictor: str) -> None:
    results, _ = unwrapped(mlm.fit(f"mathach ~ {predictor} + (1 | school)", mlm.load("hsb82")))
    assert "its school mean is not in the model" in results


@pytest.mark.parametrize(
    "predictors",
    ["cses", "center(ses) + meanses", "scale(ses) + scale(meanses)"],
)
def test_a_variable_whose_means_are_in_the_model_does_not(predictors: str) -> None:
    data = mlm.load("hsb82")
    data["meanses"] = data.groupby("school")["ses"].transform("mean")
    results, _ = unwrapped(mlm.fit(f"mathach ~ {predictors} + (1 | school)", data))
    assert "mixes" not in results


def test_a_curve_mixes_levels_once() -> None:
    formula = "mathach ~ ses + I(ses**2) + (1 | school)"
    results, _ = unwrapped(mlm.fit(formula, mlm.load("hsb82")))
    assert results.count("mixes") == 1


def test_binary_predictor_compares_two_people() -> None:
    fit = mlm.fit("health ~ poor + (1 | neighborhood)", mlm.survey("C.7.3"))
    results, methods = unwrapped(fit)
    assert results.startswith(
        "A person with poor = 1 is on average 5.37 points lower in health score (95 % CI −6.07 to "
        "−4.67; t(1774) = −15.1) than one of the same neighborhood with poor = 0."
    )
    assert "use t distributions with Satterthwaite's degrees of freedom" in methods


@pytest.mark.parametrize(
    "formula",
    ["mathach ~ cses + meanses + (1 | school)", "mathach ~ ses + meanses + (1 | school)"],
)
def test_within_between_is_recognized_in_both_codings(formula: str, hsb82) -> None:
    results, _ = unwrapped(mlm.fit(formula, hsb82))
    assert "2.19 points higher in mathematics achievement (95 % CI 1.98 to 2.40; t(" in results
    assert re.search(
        r"means are 1 apart the difference is 5\.87 points \(95 % CI 5\.15 to 6\.58; t\(15\d\)",
        results,
    )
    assert "the contextual difference, the second less the first, is 3.68 points" in results
    assert "mixes" not in results


def test_random_slope_gives_the_range_of_slopes() -> None:
    fit = mlm.fit("normexam ~ standlrt + (standlrt | school)", mlm.load("exam"))
    results, methods = unwrapped(fit)
    sd = fit.varcorr.query("term == 'standlrt' and term2 == ''")["sd"].iloc[0]
    low, high = fit.fixef["standlrt"] - 1.96 * sd, fit.fixef["standlrt"] + 1.96 * sd
    assert f"in about 95 % of schools it is expected between {low:.2f} and {high:.2f}" in results
    assert "smallest near standlrt = −1.2" in results  # facts: minimum near -1.24
    assert "correlated random intercept and slope of standlrt for schools" in methods


def test_slope_of_a_binary_variable_gives_two_variances() -> None:
    fit = mlm.fit("health ~ poor + (poor | neighborhood)", mlm.survey("C.7.16"))
    results, _ = unwrapped(fit)
    table = fit.varcorr.set_index(["term", "term2"])["variance"]
    var_u0 = table["Intercept", ""]
    poor = var_u0 + 2 * table["Intercept", "poor"] + table["poor", ""]
    assert f"{var_u0:.0f} where poor = 0 and {poor:.0f} where poor = 1" in results


def test_cross_level_interaction_gives_two_slopes_and_a_caution(cross_level) -> None:
    results, _ = unwrapped(cross_level)
    w = mlm.survey().groupby("neighborhood")["deprivation"].first()
    slopes = [
        cross_level.fixef["poor"] + cross_level.fixef["poor:deprivation"] * value
        for value in (w.mean() - w.std(), w.mean() + w.std())
    ]
    found = re.search(
        r"The slope of poor is −(\S+) points \(95 % CI −(\S+) to −(\S+); t\(\S+\) = \S+\) "
        r"where deprivation is one "
        r"standard deviation below its mean over neighborhoods and −(\S+) points",
        results,
    )
    assert float(found[1]) == pytest.approx(-slopes[0], abs=0.06)
    assert float(found[4]) == pytest.approx(-slopes[1], abs=0.06)
    a = np.array([1.0, w.mean() - w.std()])
    names = ["poor", "poor:deprivation"]
    se = np.sqrt(a @ cross_level.vcov.loc[names, names].to_numpy() @ a)
    assert float(found[2]) == pytest.approx(-(slopes[0] - 1.96 * se), abs=0.06)
    assert "this is not evidence that changing deprivation would change the slope" in results
    assert "Where poor = 0, a neighborhood that is 1 higher in deprivation" in results


def test_two_moderators_say_where_the_other_one_is(hsb82) -> None:
    formula = "mathach ~ cses * sector + cses * meanses + (cses | school)"
    results, _ = unwrapped(mlm.fit(formula, hsb82))
    assert "Where meanses = 0, the slope of cses is 2.95 points" in results
    assert "where sector is Public and 1.30 points" in results
    assert "for sector Catholic rather than Public" in results


def test_level_2_predictors_compare_groups(hsb82) -> None:
    results, _ = unwrapped(mlm.fit("mathach ~ sector + (1 | school)", hsb82))
    assert results.startswith("A school with sector Catholic is on average 2.8")
    assert "than one with sector Public." in results


def test_curves_are_not_taken_apart(hsb82) -> None:
    results, _ = unwrapped(mlm.fit("mathach ~ ses + I(ses ** 2) + (1 | school)", hsb82))
    assert "The term ses² has the coefficient" in results
    assert "read together with the other terms of ses" in results


def test_products_inside_a_level(hsb82) -> None:
    results, _ = unwrapped(mlm.fit("mathach ~ female * minority + (1 | school)", hsb82))
    assert "Where minority = 0, a pupil with female = 1" in results
    assert "The difference that goes with female changes by" in results
    assert "where minority = 1 rather than 0" in results


def test_the_level_of_the_interval_is_the_fit_s(hsb82) -> None:
    results, _ = unwrapped(mlm.fit("mathach ~ 1 + (1 | school)", hsb82, ci=0.9))
    assert "(90 % CI" in results
    assert "(95 % CI" not in results


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_what_was_wrong_is_said() -> None:
    world = mlm.simulate(20, 5, var_u0=0, rng=3)
    world.loc[[1, 2], "x"] = np.nan
    results, methods = unwrapped(mlm.fit("y ~ x + (1 | group)", world))
    assert "estimated at zero, which these data cannot tell from a small one" in results
    assert "2 of 100 rows dropped" in methods
    assert "Singular fit" in methods
    assert "intraclass" not in methods  # at zero it has no interval


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_null_model_at_zero_claims_no_spread() -> None:
    results, _ = unwrapped(mlm.fit("y ~ 1 + (1 | group)", mlm.simulate(20, 5, var_u0=0, rng=3)))
    assert "about 0.0 % lies between groups" in results
    assert "own means" not in results


def test_unknown_data_are_called_observations_in_groups() -> None:
    fit = mlm.fit("y ~ x + (1 | group)", mlm.simulate(30, 5, beta1=1, rng=5))
    results, methods = unwrapped(fit)
    assert results.startswith("An observation that is 1 higher in x is on average")
    assert methods.startswith("150 observations in 30 groups (5 observations in each group)")


def test_lines_are_short_and_percent_signs_stay_with_their_number(cross_level) -> None:
    report = cross_level.report()
    assert max(map(len, report.splitlines())) <= 72
    assert "\n%" not in report
    assert "\0" not in report
