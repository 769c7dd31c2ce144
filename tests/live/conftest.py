"""What the tests of Python in the page share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from building import SITE
from live_page import LivePage, Open, opening
from live_server import LiveServer
from playwright.sync_api import Browser
from site_fixtures import axe, chromium

__all__ = ["axe", "chromium"]


@pytest.fixture(scope="session")
def server() -> Iterator[LiveServer]:
    """Serve the site, remembering what was asked for."""
    started = LiveServer(SITE)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def base(server: LiveServer) -> str:
    return server.base


@pytest.fixture
def broken(chromium: Browser, server: LiveServer) -> Iterator[LivePage]:
    """Give a page in a profile that keeps nothing, for tests in which the server fails."""
    context = chromium.new_context(service_workers="block")
    context.set_default_timeout(20_000)
    yield LivePage(context.new_page())
    server.faults.clear()
    context.close()


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
