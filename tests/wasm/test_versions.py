"""The Python of the pages is the one that the book's numbers come from."""

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mlmbook

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
PIN = re.compile(r"^([\w.-]+)==([\w.]+)(; python_version (<|>=) \"3\.13\")?", re.MULTILINE)
COMPILED = {"hypothesis"}  # later versions have no wheel that runs here
OURS = {"numpy", "scipy", "pandas", "matplotlib", "statsmodels", "formulaic", "ipywidgets"}


def test_versions_are_those_of_the_book() -> None:
    """Of two pins of a package, the first is of the Python that makes the book."""
    pins = {
        name: pin for name, pin, _, later in PIN.findall(REQUIREMENTS.read_text()) if later != ">="
    }
    found = {}
    for name in pins.keys() - COMPILED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # not needed here
    assert found.keys() >= OURS
    assert found == {name: pins[name] for name in found}


def test_the_package_is_the_wheel_of_the_page() -> None:
    assert sys.platform == "emscripten"
    assert "site-packages" in mlmbook.__file__
