"""A second build: what changed is fetched and nothing else, and never do two builds mix."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import offline
import pytest
import serving
from building import SITE
from kept_site import kept, keys, open_page, wait_for
from live_page import CHAPTER, LivePage
from live_server import LiveServer
from playwright.sync_api import Browser, BrowserContext, Page
from site_fixtures import profile

HOW_TO = "book/how-to-use.html"
SCRIPT = "_static/keep.js"
SNAPSHOTS = "mlm-python:/mlmbook/runtime/"  # where Python's memory is kept
NEW = "This sentence came with the second build."
ENDED = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  return !registration.installing && !registration.waiting;
}"""


class Build:
    """A copy of the site that can be changed as a second build would change it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(SITE, folder, copy_function=os.link)  # 90 MB, once on the disk
        self.finish()

    def change(self, path: str, old: str, new: str) -> str:
        """Replace a text of a file; returns the new text."""
        file = self.folder / path
        text = file.read_text("utf-8")
        assert old in text
        changed = text.replace(old, new)
        file.unlink()  # the site keeps its own
        file.write_text(changed, "utf-8")
        return changed

    def finish(self) -> None:
        """List the files, as every build does at its end."""
        for name in (offline.NAME, offline.LOST):
            (self.folder / name).unlink()
        offline.write(self.folder, f"{serving.PREFIX}/")


@pytest.fixture
def first(tmp_path: Path) -> Build:
    return Build(tmp_path / "first")


@pytest.fixture
def second(tmp_path: Path) -> Build:
    """One sentence of a chapter is new, and so is the script of one other page."""
    build = Build(tmp_path / "second")
    build.change(CHAPTER, "</h1>", f"</h1><p>{NEW}</p>")
    script = build.change(SCRIPT, "Keep everything", "Keep it all")
    (version,) = re.findall(r"keep\.js\?v=([0-9a-f]+)", (SITE / HOW_TO).read_text("utf-8"))
    build.change(HOW_TO, version, hashlib.sha256(script.encode()).hexdigest()[:8])
    build.finish()
    return build


@pytest.fixture
def server(first: Build) -> Iterator[LiveServer]:
    started = LiveServer(first.folder)
    yield started
    if started.running:
        started.stop()


@pytest.fixture
def reader(chromium: Browser) -> Iterator[BrowserContext]:
    context = profile(chromium)
    yield context
    context.close()


def put(server: LiveServer, build: Build) -> None:
    """Put another build where the first one was."""
    server.stop()
    server.folder = build.folder
    server.start()
    server.served.clear()


def path_of(address: str) -> str:
    return urlsplit(address).path.removeprefix(f"{serving.PREFIX}/")


def visit(reader: BrowserContext, address: str) -> Page:
    page = reader.new_page()
    page.goto(address, wait_until="load")
    return page


def test_changes_come_and_nothing_else(reader, server, first, second):
    live = LivePage(open_page(reader, server.base + CHAPTER))
    live.button("Try it here").first.press("Enter")  # Python itself is not needed to edit
    live.type("1 + 41")
    live.page.wait_for_timeout(1000)
    live.page.close()
    page = visit(reader, server.base + "book/index.html")
    before = keys(server.base, first.folder, "pages", "python")
    wait_for(page, before)
    assert kept(page) == before
    page.evaluate(f"caches.open('{SNAPSHOTS}')")
    page.close()

    put(server, second)
    page = reader.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(path_of(request.url)))
    page.goto(server.base + CHAPTER, wait_until="load")
    assert NEW in page.inner_text("article")
    after = keys(server.base, second.folder, "pages", "python")
    wait_for(page, after)
    LivePage(page).wait(lambda: page.evaluate(ENDED))
    LivePage(page).wait(lambda: kept(page) == after)  # what was of the first build is gone
    assert SNAPSHOTS not in page.evaluate("caches.keys()")
    fetched = {path_of(path) for path in server.served}
    unchanged = {path_of(key) for key in before & after}
    # Again comes only what the page that is visited asks of the network first.
    assert fetched & unchanged <= set(asked)
    assert {path for path in fetched if path.endswith((".html", ".whl"))} == {CHAPTER, HOW_TO}
    assert fetched >= {CHAPTER, HOW_TO, SCRIPT}

    assert page.locator(".cm-content, .mlm-trial", has_text="1 + 41").count() > 0
    server.stop()
    page.reload()
    assert NEW in page.inner_text("article")
    page.goto(server.base + HOW_TO)
    page.get_by_role("button", name="Keep it all").wait_for()
    page.goto(server.base + "book/back/glossary.html")
    assert page.locator("h1").inner_text().startswith("Glossary")


def test_a_build_whose_wish_to_take_over_was_let_pass_is_asked_again(reader, server, first, second):
    page = open_page(reader, server.base + CHAPTER)
    wait_for(page, keys(server.base, first.folder, "pages"))

    second.change(offline.NAME, ".then(() => self.skipWaiting())", "")
    put(server, second)
    page.reload()
    LivePage(page).wait(lambda: kept(page) == keys(server.base, second.folder, "pages"))


def test_an_update_that_fails_leaves_the_older_build_whole(reader, server, first, second):
    page = open_page(reader, server.base + CHAPTER)
    wait_for(page, keys(server.base, first.folder, "pages"))
    page.close()

    (second.folder / HOW_TO).unlink()  # it is still being put there
    put(server, second)
    page = visit(reader, server.base + CHAPTER)
    assert NEW in page.inner_text("article")
    LivePage(page).wait(lambda: any(HOW_TO in path for path in server.served))
    LivePage(page).wait(lambda: page.evaluate(ENDED))
    assert keys(server.base, first.folder, "pages") <= kept(page)
    server.stop()
    page.reload()
    assert NEW not in page.inner_text("article")
    page.goto(server.base + HOW_TO)
    page.get_by_role("button", name="Keep everything").wait_for()


def test_python_of_a_new_build_is_not_mixed_with_that_of_an_older_one(reader, server, tmp_path):
    """While the older build's worker still answers, a page of the new one runs its own Python."""
    page = open_page(reader, server.base + CHAPTER)
    page.evaluate(
        "navigator.serviceWorker.ready.then((it) => it.active.postMessage({ kind: 'keep-python' }))"
    )
    wait_for(page, keys(server.base, server.folder, "pages", "python"))
    page.close()

    newer = Build(tmp_path / "newer")
    newer.change("runtime/pyodide.mjs", "export", "\nexport")
    lock = newer.change("runtime/pyodide-lock.json", "{", "\n{")
    (old,) = re.findall(r'data-lock="([0-9a-f]+)"', (SITE / CHAPTER).read_text("utf-8"))
    newer.change(CHAPTER, old, hashlib.sha256(lock.encode()).hexdigest()[:12])
    (newer.folder / offline.NAME).unlink()
    put(server, newer)
    live = LivePage(visit(reader, server.base + CHAPTER))
    live.start()
    assert live.said() == "Cell 1 ran."
    served = {path_of(path) for path in server.served}
    assert "runtime/pyodide.mjs" in served
    assert not any("numpy" in path for path in served)  # this is the same in both
