"""Equations are set by MathJax when the site is built.

Pages carry finished equations and the MathML that screen readers speak: nothing to load or to wait
for, and they read with JavaScript off. Formulas already set are kept in a cache, so that a build
runs Node only for new ones.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

from assets import AssetError, node_modules, run_node
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

FOLDER = "mathjax"
GLYPH = re.compile(r"mjx-c[0-9A-F]+\b")
# Braces also stand inside strings: the rules of the glyphs { and } say content: "{".
RULE = re.compile(r'[^{}]+\{(?:"(?:\\.|[^"\\])*"|[^{}"])*\}\s*')
MARKS = re.compile(r"[.,;:!?)\]”’]+")
PROBLEM = re.compile(r'data-mjx-error="([^"]*)"')


class Typesetter:
    """Set formulas in batches and remember them."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.pending: list[tuple[str, bool]] = []
        self.known: dict[str, str] = {}
        self.css = ""
        if cache.exists():
            stored = json.loads(cache.read_text(encoding="utf-8"))
            self.known, self.css = stored["html"], stored["css"]

    def html(self, tex: str, display: bool) -> str:
        """Return a formula as HTML; sets it now if no batch held it."""
        if self._key(tex, display) not in self.known:
            self.pending.append((tex, display))
            self.set_pending()
        return self.known[self._key(tex, display)]

    def set_pending(self) -> None:
        """Set all formulas that were met and are not known."""
        new = [f for f in dict.fromkeys(self.pending) if self._key(*f) not in self.known]
        self.pending = []
        if not new and self.css:
            return
        request = json.dumps({"fonts": ".", "formulas": new})
        try:
            answer = json.loads(run_node("typeset.cjs", request))
        except AssetError as error:
            raise ExtensionError(f"equations could not be set: {error}") from None
        self.css = answer["css"]
        self.known |= {self._key(*f): text for f, text in zip(new, answer["html"], strict=True)}
        self.cache.parent.mkdir(parents=True, exist_ok=True)
        self.cache.write_text(json.dumps({"html": self.known, "css": self.css}), encoding="utf-8")

    def stylesheet(self) -> str:
        """Return the rules that the known formulas need."""
        used = set(GLYPH.findall(" ".join(self.known.values())))
        rules = RULE.findall(self.css)
        return "".join(rule for rule in rules if used.issuperset(GLYPH.findall(rule.split("{")[0])))

    @staticmethod
    def _key(tex: str, display: bool) -> str:
        return f"{'display' if display else 'inline'}:{tex}"


def source(node: nodes.math | nodes.math_block) -> tuple[str, bool]:
    """Return the TeX of a node, with the alignment that Sphinx gives to several lines."""
    tex = node.astext()
    if isinstance(node, nodes.math):
        return tex, False
    if node.get("nowrap"):
        return tex, True
    parts = [part.strip() for part in tex.split("\n\n") if part.strip()]
    parts = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(parts) > 1:
        return r"\begin{align}\begin{aligned}" + r"\\".join(
            parts
        ) + r"\end{aligned}\end{align}", True
    return "".join(parts), True


def collect(app: Sphinx, doctree: nodes.document) -> None:
    for kind in (nodes.math, nodes.math_block):
        app.mlm_typesetter.pending.extend(source(node) for node in doctree.findall(kind))


def set_all(app: Sphinx, env: BuildEnvironment) -> None:
    if app.builder.format == "html":
        app.mlm_typesetter.set_pending()


class KeepPunctuation(SphinxPostTransform):
    """Keep a comma or full stop on the line of the formula before it."""

    default_priority = 710
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Tie the marks of one page."""
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            if isinstance(after, nodes.Text) and (mark := MARKS.match(after)):
                tied = nodes.inline("", "", classes=["nobreak"])
                after.parent.replace(after, nodes.Text(after[mark.end() :]))
                formula.replace_self(tied)
                tied += [formula, nodes.Text(mark.group())]


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="math") + _set(self, node) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = html.escape(get_node_equation_number(self, node))
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f'<div class="math-scroll">{_set(self, node)}</div></div>')
    raise nodes.SkipNode


def _set(translator: HTML5Translator, node: nodes.math | nodes.math_block) -> str:
    text = translator.builder.app.mlm_typesetter.html(*source(node))
    if problem := PROBLEM.search(text):
        logger.warning("equation: %s in %r", problem.group(1), node.astext(), location=node)
    return text


def store(app: Sphinx, exception: Exception | None) -> None:
    """Write the stylesheet, and the fonts it names, beside the pages."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    css = app.mlm_typesetter.stylesheet()
    (folder / "mathjax.css").write_text(css, encoding="utf-8")
    fonts = node_modules() / "mathjax" / "es5" / "output" / "chtml" / "fonts" / "woff-v2"
    for font in set(re.findall(r"MathJax_[\w-]+\.woff", css)):
        shutil.copyfile(fonts / font, folder / font)


def start(app: Sphinx) -> None:
    app.mlm_typesetter = Typesetter(Path(app.outdir).parent / ".cache" / "equations.json")
    app.add_css_file(f"{FOLDER}/mathjax.css")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("typeset", (visit_math, None), (visit_math_block, None))
    app.add_post_transform(KeepPunctuation)
    app.connect("builder-inited", start)
    app.connect("doctree-read", collect)
    app.connect("env-updated", set_all)
    app.connect("build-finished", store, priority=400)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
