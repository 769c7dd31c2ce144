"""Dependence machine: the design effect of a mean, and the interval that follows."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mlmbook.explore.catalog.dependence_machine import (
    SD,
    Z95,
    dependence_machine,
    design_effect,
    half_width,
)

correlation = st.sampled_from(dependence_machine.controls[0].grid)
size = st.sampled_from(dependence_machine.controls[1].grid)
schools = st.sampled_from(dependence_machine.controls[2].grid)


@given(icc=correlation, m=st.integers(1, 12), groups=st.integers(1, 6))
def test_the_interval_follows_from_the_covariances_of_all_pairs(icc, m, groups):
    group = np.repeat(np.arange(groups), m)
    same = group[:, None] == group
    covariance = SD**2 * (icc * same + (1 - icc) * np.eye(len(group)))
    variance_of_the_mean = covariance.mean()
    assert half_width(icc, m, groups) == pytest.approx(Z95 * variance_of_the_mean**0.5)


@given(icc=correlation, m=size, groups=schools)
def test_pupils_never_count_for_more_than_schools_over_icc(icc, m, groups):
    effective = groups * m / design_effect(icc, m)
    assert effective <= groups * m * (1 + 1e-12)
    if icc > 0:
        assert effective < groups / icc


@given(icc=st.sampled_from(dependence_machine.controls[0].grid[1:]), m=size, groups=schools)
def test_new_schools_do_more_than_new_pupils_in_the_old_ones(icc, m, groups):
    assert half_width(icc, m, 2 * groups) < half_width(icc, 2 * m, groups)


def test_the_prediction_is_right_at_the_start():
    assert dependence_machine.says().startswith(
        "20 schools of 25 are 500 pupils. With a design effect of 3.40 they tell as much about "
        "the mean as 147 independent pupils: ±1.62 points, not ±0.88."
    )
    assert "169 independent" in dependence_machine.says(size=50)
    assert "294 independent" in dependence_machine.says(schools=40)


def test_a_small_correlation_with_many_pupils_is_not_small():
    assert design_effect(0.05, 100) == pytest.approx(5.95)
    assert "design effect of 5.95" in dependence_machine.says(icc=0.05, size=100)


def test_without_dependence_the_curves_are_one():
    pupils, curves = dependence_machine.scene(icc=0).panels
    independent, dependent, *_ = curves.marks
    assert np.array_equal(independent.y, dependent.y)
    assert "no more alike than strangers" in dependence_machine.says(icc=0)
    assert np.array_equal(pupils.marks[1].y, np.zeros(10))


@given(icc=correlation, m=size, groups=schools)
def test_everything_stays_inside_the_axes(icc, m, groups):
    pupils, curves = dependence_machine.scene(icc=icc, size=m, schools=groups).panels
    for panel in (pupils, curves):
        low, high = panel.y.range
        for mark in panel.marks:
            assert mark.y.min() >= low
            assert mark.y.max() <= high
    assert len(pupils.marks[0].x) == 10 * min(m, 20)
