"""Programs for other systems: those that can be run here are run, and must give our numbers."""

import ast
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rscript import R, need, rows_of

import mlmbook as mlm
from mlmbook.write.code import SYSTEMS
from mlmbook.write.code.expression import Dialect

PYTHON_LINE = re.compile(r"^[#*] (?:In Python, first|First): (.*?)\.?$", re.M)


def hsb82() -> pd.DataFrame:
    data = mlm.load("hsb82")
    return data.assign(status=data["female"] + 2 * data["minority"])


MODELS = {
    "null": ("hsb82", "mathach ~ 1 + (1 | school)", True),
    "cross_level": ("hsb82", "mathach ~ cses * sector + meanses + (cses | school)", True),
    "expressions": (
        "hsb82",
        "mathach ~ C(status) + I(ses ** 2) + center(ses):female + (ses || school)",
        False,
    ),
    "log_response": ("sleepstudy", "np.log(reaction) ~ days + (0 + days | subject)", False),
    "categories": ("exam", "normexam ~ standlrt * schgend + schav + (standlrt | school)", False),
    "by_category": ("orthodont", "distance ~ 0 + sex + sex:age + (0 + sex || subject)", True),
}


def fitted(name: str) -> tuple[pd.DataFrame, mlm.Fit]:
    data_name, formula, reml = MODELS[name]
    data = hsb82() if data_name == "hsb82" else mlm.load(data_name)
    return data, mlm.fit(formula, data, reml=reml)


@pytest.fixture(scope="module")
def fits() -> dict[str, tuple[pd.DataFrame, mlm.Fit]]:
    return {name: fitted(name) for name in MODELS}


def write_data(code: str, data: pd.DataFrame, folder: Path) -> None:
    """Do what the program's first comment says."""
    line = PYTHON_LINE.search(code)[1].replace('.to_csv("', f'.to_csv("{folder.as_posix()}/')
    exec(line, {"mlm": mlm, "data": data})


# ---- R ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run_in_r(tmp_path_factory, fits):
    """Return what a package of R finds for every model, in one session."""

    def run(system: str) -> dict[str, dict[str, object]]:
        folder = tmp_path_factory.mktemp(system)
        need(system)
        driver = ["options(digits = 15)", "results <- list()", 'sink("summaries.txt")']
        for name, (data, fit) in fits.items():
            code = fit.to_code(system)
            here = folder / name
            here.mkdir()
            write_data(code, data, here)
            (here / "program.R").write_text(code)
            driver += [
                f'setwd("{here.as_posix()}")',
                'source("program.R", local = TRUE)',
                f'results[["{name}"]] <- list(loglik = as.numeric(logLik(fit)),',
                "  names = names(fixef(fit)), fixef = unname(fixef(fit)), sigma = sigma(fit))",
            ]
        driver += [
            "sink()",
            "number <- function(x) paste(formatC(x, digits = 15), collapse = ',')",
            "for (name in names(results)) { r <- results[[name]]; cat(sprintf(",
            '  \'{"model":"%s","loglik":%s,"sigma":%s,"fixef":[%s]}\\n\', name,',
            "  number(r$loglik), number(r$sigma), number(r$fixef))) }",
        ]
        lines, complaint = rows_of(system, driver, folder)
        assert len(lines) == len(fits), complaint
        return {line["model"]: line for line in lines}

    return run


@pytest.mark.parametrize("system", ["lme4", "nlme"])
def test_r_runs_the_program_and_finds_our_numbers(system: str, run_in_r, fits) -> None:
    results = run_in_r(system)
    assert set(results) == set(MODELS)
    for name, (_, fit) in fits.items():
        theirs = results[name]
        assert theirs["loglik"] == pytest.approx(fit.loglik, abs=2e-4), name
        assert theirs["sigma"] == pytest.approx(fit.sigma, rel=1e-3), name
        distance = np.abs(np.array(theirs["fixef"]) - fit.fixef.to_numpy()) / fit.se.to_numpy()
        assert distance.max() < 1e-3, name


@pytest.mark.skipif(R is None, reason="R is not installed here")
def test_r_can_read_every_program_in_its_language(fits, tmp_path: Path) -> None:
    for system in ("lme4", "nlme", "glmmTMB", "brms", "mlwin"):
        for name, (_, fit) in fits.items():
            (tmp_path / f"{system}_{name}.R").write_text(fit.to_code(system))
    subprocess.run(
        [R, "--vanilla", "-e", 'for (f in list.files(pattern = "R$")) invisible(parse(f))'],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )


# ---- Python -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["null", "cross_level", "expressions", "categories"])
def test_statsmodels_runs_the_program_and_finds_our_numbers(
    name: str, fits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    data, fit = fits[name]
    code = fit.to_code("statsmodels")
    monkeypatch.chdir(tmp_path)
    write_data(code, data, tmp_path)
    space: dict[str, object] = {}
    exec(code, space)
    theirs = space["fit"]
    assert "Mixed Linear Model" in capsys.readouterr().out
    assert theirs.llf == pytest.approx(fit.loglik, abs=1e-4)
    ours = {unordered(name): value for name, value in fit.fixef.items()}
    errors = {unordered(name): value for name, value in fit.se.items()}
    assert {unordered(name) for name in theirs.fe_params.index} == set(ours)
    for effect, value in theirs.fe_params.items():
        term = unordered(effect)
        assert abs(value - ours[term]) < 1e-3 * errors[term], effect


def unordered(name: str) -> frozenset[str]:
    """Write ``a:sector[T.Catholic]`` as statsmodels does, so that orders do not matter."""
    return frozenset(name.replace("[T.", "[").split(":"))


def test_programs_in_python_can_be_read(fits) -> None:
    for _, fit in fits.values():
        for system in ("statsmodels", "bambi"):
            ast.parse(fit.to_code(system))


@pytest.mark.parametrize("system", ["statsmodels", "bambi"])
@pytest.mark.parametrize(
    "right",
    ["poly(age, 2) + (1 | subject)", "scale(age) + (1 | subject)", "age + (scale(age) | subject)"],
)
def test_functions_that_other_libraries_define_differently(system: str, right: str) -> None:
    fit = mlm.fit(f"distance ~ {right}", mlm.load("orthodont"))
    with pytest.raises(mlm.FormulaError, match="make it a column of the data first"):
        fit.to_code(system)


@pytest.mark.filterwarnings("ignore:The MLE may be on the boundary")
@pytest.mark.parametrize("term", ["log(age)", "{age + 1}", "center(age)", "(age + sex)**2"])
def test_statsmodels_runs_functions(
    term: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = mlm.load("orthodont")
    fit = mlm.fit(f"log(distance) ~ {term} + (1 | subject)", data)
    code = fit.to_code("statsmodels")
    monkeypatch.chdir(tmp_path)
    write_data(code, data, tmp_path)
    space: dict[str, object] = {}
    exec(code, space)
    theirs = space["fit"]
    assert theirs.llf == pytest.approx(fit.loglik, abs=1e-4)
    assert sorted(theirs.fe_params) == pytest.approx(sorted(fit.fixef), abs=1e-4)


# ---- HLM ----------------------------------------------------------------------------------------


@pytest.fixture
def hlm_files(fits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that runs a model's script and gives the folder with its files."""

    def run(name: str) -> Path:
        monkeypatch.chdir(tmp_path)
        data, fit = fits[name]
        exec(fit.to_code("hlm"), {"data": data})
        return tmp_path

    return run


def test_hlm_gets_a_file_for_each_level(hlm_files, fits) -> None:
    folder = hlm_files("cross_level")
    data, _ = fits["cross_level"]
    pupils, schools = (pd.read_stata(folder / f"hsb82_{level}.dta") for level in (1, 2))
    assert list(pupils) == ["ID", "MATHACH", "CSES"]
    assert list(schools) == ["ID", "CATHOLIC", "MEANSES"]
    assert len(pupils) == 7185
    assert schools["ID"].tolist() == list(range(1, 161))
    assert pupils["ID"].is_monotonic_increasing
    assert schools["CATHOLIC"].sum() == 70
    joined = pupils.merge(schools, on="ID")
    assert joined["MATHACH"].corr(joined["MEANSES"]) == pytest.approx(
        data["mathach"].corr(data["meanses"])
    )


def test_hlm_splits_the_cross_level_interaction_into_level_2_equations(hlm_files) -> None:
    commands = (hlm_files("cross_level") / "hsb82.hlm").read_text().splitlines()
    assert "level1:MATHACH=INTRCPT1+CSES+RANDOM" in commands
    assert "level2:INTRCPT1=INTRCPT2+CATHOLIC+MEANSES+random/" in commands
    assert "level2:CSES=INTRCPT2+CATHOLIC+random/" in commands
    assert "mlf:n" in commands


def test_hlm_template_names_the_variables(hlm_files) -> None:
    template = (hlm_files("cross_level") / "hsb82.mdmt").read_text()
    assert template.startswith("#HLM2 MDM CREATION TEMPLATE\nrawdattype:stata\n")
    assert "*begin l1vars\nlevel2id:ID\nMATHACH\nCSES\n*end l1vars" in template
    assert "*begin l2vars\nlevel2id:ID\nCATHOLIC\nMEANSES\n*end l2vars" in template


def test_hlm_null_model_has_a_level_2_file_all_the_same(hlm_files) -> None:
    folder = hlm_files("null")
    assert pd.read_stata(folder / "hsb82_2.dta")["SIZE"].sum() == 7185
    assert "level2:INTRCPT1=INTRCPT2+random/" in (folder / "hsb82.hlm").read_text()


def test_hlm_names_are_short_and_different() -> None:
    world = mlm.simulate(20, 5, beta1=1, rng=1)
    world["socioeconomic_own"] = world["x"]
    world["socioeconomic_two"] = world["x"] ** 2
    fit = mlm.fit("y ~ socioeconomic_own + socioeconomic_two + (1 | group)", world)
    assert "level1:Y=INTRCPT1+SOCIOECO+SOCIOEC2+RANDOM" in fit.to_code("hlm")


def test_hlm_cannot_do_without_covariances(fits) -> None:
    with pytest.raises(mlm.FormulaError, match="always estimates their covariances"):
        fits["expressions"][1].to_code("hlm")


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_hlm_has_random_slopes_of_level_1_only() -> None:
    fit = mlm.fit("y ~ w + (w | group)", mlm.simulate(30, 5, rng=2))
    with pytest.raises(mlm.FormulaError, match="'w', which does not vary within 'group'"):
        fit.to_code("hlm")


# ---- Stata, SPSS, MLwiN: they cannot be run here, so their text is fixed ------------------------


def test_stata(fits) -> None:
    _, fit = fits["cross_level"]
    assert fit.to_code("stata").splitlines()[1:] == [
        'import delimited "hsb82.csv", varnames(1) case(preserve) asdouble clear',
        'generate byte sector_Catholic = sector == "Catholic"',
        "egen long school_id = group(school)",
        "mixed mathach c.cses c.sector_Catholic c.meanses c.cses#c.sector_Catholic ///",
        "    || school_id: cses, covariance(unstructured) reml",
    ]


def test_stata_null_model_and_separate_effects(fits) -> None:
    assert fits["null"][1].to_code("stata").endswith("mixed mathach ///\n    || school_id:, reml")
    program = fits["expressions"][1].to_code("stata").splitlines()
    assert "generate byte status_3 = status == 3" in program
    assert "generate double ses_2 = ses^2" in program
    assert "egen double mean_ses = mean(ses)" in program
    assert "generate double center_ses = ses - mean_ses" in program
    assert program[-2:] == ["    || school_id: ///", "    || school_id: ses, noconstant mle"]


def test_spss(fits) -> None:
    _, fit = fits["cross_level"]
    program = fit.to_code("spss").splitlines()
    assert program[0].endswith('.to_csv("hsb82.csv", index=False).')
    assert "  /VARIABLES=mathach AUTO cses AUTO sector A8 meanses AUTO school AUTO." in program
    assert program[-7:] == [
        'COMPUTE sector_Catholic = (sector = "Catholic").',
        "AUTORECODE VARIABLES=school /INTO school_id.",
        "MIXED mathach WITH cses sector_Catholic meanses",
        "  /FIXED=cses sector_Catholic meanses cses*sector_Catholic | SSTYPE(3)",
        "  /RANDOM=INTERCEPT cses | SUBJECT(school_id) COVTYPE(UN)",
        "  /METHOD=REML",
        "  /PRINT=SOLUTION TESTCOV.",
    ]


def test_spss_transformations_and_separate_effects(fits) -> None:
    program = fits["expressions"][1].to_code("spss").splitlines()
    assert "COMPUTE ses_2 = ses**2." in program
    mean = "AGGREGATE /OUTFILE=* MODE=ADDVARIABLES /BREAK= /mean_ses = MEAN(ses)."
    assert program.index(mean) + 1 == program.index("COMPUTE center_ses = ses - mean_ses.")
    assert "  /RANDOM=INTERCEPT | SUBJECT(school_id) COVTYPE(VC)" in program
    assert "  /RANDOM=ses | SUBJECT(school_id) COVTYPE(VC)" in program
    assert "  /METHOD=ML" in program
    no_constant = fits["by_category"][1].to_code("spss")
    assert "| NOINT SSTYPE(3)" in no_constant
    assert "INTERCEPT" not in no_constant


def test_mlwin(fits) -> None:
    program = fits["cross_level"][1].to_code("mlwin")
    assert "library(R2MLwiN)" in program
    assert "hsb82$cses_x_sector_Catholic <- hsb82$cses * hsb82$sector_Catholic" in program
    assert (
        "runMLwiN(mathach ~ 1 + cses + sector_Catholic + meanses + cses_x_sector_Catholic + "
        "(1 + cses | school) + (1 | row)," in program
    )
    assert "estoptions = list(EstM = 0, Meth = 0))  # RIGLS, which is REML" in program
    separate = fits["expressions"][1].to_code("mlwin")
    assert 'clre = matrix(c(2, "Intercept", "ses"), nrow = 3)))  # IGLS, which is ML' in separate


def test_brms_and_bambi_say_that_they_are_bayesian(fits) -> None:
    for system in ("brms", "bambi"):
        assert "# Bayesian, with the default priors" in fits["null"][1].to_code(system)
    assert "uncorrelated" in fits["cross_level"][1].to_code("bambi")
    assert "uncorrelated" not in fits["null"][1].to_code("bambi")


# ---- all systems --------------------------------------------------------------------------------


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_program_names_its_data_and_method(system: str, fits) -> None:
    for name, (data, fit) in fits.items():
        if system == "hlm" and name in ("expressions", "log_response", "by_category"):
            continue
        program = fit.to_code(system.upper())
        assert data.attrs["name"] in program
        assert "None" not in program
        assert all(line.rstrip() == line for line in program.splitlines())


def test_known_data_are_loaded_and_others_are_called_data(fits) -> None:
    assert 'mlm.load("hsb82")[["mathach", "school"]]' in fits["null"][1].to_code("lme4")
    assert 'data[["mathach", "status"' in fits["expressions"][1].to_code("lme4")
    half = mlm.load("hsb82").query("female == 1")
    fit = mlm.fit("mathach ~ 1 + (1 | school)", half)
    assert 'first: data[["mathach", "school"]].dropna()' in fit.to_code("lme4")
    survey = mlm.fit("health ~ poor + (1 | neighborhood)", mlm.survey("C.7.3"))
    assert 'mlm.survey("C.7.3")[["health", "poor", "neighborhood"]]' in survey.to_code("stata")
    plain = mlm.simulate(10, 5, rng=1)
    plain.attrs.clear()
    assert '"mydata.csv"' in mlm.fit("y ~ x + (1 | group)", plain).to_code("lme4")


# ---- what is refused ----------------------------------------------------------------------------


def test_unknown_system_gets_the_nearest(fits) -> None:
    _, fit = fits["null"]
    with pytest.raises(mlm.FormulaError, match="no writer for 'stat'; did you mean 'stata'"):
        fit.to_code("stat")
    with pytest.raises(mlm.FormulaError, match=r"no writer for 'sas' \(systems: lme4, nlme"):
        fit.to_code("sas")


def test_splines_are_refused_with_advice() -> None:
    fit = mlm.fit("y ~ bs(x, 3) + (1 | group)", mlm.simulate(20, 5, rng=3))
    for system in ("stata", "lme4", "spss", "hlm"):
        with pytest.raises(mlm.FormulaError, match="make it a column of the data first"):
            fit.to_code(system)


def test_names_and_categories_that_others_cannot_read_are_refused() -> None:
    world = mlm.simulate(20, 5, rng=4)
    odd = world.rename(columns={"x": "größe"})
    with pytest.raises(mlm.FormulaError, match="'größe' has a name that other programs"):
        mlm.fit("y ~ größe + (1 | group)", odd).to_code("stata")
    world["size"] = np.where(world["x"] > 0, '5"', "small")
    with pytest.raises(mlm.FormulaError, match="has a quote or backslash in it"):
        mlm.fit("y ~ size + (1 | group)", world).to_code("lme4")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("I(x ** 2)", "x^2"),
        ("np.log(x + 10)", "ln(x + 10)"),
        ("{a - (b - c)}", "a - (b - c)"),
        ("a / (b * c)", "a / (b * c)"),
        ("-x ** 2", "-x^2"),
        ("(-x) ** 2", "(-x)^2"),
        ("center(x) * 2", "(x - mean_x) * 2"),
        ("log(x) ** 2", "ln(x)^2"),
    ],
)
def test_expressions_keep_their_meaning(ours: str, theirs: str) -> None:
    dialect = Dialect("Stata", "^", {"log": "ln"}, mean=lambda column: f"mean_{column}")
    assert dialect.write(ours) == theirs
