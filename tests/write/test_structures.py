"""Every structure, written for every system: run where that can be, and never changed in silence.

One artificial world has all of them: pupils in rooms in schools, seen at several times, who
live in areas that cross the schools.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rscript import need, rows_of

import mlmbook as mlm
from mlmbook.write.code import SYSTEMS

PYTHON_LINE = re.compile(r"^[#*] (?:In Python, first|First): (.*?)\.?$", re.M)
PROBE = """
estimate <- function(fit) if (inherits(fit, "gls")) coef(fit) else
  if (inherits(fit, "glmmTMB")) fixef(fit)$cond else fixef(fit)
variance <- function(fit) if (inherits(fit, "glmmTMB")) vcov(fit)$cond else as.matrix(vcov(fit))
report <- function(fit) cat(sprintf('{"loglik":%.15g,"fixef":[%s],"se":[%s]}\\n',
  as.numeric(logLik(fit)), paste(sprintf("%.15g", estimate(fit)), collapse = ","),
  paste(sprintf("%.15g", sqrt(diag(variance(fit)))), collapse = ",")))
"""


@cache
def world() -> pd.DataFrame:
    """Return 12 schools of 2 rooms of 4 pupils, each seen at some of 5 times."""
    rng = np.random.default_rng(20261)
    pupils = pd.DataFrame(
        [(s, c, p) for s in range(12) for c in range(2) for p in range(4)],
        columns=["school", "room", "pupil"],
    )
    pupils["area"] = rng.integers(0, 9, len(pupils))
    pupils["sex"] = np.where(rng.random(len(pupils)) < 0.5, "girl", "boy")
    data = pupils.merge(pd.DataFrame({"time": range(5)}), how="cross")
    data = data[(data["time"] == 0) | (rng.random(len(data)) < 0.8)].reset_index(drop=True)
    n = len(data)
    data["id"] = data.groupby(["school", "room", "pupil"]).ngroup()
    data["x"] = rng.normal(size=n).round(3)
    data["size"] = rng.uniform(1, 4, n).round(2)
    data["w"] = rng.uniform(0.5, 3, n).round(2)
    data["o"] = rng.normal(size=n).round(2)
    data["day"] = (data["time"] * 1.7 + rng.uniform(0, 1, n)).round(3)

    def effect(columns: list[str], sd: float) -> np.ndarray:
        codes = data.groupby(columns).ngroup().to_numpy()
        return sd * rng.normal(size=codes.max() + 1)[codes]

    room_of = ["school", "room"]
    data["y"] = 10 + 2 * data["x"] + 0.5 * data["time"] + (data["sex"] == "girl") + data["o"]
    data["y"] += effect(["school"], 1.5) + effect(room_of, 1.2) + effect(["id"], 1.0)
    data["y"] += effect(["area"], 1.3) + effect(["school"], 0.8) * data["x"]
    data["y"] += effect(["area"], 0.7) * data["x"] + effect(room_of, 0.6) * data["time"]
    noise = rng.normal(size=n) * np.where(data["sex"] == "girl", 0.7, 1.2) * data["size"] ** 0.5
    for now in range(1, n):
        if data["id"][now] == data["id"][now - 1]:
            noise[now] += 0.5 * noise[now - 1]
    data["y"] = (data["y"] + noise).round(4)
    data["second"] = rng.integers(0, 12, n)
    data["m1"] = np.where(rng.random(n) < 0.7, 1.0, 0.25)
    data["m2"] = 1 - data["m1"]
    return data


ROOM = "school/room"
RING = {area: [(area - 1) % 9, (area + 1) % 9] for area in range(9)}
ISLAND = {**RING, 9: []}
STRUCTURES: dict[str, tuple[str, dict]] = {
    "two levels": ("y ~ x + (x | school)", {}),
    "uncorrelated": ("y ~ x + time + (x + time || school)", {}),
    "slope alone": ("y ~ x + (0 + x | school)", {}),
    "three levels": (f"y ~ x + (1 | {ROOM})", {}),
    "three levels, slopes": ("y ~ x + time + (x | school) + (time | school:room)", {}),
    "four levels": (f"y ~ x + (1 | {ROOM}/pupil)", {}),
    "combinations": ("y ~ x + (1 | school:room)", {}),
    "crossed": ("y ~ x + (1 | school) + (1 | area)", {}),
    "crossed, slope": ("y ~ x + (x | school) + (1 | area)", {}),
    "crossed, slopes": ("y ~ x + (x || school) + (x | area)", {}),
    "nested and crossed": (f"y ~ x + (1 | {ROOM}) + (1 | area)", {}),
    "categories": ("y ~ x * sex + (0 + sex | school)", {}),
    "interaction": ("y ~ x * sex + (x * sex || school)", {}),
    "offset": ("y ~ x + (1 | school)", {"offset": "o"}),
    "weights": ("y ~ x + (1 | school)", {"weights": "w"}),
    "variance by": ("y ~ x + sex + (x | school)", {"residual": mlm.VarianceBy("sex")}),
    "variance by two": ("y ~ x + (1 | school)", {"residual": mlm.VarianceBy("sex", "room")}),
    "variances by two": (
        "y ~ x + (1 | school)",
        {"residual": [mlm.VarianceBy("sex"), mlm.VarianceBy("room")]},
    ),
    "variance power": ("y ~ x + (1 | school)", {"residual": mlm.VariancePower("size")}),
    "variance power of the fitted value": (
        "y ~ x + (1 | school)",
        {"residual": mlm.VariancePower()},
    ),
    "power, weights": (
        "y ~ x + (1 | school)",
        {"residual": [mlm.VarianceBy("sex"), mlm.VariancePower("size")], "weights": "w"},
    ),
    "AR1": ("y ~ x + (1 | school)", {"residual": mlm.AR1("time", group="id")}),
    "AR1, same group": ("y ~ x + time + (1 | id)", {"residual": mlm.AR1("time")}),
    "AR1 over days": ("y ~ x + (1 | school)", {"residual": mlm.AR1("day", group="id")}),
    "AR1, nugget": (
        "y ~ x + (1 | school)",
        {"residual": mlm.AR1("day", group="id", nugget=True)},
    ),
    "AR1, variance by": (
        "y ~ x + sex + (1 | school)",
        {"residual": [mlm.VarianceBy("sex"), mlm.AR1("time", group="id")]},
    ),
    "compound symmetry": ("y ~ x", {"residual": mlm.CompoundSymmetry(group="school")}),
    "compound symmetry in a school": (
        "y ~ x + (1 | school)",
        {"residual": mlm.CompoundSymmetry(group="id")},
    ),
    "unstructured": ("y ~ x + time", {"residual": mlm.Unstructured("time", group="id")}),
    "multiple membership": (
        "y ~ x + (1 | mm(school, second, weights=[m1, m2]))",
        {},
    ),
    "multiple membership, crossed": (
        "y ~ x + (1 | mm(school, second)) + (1 | area)",
        {},
    ),
    "multiple membership, slopes": ("y ~ x + (x | mm(school, second))", {}),
    "proper CAR": ("y ~ x + (1 | car(area)) + (1 | school)", {"neighbours": RING}),
    "intrinsic CAR": ('y ~ x + (1 | car(area, type="intrinsic"))', {"neighbours": RING}),
    "Leroux": ('y ~ x + (1 | car(area, type="leroux"))', {"neighbours": RING}),
    "CAR with an island": ("y ~ x + (1 | car(area))", {"neighbours": ISLAND}),
    "SAR": ("y ~ x + (1 | sar(area))", {"neighbours": RING}),
    "marginal AR1": ("y ~ x + time", {"residual": mlm.AR1("time", group="id")}),
}
BAYES = "brms bambi"
EVERY = "lme4 nlme glmmTMB brms stata spss mlwin hlm statsmodels bambi"
WRITTEN: dict[str, str] = {
    "two levels": EVERY,
    "uncorrelated": EVERY.replace("hlm ", ""),
    "slope alone": EVERY,
    "three levels": EVERY,
    "three levels, slopes": EVERY.replace("statsmodels ", ""),
    "four levels": EVERY.replace("hlm ", ""),
    "combinations": EVERY,
    "crossed": EVERY.replace("hlm ", ""),
    "crossed, slope": EVERY.replace("hlm statsmodels ", ""),
    "crossed, slopes": "lme4 nlme glmmTMB brms spss bambi",
    "nested and crossed": EVERY.replace("hlm ", ""),
    "categories": EVERY.replace("hlm ", "hlm "),
    "interaction": EVERY.replace("hlm ", ""),
    "offset": EVERY,
    "weights": "lme4 nlme brms spss mlwin bambi",
    "variance by": "nlme glmmTMB brms stata spss mlwin bambi",
    "variance by two": "nlme glmmTMB brms stata spss mlwin bambi",
    "variances by two": "nlme glmmTMB brms bambi",
    "variance power": "nlme glmmTMB brms bambi",
    "variance power of the fitted value": "nlme",
    "power, weights": "nlme brms bambi",
    "AR1": "nlme glmmTMB stata spss",
    "AR1, same group": "nlme glmmTMB stata spss",
    "AR1 over days": "nlme glmmTMB stata spss",
    "AR1, nugget": "nlme glmmTMB",
    "AR1, variance by": "nlme",
    "compound symmetry": "nlme brms stata spss",
    "compound symmetry in a school": "nlme brms stata spss",
    "unstructured": "nlme glmmTMB brms stata spss",
    "multiple membership": "nlme brms stata mlwin statsmodels",
    "multiple membership, crossed": "nlme brms stata mlwin statsmodels",
    "multiple membership, slopes": "brms mlwin",
    "proper CAR": "brms",
    "intrinsic CAR": "brms",
    "Leroux": "",
    "CAR with an island": "",
    "SAR": "",
    "marginal AR1": "nlme glmmTMB stata spss",
}


@cache
def fitted(name: str) -> mlm.Fit:
    formula, options = STRUCTURES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        return mlm.fit(formula, world(), **options)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_writes_the_structure_or_says_which_can(system: str, name: str) -> None:
    fit, able = fitted(name), WRITTEN[name].split()
    if system in able:
        program = fit.to_code(system)
        assert "mydata" in program
        assert all(line.rstrip() == line for line in program.splitlines())
        return
    with pytest.raises(mlm.FormulaError) as refused:
        fit.to_code(system)
    others = f"it can be written for {', '.join(able)}" if able else "no system here has that"
    assert f"for {system}; {others}" in str(refused.value)


# ---- R ------------------------------------------------------------------------------------------


def export(code: str, folder: Path) -> None:
    """Do what the program's first comment says."""
    line = PYTHON_LINE.search(code)[1].replace('.to_csv("', f'.to_csv("{folder.as_posix()}/')
    exec(line, {"mlm": mlm, "data": world()})


@pytest.fixture(scope="module")
def in_r(tmp_path_factory) -> Callable[[str], dict[str, dict]]:
    """Return what a package of R finds for every structure that it has, in one session."""

    @cache
    def run(system: str) -> dict[str, dict]:
        need(system)
        folder = tmp_path_factory.mktemp(system)
        names = [name for name in STRUCTURES if system in WRITTEN[name].split()]
        driver = [PROBE]
        for number, name in enumerate(names):
            here = folder / str(number)
            here.mkdir()
            code = fitted(name).to_code(system)
            export(code, here)
            (here / "program.R").write_text(code.replace("summary(fit)", ""))
            driver.append(f'setwd("{here.as_posix()}"); source("program.R"); report(fit)')
        lines, complaint = rows_of(system, driver, folder)
        assert len(lines) == len(names), f"{names[len(lines)]}: {complaint[-2000:]}"
        return dict(zip(names, lines, strict=True))

    return run


PAIRS = [
    (system, name)
    for system in ("lme4", "nlme", "glmmTMB")
    for name in STRUCTURES
    if system in WRITTEN[name].split()
]


@pytest.mark.parametrize(("system", "name"), PAIRS)
def test_r_finds_our_numbers(system: str, name: str, in_r) -> None:
    theirs, fit = in_r(system)[name], fitted(name)
    assert theirs["loglik"] == pytest.approx(fit.loglik, abs=3e-4)
    se = fit.se.to_numpy()
    assert np.abs(np.array(theirs["fixef"]) - fit.fixef.to_numpy()).max() < 1e-3 * se.max()
    if system != "glmmTMB":  # its standard errors count in that variances are uncertain
        np.testing.assert_allclose(theirs["se"], se, rtol=3e-3)


# ---- Python and HLM -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in STRUCTURES if "statsmodels" in WRITTEN[n]])
def test_statsmodels_finds_our_numbers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, fit = fitted(name).to_code("statsmodels"), fitted(name)
    monkeypatch.chdir(tmp_path)
    export(code, tmp_path)
    space: dict[str, object] = {}
    with warnings.catch_warnings():  # it takes a variance below 0.01 for one of zero
        warnings.filterwarnings("ignore", "The MLE may be on the boundary")
        exec(code, space)
    theirs = space["fit"]
    assert theirs.llf == pytest.approx(fit.loglik, abs=2e-3)
    found = {plain(name): value for name, value in theirs.fe_params.items()}
    for effect, value in fit.fixef.items():
        assert abs(found[plain(effect)] - value) < 5e-3 * fit.se[effect]


def plain(name: str) -> frozenset[str]:
    """Write ``a:sex[T.girl]`` so that the order of an interaction does not matter."""
    return frozenset(name.replace("[T.", "[").split(":"))


@pytest.mark.parametrize("name", [n for n in STRUCTURES if "hlm" in WRITTEN[n].split()])
def test_hlm_gets_its_files(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(fitted(name).to_code("hlm"), {"data": world()})
    levels = len(list(tmp_path.glob("mydata_*.dta")))
    assert levels == 1 + len(fitted(name).ngroups)
    names: set[str] = set()
    for level in range(1, levels + 1):
        table = pd.read_stata(tmp_path / f"mydata_{level}.dta")
        sizes = [len(world()), *sorted(fitted(name).ngroups.values(), reverse=True)]
        assert len(table) == sizes[level - 1]
        names |= set(table)
    template = (tmp_path / "mydata.mdmt").read_text().splitlines()
    listed = [line for line in template if line.isupper() and not line.startswith("#")]
    assert set(listed) <= names
