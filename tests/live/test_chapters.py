"""Every cell of every page with code, run in the page: the same outputs as those stored.

What the page's Python says is compared as nbval compares it, and what the page shows of it with
what it was told. No number has a tolerance: the versions are those that made the stored outputs.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from building import SITE

ROOT = Path(__file__).parents[2]
VIEW = "application/vnd.jupyter.widget-view+json"
TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")  # of memory; as in tests/notebooks/nbval.cfg
# A picture may be so many pixels larger or smaller: letters are drawn by another build of FreeType.
PIXELS = 4

Output = dict[str, Any]

TEXT_OF = """(html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll("style").forEach((style) => style.remove());
  return page.body.textContent;
}"""
# Run cells that the page does not show as it runs those that it shows.
RUN_HIDDEN = "for source in {sources!r}:\n    get_ipython().run_cell(source)"


def with_code() -> list[str]:
    """List the notebooks behind the pages that have code to run."""
    pages = sorted((ROOT / "book").rglob("*.ipynb"))
    names = [path.relative_to(ROOT).with_suffix("").as_posix() for path in pages]
    return [name for name in names if "/start.js" in (SITE / f"{name}.html").read_text("utf-8")]


def test_chapters_run():
    assert {path.stem for path in (ROOT / "book" / "chapters").glob("*.ipynb")} <= {
        name.rpartition("/")[2] for name in with_code()
    }


@pytest.mark.parametrize("name", with_code())
def test_every_cell_gives_what_is_stored(open_live, name):
    live = open_live(f"{name}.html")
    live.run_all()
    cells = code_cells(name)
    seen = [cell for cell in cells if not is_hidden(cell)]
    assert live.cells.count() == len(seen)
    states = live.cells.evaluate_all("cells => cells.map(cell => cell.dataset.live)")
    assert states == ["done"] * len(seen), live.said()
    answers = grouped(live.page.evaluate("mlmHeard"))
    differences = []
    for number, (cell, heard) in enumerate(zip(seen, answers, strict=True), start=1):
        stored, said = ([form(one) for one in merged(part)] for part in (cell["outputs"], heard))
        if not alike(stored, said):
            differences.append(f"cell {number}: stored {stored}, said {said}")
        shown = live.shown(live.cells.nth(number - 1))
        wanted = [on_page(one, live.page) for one in merged(heard)]
        if [one["kind"] for one in shown] != [one["kind"] for one in wanted]:
            differences.append(f"cell {number}: told {wanted}, shows {shown}")
        for one, other in zip(shown, wanted, strict=False):
            if "text" in other and plain(one["text"]) != plain(other["text"]):
                differences.append(f"cell {number}: told {other['text']!r}, shows {one['text']!r}")
    hidden = ["".join(cell["source"]) for cell in cells if is_hidden(cell)]
    if hidden and live.trial.count():
        widgets = live.try_(RUN_HIDDEN.format(sources=hidden), live.trial)
        if [one["kind"] for one in widgets] != ["widget"] * len(hidden):
            differences.append(
                f"hidden cells: {[(one['kind'], one.get('text')) for one in widgets]}"
            )
    assert differences == []


def is_hidden(cell: dict[str, Any]) -> bool:
    """Tell whether the page shows only what a cell makes: a question or an explorable."""
    return "remove-input" in cell["metadata"].get("tags", [])


def code_cells(name: str) -> list[dict[str, Any]]:
    """Return the code cells of a notebook."""
    notebook = json.loads((ROOT / f"{name}.ipynb").read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def grouped(heard: list[Output]) -> list[list[Output]]:
    """Group what Python said by the cell that made it say so."""
    groups: list[list[Output]] = []
    for one in heard:
        if "run" in one:
            groups.append([])
        else:
            groups[-1].append(one)
    return groups


def merged(outputs: list[Output]) -> list[Output]:
    """Join pieces of a stream that follow each other."""
    kept: list[Output] = []
    for output in outputs:
        if output["output_type"] == "stream" and kept and kept[-1].get("name") == output["name"]:
            kept[-1] = {**kept[-1], "text": joined(kept[-1]["text"]) + joined(output["text"])}
        else:
            kept.append(output)
    return kept


def form(output: Output) -> dict[str, Any]:
    """Return what two runs of a cell have in common."""
    if output["output_type"] == "stream":
        return {"stream": output["name"], "text": joined(output["text"])}
    if output["output_type"] == "error":
        return {"error": output["ename"], "text": output["evalue"]}
    data = output["data"]
    if VIEW in data:
        return {"widget": joined(data["text/plain"])}
    texts = {kind: ADDRESS.sub("0xADDRESS", joined(data[kind])) for kind in TEXTS if kind in data}
    return {**texts, "size": size(data["image/png"])} if "image/png" in data else texts


def alike(stored: list[dict[str, Any]], said: list[dict[str, Any]]) -> bool:
    """Tell whether outputs are the same, and pictures about as large."""
    if len(stored) != len(said):
        return False
    for one, other in zip(stored, said, strict=True):
        pixels = zip(one.get("size", ()), other.get("size", ()), strict=False)
        if any(abs(a - b) > PIXELS for a, b in pixels):
            return False
        if {**one, "size": 0} != {**other, "size": 0} or one.keys() != other.keys():
            return False
    return True


def on_page(output: Output, page) -> dict[str, Any]:
    """Return how the page is to show an output."""
    if output["output_type"] == "stream":
        return {"kind": output["name"], "text": joined(output["text"])}
    if output["output_type"] == "error":
        return {"kind": "error"}
    data = output["data"]
    if VIEW in data:
        return {"kind": "widget"}
    if "image/png" in data:
        return {"kind": "image"}
    if "text/html" in data:
        text = page.evaluate(TEXT_OF, joined(data["text/html"]))
        return {"kind": "text", "text": text}
    if "text/markdown" in data or "text/latex" in data:
        return {"kind": "text"}  # set as a page sets it
    return {"kind": "text", "text": joined(data["text/plain"])}


def plain(text: str) -> str:
    return " ".join(text.split())


def size(image: str) -> tuple[int, int]:
    """Return width and height of a PNG."""
    width, height = struct.unpack(">II", base64.b64decode(image)[16:24])
    return width, height


def joined(text: str | list[str]) -> str:
    return "".join(text)
