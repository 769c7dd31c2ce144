"""Errors subclass what they are, and hints name what is close."""

from __future__ import annotations

import pytest

import mlmbook as mlm
from mlmbook.errors import did_you_mean


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (mlm.FormulaError, ValueError),
        (mlm.DataError, ValueError),
        (mlm.FitError, RuntimeError),
    ],
)
def test_each_error_is_also_a_builtin(error: type, builtin: type) -> None:
    assert issubclass(error, mlm.MlmbookError)
    assert issubclass(error, builtin)


def test_hint() -> None:
    assert did_you_mean("schol", ["school", "pupil"]) == "; did you mean 'school'?"
    assert did_you_mean("pupil", ["pupils", "pupil_"]).count(" or ") == 1
    assert did_you_mean("SES", ["ses"]) == "; did you mean 'ses'?"
    assert did_you_mean("zzz", ["school"]) == ""
    assert did_you_mean(3, [1, 2]) == ""
