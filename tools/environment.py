"""The environment in which chapters run: the same numbers, whoever runs them, wherever."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".cache"

# Settings of one user that would change what a chapter prints or how its figures look.
PERSONAL = ("MATPLOTLIBRC", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONPATH", "JUPYTER_PATH")

FIXED = {
    "OPENBLAS_NUM_THREADS": "1",  # sums in one order
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # sets in one order
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "COLUMNS": "80",
    "JUPYTER_NO_CONFIG": "1",
    "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, not another of the same name
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a debugger's warning on stderr
}

# Folders of our own, so that no file in the user's home is read.
OWN_FOLDERS = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter-config",
    "JUPYTER_DATA_DIR": "jupyter-data",
    "MPLCONFIGDIR": "matplotlib",
}

KERNEL_CONFIG = """\
c = get_config()
c.InteractiveShellApp.matplotlib = "inline"  # else the first figure shows one cell too late
c.HistoryManager.enabled = False
c.IPKernelApp.log_level = "ERROR"  # not a word about loopback sockets on every start
"""


def deterministic_environment() -> dict[str, str]:
    """Return this process's environment with every setting that could change an output fixed."""
    environment = {name: value for name, value in os.environ.items() if name not in PERSONAL}
    environment.update(FIXED)
    for name, folder in OWN_FOLDERS.items():
        path = CACHE / folder
        path.mkdir(parents=True, exist_ok=True)
        environment[name] = str(path)
    profile = CACHE / OWN_FOLDERS["IPYTHONDIR"] / "profile_default"
    profile.mkdir(exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG)
    return environment
