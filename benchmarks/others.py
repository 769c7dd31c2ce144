"""Systems outside of this environment: R's lme4 and nlme, and glmm and mixedlm in their own.

Data and models go there as files, so that all fit the same. What is not installed, or cannot be,
is said in the table.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from .cases import Case

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
ENVIRONMENT = HERE.parent / "_build" / ".bench"
IN_R = ("lme4", "nlme")
IN_PYTHON = ("glmm", "mixedlm")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}


class NotInstalledError(Exception):
    """A system cannot be run here; the message says why."""


@contextmanager
def written(cases: list[Case], data: list[pd.DataFrame], repeats: int) -> Iterator[Path]:
    """Write every case as a CSV file, and ``cases.json``, to a folder."""
    with TemporaryDirectory() as name:
        folder, rows = Path(name), []
        for number, (case, table) in enumerate(zip(cases, data, strict=True)):
            table.to_csv(folder / f"{number}.csv", index=False)
            rows.append(
                {
                    "file": f"{number}.csv",
                    "formula": case.formula,
                    "nlme": case.nlme,
                    "groups": case.groups,
                    "level1": bool(case.options),
                    "repeats": repeats,
                }
            )
        (folder / "cases.json").write_text(json.dumps(rows))
        yield folder


def run(system: str, folder: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Time every case of a folder in one system; return the results and the versions.

    Raises
    ------
    NotInstalledError
        The system is not there and cannot be installed.
    """
    if system in IN_R:
        program = [_rscript(system), HERE / "models.R"]
    else:
        program = [_python(), HERE / "rivals.py"]
    command = [*program, folder, system]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, check=False)
    if done.returncode:
        raise NotInstalledError(f"{system} stopped with exit code {done.returncode}")
    out = json.loads((folder / f"{system}.json").read_text())
    return out["results"], out["versions"]


def _rscript(package: str) -> str:
    program = shutil.which("Rscript")
    if program is None:
        raise NotInstalledError("R is not installed")
    needed = f"stopifnot(all(sapply(c('{package}', 'jsonlite'), requireNamespace, quietly = TRUE)))"
    if subprocess.run([program, "-e", needed], capture_output=True, check=False).returncode:
        raise NotInstalledError(f"R has no package {package}, or no jsonlite")
    return program


def _python() -> Path:
    """Return the Python of the environment, which is made if its requirements have changed."""
    python = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = ENVIRONMENT / "requirements.txt"
    wanted = REQUIREMENTS.read_text()
    if not (stamp.exists() and stamp.read_text() == wanted):
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", REQUIREMENTS]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
            raise NotInstalledError(f"the packages could not be installed ({last})")
        stamp.write_text(wanted)
    return python
