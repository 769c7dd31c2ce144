"""The notebooks that readers download or open: plain Markdown, and numbered as the pages are."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import nbformat
import pytest
from building import SITE
from site_pages import CHAPTERS, violations

WITH_CODE = [*CHAPTERS, "book/index.html"]
MARKUP = re.compile(r"\{[\w:]+\}`|^ *:{3,}|\{\.\w+\}|\\class\b|^\$\$ \(", re.MULTILINE)
TAGS = re.compile(r"<[^>]+>")


def notebook(page: str) -> dict[str, Any]:
    name = page.rpartition("/")[2].replace(".html", ".ipynb")
    return json.loads((SITE / "notebooks" / name).read_text("utf-8"))


def words(page: str) -> str:
    """Return the Markdown of a page's notebook."""
    cells = notebook(page)["cells"]
    return "\n\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("page", WITH_CODE)
def test_is_a_valid_notebook_without_the_markup_of_the_book(page):
    nbformat.validate(nbformat.from_dict(notebook(page)))
    assert MARKUP.findall(words(page)) == []


@pytest.mark.parametrize("page", WITH_CODE)
def test_a_widget_is_still_until_it_is_run(page):
    text = json.dumps(notebook(page))
    assert "widget-view" not in text
    assert "widget-state" not in text


@pytest.mark.parametrize("page", CHAPTERS)
def test_numbers_are_those_of_the_page(page):
    text = (SITE / page).read_text("utf-8")
    plain = words(page)
    equations = re.findall(r'<span class="eqno">\((.*?)\)', text)
    assert re.findall(r"\\tag\{(.*?)\}", plain) == equations
    captions = re.findall(r'<span class="caption-number">(Figure [\d.]+)', text)
    assert re.findall(r"^\*(Figure [\d.]+)\.\*", plain, re.MULTILINE) == captions
    exercises = re.findall(r'<span class="caption-number">(Exercise [\d.]+)', text)
    assert re.findall(r"^> \*\*(Exercise [\d.]+)", plain, re.MULTILINE) == exercises


@pytest.mark.parametrize("page", CHAPTERS)
def test_cites_as_the_page_does(page):
    text = unescape(TAGS.sub("", (SITE / page).read_text("utf-8")))
    cited = re.findall(r"\w+(?: and \w+| \*et al\.\*)?,? \(?[12]\d{3}(?=[);])", words(page))
    assert cited
    assert [one for one in cited if one.replace("*", "") not in text] == []


@pytest.mark.parametrize("page", WITH_CODE)
def test_the_menu_offers_the_notebook(visit, axe, page):
    opened = visit(page, width=320, bypass_csp=True)
    menu = opened.locator(".notebook-menu")
    menu.locator("summary").press("Enter")
    name = page.rpartition("/")[2].replace(".html", ".ipynb")
    download = menu.get_by_role("link", name="Download notebook").get_attribute("href")
    assert download.endswith(f"notebooks/{name}")
    if (SITE / "lite").exists():
        lite = menu.get_by_role("link", name="Open as notebook").get_attribute("href")
        assert lite.endswith(f"lite/notebooks/index.html?path={name}")
        assert (SITE / "lite" / "files" / name).is_file()
    # The site of these tests is built without REPOSITORY.
    assert menu.get_by_role("link", name="Open in Colab").count() == 0
    assert violations(opened, axe, ".notebook-menu") == []
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    opened.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert menu.locator("summary").evaluate("summary => summary === document.activeElement")
