"""Execute and normalize chapters: the only way in which their outputs are made.

``execute`` runs each chapter in a fresh kernel and stores its outputs in normal form;
``execute --check`` runs it twice, writes nothing, and proves that the runs and the file agree;
``normalize`` rewrites stored chapters in normal form; ``check`` fails if that would change a byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from environment import CACHE, ROOT, deterministic_environment
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from normalize import normalized

BOOK = ROOT / "book"
STAMPS = CACHE / "notebooks.json"
CELL_SECONDS = 120
# Figures have twice the pixels that they are shown with: sharp on a phone, small on the wire.
SHARP = ["--InlineBackend.figure_formats={'retina'}"]


class ChapterError(Exception):
    """A chapter did not run, or is not what it claims to be; the message says which and why."""


def execute(path: Path) -> str:
    """Run a chapter in a fresh kernel and return its normal form.

    Raises
    ------
    ChapterError
        A cell raised, took too long, or the kernel died.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=SHARP,
    )
    try:
        client.execute(env=deterministic_environment())
    except CellExecutionError as error:
        raise ChapterError(f"{named(path)}: a cell raised {error.ename}.\n{error}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise ChapterError(f"{named(path)}: {error}") from None
    return normalized(notebook, path.stem)


def execute_and_store(path: Path) -> list[str]:
    """Execute a chapter and write it; returns nothing to complain of."""
    text = execute(path)
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8")
    return []


def execute_twice(path: Path) -> list[str]:
    """Compare two executions of a chapter and its stored form; return the differences."""
    first, second = execute(path), execute(path)
    stored = path.read_text(encoding="utf-8")
    return differences(first, second, "two runs differ") + differences(
        first, stored, "a run differs from what is stored"
    )


def differences(one: str, other: str, what: str) -> list[str]:
    """Name the first difference in text or widget tables; a figure that differs is only noted."""
    left, left_images = _split_images(json.loads(one))
    right, right_images = _split_images(json.loads(other))
    if left != right:
        for number, (a, b) in enumerate(zip(left, right, strict=False), start=1):
            if a != b:
                return [
                    f"{what}, first at line {number}:\n    {a.strip()[:200]}\n    {b.strip()[:200]}"
                ]
        return [f"{what} in length: {len(left)} lines and {len(right)} lines"]
    if left_images != right_images:
        print(f"  note: {what} in the bytes of a figure", file=sys.stderr)
    return []


def _split_images(notebook: dict) -> tuple[list[str], list[str]]:
    """Return the notebook's lines without its images, and the images."""
    images = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for kind in ("image/png", "image/jpeg"):
                if kind in output.get("data", {}):
                    images.append(output["data"].pop(kind))
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False).splitlines(), images


def normalize(path: Path) -> list[str]:
    """Rewrite a chapter in normal form without running it."""
    text = path.read_text(encoding="utf-8")
    normal = normalized(nbformat.reads(text, as_version=4), path.stem)
    if normal != text:
        path.write_text(normal, encoding="utf-8")
    return []


def check(path: Path) -> list[str]:
    """Say whether a chapter is stored in normal form."""
    text = path.read_text(encoding="utf-8")
    if normalized(nbformat.reads(text, as_version=4), path.stem) == text:
        return []
    return ["not in normal form; run `make notebooks`"]


def fingerprint(path: Path) -> str:
    """Hash what a chapter's outputs depend on: its cells, the package, the pinned versions."""
    digest = hashlib.sha256()
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        digest.update(json.dumps([cell["cell_type"], cell["source"], cell["metadata"]]).encode())
    package = sorted(
        p for p in (ROOT / "mlmbook").rglob("*") if p.is_file() and "__pycache__" not in p.parts
    )
    for file in [*package, ROOT / "requirements.txt", *sorted((ROOT / "tools").glob("n*.py"))]:
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def changed(paths: list[Path]) -> list[Path]:
    """Keep the chapters whose cells, package or versions changed since their last run here."""
    stamps = json.loads(STAMPS.read_text()) if STAMPS.exists() else {}
    return [path for path in paths if stamps.get(path.name) != fingerprint(path)]


def stamp(path: Path) -> None:
    """Remember that a chapter's outputs are up to date."""
    stamps = json.loads(STAMPS.read_text()) if STAMPS.exists() else {}
    stamps[path.name] = fingerprint(path)
    STAMPS.parent.mkdir(parents=True, exist_ok=True)
    STAMPS.write_text(json.dumps(stamps, indent=1, sort_keys=True))


def named(path: Path) -> str:
    """Name a file as a reader of the repository does."""
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def run(work: Callable[[Path], list[str]], paths: list[Path], jobs: int) -> list[Path]:
    """Do the work on each chapter, report as it goes, and return the chapters that passed."""
    passed = []
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for path, future in [(path, pool.submit(_timed, work, path)) for path in paths]:
            problems, seconds = future.result()
            print(
                f"  {named(path)} … {'failed' if problems else 'done'}, {seconds:.1f} s", flush=True
            )
            for problem in problems:
                print(f"    {problem}", file=sys.stderr)
            if not problems:
                passed.append(path)
    return passed


def _timed(work: Callable[[Path], list[str]], path: Path) -> tuple[list[str], float]:
    start = time.perf_counter()
    try:
        problems = work(path)
    except ChapterError as error:
        problems = [str(error)]
    return problems, time.perf_counter() - start


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="notebooks.py", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["execute", "normalize", "check"])
    parser.add_argument(
        "chapters", nargs="*", type=Path, help="notebooks (all chapters if none is named)"
    )
    parser.add_argument(
        "--check", action="store_true", help="execute twice, write nothing, compare"
    )
    parser.add_argument(
        "--changed", action="store_true", help="execute only what changed since the last time"
    )
    parser.add_argument("--jobs", type=int, default=2, help="chapters at a time (default 2)")
    options = parser.parse_intermixed_args(arguments)
    chapters = options.chapters or sorted(BOOK.rglob("*.ipynb"))
    if missing := [path for path in chapters if not path.is_file()]:
        parser.error(f"no such notebook: {', '.join(map(str, missing))}")
    if options.command == "execute":
        work = execute_twice if options.check else execute_and_store
        chapters = changed(chapters) if options.changed else chapters
    else:
        work = normalize if options.command == "normalize" else check
    if not chapters:
        print("  every chapter is up to date")
        return 0
    passed = run(work, chapters, options.jobs)
    if options.command == "execute" and not options.check:
        for path in passed:
            stamp(path)
    failed = len(chapters) - len(passed)
    print(f"{len(passed)} chapters passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
