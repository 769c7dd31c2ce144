"""The models that are timed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import mlmbook as mlm

TEST_DATA = Path(__file__).parent.parent / "tests" / "reference" / "data"


@dataclass(frozen=True)
class Case:
    """One model: the formula for mlmbook and lme4, and its parts for statsmodels."""

    name: str
    dataset: str
    formula: str
    fixed: str
    group: str
    slopes: str | None = None
    """Random-effect formula of statsmodels; None for an intercept alone."""
    statsmodels: bool = True
    """False where MixedLM has no such model, or needs minutes for it."""

    def data(self) -> pd.DataFrame:
        """Return the data, from the package or from those of the tests."""
        file = TEST_DATA / f"{self.dataset}.csv.gz"
        return pd.read_csv(file) if file.exists() else mlm.load(self.dataset)


CASES = [
    Case(
        "sleepstudy slopes",
        "sleepstudy",
        "reaction ~ days + (days | subject)",
        "reaction ~ days",
        "subject",
        "~days",
    ),
    Case(
        "Hsb82 intercept",
        "hsb82",
        "mathach ~ cses + meanses + (1 | school)",
        "mathach ~ cses + meanses",
        "school",
    ),
    Case(
        "Hsb82 slopes, cross-level",
        "hsb82",
        "mathach ~ meanses * cses + sector * cses + (cses | school)",
        "mathach ~ meanses * cses + sector * cses",
        "school",
        "~cses",
    ),
    Case(
        "Exam intercept",
        "exam",
        "normexam ~ standlrt + (1 | school)",
        "normexam ~ standlrt",
        "school",
    ),
    Case(
        "Exam slopes",
        "exam",
        "normexam ~ standlrt + (standlrt | school)",
        "normexam ~ standlrt",
        "school",
        "~standlrt",
    ),
    Case(
        "three levels, slopes (egsingle)",
        "egsingle",
        "math ~ year + (year | school) + (year | school:child)",
        "math ~ year",
        "school",
        statsmodels=False,
    ),
    Case(
        "crossed (InstEval)",
        "insteval",
        "rating ~ service + (1 | student) + (1 | instructor)",
        "rating ~ service",
        "student",
        statsmodels=False,
    ),
]
