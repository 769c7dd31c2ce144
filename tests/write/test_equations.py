"""Equations of more than two levels, of crossed factors and of level-1 structures."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

WEB = Path(__file__).parents[2] / "web"


@pytest.fixture(scope="module")
def pupils() -> pd.DataFrame:
    """Return pupils in rooms in schools, at five times, in areas that cross the schools."""
    rng = np.random.default_rng(4)
    data = pd.DataFrame(
        [(s, r, p, t) for s in range(9) for r in range(2) for p in range(4) for t in range(5)],
        columns=["school", "room", "pupil", "time"],
    )
    data["id"] = data.groupby(["school", "room", "pupil"]).ngroup()
    data["area"] = rng.integers(0, 8, len(data))
    data["day"] = data["time"] + rng.uniform(0, 0.5, len(data))
    data["girl"] = data["id"] % 2
    data["public"] = data["school"] % 2
    data["w"] = rng.uniform(1, 2, len(data))
    data["y"] = rng.normal(size=len(data)) + rng.normal(size=9)[data["school"]]
    data["y"] += rng.normal(size=72)[data["id"]] + rng.normal(size=8)[data["area"]]
    room = 2 * data["school"] + data["room"]
    data["y"] += rng.normal(size=18)[room] + 0.5 * rng.normal(size=9)[data["school"]] * data["time"]
    return data


def lines(fit: mlm.Fit, **options: object) -> list[str]:
    body = fit.equation(**options).split("\n")[1:-1]
    return [line.removesuffix(r" \\") for line in body]


def test_three_levels_have_three_letters(pupils) -> None:
    fit = mlm.fit("y ~ time * public + girl + (time | school) + (1 | id)", pupils)
    assert lines(fit)[:2] == [
        r"y_{ijk} &= \beta_0 + \beta_1 x_{1ijk} + \alpha_1 z_{1k} + \alpha_2 w_{1jk} "
        r"+ \alpha_3 z_{1k} x_{1ijk}",
        r"&\quad {} + (v_{0k} + v_{1k} x_{1ijk} + u_{0jk} + e_{0ijk})",
    ]
    assert lines(fit, form="levels")[:3] == [
        r"y_{ijk} &= \beta_{0jk} + \beta_{1k} x_{1ijk} + e_{0ijk}",
        r"\beta_{0jk} &= \beta_0 + \alpha_1 z_{1k} + \alpha_2 w_{1jk} + v_{0k} + u_{0jk}",
        r"\beta_{1k} &= \beta_1 + \alpha_3 z_{1k} + v_{1k}",
    ]
    assert any(r"\Omega_v = \begin{pmatrix} \sigma^2_{v0} & \sigma_{v01}" in x for x in lines(fit))
    assert r"u_{0jk} &\sim \mathrm{N}(0,\ \sigma^2_{u0})" in lines(fit)
    colored = fit.equation(colors=True)
    assert r"\class{l3}{v_{0k}}" in colored
    assert r"\class{l2}{u_{0jk}}" in colored


def test_four_levels(pupils) -> None:
    fit = mlm.fit("y ~ 1 + (1 | school/room/pupil)", pupils)
    assert lines(fit)[0] == r"y_{ijkl} &= \beta_0 + (f_{0l} + v_{0kl} + u_{0jkl} + e_{0ijkl})"
    estimates = lines(fit, estimates=True)
    variances = fit.varcorr.set_index("group")["variance"]
    assert estimates[1] == rf"f_{{0l}} &\sim \mathrm{{N}}(0,\ {variances['school']:.3g})"


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_a_slope_of_a_group_variable_has_its_own_departure(pupils) -> None:
    fit = mlm.fit("y ~ time + girl + (girl | school) + (1 | id)", pupils)
    assert r"v_{0k} + v_{2k} w_{1jk} + u_{0jk}" in lines(fit, form="levels")[1]


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_crossed_factors_are_classifications(pupils) -> None:
    fit = mlm.fit("y ~ time + public + (1 | school) + (time | area)", pupils)
    assert lines(fit)[1] == (
        r"&\quad {} + (u^{(2)}_{0,\text{school}(i)} + u^{(3)}_{0,\text{area}(i)} "
        r"+ u^{(3)}_{1,\text{area}(i)} x_{1i} + e_{0i})"
    )
    assert r"\alpha_1 w_{1,\text{school}(i)}" in lines(fit)[0]
    assert r"u^{(2)}_{0,\text{school}(i)} &\sim \mathrm{N}(0,\ \sigma^2_{u(2)0})" in lines(fit)
    assert r"\Omega_{u(3)} = \begin{pmatrix} \sigma^2_{u(3)0}" in fit.equation()
    assert lines(fit, form="levels")[2] == (r"\beta_{1i} &= \beta_1 + u^{(3)}_{1,\text{area}(i)}")


def test_weights_and_offset(pupils) -> None:
    fit = mlm.fit("y ~ time + (1 | school)", pupils, weights="w", offset="day")
    assert lines(fit)[0].startswith(r"y_{ij} &= o_{ij} + \beta_0 + \beta_1 x_{1ij}")
    assert r"e_{0ij} &\sim \mathrm{N}(0,\ \sigma^2_{e0} / \omega_{ij})" in lines(fit)
    assert r"o_{ij} = \text{day},\ \omega_{ij} = \text{w}" in lines(fit)[-1]


def test_variances_of_strata(pupils) -> None:
    fit = mlm.fit("y ~ time + (1 | school)", pupils, residual=mlm.VarianceBy("girl"))
    assert lines(fit)[2:4] == [
        r"e_{0ij} &\sim \mathrm{N}(0,\ \sigma^2_{e,s(ij)})",
        r"\sigma^2_{e,s(ij)} &= \begin{cases} \sigma^2_{e1} & \text{girl} = \text{0} \\ "
        r"\sigma^2_{e2} & \text{girl} = \text{1} \end{cases}",
    ]
    one, two = fit.varcorr["variance"].iloc[-2:]
    assert f"{one:.3g} & " in lines(fit, estimates=True)[3]
    assert f"{two:.3g} & " in lines(fit, estimates=True)[3]


def test_power_of_a_covariate_and_of_the_fitted_value(pupils) -> None:
    fit = mlm.fit("y ~ 1 + (1 | school)", pupils, residual=mlm.VariancePower("w"))
    assert r"\mathrm{N}(0,\ \sigma^2_{e0}\,|c_{ij}|^{2\delta})" in fit.equation()
    assert r"c_{ij} = \text{w}" in fit.equation()
    power = fit.residual.parameters["power w"]
    assert rf"|\text{{w}}_{{ij}}|^{{2 \times {power:.3g}}}" in fit.equation(
        estimates=True, names="variables"
    )


def test_autoregression_shows_its_matrix(pupils) -> None:
    fit = mlm.fit("y ~ time", pupils, residual=mlm.AR1("time", group="id"))
    assert lines(fit)[2] == (
        r"\operatorname{cor}(e_{0ij},\ e_{0i'j}) &= \rho^{|x_{1ij} - x_{1i'j}|},\quad "
        r"R = \begin{pmatrix} 1 & \rho & \rho^2 & \cdots \\ \rho & 1 & \rho & \cdots \\ "
        r"\rho^2 & \rho & 1 & \cdots \\ \vdots & \vdots & \vdots & \ddots \end{pmatrix}"
    )
    days = mlm.fit("y ~ 1 + (1 | school)", pupils, residual=mlm.AR1("day", group="id"))
    assert lines(days)[3] == (
        r"\operatorname{cor}(e_{0ijk},\ e_{0i'jk}) &= \rho^{|t_{ijk} - t_{i'jk}|}"
    )


def test_compound_symmetry(pupils) -> None:
    fit = mlm.fit("y ~ time", pupils, residual=mlm.CompoundSymmetry(group="id"))
    assert lines(fit)[0] == r"y_{ij} &= \beta_0 + \beta_1 x_{1ij} + e_{0ij}"
    rho = float(fit.varcorr["sd"].iloc[-1])
    assert rf"e_{{0i'j}}) &= {rho:.3f} \quad (i \neq i')" in fit.equation(estimates=True)


def test_unstructured_covariances(pupils) -> None:
    two = pupils[pupils["time"] < 2]
    fit = mlm.fit("y ~ 0 + C(time)", two, residual=mlm.Unstructured("time", group="id"))
    assert lines(fit)[1:3] == [
        r"\begin{pmatrix} e_{1j} \\ e_{2j} \end{pmatrix} &\sim \mathrm{N}\left("
        r"\begin{pmatrix} 0 \\ 0 \end{pmatrix},\ \Omega_e\right),\quad \Omega_e = "
        r"\begin{pmatrix} \sigma^2_{e1} & \sigma_{e12} \\ \sigma_{e12} & \sigma^2_{e2} "
        r"\end{pmatrix}",
        r"&i = 1, 2 \text{ for } \text{time} = \text{0},\ \text{1}",
    ]
    covariance = float(fit.varcorr["variance"].iloc[-1])
    assert f"{covariance:.3g}" in lines(fit, estimates=True)[1]
    both = [mlm.VarianceBy("girl"), mlm.Unstructured("time", group="id")]
    combined = mlm.fit("y ~ 0 + C(time)", two, residual=both)
    assert r"e_{0ij} &= \sqrt{\kappa_{\text{girl}(ij)}}\; r_{0ij}" in lines(combined)


def test_multiple_membership_is_a_weighted_sum(pupils) -> None:
    data = pupils.assign(second=(pupils["school"] + 1) % 9)
    fit = mlm.fit("y ~ time + (1 | mm(school, second)) + (1 | id)", data)
    assert r"\sum_{j \in \text{school}(i)} \omega^{(3)}_{ij} u^{(3)}_{0j}" in fit.equation()
    assert r"u^{(3)}_{0j} &\sim \mathrm{N}(0,\ \sigma^2_{u(3)0})" in lines(fit)
    assert r"\omega^{(3)}_{ij} = \text{1/2 each}" in lines(fit)[-1]


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
@pytest.mark.parametrize(
    ("term", "covariance"),
    [
        ("car(area)", r"(D - \rho A)^{-1}"),
        ('car(area, type="intrinsic")', "(D - A)^{-}"),
        ('car(area, type="leroux")', r"\left(\rho (D - A) + (1 - \rho) I\right)^{-1}"),
        ("sar(area)", r"\left((I - \rho W)' (I - \rho W)\right)^{-1}"),
    ],
)
def test_districts_have_a_joint_distribution(pupils, term: str, covariance: str) -> None:
    ring = {area: [(area - 1) % 8, (area + 1) % 8] for area in range(8)}
    fit = mlm.fit(f"y ~ time + (1 | {term})", pupils, neighbours=ring)
    assert (
        rf"\mathbf{{u}}_{{0}} &\sim \mathrm{{N}}(\mathbf{{0}},\ \sigma^2_{{u0}}\,{covariance})"
        in (lines(fit))
    )
    assert r"\rho" not in fit.equation(estimates=True)


def test_mathjax_sets_all_of_them(pupils) -> None:
    if shutil.which("node") is None or not (WEB / "node_modules" / "mathjax").exists():
        pytest.skip("MathJax is not installed here (npm ci in web/)")
    fits = [
        mlm.fit("y ~ time * public + (time | school) + (1 | id)", pupils),
        mlm.fit("y ~ time + (1 | school) + (1 | area)", pupils, weights="w"),
        mlm.fit("y ~ time", pupils, residual=mlm.Unstructured("time", group="id")),
        mlm.fit(
            "y ~ time + (1 | school)",
            pupils,
            residual=[mlm.VarianceBy("girl"), mlm.AR1("day", group="id")],
        ),
    ]
    options: list[dict] = [{}, {"form": "levels", "colors": True}, {"estimates": True}]
    formulas = [[fit.equation(**option), True] for fit in fits for option in options]
    done = subprocess.run(
        ["node", "typeset.cjs"],
        input=json.dumps({"fonts": "fonts", "formulas": formulas}),
        capture_output=True,
        text=True,
        cwd=WEB,
        check=True,
    )
    html = json.loads(done.stdout)["html"]
    assert len(html) == len(formulas)
    assert not any("merror" in page for page in html)
