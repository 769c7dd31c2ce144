"""Multiple choice with a reason for every option."""

from __future__ import annotations

from collections.abc import Sequence

from mlmbook.errors import ExplorableError
from mlmbook.teach.widget import QuestionWidget, checked_name, still

__all__ = ["quiz"]

LETTERS = "ABCDEFGHIJ"


def quiz(
    question: str,
    options: Sequence[str],
    *,
    answer: int | Sequence[int],
    reasons: Sequence[str],
    name: str,
) -> QuestionWidget:
    """Ask a multiple-choice question.

    After the reader has answered, every option shows whether it is right and why.

    Parameters
    ----------
    question : str
        Plain text; symbols with subscripts as in ``σ_u0``.
    options : sequence of str
        Two to ten answers to choose from.
    answer : int or sequence of int
        Position of the right option, or of all right ones: then several can be chosen.
    reasons : sequence of str
        Why each option is right or wrong.
    name : str
        Stable name of the question, such as ``"quiz-07-icc-pairs"``.

    Returns
    -------
    QuestionWidget

    Raises
    ------
    ExplorableError
        The answer is not an option, or an option has no reason.

    Examples
    --------
    >>> quiz("Is an ICC of 0.05 small?", ["always", "not with 100 pupils a school"], answer=1,
    ...      reasons=["The design effect also counts pupils.", "The design effect is 6."],
    ...      name="quiz-07-small")
    Quiz('quiz-07-small')
    """
    checked_name(name)
    several = not isinstance(answer, int)
    right = set(answer) if isinstance(answer, Sequence) else {answer}
    if not 2 <= len(options) <= len(LETTERS):
        raise ExplorableError(f"quiz {name!r} has {len(options)} options; it needs 2 to 10")
    if len(reasons) != len(options):
        raise ExplorableError(
            f"quiz {name!r} has {len(options)} options but {len(reasons)} reasons; "
            "give one for each"
        )
    if not right or not right <= set(range(len(options))):
        raise ExplorableError(
            f"quiz {name!r}: answer {answer!r} is not the position of an option "
            f"(0 to {len(options) - 1})"
        )
    spec = {
        "kind": "quiz",
        "name": name,
        "question": question,
        "several": several,
        "options": [
            {"text": text, "reason": reason, "right": i in right}
            for i, (text, reason) in enumerate(zip(options, reasons, strict=True))
        ],
    }
    answers = ", ".join(LETTERS[i] for i in sorted(right))
    folded = [f"**{answers}**", *(f"{LETTERS[i]}: {why}" for i, why in enumerate(reasons))]
    return QuestionWidget(spec, still(question, options, folded))
