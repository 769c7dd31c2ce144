"""A notebook with stored widgets, built into a page without a kernel."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from ipywidgets.embed import embed_data

import mlmbook as mlm

ROOT = Path(__file__).parents[1]
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "book" / "_ext")!r})
extensions = ["myst_nb", "explorable_host"]
nb_execution_mode = "off"
"""


def stored(widget, **metadata):
    """Return a cell whose output is a widget, as a normalized notebook stores it."""
    data, about = widget._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", data, metadata=about, execution_count=1)
    cell = nbformat.v4.new_code_cell("w", outputs=[output], execution_count=1, metadata=metadata)
    state = embed_data([widget], drop_defaults=False)["manager_state"]["state"]
    for model in state.values():
        for name in ("_esm", "_css"):
            model["state"].pop(name, None)
    return cell, state


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    widgets = [
        stored(mlm.explore.poverty_lines(), mystnb={"image": {"alt": "From the cell."}}),
        stored(mlm.explore.poverty_lines()),
        stored(mlm.quiz("Why?", ["a", "b"], answer=0, reasons=["x", "y"], name="q-1")),
    ]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell("# Page"), *(cell for cell, _ in widgets)]
    states = {model: state for _, found in widgets for model, state in found.items()}
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": states}},
    }
    (folder / "deep").mkdir()
    nbformat.write(notebook, folder / "deep" / "page.ipynb")
    (folder / "index.md").write_text("# Book\n\n```{toctree}\ndeep/page\n```\n", "utf-8")
    (folder / "conf.py").write_text(CONF, "utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(folder), "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.fixture
def page(site):
    return (site / "deep" / "page.html").read_text("utf-8")


def test_every_widget_has_a_place_with_its_still_form(page):
    places = re.findall(r'data-mlm-widget="(\w+)"><div class="mlm-fallback">', page)
    script = re.search(
        r'<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', page
    )
    states = json.loads(script.group(1))["state"]
    assert len(places) == 3
    assert set(places) <= set(states)
    assert all("_esm" not in state["state"] for state in states.values())


def test_pictures_are_lazy_and_described(page):
    pictures = re.findall(r"<img[^>]*>", page)
    assert len(pictures) == 2
    assert all('loading="lazy"' in picture for picture in pictures)
    assert 'alt="From the cell."' in pictures[0]
    assert f'alt="{mlm.explore.poverty_lines.alt[:30]}' in pictures[1]


def test_questions_read_without_scripts(page):
    assert "<summary>Answer</summary>" in page


def test_the_page_loads_our_module_and_no_widget_manager(site, page):
    assert re.search(r'<script type="module" src="../_static/mlmbook.js\?v=\w+"></script>', page)
    assert 'href="../_static/player.css' in page
    assert "require" not in page.lower()
    assert "html-manager" not in page
    assert (site / "_static" / "mlmbook.js").stat().st_size < 120_000


def test_pages_without_widgets_load_nothing(site):
    assert "mlmbook.js" not in (site / "index.html").read_text("utf-8")
