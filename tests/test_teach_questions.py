import pytest

import mlmbook as mlm
from mlmbook.errors import ExplorableError

QUIZ = {"answer": 1, "reasons": ["no", "yes"], "name": "quiz-07-x"}


def test_quiz_reads_without_scripts():
    quiz = mlm.quiz("Is σ_u0 < 1?", ["a", "b"], **QUIZ)
    assert repr(quiz) == "Quiz('quiz-07-x')"
    page = quiz._repr_mimebundle_()[0]["text/html"]
    assert "Is σ<sub>u0</sub> &lt; 1?" in page
    assert '<ol type="A"><li>a</li><li>b</li></ol>' in page
    assert "<summary>Answer</summary><p><b>B</b></p>" in page


def test_quiz_tells_the_page_every_reason():
    quiz = mlm.quiz("?", ["a", "b", "c"], answer=(0, 2), reasons=["x", "y", "z"], name="q-1")
    assert quiz.spec["several"]
    assert [option["right"] for option in quiz.spec["options"]] == [True, False, True]
    assert [option["reason"] for option in quiz.spec["options"]] == ["x", "y", "z"]


def test_check_reads_without_scripts():
    check = mlm.check(
        "ex-07-icc", "?", 0.1803, tolerance=0.005, unit="points", hint="Divide.", why="8.6 / 47.8."
    )
    assert repr(check) == "Check('ex-07-icc')"
    assert "<summary>Hint</summary><p>Divide.</p>" in check.page
    assert "<summary>Answer</summary><p><b>0.18 points</b></p><p>8.6 / 47.8.</p>" in check.page


@pytest.mark.parametrize(
    ("answer", "tolerance", "shown"),
    [(0.1803, 0.01, "0.18"), (12.0, 0.5, "12"), (-3.25, 0.01, "−3.25"), (100, 1, "100")],
)
def test_the_answer_is_written_as_finely_as_its_tolerance(answer, tolerance, shown):
    assert f"<b>{shown}</b>" in mlm.check("c", "?", answer, tolerance=tolerance).page


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mlm.quiz("?", ["a"], answer=0, reasons=["x"], name="q"), "needs 2 to 10"),
        (lambda: mlm.quiz("?", ["a", "b"], answer=0, reasons=["x"], name="q"), "but 1 reasons"),
        (lambda: mlm.quiz("?", ["a", "b"], answer=2, reasons=["x", "y"], name="q"), "answer 2"),
        (lambda: mlm.quiz("?", ["a", "b"], answer=(), reasons=["x", "y"], name="q"), "answer ()"),
        (lambda: mlm.quiz("?", ["a", "b"], **{**QUIZ, "name": "My quiz"}), "is not a slug"),
        (lambda: mlm.check("c", "?", float("nan"), tolerance=1), "not a finite number"),
        (lambda: mlm.check("c", "?", 1, tolerance=0), "must be positive"),
        (lambda: mlm.check("c", "?", 1, tolerance=0.1, slips={1.05: "x"}), "slip 1.05 is within"),
    ],
)
def test_a_question_that_cannot_work_says_why(make, message):
    with pytest.raises(ExplorableError, match=message.replace("(", r"\(").replace(")", r"\)")):
        make()
