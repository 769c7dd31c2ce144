"""A page whose code runs, driven as a reader drives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

LOADING = 120_000  # milliseconds that Python may take to start on a busy machine
RUNNING = 180_000  # and a chapter to run

# Keep what the page asks of Python and what Python answers, beside what the page shows of it.
LISTEN = """
window.mlmHeard = [];
window.Worker = class extends Worker {
  constructor(...options) {
    super(...options);
    this.addEventListener("message", ({ data }) => {
      if (data.kind === "output") window.mlmHeard.push(data.content);
    });
  }
  postMessage(data, ...rest) {
    if (data.kind === "run") window.mlmHeard.push({ run: data.code });
    super.postMessage(data, ...rest);
  }
};
"""

# What a reader sees of each output of a cell.
SHOWN = """(place) => {
  const kind = (box) => {
    if (box.matches(".traceback")) return { kind: "error", text: box.innerText };
    const stream = box.dataset.stream;
    if (stream) return { kind: stream, text: box.querySelector("pre").textContent };
    if (box.matches(".mlm-widget")) return { kind: "widget", text: box.innerText };
    const image = box.querySelector("img");
    const size = image && [image.naturalWidth, image.naturalHeight];
    if (image) return { kind: "image", size, alt: image.alt };
    return { kind: "text", text: box.textContent };
  };
  return [...place.children].map(kind);
}"""


class LivePage:
    """What a reader does on a page with code, and what the page shows then."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cells = page.locator("div.cell:not(.mlm-trial)").filter(
            has=page.locator(".cell_input pre")
        )
        self.trial = page.locator(".mlm-trial").first

    def run_all(self) -> None:
        """Run the whole page, from a fresh one or again."""
        start = self.page.locator("[data-mlm-run-page] button")
        self.button("Run all" if start.count() == 0 else "Run this page").click()
        self.settle()

    def start(self) -> None:
        """Start Python by running the first cell, which has the imports."""
        self.cells.first.get_by_role("button", name="Run").first.press("Enter")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing runs, and nothing waits to run."""
        self.page.wait_for_selector(".mlm-dock", state="attached", timeout=LOADING)
        self.page.wait_for_function(
            """() => document.documentElement.dataset.mlmPython !== "starting"
              && !document.querySelector("[data-live=waiting], [data-live=running]")""",
            timeout=RUNNING,
        )

    def button(self, name: str) -> Locator:
        """Return a button of the page by the words on it."""
        return self.page.get_by_role("button", name=name, exact=True)

    def type(self, code: str, cell: Locator | None = None) -> Locator:
        """Replace the text of a cell, the first "Try it here" by default; returns the cell."""
        cell = cell or self.trial
        editor = cell.locator(".cm-content")
        if editor.count() == 0:
            cell.locator(".mlm-cell-edit").click()
            editor.wait_for()
        editor.focus()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(code)
        return cell

    def try_(self, code: str) -> list[dict[str, Any]]:
        """Run code in the first "Try it here" and return what it shows."""
        cell = self.type(code)
        cell.locator(".mlm-cell-run").click()
        self.settle()
        return self.shown(cell)

    def shown(self, cell: Locator) -> list[dict[str, Any]]:
        """Return what the page shows as outputs of a cell that ran."""
        outputs: list[dict[str, Any]] = cell.locator(".mlm-live-output").evaluate(SHOWN)
        return outputs

    def said(self) -> str:
        """Return what the bar at the foot of the page says."""
        return self.page.locator(".mlm-dock-said").inner_text()

    def wait(self, true: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until something is so on the page."""
        for _ in range(int(seconds / 0.05)):
            if true():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not so after {seconds} s; the page says: {self.said()}")
