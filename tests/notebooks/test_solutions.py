"""Every exercise, every check and every number in prose, computed again.

`solutions/NN.py` recomputes them; `tools/prose_numbers.py` says how it is written.
"""

import ast
import re

import prose_numbers
import pytest

WORDS_ENOUGH = 20


@pytest.fixture(scope="session")
def recomputed(chapter):
    module = prose_numbers.companion(chapter.number)
    assert module is not None, f"write tests/notebooks/solutions/{chapter.number}.py"
    return module


def test_every_exercise_is_recomputed(chapter, recomputed):
    labels = re.findall(r"^\s*:label: (ex-\S+)", chapter.prose, re.MULTILINE)
    assert sorted(recomputed.EXERCISES) == sorted(labels)
    for label, solution in recomputed.EXERCISES.items():
        if isinstance(solution, str):
            assert len(solution) >= WORDS_ENOUGH, f"{label}: say why no number answers it"
        else:
            assert solution, f"{label}: nothing is recomputed"


def test_every_exercise_has_a_checker(chapter, recomputed):
    names = set(_calls(chapter, "check")) | set(_calls(chapter, "quiz"))
    numeric = {label for label, s in recomputed.EXERCISES.items() if not isinstance(s, str)}
    assert numeric - names == set()


def test_every_check_is_recomputed(chapter, recomputed):
    calls = _calls(chapter, "check")
    assert sorted(recomputed.CHECKS) == sorted(calls)
    for name, call in calls.items():
        answer = _argument(call, "answer", 2)
        tolerance = _argument(call, "tolerance", None)
        assert recomputed.CHECKS[name] == pytest.approx(answer, abs=tolerance / 2), name


def test_every_number_in_prose_is_accounted_for(chapter, recomputed):
    assert prose_numbers.problems(chapter.notebook, recomputed) == []


def _calls(chapter, function: str) -> dict[str, ast.Call]:
    """Return the calls of `mlm.<function>` in a chapter, by the name they give."""
    found = {}
    for _, _, source in chapter.cells("code"):
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == function
            ):
                place = 0 if function == "check" else None
                found[_argument(node, "name", place)] = node
    return found


def _argument(call: ast.Call, name: str, place: int | None):
    """Return a literal argument; an answer in a chapter is a number, so that a reader sees it."""
    by_name = {key.arg: key.value for key in call.keywords}
    node = by_name.get(name)
    if node is None and place is not None and len(call.args) > place:
        node = call.args[place]
    assert node is not None, f"{ast.unparse(call)[:60]} … has no {name}"
    return ast.literal_eval(node)
