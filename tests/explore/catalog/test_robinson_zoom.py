"""W04: Robinson's correlations from the counts, and the figure made of them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlmbook.data import load
from mlmbook.explore.catalog.robinson_zoom import (
    BASES,
    UNITS,
    correlation,
    counts,
    places,
    rates,
    robinson_zoom,
)


@pytest.fixture(scope="module")
def reference():
    """Correlations of the same counts by R."""
    folder = Path(__file__).parents[2] / "reference" / "results"
    return json.loads((folder / "illiteracy30__ecological.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("unit", "printed", "within"),
    [("people", 0.118, 0.0005), ("divisions", -0.619, 0.0005)],
)
def test_white_and_black_residents_weighted_give_what_robinson_printed(unit, printed, within):
    assert correlation(counts("white and Black", True), unit) == pytest.approx(printed, abs=within)


def test_printed_state_figure_needs_everyone_unweighted_with_dc():
    recipes = {
        (base, weighted, dc): correlation(counts(base, dc), "states", weighted=weighted)
        for base in BASES
        for weighted in (False, True)
        for dc in (False, True)
    }
    near = [recipe for recipe, r in recipes.items() if abs(r + 0.526) < 0.002]
    assert near == [("everyone", False, True)]


def test_corrected_state_figure():
    # te Grotenhuis, Eisinga & Subramanian (2011) print -.46
    assert correlation(counts("white and Black", True), "states") == pytest.approx(-0.462, abs=5e-4)


def test_total_population_agrees_with_r(reference):
    everyone = counts("everyone", True)
    r = {
        "individual_phi_foreign_vs_rest": correlation(everyone, "people"),
        "ecological_r_foreign_weighted": correlation(everyone, "states"),
        "ecological_r_foreign_unweighted": correlation(everyone, "states", weighted=False),
    }
    assert r == pytest.approx({name: reference[name] for name in r}, rel=1e-12)
    without = correlation(counts("everyone", False), "states", weighted=False)
    assert without == pytest.approx(reference["forty_eight_states"]["foreign"], rel=1e-12)


def test_person_correlation_equals_pearson_on_the_people_themselves():
    small = pd.DataFrame(
        {
            "division": ["a", "b"],
            "foreign": [3, 2],
            "foreign_illiterate": [1, 2],
            "native": [4, 5],
            "native_illiterate": [1, 0],
        }
    )
    kinds = [(1, 1), (1, 0), (0, 1), (0, 0)]
    rows = [
        (state, *kind)
        for state, cells in small.iterrows()
        for kind, number in zip(
            kinds,
            [
                cells["foreign_illiterate"],
                cells["foreign"] - cells["foreign_illiterate"],
                cells["native_illiterate"],
                cells["native"] - cells["native_illiterate"],
            ],
            strict=True,
        )
        for _ in range(number)
    ]
    people = pd.DataFrame(rows, columns=["state", "x", "y"])
    assert correlation(small, "people") == pytest.approx(people["x"].corr(people["y"]))
    centered = people[["x", "y"]] - people.groupby("state")[["x", "y"]].transform("mean")
    assert correlation(small, "within") == pytest.approx(centered["x"].corr(centered["y"]))


def test_the_foreign_born_rate_is_higher_in_38_of_49_places():
    state = rates(counts("white and Black", True))
    lower = state.index[state["foreign"] <= state["native"]]
    assert len(state) == 49
    assert list(lower) == [
        "Virginia",
        "North Carolina",
        "South Carolina",
        "Georgia",
        "Florida",
        "Kentucky",
        "Tennessee",
        "Alabama",
        "Mississippi",
        "Arkansas",
        "New Mexico",
    ]
    assert (rates(counts("white", True)).eval("foreign > native")).sum() == 47


def test_divisions_are_the_nine_of_the_census():
    table = counts("white and Black", True)
    members = table.groupby("division", sort=False).groups
    assert len(members) == 9
    assert list(members["New England"])[-1] == "Connecticut"
    assert list(members["East South Central"]) == [
        "Kentucky",
        "Tennessee",
        "Alabama",
        "Mississippi",
    ]
    assert list(members["Pacific"]) == ["Washington", "Oregon", "California"]
    assert places(table, "divisions")["people"].sum() == 97_273_223


def test_nobody_is_lost():
    census = load("illiteracy30")
    table = counts("everyone", True)
    assert (table["foreign"] + table["native"]).to_numpy().tolist() == census["pop"].tolist()
    assert "District of Columbia" not in counts("everyone", False).index


def test_sentences_carry_the_numbers_of_the_chapter():
    assert "r = +0.118: 9.9 % of the foreign-born" in robinson_zoom.says(unit="people")
    assert "rises in 38 of 49 places" in robinson_zoom.says(unit="within")
    assert "r = −0.462" in robinson_zoom.says(unit="states")
    printed = robinson_zoom.says(unit="states", base="everyone", weighted=False)
    assert printed.endswith("Robinson printed −0.526: this recipe is 0.002 away.")
    assert "r = −0.619" in robinson_zoom.says(unit="divisions")


def test_picture_shows_only_the_chosen_units_inside_fixed_axes():
    shown = {}
    for unit in UNITS:
        picture, correlations = robinson_zoom.scene(unit=unit).panels
        marks = [mark for mark in picture.marks if mark is not None]
        shown[unit] = [mark.kind for mark in marks]
        assert picture.y.range == (0, 20)
        for mark in marks:
            height = mark.channel("height" if mark.kind == "bars" else "y")
            assert np.min(height) >= 0
            assert np.max(height) <= 20
        assert len(correlations.marks) == 6
    assert shown == {
        "people": ["bars"],
        "within": ["lines", "lines"],
        "states": ["points", "lines"],
        "divisions": ["points", "lines"],
    }
