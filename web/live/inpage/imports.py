"""Imports: packages of the runtime come when they are first asked for, and some are adapted."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType

import _packages
from pyodide.ffi import JsException

LATE = {"scipy.stats"}
"""What takes a second to import, and is imported where chapters begin: it runs when it is used."""

KNOWN = {"__file__", "__loader__", "__name__", "__spec__"}
"""What is asked of every module there is by who looks for the place of an error: that is no use."""


class LateLoader(importlib.util.LazyLoader):
    """Runs a module when it is used."""

    def exec_module(self, module):
        super().exec_module(module)
        lazy = type(module)

        class Late(ModuleType):
            def __getattribute__(self, name):
                if name in KNOWN:
                    return super().__getattribute__(name)
                self.__class__ = lazy  # which runs the module
                return getattr(self, name)

        module.__class__ = Late


class Finder(importlib.abc.MetaPathFinder):
    """Install a package of the runtime on its first import, and adapt modules when they run."""

    def __init__(self) -> None:
        self.adapt: dict[str, Callable[[ModuleType], None]] = {}
        """What to do with a module after its import, by name."""
        self.only_asked = {"jedi"}
        """What IPython looks for as it starts, to complete names, which a page does not."""
        self.without_files: set[str] = set()
        """Packages that came with a snapshot of the memory, and whose files are yet to come."""

    def find_spec(self, name, path=None, target=None):
        package = name.partition(".")[0]
        wanted = path is None and name not in self.only_asked
        if (wanted or package in self.without_files) and self.install(package):
            importlib.invalidate_caches()
        self.without_files.discard(package)
        if name in LATE:
            spec = importlib.machinery.PathFinder.find_spec(name, path)
            if spec is not None:
                spec.loader = LateLoader(spec.loader)
            return spec
        if name not in self.adapt:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            self.follow(spec.loader, self.adapt[name])
        return spec

    @staticmethod
    def install(name):
        """Install the package that a module is in; tell whether there was one to install."""
        try:
            return _packages.install(name)
        except JsException as error:
            raise ImportError(error.message, name=name) from None

    @staticmethod
    def follow(loader, adapt):
        """Let a loader adapt what it has loaded."""
        run_module = loader.exec_module

        def exec_module(module):
            run_module(module)
            adapt(module)

        loader.exec_module = exec_module


finder = Finder()
sys.meta_path.insert(0, finder)
# IPython would complete names with it: editors of a page do not ask for that.
sys.modules["jedi"] = None
