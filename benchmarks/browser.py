"""Measure Python in the page: ``python -m benchmarks.browser``, after ``make book``.

Fits are timed in this process and in a worker of Chromium on the built site, by the same code, and
their answers compared. Then chapters are run as a reader runs them: from a press on "Run this page"
to the first output, on a first visit (nothing kept, everything fetched from this machine) and on a
later one (the browser was closed meanwhile; it has kept the site, and Python's memory), to the end
of the chapter, and the bytes that the first output needed. Writes ``browser.json``, from which
``python -m benchmarks.pages`` makes the section "In the page". On a machine that does something
else meanwhile the seconds mean little.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: the page has one thread

import argparse
import functools
import json
import platform
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlmbook as mlm

from . import browser_tables, systems
from .cases import CASES
from .pages import IN_PAGE

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import building
import serving
from browser import open_browser, open_profile
from playwright.sync_api import BrowserContext

HERE = Path(__file__).parent
FITS = (
    "sleepstudy, slopes",
    "hsb82, intercept",
    "hsb82, slopes, cross-level",
    "exam, slopes",
    "penicillin, crossed",
)
"""Those whose data the package brings along."""
CHAPTERS = ("04", "07", "08")
LONGEST = 300_000
"""Milliseconds that anything may take."""

# In the page: the modules of this folder that time a fit, then one case.
FIT = """
import json, os
os.makedirs("benchmarks", exist_ok=True)
for name, source in {sources!r}.items():
    open(f"benchmarks/{{name}}", "w").write(source)
from benchmarks.cases import CASES
from benchmarks.systems import mlmbook
case = next(case for case in CASES if case.name == {name!r})
print(json.dumps(mlmbook(case, case.data(), {repeats})))
"""
# The workers as the pages begin them, without the page around them.
RUN = """async ({ code, modules }) => {
  const script = document.querySelector("script[data-runtime]");
  const root = new URL(document.documentElement.dataset.content_root, location.href);
  const base = new URL(script.dataset.runtime, root).href;
  const begin = (name) => new Worker(new URL(name, script.src), { type: "module" });
  const [worker, fetcher] = ["worker.js", "fetcher.js"].map(begin);
  const { port1, port2 } = new MessageChannel();
  fetcher.postMessage({ asker: port1 }, [port1]);
  let said = "";
  try {
    return await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message || "the worker stopped"));
      worker.onmessage = ({ data }) => {
        if (data.kind === "output") said += data.content.text ?? JSON.stringify(data.content);
        if (data.kind === "failed") reject(new Error(data.reason));
        if (data.kind === "done") data.ok ? resolve(said) : reject(new Error(said));
      };
      const { lock } = script.dataset;
      const boot = { kind: "boot", base, lock, modules, interrupt: null, fetcher: port2 };
      worker.postMessage(boot, [port2]);
      worker.postMessage({ kind: "run", id: 1, code, modules });
    });
  } finally {
    worker.terminate();
    fetcher.terminate();
  }
}"""
# The moments of a run, from the press on: Python is ready, a first output shows, all has run.
WATCH = """
window.mlmMoments = {};
const mark = (name) => (window.mlmMoments[name] ??= performance.now() - window.mlmPressed);
new MutationObserver(() => {
  if (document.querySelector(".mlm-live-output > *")) mark("first");
  const { mlmPython } = document.documentElement.dataset;
  if (mlmPython === "ready" || mlmPython === "busy") mark("ready");
  const some = (...states) =>
    document.querySelector(states.map((state) => `[data-live=${state}]`).join());
  if (mlmPython === "ready" && some("done") && !some("waiting", "running")) mark("whole");
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
# Python's memory is kept for the next start.
KEPT = """async () => {
  const [name] = (await caches.keys()).filter((one) => one.startsWith("mlm-python:"));
  return name && (await (await caches.open(name)).keys()).length > 0;
}"""
PRESS = """() => {
  window.mlmPressed = performance.now();
  document.querySelector("[data-mlm-run-page] button").click();
}"""


class Site:
    """The built site on a server that counts what it sends."""

    def __init__(self) -> None:
        self.sent = 0
        site = self

        class Counting(serving.Handler):
            def setup(self) -> None:
                super().setup()
                write = self.wfile.write

                def counted(data: Any) -> int:
                    site.sent += len(data)
                    return write(data)

                self.wfile.write = counted  # type: ignore[method-assign]

        handler = functools.partial(Counting, directory=str(building.SITE))
        self.server = serving.Server(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}{serving.PREFIX}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settle(self) -> None:
        """Wait until nothing has been sent for a second."""
        before = -1
        while before != self.sent:
            before = self.sent
            time.sleep(1)


@contextmanager
def reader(folder: Path) -> Iterator[BrowserContext]:
    """Give the browser of a reader, who has visited what the folder remembers."""
    with open_profile(folder) as context:
        context.set_default_timeout(LONGEST)
        context.add_init_script(WATCH)
        yield context


@contextmanager
def new_folder() -> Iterator[Path]:
    """Give a folder that remembers nothing."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def fits(site: Site, repeats: int) -> dict[str, dict[str, Any]]:
    """Time fits here and in the page."""
    names = ("__init__.py", "cases.py", "systems.py", "timing.py")
    sources = {name: (HERE / name).read_text("utf-8") for name in names}
    results = {}
    for case in (case for case in CASES if case.name in FITS):
        print(case.name, flush=True)
        native = systems.mlmbook(case, case.data(), repeats)
        code = FIT.format(sources=sources, name=case.name, repeats=repeats)
        results[case.name] = {"native": native, "page": in_page(site, code)}
    return results


def in_page(site: Site, code: str) -> dict[str, Any]:
    """Return what a case gives in a worker of a fresh page, or why it gives nothing."""
    modules = ["mlmbook", "numpy", "pandas", "scipy", "formulaic"]
    with new_folder() as folder, reader(folder) as context:
        page = context.new_page()
        page.goto(site.base + chapter("07"))
        try:
            answer: dict[str, Any] = json.loads(
                page.evaluate(RUN, {"code": code, "modules": modules})
            )
        except Exception as error:
            return {"missing": f"failed: {str(error).strip().splitlines()[0]}"}
    return answer


def chapter(number: str) -> str:
    """Return the address of a chapter on the site."""
    (found,) = (building.SITE / "book" / "chapters").glob(f"{number}-*.html")
    return found.relative_to(building.SITE).as_posix()


def chapters(site: Site, visits: int) -> dict[str, dict[str, list[Any]]]:
    """Run chapters on first visits and on later ones, between which the browser was closed."""
    results: dict[str, dict[str, list[Any]]] = {}
    for number in CHAPTERS:
        address = chapter(number)
        print(address, flush=True)
        cold, warm = [], []
        for _ in range(visits):
            with new_folder() as folder:
                with reader(folder) as context:
                    cold.append(visit(context, site, address, until=KEPT))
                with reader(folder) as context:
                    warm.append(visit(context, site, address))
        results[number] = {"cold": cold, "warm": warm}
    return results


def visit(
    context: BrowserContext, site: Site, address: str, until: str | None = None
) -> dict[str, float]:
    """Run a chapter; return seconds from the press on, and bytes sent until the first output.

    The page is left when something holds on it, `until`, and nothing is sent any more.
    """
    page = context.new_page()
    page.goto(site.base + address, wait_until="networkidle")
    site.settle()  # the service worker keeps all pages, whether or not one is run
    before = site.sent
    page.evaluate(PRESS)
    page.wait_for_function("() => mlmMoments.first", polling=50)
    weight = site.sent - before
    page.wait_for_function("() => mlmMoments.whole", polling=200)
    moments = page.evaluate("() => mlmMoments")
    while until and not page.evaluate(until):
        page.wait_for_timeout(500)
    site.settle()  # and what was fetched is kept
    page.close()
    return {name: moments[name] / 1000 for name in ("ready", "first", "whole")} | {"bytes": weight}


def machine() -> str:
    """Describe the processor and the system."""
    lines = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (lines.read_text().splitlines() if lines.exists() else [])
        if line.startswith("model name")
    ]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} processors"


def main() -> None:
    """Read the options, measure, and write ``browser.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20, help="of a fit")
    parser.add_argument("--visits", type=int, default=5, help="of each kind, for each chapter")
    options = parser.parse_args()
    if not (building.SITE / "runtime" / "pyodide.mjs").exists():
        parser.error("the site has no Python in its pages; run make book")
    site = Site()
    with open_browser() as browser:
        chromium = browser.version
    outcome = {
        "versions": {"mlmbook": mlm.__version__}
        | {name: version(name) for name in ("numpy", "scipy", "pandas")}
        | {"Python": platform.python_version(), "Chromium": chromium},
        "machine": machine(),
        "fits": fits(site, options.repeats),
        "chapters": chapters(site, options.visits),
    }
    IN_PAGE.write_text(json.dumps(outcome, indent=1) + "\n")
    print(browser_tables.fits(outcome), browser_tables.chapters(outcome), sep="\n\n")


if __name__ == "__main__":
    main()
