"""Chapter 7: the numbers of its exercises, checks and prose, computed again."""

from math import sqrt

import numpy as np
from scipy import stats

import mlmbook as mlm

hsb = mlm.load("hsb82")
schools = hsb.groupby("school")["mathach"]
means, sizes = schools.mean(), schools.size()
spread = schools.max() - schools.min()
null = mlm.fit("mathach ~ 1 + (1 | school)", hsb)
var_u0, var_e0 = null.varcorr["variance"]
rho = var_u0 / (var_u0 + var_e0)
root = sqrt(rho)
df, low_by_t = null.summary().loc["Intercept", ["df", "low"]]
low_by_normal = null.confint().loc["Intercept", "low"]
rho_low, rho_high = null.confint().loc["icc", ["low", "high"]]
simple = hsb["mathach"].std() / sqrt(len(hsb))
ratio = null.se["Intercept"] / simple
harmonic = len(sizes) / (1 / sizes).sum()

exam = mlm.load("exam")
exam_sizes = exam.groupby("school").size()
london = mlm.fit("normexam ~ 1 + (1 | school)", exam)
extremes = london.ranef["school"]["Intercept"].sort_values().index.astype(int)
exam_icc, exam_low, exam_high = 100 * london.confint().loc["icc", ["estimate", "low", "high"]]

bdf = mlm.load("bdf")
dutch_u0, dutch_e0 = mlm.fit("langpost ~ 1 + (1 | school)", bdf).varcorr["variance"]
dutch = dutch_u0 / (dutch_u0 + dutch_e0)
dutch_schools = bdf["school"].nunique()
dutch_size = len(bdf) / dutch_schools
dutch_deff = 1 + (dutch_size - 1) * dutch

oxboys = mlm.load("oxboys").groupby("subject")["height"]
boys_within, boys_between = oxboys.var().mean(), 9 * oxboys.mean().var()
boys_u0 = (boys_between - boys_within) / 9
boys = boys_u0 / (boys_u0 + boys_within)

radon = mlm.load("radon")
counties = radon.groupby("county").size()
county_seen = (counties**2).sum() / counties.sum()  # mean size as a house sees it
radon_fit = mlm.fit("log_radon ~ 1 + (1 | county)", radon)
radon_icc, radon_low, radon_high = radon_fit.confint().loc["icc", ["estimate", "low", "high"]]

fife = mlm.load("scotssec")
fife_icc = mlm.fit("attain ~ 1 + (1 | secondary)", fife).icc()
fife_size = len(fife) / fife["secondary"].nunique()
fife_deff = 1 + (fife_size - 1) * fife_icc

classes = np.array([[6, 9, 9, 12], [9, 12, 12, 15], [12, 15, 15, 18]])
within = classes.var(axis=1, ddof=1).mean()
variance_of_means = classes.mean(axis=1).var(ddof=1)
between = variance_of_means - within / 4
squares = ((classes - classes.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)

small = mlm.simulate(12, 5, beta0=50, var_u0=4, var_e=96, rng=11)
most = mlm.anova_icc("y", "group", small).loc["ICC(1)", "high"]
missed = 100 * stats.f.cdf(1 / (1 + 5 * 0.04 / 0.96), 11, 48)

pressure = 36.2 / (36.2 + 433.4)
neighbors = 25000 / 39
pressure_deff = 1 + (neighbors - 1) * pressure

couples = np.array([(8, 16), (10, 18), (9, 15), (11, 17)])
couple_means = couples.mean(axis=1)
apart = np.abs(couples[:, 1] - couples[:, 0])
couples_between, couples_within = 2 * couple_means.var(ddof=1), (apart**2 / 2).mean()
couples_icc = (couples_between - couples_within) / (couples_between + couples_within)

best = sqrt(300 / 10 * (1 - 0.1) / 0.1)
affordable = 30000 / (300 + 10 * best)

EXERCISES = {
    "ex-07-pressure": {
        "25000 / 39 = 641": (25000, 39, neighbors),
        "36.2 / 469.6 = 0.077": (36.2, 36.2 + 433.4, pressure),
        "About 8 %": 100 * pressure,
        "correlate about 0.08": pressure,
        r"1 + 640 \times 0.077 = 50.3$, so the 25,000 count as 497": (
            *(1, neighbors - 1, pressure, pressure_deff),
            *(25000, 25000 / pressure_deff),
        ),
        "which gives 0.084": 36.2 / 433.4,
        "ρ is only 0.077, but everybody has 640 neighbors": (pressure, neighbors - 1),
        "25,000 people count as about 497": (25000, 25000 / pressure_deff),
    },
    "ex-07-boys": {
        "591.56, within boys 21.73": (boys_between, boys_within),
        "591.56 / 9": (boys_between, 9),
        "(591.56 - 21.73)/9 = 63.3": (boys_between, boys_within, 9, boys_u0),
        "63.3 / (63.3 + 21.7) = 0.745": (boys_u0, boys_u0, boys_within, boys),
        "63.3 / 85.0 = 0.745": (boys_u0, boys_u0 + boys_within, boys),
        "means is 65.7": boys_between / 9,
        "21.73 / 9 = 2.4$ of error, little beside 63.3": (
            *(boys_within, 9, boys_within / 9),
            boys_u0,
        ),
        "dividing by 26": len(oxboys),
    },
    "ex-07-housework": {
        "Mean squares 2.67 and 25": (couples_between, couples_within),
        "variance 1.33": couples_between / 2,
        "}} = 2.67": couples_between,
        "(32 + 32 + 18 + 18)/4 = 25": (*(apart**2 / 2), 4, couples_within),
        "(2.67 - 25)/(2.67 + 25) = -0.81": (
            *(couples_between, couples_within, couples_between, couples_within),
            couples_icc,
        ),
    },
    "ex-07-budget": {
        "About 16 pupils in 65 schools": (best, 30000 / (300 + 10 * round(best))),
        r"\sqrt{30 \times 9} = 16.4$, which allows 65 schools": (
            *(300 / 10, 0.9 / 0.1),
            *(best, affordable),
        ),
    },
    "ex-07-minister": {
        "2 × 2.93 = 5.87 points": (2, sqrt(var_u0), 2 * sqrt(var_u0)),
        "all pupils (6.88)": hsb["mathach"].std(),
        "lie 5.87 points apart": 2 * sqrt(var_u0),
        "The 18 % describe": 100 * rho,
        "the root of 8.61": var_u0,
        "Only 18 % of": 100 * rho,
    },
    "ex-07-own": {
        "from 0.075 to 0.219": (radon_low, radon_high),
        "the 85 counties have at most": len(counties),
        "about 13 % (95 % CI 7–22 %)": (*(100 * radon_icc, 100 * radon_low, 100 * radon_high),),
        "one county correlate about 0.13": radon_icc,
        "919 houses in 85 counties the mean size is 10.8": (
            *(len(radon), len(counties), counties.mean()),
        ),
        "give a design effect of 2.3": 1 + (counties.mean() - 1) * radon_icc,
        "from 1 to 116": (counties.min(), counties.max()),
        "mean size is 42.7, and the plain mean of all houses has a design effect of 6.5": (
            *(county_seen, 1 + (county_seen - 1) * radon_icc),
        ),
    },
}
CHECKS = {
    "ex-07-departures": 15 - (12 - 3),
    "ex-07-dutch-icc": dutch,
    "ex-07-dutch-sd": sqrt(dutch_u0),
    "ex-07-dutch-deff": dutch_deff,
    "ex-07-pressure": pressure_deff,
    "ex-07-boys": boys_u0,
    "ex-07-housework": couples_icc,
    "ex-07-budget": best,
    "ex-07-minister": 2 * sqrt(var_u0),
    "ex-07-own": radon_icc,
}
PROSE = {
    # the American schools
    "by 160 schools, not by 7,185 pupils": (len(sizes), len(hsb)),
    "here 157, rather": df,
    "The 157 are": df,
    "12.158 and not 12.154": (low_by_normal, low_by_t),
    "7,185 pupils": len(hsb),
    "hold 7,185 of them": len(hsb),
    "climb by 15 points": means.max() - means.min(),
    "spread over 24": spread.median(),
    "from 4 to 20 points": (means.min(), means.max()),
    "8.61 / 47.76 = 0.180": (var_u0, var_u0 + var_e0, rho),
    r"\sqrt{\rho} = 0.42": root,
    "to the school by 0.42": root,
    r"0.42 \times 0.42 = 0.18": (root, root, rho),
    "67 pupils makes 4,422": (sizes.max(), sizes.max() * (sizes.max() - 1)),
    "14 makes 182": (sizes.min(), sizes.min() * (sizes.min() - 1)),
    "About 18 % of the variance": 100 * rho,
    "data 18 % of": 100 * rho,
    "explain 18 %": 100 * rho,
    "about 18 % (95 % CI 15–22 %)": (100 * rho, 100 * rho_low, 100 * rho_high),
    "14 to 67 a school": (sizes.min(), sizes.max()),
    "3.01^2 = 9.1": (ratio, ratio**2),
    r"160 / \rho = 887": (160, 160 / rho),
    "variance of 9.72": means.var(),
    "about 45 pupils": sizes.mean(),
    "39.15 / 41 = 0.95": (var_e0, harmonic, var_e0 / harmonic),
    "41 is the harmonic mean": harmonic,
    "0.95 + 8.61 is near 9.72": (var_e0 / harmonic, var_u0, means.var()),
    "near 9.72": means.var(),
    # by hand
    "9 | 9 + 0 + 0 + 9 = 18": (classes[0].mean(), 9, 0, 0, 9, squares[0]),
    "12 | 18 |": (classes[1].mean(), squares[1]),
    "15 | 18 |": (classes[2].mean(), squares[2]),
    "leave 9 degrees": classes.size - 3,
    "54 / 9 = 6": (squares.sum(), classes.size - 3, within),
    "9, 12 and 15 have the variance 9": (*classes.mean(axis=1), variance_of_means),
    "6 / 4 = 1.5": (within, 4, within / 4),
    "9 - 1.5 = 7.5": (variance_of_means, within / 4, between),
    r"\frac{7.5}{7.5 + 6} = 0.56": (between, between, within, between / (between + within)),
    "(here 36)": 4 * variance_of_means,
    # near zero
    "interval up to 0.21": most,
    "missed in 39 %": missed,
    "zero in 39 %": missed,
    # London
    "4,059 pupils": len(exam),
    "65 London schools": len(exam_sizes),
    "65 schools, 2 to 198": (len(exam_sizes), exam_sizes.min(), exam_sizes.max()),
    "of 65 schools": len(exam_sizes),
    "with 65 schools": len(exam_sizes),
    "Schools 53 and 59": (extremes[-1], extremes[0]),
    "about 17 % (95 % CI 12–23 %)": (exam_icc, exam_low, exam_high),
    # six data sets
    "boys 0.74": boys,
    "reach 0.745": boys,
    "Fife 0.05": fife_icc,
    "between 0.047 and 0.233": (fife_icc, dutch),
    "county it is 0.131": radon_icc,
    "is 0.047, a school has 181 pupils on average, and the design effect is 9.4": (
        *(fife_icc, fife_size, fife_deff),
    ),
    # the Dutch schools
    "2,287 pupils in 131 schools": (len(bdf), dutch_schools),
    "19.63 / (19.63 + 64.56) = 0.233": (dutch_u0, dutch_u0, dutch_e0, dutch),
    "19.63 / 84.20 = 0.233": (dutch_u0, dutch_u0 + dutch_e0, dutch),
    "√19.63 = 4.43": (dutch_u0, sqrt(dutch_u0)),
    "within about 9 points": 1.96 * sqrt(dutch_u0),
    r"\sqrt{19.63} = 4.43": (dutch_u0, sqrt(dutch_u0)),
    "2287 / 131": (len(bdf), dutch_schools),
    "m is 17.46, so 1 + 16.46 × 0.233 = 4.84": (
        *(dutch_size, 1, dutch_size - 1, dutch),
        dutch_deff,
    ),
    "the 2,287 pupils count as 473": (len(bdf), len(bdf) / dutch_deff),
    r"1 + (2287/131 - 1) \times 0.233 = 4.84": (
        *(1, len(bdf), dutch_schools, 1, dutch),
        dutch_deff,
    ),
    # questions
    "its mean is below 12": 12,
    "12 − 3 = 9, and 15 is 6 points": (12, 3, 12 - 3, 15, 15 - (12 - 3)),
    "20 % of the variance in satisfaction": 100 * 0.3 / (0.3 + 1.2),
    "25 % of the variance in satisfaction": 100 * 0.3 / 1.2,
    "determine 20 %": 100 * 0.3 / (0.3 + 1.2),
    "correlate 0.45": sqrt(0.3 / (0.3 + 1.2)),
    "0.30 of 1.50": (0.3, 0.3 + 1.2),
    "effect is 5.8": 1 + 119 * 0.04,
    "1 + 119 × 0.04 = 5.76": (1, 119, 0.04, 1 + 119 * 0.04),
    "5.76, as for every": 1 + 119 * 0.04,
    "0.96, slightly": 1 - 0.04,
    "2,880 students": 24 * 120,
    "1,400 worth": 100 * 14,
    "1,400 / (1 + 13 × 0.5) = 187": (1400, 1, 13, 0.5, 1400 / (1 + 13 * 0.5)),
    "has 13 companions": 14 - 1,
}
GIVEN = {
    "**3.** (Statistics)": "number of the question",
    "spread over more than 20 points": "a round number below the computed 24",
    "from each of 150 schools": "how many the explorable draws",
    "β_0 is 12 points, a school has u_0j = −3, a pupil of it scores 15": "invented",
    "in 80 teams: σ²_u0 = 0.30, σ²_e0 = 1.20": "invented",
    "0.30 / 1.20": "invented",
    "| A | 6, 9, 9, 12 |": "invented",
    "| B | 9, 12, 12, 15 |": "invented",
    "| C | 12, 15, 15, 18 |": "invented",
    r"\sigma^2_{e0} / 4$": "pupils of a class",
    "50 neighborhoods, 20 people in each, health scores with a mean of 50, a variance of 20 "
    "between neighborhoods and 80 within": "the simulated world",
    "within, 70 to 84; 50 neighborhoods leave the variance between anywhere from 12 to 30": (
        "the intervals of the table above it, rounded"
    ),
    "200 times with 10 neighborhoods, 200 times with 40, and 200 times": "the simulation",
    "Every group has 20 people": "the simulation",
    "of 200 studies each with 10, 40 and": "the simulation",
    "with 10 groups from about 0 to 0.4": "read off the figure",
    "The middle 95 %": "a choice",
    "With 10 groups": "the simulation",
    "range from 0.05": "printed in the table above it",
    "with 40 from": "the simulation",
    "studies with 10 groups": "the simulation",
    r"$\rho$ of 0.04, seen through 12 groups of 5": "the simulated world",
    "12 groups of 5 cannot": "the simulated world",
    "a true 0.04": "the simulated world",
    r"a true $\rho$ of 0.04": "the simulated world",
    "A true 0.04": "the simulated world",
    "at age 16": "the data",
    "scores at 16": "the data",
    '"The ICC is only 0.05': "a common saying",
    "because 0.05 is": "a common saying",
    "$-1/(m": "a formula",
    "Slides 21 and 39": "numbers of slides",
    "Slide 32": "number of a slide",
    "Slide 39": "number of a slide",
    "**Choose the model.** 900 nurses work on 60 wards": "invented",
    "60 separate means": "invented",
    '**Spot the error.** "The intraclass correlation was 0.04. As 4 % is negligible, we '
    "compared the 12 lecture courses with the new method and the 12 without, 120": "invented",
    "With 120 students a course": "invented",
    "its root, 0.20": "the root of the invented 0.04",
    "**Carry it over.** One hundred people rate their mood on 14 days each; two ratings of "
    "one person correlate 0.5": "invented",
    "1,400": "14 ratings of 100 people",
    "700": "a wrong option",
    "187": "recomputed in the reason",
    "25,000 people in 39 neighborhoods": "from the article, where they are hypothetical",
    "The variance is 36.2 between neighborhoods and 433.4 within": "from the article",
    "36.2 / (36.2 + 433.4)": "from the article",
    "nearer to 1, 5 or 50": "options",
    "Equation 7.3 with m = 9": "nine occasions",
    "Divide by m = 9": "nine occasions",
    "(8, 16), (10, 18), (9, 15), (11, 17)": "invented",
    "A study may cost 30,000": "invented",
    r"Each school costs 300, each tested pupil 10 more; expect $\rho = 0.10$": "invented",
    "Predict: nearer to 5, 15 or 50": "options",
    "J = 30000 / (300 + 10 m)": "invented",
    "from 2 to 60": "a range",
    "From 10 to 25 pupils": "there the standard error is within 3 % of the smallest",
    "a school costs 300": "invented",
    "(300 + 10m)": "invented",
    "(300/10)": "invented",
    "8.614034, differs": "printed by Stata for Singer's example",
    "SAS value of 8.6097": "printed by SAS for Singer's example",
}
