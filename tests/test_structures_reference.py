"""Multiple membership and spatial random effects against R."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.engine import joint
from mlmbook.likelihood.curvature import component_covariance

REFERENCE = Path(__file__).parent / "reference"
DISTRICTS = sorted(path.stem for path in (REFERENCE / "results").glob("districts__*.json"))
TEAMS = "(1 | mm(team1, team2, team3, team4, weights=[weight1, weight2, weight3, weight4]))"
COMPANIES = TEAMS.replace("team", "company")
BY_LME4 = {
    "batting_mm__team": f"slg ~ age_c + season + {TEAMS}",
    "batting_mm__player_team": f"slg ~ age_c + season + (1 | player) + {TEAMS}",
    "wage1__mm": f"logearn ~ age_40 + female + parttime + {COMPANIES}",
}


@cache
def reference(name):
    return json.loads((REFERENCE / "results" / f"{name}.json").read_text())


@cache
def data(name):
    frame = pd.read_csv(REFERENCE / "data" / f"{name}.csv.gz")
    if name == "batting_mm":
        frame = frame.assign(age_c=frame["age"] - 28, season=frame["season"].astype(str))
    return frame


@cache
def fitted(name, method):
    if name in BY_LME4:
        formula, neighbours = BY_LME4[name], None
    else:
        formula, neighbours = reference(name)["call"], data("districts_neighbours")
    rows = data(reference(name)["dataset"])
    return mlm.fit(formula, rows, reml=method == "REML", neighbours=neighbours)


methods = pytest.mark.parametrize("method", ["REML", "ML"])


@methods
@pytest.mark.parametrize("name", [*BY_LME4, *DISTRICTS])
def test_estimates(name, method):
    fit, r = fitted(name, method), reference(name)["fits"][method]
    assert fit.converged
    assert fit.deviance == pytest.approx(r["minus2loglik"], abs=1e-5)
    se = np.array(list(r["se"].values()))
    assert np.abs(fit.fixef.to_numpy() - list(r["fixef"].values())).max() < 1e-4 * se.min()
    assert fit.se.to_numpy() == pytest.approx(se, rel=1e-4)
    if name in BY_LME4:
        expected = [row["vcov"] for row in r["varcomp"]]
    else:
        expected = [*np.atleast_1d(r["variances"]), r["sigma2"]]
    variances = fit.varcorr.loc[fit.varcorr["term2"] == "", "variance"]
    assert variances.to_numpy() == pytest.approx(np.array(expected), rel=1e-4)


@methods
@pytest.mark.parametrize("name", BY_LME4)
def test_modes_by_lme4(name, method):
    fit, r = fitted(name, method), reference(name)["fits"][method]["ranef"]["mm"]
    group = next(group for group in fit.ranef if group.startswith("mm("))
    own = fit.ranef[group]["Intercept"]
    for row in r["levels"]:
        label = type(own.index[0])(row["level"])
        assert own[label] == pytest.approx(row["mode"][0], abs=1e-4 * own.std())
        sd = fit.ranef_sd[group].loc[label, "Intercept"]
        assert sd == pytest.approx(row["cond_sd"]["(Intercept)"], rel=1e-5)
    assert (own**2).sum() == pytest.approx(r["sum_of_squares"]["(Intercept)"], rel=1e-4)


@methods
@pytest.mark.parametrize("name", DISTRICTS)
def test_modes_by_likelihood(name, method):
    fit, r = fitted(name, method), reference(name)["fits"][method]
    for group, theirs in zip(fit.ranef, r["ranef"].values(), strict=True):
        own, sd = fit.ranef[group]["Intercept"], fit.ranef_sd[group]["Intercept"]
        assert own[theirs["labels"]].to_numpy() == pytest.approx(theirs["mode"], abs=2e-4)
        assert sd[theirs["labels"]].to_numpy() == pytest.approx(theirs["sd"], rel=2e-4)


@methods
@pytest.mark.parametrize("name", DISTRICTS)
def test_rho_and_its_uncertainty(name, method):
    fit, r = fitted(name, method), reference(name)["fits"][method]
    own = fit.varcorr.loc[fit.varcorr["term"] == "rho", "sd"].to_numpy()
    assert own == pytest.approx(np.atleast_1d(r["rho"] or []), rel=1e-4)
    _, vcov = component_covariance(joint(fit))
    assert np.sqrt(np.diagonal(vcov)) == pytest.approx(np.array(r["se_eta"]), rel=1e-3)
    assert fit.nparams == 2 + len(r["se_eta"])
