"""Modules that are imported before a cell asks for them."""

import contextlib
import gc
import importlib
import random
import sys

from inpage import output, shell
from inpage.imports import finder

MODULES = """
    calendar csv ctypes dateutil.parser dateutil.relativedelta dateutil.rrule dateutil.tz decimal
    difflib fileinput fractions graphlib gzip hmac html ipaddress locale mmap pkgutil platform pydoc
    pytz secrets six statistics sysconfig unittest urllib.parse zoneinfo _strptime
    importlib.resources._adapters encodings.cp437 IPython.core.logger dateutil.zoneinfo
    cycler interface_meta narwhals.stable.v1 narwhals.stable.v2 packaging.version pyparsing
    typing_extensions wrapt
""".split()
"""What NumPy, pandas, SciPy, matplotlib and formulaic import besides themselves, as far as it is
not compiled: a snapshot of the memory holds no compiled libraries."""


def load():
    """Import what a snapshot is to hold."""
    for name in MODULES:
        importlib.import_module(name)
    shell.shell.run_cell("pass", silent=True)  # with what IPython imports late
    gc.collect()
    gc.freeze()  # nothing of this is ever thrown away


def wake():
    """Go on in another worker, later: with its clock, its files and other random numbers."""
    importlib.invalidate_caches()
    finder.without_files = {name.partition(".")[0] for name in sys.modules}
    random.seed()
    output.flush()


def begin(name):
    """Import a module that the next cell will import, while files of others are still unpacked.

    What is wrong with it is said when the cell imports it. Returns whether a reader stopped it.
    """
    try:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    except KeyboardInterrupt:
        return True
    return False
