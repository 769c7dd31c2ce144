"""What the tests of Python in the page share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_page import LISTEN, LivePage
from playwright.sync_api import Browser
from site_fixtures import Trouble, axe, base, chromium

__all__ = ["axe", "base", "chromium"]

WITH_EXERCISES = "book/chapters/07-where-the-variation-lives.html"


@pytest.fixture
def open_live(chromium: Browser, base: str) -> Iterator:
    """Open a page with code in a fresh profile; at the end nothing may have gone wrong on it."""
    opened = []

    def open_page(address: str = WITH_EXERCISES, *, width: int = 1280, **options) -> LivePage:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        context.set_default_timeout(10_000)
        context.add_init_script(LISTEN)
        page = context.new_page()
        opened.append((context, Trouble(page)))
        page.goto(base + address, wait_until="load")
        return LivePage(page)

    yield open_page
    trouble = [problem for _, seen in opened for problem in seen.found]
    for context, _ in opened:
        context.close()
    assert trouble == []
