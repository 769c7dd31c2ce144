"""The words of pictures: units, plurals, axis names."""

import pytest

from mlmbook.plots import words

ATTRS = {
    "levels": {"pupils": 7185, "schools": 160},
    "columns": {
        "school": {"label": "school", "level": "school", "unit": "", "meaning": "School number"},
        "mathach": {"label": "mathematics achievement", "level": "pupil", "unit": "points"},
        "ses": {"label": "socio-economic status", "level": "pupil", "unit": "index units"},
    },
}


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("school", "schools"),
        ("county", "counties"),
        ("day", "days"),
        ("class", "classes"),
        ("batch", "batches"),
        ("person", "people"),
        ("child", "children"),
        ("primary school", "primary schools"),
    ],
)
def test_plurals(one, many):
    assert words.plural(one) == many


def test_an_axis_has_a_name_and_a_unit_where_the_data_know_them():
    assert words.axis_name("mathach", ATTRS) == "Mathematics achievement, points"
    assert words.axis_name("school", ATTRS) == "School"
    assert words.axis_name("mathach", {}) == "mathach"


def test_words_for_groups_and_rows():
    assert words.group_word("school", ATTRS) == "school"
    assert words.group_word("home_town", {}) == "home town"
    assert words.row_words(ATTRS) == "pupils"
    assert words.row_words({}) == "rows"


def test_departures_have_the_unit_of_the_response():
    said = words.departure_name("mathach", "Intercept", "school", ATTRS)
    assert said == "Departure from the average school, points"
    said = words.departure_name("mathach", "ses", "school", ATTRS)
    assert said == "Slope of socio-economic status: departure from the average school"


def test_coded_values_are_read_from_the_meaning():
    said = words.value_words("Where it was measured: 0 = basement, 1 = first floor")
    assert said == {0.0: "0 = basement", 1.0: "1 = first floor"}
    assert words.value_words("School number") == {}


@pytest.mark.parametrize(
    ("value", "said"),
    [(8.6143, "8.61"), (37.0, "37.0"), (1698.2, "1,698"), (0.31, "0.310"), (0, "0")],
)
def test_numbers_have_three_digits_and_no_exponent(value, said):
    assert words.number(value) == said
