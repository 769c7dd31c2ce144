"""The service worker: what the site has, so that it can be kept for use without a network.

Runs after everything else is written, since it lists every file with the build's own hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "web" / "service-worker.js"
NAME = SOURCE.name
RUNTIME = "runtime"
LITE = "lite"
APART = {RUNTIME, LITE}
"""Folders that are not kept with the pages: large, and of use to some readers only."""
HASHED = re.compile(r'(?:src|href)="[./]*(_static/[^"?]+\?v=[0-9a-f]+)"')
NOT_KEPT = {".inv", ".map", ".txt"}


def listing(site: Path) -> dict[str, object]:
    """Return what the service worker must know of a built site."""
    pages = [
        path
        for path in sorted(site.rglob("*"))
        if path.is_file()
        and path.relative_to(site).parts[0] not in APART
        and path.suffix not in NOT_KEPT
        and path.name != NAME
        and not path.name.startswith(".")
    ]
    digest = hashlib.sha256(SOURCE.read_bytes())
    _add(digest, site, pages)
    runtime = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted((site / RUNTIME).glob("*"))
    }
    lite = [path for path in sorted((site / LITE).rglob("*")) if path.is_file()]
    lite_digest = hashlib.sha256()
    _add(lite_digest, site, lite)
    digest.update(json.dumps(runtime).encode() + lite_digest.digest())
    names = [path.relative_to(site).as_posix() for path in pages]
    asked = _asked_for(path for path in pages if path.suffix == ".html")
    return {
        "version": digest.hexdigest()[:16],
        "files": [asked.get(name, name) for name in names],
        "runtime": runtime,
        "lite": {
            "version": lite_digest.hexdigest()[:16],
            "files": [path.relative_to(site).as_posix() for path in lite],
        },
    }


def _add(digest: Any, site: Path, files: Iterable[Path]) -> None:
    for path in files:
        digest.update(path.relative_to(site).as_posix().encode() + b"\0" + path.read_bytes())


def _asked_for(pages: Iterable[Path]) -> dict[str, str]:
    """Return the addresses of scripts and styles as pages write them, with their hash."""
    found = {}
    for page in pages:
        for address in HASHED.findall(page.read_text("utf-8")):
            found[address.partition("?")[0]] = address
    return found


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    build = json.dumps(listing(site), sort_keys=True)
    text = SOURCE.read_text("utf-8").replace("__BUILD__;", f"{build};")
    (site / NAME).write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", finish, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
