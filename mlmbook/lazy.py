"""Public names whose modules are imported when they are used."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any


def from_home(package: str, home: Mapping[str, str], name: str) -> Any:
    """Return a name of a package from the module it lives in; from then on the package has it.

    Parameters
    ----------
    package : str
    home : mapping
        Names and their modules, within the package.
    name : str

    Raises
    ------
    AttributeError
        The package has no such name.
    """
    if name not in home:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home[name]}", package), name)
    setattr(sys.modules[package], name, value)
    return value
