import pytest

from mlmbook.errors import ExplorableError
from mlmbook.explore import Choice, Draw, Predict, Slider, Toggle


def test_slider_grid_is_free_of_rounding_noise():
    slider = Slider("icc", "ICC, ρ", 0, 0.5, step=0.05)
    assert slider.grid == [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]
    assert slider.start == 0.25


def test_slider_text_has_the_decimals_of_its_settings_and_a_true_minus():
    assert Slider("x", "x", -2, 2, step=0.5, unit="points").text(-1) == "−1.0 points"
    assert Slider("x", "x", 2.5, 12.5, step=1).text(6.5) == "6.5"
    assert Slider("n", "n", 0, 100, step=5).text(35.0) == "35"
    assert Slider("w", "w", 0, 1, step=1, words=["none", "all"].__getitem__).spec  # not called yet


def test_slider_in_words():
    slider = Slider("w", "Weeks", 0, 2, step=1, words=lambda v: ["none", "one", "two"][int(v)])
    assert slider.spec()["texts"] == ["none", "one", "two"]


def test_only_a_smooth_slider_stops_between_settings():
    assert Slider("x", "x", 0, 4, step=1, smooth=True).index(1.5) == 1.5
    with pytest.raises(ExplorableError, match=r"x=1.5 is between two settings.*1 and 2"):
        Slider("x", "x", 0, 4, step=1).index(1.5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Slider("x", "x", 2, 1, step=1), "low must be below high"),
        (lambda: Slider("x", "x", 0, 1, step=0.3), "does not divide the scale"),
        (lambda: Slider("x", "x", 0, 1, step=-0.5), "does not divide the scale"),
        (lambda: Slider("x y", "x", 0, 1, step=1), "'x y' is not a Python name"),
        (lambda: Slider("x", "x", 0, 1, step=1, value=3), "x=3 is not on the scale"),
        (lambda: Slider("x", "x", 0, 1, step=1, level="top"), "level 'top'"),
        (lambda: Choice("n", "n", [1]), "at least two options"),
        (lambda: Choice("n", "n", [1, 2], value=3), "n=3 is not one of the options"),
        (lambda: Toggle("t", "t").index(1), "neither True nor False"),
        (lambda: Draw(1), "no other sample"),
        (lambda: Draw(3).index(3), "samples 0 to 2"),
        (lambda: Predict("?", ["a"], 0), "at least two options"),
        (lambda: Predict("?", ["a", "b"], 2), "answer 2 is not the position"),
    ],
)
def test_a_control_that_cannot_work_says_why(make, message):
    with pytest.raises(ExplorableError, match=message):
        make()


def test_choice_keeps_values_and_shows_words():
    choice = Choice("n", "Pupils", {5: "a class", 80: "a school"}, value=80)
    assert choice.grid == [5, 80]
    assert choice.start == 80
    assert choice.text(5) == "a class"
    assert Choice("r", "r", [0.5, 2.0]).text(2.0) == "2"


def test_toggle_and_draw():
    assert Toggle("raw", "Show").text(True) == "on"
    assert Toggle("raw", "Show", True).index(True) == 1
    assert Draw(4).text(0) == "sample 1 of 4"
    assert Draw(4).name == "draw"
