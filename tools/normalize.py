"""The normal form of a chapter: two runs of the same source give the same bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator

import nbformat
from nbformat import NotebookNode
from PIL import Image

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
REFERENCE = re.compile(r"IPY_MODEL_([0-9a-f]{32})")
LINKS = ("LinkModel", "DirectionalLinkModel")
# The site supplies the player once; a copy in each widget of each chapter would go stale.
SUPPLIED_BY_SITE = ("_esm", "_css")

# Enough for lines, letters and their soft edges; a figure takes a third of the bytes.
COLORS = 48

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def normalized(notebook: NotebookNode, stem: str) -> str:
    """Return the text of the notebook file in normal form.

    Parameters
    ----------
    notebook : NotebookNode
        Not changed.
    stem : str
        File name without its extension. Widget ids derive from it: no two chapters share one.
    """
    text = nbformat.writes(_renumbered(_without_traces(notebook), stem))
    return text + "\n"


def _without_traces(notebook: NotebookNode) -> NotebookNode:
    """Copy the notebook without time stamps, editor settings and kernel versions."""
    plain: NotebookNode = nbformat.from_dict(json.loads(nbformat.writes(notebook)))
    for cell in plain.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if figure := output.get("data", {}).get("image/png"):
                output.data["image/png"] = _fewer_colors(figure)
    kept = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    if widgets := plain.metadata.get("widgets"):
        kept["widgets"] = widgets
    plain.metadata = nbformat.from_dict(kept)
    return plain


def _fewer_colors(figure: str) -> str:
    """Store a figure with a palette; one that has a palette stays as it is."""
    image = Image.open(io.BytesIO(base64.b64decode(figure)))
    if image.mode == "P":
        return figure
    small = image.convert("RGBA").quantize(COLORS, method=Image.Quantize.FASTOCTREE)
    file = io.BytesIO()
    resolution = {"dpi": image.info["dpi"]} if "dpi" in image.info else {}
    small.save(file, "PNG", optimize=True, **resolution)
    return base64.b64encode(file.getvalue()).decode()


def _renumbered(notebook: NotebookNode, stem: str) -> NotebookNode:
    """Give widgets ids that follow from their place, and keep only the state that a view needs."""
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    if not state:
        notebook.metadata.pop("widgets", None)
        return notebook
    order = _models_in_order(notebook, state)
    new = {
        old: hashlib.sha256(f"{stem}:{n}".encode()).hexdigest()[:32] for n, old in enumerate(order)
    }
    notebook.metadata.widgets[STATE]["state"] = {old: _slim(state[old]) for old in order}
    text = json.dumps(notebook)
    text = re.sub("|".join(new), lambda match: new[match.group()], text) if new else text
    renumbered: NotebookNode = nbformat.from_dict(json.loads(text))
    if not new:
        renumbered.metadata.pop("widgets")
    return renumbered


def _models_in_order(notebook: NotebookNode, state: dict[str, dict]) -> list[str]:
    """List the models that views show, in reading order, then the links between them."""
    order: list[str] = []
    for model in _shown(notebook):
        _visit(model, state, order)
    # No view refers to a link, but without it a linked control moves and its figure stands still.
    links = [model for model in state if state[model]["model_name"] in LINKS]
    place = {model: f"{n:06d}" for n, model in enumerate(order)}
    ends = {link: REFERENCE.findall(json.dumps(state[link], sort_keys=True)) for link in links}
    links = [link for link in links if any(end in place for end in ends[link])]
    order.extend(sorted(links, key=lambda link: [place.get(end, "") for end in ends[link]]))
    return order


def _shown(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if view := output.get("data", {}).get(VIEW):
                yield view["model_id"]


def _visit(model: str, state: dict[str, dict], order: list[str]) -> None:
    if model in order or model not in state:
        return
    order.append(model)
    for reference in REFERENCE.findall(json.dumps(state[model], sort_keys=True)):
        _visit(reference, state, order)


def _slim(model: dict) -> dict:
    kept = {name: value for name, value in model["state"].items() if name not in SUPPLIED_BY_SITE}
    if model["model_name"] == "LayoutModel":  # forty lines that say "unset" a widget
        kept = {name: value for name, value in kept.items() if value is not None}
    slim = {**model, "state": kept}
    if "buffers" in model:
        slim["buffers"] = sorted(model["buffers"], key=lambda buffer: json.dumps(buffer["path"]))
    return slim
