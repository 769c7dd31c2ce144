"""Edits: by keyboard alone, kept from visit to visit, taken back, taken along."""

import json
import re

import pytest
from live_page import CHAPTER

pytestmark = pytest.mark.xdist_group("editing")

OTHER = "book/chapters/08-random-intercepts.html"
FOCUSED = "e => e === document.activeElement"
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('mlm:edits:'))"


@pytest.fixture(autouse=True)
def taken_back(request):
    """Begin on a shared page without the edits of the test before."""
    if "live" in request.fixturenames:
        request.getfixturevalue("live").reset_cells()


def test_edit_by_keyboard_alone(live):
    page = live.page
    cell = live.cells.nth(1)
    cell.get_by_role("button", name="Edit").press("Enter")
    editor = cell.get_by_role("textbox", name="Code cell 2")
    editor.wait_for()
    live.wait(lambda: editor.evaluate(FOCUSED))
    page.keyboard.press("Control+a")
    page.keyboard.type("def f():\n")  # the editor indents the next line by itself
    page.keyboard.type("return 6 * 7\n")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("f()")
    page.keyboard.press("Shift+Enter")
    live.settle()
    assert live.shown(cell) == [{"kind": "text", "text": "42"}]
    run = live.cells.nth(2).get_by_role("button", name="Run", exact=True)
    assert run.evaluate(FOCUSED)  # Shift+Enter moves on
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" + 1")
    page.keyboard.press("Control+Enter")
    live.settle()
    assert live.shown(cell) == [{"kind": "text", "text": "43"}]
    assert editor.evaluate(FOCUSED)  # Control+Enter stays
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert editor.inner_text().endswith("    ")  # Tab indents
    page.keyboard.press("Escape")
    assert cell.get_by_role("button", name="Run", exact=True).evaluate(FOCUSED)
    page.keyboard.press("Tab")  # and the keyboard is not caught
    assert not editor.evaluate(FOCUSED)


def test_run_all_above_and_reset_of_a_cell(live):
    third = live.cells.nth(2)
    third.get_by_role("button", name="Run all above").press("Enter")
    live.settle()
    states = live.cells.evaluate_all("all => all.slice(0, 3).map(cell => cell.dataset.live ?? '')")
    assert states == ["done", "done", ""]
    assert live.said() == "Cell 2 ran, and 1 before it."
    live.try_("'mine'")
    assert live.scratch.locator(".cm-content").inner_text() == "'mine'"
    reset = live.scratch.get_by_role("button", name="Reset")
    reset.press("Enter")
    assert live.scratch.locator(".cm-content").count() == 0
    assert live.scratch.locator(".cell_input pre").is_visible()
    assert live.scratch.locator(".mlm-live-output").is_hidden()
    assert reset.is_hidden()
    assert live.scratch.get_by_role("button", name="Edit").evaluate(FOCUSED)


def test_run_runs_what_stands_above_first(live):
    live.cells.nth(1).get_by_role("button", name="Run", exact=True).press("Enter")
    live.settle()
    assert live.scratch.get_attribute("data-live") == "done"
    heard = live.page.evaluate("mlmHeard.filter((one) => 'run' in one).length")
    live.cells.nth(1).get_by_role("button", name="Run", exact=True).press("Enter")
    live.settle()  # and what has run does not run again
    assert live.page.evaluate("mlmHeard.filter((one) => 'run' in one).length") == heard + 1


def test_try_it_here(live):
    run = live.trial.get_by_role("button", name="Run", exact=True)
    assert run.is_hidden()
    shown = live.try_("len(hsb)", live.trial)  # what stands above the exercise has run
    assert shown == [{"kind": "text", "text": "7185"}]
    assert re.fullmatch(r"Your code ran, and \d+ before it\.", live.said())
    bar = live.trial.get_by_role("group")
    assert bar.get_attribute("aria-label").startswith("Try it here: Ex")
    live.trial.get_by_role("button", name="Reset").press("Enter")
    assert run.is_hidden()
    assert live.trial.locator(".mlm-live-output").is_hidden()
    assert live.trial.get_by_role("button", name="Try it here").evaluate(FOCUSED)


def test_fill_in_the_blanks(live):
    blanks = live.page.locator(".mlm-trial:has(.blanks)").first
    blanks.get_by_role("button", name="Fill in").press("Enter")
    editor = blanks.locator(".cm-content")
    editor.wait_for()
    assert "___" in editor.inner_text()
    live.type("hsb.shape", blanks)
    live.page.keyboard.press("Shift+Enter")
    live.settle()
    assert live.shown(blanks) == [{"kind": "text", "text": "(7185, 8)"}]
    assert editor.evaluate(FOCUSED)
    top = editor.evaluate("e => e.getBoundingClientRect().top")
    assert 0 <= top < 900  # the page has not jumped elsewhere
    blanks.get_by_role("button", name="Reset").press("Enter")
    assert "___" in blanks.locator("pre").first.inner_text()
    assert blanks.locator("pre").first.is_visible()


def test_reset_page_while_code_runs(live):
    live.cells.nth(1).get_by_role("button", name="Run", exact=True).press("Enter")
    live.settle()
    stored = live.cells.nth(1).locator(".cell_output:not(.mlm-live-output)")
    assert stored.is_hidden()
    live.type("1 + 1", live.trial)
    live.begin("while True: pass")
    live.wait(lambda: live.state == "busy")
    live.button("Reset page").press("Enter")
    live.wait(lambda: live.said() == "The page is as it was.")
    assert live.state == "off"
    assert stored.is_visible()
    assert live.page.locator("[data-live]:not([data-live=''])").count() == 0
    assert live.page.locator(".cm-content, .mlm-live-output:visible").count() == 0
    assert live.page.evaluate(KEPT) == []


def test_edits_are_kept_for_each_chapter(open_live, base):
    live = open_live()
    first, trial = (cell.locator(".cm-content") for cell in (live.scratch, live.trial))
    live.wake()
    live.type("1 + 1  # mine")
    live.type("2 + 2  # here", live.trial)
    live.page.goto(base + OTHER)
    assert live.page.evaluate(KEPT) == [f"mlm:edits:/mlmbook/{CHAPTER}"]
    assert live.page.locator(".mlm-start").first.is_visible()  # nothing is found here
    live.page.goto(base + CHAPTER)
    for _ in range(2):
        first.wait_for()
        trial.wait_for()
        assert first.inner_text() == "1 + 1  # mine"
        assert trial.inner_text() == "2 + 2  # here"
        assert live.state == "off"  # found again, not run
        live.page.reload()
    for cell in (live.scratch, live.trial):
        cell.get_by_role("button", name="Reset").press("Enter")
    assert live.page.evaluate(KEPT) == []
    live.page.reload()
    assert live.page.locator(".mlm-start").first.is_visible()


def test_a_browser_that_keeps_nothing_says_so(open_live):
    live = open_live()
    live.page.evaluate(
        """() => {
          Storage.prototype.setItem = () => {
            throw new DOMException("full", "QuotaExceededError");
          };
        }"""
    )
    live.wake()
    live.type("1 + 1")
    assert live.said().startswith("This browser does not keep your edits")


def test_the_downloaded_notebook_has_the_edits(open_live):
    live = open_live()
    live.wake()
    live.type("'my own line'")
    with live.page.expect_download() as download:
        live.button("Download as notebook").press("Enter")
    path = download.value.path()
    assert download.value.suggested_filename == "07-where-the-variation-lives.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    (mine,) = [cell for cell in cells if "".join(cell["source"]) == "'my own line'"]
    assert mine["outputs"] == []
    assert notebook["nbformat"] == 4
