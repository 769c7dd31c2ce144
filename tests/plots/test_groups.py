"""Members and lines of all groups, from a model and from data."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import texts
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR, plot_groups


@pytest.fixture(scope="module")
def hsb():
    return mlm.load("hsb82")


@pytest.fixture(scope="module")
def poor():
    return mlm.fit("health ~ poor + (1 | neighborhood)", mlm.survey("C.7.3"))


def lines(ax):
    return [
        (to_hex(piece.get_colors()[0]), segment)
        for piece in ax.collections
        if isinstance(piece, LineCollection)
        for segment in piece.get_segments()
    ]


def marks(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker and len(line.get_xdata())]


# ---- a model with a predictor ---------------------------------------------------------------


def test_each_group_has_its_line_and_the_average_its_own(poor):
    ax = plot_groups(poor)
    found = lines(ax)
    assert len(found) == 50
    assert {color for color, _ in found} == {COLOR["between"]}
    starts = sorted(segment[0, 1] for _, segment in found)
    intercepts = poor.fixef["Intercept"] + poor.ranef["neighborhood"]["Intercept"]
    assert starts == pytest.approx(sorted(intercepts))
    slopes = [segment[-1, 1] - segment[0, 1] for _, segment in found]
    assert slopes == pytest.approx([poor.fixef["poor"]] * 50)
    average = next(line for line in ax.lines if to_hex(line.get_color()) == COLOR["fixed"])
    assert average.get_ydata()[0] == pytest.approx(poor.fixef["Intercept"])
    assert "average\nneighborhood" in texts(ax)


def test_two_values_have_their_words(poor):
    ax = plot_groups(poor)
    words = [label.get_text() for label in ax.get_xticklabels()]
    assert words == ["0 = not poor", "1 = poor"]
    assert ax.get_xlabel() == "Poverty"
    assert ax.get_ylabel() == "Health score, points"
    assert ax.get_title() == ""


def test_random_slopes_fan_out(sleep):
    found = lines(plot_groups(sleep))
    slopes = sorted((seg[-1, 1] - seg[0, 1]) / 9 for _, seg in found)
    assert slopes == pytest.approx(sorted(sleep.fixef["days"] + sleep.ranef["subject"]["days"]))


def test_other_predictors_are_held_where_asked(hsb):
    fit = mlm.fit("mathach ~ ses + meanses + sector + (1 | school)", hsb)

    def height(**options):
        ax = plot_groups(fit, "ses", show=["1224"], **options)
        average = next(line for line in ax.lines if to_hex(line.get_color()) == COLOR["fixed"])
        return np.interp(0, average.get_xdata(), average.get_ydata())

    held = fit.fixef["Intercept"] + fit.fixef["meanses"] * hsb["meanses"].mean()
    assert height() == pytest.approx(held)
    assert height(at={"sector": "Catholic"}) - height() == pytest.approx(
        fit.fixef["sector[Catholic]"]
    )
    assert height(at={"meanses": 1.0}) == pytest.approx(
        fit.fixef["Intercept"] + fit.fixef["meanses"]
    )


def test_a_curve_is_drawn_as_one(sleep):
    fit = mlm.fit("reaction ~ days + I(days**2) + (1 | subject)", mlm.load("sleepstudy"))
    _, segment = lines(plot_groups(fit, "days"))[0]
    assert abs(np.diff(segment[:, 1], 2)).max() > 0


def test_a_predictor_of_groups_has_points_for_groups():
    fit = mlm.fit("log_radon ~ floor + uranium + (1 | county)", mlm.load("radon"))
    ax = plot_groups(fit, "uranium", points=False)
    assert len(marks(ax, "o")[0].get_xdata()) == 85


def test_crossed_factors_keep_the_other_one_at_its_average():
    scots = mlm.load("scotssec")
    fit = mlm.fit("attain ~ verbal + (1 | primary) + (1 | secondary)", scots)
    ax = plot_groups(fit, group="secondary")
    assert len(lines(ax)) == 19
    with pytest.raises(FormulaError, match="several grouping factors"):
        plot_groups(fit)


def test_highlighted_groups_are_named(sleep):
    ax = plot_groups(sleep, highlight=["308"])
    assert "308" in texts(ax)


def test_shown_groups_are_spread_over_their_means(sleep):
    ax = plot_groups(sleep, show=3)
    means = mlm.load("sleepstudy").groupby("subject")["reaction"].mean()
    assert {means.idxmin(), means.idxmax()} <= set(texts(ax))
    assert len(lines(ax)) == 3


# ---- a model without a predictor ------------------------------------------------------------


def test_a_null_model_sorts_the_groups_and_shows_both_spreads(hsb):
    fit = mlm.fit("mathach ~ 1 + (1 | school)", hsb)
    ax = plot_groups(fit)
    means = hsb.groupby("school")["mathach"].mean().sort_values().to_numpy()
    circles = marks(ax, "o")[0]
    assert circles.get_ydata() == pytest.approx(means)
    assert len(marks(ax, "s")[0].get_xdata()) == 7185
    assert "between\nschools:\nSD 2.93" in texts(ax)
    assert "within\nschools:\nSD 6.26" in texts(ax)
    assert ax.get_xlabel() == "160 schools, from lowest to highest mean"
    heights = sorted(np.ptp(line.get_ydata()) for line in ax.lines if len(line.get_xdata()) == 2)
    assert heights == pytest.approx([0, 2 * fit.varcorr["sd"][0], 2 * fit.sigma])


# ---- data -----------------------------------------------------------------------------------


def test_data_show_lines_within_and_the_line_between(hsb):
    schools = ["1224", "1433", "8854"]
    ax = plot_groups(hsb, "ses", y="mathach", group="school", show=schools)
    found = lines(ax)
    assert [color for color, _ in found] == [COLOR["within"]] * 3
    rows = hsb[hsb["school"] == "1224"]
    slope = np.polyfit(rows["ses"], rows["mathach"], 1)[0]
    slopes = [(seg[-1, 1] - seg[0, 1]) / (seg[-1, 0] - seg[0, 0]) for _, seg in found]
    assert any(value == pytest.approx(slope) for value in slopes)
    means = hsb[hsb["school"].isin(schools)].groupby("school")[["ses", "mathach"]].mean()
    assert sorted(marks(ax, "o")[0].get_xdata()) == pytest.approx(sorted(means["ses"]))
    assert set(schools) <= set(texts(ax))
    key = [text.get_text() for text in ax.get_legend().get_texts()]
    assert key == ["within a school", "school means", "between schools"]


def test_the_line_between_goes_through_the_means(hsb):
    ax = plot_groups(hsb, "ses", y="mathach", group="school", points=False)
    through = next(
        line
        for line in ax.lines
        if to_hex(line.get_color()) == COLOR["between"] and line.get_marker() == "None"
    )
    (x0, x1), (y0, y1) = through.get_data()
    assert (y1 - y0) / (x1 - x0) == pytest.approx(5.909, abs=5e-4)  # means on means, facts of Hsb82


def test_a_balanced_design_has_no_line_between():
    ax = plot_groups(mlm.load("sleepstudy"), "days", y="reaction", group="subject")
    key = [text.get_text() for text in ax.get_legend().get_texts()]
    assert key == ["within a person", "person means"]


def test_data_without_x_are_sorted_groups():
    ax = plot_groups(mlm.load("sleepstudy"), y="reaction", group="subject", show=5)
    assert len(ax.get_xticklabels()) == 5
    assert not texts(ax)


@pytest.mark.parametrize("dtype", ["category", "string", pd.StringDtype("python", np.nan)])
def test_labels_of_any_text_type(dtype):
    data = mlm.load("sleepstudy").astype({"subject": dtype})
    ax = plot_groups(data, "days", y="reaction", group="subject", show=["308", "309"])
    assert len(lines(ax)) == 2
    fit = mlm.fit("reaction ~ days + (1 | subject)", data)
    assert len(lines(plot_groups(fit, show=["308", "309"]))) == 2


def test_rows_with_missing_values_are_left_out():
    data = mlm.load("sleepstudy")
    data.loc[0, "reaction"] = np.nan
    ax = plot_groups(data, "days", y="reaction", group="subject")
    assert len(marks(ax, "s")[0].get_xdata()) == 179


def test_the_given_axes_are_used_and_settings_stay(sleep):
    _, mine = plt.subplots()
    before = dict(mpl.rcParams)
    assert plot_groups(sleep, ax=mine, xlabel="mine", ylabel="yours") is mine
    assert (mine.get_xlabel(), mine.get_ylabel()) == ("mine", "yours")
    assert dict(mpl.rcParams) == before


# ---- errors ---------------------------------------------------------------------------------


def test_data_need_a_response_and_groups(hsb):
    with pytest.raises(DataError, match=r"y=\.\.\., group=\.\.\."):
        plot_groups(hsb, "ses")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"x": "sess"}, "'sess' is not a column.*did you mean 'ses'"),
        ({"x": "sector"}, "'sector' must be numeric"),
        ({"x": "ses", "show": ["0"]}, "no school '0'"),
        ({"x": "ses", "show": 0}, "show=0"),
        ({"x": "ses", "highlight": ["0"]}, "no school '0'"),
    ],
)
def test_wrong_columns_and_labels(hsb, options, said):
    with pytest.raises(DataError, match=said):
        plot_groups(hsb, y="mathach", group="school", **options)


def test_one_group_is_refused(hsb):
    with pytest.raises(DataError, match="'school' has 1 groups"):
        plot_groups(hsb[hsb["school"] == "1224"], y="mathach", group="school")


def test_x_must_be_a_predictor_of_the_model(poor):
    with pytest.raises(FormulaError, match=r"'pour' is not.*did you mean 'poor'"):
        plot_groups(poor, "pour")
    with pytest.raises(DataError, match="'wealth' is not a column"):
        plot_groups(poor, at={"wealth": 1})


def test_a_fit_or_data_is_needed():
    with pytest.raises(DataError, match="a fitted model is needed"):
        plot_groups([1, 2, 3])
