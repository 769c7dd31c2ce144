"""The Python of the site is fetched once, whatever pages run it, and from this site alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from building import SITE
from kept_site import keys, open_page, wait_for
from live_page import CHAPTER, LivePage
from live_server import LiveServer
from playwright.sync_api import Browser, BrowserContext
from site_fixtures import Trouble, profile
from site_pages import CHAPTERS


@pytest.fixture
def server() -> Iterator[LiveServer]:
    """Serve the site to one test, whose requests are counted."""
    started = LiveServer(SITE)
    yield started
    started.stop()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = profile(chromium)
    yield made
    made.close()


def test_a_second_page_fetches_nothing_of_python(context, server):
    first_page = context.new_page()
    seen = Trouble(first_page)  # names every request that leaves this machine
    context.on("request", seen._request)  # of workers, too
    first_page.goto(server.base + CHAPTER, wait_until="load")
    first_page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    first = LivePage(first_page)
    first.start()
    assert first.said() == "Cell 1 ran."
    wait_for(first_page, keys(server.base, SITE, "pages", "python"))
    assert seen.found == []

    server.served.clear()
    other = next(page for page in CHAPTERS if page != CHAPTER)
    second = LivePage(open_page(context, server.base + other))
    second.start()
    assert second.said() == "Cell 1 ran."
    assert [path for path in server.served if "/runtime/" in path or "/live-" in path] == []

    # Both are live, and know nothing of each other.
    assert first.text("mine = 1\nmine") == "1"
    assert "NameError" in second.text("mine")
    assert second.text("mine = 2\nmine") == "2"
    assert first.text("mine") == "1"
