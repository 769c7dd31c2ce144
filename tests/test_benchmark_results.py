"""The study of coverage as it is stored: its form, and the page that is made of it."""

from __future__ import annotations

import json

import pytest

from benchmarks import coverage, pages
from benchmarks.worlds import WORLDS


@pytest.fixture(scope="module")
def study() -> dict:
    return json.loads(coverage.RESULT.read_text(encoding="utf-8"))


def test_the_page_is_current() -> None:
    stored = (pages.BACK / "coverage.md").read_text(encoding="utf-8")
    assert stored == pages.page("coverage.md"), "run python -m benchmarks.pages"


def test_the_study_has_every_structure(study: dict) -> None:
    assert list(study["worlds"]) == [world.name for world in WORLDS]
    for world in WORLDS:
        stored = study["worlds"][world.name]
        assert stored["truth"] == world.truth
        assert stored["formula"] == world.formula
        assert stored["coverage"]["wald"]["x"]["n"] == coverage.DATASETS["wald"]
    assert len(study["type_one"]) == 2 * 2 * len(coverage.GROUPS)
