"""Chapters as they are stored: what a reader, a reviewer and a screen reader need."""

import ast
import re

import nbformat
import pytest
from normalize import STATE, SUPPLIED_BY_SITE, VIEW, normalized

MOST_LINES = 10
MOST_BYTES = 500_000
# Cells whose output may differ between two runs: timings only, at most one a chapter.
TIMED_CELLS: dict[str, str] = {}
WIDEST = 88
FOLDED = {"hide-input", "remove-cell", "remove-input"}
ALLOWED_TAGS = {"hide-input", "hide-output", "raises-exception", "remove-cell", "remove-input"}
FETCHES = re.compile(r"https?://|\burlopen\b|\brequests\.|read_csv\(\s*[\"']http")
ABSOLUTE = re.compile(r"(?<![\w.:/])(?:/(?:home|root|tmp|usr|work|Users|var)/|[A-Z]:\\\\)")
MAGIC = re.compile(r"^\s*[%!]", re.MULTILINE)


def test_is_stored_in_normal_form(chapter):
    notebook = nbformat.reads(chapter.text, as_version=4)
    assert normalized(notebook, chapter.path.stem) == chapter.text, "run `make notebooks`"


def test_is_small(chapter):
    assert len(chapter.text.encode()) < MOST_BYTES


def test_name_gives_number_and_topic(chapter):
    assert re.fullmatch(r"\d\d-[a-z0-9-]+\.ipynb", chapter.path.name)


def test_ran_from_top_to_bottom(chapter):
    counts = [cell["execution_count"] for _, cell, _ in chapter.cells("code")]
    assert counts == list(range(1, len(counts) + 1))


def test_ids_are_unique(chapter):
    ids = [cell["id"] for cell in chapter.notebook["cells"]]
    assert len(ids) == len(set(ids))


def test_prints_nothing_on_stderr(chapter):
    assert [n for n, out in chapter.outputs() if out.get("name") == "stderr"] == []


def test_only_taught_errors_are_raised(chapter):
    taught = {n for n, c, _ in chapter.cells("code") if "raises-exception" in _tags(c)}
    assert {n for n, out in chapter.outputs() if out["output_type"] == "error"} <= taught


def test_imports_stand_in_the_first_code_cell(chapter):
    late = [
        number
        for number, _, source in chapter.cells("code")[1:]
        if any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(ast.parse(source)))
    ]
    assert late == []


def test_cells_do_one_thing(chapter):
    # The reasons of a quiz are prose that happens to stand in a call.
    lengths = {
        n: len(source.splitlines())
        for n, _, source in chapter.cells("code")
        if not _is_question(source)
    }
    assert {n: length for n, length in lengths.items() if length > MOST_LINES} == {}


def test_code_that_shows_fits_the_page(chapter):
    wide = [
        (number, line)
        for number, cell, source in chapter.cells("code")
        for line in source.splitlines()
        if not _tags(cell) & FOLDED and len(line) > WIDEST
    ]
    assert wide == []


def test_prose_stands_between_any_two_code_cells(chapter):
    code = {n: source for n, _, source in chapter.cells("code")}
    # Questions of one set follow each other: their words are prose.
    bare = [
        n
        for n in code
        if n + 1 in code and not (_is_question(code[n]) and _is_question(code[n + 1]))
    ]
    assert bare == []


def test_code_is_plain_and_local(chapter):
    for number, _, source in chapter.cells("code"):
        assert not MAGIC.search(source), f"cell {number}: a magic or shell command"
        assert not FETCHES.search(source), f"cell {number}: fetches from the network"
        assert not ABSOLUTE.search(source), f"cell {number}: a path of one machine"
        assert source.strip(), f"cell {number}: empty"


def test_outputs_name_no_machine(chapter):
    for number, out in chapter.outputs():
        for text in (out.get("text", ""), out.get("data", {}).get("text/plain", "")):
            assert not ABSOLUTE.search("".join(text)), f"cell {number}"
            assert " at 0x" not in "".join(text), f"cell {number}: give the class a __repr__"


def test_prose_has_no_raw_html(chapter):
    for number, _, source in chapter.cells("markdown"):
        prose = re.sub(r"```[\s\S]*?```|`[^`]*`|\$[^$]*\$", "", source)
        assert not re.search(r"</?[a-z][\w-]*[\s>/]", prose), f"cell {number}"


def test_tags_are_few(chapter):
    timed = [n for n, c, _ in chapter.cells("code") if "NBVAL_IGNORE_OUTPUT" in _tags(c)]
    assert len(timed) <= (chapter.path.name in TIMED_CELLS)
    for number, cell, _ in chapter.cells("code"):
        assert _tags(cell) - {"NBVAL_IGNORE_OUTPUT"} <= ALLOWED_TAGS, f"cell {number}"


def test_figures_say_their_finding(chapter):
    for number, cell, _ in chapter.cells("code"):
        if _figures(cell):
            shown = cell["metadata"].get("mystnb", {})
            alt = shown.get("image", {}).get("alt", "")
            figure = shown.get("figure", {})
            assert len(alt) >= 20, f"cell {number}: alt text says chart, variables and finding"
            assert len(figure.get("caption", "")) >= 20, f"cell {number}: caption"
            assert re.fullmatch(rf"fig-{chapter.number}-[a-z0-9-]+", figure.get("name", "")), (
                f"cell {number}: figure name"
            )


def test_names_of_figures_are_unique(chapter):
    shown = [cell["metadata"].get("mystnb", {}) for _, cell, _ in chapter.cells("code")]
    names = [m["figure"]["name"] for m in shown if "figure" in m]
    assert len(names) == len(set(names))


def test_plots_end_with_an_assignment(chapter):
    for number, cell, source in chapter.cells("code"):
        if _figures(cell):
            last = ast.parse(source).body[-1]
            assert not isinstance(last, ast.Expr), f"cell {number}: ends with `ax = …`"
            assert not source.rstrip().endswith(";"), f"cell {number}"


def test_widgets_carry_numbers_and_no_code(chapter):
    state = chapter.notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    for model in state.values():
        assert not set(model["state"]) & set(SUPPLIED_BY_SITE)
    for number, out in chapter.outputs():
        if view := out.get("data", {}).get(VIEW):
            assert view["model_id"] in state, f"cell {number}: its state was not stored"
            assert "interact" not in "".join(out["data"]["text/plain"]), f"cell {number}"


def test_every_exercise_has_a_solution(chapter):
    exercises = re.findall(
        r"^:+\{exercise\}.*\n(?:\s*:\w+:.*\n)*?\s*:label: (\S+)", chapter.prose, re.M
    )
    solutions = re.findall(r"^:+\{solution\} (\S+)", chapter.prose, re.M)
    assert len(exercises) == len(re.findall(r"^:+\{exercise\}", chapter.prose, re.M)), "labels"
    assert sorted(exercises) == sorted(solutions)
    assert all(label.startswith(f"ex-{chapter.number}-") for label in exercises)


def test_title_comes_first_with_kicker_and_lede(chapter):
    first = chapter.cells("markdown")[0][2]
    assert first.startswith("# ")
    for part in (f"Chapter {int(chapter.number)}", "{.kicker}", "{.lede}"):
        assert part in first


@pytest.mark.parametrize("heading", ["Summary", "Further reading"])
def test_ends_with(chapter, heading):
    assert re.search(rf"^## {heading}", chapter.prose, re.M)


def _figures(cell) -> list:
    """List the outputs that are figures; the still picture in an explorable's output is not."""
    data = [out.get("data", {}) for out in cell["outputs"]]
    return [d for d in data if "image/png" in d and VIEW not in d]


def _is_question(source: str) -> bool:
    """Tell whether a cell holds nothing but one call of `mlm.quiz` or `mlm.check`."""
    body = ast.parse(source).body
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in ("mlm.quiz", "mlm.check")


def _tags(cell) -> set[str]:
    return set(cell["metadata"].get("tags", []))
