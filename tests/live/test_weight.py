"""What a page costs: next to nothing before Run is pressed, and then what the chapter needs."""

from __future__ import annotations

import ast
import gzip
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import serving
from building import SITE
from live_page import CHAPTER
from pins import normalized
from site_pages import CHAPTERS

BEFORE_RUN = 5_000  # bytes that the buttons may take
FIRST_OUTPUT = 45_000_000
# Hosts compress these; wheels are compressed already, and go as they are.
COMPRESSED = serving.COMPRESSED | {".py"}
ALWAYS = {"ipython", "comm"}


def files(served: list[str]) -> list[Path]:
    """Return the files of the site that a server was asked for."""
    paths = {urlsplit(path).path.removeprefix(f"{serving.PREFIX}/") for path in served}
    return sorted(SITE / path for path in paths if (SITE / path).is_file())


def transferred(file: Path) -> int:
    content = file.read_bytes()
    return len(gzip.compress(content, 6)) if file.suffix in COMPRESSED else len(content)


def is_of_run(file: Path) -> bool:
    return file.parent.name.startswith("live-") or "live-" in file.parent.parent.name


def packages() -> dict[str, dict]:
    lock = json.loads((SITE / "runtime" / "pyodide-lock.json").read_text())
    return lock["packages"]


def imported(address: str) -> set[str]:
    """Return the packages that a chapter's code imports, with what they depend on."""
    notebook = Path(__file__).parents[2] / Path(address).with_suffix(".ipynb")
    cells = [cell for cell in json.loads(notebook.read_text())["cells"] if "outputs" in cell]
    modules = set()
    for cell in cells:
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add((node.module or "").partition(".")[0])
    known = packages()
    found = set()
    names = [
        *ALWAYS,
        *(name for name, entry in known.items() if modules & {*entry["imports"]}),
        "libopenblas",  # SciPy is linked with it
    ]
    while names:
        name = normalized(names.pop())
        if name not in found:
            found.add(name)
            names += known[name]["depends"]
    return found


def test_before_run_a_page_fetches_the_buttons_only(broken, server):
    server.served.clear()
    broken.page.goto(server.base + CHAPTER, wait_until="networkidle")
    broken.cells.first.locator(".mlm-start").wait_for(state="attached")
    fetched = files(server.served)
    assert [file for file in fetched if "runtime" in file.parts] == []
    of_run = [file for file in fetched if is_of_run(file)]
    assert {file.name for file in of_run} == {"start.js", "live.css"}
    assert sum(map(transferred, of_run)) < BEFORE_RUN


@pytest.mark.parametrize("address", CHAPTERS)
def test_the_first_output_needs_no_more_than_the_chapter_does(broken, server, address):
    broken.page.goto(server.base + address, wait_until="networkidle")
    server.served.clear()
    broken.start()
    assert broken.said() == "Cell 1 ran."
    fetched = files(server.served)
    sizes = {file: transferred(file) for file in fetched}
    stored = sum(file.stat().st_size for file in fetched)
    print(f"first output: {sum(sizes.values())} bytes compressed, {stored} as stored")
    assert sum(sizes.values()) <= FIRST_OUTPUT, sorted(
        ((size, file.name) for file, size in sizes.items()), reverse=True
    )[:10]
    by_file = {entry["file_name"]: name for name, entry in packages().items()}
    loaded = {by_file[file.name] for file in fetched if file.name in by_file}
    assert "numpy" in loaded
    assert loaded <= imported(address)


def test_the_list_of_packages_is_true():
    """What the page adds up while it loads are the sizes of the files that come."""
    for entry in packages().values():
        assert (SITE / "runtime" / entry["file_name"]).stat().st_size == entry["size"]
    served = {file.name for file in (SITE / "runtime").iterdir()}
    listed = {entry["file_name"] for entry in packages().values()}
    assert served - listed == {
        "pyodide-lock.json",
        "pyodide.asm.js",
        "pyodide.asm.wasm",
        "pyodide.mjs",
        "python_stdlib.zip",
    }
