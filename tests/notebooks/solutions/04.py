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
london = three_slopes(mlm.load("exam"), "standlrt", "normexam", "school")
# the census lists its divisions in order; rows 16 to 32 of the table are the South
south = pd.Series(False, index=census.index)
south["Delaware":"Texas"] = True

mixture = 0.2 * -2 + 0.8 * 1
whites = r(foreign / white, white_ill / white, white)
elsewhere = r(share[~south], rate[~south], n[~south])
other = census["pop"].sum() - n.sum()

EXERCISES = {}
CHECKS = {
    "complete-04-r-within": race["r_within"],
    "complete-04-between": race["slope"]["between"],
    "ex-04-mixture": mixture,
    "ex-04-whites": whites,
    "ex-04-south": elsewhere,
    "ex-04-london": london["between"] - london["within"],
}
PROSE = {}
GIVEN = {}
