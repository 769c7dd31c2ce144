"""Run the package's tests under the Python of the pages: python tests/wasm/run.py [OPTIONS].

Node starts the assembled runtime (``_build/runtime``), twice, and each runs a half of the test
files on the wheels that pages get; options go to pytest. The last line counts both.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "web" / "runtime"), str(ROOT / "book" / "_ext")]

import assets  # noqa: E402
from pins import read_pins  # noqa: E402
from sources import SourceError, Sources  # noqa: E402

RUNTIME = ROOT / "_build" / "runtime"
CACHE = ROOT / "_build" / ".cache" / "runtime"
PARTS = 2
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def testing_packages(into: Path) -> None:
    """Unpack pytest and what else the tests need into a folder.

    Raises
    ------
    SourceError
        A wheel could not be had.
    """
    pins = read_pins()
    sources = Sources(pins, CACHE / "downloads")
    shutil.rmtree(into, ignore_errors=True)
    for wheel in pins.testing:
        file = sources.wheel(f"{wheel.name}=={wheel.version}", wheel.file, wheel.sha256)
        with zipfile.ZipFile(file) as archive:
            archive.extractall(into)


class Part:
    """One Node with a part of the tests; prints what it says, line by line."""

    def __init__(self, number: int, packages: Path, options: list[str]) -> None:
        script = Path(__file__).with_name("run.mjs")
        self.process = subprocess.Popen(
            [assets.node(), script, RUNTIME, ROOT, packages, f"{number}/{PARTS}", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        self.last = ""
        self.thread = threading.Thread(target=self._follow)
        self.thread.start()

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.last = line.strip() or self.last
            print(line, end="", flush=True)

    def counts(self) -> Counter[str]:
        """Wait for the end and return what was counted; a crash counts as a failure."""
        self.thread.join()
        counts: Counter[str] = Counter()
        for number, kind in COUNT.findall(self.last):
            counts["failed" if kind.startswith("error") else kind] += int(number)
        if self.process.wait() and not counts["failed"]:
            counts["failed"] = 1
        return counts


def main(options: list[str]) -> int:
    """Run all parts at once."""
    if not (RUNTIME / "pyodide.mjs").exists():
        print("there is no runtime to test; run make test-wasm, which assembles it")
        return 1
    packages = CACHE / "testing"
    try:
        testing_packages(packages)
    except SourceError as error:
        print(error)
        return 1
    parts = [Part(number, packages, options) for number in range(PARTS)]
    total = sum((part.counts() for part in parts), Counter())
    print(", ".join(f"{total[kind]} {kind}" for kind in ("passed", "failed", "skipped")))
    return int(total["failed"] > 0 or not total["passed"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
