import numpy as np
import pytest

import mlmbook as mlm
from mlmbook.errors import ExplorableError
from mlmbook.explore import (
    Axis,
    Choice,
    Lines,
    Panel,
    Points,
    Says,
    Scene,
    Slider,
    Text,
    Toggle,
    explorable,
)

SLIDER = Slider("slope", "Slope, β_1", 0, 2, step=0.5, value=1, unit="points")


def make(function, controls=(SLIDER,), **options):
    options = {"title": "?", "alt": "a line", "static": [{}], **options}
    return explorable(controls=controls, **options)(function)


def line(slope):
    x = np.arange(5.0)
    return Scene(Lines(x, slope * x), says=f"It rises by {slope:.1f} a step.")


def test_repr_is_stable():
    assert repr(make(line)) == "Explorable('line')"


def test_settings_default_to_the_start():
    assert make(line).settings() == {"slope": 1.0}
    assert make(line).says(slope=0.5) == "It rises by 0.5 a step."


def test_grid_goes_through_every_setting_with_the_last_control_fastest():
    figure = make(
        lambda slope, show: line(slope), controls=[SLIDER, Toggle("show", "Show")], static=[{}]
    )
    assert list(figure.grid())[:3] == [
        {"slope": 0.0, "show": False},
        {"slope": 0.0, "show": True},
        {"slope": 0.5, "show": False},
    ]


def test_an_unknown_control_is_named():
    with pytest.raises(ExplorableError, match=r"no control 'slop'; did you mean 'slope'"):
        make(line).settings(slop=1)


def test_a_mark_may_be_hidden_but_not_missing():
    def hidden(slope):
        marks = [Points([1], [slope]), Text(0, 0, "x") if slope > 1 else None]
        return Scene(*marks, says="x")

    spec, _ = make(hidden).packed
    assert [mark["kind"] for mark in spec["panels"][0]["marks"]] == ["points", "text"]

    def missing(slope):
        return Scene(*[Points([1], [slope])] * (1 + (slope > 1)), says="x")

    with pytest.raises(ExplorableError, match=r"has \[1, 2\] marks.*put None"):
        _ = make(missing).packed


def test_marks_keep_their_kind_and_channels():
    def kinds(slope):
        return Scene(Points([1], [1]) if slope else Lines([1], [1]), says="x")

    with pytest.raises(ExplorableError, match=r"different kinds: \['lines', 'points'\]"):
        _ = make(kinds).packed

    def channels(slope):
        return Scene(Points([1], [1], names=["a"] if slope else None), says="x")

    with pytest.raises(ExplorableError, match="different channels"):
        _ = make(channels).packed

    def panels(slope):
        return Scene(*[Panel(Points([1], [1]))] * (1 + int(slope)), says="x")

    with pytest.raises(ExplorableError, match="panels at different settings"):
        _ = make(panels).packed


def test_categories_are_those_used_at_any_setting():
    def words(slope):
        return Scene(Points([slope], ["low" if slope < 1 else "high"]), says="x")

    spec, _ = make(words).packed
    codes = spec["panels"][0]["y"]["categories"]
    assert codes["n"] == 2
    assert {"low", "high"} <= set(spec["words"])


def test_an_unknown_category_is_named():
    def words(slope):
        return Scene(Points([1], ["x"]), says="x", y=Axis(categories=["a", "b"]))

    with pytest.raises(ExplorableError, match="'x' is not one of the categories"):
        _ = make(words).packed


def test_an_axis_without_a_range_covers_every_setting():
    spec, tables = make(line).packed
    place = spec["panels"][0]["y"]["range"]["rows"]
    low, high = np.frombuffer(tables, place["type"], 2, place["at"])
    assert low < 0 < 8 < high  # the steepest line reaches 8


def test_tables_too_large_name_the_largest_channel():
    def cloud(slope):
        y = np.random.default_rng(int(slope * 2)).normal(size=20_000)
        return Scene(Points(y, y, label="people"), says="x")

    with pytest.raises(
        ExplorableError, match=r"limit is 150 KB; the largest channels are panel 1, mark 1 \(points"
    ):
        _ = make(cloud).packed


def test_distinct_sentences_share_their_words():
    def many(slope, n):
        return Scene(Points([1], [1]), says=f"With {n} pupils and a slope of {slope} all is said.")

    figure = make(many, controls=[SLIDER, Choice("n", "n", list(range(200)))])
    spec, tables = figure.packed
    assert len(spec["says"]["templates"]) == 1
    assert len(tables) < 5000


def test_fields_of_a_sentence_are_exact_numbers():
    def third(slope):
        return Scene(Points([1], [1]), says=Says("{x:.3f} of {n}", x=slope / 3, n=3))

    spec, tables = make(third).packed
    place = spec["says"]["fields"]["x"]["number"]["rows"]
    assert place["type"] == "f8"
    stored = np.frombuffer(tables, "f8", place["size"], place["at"])
    assert stored.tolist() == [slope / 3 for slope in SLIDER.grid]
    assert spec["says"]["fields"]["n"]["whole"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"controls": [SLIDER, SLIDER]}, "two controls of the same name"),
        ({"controls": [Toggle("other", "x")]}, r"takes \['slope'\] but its controls are"),
        ({"alt": ""}, "needs alt="),
        ({"static": []}, "needs static="),
        ({"static": [{"slope": 3}]}, "slope=3 is not on the scale"),
        ({"tasks": ["a", "b", "c", "d"]}, "4 tasks"),
        ({"controls": [Slider("slope", "x", 0, 3000, step=1)]}, "3001 settings"),
    ],
)
def test_an_explorable_that_cannot_work_says_why(options, message):
    with pytest.raises(ExplorableError, match=message):
        make(line, **options)


def test_the_function_must_return_a_scene():
    with pytest.raises(ExplorableError, match="must return a Scene, it returned NoneType"):
        make(lambda slope: None).scene()


def test_the_catalog_is_found_by_name():
    assert "shrinkage_dial" in dir(mlm.explore)
    assert repr(mlm.explore.shrinkage_dial) == "Explorable('shrinkage_dial')"
    with pytest.raises(AttributeError, match="did you mean 'shrinkage_dial'"):
        _ = mlm.explore.shrinkage_dia
