"""The pages of the built site, and what every test does with one."""

import json
import re
from collections.abc import Iterator
from typing import Any

from building import SITE
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def built_pages() -> list[str]:
    """List the pages of the built site, as addresses below its root."""
    pages = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
    elsewhere = ("_static/", "lite/", "index.html")  # the last only leads to the first page
    return [page for page in pages if not page.startswith(elsewhere)]


PAGES = built_pages()
CHAPTERS = [page for page in PAGES if page.startswith("book/chapters/")]


def widget_states(page: str) -> Iterator[dict[str, Any]]:
    """Yield the state of each widget of a page."""
    kind = re.escape("application/vnd.jupyter.widget-state+json")
    text = (SITE / page).read_text(encoding="utf-8")
    for block in re.findall(rf'<script type="{kind}">(.*?)</script>', text, re.DOTALL):
        for model in json.loads(block)["state"].values():
            if "_anywidget_id" in model["state"]:
                yield model["state"]


def violations(page: Page, axe: str, within: str = "html") -> list[str]:
    """Run axe on a page, or a part of it, as it stands now; return what it finds."""
    page.evaluate(axe)
    page.evaluate("scrollTo(0, 0)")  # nothing under the bar that stays on top
    # The glyphs of equations are hidden from screen readers; their MathML is not.
    context = {"include": [[within]], "exclude": [["mjx-math"]]}
    found = page.evaluate(
        "async ([context, tags]) => (await axe.run(context, {runOnly: tags})).violations",
        [context, WCAG],
    )
    return [
        f"{one['id']}: {node['target']} {node['any'][0]['message'] if node['any'] else one['help']}"
        for one in found
        for node in one["nodes"]
    ]


def reveal(page: Page) -> None:
    """Open everything that opens: predictions skipped, disclosures and tables shown."""
    skip = page.get_by_role("button", name="Skip the prediction")
    while skip.count():
        skip.first.click()
    page.evaluate("document.querySelectorAll('article details').forEach(d => d.open = true)")
    show = page.get_by_role("button", name="Show as a table")
    while show.count():
        show.first.click()
