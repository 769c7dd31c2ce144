"""Chapter 8: the numbers of its exercises, checks and prose, computed again."""

import mlmbook as mlm
import numpy as np

people = mlm.survey("C.7.3")
fit = mlm.fit("health ~ poor + (1 | neighborhood)", people)
u = fit.ranef["neighborhood"]["Intercept"]
b0, b1 = fit.fixef
places = people.groupby("neighborhood").agg(mean=("health", "mean"), poor=("poor", "mean"))
cells = people.groupby(["neighborhood", "poor"])["health"].mean()

exam = mlm.load("exam")
null = mlm.fit("normexam ~ 1 + (1 | school)", exam)
intake = mlm.fit("normexam ~ standlrt + (1 | school)", exam)
girls = mlm.fit("normexam ~ standlrt + girl + (1 | school)", exam)
var_null, _ = null.varcorr["variance"]
var_u0, var_e = intake.varcorr["variance"]
sd_u0 = np.sqrt(var_u0)
slope, slope_low, slope_high = intake.summary().loc["standlrt", ["estimate", "low", "high"]]
exam_mean = exam.groupby("school")["standlrt"].transform("mean")
levels = mlm.fit(
    "normexam ~ within + mean + (1 | school)",
    exam.assign(mean=exam_mean, within=exam["standlrt"] - exam_mean),
)

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

EXERCISES = {
    "ex-08-by-hand": {
        "60 + 3 − 5 = **58**": (60, 3, 5, 60 + 3 - 5),
        "60 + 3 − 5 × 0.4 = **61**": (60, 3, 5, 0.4, 60 + 3 - 5 * 0.4),
        "the intercept 63": 60 + 3,
    },
    "ex-08-residual-icc": {
        "0.0938 / (0.0938 + 0.5659) = **0.142**": (var_u0, var_u0, var_e, residual_icc),
        "correlate about 0.14": residual_icc,
    },
    "ex-08-mend": {"10 + 2 + 2 = **14**. It should be 12": (10, 2, 2, 14, 12)},
    "ex-08-predict-variance": {
        "from 4.77 to **3.67** points²": (ses_u, more_u),
        "from 37.03 to 35.91": (ses_e, more_e),
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
PROSE = {}
GIVEN = {}
