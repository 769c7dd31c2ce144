"""Measure what readers wait for: weight of pages, time until explorables live, time to redraw.

Timings depend on the machine, so they are printed here and not asserted in a test.
"""

from __future__ import annotations

import statistics

import serving
from browser import open_browser
from building import SITE
from playwright.sync_api import Browser

REDRAWS = 40
VISITS = 5
# The moment when the last widget of a page has gone live.
WATCH = """
addEventListener("DOMContentLoaded", () => (window.mlmReady = performance.now()));
new MutationObserver(() => {
  const live = document.querySelectorAll("[data-explorable], [data-question]").length;
  if (live > (window.mlmCount ?? 0)) [window.mlmCount, window.mlmLive] = [live, performance.now()];
}).observe(document, { childList: true, subtree: true });
"""
# The time from a control's event to the changed picture, drawn in the same task.
REDRAW = """(count) => {
  const times = [];
  for (const range of document.querySelectorAll("[data-explorable] input[type=range]")) {
    for (let i = 0; i < count; i++) {
      range.value = i % 2 ? range.min : range.max;
      const start = performance.now();
      range.dispatchEvent(new Event("input", { bubbles: true }));
      times.push(performance.now() - start);
    }
  }
  return times;
}"""


def main() -> None:
    """Print one line a page."""
    server = serving.start(SITE)
    base = f"http://127.0.0.1:{server.server_address[1]}{serving.PREFIX}/"
    pages = sorted(p.relative_to(SITE).as_posix() for p in (SITE / "book").rglob("*.html"))
    print(f"{'page':48} {'KB':>6} {'live ms':>8} {'redraw ms':>10} {'p95':>6}")
    with open_browser() as browser:
        for page in pages:
            kilobytes = weight(browser, base + page) / 1000
            print(f"{page:48} {kilobytes:6.0f} {timings(browser, base + page)}")
    server.shutdown()


def weight(browser: Browser, address: str) -> int:
    """Return the bytes that a first visit transfers."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes: list[int] = []
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    context.close()
    return sum(sizes)


def timings(browser: Browser, address: str) -> str:
    """Describe when explorables live after DOMContentLoaded, and how fast they redraw."""
    live = []
    redraws: list[float] = []
    for _ in range(VISITS):
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(address, wait_until="networkidle")
        if page.locator("[data-mlm-widget]").count() == 0:
            context.close()
            return ""
        live.append(page.evaluate("mlmLive - mlmReady"))
        skip = page.get_by_role("button", name="Skip the prediction")
        while skip.count():
            skip.first.click()
        redraws += page.evaluate(REDRAW, REDRAWS)
        context.close()
    if not redraws:
        return f"{statistics.median(live):8.0f}"
    fast = statistics.median(redraws)
    slow = statistics.quantiles(redraws, n=20)[-1]
    return f"{statistics.median(live):8.0f} {fast:10.2f} {slow:6.2f}"


if __name__ == "__main__":
    main()
