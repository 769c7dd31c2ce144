"""The survey is drawn once, and its truth is what the numbers come from."""

import gzip
import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlmbook.data.catalog import packaged
from mlmbook.data.survey import ACTIVE, TRUTH, survey, with_health
from mlmbook.errors import DataError
from mlmbook.fit import fit

EQUATIONS = list(ACTIVE)


def make_survey():  # the tool that drew it; tools/ is not a package
    path = Path(__file__).parents[1] / "tools" / "make_survey.py"
    spec = importlib.util.spec_from_file_location("make_survey", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stored_file_is_what_the_tool_draws() -> None:
    stored = gzip.decompress(packaged("survey.csv.gz").read_bytes()).decode()
    assert stored == make_survey().survey_csv()


def test_fifty_neighborhoods_of_ten_to_sixty_people() -> None:
    people = survey()
    sizes = people.groupby("neighborhood").size()
    assert len(sizes) == 50
    assert sizes.between(10, 60).all()
    assert people["person"].is_unique
    assert set(people["poor"]) == {0, 1}


def test_deprivation_is_standardized_over_neighborhoods() -> None:
    w = survey().groupby("neighborhood")["deprivation"].first()
    assert w.mean() == pytest.approx(0, abs=1e-3)
    assert w.std(ddof=0) == pytest.approx(1, abs=1e-3)


def test_poverty_is_commoner_where_deprivation_is_higher() -> None:
    places = survey().groupby("neighborhood")[["poor", "deprivation"]].mean()
    assert places.corr().loc["poor", "deprivation"] > 0.5


def test_health_stays_on_its_scale() -> None:
    for equation in EQUATIONS:
        assert survey(equation)["health"].between(0, 100).all()


def test_people_are_the_same_under_every_equation() -> None:
    fixed = ["neighborhood", "person", "poor", "deprivation"]
    for equation in EQUATIONS:
        pd.testing.assert_frame_equal(survey(equation)[fixed], survey("C.7.23")[fixed])


@pytest.mark.parametrize("equation", EQUATIONS)
def test_health_is_the_equation_with_its_truth(equation: str) -> None:
    people = survey(equation, draws=True)
    truth = people.attrs["truth"]
    assert tuple(truth) == ACTIVE[equation]
    w, x = people["deprivation"], people["poor"]
    fixed = truth["beta0"] + truth["beta1"] * x
    fixed += truth.get("alpha1", 0) * w + truth.get("alpha2", 0) * w * x
    np.testing.assert_allclose(
        people["health"], fixed + people["u0"] + people["u1"] * x + people["e"], atol=0.05 + 1e-9
    )
    assert ("var_u1" in truth) == (people["u1"] != 0).any()


def test_level_one_variances_are_those_of_the_truth() -> None:
    by_poverty = survey("C.7.20", draws=True).groupby("poor")["e"].var()
    assert by_poverty[0] == pytest.approx(TRUTH["var_eN"], rel=0.1)
    assert by_poverty[1] == pytest.approx(TRUTH["var_eP"], rel=0.1)
    assert survey("C.7.3", draws=True)["e"].var() == pytest.approx(TRUTH["var_e"], rel=0.1)


def test_draws_of_many_seeds_have_the_stated_moments() -> None:
    tool = make_survey()
    places = pd.concat(
        [tool.draw_survey(seed).groupby("neighborhood")[["u0", "u1"]].first() for seed in range(40)]
    )
    assert len(places) == 2000
    covariance = places.cov()  # standard errors of about 3 %: the bounds are four of them
    assert covariance.loc["u0", "u0"] == pytest.approx(TRUTH["var_u0"], rel=0.13)
    assert covariance.loc["u1", "u1"] == pytest.approx(TRUTH["var_u1"], rel=0.13)
    assert covariance.loc["u0", "u1"] == pytest.approx(TRUTH["cov_u01"], rel=0.2)


@pytest.fixture(scope="module")
def repeated_fits() -> list[pd.DataFrame]:
    """Intervals of the C.7.3 model in 200 surveys of other seeds."""
    tool = make_survey()
    surveys = (with_health(tool.draw_survey(seed), "C.7.3") for seed in range(1000, 1200))
    return [fit("health ~ poor + (1 | neighborhood)", people).confint() for people in surveys]


ROWS = {
    "Intercept": "beta0",
    "poor": "beta1",
    "var(Intercept | neighborhood)": "var_u0",
    "var(Residual)": "var_e",
}


@pytest.mark.parametrize("row", ROWS)
def test_intervals_of_repeated_surveys_cover_the_truth(row: str, repeated_fits) -> None:
    truth = TRUTH[ROWS[row]]
    covered = np.mean(
        [table.at[row, "low"] <= truth <= table.at[row, "high"] for table in repeated_fits]
    )
    assert 0.90 <= covered <= 0.99  # 95 % give or take three standard errors of 1.5 %
    center = np.mean([table.at[row, "estimate"] for table in repeated_fits])
    assert center == pytest.approx(truth, rel=0.05)


@pytest.mark.parametrize(
    ("equation", "formula"),
    [
        ("C.7.3", "health ~ poor + (1 | neighborhood)"),
        ("C.7.16", "health ~ poor + (poor | neighborhood)"),
    ],
)
def test_the_book_s_own_survey_is_an_ordinary_one(equation: str, formula: str) -> None:
    intervals = fit(formula, survey(equation)).confint()
    truth = TRUTH | {"cor": TRUTH["cov_u01"] / (TRUTH["var_u0"] * TRUTH["var_u1"]) ** 0.5}
    rows = ROWS | {
        "var(poor | neighborhood)": "var_u1",
        "cor(Intercept, poor | neighborhood)": "cor",
    }
    for row, name in rows.items():
        if row in intervals.index:
            assert intervals.at[row, "low"] <= truth[name] <= intervals.at[row, "high"], row


def test_survey_says_what_it_is() -> None:
    people = survey("C.7.16")
    assert people.attrs["name"] == "survey"
    assert people.attrs["equation"] == "C.7.16"
    assert list(people.columns) == ["neighborhood", "person", "health", "poor", "deprivation"]


def test_two_calls_are_equal_and_independent() -> None:
    first = survey("C.7.3")
    first.attrs["truth"]["beta0"] = 0.0
    assert survey("C.7.3").attrs["truth"]["beta0"] == 62.0
    pd.testing.assert_frame_equal(first, survey("C.7.3"), check_flags=False)


def test_unknown_equation_names_the_four() -> None:
    with pytest.raises(DataError, match=r"no survey for equation 'C.7.8'.*C.7.3.*C.7.23"):
        survey("C.7.8")
