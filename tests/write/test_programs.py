"""Programs for systems that cannot be run here: their text is fixed.

Checked against Stata's help for ``mixed``, IBM's pages on the subcommands of MIXED, the demos of
R2MLwiN and the command files that the Stata module ``hlm`` writes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm


@pytest.fixture(scope="module")
def growth() -> pd.DataFrame:
    """Return pupils in schools, seen at five times; some rows are missing."""
    rng = np.random.default_rng(1)
    pupils = pd.DataFrame({"pupil": range(40), "school": np.repeat(range(8), 5)})
    data = pupils.merge(pd.DataFrame({"time": range(5)}), how="cross")
    data["area"] = rng.integers(0, 6, len(data))
    data["girl"] = data["pupil"] % 2
    data["w"] = rng.uniform(1, 2, len(data))
    data["day"] = 7.0 * data["time"]
    data["y"] = rng.normal(size=40)[data["pupil"]] + rng.normal(size=8)[data["school"]]
    data["y"] += rng.normal(size=len(data)) + rng.normal(size=6)[data["area"]]
    data["y"] += 0.3 * rng.normal(size=8)[data["school"]] * data["time"]
    return data.drop(index=[7, 18, 33])


def program(fit: mlm.Fit, system: str, lines: int) -> list[str]:
    return fit.to_code(system).splitlines()[-lines:]


@pytest.fixture(scope="module")
def three(growth) -> mlm.Fit:
    return mlm.fit("y ~ time + girl + (time | school) + (1 | pupil)", growth)


@pytest.fixture(scope="module")
def crossed(growth) -> mlm.Fit:
    return mlm.fit("y ~ time + (1 | school/pupil) + (1 | area)", growth)


def test_three_levels(three) -> None:
    assert program(three, "stata", 5) == [
        "egen long pupil_id = group(pupil)",
        "egen long school_id = group(school)",
        "mixed y c.time c.girl ///",
        "    || school_id: time, covariance(unstructured) ///",
        "    || pupil_id:, reml",
    ]
    assert program(three, "spss", 5)[:3] == [
        "  /FIXED=time girl | SSTYPE(3)",
        "  /RANDOM=INTERCEPT time | SUBJECT(school_id) COVTYPE(UN)",
        "  /RANDOM=INTERCEPT | SUBJECT(pupil_id) COVTYPE(VC)",
    ]
    assert program(three, "mlwin", 6)[0:3] == [
        "mydata <- mydata[order(mydata$school, mydata$pupil), ]  # MLwiN wants the groups together",
        "mydata$row <- seq_len(nrow(mydata))  # names the level-1 units",
        "fit <- runMLwiN(y ~ 1 + time + girl + (1 + time | school) + (1 | pupil) + (1 | row),",
    ]


def test_hlm_writes_three_levels(three) -> None:
    code = three.to_code("hlm")
    assert "# HLM 8, three-level models." in code
    assert "#   hlm3 mydata.mdm mydata.hlm" in code
    assert "# It fits by full maximum likelihood: compare with reml=False." in code
    assert code[code.index("level1:Y=") : code.index("fixtau2")].splitlines() == [
        "level1:Y=INTRCPT1+TIME+RANDOM",
        "level2:INTRCPT1=INTRCPT2+GIRL+random/",
        "level3:INTRCPT2=INTRCPT3+random/",
        "level3:GIRL=INTRCPT3/",
        "level2:TIME=INTRCPT2/",
        "level3:INTRCPT2=INTRCPT3+random/",
    ]
    assert "*begin l2vars\nlevel3id:ID3\nlevel2id:ID2\nGIRL\n*end l2vars" in code


def test_crossed_factors(crossed) -> None:
    assert program(crossed, "stata", 4) == [
        "mixed y c.time ///",
        "    || _all: R.area_id ///",
        "    || school_id: ///",
        "    || school_pupil_id:, reml",
    ]
    assert "  /RANDOM=INTERCEPT | SUBJECT(school_id*pupil_id) COVTYPE(VC)" in crossed.to_code(
        "spss"
    )
    mlwin = crossed.to_code("mlwin")
    assert "(1 | area) + (1 | school) + (1 | school_pupil_id) + (1 | row)" in mlwin
    assert "estoptions = list(xc = TRUE, EstM = 1))  # MCMC" in mlwin


def test_variances_of_strata(growth) -> None:
    fit = mlm.fit("y ~ girl + (1 | school)", growth, residual=mlm.VarianceBy("girl"))
    assert program(fit, "stata", 3)[0] == "egen long girl_stratum = group(girl)"
    assert program(fit, "stata", 1) == [
        "    || school_id:, residuals(independent, by(girl_stratum)) reml"
    ]
    assert "  /REPEATED=girl | SUBJECT(row_id) COVTYPE(DIAG)" in fit.to_code("spss")
    mlwin = fit.to_code("mlwin")
    assert 'mydata$e_girl_1 <- (mydata$girl == "1") * 1' in mlwin
    assert "(0 + e_girl_0 + e_girl_1 | row)" in mlwin
    assert 'clre = matrix(c(1, "e_girl_0", "e_girl_1"), nrow = 3)' in mlwin
    assert "bf(y ~ 1 + girl + (1 | school),\n" in fit.to_code("brms")
    assert "sigma ~ factor(girl))," in fit.to_code("brms")
    assert '"sigma ~ C(girl)",' in fit.to_code("bambi")


def test_weights(growth) -> None:
    fit = mlm.fit("y ~ time + (1 | school)", growth, weights="w")
    assert "  /REGWGT=w" in fit.to_code("spss")
    assert "mydata$w_scale <- 1 / sqrt(mydata$w)" in fit.to_code("mlwin")
    assert "(0 + w_scale | row)" in fit.to_code("mlwin")
    assert "sigma ~ offset(-log(w) / 2)" in fit.to_code("brms")
    assert '"sigma ~ offset(-np.log(w) / 2)",' in fit.to_code("bambi")


def test_autoregression(growth) -> None:
    fit = mlm.fit("y ~ time", growth, residual=mlm.AR1("day", group="pupil"))
    assert program(fit, "stata", 3) == [
        "generate long day_step = round((day - 0) / 7)",
        "mixed y c.time ///",
        "    || pupil_id:, noconstant residuals(ar 1, t(day_step)) reml",
    ]
    assert "COMPUTE day_step = RND((day - 0) / 7)." in fit.to_code("spss")
    assert "  /REPEATED=day_step | SUBJECT(pupil_id) COVTYPE(AR1)" in fit.to_code("spss")
    with pytest.raises(mlm.FormulaError, match=r"AR1\('day', group='pupil'\) with gaps in time"):
        fit.to_code("brms")
    whole = growth[~growth["pupil"].isin([1, 3, 6])]
    complete = mlm.fit("y ~ time", whole, residual=mlm.AR1("time", group="pupil"))
    brms = complete.to_code("brms")
    assert "y ~ 1 + time + ar(time = time, gr = pupil, p = 1, cov = TRUE)," in brms
    assert "# sigma is the SD of the innovations" in brms


def test_unstructured_and_compound_symmetry(growth) -> None:
    free = mlm.fit("y ~ time", growth, residual=mlm.Unstructured("time", group="pupil"))
    assert "residuals(unstructured, t(time_step)) reml" in free.to_code("stata")
    assert "  /REPEATED=time | SUBJECT(pupil_id) COVTYPE(UN)" in free.to_code("spss")
    brms = free.to_code("brms")
    assert "unstr(time = time_step, gr = pupil)" in brms
    assert "sigma ~ factor(time))" in brms
    assert "# unstr() needs brms 2.19 or later." in brms
    same = mlm.fit("y ~ time", growth, residual=mlm.CompoundSymmetry(group="pupil"))
    assert "residuals(exchangeable) reml" in same.to_code("stata")
    assert "  /REPEATED=row_in_group | SUBJECT(pupil_id) COVTYPE(CS)" in same.to_code("spss")
    assert "cosy(gr = pupil)" in same.to_code("brms")
    with pytest.raises(mlm.FormulaError, match=r"the model with \(1 \| pupil\) in place of"):
        same.to_code("lme4")


def test_multiple_membership(growth) -> None:
    data = growth.assign(second=(growth["school"] + 1) % 8, m1=0.75, m2=0.25)
    fit = mlm.fit("y ~ time + (1 | mm(school, second, weights=[m1, m2])) + (1 | area)", data)
    brms = fit.to_code("brms")
    assert "(1 | mm(school, second, weights = cbind(m1, m2), scale = FALSE))" in brms
    stata = fit.to_code("stata")
    assert "foreach unit in 0 1 2 3 4 5 6 7 {" in stata
    assert "(m1) * (school == `unit') + (m2) * (second == `unit')" in stata
    assert "|| _all: school_second_id1-school_second_id8, noconstant covariance(identity)" in stata
    mlwin = fit.to_code("mlwin")
    assert "units <- sort(unique(c(mydata$school, mydata$second)))" in mlwin
    weights = 'list("weight_scale_1", "weight_scale_2")'
    members = f'list(mmvar = list("school", "second"), weights = {weights})'
    assert f"estoptions = list(xc = TRUE, EstM = 1, mm = list(NA, {members}, NA)))" in mlwin
    missing = data.assign(second=data["second"].where(data["m1"] > 1), m1=1.0, m2=0.0)
    alone = mlm.fit("y ~ time + (1 | mm(school, second, weights=[m1, m2]))", missing)
    with pytest.raises(mlm.FormulaError, match="name the first unit again there, with a weight of"):
        alone.to_code("brms")


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_districts_in_brms(growth) -> None:
    ring = {area: [(area - 1) % 6, (area + 1) % 6] for area in range(6)}
    fit = mlm.fit("y ~ time + (1 | car(area))", growth, neighbours=ring)
    brms = fit.to_code("brms")
    assert 'districts <- c("0", "1", "2", "3", "4", "5")' in brms
    assert "W <- matrix(0, 6, 6, dimnames = list(districts, districts))" in brms
    assert 'y ~ 1 + time + car(W, gr = area, type = "escar"),' in brms
    assert "data = mydata, data2 = list(W = W), family" in brms


def test_weights_that_are_no_column_are_refused(growth) -> None:
    fit = mlm.fit("y ~ time + (1 | school)", growth, weights=growth["w"])
    with pytest.raises(mlm.FormulaError, match="weights= was given as numbers"):
        fit.to_code("lme4")


def test_names_that_brms_does_not_take_are_refused(growth) -> None:
    fit = mlm.fit("y ~ time_ + (1 | school)", growth.rename(columns={"time": "time_"}))
    with pytest.raises(mlm.FormulaError, match="rename 'time_'"):
        fit.to_code("brms")
    assert "time_" in fit.to_code("lme4")
