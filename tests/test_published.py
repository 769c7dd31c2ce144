"""Numbers that other programs printed, as they printed them (`reference/published.json`).

Where the exact maximum has the printed digits, ours must have them. Where it does not (a program
that stopped early, data with other decimals), the distance is recorded in units of the last digit
together with the reason, and ours may be no further away. Entries marked `unverified` were
written down from memory of the source and agree with R.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

REFERENCE = Path(__file__).parent / "reference"
PUBLISHED = {entry["id"]: entry for entry in json.loads((REFERENCE / "published.json").read_text())}
PRECISION = 5e-6
"""By so much, relatively, components differ between two searches of a flat likelihood that agree
in its height to ten digits. Some programs print seven."""


@cache
def data(name: str) -> pd.DataFrame:
    if name in set(mlm.datasets()["name"]):
        return mlm.load(name)
    frame = pd.read_csv(REFERENCE / "data" / f"{name}.csv.gz")
    if name == "hsb82_nlme":
        sector = mlm.load("hsb82_schools").set_index("school")["sector"].astype(str)
        sector.index = sector.index.astype(str)
        school = frame["school"].astype(str)
        labels = pd.Categorical(school.map(sector), ["Public", "Catholic"])
        within = frame["ses"] - frame.groupby("school")["ses"].transform("mean")
        frame = frame.assign(sector=labels, cses=within, school=school)
    return frame


@cache
def fitted(formula: str, name: str, *, reml: bool = True) -> mlm.Fit:
    return mlm.fit(formula, data(name), reml=reml)


def fixed(fit: mlm.Fit, **names: str) -> dict[str, float]:
    """Return estimates and standard errors by the names that the program printed."""
    table = {printed: fit.fixef[ours] for printed, ours in names.items()}
    return table | {f"se {printed}": fit.se[ours] for printed, ours in names.items()}


def component(fit: mlm.Fit, group: str, term: str = "Intercept", term2: str = "") -> float:
    table = fit.varcorr.set_index(["group", "term", "term2"])["variance"]
    return float(table.get((group, term, term2), table.get((group, term2, term))))


def residual(fit: mlm.Fit) -> float:
    return float(fit.sigma**2)


def hsb_null(printed: Callable[[str], str]) -> dict[str, float]:
    formula = "mathach ~ 1 + (1 | school)"
    fit = fitted(formula, "hsb82")
    single = mlm.ols("mathach ~ 1", data("hsb82"))
    N = fit.nobs  # the restricted log-likelihood of a single-level regression on a constant
    rss = single.sigma**2 * (N - 1)
    restricted = -((N - 1) * (1 + math.log(2 * math.pi * rss / (N - 1))) + math.log(N)) / 2
    var, reach = component(fit, "school"), 1.959963984540054
    limits = fit.confint()
    return {
        "_cons": fit.fixef["Intercept"],
        "Intercept": fit.fixef["Intercept"],
        "se(_cons)": fit.se["Intercept"],
        "var(_cons)": var,
        "var(intercept)": var,
        "var(Residual)": residual(fit),
        "log restricted-likelihood": fit.loglik,
        "chibar2(01) LR vs linear": 2 * (fit.loglik - restricted),
    } | {
        # of a variance, from the symmetric interval of its logarithm
        printed(name): limits.loc[row, "estimate"]
        * math.log(limits.loc[row, "high"] / limits.loc[row, "low"])
        / (2 * reach)
        for name, row in {
            "group": "var(Intercept | school)",
            "residual": "var(Residual)",
        }.items()
    }


def stata_hsb_null() -> dict[str, float]:
    return hsb_null({"group": "se(var(_cons))", "residual": "se(var(Residual))"}.__getitem__)


def sas_hsb_null() -> dict[str, float]:
    return hsb_null({"group": "se(var(intercept))", "residual": "-"}.__getitem__)


FEMALE = "mathach ~ female + (female | school)"


def homogeneity(gamma: Sequence[float], sigma2: float) -> tuple[int, list[float]]:
    """Return degrees of freedom and HLM's chi-square of each random effect.

    Raudenbush & Bryk (2002), equation 3.103: the sum over schools of the squared difference of the
    school's own least-squares coefficient from what the model predicts, over its variance. Schools
    of one sex have no slope of their own.
    """
    schools = [rows for _, rows in data("hsb82_nlme").groupby("school")]
    own = [mlm.ols("mathach ~ female", rows) for rows in schools if rows["female"].nunique() > 1]
    apart = np.array([fit.fixef.to_numpy() - gamma for fit in own])
    variances = np.array([np.diag(fit.vcov) / fit.sigma**2 * sigma2 for fit in own])
    return len(own) - 1, (apart**2 / variances).sum(axis=0).tolist()


def test_hlm_chi_squares_follow_from_its_estimates() -> None:
    printed = {
        one["quantity"]: float(one["printed"]) for one in PUBLISHED["hlm_hsb_female"]["values"]
    }
    df, found = homogeneity([printed["gamma00"], printed["gamma10"]], printed["sigma2"])
    assert df == 122
    expected = [printed[f"chi2 {effect} (122 df)"] for effect in ("u0", "u1")]
    assert found == pytest.approx(expected, abs=1e-4)  # seven digits were printed of the estimates


def hlm_hsb_female() -> dict[str, float]:
    fit = fitted(FEMALE, "hsb82_nlme")
    name = fit.fixef.index[1]
    df, chisq = homogeneity(fit.fixef.to_numpy(), residual(fit))
    robust = fit.summary(se="CR0")["se"]
    return fixed(fit, gamma00="Intercept", gamma10=name) | {
        "robust se gamma00": robust["Intercept"],
        "robust se gamma10": robust[name],
        "tau00": component(fit, "school"),
        "tau11": component(fit, "school", name),
        "sigma2": residual(fit),
        f"chi2 u0 ({df} df)": chisq[0],
        f"chi2 u1 ({df} df)": chisq[1],
    }


RB45 = "mathach ~ meanses * cses + sector * cses + (cses | school)"


def hlm_hsb_rb45() -> dict[str, float]:
    fit = fitted(RB45, "hsb82_nlme")
    schools = data("hsb82_nlme").groupby("school")
    own = pd.DataFrame({name: mlm.ols("mathach ~ cses", rows).fixef for name, rows in schools})
    return {
        "tau00": component(fit, "school"),
        "sigma2": residual(fit),
        "average OLS intercept over schools": own.loc["Intercept"].mean(),
        "average OLS SES slope over schools": own.loc["cses"].mean(),
    }


def rb_table45() -> dict[str, float]:
    fit = fitted(RB45, "hsb82_nlme")
    names = {
        "gamma00": "Intercept",
        "meanses": "meanses",
        "sector": "sector[Catholic]",
        "cses": "cses",
        "meanses x cses": "meanses:cses",
        "sector x cses": "sector[Catholic]:cses",
    }
    turned = {":".join(reversed(name.split(":"))): name for name in fit.fixef.index}
    return fixed(fit, **{k: v if v in fit.fixef else turned[v] for k, v in names.items()})


def stata_hsb_rb45() -> dict[str, float]:
    return {"log restricted-likelihood": fitted(RB45, "hsb82").loglik}


def school(number: str) -> dict[str, float]:
    rows = data("hsb82_nlme")
    rows = rows[rows["school"] == number]
    fit = mlm.ols("mathach ~ C(minority) + C(female) + ses", rows)
    return dict(zip(("INTRCPT1", "MINORITY", "FEMALE", "SES"), fit.fixef, strict=True))


def stata_egsingle_null() -> dict[str, float]:
    fit = fitted("math ~ 1 + (1 | school/child)", "egsingle", reml=False)
    return {
        "_cons": fit.fixef["Intercept"],
        "se": fit.se["Intercept"],
        "schoolid var": component(fit, "school"),
        "childid var": component(fit, "school:child"),
        "var(Residual)": residual(fit),
        "log likelihood": fit.loglik,
    }


def growth(formula: str, *names: str) -> dict[str, float]:
    fit = fitted(formula, "egsingle", reml=False)
    numbers = {"log likelihood": fit.loglik}
    for key in ("residual", "var(Residual)"):
        numbers[key] = residual(fit)
    for label, group in {"school": "school", "child": "school:child"}.items():
        intercept, slope = component(fit, group), component(fit, group, "year")
        numbers |= {
            f"{label} var int": intercept,
            f"{label} var(_cons)": intercept,
            f"{label} var year": slope,
            f"{label} var(year)": slope,
            f"{label} cov": component(fit, group, "Intercept", "year"),
        }
    for name in fit.fixef.index:
        printed = {"Intercept": names[0]}.get(name, name.replace(":", " x "))
        se = {names[0]: names[1]}.get(printed, f"se {printed}")
        numbers |= {printed: fit.fixef[name], se: fit.se[name]}
    return numbers


SLOPES = "(year | school/child)"


def exam(formula: str) -> dict[str, float]:
    fit = fitted(formula, "exam", reml=False)
    numbers = fixed(fit, cons="Intercept", standlrt="standlrt")
    numbers |= {
        "var school": component(fit, "school"),
        "var cons": component(fit, "school"),
        "var student": residual(fit),
        "-2*loglikelihood": fit.deviance,
    }
    if "(standlrt" in formula:
        numbers["cov"] = component(fit, "school", "Intercept", "standlrt")
        numbers["var standlrt"] = component(fit, "school", "standlrt")
    return numbers


def sas_orthodont_unstructured() -> dict[str, float]:
    structure = mlm.Unstructured("age", group="subject")
    fit = mlm.fit("distance ~ sex * age", mlm.load("orthodont"), residual=structure, reml=False)
    return {"-2 log likelihood": fit.deviance}


OURS: dict[str, Callable[[], dict[str, float]]] = {
    "stata_hsb_null": stata_hsb_null,
    "sas_hsb_null": sas_hsb_null,
    "hlm_hsb_female": hlm_hsb_female,
    "hlm_hsb_rb45": hlm_hsb_rb45,
    "stata_hsb_rb45": stata_hsb_rb45,
    "rb_table45": rb_table45,
    "stata_egsingle_null": stata_egsingle_null,
    "lme4_egsingle_growth": lambda: growth(f"math ~ year + {SLOPES}", "(Intercept)", "se int"),
    "stata_egsingle_growth": lambda: growth(f"math ~ year + {SLOPES}", "_cons", "se _cons"),
    "stata_egsingle_full": lambda: growth(
        f"math ~ year * (black + hispanic + lowinc) + {SLOPES}", "_cons", "se _cons"
    ),
    "mlwin_exam_ri": lambda: exam("normexam ~ standlrt + (1 | school)"),
    "mlwin_exam_rs": lambda: exam("normexam ~ standlrt + (standlrt | school)"),
    "sas_orthodont_unstructured": sas_orthodont_unstructured,
} | {
    name: lambda number=name[-4:]: school(number)
    for name in PUBLISHED
    if name.startswith("hlm_school_")
}


@cache
def ours(name: str) -> dict[str, float]:
    return OURS[name]()


def last_place(printed: str) -> float:
    """Return one unit of the last printed digit."""
    decimals = re.search(r"\.(\d*)$", printed)
    return 10.0 ** -(len(decimals[1]) if decimals else 0)


CASES = [
    pytest.param(name, number, id=f"{name}-{number['quantity']}")
    for name, entry in PUBLISHED.items()
    for number in entry["values"]
]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_printed_number(name: str, number: dict) -> None:
    value, unit = ours(name)[number["quantity"]], last_place(number["printed"])
    distance = abs(value - float(number["printed"]))
    rounding = 0.5 * unit + PRECISION * abs(value)
    if number["reproduced"]:
        assert distance <= rounding
    else:  # the reason is in the entry's note
        assert distance <= number["units_in_last_place"] * unit + rounding
    if "r_value" in number:
        assert value == pytest.approx(number["r_value"], rel=1e-4)


def test_every_entry_is_compared() -> None:
    assert sorted(OURS) == sorted(PUBLISHED)
    for name, entry in PUBLISHED.items():
        asked = {number["quantity"] for number in entry["values"]}
        assert asked <= set(ours(name))
