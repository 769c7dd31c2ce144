"""The benchmarks: what they count and compare."""

from __future__ import annotations

import numpy as np
import pytest

import mlmbook as mlm
from benchmarks import coverage, footprint, scaling, tables, timing
from benchmarks.cases import CASES, growth
from benchmarks.systems import caches, forget, mlmbook, statsmodels
from benchmarks.worlds import WORLDS
from mlmbook.columns import variables

SMALL = [case for case in CASES if case.dataset in ("oxboys", "penicillin")]


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_systems_agree(case) -> None:
    data = case.data()
    results = {"mlmbook": mlmbook(case, data, 1), "statsmodels": statsmodels(case, data, 1)}
    assert tables.excess(results, "mlmbook") < 1e-6
    assert tables.distance(results, "statsmodels") < 1e-3


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_worlds_are_drawn_as_they_say(world) -> None:
    """In a large pool of data sets, estimates are near the truth."""
    fits = []
    for seed in range(8):
        data = world.draw(np.random.default_rng([7, seed]))
        fits.append(mlm.fit(world.formula, data, **world.options).confint()["estimate"])
    mean, spread = np.mean(fits, axis=0), np.std(fits, axis=0) / np.sqrt(8)
    assert set(fits[0].index) == set(world.truth)
    for name, average, error in zip(fits[0].index, mean, spread, strict=True):
        assert abs(average - world.truth[name]) < 5 * error, name


def test_shares_are_counted() -> None:
    tally = coverage.Tally()
    for low, high in [(0.0, 2.0), (1.5, 2.0), (np.nan, np.nan), (1.0, 3.0)]:
        table = mlm.fit("reaction ~ days + (1 | subject)", mlm.load("sleepstudy")).confint()
        table.loc["days", ["low", "high"]] = low, high
        tally.add("wald", table, {"days": 1.0})
    assert tally.shares()["wald"]["days"] == {
        "share": 0.5,
        "se": 0.25,
        "n": 4,
        "missing": 1,
    }


def test_a_part_of_the_study_can_be_drawn_again() -> None:
    one, two = (coverage.coverage(0, WORLDS[0], 0.003) for _ in range(2))
    assert one == two


def test_names_of_coefficients_are_brought_together() -> None:
    theirs = ["(Intercept)", "sectorPublic", "cses:sectorPublic"]
    ours = ["Intercept", "sector[Public]", "sector[Public]:cses"]
    assert [tables.plain(name) for name in theirs] == [tables.plain(name) for name in ours]


def test_failures_are_told() -> None:
    def fails() -> dict:
        raise ValueError("no such model\nmore")

    assert timing.timed(fails, dict, 3) == {"missing": "failed: no such model"}
    assert len(timing.timed(lambda: 1.0, lambda value: {"deviance": value}, 3)["seconds"]) == 3


def test_a_formula_is_new_each_time() -> None:
    variables("1 + days")
    assert variables in caches()
    forget()
    assert all(cache.cache_info().currsize == 0 for cache in caches())


def test_the_slope_is_that_of_logarithms() -> None:
    rows = np.array([1e3, 1e4, 1e5])
    assert scaling.slope(rows, 1e-7 * rows**1.25) == pytest.approx(1.25)
    assert len(growth(500)) == 500


def test_importing_is_quick() -> None:
    times = footprint.import_times()
    assert times["import"] <= times["import and fit"]
    assert times["import"] < 0.6
