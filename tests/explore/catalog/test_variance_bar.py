"""Variance bar and pair plot: the share between groups is the correlation of members."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mlmbook.explore.catalog.variance_bar import PAIRS, icc, schoolmates, variance_bar

between = st.sampled_from(variance_bar.controls[0].grid)
within = st.sampled_from(variance_bar.controls[1].grid)


@given(var_u0=between, var_e0=within)
def test_the_pairs_correlate_exactly_as_much_as_the_share(var_u0, var_e0):
    first, second = schoolmates(var_u0, var_e0)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(icc(var_u0, var_e0), abs=1e-7)


@given(var_u0=between, var_e0=within)
def test_one_pupil_varies_as_much_as_the_two_parts_together(var_u0, var_e0):
    for pupil in schoolmates(var_u0, var_e0):
        assert pupil.mean() == pytest.approx(0, abs=1e-7)
        assert pupil.var() == pytest.approx(var_u0 + var_e0, rel=1e-6)


@given(var_u0=st.sampled_from(np.arange(0, 10.5, 0.5)), var_e0=st.sampled_from([6.5, 13, 19.5, 39]))
def test_doubling_both_variances_changes_the_bar_and_not_the_correlation(var_u0, var_e0):
    assert icc(2 * var_u0, 2 * var_e0) == icc(var_u0, var_e0)


def test_the_bar_is_as_long_as_the_variance_and_the_line_as_steep_as_the_share():
    bar, pairs = variance_bar.scene(var_u0=8.5, var_e0=39).panels
    schools, pupils, percentages = bar.marks
    assert schools.height == [8.5]
    assert (pupils.base, pupils.height) == ([8.5], [47.5])
    assert percentages.text == ["18 %", "82 %"]
    points, line = pairs.marks
    assert len(points.x) == PAIRS
    assert np.ptp(line.y) / np.ptp(line.x) == pytest.approx(8.5 / 47.5)


def test_the_sentence_at_the_values_of_the_american_schools():
    assert variance_bar.says(var_u0=8.5, var_e0=39) == (
        "Between schools lie 8.5 of 47.5 points², a share of 0.18. The pairs correlate 0.18: "
        "the same number. If the first pupil is 10 points above the average, expect the second "
        "1.8 above."
    )


def test_without_differences_between_schools_a_schoolmate_tells_nothing():
    assert "correlate 0.00" in variance_bar.says(var_u0=0)


def test_the_prediction_is_the_share_and_neither_its_square_nor_its_root():
    share = icc(*(control.start for control in variance_bar.controls))
    assert share == 0.25
    options = [float(option[:4]) for option in variance_bar.predict.options]
    assert options == pytest.approx([share**2, share, share**0.5], abs=0.005)
    assert variance_bar.predict.answer == 1


def test_no_dot_leaves_the_picture():
    widest = schoolmates(20, 78)
    assert np.abs(widest).max() < 30
