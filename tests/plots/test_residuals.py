"""Residuals against fitted values, predictors and groups."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR, MARKER


def cloud(ax, mark):
    return next(line for line in ax.lines if line.get_marker() == MARKER[mark])


def test_rows_against_fitted_values(slopes):
    ax = mlm.plot_residuals(slopes)
    points = cloud(ax, "within")
    assert points.get_xdata() == pytest.approx(slopes.fitted.to_numpy())
    assert points.get_ydata() == pytest.approx(slopes.residuals.to_numpy())
    assert ax.get_xlabel() == "Fitted mathematics achievement, points"
    assert ax.get_ylabel() == "Level-1 residual, points"


def test_means_of_ten_equal_bins_with_two_standard_errors(slopes):
    ax = mlm.plot_residuals(slopes, against="ses")
    bins = next(line for line in ax.lines if line.get_marker() == "_")
    order = slopes.data["ses"].rank(method="first").to_numpy()
    codes = ((order - 1) * 10 // 7185).astype(int)
    by_bin = slopes.residuals.groupby(codes)
    assert bins.get_ydata() == pytest.approx(by_bin.mean())
    assert bins.get_xdata() == pytest.approx(slopes.data["ses"].groupby(codes).mean())
    whiskers = np.array([path.vertices[:, 1] for path in ax.collections[0].get_paths()])
    assert np.diff(whiskers)[:, 0] == pytest.approx(4 * by_bin.sem())


def test_groups_go_from_least_to_largest_spread(slopes):
    ax = mlm.plot_residuals(slopes, against="school")
    spread = slopes.residuals.groupby(slopes.data["school"]).std().sort_values()
    bars = np.array([path.vertices[:, 1] for path in ax.collections[0].get_paths()])
    shown = np.diff(bars)[:, 0] / 2
    assert len(shown) == 40
    assert shown[[0, -1]] == pytest.approx(spread.iloc[[0, -1]])
    assert (np.diff(shown) >= 0).all()
    assert ax.get_xlabel() == "40 of 160 schools, from least to largest SD"


def test_categories_have_a_strip_each(slopes):
    ax = mlm.plot_residuals(slopes, against="sector")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Public", "Catholic"]
    means = slopes.residuals.groupby(slopes.data["sector"], observed=True).mean()
    assert cloud(ax, "between").get_ydata() == pytest.approx(means[["Public", "Catholic"]])


def test_groups_against_a_group_predictor_and_the_fixed_part(slopes):
    ax = mlm.plot_residuals(slopes, level=2, against="meanses", term="ses")
    points = cloud(ax, "between")
    first = slopes.data.groupby("school")["meanses"].first()
    assert points.get_xdata() == pytest.approx(first)
    assert points.get_ydata() == pytest.approx(slopes.ranef["school"]["ses"].to_numpy())
    assert not ax.get_xlabel().endswith("means")
    ax = mlm.plot_residuals(slopes, level="school")
    fixed = slopes.predict(level="population").groupby(slopes.data["school"]).mean()
    assert cloud(ax, "between").get_xdata() == pytest.approx(fixed)
    assert ax.get_xlabel().endswith("school means")


def test_standardized_residuals_have_their_own_unit(slopes):
    ax = mlm.plot_residuals(slopes, standardized=True)
    own = slopes.residuals_at(1, kind="standardized")
    assert cloud(ax, "within").get_ydata() == pytest.approx(own)
    assert ax.get_ylabel() == "Level-1 residual, own standard deviations"


def test_a_higher_level_has_its_color():
    fit = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
    ax = mlm.plot_residuals(fit, level="sample")
    assert to_hex(cloud(ax, "third").get_color()) == COLOR["third"]


def test_bad_input_is_refused(slopes):
    with pytest.raises(DataError, match="no level 3"):
        mlm.plot_residuals(slopes, level=3)
    with pytest.raises(DataError, match="'sess' is not a column"):
        mlm.plot_residuals(slopes, against="sess")
    with pytest.raises(DataError, match="'sector' is not numeric"):
        mlm.plot_residuals(slopes, level=2, against="sector")
    with pytest.raises(FormulaError, match="'x' is not a random effect"):
        mlm.plot_residuals(slopes, level=2, term="x")
