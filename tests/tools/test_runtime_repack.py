"""Wheels of the page: without what a page cannot use, compiled, the same bytes each time."""

from __future__ import annotations

import py_compile
import zipfile
from pathlib import Path

import pytest
import repack
from repack import MENDED, used


def compile_tree(command: list[str]) -> str:
    """Compile as compile.mjs does, with this Python."""
    for source in Path(command[1]).rglob("*.py"):
        py_compile.compile(str(source), cfile=str(source.with_suffix(".pyc")), doraise=True)
    return ""


def wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


def names(path: Path) -> set[str]:
    return set(zipfile.ZipFile(path).namelist())


@pytest.mark.parametrize(
    "name",
    [
        "thing/tests/test_a.py",
        "thing/core.pyx",
        "thing/types.pyi",
        "thing-1.0.dist-info/RECORD",
        "statsmodels/datasets/fair/fair.csv",
    ],
)
def test_what_a_page_cannot_use_goes(name):
    assert not used(name)


@pytest.mark.parametrize(
    "name",
    [
        "thing/__init__.py",
        "thing/core.cpython-313-wasm32-emscripten.so",
        "thing-1.0.dist-info/METADATA",
        "thing-1.0.dist-info/licenses/LICENSE",
        "thing/testing/helpers.py",
        "numpy/testing/_private/utils.py",
        "numpy/_core/tests/_natype.py",
        "mlmbook/data/files/exam.csv.gz",
        "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
    ],
)
def test_the_rest_stays(name):
    assert used(name)


def test_a_wheel_is_compiled_and_our_own_keeps_its_sources(tmp_path):
    other = wheel(tmp_path / "in", "other", {"other/a.py": "x = 1", "other/tests/b.py": "1 / 0"})
    own = wheel(tmp_path / "in", "mlmbook", {"mlmbook/a.py": "x = 1", "mlmbook/data.csv": "1"})
    made = repack.repack([other, own], tmp_path / "out", compile_tree)
    assert [path.name for path in made] == [other.name, own.name]
    assert names(made[0]) == {"other/a.pyc"}
    assert names(made[1]) == {
        "mlmbook/a.py",
        "mlmbook/__pycache__/a.cpython-313.pyc",
        "mlmbook/data.csv",
    }


def test_the_same_wheel_gives_the_same_bytes(tmp_path):
    source = wheel(tmp_path / "in", "other", {"other/b.txt": "b", "other/a.txt": "a"})
    first, again = (
        repack.repack([source], tmp_path / where, compile_tree)[0] for where in ("one", "two")
    )
    assert first.read_bytes() == again.read_bytes()
    assert zipfile.ZipFile(first).namelist() == ["other/a.txt", "other/b.txt"]


@pytest.mark.parametrize("name", MENDED)
def test_a_file_is_mended_where_it_is_as_it_was(tmp_path, name):
    old, new = MENDED[name]
    seen = []

    def look(command: list[str]) -> str:
        seen.append((Path(command[1]) / "0" / name).read_text())
        return ""

    source = wheel(tmp_path / "in", "thing", {name: f"before\n{old}\nafter\n"})
    repack.repack([source], tmp_path / "out", look)
    assert seen == [f"before\n{new}\nafter\n"]


@pytest.mark.parametrize("name", MENDED)
def test_a_file_that_has_changed_is_not_mended_in_silence(tmp_path, name):
    source = wheel(tmp_path / "in", "thing", {name: "it is otherwise now"})
    with pytest.raises(ValueError, match="has changed; does it still need mending"):
        repack.repack([source], tmp_path / "out", compile_tree)
