"""Variances along a predictor: what is drawn is what the model says."""

import numpy as np
import pandas as pd
import pytest
from drawn import curves, texts
from matplotlib import pyplot as plt

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR, MARKER


@pytest.fixture(scope="module")
def exam():
    return mlm.fit("normexam ~ standlrt + (standlrt | school)", mlm.load("exam"))


def test_lines_and_bands_are_the_variance_function(exam):
    ax = mlm.plot_variance_function(exam)
    function = exam.variance_function("standlrt")
    (between,), (within,) = curves(ax, COLOR["between"]), curves(ax, COLOR["within"])
    assert between.get_xdata() == pytest.approx(function.table.index)
    assert between.get_ydata() == pytest.approx(function.table["school"])
    assert within.get_ydata() == pytest.approx(function.table["Residual"])
    assert between.get_linestyle() == "-"
    assert within.get_linestyle() == "--"
    tops = [band.get_paths()[0].vertices[:, 1].max() for band in ax.collections]
    assert tops == pytest.approx([function.high["school"].max(), function.high["Residual"].max()])
    assert ax.get_ylim()[0] == 0
    assert {"between\nschools", "within\nschools"} <= set(texts(ax))
    assert ax.get_ylabel().replace("\n", " ") == (
        "Variance of examination score at 16, (standard deviations)²"
    )


def test_the_least_variance_is_marked_and_said(exam):
    ax = mlm.plot_variance_function(exam)
    least = exam.variance_function("standlrt").minimum.loc["school"]
    (mark,) = [line for line in ax.lines if line.get_marker() == MARKER["between"]]
    assert mark.get_xdata()[0] == pytest.approx(least["x"])
    assert mark.get_ydata()[0] == pytest.approx(least["variance"])
    assert f"least at −{abs(least['x']):.2f}" in texts(ax)


def test_a_least_variance_outside_the_data_is_not_drawn():
    fit = mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))
    ax = mlm.plot_variance_function(fit)
    assert not [line for line in ax.lines if line.get_marker() == MARKER["between"]]
    assert not any("least" in text for text in texts(ax))


def test_shares_are_percentages(exam):
    ax = mlm.plot_variance_function(exam, share=True, band=False)
    (line,) = curves(ax, COLOR["between"])
    assert line.get_ydata() == pytest.approx(exam.variance_function("standlrt").table["vpc"])
    ax.figure.canvas.draw()
    assert {label.get_text()[-1] for label in ax.get_yticklabels()} == {"%"}
    assert not ax.collections


def test_two_values_are_two_points_with_their_words():
    fit = mlm.fit(
        "health ~ poor + (poor | neighborhood)",
        mlm.survey("C.7.20"),
        residual=mlm.VarianceBy("poor"),
    )
    ax = mlm.plot_variance_function(fit)
    table = fit.variance_function("poor").table
    squares = next(line for line in ax.lines if line.get_marker() == MARKER["within"])
    assert squares.get_ydata() == pytest.approx(table["Residual"])
    assert squares.get_linestyle() == "None"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0 = not poor", "1 = poor"]


def test_each_level_has_its_color_and_others_are_held():
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"c": np.repeat(np.arange(80), 6), "x": np.tile(np.arange(6.0), 80)})
    data["s"], data["w"] = data["c"] // 8, rng.normal(size=480)
    data["y"] = (
        rng.normal(size=80)[data["c"]]
        + (rng.normal(size=80) * 0.5)[data["c"]] * data["x"]
        + rng.normal(size=10)[data["s"]] * (1 + data["w"])
        + rng.normal(size=480)
    )
    fit = mlm.fit("y ~ x + w + (x | c) + (w | s)", data)
    ax = mlm.plot_variance_function(fit, "x", at={"w": 2.0})
    (schools,) = curves(ax, COLOR["third"])
    expected = fit.variance_function("x", at={"w": 2.0}).table["s"]
    assert schools.get_ydata() == pytest.approx(expected)
    assert ax.get_xlabel() == "x; w 2.00"


def test_given_axes_are_used_and_names_are_taken(exam):
    _, mine = plt.subplots()
    ax = mlm.plot_variance_function(exam, xlabel="one", ylabel="two", ax=mine)
    assert (ax is mine, ax.get_xlabel(), ax.get_ylabel()) == (True, "one", "two")


def test_models_without_slopes_are_refused(exam):
    fit = mlm.fit("normexam ~ standlrt + (1 | school)", mlm.load("exam"))
    with pytest.raises(FormulaError, match="no slope varies between groups"):
        mlm.plot_variance_function(fit)
    with pytest.raises(FormulaError, match="no variance of"):
        mlm.plot_variance_function(exam, "girl")
    with pytest.raises(DataError, match="a fitted model is needed"):
        mlm.plot_variance_function(mlm.load("exam"))


def test_only_level_1_depends_on_it():
    data = mlm.load("orthodont")
    fit = mlm.fit("distance ~ age + (1 | subject)", data, residual=mlm.VariancePower("age"))
    assert fit.variance_function("age").minimum.empty
    drawn = mlm.plot_variance_function(fit, "age").get_lines()
    expected = fit.variance_function("age").table["Residual"].to_numpy()
    assert any(np.array_equal(line.get_ydata(), expected) for line in drawn)
