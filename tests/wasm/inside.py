"""Pytest under the Python of the pages: which tests run there, and why others do not."""

from __future__ import annotations

import os
import sys
import tomllib

import pytest

NO_PROCESSES = "a page cannot start another process"
ONLY_DESKTOP = {
    "tests/live": "drives a browser",
    "tests/site": "drives a browser",
    "tests/notebooks": "reads the book with nbformat",
    "tests/tools": "tests what builds the book",
    "tests/test_pages.py": "tests what builds the book",
    "tests/test_book_notebooks.py": "tests what builds the book",
    "tests/test_explore_host.py": "starts Node",
    "tests/firefox": "drives a browser",
    "tests/plots/test_text.py": "measures 216 pictures, which takes minutes there",
    "tests/test_benchmarks.py": "tests what measures speed on the desktop",
    "tests/test_benchmark_results.py": "tests what measures speed on the desktop",
}
"""Files and folders that are not collected."""
ONLY_DESKTOP_TESTS = {
    "tests/test_init.py::test_functions_stay_functions_when_their_modules": NO_PROCESSES,
    "tests/test_init.py::test_heavy_modules_wait_until_they_are_needed": NO_PROCESSES,
    "tests/plots/test_style.py::test_importing_does_not_import_pyplot": NO_PROCESSES,
    "tests/test_power.py::test_one_worker_needs_neither_joblib_nor_tqdm": NO_PROCESSES,
    "tests/test_power.py::test_any_number_of_workers_gives_the_same": NO_PROCESSES,
    "tests/test_power.py::test_the_bar_shows_only": "standard error seems to be a terminal",
}
"""Tests that are skipped, by the beginning of their names."""


class Choice:
    """Leaves out what cannot run here, and the tests of other parts."""

    def __init__(self, part: str, *, whole: bool) -> None:
        self.part, self.parts = map(int, part.split("/"))
        self.whole = whole

    def pytest_ignore_collect(self, collection_path, config):
        inside = collection_path.relative_to(config.rootpath).as_posix()
        return True if inside in ONLY_DESKTOP else None

    def pytest_collection_modifyitems(self, config, items):
        for start, reason in ONLY_DESKTOP_TESTS.items():
            found = [item for item in items if item.nodeid.startswith(start)]
            if self.whole and not found:
                raise pytest.UsageError(f"there is no test {start}; is the list in inside.py old?")
            for item in found:
                item.add_marker(pytest.mark.skip(reason=reason))
        files = sorted({item.path for item in items})
        mine = set(files[self.part :: self.parts])
        config.hook.pytest_deselected(items=[item for item in items if item.path not in mine])
        items[:] = [item for item in items if item.path in mine]


def paths() -> str:
    """Return where tests import from, without the repository: `mlmbook` is to be the page's."""
    with open("pyproject.toml", "rb") as file:
        options = tomllib.load(file)["tool"]["pytest"]["ini_options"]
    return " ".join(path for path in options["pythonpath"] if path != ".")


def main(repository: str, part: str, options: list[str]) -> int:
    """Run the tests of one part; return pytest's exit code."""
    os.chdir(repository)
    sys.path[:] = [path for path in sys.path if path not in ("", repository)]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = "/tmp/hypothesis"
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # as in the page, which has no thread for it
    missing = [path for path in ONLY_DESKTOP if not os.path.exists(path)]
    if missing:
        raise pytest.UsageError(f"there is no {missing[0]}; is the list in inside.py old?")
    whole = not any(option.startswith(("tests", "-k")) for option in options)
    fixed = ["-q", "--no-header", "-p", "no:cacheprovider", "-o", f"pythonpath={paths()}"]
    chosen = options if not whole else ["tests", *options]
    return int(pytest.main([*fixed, *chosen], plugins=[Choice(part, whole=whole)]))
