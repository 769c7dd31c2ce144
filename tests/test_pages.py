"""The pages around the chapters say what is so: generated pages are current, lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from data_catalog import PAGE, page

import mlmbook as mlm
from mlmbook.explore.catalog import names as explorables

ROOT = Path(__file__).resolve().parents[1]
BACK = ROOT / "book" / "back"
# The items of the notes and of the slides; 15 to 17 are three pictures of one thing.
NOTES = {
    "N1": "", "N2": "abc", "N3": "abcde", "N4": "abcd", "N5": "", "N6": "", "N7": "abcd",
    "N8": "abc", "N9": "abcd", "N10": "ab", "N11": "abcd", "N12": "abcdef", "N13": "abcdef",
    "N14": "abcd",
}  # fmt: skip
SLIDES = {4: "ab", 35: "abcdef"}
EQUATIONS = [f"C.7.{n}" for n in (1, 2, 3, 7, 8, 9, 12, 16, 20, 23)]


def text(name: str) -> str:
    return (BACK / f"{name}.md").read_text(encoding="utf-8")


def test_the_data_catalog_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tools/data_catalog.py"


def test_every_public_name_is_documented():
    documented = set(re.findall(r"^\.\. auto\w+:: mlmbook\.(\S+)", text("api"), re.M))
    public = set(mlm.__all__)
    for package in (mlm.explore, mlm.plots):
        prefix = package.__name__.removeprefix("mlmbook.")
        callables = {name for name in package.__all__ if callable(getattr(package, name))}
        public |= {f"{prefix}.{name}" for name in callables - public}
        public.discard(prefix)
    assert public - documented == set()


def test_every_explorable_is_listed():
    listed = re.findall(r"^\| `(\w+)` \|", text("api"), re.M)
    assert sorted(listed) == sorted(explorables())


def test_all_forty_corrections_are_there_once():
    numbers = re.findall(r"^\(e(\d+)\)=\n### E(\d+)\. ", text("corrections"), re.M)
    assert all(label == heading for label, heading in numbers)
    assert sorted(int(label) for label, _ in numbers) == list(range(1, 41))


def test_every_correction_says_where_the_book_treats_it():
    entries = re.split(r"^\(e\d+\)=\n", text("corrections"), flags=re.M)[1:]
    assert all(re.search(r"^In the book: ", entry, re.M) for entry in entries)


def test_every_item_of_the_lecture_is_in_the_crosswalk():
    items = {f"{name}{letter}" for name, letters in NOTES.items() for letter in letters or [""]}
    items |= {"fn1", "fn2", "D15–17"}
    items |= {
        f"D{slide:02d}{letter}"
        for slide in range(1, 47)
        if slide not in (15, 16, 17)
        for letter in SLIDES.get(slide, [""])
    }
    listed = re.findall(r"^\| ((?:N|D)\d\S*|fn\d) \|", text("crosswalk"), re.M)
    assert sorted(listed) == sorted(items)


@pytest.mark.parametrize("number", EQUATIONS)
def test_every_equation_of_the_lecture_is_in_the_crosswalk(number):
    assert re.search(rf"^\| .*{re.escape(number)}\b", text("crosswalk"), re.M)


def test_chapters_that_exist_are_linked_and_the_others_marked_as_planned():
    plan = text("crosswalk").split("## Equations")[0]
    written = {path.stem for path in (ROOT / "book" / "chapters").glob("*.ipynb")}
    linked = re.findall(r"\{doc\}`[^<`]+<\.\./chapters/([^>]+)>` \| ready", plan)
    assert set(linked) == written
    assert len(re.findall(r"\*planned\* \|$", plan, re.M)) == 24 - len(written)


def test_every_reference_says_where_it_was_checked():
    bibliography = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{([^,]+),", bibliography, re.M)
    assert (
        len(keys) == len(set(keys)) == len(re.findall(r"^% checked: \S.*\n@", bibliography, re.M))
    )


def test_the_citation_names_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == mlm.__version__
    assert citation["authors"] == [{"name": "The mlmbook authors"}]
