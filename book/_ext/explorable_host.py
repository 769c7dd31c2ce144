"""Explorables and questions on a page without a kernel.

Where a stored output is a widget, the page gets its still form (a picture, or text for a question)
and a place for the live one; `web/host.js` mounts the player there from the widget state that the
notebook carries. Pages in Markdown get an explorable with ``:::{explorable} shrinkage_dial``.
Nothing of requirejs or the widget manager of Jupyter is loaded.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
SCRIPT = "mlmbook.js"
STYLE = "player.css"
START = (
    "mountPage(document, {"
    '"mlmbook.explore.widget.ExplorableWidget": renderExplorable, '
    '"mlmbook.teach.widget.QuestionWidget": renderQuestion});'
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


class ExplorableDirective(SphinxDirective):
    """An explorable on a page that is not a notebook."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Compute the explorable now, as a cell of a notebook would have."""
        from mlmbook import explore
        from mlmbook.explore.widget import fallback

        name = self.arguments[0]
        try:
            explorable = getattr(explore, name)
        except AttributeError as error:
            raise self.error(str(error)) from error
        self.env.note_dependency(sys.modules[explorable.function.__module__].__file__)
        model = hashlib.sha256(f"{self.env.docname}:{name}".encode()).hexdigest()[:32]
        _written(self.env).setdefault(self.env.docname, {})[model] = _saved(explorable)
        still, about = fallback(explorable)
        place = widget_place(model=model)
        if "text/html" in still:
            place += nodes.raw("", still["text/html"], format="html")
        else:
            image = nodes.image(uri=_stored(self.env, still["image/png"]), alt=explorable.alt)
            size = about["image/png"]
            image.update_all_atts({"width": f"{size['width']}px", "loading": "lazy"})
            place += image
        self.set_source_info(place)
        return [place]


def _saved(explorable: Any) -> dict[str, Any]:
    """Return the state of a widget as a notebook stores it."""
    spec, tables = explorable.packed
    start = explorable.settings()
    return {
        "model_name": "AnyModel",
        "model_module": "anywidget",
        "state": {
            "_anywidget_id": "mlmbook.explore.widget.ExplorableWidget",
            "spec": {**spec, "start": start},
            "values": start,
        },
        "buffers": [
            {"encoding": "base64", "path": ["tables"], "data": base64.b64encode(tables).decode()}
        ],
    }


def _stored(env: BuildEnvironment, image: str) -> str:
    """Store a picture beside the build and return its address from the source folder."""
    data = base64.b64decode(image)
    path = Path(env.app.outdir).parent / "explorables" / f"{hashlib.sha256(data).hexdigest()}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return "/" + Path(os.path.relpath(path, env.app.srcdir)).as_posix()


# ---- the widget states of a page ----


def _written(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """States that directives made, by page."""
    if not hasattr(env, "mlm_widgets"):
        env.mlm_widgets = {}  # type: ignore[attr-defined]
    return env.mlm_widgets  # type: ignore[attr-defined]


def _states(env: BuildEnvironment, page: str) -> dict[str, Any]:
    """Every widget state of a page: of its notebook, and of its directives."""
    scripts = getattr(env, "nb_metadata", {}).get(page, {}).get("js_files", {})
    states: dict[str, Any] = dict(_written(env).get(page, {}))
    for _, options in scripts.values():
        if options.get("type") == STATE:
            states |= json.loads(options["body"])["state"]
    return states


def _alt(states: dict[str, Any], model: str) -> str:
    return states.get(model, {}).get("state", {}).get("spec", {}).get("alt", "")


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    _written(env).pop(page, None)


def merge(app: Sphinx, env: BuildEnvironment, pages: list[str], other: BuildEnvironment) -> None:
    _written(env).update({page: _written(other)[page] for page in pages if page in _written(other)})


# ---- scripts and styles ----


def drop_manager(app: Sphinx, config: Any) -> None:
    """Keep myst-nb from loading requirejs and the widget manager from elsewhere."""
    config.nb_ipywidgets_js = {}


def write_assets(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    from mlmbook.explore.assets import HERE, PLAYER, module
    from mlmbook.teach.widget import QUESTIONS

    files = dict.fromkeys([*PLAYER, *QUESTIONS, ROOT / "web" / "host.js"])
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / SCRIPT).write_text(module(list(files), START), "utf-8")
    (static / STYLE).write_text((HERE / STYLE).read_text("utf-8"), "utf-8")


def add_assets(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or not any(doctree.findall(widget_place)):
        return
    if written := _written(app.env).get(page):
        body = json.dumps({"version_major": 2, "version_minor": 0, "state": written})
        app.add_js_file(None, body=body.replace("</", r"<\/"), type=STATE)
    app.add_js_file(SCRIPT, type="module")
    app.add_css_file(STYLE, priority=705)


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
    app.add_directive("explorable", ExplorableDirective)
    app.connect("config-inited", drop_manager)
    app.connect("builder-inited", write_assets)
    app.connect("html-page-context", add_assets)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
