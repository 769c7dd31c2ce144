"""Equations: the book's numbered ones come out as the notes write them."""

import re

import pytest
from hypothesis import given, strategies as st

import mlmbook as mlm
from mlmbook.write import equation
from mlmbook.write.numbers import decimals, number, percent


@pytest.fixture(scope="module")
def people():
    return mlm.survey("C.7.23")


def lines(latex: str) -> list[str]:
    """Return the lines inside the aligned environment."""
    first, *body, last = latex.split("\n")
    assert (first, last) == (r"\begin{aligned}", r"\end{aligned}")
    return [line.removesuffix(r" \\") for line in body]


def test_null_model(people) -> None:
    fit = mlm.fit("health ~ 1 + (1 | neighborhood)", people)
    assert lines(fit.equation()) == [
        r"y_{ij} &= \beta_0 + (u_{0j} + e_{0ij})",
        r"u_{0j} &\sim \mathrm{N}(0,\ \sigma^2_{u0})",
        r"e_{0ij} &\sim \mathrm{N}(0,\ \sigma^2_{e0})",
        r"&\text{with } y_{ij} = \text{health}",
    ]


def test_c_7_3_random_intercept(people) -> None:
    fit = mlm.fit("health ~ poor + (1 | neighborhood)", people)
    combined = r"y_{ij} &= \beta_0 + \beta_1 x_{1ij} + (u_{0j} + e_{0ij})"
    assert lines(fit.equation())[0] == combined
    assert lines(fit.equation(form="levels"))[:2] == [
        r"y_{ij} &= \beta_{0j} + \beta_1 x_{1ij} + e_{0ij}",  # C.7.1
        r"\beta_{0j} &= \beta_0 + u_{0j}",  # C.7.2
    ]


def test_c_7_16_random_slope(people) -> None:
    fit = mlm.fit("health ~ poor + (poor | neighborhood)", people)
    first, joint, *_ = lines(fit.equation())
    assert first == r"y_{ij} &= \beta_0 + \beta_1 x_{1ij} + (u_{0j} + u_{1j} x_{1ij} + e_{0ij})"
    assert r"\begin{pmatrix} u_{0j} \\ u_{1j} \end{pmatrix} &\sim" in joint
    assert (
        r"\Omega_u = \begin{pmatrix} \sigma^2_{u0} & \sigma_{u01} \\ "
        r"\sigma_{u01} & \sigma^2_{u1} \end{pmatrix}" in joint
    )


def test_c_7_23_cross_level_interaction(people) -> None:
    fit = mlm.fit("health ~ poor * deprivation + (poor | neighborhood)", people)
    assert lines(fit.equation())[0] == (
        r"y_{ij} &= \beta_0 + \beta_1 x_{1ij} + \alpha_1 w_{1j} + \alpha_2 w_{1j} x_{1ij} "
        r"+ (u_{0j} + u_{1j} x_{1ij} + e_{0ij})"
    )
    assert lines(fit.equation(form="levels"))[:3] == [
        r"y_{ij} &= \beta_{0j} + \beta_{1j} x_{1ij} + e_{0ij}",
        r"\beta_{0j} &= \beta_0 + \alpha_1 w_{1j} + u_{0j}",
        r"\beta_{1j} &= \beta_1 + \alpha_2 w_{1j} + u_{1j}",
    ]
    assert lines(fit.equation())[-1] == (
        r"&\text{with } y_{ij} = \text{health},\ x_{1ij} = \text{poor},\ "
        r"w_{1j} = \text{deprivation}"
    )


def test_uncorrelated_departures_are_written_one_by_one(people) -> None:
    latex = mlm.fit("health ~ poor + (poor || neighborhood)", people).equation()
    assert r"u_{1j} &\sim \mathrm{N}(0,\ \sigma^2_{u1})" in latex
    assert r"\Omega" not in latex


def test_names_of_the_variables(people) -> None:
    fit = mlm.fit("health ~ poor * deprivation + (1 | neighborhood)", people)
    latex = fit.equation(names="variables")
    assert lines(latex)[0].startswith(
        r"\text{health}_{ij} &= \beta_0 + \beta_1 \, \text{poor}_{ij}"
    )
    assert r"\alpha_2 \, \text{deprivation}_{j} \, \text{poor}_{ij}" in latex
    assert "with" not in latex


def test_estimates_take_the_place_of_parameters() -> None:
    fit = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    assert lines(fit.equation(estimates=True))[:3] == [
        r"y_{ij} &= 12.64 + (u_{0j} + e_{0ij})",
        r"u_{0j} &\sim \mathrm{N}(0,\ 8.61)",
        r"e_{0ij} &\sim \mathrm{N}(0,\ 39.1)",
    ]


def test_negative_estimates_are_subtracted(people) -> None:
    fit = mlm.fit("health ~ poor + (poor | neighborhood)", people)
    first, joint, *_ = lines(fit.equation(estimates=True))
    assert re.match(r"y_\{ij\} &= 61\.\d+ - 6\.\d+ x_\{1ij\} \+ ", first)
    covariance = fit.varcorr.set_index(["term", "term2"])["variance"]["Intercept", "poor"]
    assert number(covariance, decimals(covariance, digits=3)) in joint


def test_colors_mark_the_levels(people) -> None:
    fit = mlm.fit("health ~ poor * deprivation + (poor | neighborhood)", people)
    colored = fit.equation(colors=True)
    assert r"\class{l2}{u_{0j}}" in colored
    assert r"\class{l1}{e_{0ij}}" in colored
    assert r"\class{cross}{\alpha_2 w_{1j} x_{1ij}}" in colored
    assert re.sub(r"\\class\{\w+\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", colored) == fit.equation()


def test_categories_and_squares_are_explained() -> None:
    data = mlm.load("hsb82")
    fit = mlm.fit("mathach ~ sector + cses + I(cses ** 2) + (1 | school)", data)
    legend = " ".join(lines(fit.equation())[-2:])
    assert r"x_{1ij} = \text{cses},\ x_{2ij} = \text{cses²}" in legend
    assert r"w_{1j} = \text{sector: Catholic}" in legend


def test_a_slope_that_has_no_fixed_effect_gets_its_own_number() -> None:
    data = mlm.load("orthodont")
    latex = mlm.fit("distance ~ 1 + (0 + age | subject)", data).equation(form="levels")
    assert lines(latex)[:2] == [
        r"y_{ij} &= \beta_0 + \beta_{1j} x_{1ij} + e_{0ij}",
        r"\beta_{1j} &= u_{1j}",
    ]


def test_underscores_are_escaped() -> None:
    fit = mlm.fit("log_radon ~ floor + (1 | county)", mlm.load("radon"))
    assert r"\text{log\_radon}" in fit.equation()


def test_braces_and_environments_are_balanced(people) -> None:
    formulas = [
        "health ~ poor * deprivation + (poor | neighborhood)",
        "health ~ 0 + poor + deprivation + (0 + poor || neighborhood)",
        "health ~ poor + np.exp(deprivation) + (1 | neighborhood)",
    ]
    for formula in formulas:
        fit = mlm.fit(formula, people)
        for form in ("combined", "levels"):
            latex = equation(fit, form=form, colors=True)
            assert latex.count("{") == latex.count("}")
            assert latex.count(r"\begin") == latex.count(r"\end")
            assert latex.count("&=") + latex.count(r"&\sim") + latex.count(r"&\text") + latex.count(
                r"&\quad"
            ) == len(lines(latex))


def test_unknown_options_are_refused(people) -> None:
    fit = mlm.fit("health ~ 1 + (1 | neighborhood)", people)
    with pytest.raises(mlm.FormulaError, match='form must be "combined" or "levels"'):
        fit.equation(form="matrix")
    with pytest.raises(mlm.FormulaError, match='names must be "symbols" or "variables"'):
        fit.equation(names="greek")


# ---- numbers ------------------------------------------------------------------------------------


@given(value=st.floats(-1e6, 1e6), places=st.integers(0, 6))
def test_numbers_keep_their_value(value: float, places: int) -> None:
    text = number(value, places)
    assert float(text.replace("\N{MINUS SIGN}", "-")) == pytest.approx(
        value, abs=0.51 * 10**-places
    )
    assert "-" not in text


@pytest.mark.parametrize(
    ("uncertainty", "places"), [(0.244, 2), (3.1, 1), (31, 0), (0.0042, 4), (0, 2), (1e-12, 6)]
)
def test_decimals_show_two_digits_of_the_uncertainty(uncertainty: float, places: int) -> None:
    assert decimals(uncertainty) == places


def test_zero_has_no_sign() -> None:
    assert number(-0.0001, 2) == "0.00"
    assert number(-1.5, 1) == "\N{MINUS SIGN}1.5"
    assert percent(0.181) == "18 %"
