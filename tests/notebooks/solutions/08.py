"""Chapter 8: the numbers of its exercises, checks and prose, computed again."""

import json
from pathlib import Path

import numpy as np

import mlmbook as mlm

people = mlm.survey("C.7.3")
fit = mlm.fit("health ~ poor + (1 | neighborhood)", people)
u = fit.ranef["neighborhood"]["Intercept"]
b0, b1 = fit.fixef
df = fit.summary()["df"]
places = people.groupby("neighborhood").agg(mean=("health", "mean"), poor=("poor", "mean"))
true_u = mlm.survey("C.7.3", draws=True).groupby("neighborhood")["u0"].first()

exam = mlm.load("exam")
null = mlm.fit("normexam ~ 1 + (1 | school)", exam)
intake = mlm.fit("normexam ~ standlrt + (1 | school)", exam)
girls = mlm.fit("normexam ~ standlrt + girl + (1 | school)", exam)
var_null, _ = null.varcorr["variance"]
var_u0, var_e = intake.varcorr["variance"]
sd_u0 = np.sqrt(var_u0)
slope, slope_low, slope_high = intake.summary().loc["standlrt", ["estimate", "low", "high"]]

hsb = mlm.load("hsb82")
hsb_null = mlm.fit("mathach ~ 1 + (1 | school)", hsb)
ses = mlm.fit("mathach ~ ses + (1 | school)", hsb)
cses = mlm.fit("mathach ~ cses + (1 | school)", hsb)
both = mlm.fit("mathach ~ cses + meanses + (1 | school)", hsb)
more = mlm.fit("mathach ~ ses + female + minority + (1 | school)", hsb)
(null_u, null_e), (ses_u, ses_e), (cses_u, _), (more_u, more_e) = (
    model.varcorr["variance"] for model in (hsb_null, ses, cses, more)
)

residual_icc = var_u0 / (var_u0 + var_e)

drop_u, drop_e = 100 * (1 - ses_u / null_u), 100 * (1 - ses_e / null_e)
lines = intake.ranef["school"]["Intercept"]

stored = Path(__file__).parents[2] / "reference" / "results" / "exam__ri.json"
lme4 = json.loads(stored.read_text())["fits"]["REML"]
lme4_slope = lme4["fixef"]["standlrt"]
lme4_variances = [row["vcov"] for row in lme4["varcomp"]]
np.testing.assert_allclose([slope, var_u0, var_e], [lme4_slope, *lme4_variances], atol=5e-7)

EXERCISES = {
    "ex-08-by-hand": {
        "$\\beta_0 = 60$, $\\beta_1 = -5$ and, for neighborhood 7, $u_{0,7} = 3$": (60, -5, 7, 3),
        "is its mean above or below 60": 60,
        "0.4 times for the mean": 0.4,
        "60 + 3 − 5 = **58**.": (60, 3, 5, 60 + 3 - 5),
        "60 − 5 = **55**": (60, 5, 60 - 5),
        "60 + 3 − 5 × 0.4 = **61**": (60, 3, 5, 0.4, 60 + 3 - 5 * 0.4),
        "the intercept 63": 60 + 3,
    },
    "ex-08-residual-icc": {
        "0.0938 / (0.0938 + 0.5659) = **0.142**": (var_u0, var_u0, var_e, residual_icc),
        "correlate about 0.14": residual_icc,
    },
    "ex-08-mend": {
        "$B_0 = 10$ and $U_{0,3} = 2$": (10, 2),
        "group 3 with": 3,
        "10 + 2 + 2 = **14**. It should be 12": (10, 2, 2, 10 + 2 + 2, 10 + 2),
    },
    "ex-08-predict-variance": {
        "from 4.77 to **3.67** points²": (ses_u, more_u),
        "from 37.03 to 35.91": (ses_e, more_e),
        "as shares they are 23 % and 3 %": (
            100 * (1 - more_u / ses_u),
            100 * (1 - more_e / ses_e),
        ),
    },
    "ex-08-own-data": "Your own data: no number answers it for everybody.",
    "ex-08-discuss": "For discussion in class: no number answers it.",
}
CHECKS = {
    "ex-08-girl-same-score": girls.fixef["girl"],
    "ex-08-girl-ahead": girls.fixef["girl"] - girls.fixef["standlrt"],
    "ex-08-by-hand": 60 + 3 - 5 * 0.4,
    "ex-08-residual-icc": residual_icc,
    "ex-08-mend": 10 + 2 + 2,
    "ex-08-predict-variance": more_u,
}
PROSE = {
    "9 / 60 = 0.15.": (9, 9 + 51, 9 / 60),
    "two people from the same group correlate 0.15": 9 / 60,
    "73 % of its residents are poor, against 12 % in N09": (
        100 * places.loc["N45", "poor"],
        100 * places.loc["N09", "poor"],
    ),
    "score 5.37 points lower": -b1,
    "of which there are 50, and gets 56": (len(u), df["Intercept"]),
    "and gets 1,774": df["poor"],
    "N45, by 4.6 points": true_u["N45"] - true_u["N09"],
    "with a difference of 1.7": u["N45"] - u["N09"],
    "N45 lies 2.8 below it": -u["N45"],
    "has 50 numbers, `fit.residuals_at(1)` has 1,792": (
        len(fit.residuals_at(2)),
        len(fit.residuals_at(1)),
    ),
    "the one between schools by 45 %": 100 * (1 - var_u0 / var_null),
    "a standard deviation of 0.31: for pupils": sd_u0,
    "between 0.60 below and 0.60 above": (1.96 * sd_u0, 1.96 * sd_u0),
    "= 0.002 + 0.563": (intake.fixef["Intercept"], slope),
    "around their school's line with one of 0.75": intake.sigma,
    "from 8.61 to 4.77, by 45 %": (null_u, ses_u, drop_u),
    "from 39.15 to 37.03, by 5 %": (null_e, ses_e, drop_e),
    "the slope is 2.19, between school means it is 5.87": tuple(both.fixef[["cses", "meanses"]]),
    "the 2.39 that this model reports": ses.fixef["ses"],
    "falls to 2.69": both.varcorr["variance"][0],
    "0.171 × 1 + 0.559 × (−1) = −0.388.": (
        *(girls.fixef["girl"], 1, girls.fixef["standlrt"], -1),
        girls.fixef["girl"] - girls.fixef["standlrt"],
    ),
    "−6 × 2/3 would give −4": (-6, 2, 3, 61 - 65),
    "SES explains 45 %": drop_u,
    "would differ 45 % less": drop_u,
    "60 + 3 − 5 × 0.4": (60, 3, 5, 0.4),
    "60 + 3 − 2 = 61.": (60, 3, 5 * 0.4, 60 + 3 - 5 * 0.4),
    "0.0938 / (0.0938 + 0.5659) = 0.142.": (var_u0, var_u0, var_e, residual_icc),
    "B₀ⱼ is 12 already": 10 + 2,
    "12 + 2 = 14": (12, 2, 14),
    "from 4.77 to 3.67": (ses_u, more_u),
    "62: it is +3": (people.attrs["truth"]["beta0"], 65 - people.attrs["truth"]["beta0"]),
    "lme4 gives 0.563307 for the slope and 0.093839 and 0.565865": (lme4_slope, *lme4_variances),
    "spread over about 1.4 standard deviations": lines.max() - lines.min(),
}
GIVEN = {
    "65 London schools, 160 US high schools": "sizes in the data catalog",
    "$\\sigma^2_{u0} = 9$ and $\\sigma^2_{e0} = 51$": "a recall item with numbers made up",
    "is 6 and the slope within groups is 2": "a recall item with numbers made up",
    "**3.** (Regression)": "number of the item",
    "50 neighborhoods": "size of the survey",
    "rather than 9": "the truth, shown in the table",
    "200 worlds": "how many are drawn",
    "close to the 95 % that": "what the interval promises",
    "65 schools": "size of the data",
    "for 65 schools: 65 thin": "size of the data",
    "the 65 departures": "size of the data",
    "95 % of schools": "coverage by definition",
    "school 5": "a label on the slide",
    "zone 5": "a label on the slide",
    "−1, not +1": "a difference set by the question",
    "one neighborhood is 65 and its expected mean is 61": "an invented neighborhood",
    "Its departure is −4": "a wrong option",
    "is −0.8. It says": "an invented hospital",
    "0.8 years less": "an option of the same quiz",
    "0.8 below": "an option of the same quiz",
    "0.8 less stress": "an option of the same quiz",
    "mean of neighborhood 7": "the exercise's neighborhood",
    "95 % of them are expected": "coverage by definition",
    "1.96 sd": "normal quantile in a template",
    "slides 15 to 17": "numbers of slides",
    "Slide 25 has": "number of a slide",
    "Slide 26 puts": "number of a slide",
    "in reading at 11": "the pupils' age, from the data catalog",
    "examination score at 16": "the pupils' age, from the data catalog",
}
