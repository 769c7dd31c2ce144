"""The chapters as notebooks: to open in JupyterLite on this site, to download, to open in Colab.

Colab opens notebooks from GitHub only. ``REPOSITORY=owner/name`` in the environment says which
repository has the built site, on its branch ``gh-pages`` or another: ``owner/name@branch``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from live import wanted
from plain_notebook import Chapter, plain
from pybtex.database import parse_file
from pybtex.richtext import Text
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError, ExtensionError

ROOT = Path(__file__).resolve().parents[2]
LITE = ROOT / "_build" / "lite"
FOLDER = "notebooks"
REPOSITORY = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
BRANCH = "gh-pages"
INSTALL = """\
import sys

if "google.colab" in sys.modules:  # elsewhere the package is there already
    %pip install --quiet git+https://github.com/{repository}
"""


def configure(app: Sphinx, config: Config) -> None:
    """Learn where the built site is put, if it is known."""
    given = os.environ.get("REPOSITORY", "").strip()
    if given and not REPOSITORY.fullmatch(given):
        raise ConfigError(
            f"REPOSITORY is {given!r}; it must look like owner/name or owner/name@branch"
        )
    config.notebook_repository = given


def repository(config: Config) -> tuple[str, str]:
    """Return owner/name of the repository and its branch with the site; empty if not known."""
    found = REPOSITORY.fullmatch(config.notebook_repository)
    return (found[1], found[2] or BRANCH) if found else ("", "")


# ---- links on pages -----------------------------------------------------------------------


def add_links(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Tell the page's template where its notebook is to be had."""
    context["notebook"] = {}
    if page not in app.env.found_docs or not app.env.doc2path(page).endswith(".ipynb"):
        return
    name = f"{PurePosixPath(page).name}.ipynb"
    context["notebook"]["download"] = f"{FOLDER}/{name}"
    if wanted():
        context["notebook"]["lite"] = f"lite/notebooks/index.html?path={name}"
    owner, branch = repository(app.config)
    if owner:
        context["notebook"]["colab"] = (
            f"https://colab.research.google.com/github/{owner}/blob/{branch}/{FOLDER}/{name}"
        )


# ---- notebooks ----------------------------------------------------------------------------


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    written = dict(notebooks(app))
    if wanted():
        put_lite(site / "lite", written)
    owner, _ = repository(app.config)
    if owner:
        written = {name: installing(notebook, owner) for name, notebook in written.items()}
    put(site / FOLDER, written)


def notebooks(app: Sphinx) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the notebooks of the book, by the names of their files."""
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    cited = references()
    site = app.config.html_baseurl

    def address(page: str) -> str:
        if site:
            return f"{site}{page}.html"
        return f"{PurePosixPath(page).name}.ipynb" if page in sources else ""

    paths = {name: Path(app.env.doc2path(name)) for name in sorted(app.env.found_docs)}
    sources = {name: path for name, path in paths.items() if path.suffix == ".ipynb"}
    for name, path in sources.items():
        notebook = json.loads(path.read_text("utf-8"))
        yield path.name, plain(notebook, Chapter(name, titles, cited, address))


def references() -> dict[str, tuple[str, str]]:
    """Return authors and year of each entry of the bibliography, as pages cite them."""
    entries = parse_file(str(ROOT / "book" / "references.bib")).entries
    return {key: (_authors(entry), entry.fields.get("year", "")) for key, entry in entries.items()}


def _authors(entry: Any) -> str:
    persons = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [
        str(Text.from_latex(" ".join([*one.prelast_names, *one.last_names]))) for one in persons
    ]
    return f"{names[0]} *et al.*" if len(names) > 2 else " and ".join(names)


def installing(notebook: dict[str, Any], owner: str) -> dict[str, Any]:
    """Return a notebook whose first code cell installs the package where it is missing."""
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "install-mlmbook",
        "metadata": {},
        "outputs": [],
        "source": INSTALL.format(repository=owner),
    }
    cells = notebook["cells"]
    first = next(i for i, other in enumerate(cells) if other["cell_type"] == "code")
    return {**notebook, "cells": [*cells[:first], cell, *cells[first:]]}


def put(folder: Path, written: dict[str, dict[str, Any]]) -> None:
    """Write notebooks into a folder of their own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, notebook in written.items():
        (folder / name).write_text(json.dumps(notebook, indent=1, ensure_ascii=False), "utf-8")


# ---- JupyterLite --------------------------------------------------------------------------


def put_lite(folder: Path, written: dict[str, dict[str, Any]]) -> None:
    """Put JupyterLite into the site, with the notebooks as its files."""
    if not LITE.exists():
        raise ExtensionError(
            "JupyterLite is not assembled: run `make book`, or `make book LIVE=0` without it"
        )
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(LITE, folder, copy_function=os.link)  # 20 MB, once on the disk
    put(folder / "files", written)
    files = [_listed(folder / "files" / name) for name in written]
    contents = folder / "api" / "contents"
    contents.mkdir(parents=True)
    listing = {**_entry("", "directory"), "format": "json", "content": files}
    (contents / "all.json").write_text(json.dumps(listing, indent=1), "utf-8")


def _listed(file: Path) -> dict[str, Any]:
    return {**_entry(file.name, "notebook"), "size": file.stat().st_size}


def _entry(name: str, kind: str) -> dict[str, Any]:
    """Describe a file as a Jupyter server does; all are as old as the book."""
    then = "2026-01-01T00:00:00Z"
    return {
        "name": name,
        "path": name,
        "type": kind,
        "format": None,
        "mimetype": None,
        "content": None,
        "created": then,
        "last_modified": then,
        "size": None,
        "writable": True,
    }


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("notebook_repository", "", "html")  # pages have links to it
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_links)
    app.connect("build-finished", finish, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
