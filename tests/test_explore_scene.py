import numpy as np
import pytest

from mlmbook.errors import ExplorableError
from mlmbook.explore import Axis, Panel, Points, Says, Scene


def test_says_writes_a_true_minus_before_numbers_only():
    says = Says(
        "r is {r:.2f}, from {low:+g} to {high:+g} in well-known 2-5 cases", r=-0.5, low=-1, high=2
    )
    assert str(says) == "r is −0.50, from −1 to +2 in well-known 2-5 cases"


def test_a_plain_sentence_is_taken_apart_at_its_numbers():
    says = Says.of("With 7,185 pupils 82% of −0.5 {braces} is kept.")
    assert says.fields == {"n0": "7,185", "n1": "82", "n2": "−0.5"}
    assert str(says) == "With 7,185 pupils 82% of −0.5 {braces} is kept."


def test_pieces_are_words_and_fields_in_order():
    assert Says("{a:.1f} is {b}", a=1.0, b="x").pieces() == [
        ("a", ".1f"),
        (None, " is "),
        ("b", ""),
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Says("{a}", b=1), "has a field 'a' but got"),
        (lambda: Says("{a:.1f}", a="x"), "cannot show 'x'"),
        (lambda: Says("{a!r}", a=1), "write fields as"),
        (lambda: Says("{a.b}", a=1), "write fields as"),
        (lambda: Scene(says="x"), "at least one mark"),
        (
            lambda: Scene(Points([1], [1]), Panel(Points([1], [1])), says="x"),
            "either marks or panels",
        ),
        (lambda: Scene(Panel(Points([1], [1])), says="x", x=Axis("x")), "belong to the panels"),
        (lambda: Panel("points"), "made of marks, found str"),
        (lambda: Axis("x", range=(1, 1)), "not two different numbers"),
        (lambda: Axis("x", range=(0, np.inf)), "not two different numbers"),
        (lambda: Axis("x", format="{:.1q}"), "not a number format"),
    ],
)
def test_a_scene_that_cannot_work_says_why(make, message):
    with pytest.raises(ExplorableError, match=message):
        make()


def test_marks_alone_make_one_panel():
    scene = Scene(Points([1], [1]), None, says="x", x=Axis("points", (0, 1)), aspect=1)
    assert len(scene.panels) == 1
    assert scene.panels[0].x.label == "points"
    assert scene.panels[0].y.hide
    assert scene.panels[0].aspect == 1
