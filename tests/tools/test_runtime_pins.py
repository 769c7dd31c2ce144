"""The Python of the page and the Python that made the book: the same versions."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from assets import node_modules
from packaging.requirements import Requirement
from pins import normalized, read_pins

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "web" / "node_modules" / "pyodide" / "pyodide-lock.json"
"""Pyodide's own list, which pins what Pyodide builds."""

LINE = re.compile(r"([\w.-]+)==([\w.]+)(?:; (python_version [<>=]+ \"[\d.]+\"))?")

# What cannot be the same, by name and condition, with the reason.
DIFFERENT = {
    ("matplotlib", 'python_version >= "3.13"'): "3.8.4, the page's, has no wheel for desktops there"
}
# What the numbers and the notebooks of the book rest on, and a page does without.
WITHOUT = {
    "ipykernel": "a page runs cells in IPython's shell itself",
    "nbclient": "executes notebooks when the book is made",
    "nbformat": "reads notebooks when the book is made",
    "threadpoolctl": "counts threads, of which a page has one",
}


@pytest.fixture(autouse=True, scope="module")
def front_end() -> None:
    """Have what npm brings: Pyodide's list is among it."""
    node_modules()


def required() -> list[tuple[str, str, str, str]]:
    """List what requirements.txt pins: the heading above it, name, version and condition."""
    found, heading = [], ""
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line.startswith("# "):
            heading = line.removeprefix("# ")
        elif match := LINE.match(line):
            name, version, condition = match.groups(default="")
            found.append((heading, normalized(name), version, condition))
    return found


def in_page() -> dict[str, str]:
    """Return the versions of the page's packages."""
    official = json.loads(LOCK.read_text())["packages"]
    known = {normalized(name): entry["version"] for name, entry in official.items()}
    pins = read_pins()
    versions = {name: known[name] for name in map(normalized, pins.packages)}
    return versions | {normalized(wheel.name): wheel.version for wheel in pins.wheels}


def test_versions_are_the_same():
    page = in_page()
    differences = {
        (name, condition): f"{version} and {page[name]}"
        for _, name, version, condition in required()
        if name in page and version != page[name]
    }
    assert differences.keys() == DIFFERENT.keys(), differences


def test_the_page_has_what_the_numbers_and_notebooks_need():
    needed = {name for part, name, *_ in required() if part in ("the numbers", "the notebooks")}
    assert needed - in_page().keys() == WITHOUT.keys()


def test_the_page_has_what_the_package_needs():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = [
        requirement.name
        for requirement in map(Requirement, table["project"]["dependencies"])
        if not requirement.marker or requirement.marker.evaluate({"sys_platform": "emscripten"})
    ]
    assert needed
    assert {normalized(name) for name in needed} <= in_page().keys()


def test_wheels_are_the_pinned_versions_and_depend_on_what_is_there():
    pins = read_pins()
    names = {wheel.name for wheel in pins.wheels} | set(in_page())
    official = json.loads(LOCK.read_text())["packages"]
    names |= {normalized(name) for name in official}
    for wheel in pins.wheels:
        assert wheel.file.startswith(f"{wheel.name.replace('-', '_')}-{wheel.version}-")
        assert re.fullmatch("[0-9a-f]{64}", wheel.sha256)
        assert set(wheel.depends) <= names
    assert len({wheel.name for wheel in pins.wheels}) == len(pins.wheels)


def test_pyodide_is_one_version_everywhere():
    pins = read_pins()
    package = json.loads((LOCK.parent / "package.json").read_text())
    info = json.loads(LOCK.read_text())["info"]
    assert pins.version == package["version"]
    assert pins.version in pins.cdn
    assert info["python"].startswith(f"{pins.python}.")


@pytest.mark.parametrize("name", ["Foo_Bar", "foo.bar", "FOO--bar"])
def test_names_are_compared_as_on_pypi(name):
    assert normalized(name) == "foo-bar"


def test_a_pin_without_a_hash_is_refused(tmp_path):
    text = (ROOT / "web" / "runtime" / "pins.toml").read_text()
    unhashed = re.sub(r'(name = "patsy"(?:\n.*)*?)\nsha256 = .*', r"\1", text, count=1)
    assert unhashed != text
    (tmp_path / "pins.toml").write_text(unhashed)
    with pytest.raises(TypeError, match="sha256"):
        read_pins(tmp_path / "pins.toml")
