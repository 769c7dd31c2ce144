"""Loading Python: what a reader sees of it, and what fails."""

import pytest
from live_page import CHAPTER, LOADING

pytestmark = pytest.mark.xdist_group("loading")

# What does not come, how, and what the page says of it.
FAULTS = [
    ("worker.js", "404", "worker.js could not be fetched"),
    ("fetcher.js", "404", "fetcher.js could not be fetched"),
    ("pyodide-lock.json", "404", "pyodide-lock.json: the server answered 404"),
    ("pyodide.mjs", "404", "the interpreter could not be fetched or started"),
    ("pyodide.asm.wasm", "dropped", "the interpreter could not be fetched or started"),
    ("pyodide.asm.wasm", "404", "the interpreter could not be fetched or started"),
    ("python_stdlib.zip", "dropped", "the interpreter could not be fetched or started"),
    ("/ipython-", "404", "the server answered 404"),
    ("/ipython-", "dropped", ".whl"),
    ("inpage/shell.py", "404", "shell.py: the server answered 404"),
]

# Count the loads that ended: one can fail before a look at the page notices that it began.
COUNT = """
window.mlmLoads = 0;
let before;
new MutationObserver(() => {
  const now = document.documentElement.dataset.mlmPython;
  if (before === "starting" && now !== before) window.mlmLoads += 1;
  before = now;
}).observe(document, { subtree: true, attributeFilter: ["data-mlm-python"] });
"""


def test_a_failed_load_says_what_failed_and_can_be_tried_again(broken, base, server):
    live = broken
    live.page.add_init_script(COUNT)
    live.page.goto(base + CHAPTER)
    again = live.cells.first.get_by_role("button", name="Run").first
    retry = live.button("Try again")
    for loads, (fault, how, reason) in enumerate(FAULTS, 1):
        server.faults.clear()
        server.faults[fault] = how
        again.press("Enter")
        live.page.wait_for_function(
            "(loads) => window.mlmLoads === loads", arg=loads, timeout=LOADING
        )
        again = retry
        again.wait_for()
        assert live.said().startswith("Python could not be loaded:"), fault
        assert reason in live.said(), fault
        assert "Check the connection, then try again." in live.said()
        assert live.state == "off"
    # What comes only when it is imported is reported by the import.
    server.faults.clear()
    server.faults["/pandas-"] = "404"
    retry.press("Enter")
    live.page.locator("[data-live=failed]").wait_for(timeout=LOADING)  # what was wanted has run
    (shown,) = live.shown(live.cells.first)
    assert "ImportError: pandas-" in shown["text"]
    assert "the server answered 404" in shown["text"]
    server.faults["/pandas-"] = "dropped"
    live.cells.first.locator(".mlm-cell-run").press("Enter")
    live.settle()
    assert "could not be fetched; check the connection" in live.shown(live.cells.first)[0]["text"]
    server.faults.clear()
    live.cells.first.locator(".mlm-cell-run").press("Enter")
    live.settle()
    assert live.said() == "Cell 1 ran."


def test_the_button_itself_can_be_tried_again(broken, base, server):
    live = broken
    server.faults["/page.js"] = "404"
    live.page.goto(base + CHAPTER)
    start = live.cells.first.locator(".mlm-start")
    start.press("Enter")
    start.filter(has_text="Run: could not be loaded").wait_for()
    server.faults.clear()
    start.press("Enter")
    live.page.locator(".mlm-dock").wait_for()
    assert live.cells.first.get_attribute("data-live") in ("waiting", "running", "done")


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
