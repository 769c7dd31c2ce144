"""What the tests of the built site share."""

import pytest
from site_fixtures import axe, base, chromium, visit
from site_pages import PAGES

__all__ = ["axe", "base", "chromium", "visit"]


def pytest_sessionstart(session: pytest.Session) -> None:
    if not PAGES:
        raise pytest.UsageError("there is no built site; run `make book` first")
