"""The explorables of the book, one a module; the module and its explorable share a name."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from mlmbook.errors import did_you_mean

if TYPE_CHECKING:
    from mlmbook.explore.explorable import Explorable

__all__ = ["load", "names"]


def names() -> list[str]:
    """Return the names of all explorables."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Explorable:
    """Return an explorable by name.

    Raises
    ------
    AttributeError
        There is none of that name; the message lists those there are.
    """
    known = names()
    if name not in known:
        raise AttributeError(
            f"there is no explorable {name!r}{did_you_mean(name, known)} (there are {known})"
        )
    found: Explorable = getattr(importlib.import_module(f"{__name__}.{name}"), name)
    return found
