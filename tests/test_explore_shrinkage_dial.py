import numpy as np
import pytest

import mlmbook as mlm
from mlmbook.explore.catalog.shrinkage_dial import AVERAGE, share_kept

dial = mlm.explore.shrinkage_dial


def test_share_kept_at_the_smallest_and_largest_school():
    # λ of the null model at n = 14 and n = 67, computed from lme4's REML estimates
    kept = share_kept(np.array([14.0, 67.0]), np.sqrt(8.6140), np.sqrt(39.1483))
    np.testing.assert_allclose(kept, [0.7549, 0.9365], atol=5e-5)


def test_the_average_school_is_that_of_the_null_model():
    null = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    assert null.fixef["Intercept"] == pytest.approx(AVERAGE, abs=5e-4)


def test_sentence_for_all_pupils():
    assert dial.says(sd_u0=3, sd_e0=6.5, tested="all") == (
        "With 14 pupils tested a school keeps 75% of its distance from the average, with 67 it "
        "keeps 93%. The intraclass correlation is 0.18."
    )


def test_shrinkage_brings_small_samples_closer_to_the_other_pupils():
    says = dial.scene(sd_u0=3, sd_e0=6.5, tested="five").says
    assert says.fields["raw"] == pytest.approx(2.967, abs=0.001)
    assert says.fields["shrunken"] == pytest.approx(2.193, abs=0.001)


def test_without_differences_between_schools_everything_shrinks_to_the_average():
    arrows = dial.scene(sd_u0=0).panels[0].marks[1]
    assert np.all(arrows.channel("x1") == 0)


def test_raw_means_of_all_pupils_are_the_school_means():
    scene = dial.scene(tested="all")
    points = scene.panels[0].marks[2]
    assert points.names[0] == "School 8367"
    hsb = mlm.load("hsb82")
    mean = hsb.loc[hsb["school"] == "8367", "mathach"].mean()
    assert points.channel("x")[0] == pytest.approx(mean - AVERAGE)


def test_pupils_tested_are_part_of_those_tested_in_a_larger_sample():
    small, large = (dial.scene(tested=tested).panels[0].y.categories for tested in ("five", "all"))
    assert small[0] == "5 of 14"
    assert large[0] == "14 of 14"


def test_state_is_small():
    _, tables = dial.packed
    assert len(tables) < 85_000
