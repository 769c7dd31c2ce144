"""The normal form of chapters: same source, same bytes, and nothing that only one machine has."""

import base64
import copy
import io
import itertools

import nbformat
import pytest
from nbformat import v4
from normalize import STATE, VIEW, normalized
from PIL import Image

STEM = "07-topic"


def model(name, **state):
    return {"model_module": "anywidget", "model_name": name, "state": state}


@pytest.fixture
def notebook():
    """Return a notebook with a widget, its layout, a link, and a model that nothing shows."""
    shown, layout, link, lost = (f"{n:032x}" for n in (7, 9, 3, 5))
    output = v4.new_output("display_data", data={VIEW: {"model_id": shown}, "text/plain": "A"})
    cell = v4.new_code_cell("A()", execution_count=1, outputs=[output], id="show")
    cell.metadata.execution = {"iopub.execute_input": "2026-11-21T00:00:00Z"}
    cell.metadata.tags = ["hide-input"]
    states = {
        lost: model("AnyModel"),
        link: model("LinkModel", source=[f"IPY_MODEL_{shown}", "value"]),
        layout: model("LayoutModel", width=None, height="3px"),
        shown: model("AnyModel", layout=f"IPY_MODEL_{layout}", _esm="code", _css="style", b=1),
    }
    metadata = {
        "kernelspec": {"name": "mine", "display_name": "Mine"},
        "widgets": {STATE: {"state": states, "version_major": 2}},
        "vscode": {"x": 1},
    }
    return v4.new_notebook(cells=[cell], metadata=nbformat.from_dict(metadata))


def renamed(notebook):
    """Return the same notebook as another run would give it: other ids, in another order."""
    text = nbformat.writes(notebook)
    for old, new in zip((3, 5, 7, 9), (0xB, 0xA, 0xC, 0xD), strict=True):
        text = text.replace(f"{old:032x}", f"{new:032x}")
    return nbformat.reads(text, as_version=4)


def test_two_runs_become_the_same_bytes(notebook):
    assert normalized(notebook, STEM) == normalized(renamed(notebook), STEM)


def test_is_its_own_normal_form(notebook):
    text = normalized(notebook, STEM)
    assert normalized(nbformat.reads(text, as_version=4), STEM) == text


def test_leaves_its_argument_alone(notebook):
    before = copy.deepcopy(notebook)
    normalized(notebook, STEM)
    assert notebook == before


def test_no_two_chapters_share_a_widget_id(notebook):
    ids = [
        set(nbformat.reads(normalized(notebook, stem), 4).metadata.widgets[STATE].state)
        for stem in ("07-topic", "08-topic")
    ]
    assert not ids[0] & ids[1]


def test_keeps_what_a_page_needs_and_no_more(notebook):
    plain = nbformat.reads(normalized(notebook, STEM), as_version=4)
    states = plain.metadata.widgets[STATE].state
    assert sorted(s.model_name for s in states.values()) == ["AnyModel", "LayoutModel", "LinkModel"]
    [shown] = [s.state for s in states.values() if "b" in s.state]
    assert "_esm" not in shown
    assert "_css" not in shown
    [layout] = [s.state for s in states.values() if s.model_name == "LayoutModel"]
    assert layout == {"height": "3px"}
    assert plain.cells[0].metadata == {"tags": ["hide-input"]}
    assert set(plain.metadata) == {"kernelspec", "language_info", "widgets"}
    assert plain.metadata.kernelspec.name == "python3"


def test_figures_get_a_palette_once():
    gradient = Image.new("RGBA", (64, 64))
    pixels = itertools.product(range(64), range(64))
    gradient.putdata([(4 * x, 4 * y, 100, 255) for x, y in pixels])
    file = io.BytesIO()
    gradient.save(file, "PNG", dpi=(200, 200))
    data = {"image/png": base64.b64encode(file.getvalue()).decode()}
    cell = v4.new_code_cell("plot()", outputs=[v4.new_output("display_data", data=data)])
    text = normalized(v4.new_notebook(cells=[cell]), STEM)
    plain = nbformat.reads(text, as_version=4)
    small = Image.open(io.BytesIO(base64.b64decode(plain.cells[0].outputs[0].data["image/png"])))
    assert small.mode == "P"
    assert small.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    assert normalized(plain, STEM) == text
