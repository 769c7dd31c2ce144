"""Loading Python: what a reader sees of it, and what fails."""

import pytest
from live_page import CHAPTER

pytestmark = pytest.mark.xdist_group("loading")


def abort(route):
    route.abort()


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("**/worker.js", "worker.js could not be fetched"),
        ("**/pyodide.asm.wasm", "the interpreter could not be fetched or started"),
        ("**/pyodide-lock.json*", "pyodide-lock.json could not be fetched"),
        ("**/ipython-*.whl*", "ipython-"),
        ("**/inpage/shell.py", "shell.py could not be fetched"),
    ],
)
def test_a_failed_load_says_what_failed_and_can_be_tried_again(broken, base, pattern, reason):
    live = broken
    live.page.route(pattern, abort)
    live.page.goto(base + CHAPTER)
    live.cells.first.get_by_role("button", name="Run").first.press("Enter")
    live.wait(lambda: live.page.locator(".mlm-dock-retry:visible").count() == 1, 60)
    assert live.said().startswith("Python could not be loaded:")
    assert reason in live.said()
    assert "Check the connection, then try again." in live.said()
    live.page.unroute(pattern)
    live.button("Try again").press("Enter")
    live.wait(lambda: live.said() == "Cell 1 ran.", 60)  # what was wanted runs now


def test_a_package_that_does_not_come(broken, base):
    live = broken
    live.page.route("**/pandas-*.whl*", abort)
    live.page.goto(base + CHAPTER)
    live.start()
    (shown,) = live.shown(live.cells.first)
    assert "pandas-" in shown["text"]
    assert "could not be fetched" in shown["text"]
    live.page.unroute("**/pandas-*.whl*")
    live.cells.first.locator(".mlm-cell-run").press("Enter")
    live.settle()
    assert live.said() == "Cell 1 ran."


def test_the_button_itself_can_be_tried_again(broken, base):
    live = broken
    live.page.route("**/page.js", abort)
    live.page.goto(base + CHAPTER)
    start = live.cells.first.locator(".mlm-start")
    start.press("Enter")
    live.page.wait_for_function(
        "document.querySelector('.mlm-start').textContent.includes('try again')"
    )
    live.page.unroute("**/page.js")
    start.press("Enter")
    live.settle()
    assert live.said() == "Cell 1 ran."


def test_loading_shows_steps_and_bytes(open_live):
    live = open_live()
    live.page.evaluate(
        """() => {
          window.seen = new Set();
          new MutationObserver(() => {
            for (const name of ["said", "bytes"]) {
              const text = document.querySelector(`.mlm-dock-${name}`)?.textContent;
              if (text) window.seen.add(text);
            }
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    live.start()
    seen = live.page.evaluate("[...seen]")
    assert "Fetching Python …" in seen
    assert "Starting Python …" in seen
    assert any(" MB of " in text for text in seen)
    assert live.page.locator(".mlm-dock-progress").is_hidden()
    assert live.page.locator(".mlm-dock [role=status]").count() == 1
