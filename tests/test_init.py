"""The public names, and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mlmbook as mlm


@pytest.mark.parametrize("name", mlm.__all__)
def test_public_names_are_there_and_documented(name: str) -> None:
    assert getattr(mlm, name).__doc__


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'fti'"):
        _ = mlm.fti


@pytest.mark.parametrize("name", ["fit", "simulate", "compare"])
def test_functions_stay_functions_when_their_modules_are_imported(name: str) -> None:
    code = f"import mlmbook.{name}, mlmbook as mlm; print(callable(mlm.{name}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import mlmbook", ["numpy", "pandas", "scipy", "matplotlib", "statsmodels"]),
        ("import mlmbook; mlmbook.fit", ["matplotlib", "statsmodels", "scipy.optimize"]),
    ],
)
def test_heavy_modules_wait_until_they_are_needed(code: str, absent: list[str]) -> None:
    code += f"; import sys; print([name for name in {absent} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
