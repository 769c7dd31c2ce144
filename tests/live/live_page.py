"""A page whose code runs, driven as a reader drives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page
from site_fixtures import Trouble, profile

CHAPTER = "book/chapters/07-where-the-variation-lives.html"  # it has exercises

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

    def __init__(self, page: Page, trouble: list[str] | None = None) -> None:
        self.page = page
        self.trouble = [] if trouble is None else trouble  # what went wrong on the page so far
        self.cells = page.locator("div.cell:not(.mlm-trial)").filter(
            has=page.locator(".cell_input pre")
        )
        self.scratch = self.cells.first  # nothing runs before it
        self.trial = page.locator("div.exercise + .mlm-trial").first

    def run_all(self) -> None:
        """Run the whole page, from a fresh one or again."""
        start = self.page.locator("[data-mlm-run-page] button")
        self.button("Run all" if start.count() == 0 else "Run this page").click()
        self.settle()

    def start(self) -> None:
        """Start Python by running the first cell, which has the imports."""
        self.cells.first.get_by_role("button", name="Run").first.press("Enter")
        self.settle()

    def wake(self) -> None:
        """Bring the page to life without Python, by opening an editor under an exercise."""
        self.page.locator("div.exercise + .mlm-start-trial").first.click()
        self.trial.locator(".cm-content").wait_for()

    def reset_cells(self) -> None:
        """Take back edits and outputs cell by cell; Python keeps what it knows."""
        self.settle()
        resets = self.page.locator(".mlm-cell-reset:visible")
        while resets.count():
            resets.first.press("Enter")

    def forgive(self, part: str) -> None:
        """Take from the list the trouble that a test made on purpose, by a part of its message."""
        self.wait(lambda: any(part in one for one in self.trouble))
        self.trouble[:] = [one for one in self.trouble if part not in one]

    def settle(self) -> None:
        """Wait until nothing runs, and nothing waits to run."""
        self.page.wait_for_selector(".mlm-dock", state="attached", timeout=LOADING)
        self.page.wait_for_function(
            """() => document.documentElement.dataset.mlmPython !== "starting"
              && !document.querySelector("[data-live=waiting], [data-live=running]")""",
            timeout=RUNNING,
        )
        assert not self.said().startswith("Python could not be loaded"), self.said()

    def button(self, name: str) -> Locator:
        """Return a button of the page by the words on it."""
        return self.page.get_by_role("button", name=name, exact=True)

    def type(self, code: str, cell: Locator | None = None) -> Locator:
        """Replace the text of a cell, the first one by default; returns the cell."""
        cell = cell or self.scratch
        editor = cell.locator(".cm-content")
        if editor.count() == 0:
            cell.locator(".mlm-cell-edit").click()
            editor.wait_for()
        editor.focus()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(code)
        return cell

    def begin(self, code: str, cell: Locator | None = None) -> Locator:
        """Start to run code in a cell; returns the cell."""
        cell = self.type(code, cell)
        cell.locator(".mlm-cell-run").press("Enter")
        return cell

    def try_(self, code: str, cell: Locator | None = None) -> list[dict[str, Any]]:
        """Run code in a cell and return what it shows."""
        cell = self.begin(code, cell)
        self.settle()
        return self.shown(cell)

    def kinds(self, code: str) -> list[str]:
        """Run code and return of which kinds its outputs are, in their order."""
        return [one["kind"] for one in self.try_(code)]

    def text(self, code: str) -> str:
        """Run code and return the text that it shows."""
        return "\n".join(one.get("text", "") for one in self.try_(code))

    def stop(self, code: str) -> list[dict[str, Any]]:
        """Run code, press Stop when the cell shows the first of it, and return all it shows."""
        cell = self.begin(code)
        cell.locator(".mlm-live-output pre").first.wait_for(timeout=LOADING)
        assert self.state == "busy"
        self.button("Stop").press("Enter")
        self.settle()
        return self.shown(cell)

    @property
    def state(self) -> str:
        """Where Python stands: off, starting, ready or busy."""
        return str(self.page.evaluate("document.documentElement.dataset.mlmPython"))

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


Open = Callable[..., LivePage]


@contextmanager
def opening(browser: Browser, base: str) -> Iterator[Open]:
    """Open pages with code in fresh profiles; at the end nothing may have gone wrong on them."""
    opened = []

    def open_page(address: str = CHAPTER, *, width: int = 1280, **options) -> LivePage:
        context = profile(browser, width, **options)
        context.add_init_script(LISTEN)
        page = context.new_page()
        live = LivePage(page, Trouble(page).found)
        opened.append((context, live))
        page.goto(base + address, wait_until="load")
        return live

    yield open_page
    trouble = [problem for _, live in opened for problem in live.trouble]
    for context, _ in opened:
        context.close()
    assert trouble == []
