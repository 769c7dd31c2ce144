"""The models that are timed, and how each system writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mlmbook as mlm

TEST_DATA = Path(__file__).parent.parent / "tests" / "reference" / "data"

NO_CROSSED = "no crossed random effects"
NO_LEVEL1 = "no model for the residuals"


@dataclass(frozen=True)
class Case:
    """One model. Where a system has no such model, the reason stands instead of it."""

    name: str
    dataset: str
    formula: str
    """For mlmbook, lme4, glmm and mixedlm."""
    groups: tuple[str, ...]
    """Columns that are grouping factors."""
    statsmodels: dict[str, Any] | str
    """Arguments of ``statsmodels.formula.api.mixedlm``."""
    nlme: str
    """The call of ``lme``, up to the data; a reason starts with ``-``."""
    options: dict[str, Any] = field(default_factory=dict)
    """Further arguments of ``mlm.fit``; lme4, glmm and mixedlm have none of these models."""

    def data(self) -> pd.DataFrame:
        """Return the data: simulated, or from the package, or from those of the tests.

        Grouping factors are categories, as they are factors in R. Predictors that are categories
        become text, which all systems order alike.
        """
        if self.dataset == "simulated":
            data = growth(100_000)
        else:
            file = TEST_DATA / f"{self.dataset}.csv.gz"
            data = pd.read_csv(file) if file.exists() else mlm.load(self.dataset)
        predictors = data.select_dtypes("category").columns.difference(self.groups)
        types = dict.fromkeys(predictors, "str") | dict.fromkeys(self.groups, "category")
        return data.astype(types)


def growth(nobs: int, seed: int = 20264) -> pd.DataFrame:
    """Return simulated data of two levels with random slopes, 50 rows a group."""
    rng = np.random.default_rng(seed)
    group = np.arange(nobs) // 50
    x = rng.normal(size=nobs)
    u = rng.multivariate_normal([0, 0], [[0.5, 0.1], [0.1, 0.25]], group[-1] + 1)[group]
    y = 1 + 0.5 * x + u[:, 0] + u[:, 1] * x + rng.normal(size=nobs)
    return pd.DataFrame({"y": y, "x": x, "group": group})


CASES = [
    Case(
        "sleepstudy, slopes",
        "sleepstudy",
        "reaction ~ days + (days | subject)",
        ("subject",),
        {"formula": "reaction ~ days", "groups": "subject", "re_formula": "~days"},
        "reaction ~ days, random = ~ days | subject",
    ),
    Case(
        "oxboys, slopes",
        "oxboys",
        "height ~ age + (age | subject)",
        ("subject",),
        {"formula": "height ~ age", "groups": "subject", "re_formula": "~age"},
        "height ~ age, random = ~ age | subject",
    ),
    Case(
        "hsb82, intercept",
        "hsb82",
        "mathach ~ cses + meanses + (1 | school)",
        ("school",),
        {"formula": "mathach ~ cses + meanses", "groups": "school"},
        "mathach ~ cses + meanses, random = ~ 1 | school",
    ),
    Case(
        "hsb82, slopes, cross-level",
        "hsb82",
        "mathach ~ meanses * cses + sector * cses + (cses | school)",
        ("school",),
        {
            "formula": "mathach ~ meanses * cses + sector * cses",
            "groups": "school",
            "re_formula": "~cses",
        },
        "mathach ~ meanses * cses + sector * cses, random = ~ cses | school",
    ),
    Case(
        "exam, intercept",
        "exam",
        "normexam ~ standlrt + (1 | school)",
        ("school",),
        {"formula": "normexam ~ standlrt", "groups": "school"},
        "normexam ~ standlrt, random = ~ 1 | school",
    ),
    Case(
        "exam, slopes",
        "exam",
        "normexam ~ standlrt + (standlrt | school)",
        ("school",),
        {"formula": "normexam ~ standlrt", "groups": "school", "re_formula": "~standlrt"},
        "normexam ~ standlrt, random = ~ standlrt | school",
    ),
    Case(
        "egsingle, three levels",
        "egsingle",
        "math ~ year + (1 | school) + (1 | school:child)",
        ("school", "child"),
        {
            "formula": "math ~ year",
            "groups": "school",
            "re_formula": "1",
            "vc_formula": {"child": "0 + C(child)"},
        },
        "math ~ year, random = ~ 1 | school/child",
    ),
    Case(
        "egsingle, three levels, slopes",
        "egsingle",
        "math ~ year + (year | school) + (year | school:child)",
        ("school", "child"),
        "no correlated slopes below the highest level",
        "math ~ year, random = ~ year | school/child",
    ),
    Case(
        "penicillin, crossed",
        "penicillin",
        "diameter ~ 1 + (1 | plate) + (1 | sample)",
        ("plate", "sample"),
        {
            "formula": "diameter ~ 1",
            "groups": None,
            "re_formula": "0",
            "vc_formula": {"plate": "0 + C(plate)", "sample": "0 + C(sample)"},
        },
        f"- {NO_CROSSED}",
    ),
    Case(
        "scotssec, crossed",
        "scotssec",
        "attain ~ verbal + (1 | primary) + (1 | secondary)",
        ("primary", "secondary"),
        {
            "formula": "attain ~ verbal",
            "groups": None,
            "re_formula": "0",
            "vc_formula": {"primary": "0 + C(primary)", "secondary": "0 + C(secondary)"},
        },
        f"- {NO_CROSSED}",
    ),
    Case(
        "InstEval, crossed",
        "insteval",
        "rating ~ service + (1 | student) + (1 | instructor) + (1 | dept)",
        ("student", "instructor", "dept"),
        "not run, it would need a dense matrix of 73,421 by 4,114 numbers",
        f"- {NO_CROSSED}",
    ),
    Case(
        "100,000 rows, slopes",
        "simulated",
        "y ~ x + (x | group)",
        ("group",),
        {"formula": "y ~ x", "groups": "group", "re_formula": "~x"},
        "y ~ x, random = ~ x | group",
    ),
    Case(
        "sleepstudy, intercept, AR(1)",
        "sleepstudy",
        "reaction ~ days + (1 | subject)",
        ("subject",),
        NO_LEVEL1,
        "reaction ~ days, random = ~ 1 | subject, correlation = corAR1(form = ~ days | subject)",
        {"residual": mlm.AR1("days")},
    ),
    Case(
        "hsb82, variances by sector",
        "hsb82",
        "mathach ~ cses + sector + (1 | school)",
        ("school",),
        NO_LEVEL1,
        "mathach ~ cses + sector, random = ~ 1 | school, weights = varIdent(form = ~ 1 | sector)",
        {"residual": mlm.VarianceBy("sector")},
    ),
]
