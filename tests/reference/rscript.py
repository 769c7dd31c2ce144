"""R, where it is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

R = shutil.which("Rscript")


def need(package: str) -> str:
    """Return R, or skip the test where it does not have the package."""
    if R is None:
        pytest.skip("R is not installed here")
    found = subprocess.run(
        [R, "-e", f'cat(requireNamespace("{package}", quietly = TRUE))'],
        capture_output=True,
        text=True,
        check=True,
    )
    if "TRUE" not in found.stdout:
        pytest.skip(f"the R package {package} is not installed here")
    return R


def rows_of(package: str, driver: Sequence[str], folder: Path) -> tuple[list[Any], str]:
    """Run a driver in a folder; return the lines of JSON that it prints, and its complaints."""
    program = need(package)
    (folder / "driver.R").write_text("\n".join(driver))
    done = subprocess.run(
        [program, "--vanilla", "driver.R"], capture_output=True, text=True, cwd=folder, check=False
    )
    return [json.loads(row) for row in done.stdout.splitlines() if row.startswith("{")], done.stderr
