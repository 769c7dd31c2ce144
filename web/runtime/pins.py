"""Read pins.toml: what the runtime is made of."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

PINS = Path(__file__).with_name("pins.toml")


@dataclass(frozen=True)
class Wheel:
    """A wheel from PyPI."""

    name: str
    version: str
    file: str
    sha256: str
    depends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mirror:
    """A package on PyPI that has a copy of Pyodide's files inside."""

    requirement: str
    python: str
    """A version of Python for which pip gives it."""
    sha256: str
    folder: str


@dataclass(frozen=True)
class Pins:
    """All of pins.toml."""

    version: str
    python: str
    packages: tuple[str, ...]
    without: frozenset[str]
    cdn: str
    mirror: Mirror
    wheels: tuple[Wheel, ...]
    testing: tuple[Wheel, ...]
    """What tests need besides."""


def read_pins(path: Path = PINS) -> Pins:
    """Read the pins."""
    table = tomllib.loads(path.read_text())
    pyodide = table["pyodide"]
    return Pins(
        version=pyodide["version"],
        python=pyodide["python"],
        packages=tuple(pyodide["packages"]),
        without=frozenset(pyodide["without"]),
        cdn=pyodide["cdn"],
        mirror=Mirror(**table["mirror"]),
        wheels=tuple(
            Wheel(**{**wheel, "depends": tuple(wheel["depends"])}) for wheel in table["wheel"]
        ),
        testing=tuple(Wheel(**wheel) for wheel in table["testing"]),
    )


def normalized(name: str) -> str:
    """Return the name of a package as PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()
