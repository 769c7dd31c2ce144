"""What the tests of Python in the page share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from building import SITE
from live_page import CHAPTER, LISTEN, LivePage
from live_server import LiveServer
from playwright.sync_api import Browser
from site_fixtures import Trouble, axe, chromium

__all__ = ["axe", "chromium"]

Open = Callable[..., LivePage]


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """Serve the site, remembering what was asked for."""
    started = LiveServer(SITE)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def base(server: LiveServer) -> str:
    return server.base


@contextmanager
def opening(browser: Browser, base: str) -> Iterator[Open]:
    """Open pages with code in fresh profiles; at the end nothing may have gone wrong on them."""
    opened = []

    def open_page(address: str = CHAPTER, *, width: int = 1280, **options) -> LivePage:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        context.set_default_timeout(20_000)
        context.add_init_script(LISTEN)
        page = context.new_page()
        live = LivePage(page, Trouble(page).found)
        opened.append((context, live))
        page.goto(base + address, wait_until="load")
        return live

    yield open_page
    trouble = [problem for _, live in opened for problem in live.trouble]
    for context, _ in opened:
        context.close()
    assert trouble == []


@pytest.fixture
def open_live(chromium: Browser, base: str) -> Iterator[Open]:
    """Open a page with code."""
    with opening(chromium, base) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def live(chromium: Browser, base: str) -> Iterator[LivePage]:
    """Give a page on which Python runs, for the tests of one file."""
    with opening(chromium, base) as open_page:
        page = open_page()
        page.start()
        yield page
