"""Explorables and questions on a page without a kernel.

Where a stored output is a widget, the page gets its still form (a picture, or text for a question)
and a place for the live one; `web/host.js` mounts the player there from the widget state that the
notebook carries. Nothing of requirejs or the widget manager of Jupyter is loaded.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
SCRIPT = "mlmbook.js"
STYLE = "player.css"
START = (
    "globalThis.mlmRenderers = {"  # also for widgets of Python that runs in the page
    '"mlmbook.explore.widget.ExplorableWidget": renderExplorable, '
    '"mlmbook.teach.widget.QuestionWidget": renderQuestion};\n'
    "mountPage(document, globalThis.mlmRenderers);"
)


class widget_place(nodes.General, nodes.Element):
    """Where a widget goes live; its children are the still form."""


class HostWidgets(SphinxPostTransform):
    """Turn widget outputs into a still form with a place for the live one."""

    default_priority = 3  # before myst-nb picks one form of each output, at 4

    def run(self, **kwargs: object) -> None:
        """Do so on one page."""
        for bundle in list(self.document.findall(_is_widget)):
            forms = {form["mime_type"]: form for form in bundle.children}
            still = forms.get("text/html", forms.get("image/png"))
            if still is None:
                continue  # not a widget of ours
            view = forms[VIEW].astext().partition(">")[2].rpartition("<")[0]
            model = json.loads(view)["model_id"]
            place = widget_place("", *still.children, model=model)
            for image in place.findall(nodes.image):
                image["loading"] = "lazy"
                image.setdefault("alt", _alt(_states(self.env, self.env.docname), model))
            bundle.replace_self(place)


def _is_widget(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.container)
        and node.get("nb_element") == "mime_bundle"
        and any(form["mime_type"] == VIEW for form in node.children)
    )


def _states(env: BuildEnvironment, page: str) -> dict[str, Any]:
    """Every widget state that the notebook of a page carries."""
    scripts = getattr(env, "nb_metadata", {}).get(page, {}).get("js_files", {})
    for _, options in scripts.values():
        if options.get("type") == STATE:
            states: dict[str, Any] = json.loads(options["body"])["state"]
            return states
    return {}


def _alt(states: dict[str, Any], model: str) -> str:
    return states.get(model, {}).get("state", {}).get("spec", {}).get("alt", "")


# ---- scripts and styles ----


def assets() -> dict[str, str]:
    """Return the text of the script and of the style sheet."""
    from mlmbook.explore.assets import HERE, PLAYER, module
    from mlmbook.teach.widget import QUESTIONS

    files = dict.fromkeys([*PLAYER, *QUESTIONS, ROOT / "web" / "host.js"])
    return {SCRIPT: module(list(files), START), STYLE: (HERE / STYLE).read_text("utf-8")}


def configure(app: Sphinx, config: Any) -> None:
    """Load no widget manager from elsewhere; write pages anew when the player has changed."""
    config.nb_ipywidgets_js = {}
    config.player_hash = hashlib.sha256("".join(assets().values()).encode()).hexdigest()


def write_assets(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    for name, text in assets().items():
        (static / name).write_text(text, "utf-8")


def add_assets(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or not any(doctree.findall(widget_place)):
        return
    app.add_js_file(SCRIPT, type="module")
    app.add_css_file(STYLE, priority=720)  # after the book's own styles


# ---- HTML ----


def visit(translator: Any, node: widget_place) -> None:
    translator.body.append(
        f'<div class="mlm-place" data-mlm-widget="{node["model"]}"><div class="mlm-fallback">'
    )


def depart(translator: Any, node: widget_place) -> None:
    translator.body.append("</div></div>\n")


def pass_over(translator: Any, node: widget_place) -> None:
    """Other formats show the still form alone."""


def setup(app: Sphinx) -> dict[str, bool]:
    others = {name: (pass_over, pass_over) for name in ("latex", "text", "man", "texinfo")}
    app.add_node(widget_place, html=(visit, depart), **others)
    app.add_post_transform(HostWidgets)
    app.add_config_value("player_hash", "", "html")
    app.connect("config-inited", configure)
    app.connect("builder-inited", write_assets)
    app.connect("html-page-context", add_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
