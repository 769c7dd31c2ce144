"""Every page: complete, alone, readable by everyone, light enough."""

import re
from itertools import pairwise

import pytest
from site_pages import CHAPTERS, PAGES, reveal, violations

MOST_BYTES = 400_000
READ = [page for page in PAGES if page not in ("404.html", "search.html")]


@pytest.mark.parametrize("address", PAGES)
def test_asks_nothing_of_other_hosts(visit, address):
    page = visit(address)
    page.wait_for_load_state("networkidle")
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert "worker-src 'self';" in policy
    assert "script-src 'self' 'sha256-" in policy  # inline scripts by their hash, no others
    runs = page.locator("script[src*='/start.js']").count() > 0
    assert ("blob:" in policy) == runs  # for widgets that a reader writes


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_is_accessible(visit, axe, address, theme):
    page = visit(address, color_scheme=theme, bypass_csp=True)
    assert violations(page, axe) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", [*CHAPTERS, "book/index.html"])
def test_is_accessible_with_everything_open(visit, axe, address, theme):
    page = visit(address, color_scheme=theme, bypass_csp=True)
    reveal(page)
    assert violations(page, axe) == []


@pytest.mark.parametrize("address", PAGES)
def test_fits_a_narrow_phone(visit, address):
    # 320 px is also what a screen of 640 px shows at 200 % zoom (WCAG 1.4.10).
    page = visit(address, width=320)
    reveal(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("address", READ)
def test_reads_without_scripts(visit, address):
    page = visit(address, java_script_enabled=False)
    assert page.locator("h1").count() == 1
    assert len(page.locator("article").inner_text()) > 200
    assert page.locator("nav.bd-links a").count() > 0
    for image in page.locator("article img").all():
        assert image.get_attribute("alt") is not None
    # Buttons that need scripts are not shown; equations are there, as glyphs and as MathML.
    assert page.locator("button.theme-switch-button:visible").count() == 0
    assert page.locator(".math").count() == page.locator(".math mjx-container math").count()


@pytest.mark.parametrize("address", CHAPTERS)
def test_shows_explorables_and_questions_without_scripts(visit, address):
    page = visit(address, java_script_enabled=False)
    places = page.locator("[data-mlm-widget]")
    assert places.count() > 0
    for place in places.all():
        assert place.is_visible()
        # A figure with its finding as alternative text, or a question with its answer folded.
        figure, answer = place.locator("img[alt]"), place.locator("details")
        assert figure.count() + answer.count() > 0
    sizes = page.locator("[data-mlm-widget] img").evaluate_all("all => all.map(i => i.alt.length)")
    assert all(size > 20 for size in sizes)


@pytest.mark.parametrize("address", READ)
def test_is_light(chromium, base, address):
    context = chromium.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes = []
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(base + address, wait_until="networkidle")
    context.close()
    assert sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize("address", CHAPTERS)
def test_prints_with_everything_open_on_light_paper(visit, address):
    page = visit(address, color_scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("article details:not([open])").count() == 0
    assert page.locator("h1").is_visible()
    assert page.locator(".bd-sidebar-primary").is_hidden()
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details:not([open])").count() > 0
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("address", CHAPTERS)
def test_headings_form_an_outline(visit, address):
    page = visit(address)
    levels = page.locator("article :is(h1, h2, h3, h4)").evaluate_all(
        "all => all.map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels
    assert page.locator("article .rubric").count() == 0, "a heading inside a box that never closed"
    assert re.match(r"Part [IVX]+ · Chapter \d+", page.locator(".kicker").inner_text(), re.I)


def test_skip_link_leads_to_the_text(visit):
    page = visit(CHAPTERS[0])
    page.keyboard.press("Tab")
    link = page.locator(":focus")
    assert link.inner_text() == "Skip to main content"
    assert link.is_visible()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


def test_focus_shows_on_every_kind_of_control(visit):
    page = visit(CHAPTERS[0])
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, page.evaluate("document.activeElement.outerHTML")


def test_theme_switch_goes_round(visit):
    page = visit(CHAPTERS[0], color_scheme="light")
    button = page.get_by_role("button", name="Color mode")
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.evaluate("document.documentElement.dataset.mode"))
    assert seen == {"light", "dark", "auto"}


def test_search_finds_a_word(visit):
    page = visit("book/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("intraclass")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=intraclass")
    page.wait_for_selector("#search-results li a")
    page.locator("#search-results li a").first.click()
    assert "intraclass" in page.locator("article").inner_text().lower()


def test_menu_opens_and_closes_on_a_phone(visit):
    page = visit(CHAPTERS[0], width=390)
    menu = page.get_by_role("button", name="Show or hide the list of chapters")
    menu.focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog nav.bd-links").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("nav.bd-links").is_visible()
    assert menu.evaluate("button => button === document.activeElement")


def test_missing_page_says_so_from_any_depth(chromium, base):
    page = chromium.new_page()
    answer = page.goto(f"{base}book/chapters/99-nothing.html")
    assert answer.status == 404
    assert page.locator("h1").inner_text() == "This page does not exist"
    page.locator("nav.bd-links a").first.click()
    page.wait_for_url("**/how-to-use.html")
    page.close()


def test_the_root_leads_to_the_book(visit):
    visit("").wait_for_url("**/book/index.html")
