"""Residuals of a level against normal quantiles."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy.stats import norm

from mlmbook import DataError, FormulaError
from mlmbook.plots import plot_residuals_qq


def points(ax):
    return next(line for line in ax.lines if line.get_marker() in ("o", "s"))


def test_level_one_are_the_rows(sleep):
    ax = plot_residuals_qq(sleep)
    found = points(ax)
    assert found.get_marker() == "s"
    assert found.get_ydata() == pytest.approx(np.sort(sleep.residuals.to_numpy()))
    assert found.get_xdata()[0] == pytest.approx(norm.ppf(0.5 / 180))
    assert ax.get_ylabel() == "Level-1 residual, ms"
    assert ax.get_xlabel() == "Normal quantile, standard deviations"


def test_level_two_are_the_groups_with_their_extremes_named(sleep):
    ax = plot_residuals_qq(sleep, level=2, term="days")
    found = points(ax)
    modes = sleep.ranef["subject"]["days"].sort_values()
    assert found.get_marker() == "o"
    assert found.get_ydata() == pytest.approx(modes.to_numpy())
    assert [text.get_text() for text in ax.texts] == [modes.index[0], modes.index[-1]]


def test_the_given_axes_are_used(sleep):
    _, mine = plt.subplots()
    assert plot_residuals_qq(sleep, level="subject", ax=mine, ylabel="mine") is mine
    assert mine.get_ylabel() == "mine"


def test_unknown_levels_and_terms_are_refused(sleep):
    with pytest.raises(DataError, match="no level 3"):
        plot_residuals_qq(sleep, level=3)
    with pytest.raises(FormulaError, match="'x' is not a random effect"):
        plot_residuals_qq(sleep, level=2, term="x")
