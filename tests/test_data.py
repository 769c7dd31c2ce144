"""Loading data: what comes out, and what happens when the name is wrong."""

import numpy as np
import pandas as pd
import pytest

from mlmbook.data import datasets, load, survey
from mlmbook.data.catalog import catalog
from mlmbook.errors import DataError, MlmbookError


def test_hsb82_has_the_published_means() -> None:
    # Raudenbush & Bryk (2002), table 4.1: mean 12.75 and sd 6.88 of achievement, sd .78 of SES
    data = load("hsb82")
    assert data["mathach"].mean() == pytest.approx(12.75, abs=0.005)
    assert data["mathach"].std() == pytest.approx(6.88, abs=0.005)
    assert data["ses"].std() == pytest.approx(0.78, abs=0.005)
    assert (data["sector"] == "Catholic").groupby(data["school"]).first().sum() == 70


def test_hsb82_is_centered_within_schools() -> None:
    data = load("hsb82")
    means = data.groupby("school")["ses"].transform("mean")
    np.testing.assert_allclose(data["meanses"], means, atol=1e-10)
    np.testing.assert_allclose(data["cses"], data["ses"] - means, atol=1e-10)


def test_school_file_joins_the_pupils() -> None:
    both = load("hsb82").merge(load("hsb82_schools"), on="school", validate="many_to_one")
    assert len(both) == 7185
    assert (both["sector_x"].astype(str) == both["sector_y"].astype(str)).all()
    assert (both["meanses_x"] - both["meanses_y"]).abs().max() < 0.02


def test_exam_school_means_are_means() -> None:
    data = load("exam")
    means = data.groupby("school")["standlrt"].transform("mean")
    np.testing.assert_allclose(data["avslrt"], means, atol=1e-6)
    bands = data.groupby("vrband", observed=True)["standlrt"].mean()
    assert list(bands.sort_values(ascending=False).index) == ["vb1", "vb2", "vb3"]


def test_census_counts_add_up_to_the_published_totals() -> None:
    # facts checked against the census and Robinson's table of counts (in thousands)
    states = load("illiteracy30")
    people = states["nwhite"] + states["fpwhite"] + states["fbwhite"] + states["black"]
    assert states["pop"].sum() == 98_723_047
    assert people.sum() == 97_273_223
    assert round(states["fbwhite"].sum() / 1000) == 13_217
    assert round(states["fbwhite_il"].sum() / 1000) == 1_304
    for group in ("pop", "nwhite", "fpwhite", "fbwhite", "black"):
        assert (states[f"{group}_il"] <= states[group]).all()


def test_durkheim_compares_people_in_the_same_state() -> None:
    rates = load("durkheim_religion").set_index(["state", "period", "religion"])
    bavaria = rates["suicides_per_million"].loc["Bavaria", "1884-91"]
    assert bavaria["Protestants"] / bavaria["Catholics"] == pytest.approx(2.4, abs=0.05)


def test_radon_floor_lowers_the_measurement() -> None:
    means = load("radon").groupby("floor")["log_radon"].mean()
    assert means[1] < means[0]


def test_attrs_describe_the_data_and_survive_a_selection() -> None:
    data = load("exam")
    assert data.attrs["name"] == "exam"
    assert "R2MLwiN" in data.attrs["source"]
    assert data.attrs["licence"] == "GPL (>= 2)"
    assert data.attrs["levels"] == {"pupils": 4059, "schools": 65}
    assert data.attrs["columns"]["normexam"]["unit"] == "standard deviations"
    assert data[data["girl"] == 1].attrs["name"] == "exam"
    pd.concat([data, data])  # pandas compares attrs here: they must be comparable


def test_two_loads_do_not_share_anything() -> None:
    first = load("sleepstudy")
    first.attrs["columns"]["reaction"]["unit"] = "hours"
    first["reaction"] = 0.0
    second = load("sleepstudy")
    assert second.attrs["columns"]["reaction"]["unit"] == "ms"
    assert second["reaction"].mean() > 0


def test_datasets_lists_every_entry() -> None:
    table = datasets()
    assert list(table["name"]) == list(catalog())
    assert list(table.columns) == ["name", "title", "levels", "n", "source", "licence"]
    exam = table.set_index("name").loc["exam"]
    assert (exam["levels"], exam["n"]) == ("pupils, schools", "4059, 65")


def test_load_gives_the_survey_too() -> None:
    pd.testing.assert_frame_equal(load("survey"), survey())


def test_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(DataError, match=r"no data set 'hsb'; did you mean 'hsb82'.*mlmbook has"):
        load("hsb")
    with pytest.raises(ValueError, match=r"no data set 'quantum'\. mlmbook has survey, hsb82"):
        load("quantum")
    assert issubclass(DataError, MlmbookError)


def test_names_that_are_not_text_are_refused_too() -> None:
    with pytest.raises(DataError, match="no data set 82"):
        load(82)  # type: ignore[arg-type]
