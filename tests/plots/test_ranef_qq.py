"""Standardized random effects against normal quantiles."""

import numpy as np
import pandas as pd
import pytest
from drawn import texts
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR, MARKER


def circles(ax):
    found = [line for line in ax.lines if line.get_marker() == MARKER["between"]]
    return np.sort(np.concatenate([line.get_ydata() for line in found]))


def test_groups_are_standardized_modes(slopes):
    ax = mlm.plot_ranef_qq(slopes, term="ses")
    own = slopes.residuals_at(2, kind="standardized")["ses"]
    assert circles(ax) == pytest.approx(np.sort(own))
    name = ax.get_ylabel().replace("\n", " ")
    assert name == "Standardized random slope of socio-economic status"


def test_the_band_holds_normal_samples_as_often_as_it_says(slopes):
    ax = mlm.plot_ranef_qq(slopes, level=0.9)
    edge = ax.collections[0].get_paths()[0].vertices
    rng = np.random.default_rng(20267)
    draws = np.sort(rng.normal(size=(4000, 160)), axis=1)
    at = np.unique(edge[:, 0])
    low = np.array([edge[edge[:, 0] == x, 1].min() for x in at])
    high = np.array([edge[edge[:, 0] == x, 1].max() for x in at])
    inside = ((draws >= low) & (draws <= high)).mean(axis=0)
    assert inside == pytest.approx(0.9, abs=0.03)


def test_groups_outside_are_hollow_counted_and_named():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"g": np.repeat([f"g{i}" for i in range(30)], 20)})
    u = rng.normal(size=30) * 0.3
    u[3] = 4
    data["y"] = u[np.arange(600) // 20] + rng.normal(size=600) * 0.2
    ax = mlm.plot_ranef_qq(mlm.fit("y ~ 1 + (1 | g)", data))
    marks = [line for line in ax.lines if line.get_marker() == MARKER["between"]]
    hollow = [line for line in marks if to_hex(line.get_markerfacecolor()) != COLOR["between"]]
    outside = sum(len(line.get_xdata()) for line in hollow)
    assert outside >= 1
    assert "g3" in texts(ax)
    assert any(text.startswith(f"{outside} of 30 gs\noutside the 95 % band") for text in texts(ax))


def test_bad_input_is_refused(slopes):
    with pytest.raises(DataError, match="level is the coverage"):
        mlm.plot_ranef_qq(slopes, level=95)
    with pytest.raises(FormulaError, match="'x' is not a random effect"):
        mlm.plot_ranef_qq(slopes, term="x")
    flat = pd.DataFrame({"g": np.repeat(np.arange(10), 5), "y": np.tile([1.0, 2, 3, 4, 5], 10)})
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ 1 + (1 | g)", flat)
    with pytest.raises(DataError, match="does not vary between groups"):
        mlm.plot_ranef_qq(fit)
