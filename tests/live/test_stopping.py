"""Code that does not end by itself, or ends Python."""

from pathlib import Path

import pytest
from live_page import CHAPTER

pytestmark = pytest.mark.xdist_group("stopping")

ENDED = "Python was ended; what the cells had made is gone."


@pytest.mark.parametrize(
    "endless",
    [
        "while True: pass",
        "import time\ntime.sleep(1000)",
        "import asyncio\nawait asyncio.sleep(1000)",
        "while True: print('again')",
        "from IPython.display import clear_output\nwhile True: clear_output(); print('again')",
    ],
)
def test_stop_leaves_what_was_made(live, endless):
    shown = live.stop(f"made = 41\nprint('begun')\n{endless}")  # text stands before the code ends
    assert shown[-1]["kind"] == "error", shown
    assert "KeyboardInterrupt" in shown[-1]["text"] or "CancelledError" in shown[-1]["text"]
    assert live.state == "ready"
    assert live.text("made") == "41"


def test_a_stop_does_not_reach_the_next_run(live):
    live.stop("print('begun')\nwhile True: pass")
    # Longer than Stop is patient.
    assert live.text("import time\ntime.sleep(3.5)\n'done'") == "'done'"


def test_code_that_does_not_hear_is_ended(live):
    shown = live.stop(
        "import numpy as np\na = np.ones((3000, 3000))\nprint('begun')\nwhile True: a @ a"
    )
    assert shown[-1] == {"kind": "stderr", "text": f"{ENDED} The code did not hear Stop.\n"}
    assert live.state == "off"
    assert live.text("1 + 1") == "2"


def test_stop_while_python_starts(live):
    live.begin("1 + 1")
    live.settle()
    live.button("Restart Python").press("Enter")
    live.wait(lambda: live.state == "starting")
    live.button("Stop").press("Enter")
    live.wait(lambda: live.state == "off")
    assert live.text("1 + 1") == "2"


def test_restart_while_code_runs(live):
    live.begin("made = 1\nwhile True: pass")
    live.wait(lambda: live.state == "busy")
    live.button("Restart Python").press("Enter")
    live.wait(lambda: live.said() == "Python is ready, and knows nothing yet.", 60)
    assert "NameError" in live.text("made")
    # The page begins all workers and ends them; those that keep a snapshot may be there, too.
    names = ["fetcher.js", "worker.js"]
    live.wait(lambda: sorted(Path(one.url).name for one in live.page.workers) == names, 60)


def test_calls_without_end(live):
    assert "RecursionError" in live.text("def f(): f()\nf()")


def test_stop_where_memory_is_not_shared(open_live, base):
    # As on a first visit to a host that sends no headers of its own.
    def without_isolation(route):
        answer = route.fetch()
        kept = {k: v for k, v in answer.headers.items() if not k.startswith("cross-origin")}
        route.fulfill(response=answer, headers=kept)

    live = open_live("search.html", service_workers="block")
    live.page.route("**/*.html", without_isolation)
    live.page.goto(base + CHAPTER)
    assert live.page.evaluate("crossOriginIsolated") is False
    live.forgive("Service Worker registration blocked by Playwright")
    live.start()
    shown = live.stop("import asyncio\nmade = 3\nprint('begun')\nawait asyncio.sleep(1000)")
    assert shown[-1]["kind"] == "error", shown
    assert live.text("made") == "3"
    shown = live.stop("print('begun')\nwhile True: pass")
    assert shown[-1]["text"] == f"{ENDED} The code did not hear Stop.\n"
    assert live.text("1 + 1") == "2"
