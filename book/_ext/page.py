"""The page around a chapter: the book theme with what a reader does not need taken away.

Templates replace the theme's icon font (half a megabyte) by a few drawn icons, name every button
in words, and load the search index only on the search page.
"""

from __future__ import annotations

import html
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

HERE = Path(__file__).resolve().parent
# Scripts and styles of extensions that Jupyter Book loads and this book does not use.
UNUSED = ("thebe", "togglebutton", "sphinx-design", "design-tabs", "toggleHintShow")
# What is copied with the theme and never asked for.
NOT_SERVED = (
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.map",
    "scripts/fontawesome.js.LICENSE.txt",
    "scripts/bootstrap.js",
    "scripts/bootstrap.js.map",
    "scripts/bootstrap.js.LICENSE.txt",
    "vendor",
    "sphinx-thebe.js",
    "sphinx-thebe.css",
    "togglebutton.js",
    "togglebutton.css",
    "design-tabs.js",
    "sphinx-design.min.css",
    "images",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
    "locales",
)
ENTRANCE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={target}">
<link rel="canonical" href="{target}">
<link rel="icon" href="_static/favicon.svg">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p><a href="{target}">To the book</a></p></main></body>
</html>
"""


class LiftKicker(SphinxPostTransform):
    """Show "Part II · Chapter 7" above the title; in the source the title comes first."""

    default_priority = 700
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Move the kicker of one page."""
        for section in self.document.findall(nodes.section):
            for child in section.children:
                if isinstance(child, nodes.paragraph) and "kicker" in child["classes"]:
                    section.remove(child)
                    section.insert(0, child)
                    return


def configure(app: Sphinx, config: Config) -> None:
    """Put our templates first, and learn the site's address where it is known."""
    config.templates_path.insert(0, str(HERE / "theme" / "templates"))
    config.html_context.setdefault("default_mode", "auto")
    # The address is a matter of where the site is put, not of the book: it comes from outside.
    address = os.environ.get("SITE_URL", "").rstrip("/")
    if address:
        config.html_baseurl = config.ogp_site_url = f"{address}/"
        config.ogp_image = f"{address}/_static/card.png"
    config.notfound_urls_prefix = f"{urlsplit(address).path if address else '/mlmbook'}/"


def trim(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context.get(kind, []) if not _unused(file)]


def _unused(file: object) -> bool:
    attributes = getattr(file, "attributes", None) or {}
    text = f"{getattr(file, 'filename', file)} {attributes.get('body', '')}"
    return any(name in text for name in UNUSED)


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    for name in NOT_SERVED:
        path = Path(app.outdir, "_static", name)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    write_entrance(app)
    if app.config.html_baseurl:
        write_sitemap(app)


def write_entrance(app: Sphinx) -> None:
    """Lead from the site's root to the first page; a link in case the browser does not."""
    target = app.builder.get_target_uri(app.config.root_doc)
    title = html.escape(app.config.project)
    text = ENTRANCE.format(title=title, target=target)
    Path(app.outdir, "index.html").write_text(text, encoding="utf-8")


def write_sitemap(app: Sphinx) -> None:
    """List the pages for search engines; only where the site's address is known."""
    pages = [f"{app.config.html_baseurl}{name}.html" for name in sorted(app.env.found_docs)]
    entries = "".join(f"<url><loc>{page}</loc></url>\n" for page in pages)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    Path(app.outdir, "sitemap.xml").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(LiftKicker)
    app.add_css_file("palette.css", priority=700)
    app.add_css_file("book.css", priority=710)
    app.add_js_file("site.js", loading_method="defer", priority=710)
    app.connect("config-inited", configure)
    app.connect("html-page-context", trim, priority=950)
    app.connect("build-finished", finish, priority=500)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
