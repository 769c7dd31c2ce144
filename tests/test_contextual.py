"""Effects within and between groups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

REFERENCE = Path(__file__).parent / "reference"
HSB82 = mlm.load("hsb82")
FORMULA = "mathach ~ ses + (1 | school)"


def stored(name: str) -> dict:
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


def test_hausman_against_r() -> None:
    test = mlm.hausman(mlm.fit(FORMULA, HSB82))
    expected = stored("hsb82__group_stats")["hausman_reml_vs_fe"]
    assert test["chisq"] == pytest.approx(expected["chisq"], rel=1e-4)
    assert test["df"] == 1
    data = pd.read_csv(REFERENCE / "data" / "bh1996.csv.gz")
    test = mlm.hausman(mlm.fit("wbeing ~ hrs + (1 | grp)", data))
    expected = stored("bh1996__group_stats")["hausman_reml_vs_fe"]
    assert test["chisq"] == pytest.approx(expected["chisq"], rel=1e-4)


def test_mundlak_against_lme4() -> None:
    expected = stored("hsb82__contextual")["fits"]["REML"]
    fit = mlm.within_between(FORMULA, HSB82)
    assert fit.loglik == pytest.approx(expected["loglik"], abs=1e-5)
    assert fit.fixef["ses"] == pytest.approx(expected["fixef"]["ses"], abs=1e-6)
    within = stored("hsb82__group_stats")["fixed_effects_dummies"]["coef"]
    assert fit.fixef["ses"] == pytest.approx(within, abs=1e-8)  # the estimate with dummies


def test_both_forms_are_one_model() -> None:
    mundlak = mlm.within_between(FORMULA, HSB82)
    within = mlm.within_between(FORMULA, HSB82, form="within")
    assert within.loglik == pytest.approx(mundlak.loglik, abs=1e-7)
    assert within.fixef["ses_within"] == pytest.approx(mundlak.fixef["ses"])
    total = mundlak.fixef["ses"] + mundlak.fixef["ses_mean"]
    assert within.fixef["ses_mean"] == pytest.approx(total)


def test_slopes_follow_the_deviations_too() -> None:
    fit = mlm.within_between("mathach ~ ses + (ses | school)", HSB82, form="within")
    assert fit.design.groupings[0].terms == ("Intercept", "ses_within")


@pytest.mark.parametrize(
    ("formula", "arguments", "match"),
    [
        ("mathach ~ 1 + (1 | school)", {}, "no predictor of .* varies within 'school'"),
        ("mathach ~ sector + (1 | school)", {}, "no predictor of .* varies within 'school'"),
        ("mathach ~ word + (1 | school)", {}, "'word' is a category that varies within groups"),
        (FORMULA, {"group": "schol"}, "'schol' is not a grouping factor.*'school'"),
        (FORMULA, {"form": "between"}, "choose 'mundlak' or 'within'"),
    ],
)
def test_bad_ones_are_refused(formula: str, arguments: dict[str, str], match: str) -> None:
    data = HSB82.assign(word=np.where(np.arange(len(HSB82)) % 2, "odd", "even"))
    with pytest.raises(mlm.MlmbookError, match=match):
        mlm.within_between(formula, data, **arguments)


def test_hausman_is_for_random_intercepts() -> None:
    with pytest.raises(mlm.FormulaError, match="for one random intercept"):
        mlm.hausman(mlm.fit("mathach ~ ses + (ses | school)", HSB82))
    with pytest.raises(mlm.FormulaError, match="varies within 'school'"):
        mlm.hausman(mlm.fit("mathach ~ 1 + (1 | school)", HSB82))
    with pytest.raises(mlm.FormulaError, match="without residual="):
        mlm.hausman(mlm.fit(FORMULA, HSB82, weights=np.ones(len(HSB82))))
