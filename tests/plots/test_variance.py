"""The variance bar: segments, shares, numbers, colors of the levels."""

import pytest
from drawn import texts
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError
from mlmbook.plots import COLOR, FILL, plot_variance


@pytest.fixture(scope="module")
def ses():
    return mlm.fit("mathach ~ ses + (1 | school)", mlm.load("hsb82"))


def test_segments_are_the_variances_in_the_colors_of_the_levels(null):
    ax = plot_variance(null)
    between, within = null.varcorr["variance"]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([between, within])
    assert ax.patches[1].get_x() == pytest.approx(between)
    colors = [to_hex(bar.get_facecolor()) for bar in ax.patches]
    assert colors == [COLOR["between"], FILL["within"]]


def test_labels_give_share_variance_and_sd(null):
    said = texts(plot_variance(null))
    assert "18 %" in said
    assert "82 %" in said
    assert "● between schools\n8.61 (SD 2.93)" in said
    assert "■ within schools\n39.1 (SD 6.26)" in said


def test_several_models_stand_below_each_other(null, ses):
    ax = plot_variance(null, ses)
    assert len(ax.patches) == 4
    assert {"no predictors", "ses"} <= set(texts(ax))
    assert ax.yaxis_inverted()
    named = texts(plot_variance(null, ses, labels=["before", "after"]))
    assert {"before", "after"} <= set(named)


def test_a_small_segment_has_its_share_below():
    data = mlm.load("hsb82")
    fit = mlm.fit("mathach ~ ses + meanses + (1 | school)", data)
    said = texts(plot_variance(fit))
    assert any(text.startswith("● between schools, 7 %") for text in said)


def test_shares_fill_the_axis(null, ses):
    ax = plot_variance(null, ses, share=True)
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(2)
    assert ax.get_xlim() == (0, 1)
    assert ax.get_xlabel() == "Share of the variance"


def test_the_fixed_part_may_be_added(ses):
    ax = plot_variance(ses, fixed=True)
    assert to_hex(ax.patches[0].get_facecolor()) == FILL["fixed"]
    assert any(text.startswith("fixed part") for text in texts(ax))


def test_random_slopes_are_called_an_average():
    fit = mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))
    assert any("between people, average" in text for text in texts(plot_variance(fit)))


def test_the_axis_has_a_squared_unit(null):
    ax = plot_variance(null)
    assert ax.get_xlabel() == "Variance of mathematics achievement, points²"
    assert ax.get_title() == ""
    exam = mlm.fit("normexam ~ 1 + (1 | school)", mlm.load("exam"))
    said = plot_variance(exam).get_xlabel().replace("\n", " ")
    assert said == "Variance of examination score at 16, (standard deviations)²"


def test_a_variance_of_zero_is_said():
    data = mlm.simulate(10, 5, var_u0=0.0, rng=3)
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ 1 + (1 | group)", data)
    assert any("between groups, 0 %\n0 (SD 0)" in text for text in texts(plot_variance(fit)))


def test_the_given_axes_are_used(null):
    _, mine = plt.subplots()
    assert plot_variance(null, ax=mine) is mine


def test_nothing_to_draw_and_wrong_labels(null):
    with pytest.raises(DataError, match="at least one fitted model"):
        plot_variance()
    with pytest.raises(DataError, match="1 fits need 1 labels"):
        plot_variance(null, labels="null")
    with pytest.raises(DataError, match="a fitted model is needed"):
        plot_variance(null, mlm.load("hsb82"))


def test_different_responses_only_as_shares(null):
    other = mlm.fit("reaction ~ 1 + (1 | subject)", mlm.load("sleepstudy"))
    with pytest.raises(DataError, match=r"mathach, reaction.*share=True"):
        plot_variance(null, other)
    assert len(plot_variance(null, other, share=True).patches) == 4


def test_a_bar_for_each_stratum_of_level_1():
    exam = mlm.load("exam")
    fit = mlm.fit("normexam ~ 1 + (1 | school)", exam, residual=mlm.VarianceBy("girl"))
    ax = plot_variance(fit)
    between, boys, girls = fit.varcorr["variance"]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([between, boys, between, girls])
    said = texts(ax)
    assert {"girl[0]", "girl[1]"} <= set(said)
    both = texts(plot_variance(fit, labels=["exam"]))
    assert {"exam · girl[0]", "exam · girl[1]"} <= set(both)


def test_other_level_1_variances_are_averaged():
    sleep = mlm.load("sleepstudy").assign(day=lambda d: d["days"] + 1, count=[1.0, 2.0] * 90)
    formula = "reaction ~ days + (1 | subject)"
    power = mlm.fit(formula, sleep, residual=mlm.VariancePower("day"))
    ax = plot_variance(power)
    delta = power.residual.parameters.item()
    average = power.sigma**2 * (sleep["day"] ** (2 * delta)).mean()
    assert ax.patches[1].get_width() == pytest.approx(average)
    assert any(text.startswith("■ within") and ", average" in text for text in texts(ax))
    weighted = mlm.fit(formula, sleep, weights="count")
    width = plot_variance(weighted).patches[1].get_width()
    assert width == pytest.approx(weighted.sigma**2 * 0.75)
    serial = plot_variance(mlm.fit(formula, sleep, residual=mlm.AR1("days")))
    assert not any("average" in text for text in texts(serial))


def test_a_marginal_model_has_one_segment():
    sleep = mlm.load("sleepstudy")
    fit = mlm.fit("reaction ~ days", sleep, residual=mlm.AR1("days", group="subject"))
    assert len(plot_variance(fit).patches) == 1


def test_long_notes_stand_below_each_other_and_stay_in_the_picture():
    fit = mlm.fit("health ~ poor + (poor | neighborhood)", mlm.survey())
    ax = plot_variance(fit)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if "neighborhoods" in text.get_text()]
    assert len(boxes) == 2
    assert not boxes[0].overlaps(boxes[1])
    assert all(box.x0 >= ax.bbox.x0 - 1 for box in boxes)
