"""Numbers in prose: which are read, which are names, and what is said about wrong ones."""

from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st
from prose_numbers import Numeral, Passage, problems


def numbers(text):
    return [numeral.text for numeral in Passage("cell 1", text).numerals]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A share of 0.18, or 18 %, of 7,185 pupils.", ["0.18", "18", "7,185"]),
        ("From 14–23, and r = −0.53, not -0.5.", ["14", "23", "−0.53", "-0.5"]),
        (
            r"$\class{l2}{\sigma^2_{u0}} = 8.61$ and $x_{1ij}^2 + 9/(9 + 80/5)$",
            "8.61 9 9 80 5".split(),
        ),
        ("Chapters 4, 7 and 8, Figure 7.2, C.7.16, E19, W04, level 2, the 95th.", []),
        ("In 1950 Robinson wrote; the 1884-91 rates; 3 May 1930; 1986a.", []),
        ("95 % CI from 3.5", ["3.5"]),
        ("`fit(x, 12)` and {numref}`fig-07-a` and [x](page-33.html)", []),
        ("1. first\n2. second 33", ["33"]),
        (":::{exercise} Of 44\n:label: ex-07-55\nWith 66.\n:::", ["44", "66"]),
    ],
)
def test_reads_numbers_and_passes_over_names(text, expected):
    assert numbers(text) == expected


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_number_rounds_to_what_is_printed(value, decimals):
    printed = Numeral(f"{value:.{decimals}f}".replace("-", "−"), 0, 1)
    assert printed.rounds(value)
    assert not printed.rounds(value + 2 * 10.0**-decimals)


def chapter(prose, output=""):
    code = {
        "cell_type": "code",
        "source": "x",
        "metadata": {},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": output}],
    }
    return {"cells": [{"cell_type": "markdown", "source": prose, "metadata": {}}, code]}


def test_an_output_accounts_for_a_number_that_says_much():
    assert problems(chapter("It is 0.180.", "icc 0.1803"), None) == []
    assert problems(chapter("It is 18.0 %.", "icc 0.1803"), None) == []
    assert len(problems(chapter("It is 18.", "icc 18"), None)) == 1  # 18 may stand there by chance


def test_a_claim_is_compared_wherever_it_stands():
    notebook = chapter("About 18 % here.\n\nAnd about 18 % there.")
    assert (
        problems(notebook, SimpleNamespace(PROSE={"about 18 %": 18.03, "About 18 %": 18.03})) == []
    )
    [problem] = problems(chapter("about 18 %"), SimpleNamespace(PROSE={"about 18 %": 19.2}))
    assert "18 should be 19.2" in problem


def test_a_claim_about_words_that_are_gone_is_reported():
    assert problems(chapter("Nothing."), SimpleNamespace(PROSE={"about 18 %": 18})) == [
        "no text reads 'about 18 %'"
    ]


def test_words_of_questions_are_prose():
    notebook = chapter("Nothing.")
    notebook["cells"][1]["source"] = (
        'mlm.quiz("Is it 0.55?", ["yes", "no"], answer=1, reasons=["44", ""], name="quiz-77")'
    )
    assert [p.split("for ")[1].split(" ")[0] for p in problems(notebook, None)] == ["0.55", "44"]
