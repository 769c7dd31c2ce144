"""Chapter 4: the numbers of its exercises, checks and prose, computed again."""

import numpy as np
import pandas as pd

import mlmbook as mlm

census = mlm.load("illiteracy30").set_index("state")
foreign, foreign_ill = census["fbwhite"], census["fbwhite_il"]
white = census["nwhite"] + census["fpwhite"] + foreign
white_ill = census["nwhite_il"] + census["fpwhite_il"] + foreign_ill
black, black_ill = census["black"], census["black_il"]
n, ill = white + black, white_ill + black_ill
native, native_ill = n - foreign, ill - foreign_ill
share, rate = 100 * foreign / n, 100 * ill / n


def r(x, y, weight=None):
    """Correlate two columns, each row counted by its weight."""
    weight = np.ones(len(x)) if weight is None else np.asarray(weight, float)
    x, y = (v - np.average(v, weights=weight) for v in (np.asarray(x), np.asarray(y)))
    return (weight @ (x * y)) / np.sqrt((weight @ x**2) * (weight @ y**2))


def split(group, group_ill):
    """Take apart being in a group and being illiterate, with closed forms for 0/1 variables."""
    p, q, both = group / n, ill / n, group_ill / n
    w = n / n.sum()
    mean_p, mean_q = w @ p, w @ q
    cov = {
        "between": w @ ((p - mean_p) * (q - mean_q)),
        "within": w @ (both - p * q),
        "people": w @ both - mean_p * mean_q,
    }
    var_x = {
        "between": w @ (p - mean_p) ** 2,
        "within": w @ (p * (1 - p)),
        "people": mean_p * (1 - mean_p),
    }
    var_y = {"within": w @ (q * (1 - q)), "people": mean_q * (1 - mean_q)}
    scale = np.sqrt(var_x["people"] * var_y["people"])
    return {
        "slope": {part: cov[part] / var_x[part] for part in cov},
        "share": var_x["between"] / var_x["people"],
        "part": {part: cov[part] / scale for part in cov},
        "r_within": cov["within"] / np.sqrt(var_x["within"] * var_y["within"]),
    }


def three_slopes(data, x, y, group):
    """Within, between (people counted) and ignoring groups, from sums of squares."""
    means = data.groupby(group)[[x, y]].transform("mean")
    parts = {"within": data[[x, y]] - means, "between": means, "ignoring": data[[x, y]]}
    return {name: part.cov().loc[x, y] / part[x].var() for name, part in parts.items()} | {
        "share": means[x].var(ddof=0) / data[x].var(ddof=0)
    }


nativity, race = split(foreign, foreign_ill), split(black, black_ill)
hsb = three_slopes(mlm.load("hsb82"), "ses", "mathach", "school")
hsb_means = mlm.load("hsb82").groupby("school")[["ses", "mathach"]].mean()
london = three_slopes(mlm.load("exam"), "standlrt", "normexam", "school")
# the census lists its divisions in order; rows 16 to 32 of the table are the South
south = pd.Series(False, index=census.index)
south["Delaware":"Texas"] = True

mixture = 0.2 * -2 + 0.8 * 1
whites = r(foreign / white, white_ill / white, white)
elsewhere = r(share[~south], rate[~south], n[~south])
other = census["pop"].sum() - n.sum()

higher = int((foreign_ill / foreign > native_ill / native).sum())
black_higher = int((black_ill / black > white_ill / white).sum())
alike = r(100 * foreign / census["pop"], census["pop_il"] / census["pop"])
cantons = mlm.load("durkheim_swiss_cantons").pivot(
    index="language", columns="canton_religion", values="suicides_per_million"
)
french, german = cantons.loc["French-speaking"], cantons.loc["German-speaking"]
slopes_black, slopes_foreign = race["slope"], nativity["slope"]

EXERCISES = {
    "ex-04-mixture": {
        "$0.2 \\times (-2) + 0.8 \\times 1 = 0.4$": (0.2, -2, 0.8, 1, mixture),
        "0.2 × (−2) + 0.8 × 1 = 0.4": (0.2, -2, 0.8, 1, mixture),
        "the plain average, −0.5": (-2 + 1) / 2,
        "takes both shares as 0.5": 0.5,
    },
    "ex-04-whites": {
        "`weighted_r(foreign / white, white_ill / white, white)` is 0.006": whites,
        "With all places alike it is −0.199": r(foreign / white, white_ill / white),
        "runs from −0.52 to zero": alike,
    },
    "ex-04-south": {
        "n[keep])` is 0.639": elsewhere,
        "r is −0.517 inside the South": r(share[south], rate[south], n[south]),
        "the 32 other places": (~south).sum(),
        "the 32 places": (~south).sum(),
    },
    "ex-04-london": {
        "Within 0.559, between 0.913, ignoring schools 0.595; the difference is 0.354": (
            london["within"],
            london["between"],
            london["ignoring"],
            london["between"] - london["within"],
        ),
        "Between schools 0.913, within 0.559": (london["between"], london["within"]),
        "differ by 0.56 standard deviations": london["within"],
        "one unit apart differ by 0.91": london["between"],
        "reporting 0.595, a mixture with 10 %": (london["ignoring"], 100 * london["share"]),
    },
    "ex-04-claim": "The reader's own claim, for discussion in class: no number answers it.",
}
CHECKS = {
    "complete-04-r-within": race["r_within"],
    "complete-04-between": slopes_black["between"],
    "ex-04-mixture": mixture,
    "ex-04-whites": whites,
    "ex-04-south": elsewhere,
    "ex-04-london": london["between"] - london["within"],
}
PROSE = {
    "10 %, 10 % and 5 % of them": (10, 10, 5),
    "6 %: 10 + 10 + 40 = 60 people": (100 * 60 / 1000, 10, 10, 0.05 * 800, 10 + 10 + 40),
    "the three percentages, 8.3 %": (10 + 10 + 5) / 3,
    "49 places": len(census),
    "97 million people": n.sum() / 1e6,
    "all 49": len(census),
    "1,449,824 residents (1.5 %)": (other, 100 * other / census["pop"].sum()),
    "Mississippi had 0.5 % and 13.0 %": (share["Mississippi"], rate["Mississippi"]),
    "In 38 of 49": (higher, len(census)),
    "in 38 of 49": (higher, len(census)),
    "and 11 did": len(census) - higher,
    "in 46 of 49": (black_higher, len(census)),
    "2.7 % of white": 100 * white_ill.sum() / white.sum(),
    "illiteracy reaches 15 percent": rate.max(),
    "+ 0.912": 1 - nativity["share"],
    "8.9 percentage points more": 100 * slopes_foreign["within"],
    "8.9 points *more* often": 100 * slopes_foreign["within"],
    "inside states, 8.9 points": 100 * slopes_foreign["within"],
    "the national gap, 6.8": 100 * slopes_foreign["people"],
    "10 points more foreign-born residents had on average 1.5 points": (
        10,
        -10 * slopes_foreign["between"],
    ),
    "10 points more foreign-born residents had, on average, 1.5 points": (
        10,
        -10 * slopes_foreign["between"],
    ),
    "10 percentage points went with 1.5 points": (10, -10 * slopes_foreign["between"]),
    "11.2 percentage points more": 100 * slopes_black["within"],
    "10 points more Black residents went with 2.5": (10, 10 * slopes_black["between"]),
    "10 points more Black residents had on average 2.5": (10, 10 * slopes_black["between"]),
    "within states is 0.155; the slopes are 0.112 within states, 0.249 between them and 0.136": (
        race["r_within"],
        slopes_black["within"],
        slopes_black["between"],
        slopes_black["people"],
    ),
    "from 0.118 to 0.150": (nativity["part"]["people"], nativity["r_within"]),
    "(5.91 if every school counts alike": hsb_means["mathach"].cov(hsb_means["ses"])
    / hsb_means["ses"].var(),
    "(0.118 to 0.150)": (nativity["part"]["people"], nativity["r_within"]),
    "(0.203 to 0.155)": (race["part"]["people"], race["r_within"]),
    "83 per million in Catholic cantons and 453": (french["Catholic"], french["Protestant"]),
    "the German-speaking 87 and 293": (german["Catholic"], german["Protestant"]),
    "224 against 94": (224, 94),
    "0.2026 (race, people), −0.5240 and 0.7711": (
        race["part"]["people"],
        alike,
        r(black / census["pop"], census["pop_il"] / census["pop"]),
    ),
    "160 schools": mlm.load("hsb82")["school"].nunique(),
    "160 US high schools": mlm.load("hsb82")["school"].nunique(),
}
GIVEN = {
    "100, 100 and 800 inhabitants": "a thought experiment",
    "−0.526": "Robinson (1950), as printed",
    "within 0.002": "the largest distance allowed; test_robinson_zoom.py checks it",
    "48 states": "the states of 1930",
    "48 plus DC": "the states of 1930",
    "quoted as 0.77,": "what textbooks say; the printed value was not seen",
    "40 schools": "chosen for the simulation",
    "50 pupils": "chosen for the simulation",
    "1.5 units *less* ($\\beta_B = -1.5$)": "chosen for the simulation",
    "0.98 for 1 and −1.58 for −1.5": "printed in the table above it",
    "95 % of 200 worlds": "chosen for the simulation",
    "2,000 pupils": "40 schools of 50",
    "about 13 percent": "read off the picture, to describe it",
    "30 percent": "read off the picture, to describe it",
    "5 percent where 5": "read off the picture, to describe it",
    "(slide 10)": "number of a slide",
    "(slide 12)": "number of a slide",
    "(slide 13)": "number of a slide",
    "(slide 14)": "number of a slide",
    "15 percentage points": "a wrong answer",
    "10 points more immigrants": "a wrong answer",
    "fall by 1.5 points": "a wrong answer",
    "were 1.5 points less": "a wrong answer",
    "4,000 pupils": "a thought experiment",
    "65 school": "a thought experiment",
    "30 countries": "a thought experiment",
    "beta_B = -2": "given in the exercise",
    "0.2 and 0.8": "the shares given in the exercise",
    "[4, 5, 6]": "positions in a list",
    "reading at 11": "an age",
    "deviations at 16": "an age",
    "R 4.2.2": "a version",
    "aged 10 or older": "who was counted",
}
