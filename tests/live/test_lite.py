"""The full notebook: every chapter in JupyterLite, on the Python of the pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serving
from building import SITE
from lite_page import VIEW, LitePage, form
from playwright.sync_api import Browser

BOOK = Path(__file__).parents[2] / "book"
NOTEBOOKS = sorted([*BOOK.glob("chapters/*.ipynb"), BOOK / "index.ipynb"])
SHORT = "index.ipynb"

pytestmark = pytest.mark.skipif(
    not (SITE / "lite").exists(), reason="the site was built with LIVE=0"
)

Open = Callable[..., LitePage]


@pytest.fixture
def open_lite(chromium: Browser, base: str) -> Iterator[Open]:
    """Open a notebook in a fresh profile; at the end nothing may have gone wrong in it."""
    opened = []

    def open_page(name: str, *, at: str = base, **options) -> LitePage:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, **options)
        opened.append((context, LitePage(context, at, name)))
        return opened[-1][1]

    yield open_page
    trouble = [problem for _, lite in opened for problem in lite.trouble]
    for context, _ in opened:
        context.close()
    assert trouble == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_gives_what_is_stored(open_lite, path):
    lite = open_lite(path.name)
    lite.run_all()
    assert differences(lite, path) == []


def differences(lite: LitePage, path: Path) -> list[tuple]:
    """Compare what cells gave with what the book has; return what differs."""
    stored = [cell for cell in json.loads(path.read_text())["cells"] if "outputs" in cell]
    ran = lite.cells()
    assert [cell["source"] for cell in ran] == ["".join(cell["source"]) for cell in stored]
    pairs = [
        ([form(one) for one in was["outputs"]], [form(one) for one in now["outputs"]])
        for was, now in zip(stored, ran, strict=True)
    ]
    return [(number, *pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]]


def test_widgets_are_live_and_python_hears_them(open_lite):
    lite = open_lite(SHORT)
    made = lite.run("import mlmbook as mlm\ndial = mlm.explore.shrinkage_dial()\ndial")
    assert VIEW in made[-1]["data"]
    card = lite.page.locator("[data-explorable='shrinkage_dial']").last
    card.get_by_role("button", name="Skip the prediction").press("Enter")
    before = card.locator(".mlm-says").inner_text()
    card.locator("input[type=range]").first.press("ArrowLeft")
    lite.page.wait_for_timeout(500)
    assert card.locator(".mlm-says").inner_text() != before
    assert lite.run("print(dial.values['sd_u0'] < 3)")[0]["text"] == "True\n"


def test_interact_answers(open_lite):
    lite = open_lite(SHORT)
    lite.run("import ipywidgets\n@ipywidgets.interact(n=(0, 9))\ndef twice(n=4):\n    print(2 * n)")
    lite.page.locator(".jp-OutputArea-output", has_text="8").last.wait_for()
    lite.page.locator(".widget-slider .noUi-handle").last.press("ArrowRight")
    lite.page.locator(".jp-OutputArea-output", has_text="10").last.wait_for()


def test_a_file_of_ones_own_can_be_read(open_lite):
    lite = open_lite(SHORT)
    lite.start()
    assert lite.page.evaluate("crossOriginIsolated")
    lite.page.evaluate(
        """() => jupyterapp.serviceManager.contents.save("mine.csv",
             { type: "file", format: "text", content: "group,y\\na,1\\nb,3\\n" })"""
    )
    answer = lite.run("import pandas as pd\nprint(pd.read_csv('mine.csv')['y'].mean())")
    assert answer[0]["text"] == "2.0\n"


def test_runs_on_a_server_that_isolates_nothing(open_lite, monkeypatch):
    monkeypatch.setattr(serving, "ISOLATION", {})
    server = serving.start(SITE)
    address = f"http://127.0.0.1:{server.server_address[1]}{serving.PREFIX}/"
    lite = open_lite(SHORT, at=address, service_workers="block")
    assert not lite.page.evaluate("crossOriginIsolated")
    lite.run_all()
    assert differences(lite, BOOK / SHORT) == []
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("how", ["visited", "kept"])
def test_works_without_a_network(chromium, how):
    """After one visit that ran it; or, unseen before, after "keep everything"."""
    server = serving.start(SITE)
    address = f"http://127.0.0.1:{server.server_address[1]}{serving.PREFIX}/"
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}book/index.html")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    if how == "visited":
        visited = LitePage(context, address, SHORT)
        visited.run_all()
        visited.page.close()
    else:
        page.evaluate(KEEP_EVERYTHING)
    page.close()
    server.shutdown()
    server.server_close()
    lite = LitePage(context, address, SHORT)
    lite.run_all()
    assert differences(lite, BOOK / SHORT) == []
    assert lite.trouble == []
    context.close()


KEEP_EVERYTHING = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  await new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data.kind === "kept" && data.everything && data.done === data.of) resolve();
    });
    active.postMessage({ kind: "keep-everything" });
  });
}"""


def test_has_the_extensions_that_the_book_needs_and_no_others():
    settings = json.loads((SITE / "lite" / "jupyter-lite.json").read_text())["jupyter-config-data"]
    assert [one["name"] for one in settings["federated_extensions"]] == [
        "@jupyter-widgets/jupyterlab-manager",
        "@jupyterlite/pyodide-kernel-extension",
        "anywidget",
    ]


@pytest.mark.parametrize("app", ["", "notebooks/", "tree/", "edit/"])
def test_pages_may_load_nothing_from_elsewhere(app):
    text = (SITE / "lite" / f"{app}index.html").read_text("utf-8")
    policy = text.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "http" not in policy
    assert "script-src 'self' 'unsafe-inline'" not in policy
