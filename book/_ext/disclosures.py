"""Answers, hints and solutions that open on request, as native disclosures.

``:class: dropdown`` becomes ``<details>``: it opens by keyboard, prints open, and needs no script.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator


class disclosure(nodes.General, nodes.Element):
    """A box whose title opens and closes it."""


class disclosure_title(nodes.TextElement):
    """The part of a disclosure that always shows."""


class Disclose(SphinxPostTransform):
    """Turn every box of class ``dropdown`` into a disclosure."""

    default_priority = 700  # after references in titles are resolved and exercises are numbered
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Replace the boxes of one page."""
        boxes = [n for n in self.document.findall(nodes.Element) if _is_dropdown(n)]
        for box in boxes:
            box["classes"] = [c for c in box["classes"] if c not in ("dropdown", "toggle")]
            new = disclosure(
                "", ids=box["ids"], classes=["admonition", *_kind(box), *box["classes"]]
            )
            for child in box.children:
                new += _as_title(child) if isinstance(child, nodes.title) else child
            box.replace_self(new)


def _is_dropdown(node: nodes.Element) -> bool:
    has_title = any(isinstance(child, nodes.title) for child in node.children)
    return has_title and "dropdown" in node.get("classes", [])


def _kind(box: nodes.Element) -> list[str]:
    """Name the kind of box in words, once, for styles to find."""
    kind = type(box).__name__.removesuffix("_node")
    return [] if kind == "admonition" else [kind]


def _as_title(title: nodes.title) -> disclosure_title:
    return disclosure_title("", "", *title.children)


def visit_disclosure(self: HTML5Translator, node: disclosure) -> None:
    classes = " ".join(dict.fromkeys(node["classes"]))
    node["classes"] = []
    self.body.append(self.starttag(node, "details", CLASS=classes))


def depart_disclosure(self: HTML5Translator, node: disclosure) -> None:
    self.body.append("</details>\n")


def visit_title(self: HTML5Translator, node: disclosure_title) -> None:
    self.body.append(self.starttag(node, "summary", "", CLASS="admonition-title"))


def depart_title(self: HTML5Translator, node: disclosure_title) -> None:
    self.body.append("</summary>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(disclosure, html=(visit_disclosure, depart_disclosure))
    app.add_node(disclosure_title, html=(visit_title, depart_title))
    app.add_post_transform(Disclose)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
