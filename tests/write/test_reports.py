"""Reports of more than two levels, of crossed factors and of level-1 structures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import mlmbook as mlm
from mlmbook.write.words import listed, plural


def unwrapped(fit: mlm.Fit) -> tuple[str, str]:
    """Return the paragraph of results and the one of methods, without line breaks."""
    results, methods = fit.report().split("\n\n")
    return results.replace("\n", " "), methods.replace("\n", " ")


def component(fit: mlm.Fit, group: str) -> float:
    table = fit.varcorr
    return float(table.loc[(table["group"] == group) & (table["term2"] == ""), "variance"].iloc[0])


@pytest.fixture(scope="module")
def penicillin() -> mlm.Fit:
    return mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))


def test_crossed_null_model_divides_the_variance(penicillin) -> None:
    results, methods = unwrapped(penicillin)
    plate, sample = component(penicillin, "plate"), component(penicillin, "sample")
    rest = penicillin.sigma**2
    total = plate + sample + rest
    assert results.startswith(
        f"Of the total variance in diameter of the zone, about {100 * sample / total:.1f} % lies "
        f"between samples, {100 * plate / total:.1f} % between plates and "
        f"{100 * rest / total:.1f} % between tests; two tests of the same plate but of another "
        f"sample correlate about {plate / total:.2f}, two of the same sample but of another plate "
        f"correlate about {sample / total:.2f}. The overall mean is 22.97 mm (95 % CI "
    )
    low, high = np.sqrt(penicillin.confint().loc["var(Intercept | plate)", ["low", "high"]])
    assert (
        f"Plates differ with a standard deviation of {np.sqrt(plate):.2f} mm "
        f"(95 % CI {low:.2f} to {high:.2f})" in results
    )
    assert methods.endswith(
        "Intervals of standard deviations (on the log scale) are Wald intervals, with standard "
        "errors from the observed information."
    )
    assert methods.startswith(
        "144 tests in 24 plates and 6 samples, which cross (6 tests in each plate, 24 tests in "
        "each sample) were analyzed with a cross-classified linear model with a random intercept "
        "for samples and a random intercept for plates"
    )


def test_crossed_factors_are_both_held() -> None:
    fit = mlm.fit("attain ~ verbal + (1 | primary) + (1 | secondary)", mlm.load("scotssec"))
    results, _ = unwrapped(fit)
    df, t = fit.summary().loc["verbal", ["df", "statistic"]]
    assert (
        f"t({df:.0f}) = {t:.1f}) than another of the same primary school and secondary" in results
    )
    assert "its primary school and secondary school means are not in the model" in results


def test_three_levels() -> None:
    world = mlm.simulate(12, 30, rng=11, beta1=1, var_u0=60).rename(columns={"group": "school"})
    world["room"] = np.arange(len(world)) % 3
    rng = np.random.default_rng(3)
    code = world.groupby(["school", "room"]).ngroup().to_numpy()
    world["y"] += 6 * rng.normal(size=36)[code]
    world["big"] = (code % 2).astype(float)
    fit = mlm.fit("y ~ x + big + (1 | school/room)", world)
    results, methods = unwrapped(fit)
    assert "than another of the same room" in results
    assert "A room with big = 1 is on average" in results
    assert "than one of the same school with big = 0" in results
    school, room = component(fit, "school"), component(fit, "school:room")
    total = school + room + fit.sigma**2
    assert f"two observations of the same room correlate about {(school + room) / total:.2f}" in (
        results
    )
    assert (
        f"two of the same school but different rooms correlate about {school / total:.2f}"
        in results
    )
    assert "360 observations in 36 rooms in 12 schools (10 observations in each room)" in methods
    assert (
        "a three-level linear model with a random intercept for schools and a random intercept"
        in (methods)
    )


def test_satterthwaite_intervals_of_sums() -> None:
    data = mlm.load("orthodont")
    fit = mlm.fit("distance ~ age * sex + (age | subject)", data)
    results, _ = unwrapped(fit)
    names = ["age", "age:sex[Female]"]
    slope = fit.fixef[names].sum()
    se = np.sqrt(fit.vcov.loc[names, names].to_numpy().sum())
    swapped = data.assign(sex=data["sex"].astype(str))  # Female first: its slope is a coefficient
    other = mlm.fit("distance ~ age * sex + (age | subject)", swapped).summary()
    df = other.loc["age", "df"]
    reach = stats.t.ppf(0.975, df) * se
    assert (
        f"{slope:.2f} mm (95 % CI {slope - reach:.2f} to {slope + reach:.2f}; "
        f"t({df:.1f}) = {slope / se:.2f}) where it is Female" in results
    )


def test_variances_of_strata() -> None:
    data = mlm.load("exam")
    formula = "normexam ~ standlrt + (1 | school)"
    fit = mlm.fit(formula, data, residual=mlm.VarianceBy("girl"))
    results, methods = unwrapped(fit)
    boys, girls = fit.varcorr["sd"].iloc[-2:]
    assert f"The residual standard deviation is {boys:.2f} (95 % CI " in results
    assert f") where girl = 0 and {girls:.2f} (95 % CI " in results
    assert "lies between" not in results
    assert "a random intercept for schools and residual variances by " in methods


def test_autoregression_and_nugget() -> None:
    data = mlm.load("orthodont")
    fit = mlm.fit("distance ~ age", data, residual=mlm.AR1("age", group="subject"))
    results, methods = unwrapped(fit)
    rho = fit.varcorr["sd"].iloc[-1]
    assert f"Residuals of the same child that are 2 apart in age correlate {rho:.2f}" in results
    assert "of the same child (" not in results
    assert "a linear model with autoregressive residuals within children" in methods
    nugget = mlm.AR1("age", group="subject", nugget=True)
    fit = mlm.fit("distance ~ age", data, residual=nugget)
    results, methods = unwrapped(fit)
    share, low, high = 100 * fit.confint().loc["nugget"]
    told = f"{share:.0f} % (95 % CI {low:.0f} to {high:.0f}) is noise without memory"
    assert f"{told}; the rest correlates" in results
    assert "continuous-time autoregressive residuals" in methods
    assert (
        "Intervals of the correlation (on the logit scale of the range) and the share of noise "
        "(on the logit scale) are Wald intervals" in methods
    )


def test_compound_symmetry_and_unstructured() -> None:
    data = mlm.load("orthodont")
    same = mlm.fit("distance ~ age", data, residual=mlm.CompoundSymmetry(group="subject"))
    rho = same.varcorr["sd"].iloc[-1]
    results, methods = unwrapped(same)
    assert f"Any two residuals of the same child correlate {rho:.2f} (95 % CI " in results
    assert "exchangeable residuals within children" in methods
    free = mlm.fit("distance ~ age", data, residual=mlm.Unstructured("age", group="subject"))
    results, methods = unwrapped(free)
    assert "where age is 8, 10, 12 and 14. Those of the same child correlate between" in results
    assert "freely correlated residuals within children" in methods


def test_weights_powers_and_offsets() -> None:
    data = mlm.load("orthodont").assign(w=1.0, o=1.0)
    data.loc[::2, "w"] = 2.0
    fit = mlm.fit(
        "distance ~ sex + (1 | subject)",
        data,
        weights="w",
        offset="o",
        residual=mlm.VariancePower("age"),
    )
    results, methods = unwrapped(fit)
    power = fit.confint().loc["power age", "estimate"]
    assert "The residual standard deviation, where age is 1 and the weight is 1, is" in results
    minus = "\N{MINUS SIGN}" if power < 0 else ""
    assert f"proportional to the size of age to the power of {minus}{abs(power):.2f}" in results
    assert "The variance of a row is divided by its weight, w." in results
    assert "The offset is o: its coefficient is held at 1." in methods
    assert "Intervals of standard deviations (on the log scale) and" in methods
    assert "and the power (on the scale of the power itself) are Wald intervals" in methods
    ones = np.ones(len(data))
    nameless = mlm.fit("distance ~ sex + (1 | subject)", data, weights=ones, offset=ones)
    results, methods = unwrapped(nameless)
    assert "divided by its weight. These" in results
    assert "The offset is the numbers given" in methods
    assert r"\omega_{ij} = \text{weights}" in nameless.equation()


def test_members_and_neighbors() -> None:
    world = mlm.simulate(12, 20, rng=5, beta1=1, var_u0=40).rename(columns={"group": "school"})
    names = sorted(world["school"].unique())
    after = dict(zip(names, names[1:] + names[:1], strict=True))
    world["second"] = world["school"].map(after)
    results, methods = unwrapped(mlm.fit("y ~ x + (1 | mm(school, second))", world))
    assert "for groups, of several of which a row may be a member" in methods
    assert "than another of the same groups." in results
    neighbours = {name: [] for name in names}
    for name, other in after.items():
        neighbours[name].append(other)
        neighbours[other].append(name)
    fit = mlm.fit("y ~ x + (1 | car(school))", world, neighbours=neighbours)
    results, methods = unwrapped(fit)
    sd = np.sqrt(component(fit, "car(school)"))
    assert f"with one neighbor differs with a standard deviation of {sd:.0f}" in results
    rho = fit.confint().loc["rho(car(school))", "estimate"]
    assert f"rho = {rho:.2f}".replace("-", "\N{MINUS SIGN}") in results
    assert "for groups that follow a proper conditional autoregression" in methods
    assert ("rho" in methods) == np.isfinite(fit.confint().loc["rho(car(school))", "low"])


def test_words() -> None:
    assert [plural(word) for word in ("area", "class", "family", "day", "box")] == [
        "areas",
        "classes",
        "families",
        "days",
        "boxes",
    ]
    assert [listed(list(words)) for words in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]
