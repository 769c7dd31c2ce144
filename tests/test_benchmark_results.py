"""What the benchmarks measured, as it is stored: its form, and the pages that are made of it."""

from __future__ import annotations

import json

import pytest

from benchmarks import coverage, coverage_tables, pages, tables
from benchmarks.cases import CASES
from benchmarks.worlds import WORLDS


@pytest.fixture(scope="module")
def outcome() -> dict:
    return json.loads(pages.RESULTS["speed.md"].read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def study() -> dict:
    return json.loads(coverage.RESULT.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", pages.RESULTS)
def test_pages_are_current(name: str) -> None:
    stored = (pages.BACK / name).read_text(encoding="utf-8")
    assert stored == pages.page(name), "run python -m benchmarks.pages"


def test_the_readme_is_current(outcome: dict) -> None:
    assert pages.readme(outcome) in pages.README.read_text(encoding="utf-8"), (
        "run python -m benchmarks.pages"
    )


def test_every_case_has_a_result_or_a_reason_in_every_system(outcome: dict) -> None:
    assert list(outcome["results"]) == [case.name for case in CASES]
    for by_system in outcome["results"].values():
        assert set(by_system) == set(tables.SYSTEMS)
        for result in by_system.values():
            assert result.keys() in ({"missing"}, {"seconds", "deviance", "fixed", "se"})
        assert "seconds" in by_system["mlmbook"]


def test_stored_answers_of_mlmbook_are_the_best(outcome: dict) -> None:
    for by_system in outcome["results"].values():
        assert tables.excess(by_system, "mlmbook") < 1e-5


def test_the_study_has_every_structure(study: dict) -> None:
    assert list(study["worlds"]) == [world.name for world in WORLDS]
    for world in WORLDS:
        stored = study["worlds"][world.name]
        assert stored["truth"] == world.truth
        assert stored["formula"] == world.formula
        assert ("bootstrap" in stored["coverage"]) == (world.name in coverage.BOOTSTRAPPED)
    tried = {share["n"] for *_, share in coverage_tables.shares(study["worlds"])}
    assert tried == {coverage.DATASETS}
    assert len(study["type_one"]) == 2 * 2 * len(coverage.GROUPS)
