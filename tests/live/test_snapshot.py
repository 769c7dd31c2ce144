"""Python's memory after its start, kept by the browser: a later visit goes on from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from building import SITE
from kept_site import keys, open_page, wait_for
from live_page import CHAPTER, LivePage
from live_server import LiveServer
from playwright.sync_api import Browser, BrowserContext, Page
from site_fixtures import Trouble, profile

pytestmark = pytest.mark.xdist_group("snapshot")

MAKING = 60_000  # milliseconds, with the pause before it, on a busy machine
EARLY = "import sys; print('narwhals' in sys.modules)"  # no start imports it, the snapshot has it
SNAPSHOTS = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith("mlm-python:")) continue;
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      const kept = await cache.match(url);
      const mine = kept.headers.get("Mlm-Browser") === navigator.userAgent;
      found.push({ url, mine, size: (await kept.arrayBuffer()).byteLength });
    }
  }
  return found;
}"""
# Make the snapshot one of another interpreter, whose memory is laid out in another way, or browser.
REPLACE = """async (what) => {
  const [name] = (await caches.keys()).filter((one) => one.startsWith("mlm-python:"));
  const cache = await caches.open(name);
  const [key] = await cache.keys();
  const kept = await cache.match(key);
  const headers = new Headers(kept.headers);
  const memory = new Uint8Array(await kept.arrayBuffer());
  if (what === "interpreter") memory[16] ^= 1; // its name begins there
  else headers.set("Mlm-Browser", "Another/1.0");
  await cache.put(key, new Response(memory, { headers }));
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    made = LiveServer(SITE)
    yield made
    if made.running:
        made.stop()


@pytest.fixture(scope="module")
def reader(chromium: Browser, server: LiveServer) -> Iterator[BrowserContext]:
    """Run a cell once, and pause until the snapshot is there."""
    context = profile(chromium)
    live = visit(context, server)
    assert live.try_(EARLY)[0]["text"] == "False\n"
    wait_for(live.page, keys(server.base, SITE, "pages", "python"))
    snapshot_of(live.page)
    leave(live)
    yield context
    context.close()


def visit(context: BrowserContext, server: LiveServer) -> LivePage:
    page = open_page(context, server.base + CHAPTER)
    live = LivePage(page, Trouble(page).found)
    live.wake()
    return live


def leave(live: LivePage) -> None:
    """Close a page; what was typed on it is not found by a later visit."""
    live.reset_cells()
    live.page.close()


def snapshot_of(page: Page) -> str:
    """Wait for a whole snapshot of this browser, and no other; return its key."""
    for _ in range(MAKING // 500):
        found = page.evaluate(SNAPSHOTS)
        if [one for one in found if one["mine"] and one["size"] > 30e6]:
            (one,) = found
            return str(one["url"])
        page.wait_for_timeout(500)
    raise AssertionError(f"there is no snapshot of this browser: {found}")


@pytest.fixture
def live(reader: BrowserContext, server: LiveServer) -> Iterator[LivePage]:
    opened = visit(reader, server)
    yield opened
    leave(opened)
    assert opened.trouble == []


def test_it_is_of_this_build(live):
    (scripts,) = (SITE / "_static").glob("live-*")
    assert f"/_static/{scripts.name}/snapshot?" in snapshot_of(live.page)


def test_a_later_start_goes_on_from_it(live):
    assert live.try_(EARLY) == [{"kind": "stdout", "text": "True\n"}]


def test_python_is_as_after_any_start(live):
    (shown,) = live.try_("1 / 0")
    assert shown["kind"] == "error"
    assert "In[1], line 1" in shown["text"]  # it is the first cell
    assert shown["text"].rstrip().endswith("ZeroDivisionError: division by zero")
    code = "import os, js; print(os.environ['HOME'], os.getcwd(), js.location.pathname[-10:])"
    assert live.text(code) == "/home/pyodide /home/pyodide /worker.js\n"


def test_files_of_what_it_imported_are_there(live):
    # A module that reads a file of its package, one that nothing has imported, and a source.
    code = """\
from dateutil.zoneinfo import get_zonefile_instance
import IPython.lib.display, narwhals.testing
import inspect, inpage.shell
print(len(get_zonefile_instance().zones) > 100, "def run" in inspect.getsource(inpage.shell))
"""
    assert live.try_(code) == [{"kind": "stdout", "text": "True True\n"}]


def test_a_cell_without_imports_finds_them_too(live):
    assert live.try_("1") == [{"kind": "text", "text": "1"}]
    code = """
site = __import__("sys").modules["dateutil"].__path__[0]
print(__import__("sys").modules["os"].path.exists(site + "/zoneinfo/dateutil-zoneinfo.tar.gz"))
"""
    assert live.try_(code) == [{"kind": "stdout", "text": "True\n"}]


def test_numbers_are_random_and_the_clock_is_new(reader, server):
    drawn = set()
    for _ in range(2):
        live = visit(reader, server)
        code = "print(random.random(), uuid.uuid4(), time.monotonic() < 600)"
        one, other, early = live.text(f"import random, uuid, time\n{code}").split()
        assert early == "True"
        drawn |= {one, other}
        leave(live)
    assert len(drawn) == 4


def test_printed_lines_come_at_once(live):
    """The clock of the snapshot was another one; what is printed does not wait for it."""
    code = """\
import time
for i in range(9):
    print(i, end=" ")
    time.sleep(0.2)
time.sleep(30)
"""
    assert live.stop(code)[0]["text"].startswith("0 ")


def test_the_whole_chapter_runs_without_a_network(reader, server):
    live = visit(reader, server)
    server.stop()
    live.button("Run all").click()
    live.settle()
    done = live.page.locator("[data-live=done]").count()
    assert done == live.cells.count()
    leave(live)
    server.start()


@pytest.mark.parametrize("of", ["interpreter", "browser"])
def test_one_of_another_is_replaced(live, of):
    live.page.evaluate(REPLACE, of)
    assert live.try_(EARLY)[0]["text"] == "False\n"
    snapshot_of(live.page)
