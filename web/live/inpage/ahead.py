"""What a later visit has at once: modules that a snapshot of Python's memory holds."""

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
not compiled: a snapshot holds no compiled libraries."""


def load():
    """Import the modules, before the snapshot is taken."""
    for name in MODULES:
        importlib.import_module(name)
    shell.shell.run_cell("pass", silent=True)  # with what IPython imports late


def wake():
    """Go on in another worker, later: with its clock, its files and other random numbers."""
    importlib.invalidate_caches()
    finder.without_files = {name.partition(".")[0] for name in sys.modules}
    random.seed()
    output.flush()
