"""The look of pictures: canvas, keys, labels; nothing global is touched."""

import io
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from mlmbook.plots import palette, style

PALETTE = Path(style.__file__).parents[1] / "explore" / "palette.css"


def test_the_canvas_leaves_no_trace_in_the_settings():
    before = dict(mpl.rcParams)
    with style.canvas(None) as ax:
        assert mpl.rcParams["font.size"] == style.TEXT
        ax.plot([0, 1], [0, 1])
    assert dict(mpl.rcParams) == before


def test_the_settings_come_back_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), style.canvas(None):
        _ = 1 / 0
    assert dict(mpl.rcParams) == before


def test_a_new_figure_has_the_width_of_the_book_and_no_ground():
    with style.canvas(None, height=3.0) as ax:
        pass
    assert tuple(ax.figure.get_size_inches()) == (style.WIDTH, 3.0)
    assert ax.figure.get_facecolor()[3] == 0
    assert ax.get_facecolor()[3] == 0


def test_given_axes_are_used_and_no_figure_is_made():
    _, mine = plt.subplots()
    with style.canvas(mine) as ax:
        pass
    assert ax is mine
    assert len(plt.get_fignums()) == 1


def test_panels_stand_side_by_side_and_share_what_is_asked():
    with style.panels(2, share="y") as (left, right):
        left.set_ylim(0, 7)
    assert right.get_ylim() == (0, 7)
    assert left.figure is right.figure


def test_stacked_panels_stand_below_each_other():
    with style.panels(3, height=7, stacked=True, share="x") as axes:
        axes[0].set_xlim(0, 9)
    tops = [ax.get_position().y1 for ax in axes]
    assert tops == sorted(tops, reverse=True)
    assert axes[2].get_xlim() == (0, 9)


def test_text_is_legible_on_a_phone():
    with style.canvas(None, height=3) as ax:
        ax.plot([0, 1], [0, 1])
        style.name_axes(ax, x="A name", y="Another name")
    file = io.BytesIO()
    ax.figure.savefig(file, format="png", bbox_inches="tight")  # as a notebook does
    inches = plt.imread(io.BytesIO(file.getvalue())).shape[1] / style.DPI
    assert style.SMALL / 72 * 356 / inches >= 12  # pixels, where 390 leave 356 for the figure


def test_the_name_of_y_is_not_cut_off():
    with style.canvas(None, height=3) as ax:
        style.name_axes(ax, x="x", y="a long name " * 8)
    ax.figure.canvas.draw()
    top = ax.yaxis.label.get_window_extent().y1
    assert ax.get_ylabel().count("\n") >= 1
    assert top <= ax.get_tightbbox().y1 + 1
    assert top <= ax.figure.bbox.y1


def test_colors_are_those_of_the_site():
    css = PALETTE.read_text(encoding="utf-8").split("}")[0]
    site = dict(re.findall(r"--mlm-([\w-]+): (#[0-9a-f]{6})", css))
    names = {"within": "l1", "between": "l2", "cross": "cross", "third": "l3"}
    for level, name in names.items():
        assert palette.COLOR[level] == site[name]
        assert palette.FILL[level] == site[f"{name}-fill"]
    assert (palette.PAPER, palette.INK) == (site["paper"], site["ink"])
    assert (palette.MUTED, palette.RULE) == (site["muted"], site["rule"])
    assert (palette.COLOR["wrong"], palette.COLOR["right"]) == (site["wrong"], site["right"])


@pytest.mark.parametrize("color", [*palette.COLOR.values(), palette.MUTED])
def test_text_colors_have_contrast_on_paper(color):
    def luminance(name):
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in to_rgb(name)
        ]
        return sum(
            weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
        )

    assert (luminance(palette.PAPER) + 0.05) / (luminance(color) + 0.05) >= 4.5


def test_every_level_has_a_second_cue():
    assert len(set(palette.MARKER.values())) == len(palette.MARKER)
    assert palette.DASH["between"] != palette.DASH["within"]


def test_long_axis_names_are_broken():
    with style.canvas(None) as ax:
        style.name_axes(ax, x="word " * 20, y="short")
    assert max(map(len, ax.get_xlabel().split("\n"))) <= 48
    assert ax.get_ylabel() == "short"


def test_axis_names_are_broken_earlier_in_a_narrow_panel():
    with style.panels(2) as (left, _):
        style.name_axes(left, x="word " * 9, y="word " * 9)
    assert max(map(len, left.get_xlabel().split("\n"))) <= 24
    assert "\n" in left.get_ylabel()


def test_a_key_shows_words_in_the_color_of_their_marks():
    with style.canvas(None) as ax:
        legend = style.key(ax, [style.mark("within", "pupils"), style.mark("between", "means")])
    texts = legend.get_texts()
    assert [text.get_text() for text in texts] == ["pupils", "means"]
    assert [text.get_color() for text in texts] == [
        palette.COLOR["within"],
        palette.COLOR["between"],
    ]


@pytest.mark.parametrize("name", ["mlmbook", "mlmbook.plots"])
def test_importing_does_not_import_pyplot(name):
    code = f"import sys, {name}; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
