"""A reader's own cells, browsers that keep nothing, and code that asks other sites."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest
from live_page import CHAPTER

pytestmark = pytest.mark.xdist_group("reader")


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another site that lets everybody read, and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            for name in ("Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy"):
                self.send_header(name, "*" if "Allow" in name else "cross-origin")
            self.end_headers()
            self.wfile.write(b"a,b\n1,2\n")

        def log_message(self, *_: object) -> None:
            """Be silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/data.csv", asked
    server.shutdown()
    server.server_close()


def test_python_asks_no_other_site(live, elsewhere):
    address, asked = elsewhere
    ways = [
        f"import pyodide.http\nawait pyodide.http.pyfetch({address!r})",
        f"import pyodide.http\npyodide.http.open_url({address!r})",
        f"import pandas as pd\npd.read_csv({address!r})",
        f"import js\nawait js.fetch({address!r})",
        "import js\njs.WebSocket.new('ws://127.0.0.1:1/')",
    ]
    for code in ways:
        shown = live.try_(code)
        assert [one["kind"] for one in shown] == ["error"], code
        if "WebSocket" not in code and "read_csv" not in code:
            assert "this page asks no other site" in shown[0]["text"], code
    assert asked == []


def test_powers_are_computed_without_other_processes(live):
    code = (
        "import mlmbook as mlm\n"
        "p = mlm.power('y ~ x + (1 | group)', test='x', world={'beta1': 1.0},\n"
        "              ngroups=8, size=5, n=4, n_jobs=2, rng=1, progress=False)\n"
        "print(len(p))"
    )
    assert live.try_(code)[-1] == {"kind": "stdout", "text": "1\n"}


def test_own_cells_come_along_and_are_reset(open_live):
    live = open_live()
    live.button("Try it here").first.click()
    live.trial.locator(".cm-content").wait_for()
    live.type("'under the exercise'", live.trial)
    with live.page.expect_download() as download:
        live.button("Download as notebook").click()
    cells = json.loads(download.value.path().read_text("utf-8"))["cells"]
    (at,) = [i for i, cell in enumerate(cells) if cell["source"] == "'under the exercise'"]
    assert "Exercise 7.1" in "".join(cells[at - 1]["source"])
    live.button("Reset page").click()
    live.wait(lambda: live.said() == "The page is as it was.")
    assert live.trial.locator(".cm-content").count() == 0


def test_a_browser_that_keeps_nothing(broken, base):
    live = broken  # the theme's own scripts complain of it too
    live.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() {"
        " throw new DOMException('nothing is kept here', 'SecurityError'); }})"
    )
    live.page.goto(base + CHAPTER)
    live.start()
    live.wait(lambda: live.said() == "Cell 1 ran.", 60)
    live.type("1 + 1")
    assert "does not keep your edits" in live.said()


def test_the_rule_of_the_worker_holds_for_imports_too(open_live, elsewhere):
    address, asked = elsewhere
    live = open_live()
    live.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    live.page.reload()
    live.page.wait_for_function("() => navigator.serviceWorker.controller")
    live.start()
    code = f"from pyodide.code import run_js\nawait run_js('import(\"{address}\")')"
    assert live.try_(code)[0]["kind"] == "error"
    assert asked == []
    live.forgive("csp")  # the browser says that it refused the import
