"""A chapter that runs in Firefox: its numbers, and Stop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from assets import node
from browser import find_firefox
from live_page import CHAPTER
from setting_up import ROOT, StepError
from site_fixtures import base

__all__ = ["base"]

HERE = Path(__file__).parent
DRIVER = ROOT / "_build" / ".cache" / "firefox"


@pytest.fixture(scope="module")
def seen(base: str) -> dict[str, Any]:
    """Return what the chapter did in Firefox."""
    try:
        firefox = find_firefox()
    except StepError as error:
        pytest.skip(f"no Firefox here, and none could be installed: {error}")
    program = Path(node())
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    DRIVER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "chapter.mjs"):
        shutil.copyfile(HERE / name, DRIVER / name)
    install = [program.parent / "npm", "ci", "--ignore-scripts", "--no-progress"]
    subprocess.run(install, check=True, capture_output=True, cwd=DRIVER, env=environment)
    done = subprocess.run(
        [program, "chapter.mjs", firefox.program, base + CHAPTER],
        capture_output=True,
        text=True,
        cwd=DRIVER,
        env=environment,
        timeout=420,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_every_cell_gives_what_is_printed(seen):
    assert len(seen["cells"]) > 20
    assert {cell["state"] for cell in seen["cells"]} == {"done"}
    plain = [cell for cell in seen["cells"] if cell["stored"]]
    assert len(plain) > 8
    for cell in plain:
        assert cell["live"] == cell["stored"]


def test_stop_ends_a_loop(seen):
    assert seen["isolated"]
    assert "KeyboardInterrupt" in seen["stopped"]


def test_a_later_start_goes_on_from_the_first(seen):
    assert seen["later"] == "done"
    assert seen["went"].split() == ["True", "7"], seen["said"]


def test_nothing_is_asked_of_another_site(seen, base):
    own = base.removesuffix("mlmbook/")
    assert all(url.startswith((own, "data:", "blob:")) for url in seen["requests"])
