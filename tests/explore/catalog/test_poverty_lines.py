"""Poor/non-poor lines: numbers by hand, and the survey's own truth."""

import numpy as np
import pytest

import mlmbook as mlm
from mlmbook.explore.catalog.poverty_lines import BETA0, neighborhood_mean

lines = mlm.explore.poverty_lines


def test_mean_by_hand():
    assert neighborhood_mean(-6, 4, 0.3) == pytest.approx(62 + 4 - 6 * 0.3)


def test_mean_is_the_intercept_only_without_poverty_or_without_gap():
    assert neighborhood_mean(-6, 4, 0) == BETA0 + 4
    assert neighborhood_mean(0, 4, 0.7) == BETA0 + 4
    assert neighborhood_mean(-6, 4, 0.7) < BETA0 + 4


def test_sentence_says_what_the_picture_shows():
    said = lines.says(share=0.7, u0j=-4, beta1=-6)
    assert "58.0 points, poor residents 52.0" in said
    assert "With 70% poor, its mean is 53.8: 4.2 below" in said
    assert "−4.0 points" in said


def test_starts_from_the_survey():
    truth = mlm.survey("C.7.3").attrs["truth"]
    assert truth["beta0"] == BETA0
    assert lines.settings()["beta1"] == truth["beta1"]


def test_lines_are_parallel():
    scene = lines.scene(share=0.3, u0j=-2, beta1=-8)
    drawn = [mark for mark in scene.panels[0].marks if type(mark).__name__ == "Lines"]
    for mark in drawn:
        rises = np.asarray(mark.y)[1::2] - np.asarray(mark.y)[::2]
        assert rises == pytest.approx(-8)
