"""Chapter 7: the numbers of its exercises, checks and prose, computed again."""

from math import sqrt

import mlmbook as mlm
import numpy as np
from scipy import stats

hsb = mlm.load("hsb82")
schools = hsb.groupby("school")["mathach"]
sizes = schools.size()
null = mlm.fit("mathach ~ 1 + (1 | school)", hsb)
var_u0, var_e0 = null.varcorr["variance"]
rho = var_u0 / (var_u0 + var_e0)
mean_size = len(hsb) / 160
deff = 1 + (mean_size - 1) * rho
harmonic = 160 / (1 / sizes).sum()

bdf = mlm.load("bdf")
dutch_u0, dutch_e0 = mlm.fit("langpost ~ 1 + (1 | school)", bdf).varcorr["variance"]
dutch = dutch_u0 / (dutch_u0 + dutch_e0)
dutch_size = len(bdf) / bdf["school"].nunique()
dutch_deff = 1 + (dutch_size - 1) * dutch

heights = mlm.load("oxboys").groupby("subject")["height"]
boys_within, boys_between = heights.var().mean(), 9 * heights.mean().var()
boys_u0 = (boys_between - boys_within) / 9

radon = mlm.load("radon")
radon_fit = mlm.fit("log_radon ~ 1 + (1 | county)", radon)
radon_u0, radon_e0 = radon_fit.varcorr["variance"]
radon_low, radon_high = radon_fit.confint().loc["icc", ["low", "high"]]

fife = mlm.load("scotssec")
fife_size = len(fife) / fife["secondary"].nunique()
fife_deff = 1 + (fife_size - 1) * mlm.fit("attain ~ 1 + (1 | secondary)", fife).icc()

pressure = 36.2 / (36.2 + 433.4)
pressure_deff = 1 + (25000 / 39 - 1) * pressure

couples = np.array([(8, 16), (10, 18), (9, 15), (11, 17)])
couples_between = 2 * couples.mean(axis=1).var(ddof=1)
couples_within = couples.var(axis=1, ddof=1).mean()
couples_rho = (couples_between - couples_within) / (couples_between + couples_within)

best = sqrt(300 / 10 * (1 - 0.1) / 0.1)
