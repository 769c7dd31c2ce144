"""The built site on a loopback server under a sub-path; a browser that reaches nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import serving
from browser import open_browser
from building import SITE
from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every name fails to resolve; only the loopback server can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """Address of the site, under a sub-path as on a project page."""
    server = serving.start(SITE)
    yield f"http://127.0.0.1:{server.server_address[1]}{serving.PREFIX}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with open_browser(*FLAGS) as instance:
        yield instance


def profile(
    browser: Browser, width: int = 1280, *, patience: int = 20_000, **options
) -> BrowserContext:
    """Return a fresh profile of a browser, for a screen of this width; `patience` in ms."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
    )
    context.set_default_timeout(patience)
    return context


class Trouble:
    """What a page did that it must not do."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfailed", self._failed)

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            place = message.location["url"]
            self.found.append(f"console {message.type}: {message.text} ({place})")

    def _request(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "about", "blob") and parts.hostname != "127.0.0.1":
            self.found.append(f"off-site request: {request.url}")

    def _failed(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left before it came
            self.found.append(f"failed: {request.url} ({request.failure})")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.found.append(f"{response.status}: {response.url}")


@pytest.fixture
def visit(chromium: Browser, base: str) -> Iterator[Callable[..., Page]]:
    """Open a page in a fresh profile; at the end nothing may have gone wrong on it."""
    opened = []

    def open_page(address: str, *, width: int = 1280, **options) -> Page:
        context = profile(chromium, width, patience=10_000, **options)
        page = context.new_page()
        opened.append((context, Trouble(page)))
        page.goto(base + address, wait_until="load")
        return page

    yield open_page
    trouble = [problem for _, seen in opened for problem in seen.found]
    for context, _ in opened:
        context.close()
    assert trouble == []


@pytest.fixture(scope="session")
def axe() -> str:
    return AXE.read_text(encoding="utf-8")
