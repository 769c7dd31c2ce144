"""Edits: by keyboard alone, kept from visit to visit, taken back, taken along."""

import json
import re

import pytest

pytestmark = pytest.mark.xdist_group("editing")

OTHER = "book/chapters/08-random-intercepts.html"


def test_edit_by_keyboard_alone(open_live):
    live = open_live()
    page = live.page
    live.start()
    cell = live.cells.nth(1)
    edit = cell.get_by_role("button", name="Edit")
    edit.focus()
    page.keyboard.press("Enter")
    editor = cell.get_by_role("textbox", name="Code cell 2")
    editor.wait_for()
    live.wait(lambda: editor.evaluate("e => e === document.activeElement"))
    page.keyboard.press("Control+a")
    page.keyboard.type("def f():\n")  # the editor indents the next line by itself
    page.keyboard.type("return 6 * 7\n")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("f()")
    page.keyboard.press("Shift+Enter")
    live.settle()
    assert live.shown(cell) == [{"kind": "text", "text": "42"}]
    run = live.cells.nth(2).get_by_role("button", name="Run", exact=True)
    assert run.evaluate("b => b === document.activeElement")  # Shift+Enter moves on
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert editor.inner_text().endswith("    ")  # Tab indents
    page.keyboard.press("Escape")
    assert cell.get_by_role("button", name="Run", exact=True).evaluate(
        "b => b === document.activeElement"
    )
    page.keyboard.press("Tab")  # and the keyboard is not caught
    assert not editor.evaluate("e => e === document.activeElement")


def test_edits_are_kept_for_each_chapter(open_live, base):
    live = open_live()
    live.start()
    live.type("1 + 1  # mine")
    live.page.goto(base + OTHER)
    assert live.page.locator(".cm-content").count() == 0
    live.page.goto(base + "book/chapters/07-where-the-variation-lives.html")
    editor = live.cells.first.locator(".cm-content")
    editor.wait_for()
    assert editor.inner_text() == "1 + 1  # mine"
    live.page.reload()
    editor.wait_for()
    assert editor.inner_text() == "1 + 1  # mine"
    live.cells.first.get_by_role("button", name="Reset").click()
    live.page.reload()
    live.page.wait_for_timeout(500)
    assert live.page.locator(".cm-content").count() == 0


def test_run_all_above_and_reset(open_live):
    live = open_live()
    live.start()
    third = live.cells.nth(2)
    third.get_by_role("button", name="Run all above").click()
    live.settle()
    states = live.cells.evaluate_all("all => all.slice(0, 3).map(cell => cell.dataset.live ?? '')")
    assert states == ["done", "done", ""]
    live.try_("'mine'")
    assert live.cells.first.locator(".cm-content").inner_text() == "'mine'"
    live.cells.first.get_by_role("button", name="Reset").click()
    assert live.cells.first.locator(".cm-content").count() == 0
    assert live.cells.first.locator(".cell_input pre").is_visible()
    stored = live.cells.nth(1).locator(".cell_output:not(.mlm-live-output)")
    assert stored.is_hidden()
    live.button("Reset page").click()
    live.wait(lambda: live.said() == "The page is as it was.")
    assert stored.is_visible()
    assert live.state == "off"
    assert live.page.locator("[data-live]:not([data-live=''])").count() == 0


def test_reset_while_code_runs(open_live):
    live = open_live()
    live.start()
    live.begin("while True: pass")
    live.wait(lambda: live.state == "busy")
    live.button("Reset page").click()
    live.wait(lambda: live.said() == "The page is as it was.")
    assert live.scratch.locator(".mlm-live-output").is_hidden()
    assert live.scratch.get_attribute("data-live") == ""


def test_try_it_here(open_live):
    live = open_live()
    start = live.page.locator("div.exercise + .mlm-start-trial").first
    start.click()
    editor = live.trial.locator(".cm-content")
    editor.wait_for()
    live.wait(lambda: editor.evaluate("e => e === document.activeElement"))
    shown = live.try_("len(hsb)", live.trial)  # what stands above the exercise has run
    assert shown == [{"kind": "text", "text": "7185"}]
    assert re.fullmatch(r"Your code ran, and \d+ before it\.", live.said())
    live.page.reload()
    live.trial.locator(".cm-content").wait_for()
    assert live.trial.locator(".cm-content").inner_text() == "len(hsb)"


def test_fill_in_the_blanks(open_live):
    live = open_live()
    blanks = live.page.locator(".mlm-trial:has(.blanks)")
    live.button("Fill in and run").click()
    blanks.locator(".cm-content").wait_for()
    assert "___" in blanks.locator(".cm-content").inner_text()
    before = live.page.evaluate("scrollY")
    live.type("hsb.shape", blanks)
    live.page.keyboard.press("Shift+Enter")
    live.settle()
    assert live.shown(blanks) == [{"kind": "text", "text": "(7185, 8)"}]
    assert blanks.locator(".cm-content").evaluate("e => e === document.activeElement")
    assert live.page.evaluate("scrollY") >= before  # it does not jump to the top
    blanks.get_by_role("button", name="Reset").click()
    assert "___" in blanks.locator("pre").first.inner_text()
    assert blanks.locator("pre").first.is_visible()


def test_the_downloaded_notebook_has_the_edits(open_live):
    live = open_live()
    live.start()
    live.type("'my own line'")
    with live.page.expect_download() as download:
        live.button("Download as notebook").click()
    path = download.value.path()
    assert download.value.suggested_filename == "07-where-the-variation-lives.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    (mine,) = [cell for cell in cells if "".join(cell["source"]) == "'my own line'"]
    assert mine["outputs"] == []
    assert notebook["nbformat"] == 4
