"""Simulated worlds: shape, moments, the same from the same seed, and clear refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from mlmbook.errors import DataError
from mlmbook.simulate import simulate


def test_shape_columns_and_truth() -> None:
    world = simulate(4, 5, beta0=60, beta1=-6, var_u0=9, var_e=49, rng=1)
    assert list(world.columns) == ["group", "x", "w", "y"]
    assert world.groupby("group").size().to_dict() == {"g1": 5, "g2": 5, "g3": 5, "g4": 5}
    truth = dict(beta0=60, beta1=-6, alpha1=0, alpha2=0, var_u0=9, cov_u01=0, var_u1=0, var_e=49)
    assert world.attrs["truth"] == truth


def test_no_variation_leaves_the_fixed_part() -> None:
    world = simulate(6, 7, beta0=3, beta1=2, alpha1=-1, alpha2=0.5, var_u0=0, var_e=0, rng=2)
    x, w = world["x"], world["w"]
    np.testing.assert_allclose(world["y"], 3 + 2 * x - w + 0.5 * w * x)


def test_moments_of_departures_are_the_parameters() -> None:
    # with var_e = 0 two people give a group's line exactly
    world = simulate(20_000, 2, var_u0=9, cov_u01=6, var_u1=16, var_e=0, rng=3)
    y, x = world["y"].to_numpy().reshape(-1, 2), world["x"].to_numpy().reshape(-1, 2)
    u1 = (y[:, 1] - y[:, 0]) / (x[:, 1] - x[:, 0])
    u0 = y[:, 0] - u1 * x[:, 0]
    np.testing.assert_allclose(np.cov(u0, u1), [[9, 6], [6, 16]], rtol=0.05)


def test_intraclass_correlation_is_the_share_of_the_groups() -> None:
    pairs = simulate(20_000, 2, var_u0=3, var_e=7, rng=4)["y"].to_numpy().reshape(-1, 2)
    assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(0.3, abs=0.025)


def test_a_share_makes_zeros_and_ones() -> None:
    x = simulate(100, 100, x=0.3, rng=5)["x"]
    assert set(x) == {0, 1}
    assert x.mean() == pytest.approx(0.3, abs=0.02)


def test_sizes_one_number_a_range_or_a_list() -> None:
    def sizes(size: object) -> list[int]:
        return simulate(3, size, rng=6).groupby("group").size().tolist()

    assert sizes(4) == [4, 4, 4]
    assert sizes([1, 2, 3]) == [1, 2, 3]
    assert sizes(np.array([5, 6, 7])) == [5, 6, 7]
    assert all(10 <= size <= 60 for size in sizes((10, 60)))


def test_a_range_includes_both_ends() -> None:
    drawn = simulate(200, (2, 3), rng=7).groupby("group").size()
    assert set(drawn) == {2, 3}


def test_a_seed_or_a_generator_repeats_the_world() -> None:
    pd.testing.assert_frame_equal(simulate(rng=8), simulate(rng=np.random.default_rng(8)))
    assert not simulate(rng=8)["y"].equals(simulate(rng=9)["y"])


def test_labels_sort_as_they_count() -> None:
    groups = simulate(120, 1, rng=10)["group"]
    assert list(groups.sort_values()) == list(groups)


def test_further_structures_leave_what_is_drawn_before_them() -> None:
    """A seed gives the same people, groups and residuals with and without further levels."""
    plain = simulate(12, (2, 9), beta1=2, var_u1=1, rng=11)
    more = simulate(
        12, (2, 9), beta1=2, var_u1=1, nregions=3, ncrossed=4, var_v0=0, var_c0=0, rng=11
    )
    pd.testing.assert_frame_equal(more[list(plain.columns)], plain)
    assert list(more.columns) == ["group", "x", "w", "region", "crossed", "y"]
    assert more.attrs["truth"] == plain.attrs["truth"] | {"var_v0": 0, "var_c0": 0}


def test_a_seed_gives_the_world_of_the_book_for_ever() -> None:
    """Chapters print numbers from such worlds."""
    y = simulate(3, 2, beta0=60, var_u0=9, var_e=49, x=0.3, rng=1)["y"]
    draw = np.random.default_rng(1)
    draw.standard_normal(3)  # w
    draw.random(6)  # x
    u0, e = 3 * draw.standard_normal((3, 2))[:, 0], 7 * draw.standard_normal(6)
    np.testing.assert_allclose(y, 60 + np.repeat(u0, 2) + e)


def test_treated_groups_are_exactly_the_share() -> None:
    worlds = [simulate(20, 3, w=0.5, rng=seed).groupby("group")["w"] for seed in (12, 13)]
    assert all(world.nunique().eq(1).all() for world in worlds)
    assert [world.first().sum() for world in worlds] == [10, 10]
    assert not worlds[0].first().equals(worlds[1].first())
    assert simulate(7, 1, w=0.3, rng=14)["w"].sum() == 2


def test_regions_hold_groups_evenly_and_whole() -> None:
    world = simulate(10, 4, nregions=3, rng=15)
    assert world.groupby("group")["region"].nunique().eq(1).all()
    assert world.groupby("region")["group"].nunique().tolist() == [4, 3, 3]


def test_variances_of_further_classifications() -> None:
    """With nothing else in the world, y is the departure of the region, or of the other unit."""
    only = {"var_u0": 0, "var_e": 0}
    world = simulate(20_000, 1, nregions=10_000, var_v0=9, **only, rng=16)
    assert world.groupby("region")["y"].nunique().eq(1).all()
    assert world.groupby("region")["y"].first().var() == pytest.approx(9, rel=0.06)
    world = simulate(200, 200, ncrossed=5000, var_c0=4, **only, rng=17)
    assert world.groupby("crossed")["y"].nunique().eq(1).all()
    assert world.groupby("crossed")["y"].first().var() == pytest.approx(4, rel=0.09)
    assert simulate(4, 2, nregions=2, rng=18).attrs["truth"]["var_v0"] == 1


def test_residuals_remember() -> None:
    world = simulate(4000, 5, var_u0=0, var_e=4, phi=0.6, x="time", beta1=0, rng=19)
    assert world.loc[world["group"] == "g0007", "time"].tolist() == [0, 1, 2, 3, 4]
    assert world["x"].equals(world["time"].rename("x"))
    e = world["y"].to_numpy().reshape(-1, 5)
    expected = 0.6 ** np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    np.testing.assert_allclose(np.cov(e.T), 4 * expected, atol=0.3)  # about 3 standard errors
    assert world.attrs["truth"]["phi"] == 0.6


@settings(deadline=None, max_examples=30)
@given(shift=st.floats(-1e6, 1e6), seed=st.integers(0, 2**32 - 1))
def test_beta0_only_moves_the_outcome(shift: float, seed: int) -> None:
    here, there = simulate(3, 4, rng=seed), simulate(3, 4, beta0=shift, rng=seed)
    np.testing.assert_allclose(there["y"] - shift, here["y"], atol=1e-8)


@settings(deadline=None, max_examples=30)
@given(factor=st.floats(0.1, 10), seed=st.integers(0, 2**32 - 1))
def test_variances_scale_with_the_square_of_the_unit(factor: float, seed: int) -> None:
    variances = {"var_u0": 4.0, "cov_u01": 1.0, "var_u1": 2.0, "var_e": 9.0}
    scaled = {name: value * factor**2 for name, value in variances.items()}
    points = simulate(3, 4, **variances, rng=seed)["y"]
    np.testing.assert_allclose(simulate(3, 4, **scaled, rng=seed)["y"], factor * points, rtol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"var_u0": -1}, "var_u0 is a variance and cannot be negative"),
        ({"var_u1": -1}, "var_u1 is a variance and cannot be negative"),
        ({"var_e": -1}, "var_e is a variance and cannot be negative"),
        ({"cov_u01": 2, "var_u1": 1}, "cov_u01 = 2 is too large.*between -1 and 1"),
        ({"cov_u01": 0.5}, "cov_u01 = 0.5 is too large"),
        ({"beta0": float("nan")}, "beta0 must be a finite number"),
        ({"beta1": "steep"}, "beta1 must be a number, not 'steep'"),
        ({"ngroups": 0}, "ngroups must be a whole number of at least 1"),
        ({"ngroups": 2.5}, "ngroups must be a whole number"),
        ({"size": 0}, "size must be whole numbers of people"),
        ({"size": 2.5}, "size must be whole numbers of people"),
        ({"size": "many"}, "size must be whole numbers of people"),
        ({"size": (9, 3)}, "smaller number first"),
        ({"size": [1, 2, 3]}, "size has 3 numbers, but there are 50 groups"),
        ({"x": "uniform"}, 'x must be "normal" or a share'),
        ({"x": 1.5}, "is a share and must lie between 0 and 1"),
        ({"w": "binary"}, 'w must be "normal" or a share'),
        ({"w": 0}, "w = 0 is a share and must lie between 0 and 1"),
        ({"nregions": 60}, "60 regions cannot share 50 groups"),
        ({"nregions": 1.5}, "nregions must be a whole number of at least 1"),
        ({"ncrossed": 0}, "ncrossed must be a whole number of at least 1"),
        ({"nregions": 5, "var_v0": -2}, "var_v0 is a variance and cannot be negative"),
        ({"ncrossed": 5, "var_c0": -2}, "var_c0 is a variance and cannot be negative"),
        ({"var_v0": 2}, "var_v0 plays no part without nregions"),
        ({"var_c0": 2}, "var_c0 plays no part without ncrossed"),
        ({"phi": 1}, "phi is a correlation between -1 and 1, not 1"),
        ({"phi": float("nan")}, "phi must be a finite number"),
    ],
)
def test_impossible_worlds_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        simulate(**wrong)
