"""One visit with a network; then the server is gone, and everything of the book still works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from building import SITE
from kept_site import kept, keys, open_page, parts, wait_for
from live_page import CHAPTER, LivePage
from live_server import LiveServer
from playwright.sync_api import Browser, BrowserContext
from site_fixtures import Trouble, profile
from site_pages import CHAPTERS, PAGES, violations

HOW_TO = "book/how-to-use.html"
HAS = "() => document.querySelector('h1').innerText"
STYLED = "() => getComputedStyle(document.body).fontFamily.includes('Charter')"
# These say where a package comes from only if it does: none of them is of the first cell's.
RARE = "import statsmodels.api as sm, tqdm, micropip\nprint(sm.OLS([1., 2], [1., 1]).fit().params)"

FORGET_PANDAS = """async () => {
  const [name] = await caches.keys();
  const cache = await caches.open(name);
  for (const request of await cache.keys()) {
    if (/pandas-/.test(request.url)) await cache.delete(request);
  }
}"""


@dataclass
class Reader:
    """A browser, and a server that can go away."""

    context: BrowserContext
    server: LiveServer

    @property
    def base(self) -> str:
        return self.server.base

    def visit(self, address: str) -> LivePage:
        """Load a page, with or without a network."""
        page = self.context.new_page()
        self.trouble = Trouble(page)
        page.goto(self.base + address, wait_until="load")
        return LivePage(page)


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Reader]:
    """Begin with an empty browser and a server of one test's own."""
    yield from new_reader(chromium)


@pytest.fixture(scope="module")
def away(chromium: Browser) -> Iterator[Reader]:
    """Run one cell of one chapter, once; then there is no network."""
    for one in new_reader(chromium):
        live = LivePage(open_page(one.context, one.base + CHAPTER))
        live.start()
        assert live.said() == "Cell 1 ran."
        wait_for(live.page, keys(one.base, SITE, "pages", "python"))
        live.page.close()
        one.server.stop()
        yield one


def new_reader(chromium: Browser) -> Iterator[Reader]:
    server = LiveServer(SITE)
    context = profile(chromium)
    yield Reader(context, server)
    context.close()
    if server.running:
        server.stop()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_there(away, address):
    live = away.visit(address)
    built = (SITE / address).read_text("utf-8")
    assert live.page.evaluate("() => document.title") in built.replace("&amp;", "&")
    assert live.page.evaluate(STYLED)
    for image in live.page.locator("article img:visible").all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert away.trouble.found == []
    live.page.close()


def test_the_root_leads_to_the_book(away):
    live = away.visit("")
    live.page.wait_for_url("**/book/index.html")
    live.page.close()


def test_explorables_work(away):
    live = away.visit(CHAPTERS[0])
    slider = live.page.locator("input[type=range]")
    card = live.page.locator("[data-explorable]").filter(has=slider).first
    card.scroll_into_view_if_needed()
    card.get_by_role("button", name="Skip the prediction").press("Enter")
    slider = card.locator("input[type=range]").first
    slider.wait_for()
    before = card.locator(".mlm-says").inner_text()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    live.wait(lambda: card.locator(".mlm-says").inner_text() != before)
    live.page.close()


def test_the_search_works(away):
    live = away.visit("search.html?q=intraclass")
    live.page.locator("#search-results li a").first.click()
    assert "intraclass" in live.page.locator("article").inner_text().lower()
    live.page.close()


def test_python_runs_on_a_page_never_visited(away):
    other = next(page for page in CHAPTERS if page != CHAPTER)
    live = away.visit(other)
    live.start()
    assert live.said() == "Cell 1 ran."
    assert "1.5" in live.text(RARE)  # what no cell has asked for is there, too
    live.page.close()


def test_an_address_that_is_no_page_says_why_it_may_be(away):
    live = away.visit("book/chapters/99-nothing.html")
    assert live.page.evaluate(HAS) == "This page is not kept in your browser"
    assert live.page.evaluate(STYLED)
    live.page.close()


def test_a_package_that_was_not_kept_says_so(away):
    """The last test of this reader, who gets the network back."""
    live = away.visit(CHAPTER)
    live.page.evaluate(FORGET_PANDAS)
    live.start()
    (shown,) = live.shown(live.cells.first)
    assert "pandas-" in shown["text"]
    assert (
        shown["text"]
        .rstrip()
        .endswith("could not be fetched; check the connection, then run the cell again")
    )
    away.server.start()
    live.cells.first.locator(".mlm-cell-run").press("Enter")
    live.settle()
    assert live.said() == "Cell 1 ran."


def test_what_was_never_fetched_says_so(reader):
    """A reader whose browser saves data has what was visited, and the truth about the rest."""
    reader.context.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
    )
    open_page(reader.context, reader.base + CHAPTER).close()
    visited = reader.visit(CHAPTER)
    visited.page.wait_for_load_state("networkidle")
    assert keys(reader.base, SITE, "pages") - kept(visited.page)
    reader.server.stop()

    other = reader.visit(next(page for page in CHAPTERS if page != CHAPTER))
    assert other.page.evaluate(HAS) == "This page is not kept in your browser"
    assert other.page.title() == "No network · Multilevel modeling"
    assert "Load this page again when the network is back." in other.page.inner_text("article")

    again = reader.visit(CHAPTER)
    assert again.page.evaluate(STYLED)
    button = again.cells.first.locator(".mlm-start")
    button.press("Enter")
    again.wait(lambda: "check the connection" in button.inner_text())

    reader.server.start()
    other.page.reload()
    assert other.page.locator("h1").inner_text() != "This page is not kept in your browser"
    button.press("Enter")
    again.settle()
    assert again.said() == "Cell 1 ran."


def test_everything_can_be_kept_at_once(reader):
    live = LivePage(open_page(reader.context, reader.base + HOW_TO))
    page = live.page
    wait_for(page, keys(reader.base, SITE, "pages"))
    page.reload()
    button = page.locator(".mlm-keep-button")
    button.wait_for()
    listed = parts(SITE)
    more = sum(entry[1] for name in ("python", "notebook") for entry in listed[name].values())
    live.wait(lambda: button.inner_text() == f"Keep everything ({-(-more // 10**6)} MB more)")
    page.evaluate(
        """() => {
          window.bars = new Set();
          const bar = document.querySelector(".mlm-keep progress");
          const look = () => bar.hidden || window.bars.add(bar.value);
          new MutationObserver(look).observe(bar, { attributes: true });
        }"""
    )
    button.focus()
    page.keyboard.press("Enter")
    said = page.locator(".mlm-keep [role=status]")
    live.wait(lambda: said.inner_text() == "The whole book now works without a network.", 100)
    assert page.evaluate("bars.size") > 10
    assert button.evaluate("button => button === document.activeElement")
    assert button.inner_text().startswith("Everything is kept (")
    assert keys(reader.base, SITE, *listed) <= kept(page)


def test_keeping_everything_says_what_went_wrong(reader):
    live = LivePage(open_page(reader.context, reader.base + HOW_TO))
    wait_for(live.page, keys(reader.base, SITE, "pages"))
    live.page.reload()
    button = live.page.locator(".mlm-keep-button")
    button.wait_for()
    reader.server.stop()
    button.press("Enter")
    said = live.page.locator(".mlm-keep [role=status]")
    live.wait(lambda: "could not be fetched" in said.inner_text())
    assert button.get_attribute("aria-disabled") == "false"
    assert live.page.locator(".mlm-keep progress").is_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_button_is_accessible(reader, chromium, axe, theme):
    context = chromium.new_context(color_scheme=theme, bypass_csp=True)
    page = open_page(context, reader.base + HOW_TO)
    page.locator(".mlm-keep-button").wait_for()
    assert violations(page, axe) == []
    context.close()


def test_no_script_no_button(chromium, reader):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(reader.base + HOW_TO)
    assert page.locator(".mlm-keep").is_hidden()
    context.close()
