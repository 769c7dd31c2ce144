"""Interactions: lines, bands, slopes and Johnson-Neyman limits by hand."""

import numpy as np
import pytest
from drawn import curves, texts
from matplotlib.colors import to_hex

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.plots import COLOR


@pytest.fixture(scope="module")
def schools():
    return mlm.fit("mathach ~ ses * meanses + sector + (ses | school)", mlm.load("hsb82"))


@pytest.fixture(scope="module")
def survey():
    return mlm.fit("health ~ poor * deprivation + (poor | neighborhood)", mlm.survey())


def test_lines_at_the_mean_and_one_sd_around_it(schools):
    ax = mlm.plot_interaction(schools, "ses", "meanses")
    b, moderator = schools.fixef, schools.data["meanses"]
    sds = moderator.mean() + moderator.std() * np.array([-1, 0, 1])
    looks = [COLOR["cross"], COLOR["fixed"], COLOR["neutral"]]
    for w, color in zip(sds, looks, strict=True):
        (line,) = curves(ax, color)
        x, y = line.get_data()
        expected = b["Intercept"] + b["meanses"] * w + (b["ses"] + b["ses:meanses"] * w) * x
        np.testing.assert_allclose(y, expected, atol=0.02)  # the value is rounded
    assert len({line.get_linestyle() for line in ax.lines}) > 1
    assert any("(mean)" in text for text in texts(ax))
    assert ax.get_xlabel() == "Socio-economic status, index units"


def test_bands_are_those_of_predict(schools):
    ax = mlm.plot_interaction(schools, "ses", "sector", at={"meanses": 0.5})
    for color, sector in ((COLOR["cross"], "Public"), (COLOR["fixed"], "Catholic")):
        (line,) = curves(ax, color)
        x = line.get_xdata()[[0, 60, -1]]
        rows = schools.data.iloc[:3].assign(ses=x, meanses=0.5, sector=sector)
        told = schools.predict(rows, level="population", interval="confidence")
        np.testing.assert_allclose(line.get_ydata()[[0, 60, -1]], told["prediction"])
        band = next(b for b in ax.collections if to_hex(b.get_facecolor()[0]) == color)
        edge = band.get_paths()[0].vertices
        at_first = edge[np.isclose(edge[:, 0], x[0]), 1]
        limits = told[["low", "high"]].iloc[0]
        np.testing.assert_allclose([at_first.min(), at_first.max()], limits)


def test_coded_values_have_their_words(survey):
    ax = mlm.plot_interaction(survey, "deprivation", "poor")
    assert {"0 = not poor", "1 = poor"} <= set(texts(ax))


def test_values_may_be_named(schools):
    ax = mlm.plot_interaction(schools, "ses", "meanses", values=[-1.0, 0.8])
    assert len(curves(ax, COLOR["cross"])) == len(curves(ax, COLOR["fixed"])) == 1
    assert not any("SD" in text for text in texts(ax))


def test_the_slope_along_a_moderator_and_where_it_leaves_out_zero(survey):
    ax = mlm.plot_interaction(survey, "poor", "deprivation", show="slope")
    (line,) = curves(ax, COLOR["cross"])
    w, slope = line.get_data()
    b, V = survey.fixef, survey.vcov
    one, two = "poor", "poor:deprivation"
    np.testing.assert_allclose(slope, b[one] + b[two] * w, rtol=1e-9)
    # Johnson & Neyman: a quadratic in w
    z2 = 1.959964**2
    roots = np.roots(
        [
            b[two] ** 2 - z2 * V.loc[two, two],
            2 * (b[one] * b[two] - z2 * V.loc[one, two]),
            b[one] ** 2 - z2 * V.loc[one, one],
        ]
    )
    inside = sorted(root for root in roots if w[0] < root < w[-1])
    verticals = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 2]
    verticals = sorted(x for x in verticals if x != 0)
    assert len(inside) == 1
    np.testing.assert_allclose(verticals, inside, rtol=1e-6)
    assert "shaded: the interval leaves out zero" in texts(ax)
    shaded, pale = sorted(ax.collections, key=lambda b: -b.get_paths()[0].vertices[:, 0].max())
    assert shaded.get_paths()[0].vertices[:, 0].min() == pytest.approx(inside[0])
    assert pale.get_paths()[0].vertices[:, 0].max() == pytest.approx(inside[0])


def test_without_limits_the_picture_says_so(schools):
    ax = mlm.plot_interaction(schools, "ses", "meanses", show="slope")
    assert texts(ax) == ["the interval leaves out zero"]
    assert ax.get_ylabel() == "Slope of socio-economic status, points a unit"


def test_bad_input_is_refused(schools):
    with pytest.raises(FormulaError, match="'femal' is not another predictor"):
        mlm.plot_interaction(schools, "ses", "femal")
    with pytest.raises(FormulaError, match="'ses' is not another predictor"):
        mlm.plot_interaction(schools, "ses", "ses")
    with pytest.raises(FormulaError, match="not a numeric predictor"):
        mlm.plot_interaction(schools, "sector", "ses")
    with pytest.raises(DataError, match="'sector' is not a number with several values"):
        mlm.plot_interaction(schools, "ses", "sector", show="slope")
    with pytest.raises(DataError, match="6 lines cannot be told apart"):
        mlm.plot_interaction(schools, "ses", "meanses", values=range(6))
    with pytest.raises(DataError, match="show must be"):
        mlm.plot_interaction(schools, "ses", "meanses", show="both")
    with pytest.raises(DataError, match="at least one value"):
        mlm.plot_interaction(schools, "ses", "meanses", values=[])
    bent = mlm.fit("mathach ~ (ses + I(ses**2)) * meanses + (1 | school)", mlm.load("hsb82"))
    with pytest.raises(FormulaError, match="bends in 'ses'"):
        mlm.plot_interaction(bent, "ses", "meanses", show="slope")
