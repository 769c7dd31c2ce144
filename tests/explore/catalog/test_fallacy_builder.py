"""W05: the plotted cloud has exactly the slopes that the sliders name."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mlmbook.explore.catalog.fallacy_builder import (
    GROUPS,
    REACH,
    SIZE,
    fallacy_builder,
    pooled,
    world,
)

slopes = st.floats(-2, 2)
shares = st.floats(0.1, 0.9)


def least_squares(x, y):
    (xx, xy), _ = np.cov(np.ravel(x), np.ravel(y))
    return xy / xx


@given(within=slopes, between=slopes, share=shares)
def test_cloud_has_the_slopes_and_the_share_asked_for(within, between, share):
    x, y = world(within, between, share)
    means, heights = x.mean(axis=1), y.mean(axis=1)
    assert x.shape == y.shape == (GROUPS, SIZE)
    assert least_squares(means, heights) == pytest.approx(between, abs=1e-9)
    inside = least_squares(x - means[:, None], y - heights[:, None])
    assert inside == pytest.approx(within, abs=1e-9)
    assert means.var() / x.var() == pytest.approx(share)


@given(within=slopes, between=slopes, share=shares)
def test_ignoring_groups_mixes_the_two_slopes(within, between, share):
    x, y = world(within, between, share)
    assert least_squares(x, y) == pytest.approx(pooled(within, between, share), abs=1e-9)


def test_opposite_slopes_can_hide_each_other():
    assert pooled(1, -1, 0.5) == 0
    assert (
        "Ignoring the groups gives 0.00. A claim carried to the other level has the wrong sign."
        in (fallacy_builder.says(within=1, between=-1, share=0.5))
    )


@pytest.mark.parametrize(
    ("within", "between", "verdict"),
    [
        (1, 1, "Here, and only here, the level does not matter."),
        (1, -1, "has the wrong sign."),
        (1.5, 0.5, "has the right sign and the wrong size."),
        (0, 1, "sees something in nothing, or nothing in something."),
    ],
)
def test_verdict(within, between, verdict):
    assert fallacy_builder.says(within=within, between=between).endswith(verdict)


def test_everybody_stays_in_the_picture():
    for within in (-1.5, 1.5):
        for between in (-1.5, 1.5):
            for share in (0.1, 0.5, 0.9):
                x, y = world(within, between, share)
                assert np.abs(x).max() < REACH
                assert np.abs(y).max() < 4.5
