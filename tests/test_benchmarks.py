"""The benchmarks: what they count and compare."""

from __future__ import annotations

import numpy as np
import pytest

import mlmbook as mlm
from benchmarks import browser_tables, coverage, footprint, pages, scaling, tables, timing
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


def in_page_outcome(**second: object) -> dict:
    """Two fits, the second as given; one chapter, visited three times."""
    fit = {"deviance": 100.0, "fixed": {"x": 2.0}, "se": {"x": 0.5}, "seconds": [0.01, 0.02, 0.03]}
    there = fit | {"deviance": 100.0 * (1 + 2e-13), "seconds": [0.05, 0.06, 0.4]}
    visits = [
        {"ready": 1.0, "first": first, "whole": 9.0, "bytes": 44_300_000}
        for first in (2.0, 4.0, 7.0)
    ]
    return {
        "fits": {"small": {"native": fit, "page": there}, "large": {"native": fit, "page": second}},
        "chapters": {"07": {"cold": visits, "warm": visits}},
        "versions": {"Chromium": "1"},
        "machine": "one",
    }


def test_the_section_on_the_page_has_medians_and_differences() -> None:
    outcome = in_page_outcome(missing="failed: memory")
    assert "| small | 20 | 60 | 3.0 | 2e-13 |" in browser_tables.fits(outcome)
    assert "| large | 20 | – | – | – |" in browser_tables.fits(outcome)
    assert browser_tables.missing(outcome) == "*large*: failed: memory."
    assert "| 7 | 4.0 s | 4.0 s | 9.0 s | 44 MB |" in browser_tables.chapters(outcome)
    section = pages.in_page(outcome)
    assert "A fit takes 3.0 to 3.0 times as long in the page." in section
    assert "\n\n\n" not in section
    assert "$" not in section
    assert pages.in_page(None) == ""


def test_nothing_is_missing_where_all_fits_ran() -> None:
    same = in_page_outcome()["fits"]["small"]["native"]
    outcome = in_page_outcome(**same)
    assert browser_tables.missing(outcome) == ""
    assert "| large | 20 | 20 | 1.0 | 0 |" in browser_tables.fits(outcome)
    assert "\n\n\n" not in pages.in_page(outcome)
