"""The service worker: what the site has, so that it can be kept for use without a network.

Runs after everything else is written, since it lists every file with its hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "web" / "service-worker.js"
NAME = SOURCE.name
RUNTIME = "runtime"
HASH = 12
"""Digits of a hash; addresses of packages have as many."""
QUERY = re.compile(r'(?:src|href)="[./]*(_static/[^"?]+)\?(v=[0-9a-f]+)"')
NOT_KEPT = {".inv", ".map", ".txt"}
LOST = "offline.html"
"""The page for those who follow a link without a network and do not have the page."""
LOST_TITLE = "No network"
LOST_TEXT = (
    "<h1>This page is not kept in your browser</h1>"
    "<p>There is no network just now, or the site does not answer, and your browser has no copy "
    "of this page. The pages that you have visited still work, and all others too if a visit "
    "with a network lasted long enough to keep them.</p>"
    "<p>Load this page again when the network is back.</p>"
)
BUTTON = "data-mlm-keep"
"""An element of a page that gets the button "Keep everything"."""

Entry = list[Any]
"""Hash, bytes, and the query that pages write behind the address, if any."""


def listing(site: Path) -> dict[str, dict[str, Entry]]:
    """Return what a built site has: for each part, its files."""
    parts: dict[str, dict[str, Entry]] = {"pages": {}, "python": {}, "notebook": {}}
    files = [path for path in sorted(site.rglob("*")) if path.is_file() and _is_kept(path, site)]
    queries = _queries(path for path in files if path.suffix == ".html")
    for file in files:
        path = file.relative_to(site)
        content = file.read_bytes()
        entry: Entry = [hashlib.sha256(content).hexdigest()[:HASH], len(content)]
        if query := entry[0] if path.parts[0] == RUNTIME else queries.get(path.as_posix()):
            entry.append(query)
        parts[part_of(PurePosixPath(path.as_posix()))][path.as_posix()] = entry
    return parts


def part_of(path: PurePosixPath) -> str:
    """Tell with what a file is kept: all pages, Python when a reader runs it, the full notebook."""
    first, *rest = path.parts
    if first == "lite":
        return "notebook"
    of_run = rest and rest[0].startswith("live-") and path.name not in ("start.js", "live.css")
    return "python" if first == RUNTIME or of_run else "pages"


def _is_kept(path: Path, site: Path) -> bool:
    inside = path.relative_to(site)
    if inside.parts[0] in (RUNTIME, "lite"):
        return True  # every file has been chosen
    return path.suffix not in NOT_KEPT and path.name != NAME and not path.name.startswith(".")


def _queries(pages: Iterable[Path]) -> dict[str, str]:
    """Return what pages write behind the addresses of scripts and styles."""
    return {path: query for page in pages for path, query in QUERY.findall(page.read_text("utf-8"))}


def write(site: Path, prefix: str) -> None:
    """Write the service worker of a built site, and the page that it shows when it has none.

    Parameters
    ----------
    site : Path
    prefix : str
        Path of the site on its host, as its page for unknown addresses has it.
    """
    (site / LOST).write_text(_lost((site / "404.html").read_text("utf-8")), "utf-8")
    build = json.dumps({"prefix": prefix, "parts": listing(site)}, separators=(",", ":"))
    text = SOURCE.read_text("utf-8").replace("__BUILD__;", f"{build};")
    (site / NAME).write_text(text, "utf-8")


def _lost(page: str) -> str:
    """Make the page from that for unknown addresses, which works at any address, too."""
    page, titles = re.subn(r"<title>[^·<]*", f"<title>{LOST_TITLE} ", page)
    page, articles = re.subn(
        r'(<article class="bd-article">).*?(</article>)', rf"\1{LOST_TEXT}\2", page, flags=re.DOTALL
    )
    if (titles, articles) != (1, 1):
        raise ExtensionError("404.html has another form than before; see book/_ext/offline.py")
    return page


def add_button(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script of the button where there is a place for it."""
    if BUTTON in context.get("body", ""):
        app.add_js_file("keep.js", loading_method="defer")


def finish(app: Sphinx, exception: Exception | None) -> None:
    if not exception and app.builder.format == "html":
        write(Path(app.outdir), app.config.notfound_urls_prefix)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", add_button)
    app.connect("build-finished", finish, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
