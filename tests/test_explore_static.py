"""What the small multiples hold; how they look is not for a test to say."""

import numpy as np
import pytest

import mlmbook as mlm
from mlmbook.explore import (
    Arrows,
    Axis,
    Band,
    Bars,
    Density,
    Heat,
    Histogram,
    Lines,
    Panel,
    Points,
    Polygons,
    Scene,
    Slider,
    Table,
    Text,
    Toggle,
    Units,
    catalog,
    explorable,
)


def texts(figure):
    return [text.get_text() for text in figure.texts]


def test_dial_shows_each_setting_in_words_with_its_sentence():
    dial = mlm.explore.shrinkage_dial
    figure = dial.static()
    settings = dial.static_settings
    assert len(figure.axes) == 2 * len(settings)
    words = " ".join(texts(figure))
    for setting in settings:
        assert dial.says(**setting).replace("’", "'") in words.replace("’", "'")
    assert "$σ_{\\mathrm{u0}}$ = 1.0 points" in words
    # arrows end where the shrunken means are
    shrunken = figure.axes[0].collections[-1].get_offsets()[:, 0]
    assert np.allclose(shrunken, dial.scene(**settings[0]).panels[0].marks[3].channel("x"))


@explorable(
    title="Every mark",
    controls=[Slider("s", "Spread, σ_u0", 1, 3, step=1), Toggle("show", "Show", True)],
    alt="all marks",
    static=[{"s": 1}, {"s": 3, "show": False}],
)
def every_mark(s, show):
    x = np.linspace(-3, 3, 31)
    square = [0, 1, 1, 0], [0, 0, 1, 1]
    return Scene(
        Panel(
            Histogram([-3, 0, 3], [3, 5], level="within", label="counts"),
            Density(x, s * np.exp(-(x**2)), level="between", label="density"),
            Band(x, x - s, x + s, level="third", label="interval"),
            Lines(x, np.where(x > 2, np.nan, x), group=["a"] * 15 + ["b"] * 16, label="line"),
            Points(x, x, level="wrong", shape="cross", size=x + 5) if show else None,
            Arrows([0], [0], [1], [s], level="cross", label="arrow"),
            Text(0, 1, "β_0 here", anchor="middle"),
            x=Axis("points", format="{:+g}"),
            y=Axis("y"),
            title="Marks",
        ),
        Panel(
            Bars(["one", "two"], [s, -1], horizontal=True, level="within", label="bars"),
            x=Axis("share", (-2, 4), ticks={0: "none", 4: "all"}),
            y=Axis("unit"),
        ),
        Panel(Heat([0, 1], [0, 1], [[s, 2], [3, np.nan]], level="between", label="heat")),
        Panel(Polygons([square[0]], [square[1]], [s], level="within"), aspect=1),
        Panel(Units([["A"], ["p", "q"]], [[0, 0]], row_names=["schools", "pupils"])),
        Panel(Table({"school": ["A"], "rate": [0.25]}, formats={"rate": "{:.0%}"})),
        says=f"The spread is {s:g}.",
    )


def test_every_mark_has_a_print_form():
    figure = every_mark.static()
    assert len(figure.axes) == 12
    assert figure.axes[1].get_yticklabels()[0].get_text() == "one"
    assert [tick.get_text() for tick in figure.axes[1].get_xticklabels()] == ["none", "all"]
    assert "25%" in [text.get_text() for text in figure.axes[5].texts]
    assert "+2" in [tick.get_text() for tick in figure.axes[0].get_xticklabels()]


def test_pictures_at_all_settings_share_their_axes():
    figure = every_mark.static()
    assert figure.axes[0].get_ylim() == figure.axes[6].get_ylim()


@pytest.mark.parametrize("name", catalog.names())
def test_the_catalog_can_be_printed(name):
    figure = getattr(mlm.explore, name).static()
    width, height = figure.get_size_inches()
    assert width == pytest.approx(5.8)
    assert 1 < height < 14
