"""What a browser keeps of the site, for tests that take the network away."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

PYTHON = 120_000  # milliseconds that all of Python may take to be kept on a busy machine

# Of the site itself: what is deleted meanwhile would be made anew by looking into it.
KEPT = """async () => {
  const kept = [];
  for (const name of (await caches.keys()).filter((one) => one.startsWith("mlm:"))) {
    for (const { url } of await (await caches.open(name)).keys()) kept.push(url);
  }
  return kept;
}"""


def parts(site: Path) -> dict[str, dict[str, list[Any]]]:
    """Return what the service worker of a built site knows of it."""
    text = (site / "service-worker.js").read_text("utf-8")
    found = re.search(r"^const \{ prefix, parts \} = (.*);$", text, re.MULTILINE)
    assert found, "the service worker has no list"
    listed: dict[str, dict[str, list[Any]]] = json.loads(found[1])["parts"]
    return listed


def keys(base: str, site: Path, *names: str) -> set[str]:
    """Return the keys under which files of parts are kept."""
    listed = parts(site)
    return {f"{base}{path}?{hash}" for name in names for path, (hash, *_) in listed[name].items()}


def kept(page: Page) -> set[str]:
    """Return the keys of what the browser has."""
    return set(page.evaluate(KEPT))


def wait_for(page: Page, wanted: set[str]) -> None:
    """Wait until the browser has what it is to have."""
    for _ in range(PYTHON // 200):
        if wanted <= kept(page):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"not kept: {sorted(wanted - kept(page))[:10]}")


def open_page(context: BrowserContext, address: str) -> Page:
    """Open a page and wait until its service worker answers for it."""
    page = context.new_page()
    page.goto(address, wait_until="load")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return page
