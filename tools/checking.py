"""`make test`: every check, fast to slow, each under a heading and callable alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import building
import environment
from browser import find_browser
from setting_up import (
    ROOT,
    StepError,
    newest_ready,
    say,
    without_colors,
)

COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")
NODE_COUNT = re.compile(r"^# (pass|fail|cancelled|skipped) (\d+)$", re.MULTILINE)
CODE = ["mlmbook", "tests", "tools", "book", "benchmarks"]
WORDS = ["mlmbook", "tests", "tools", "book", "web", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"]


KINDS = ("passed", "failed", "skipped")
AWAY = [
    "--ignore=tests/site",
    "--ignore=tests/live",
    "--ignore=tests/firefox",
    "--ignore=tests/notebooks",
]  # steps of their own

# Tests of the book's own machinery, which runs on its pins only.
OF_THE_BOOK = [
    "--ignore=tests/test_book_notebooks.py",
    "--ignore=tests/test_explore_host.py",
    "--ignore=tests/test_pages.py",
]


@dataclass(frozen=True)
class Result:
    """What a step counted."""

    passed: int
    failed: int
    skipped: int = 0


def lint(python: Path) -> Result:
    """Check style and spelling."""
    ruff = [python, "-m", "ruff"]
    return _sum(
        _one([*ruff, "check", *_there(CODE)]),
        _one([*ruff, "format", "--check", *_there(CODE)]),
        _one([python, "-m", "codespell_lib", *_there(WORDS)]),
    )


def types(python: Path) -> Result:
    """Check the types of the package."""
    return _one([python, "-m", "mypy"])


def package(python: Path) -> Result:
    """Test the package against R, closed forms, properties and bad input."""
    _front_end()  # once, before two processes ask for it
    return _pytest(python, ["tests", *AWAY, "-n", "2"])


def hygiene(python: Path) -> Result:
    """Inspect chapters as they are stored."""
    return _pytest(python, ["tests/notebooks", "--ignore-glob=*solutions*"])


def solutions(python: Path) -> Result:
    """Recompute every exercise, check and number in prose."""
    return _pytest(python, ["tests/notebooks", "-k", "solutions", "--ignore-glob=*hygiene*"])


def player(python: Path) -> Result:
    """Test the scripts of the pages in Node."""
    files = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests" / "web").glob("*.test.*js"))
    done = _show([_front_end(), "--test", "--test-reporter=tap", *files])
    counts = {name: int(number) for name, number in NODE_COUNT.findall(done.stdout)}
    failed = counts.get("fail", 0) + counts.get("cancelled", 0)
    failed = max(failed, int(done.returncode != 0))
    return Result(counts.get("pass", 0), failed, counts.get("skipped", 0))


def nbval(python: Path) -> Result:
    """Run every cell of every chapter again and compare with what is stored."""
    options = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"]
    options += ["--nbval-sanitize-with", "tests/notebooks/nbval.cfg", "-p", "no:cacheprovider"]
    return _pytest(
        python,
        ["book", *options, "-n", "2", "--dist", "loadscope"],
        environment.deterministic_environment(),
    )


def book(python: Path) -> Result:
    """Build the site without a single warning."""
    try:
        building.build(python)
    except StepError as error:
        say(str(error))
        return Result(0, 1)
    return Result(1, 0)


def wasm(python: Path) -> Result:
    """Test the package under the Python of the pages, in Node."""
    building.assemble(python)
    return _counted(_show([python, "tests/wasm/run.py"]))


def site(python: Path) -> Result:
    """Use the built site in a browser."""
    if book(python).failed:
        return Result(0, 1)
    find_browser()  # once, before two processes ask for it
    return _pytest(python, ["tests/site", "-n", "2"])


def live(python: Path) -> Result:
    """Run every chapter in the page."""
    if book(python).failed:
        return Result(0, 1)
    find_browser()
    # A group is a file whose tests share one page.
    return _pytest(python, ["tests/live", "-n", "2", "--dist", "loadgroup"])


def firefox(python: Path) -> Result:
    """Run a chapter in Firefox."""
    if book(python).failed:
        return Result(0, 1)
    return _pytest(python, ["tests/firefox"])


def newest(python: Path) -> Result:
    """Test the package with the newest versions of everything it stands on."""
    return _pytest(newest_ready(), ["tests", *AWAY, *OF_THE_BOOK, "-n", "2"])


STEPS: dict[str, Callable[[Path], Result]] = {
    step.__name__: step
    for step in (
        lint,
        types,
        package,
        hygiene,
        solutions,
        player,
        nbval,
        book,
        wasm,
        site,
        live,
        firefox,
    )
}
ALONE = {
    "newest": newest
}  # not part of `make test`: tomorrow's release is no fault of today's code


def check(name: str) -> int:
    """Run one step, or all of them; the last line counts what passed and what failed."""
    known = STEPS | ALONE
    if name and name not in known:
        raise StepError(f"there is no step {name!r}; choose from test-{', test-'.join(known)}")
    python = Path(sys.executable)
    total = Result(0, 0)
    failures = []
    start = time.monotonic()
    for step in [name] if name else STEPS:
        began = time.monotonic()
        say(f"\n━━ {step}: {known[step].__doc__}")
        try:
            result = known[step](python)
        except StepError as error:
            say(str(error))
            result = Result(0, 1)
        say(f"━━ {step}: {result.passed} passed, {result.failed} failed, {_since(began)}")
        total = _sum(total, result)
        failures += [step] if result.failed else []
    if failures:
        say(f"\nFailed: {', '.join(failures)}. One step alone: make test-{failures[0]}")
    say(f"\nTook {_since(start)}")
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    say(f"{total.passed} passed, {total.failed} failed{skipped}")
    return 1 if total.failed else 0


def _front_end() -> str:
    """Have what npm brings, which tests read and scripts of the page import; return Node."""
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    from assets import AssetError, node, node_modules

    try:
        node_modules()
        return node()
    except AssetError as error:
        raise StepError(str(error)) from None


def _since(start: float) -> str:
    return f"{time.monotonic() - start:.0f} s"


def _sum(*results: Result) -> Result:
    return Result(*(sum(getattr(r, kind) for r in results) for kind in KINDS))


def _there(names: list[str]) -> list[str]:
    return [name for name in names if (ROOT / name).exists()]


def _one(command: list[str | Path]) -> Result:
    ok = _show(command).returncode == 0
    return Result(int(ok), int(not ok))


def _pytest(python: Path, arguments: list[str], env: dict[str, str] | None = None) -> Result:
    env = env or {**without_colors(), "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    return _counted(_show([python, "-m", "pytest", "-q", "--no-header", *arguments], env))


def _counted(done: subprocess.CompletedProcess[str]) -> Result:
    """Read what pytest counted from its last line."""
    last = done.stdout.strip().splitlines()[-1:] or [""]
    counts = {kind.rstrip("s"): int(number) for number, kind in COUNT.findall(last[0])}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    # A run that fails without a count (nothing collected, a crash) has failed all the same.
    failed = max(failed, int(done.returncode != 0))
    return Result(counts.get("passed", 0), failed, counts.get("skipped", 0))


def _show(
    command: list[str | Path], env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, showing its output as it comes and keeping it."""
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=env or {**os.environ, **without_colors()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    with process:
        for line in process.stdout:
            lines.append(line)
            sys.stdout.write(line)
            sys.stdout.flush()
    return subprocess.CompletedProcess(command, process.returncode, "".join(lines), "")


if __name__ == "__main__":
    try:
        sys.exit(check(sys.argv[1]))
    except StepError as error:
        sys.exit(f"make test: {error}")
    except KeyboardInterrupt:
        sys.exit("\nmake test: stopped")
