"""Profile curves and their picture: closed forms and the limits of confint."""

import numpy as np
import pytest
from drawn import curves, texts
from scipy.integrate import trapezoid
from scipy.stats import norm

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR


@pytest.mark.parametrize(
    "name", ["days", "var(days | subject)", "cor(Intercept, days | subject)", "var(Residual)"]
)
def test_zeta_crosses_its_quantiles_at_the_limits_of_confint(sleep, name):
    curve = sleep.profile(name)
    limits = sleep.confint("profile").loc[name, ["low", "high"]].astype(float)
    limits = np.sqrt(limits) if name.startswith("var(") else limits
    at = np.interp([-norm.ppf(0.975), norm.ppf(0.975)], curve["zeta"], curve["value"])
    np.testing.assert_allclose(at, limits, rtol=0.01)
    assert (np.diff(curve["zeta"]) > 0).all()
    assert curve["zeta"].iloc[[0, -1]].tolist() == pytest.approx([-3, 3], abs=1e-3) or "cor" in name


def test_the_deviance_at_a_point_is_that_of_a_fit_without_the_term(sleep):
    curve = sleep.profile("days", reach=6)
    without = mlm.fit("reaction ~ 1 + (days | subject)", mlm.load("sleepstudy"), reml=False)
    whole = mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"), reml=False)
    zeta = np.interp(0.0, curve["value"], curve["zeta"])
    assert zeta**2 == pytest.approx(without.deviance - whole.deviance, rel=0.01)


def test_a_curve_stops_at_the_bound():
    fit = mlm.fit("mathach ~ ses + (ses | school)", mlm.load("hsb82"))
    curve = fit.profile("cor(Intercept, ses | school)")
    assert curve["value"].between(-1, 1).all()
    assert curve["value"].iloc[0] == -1
    assert curve["zeta"].iloc[0] > -3


def test_the_picture_draws_the_curve_and_marks_the_interval(penicillin):
    ax = mlm.plot_profile(penicillin, "var(Intercept | sample)")
    curve = penicillin.profile("var(Intercept | sample)")
    (line,) = curves(ax, COLOR["between"])
    drawn = np.interp(curve["value"], line.get_xdata(), line.get_ydata())
    assert drawn == pytest.approx(curve["zeta"], abs=0.02)
    low, high = np.sqrt(
        penicillin.confint("profile").loc["var(Intercept | sample)", ["low", "high"]].astype(float)
    )
    assert {f"{low:.2f}", f"{high:.2f}", f"{curve.attrs['estimate']:.2f}"} <= set(texts(ax))
    assert ax.get_xlabel() == "Standard deviation of sample intercepts, mm"


def test_the_density_is_one_and_its_quantiles_are_the_limits(penicillin):
    ax = mlm.plot_profile(penicillin, "var(Intercept | sample)", show="density")
    (line,) = curves(ax, COLOR["between"])
    x, y = line.get_data()
    assert trapezoid(y, x) == pytest.approx(norm.cdf(3) - norm.cdf(-3), abs=0.003)
    curve = penicillin.profile("var(Intercept | sample)")
    low = np.interp(-norm.ppf(0.975), curve["zeta"], curve["value"])
    assert trapezoid(y[x <= low], x[x <= low]) == pytest.approx(0.0237, abs=0.004)


def test_each_parameter_has_its_words(sleep):
    assert mlm.plot_profile(sleep, "days").get_xlabel() == "Coefficient of day of the study"
    assert (
        mlm.plot_profile(sleep, "var(Residual)").get_xlabel() == "Residual standard deviation, ms"
    )
    null = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    assert mlm.plot_profile(null, "icc").get_xlabel() == "Intraclass correlation"


def test_level_one_parameters_have_profiles_too():
    fit = mlm.fit(
        "distance ~ age + (1 | subject)", mlm.load("orthodont"), residual=mlm.VarianceBy("sex")
    )
    name = next(name for name in fit.confint().index if "Residual" in name)
    curve = fit.profile(name)
    limits = np.sqrt(fit.confint("profile").loc[name, ["low", "high"]].astype(float))
    at = np.interp([-norm.ppf(0.975), norm.ppf(0.975)], curve["zeta"], curve["value"])
    np.testing.assert_allclose(at, limits, rtol=0.01)
    ax = mlm.plot_profile(fit, name)
    assert ax.get_xlabel().startswith("Residual standard deviation, sex[")
    assert curves(ax, COLOR["within"])


def test_bad_input_is_refused(sleep):
    with pytest.raises(FormulaError, match="no parameter 'day'; did you mean 'days'"):
        mlm.plot_profile(sleep, "day")
    with pytest.raises(DataError, match="show must be"):
        mlm.plot_profile(sleep, "days", show="curve")
    with pytest.raises(mlm.FitError, match="reach is a number"):
        sleep.profile("days", reach=0)
