"""Residuals of each level and their standard deviations: dense matrices and closed forms."""

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook import DataError

SLEEP = "reaction ~ days + (days | subject)"


def henderson(fit):
    """Covariance matrices of b-hat, of its error and of the level-1 residuals, all dense."""
    groupings = fit.design.groupings
    blocks, omegas = [], []
    for grouping, omega in zip(groupings, fit.estimates.covariances, strict=True):
        for group in range(grouping.ngroups):
            blocks.append(grouping.Z * (grouping.codes == group)[:, None])
            omegas.append(omega)
    Z, X, n = np.hstack(blocks), fit.design.X, fit.nobs
    G = np.zeros((Z.shape[1], Z.shape[1]))
    at = 0
    for omega in omegas:
        G[at : at + len(omega), at : at + len(omega)] = omega
        at += len(omega)
    relative = np.ones(n) if fit.residual is None else fit.residual.row_variances
    R = np.diag(fit.sigma**2 * relative)
    W = np.linalg.inv(Z @ G @ Z.T + R)
    P = W - W @ X @ np.linalg.solve(X.T @ W @ X, X.T @ W)
    own = G @ Z.T @ P @ Z @ G
    return own, G - own, R @ P @ R


@pytest.mark.parametrize(
    ("name", "formula", "residual"),
    [
        ("sleepstudy", SLEEP, None),
        ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", None),
        ("orthodont", "distance ~ age * sex + (1 | subject)", mlm.VarianceBy("sex")),
    ],
)
def test_standard_deviations_are_those_of_the_mixed_model_equations(name, formula, residual):
    fit = mlm.fit(formula, mlm.load(name), residual=residual)
    own, error, level1 = henderson(fit)
    own, error = np.sqrt(np.diagonal(own)), np.sqrt(np.diagonal(error))
    at = 0
    for grouping in fit.design.groupings:
        size = grouping.ngroups * len(grouping.terms)
        shape, here = (grouping.ngroups, -1), slice(at, at + size)
        comparative = fit.residuals_sd_at(grouping.name)
        diagnostic = fit.residuals_sd_at(grouping.name, kind="diagnostic")
        np.testing.assert_allclose(comparative, error[here].reshape(shape), rtol=1e-6)
        np.testing.assert_allclose(diagnostic, own[here].reshape(shape), rtol=1e-6)
        at += size
    rows = fit.residuals_sd_at(1, kind="diagnostic")
    np.testing.assert_allclose(rows, np.sqrt(np.diagonal(level1)), rtol=1e-6)
    variance = fit.sigma**2 * (1 if residual is None else fit.residual.row_variances)
    np.testing.assert_allclose(rows**2 + fit.residuals_sd_at(1) ** 2, variance, rtol=1e-6)


def test_a_raw_intercept_is_the_mean_and_shrinks_by_the_reliability():
    fit = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    raw = fit.residuals_at(2, kind="raw")["Intercept"]
    means = fit.data.groupby("school")["mathach"].mean() - fit.fixef["Intercept"]
    np.testing.assert_allclose(raw, means, rtol=1e-9)
    shrunken = raw * fit.reliability()["reliability"]
    np.testing.assert_allclose(fit.residuals_at(2)["Intercept"], shrunken, rtol=1e-6)


def test_raw_slopes_are_those_of_each_group_alone():
    fit = mlm.fit(SLEEP, mlm.load("sleepstudy"))
    raw = fit.residuals_at("subject", kind="raw")
    for label, rows in fit.data.groupby("subject"):
        slope, intercept = np.polyfit(rows["days"], rows["reaction"], 1)
        np.testing.assert_allclose(
            raw.loc[label] + fit.fixef.to_numpy(), [intercept, slope], rtol=1e-9
        )


@pytest.fixture(scope="module")
def three_levels():
    rng = np.random.default_rng(20263)
    rows = pd.DataFrame({"class_": np.repeat(np.arange(60), 6)})
    rows["school"] = rows["class_"] // 4
    rows["y"] = (
        rng.normal(0, 2, 15)[rows["school"]]
        + rng.normal(0, 1.5, 60)[rows["class_"]]
        + rng.normal(0, 1, 360)
    )
    return mlm.fit("y ~ 1 + (1 | class_) + (1 | school)", rows)


def test_three_balanced_levels_have_closed_forms(three_levels):
    fit = three_levels
    part = fit.varcorr.set_index("group")["variance"]
    schools, classes = (fit.data.groupby(name)["y"].mean() for name in ("school", "class_"))
    raw = fit.residuals_at(3, kind="raw")["Intercept"]
    np.testing.assert_allclose(raw, schools - fit.fixef["Intercept"], rtol=1e-9)
    noise = part["class_"] / 4 + part["Residual"] / 24
    kept = part["school"] / (part["school"] + noise)
    modes = fit.residuals_at(3)["Intercept"]
    np.testing.assert_allclose(modes, kept * raw, rtol=1e-5)
    # A class is compared with the fitted mean of its own school.
    own = fit.fixef["Intercept"] + modes[np.arange(60) // 4].to_numpy()
    alone = fit.residuals_at(2, kind="raw")["Intercept"]
    np.testing.assert_allclose(alone, classes - own, rtol=1e-9)


def test_standardized_modes_are_over_their_own_spread(three_levels):
    fit = three_levels
    for level in (2, 3):
        both = fit.residuals_at(level) / fit.residuals_sd_at(level, kind="diagnostic")
        pd.testing.assert_frame_equal(fit.residuals_at(level, kind="standardized"), both)
        assert 0.6 < both["Intercept"].std() < 1.4
    rows = fit.residuals_at(1, kind="standardized")
    np.testing.assert_allclose(rows, fit.residuals / fit.residuals_sd_at(1, kind="diagnostic"))
    assert rows.std() == pytest.approx(1, abs=0.05)


def test_raw_residuals_weigh_rows_by_their_precision():
    data = mlm.load("hsb82").assign(w=lambda d: np.where(d["female"] == 1, 3.0, 1.0))
    fit = mlm.fit("mathach ~ 1 + (1 | school)", data, weights="w")
    groups = (data["mathach"] * data["w"]).groupby(data["school"]).sum()
    means = groups / data.groupby("school")["w"].sum()
    raw = fit.residuals_at(2, kind="raw")["Intercept"]
    np.testing.assert_allclose(raw, means - fit.fixef["Intercept"], rtol=1e-9)


def test_correlated_rows_are_weighed_within_their_group():
    fit = mlm.fit("distance ~ age + (1 | subject)", mlm.load("orthodont"), residual=mlm.AR1("age"))
    raw = fit.residuals_at(2, kind="raw")["Intercept"]
    left = fit.data["distance"] - fit.predict(level="population")
    rows = np.flatnonzero(fit.data["subject"].to_numpy() == raw.index[0])
    weight = np.linalg.inv(fit.residual.covariance_of(np.arange(fit.nobs))[np.ix_(rows, rows)])
    expected = weight.sum(0) @ left.to_numpy()[rows] / weight.sum()
    assert raw.iloc[0] == pytest.approx(expected, rel=1e-9)


def test_a_group_that_cannot_tell_has_no_raw_residual():
    data = mlm.load("sleepstudy")
    first = data["subject"].iloc[0]
    data = data[(data["subject"] != first) | (data["days"] == 0)]
    raw = mlm.fit(SLEEP, data).residuals_at(2, kind="raw")
    assert raw.isna().all(axis=1).to_dict() == {label: label == first for label in raw.index}


def test_no_variance_no_standardized_residual():
    rng = np.random.default_rng(1)
    flat = pd.DataFrame({"g": np.repeat(np.arange(10), 5)})
    noise = rng.normal(size=50)
    flat["y"] = noise - pd.Series(noise).groupby(flat["g"]).transform("mean")
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ 1 + (1 | g)", flat)
    assert fit.residuals_at(2, kind="standardized").isna().all(axis=None)
    assert (fit.residuals_sd_at(2, kind="diagnostic") == 0).all(axis=None)


def test_what_is_not_there_is_refused(three_levels):
    with pytest.raises(DataError, match=r"no level 4 \(levels: 1, 2, 3, 'class_', 'school'\)"):
        three_levels.residuals_at(4)
    with pytest.raises(DataError, match="did you mean 'school'"):
        three_levels.residuals_sd_at("schol")
    with pytest.raises(DataError, match="choose one of 'mode', 'raw', 'standardized'"):
        three_levels.residuals_at(2, kind="pearson")
    with pytest.raises(DataError, match="choose one of 'raw', 'pearson', 'normalized'"):
        three_levels.residuals_at(1, kind="mode")
    with pytest.raises(DataError, match="kind must be 'comparative' or 'diagnostic'"):
        three_levels.residuals_sd_at(2, kind="raw")


@pytest.fixture(scope="module")
def districts():
    rng = np.random.default_rng(20268)
    ring = {i: [(i - 1) % 30, (i + 1) % 30] for i in range(30)}
    ring[0], ring[30] = [29, 1, 30], [0]  # one district has a single neighbor
    u = np.cumsum(rng.normal(size=31))
    data = pd.DataFrame({"d": np.repeat(np.arange(31), 5), "x": rng.normal(size=155)})
    data["y"] = u[data["d"]] - u.mean() + data["x"] + rng.normal(0, 0.5, 155)
    return mlm.fit("y ~ x + (1 | car(d))", data, neighbours=ring)


def test_districts_have_their_own_variance(districts):
    fit = districts
    grouping = fit.design.groupings[0]
    C = np.diagonal(grouping.correlations(fit.estimates.rhos[0]))
    both = fit.residuals_sd_at(2) ** 2 + fit.residuals_sd_at(2, kind="diagnostic") ** 2
    variance = fit.estimates.covariances[0][0, 0] * C
    np.testing.assert_allclose(both["Intercept"], variance, rtol=1e-6)
    left = fit.data["y"] - fit.predict(level="population")
    raw = fit.residuals_at(2, kind="raw")["Intercept"]
    np.testing.assert_allclose(raw, left.groupby(fit.data["d"]).mean(), rtol=1e-9)
