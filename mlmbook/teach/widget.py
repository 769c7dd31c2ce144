"""The widget of a question, and how the question reads where no script runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from mlmbook.errors import ExplorableError
from mlmbook.explore.assets import module, player_module, stylesheet
from mlmbook.explore.words import html_text

__all__ = ["QUESTIONS", "QuestionWidget", "checked_name", "still"]

QUESTIONS = (
    player_module("dom"),
    *(Path(__file__).parent / f"{n}.mjs" for n in ("answer", "teach")),
)
"""Modules of JavaScript, each after those it imports."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class QuestionWidget(anywidget.AnyWidget):
    """A live question.

    Parameters
    ----------
    spec : dict
        What the page needs to ask and to judge.
    page : str
        HTML for readers without scripts and for print.

    Attributes
    ----------
    response : dict
        What the reader answered.
    """

    _esm = module(QUESTIONS, "export default { render: renderQuestion };")
    _css = stylesheet()
    spec = traitlets.Dict().tag(sync=True)
    response = traitlets.Dict().tag(sync=True)

    def __init__(self, spec: dict[str, Any], page: str) -> None:
        self.page = page
        super().__init__(spec=spec)

    def __repr__(self) -> str:
        return f"{self.spec['kind'].title()}({self.spec['name']!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/html": self.page}, metadata


def checked_name(name: str) -> None:
    """Refuse a name that cannot serve as an anchor."""
    if not SLUG.fullmatch(name):
        raise ExplorableError(
            f"question name {name!r} is not a slug of lower-case letters, digits and hyphens, "
            "such as 'quiz-07-icc-pairs'"
        )


def still(question: str, options: Sequence[str], folded: Sequence[str], hint: str = "") -> str:
    """Write a question with its answer folded away.

    Parameters
    ----------
    question : str
        What is asked.
    options : sequence of str
        The options of a quiz; empty for a number.
    folded : sequence of str
        Paragraphs of the answer; ``**…**`` is strong.
    hint : str
        Folded away on its own.
    """
    parts = [f"<p><b>{html_text(question)}</b></p>"]
    if options:
        items = "".join(f"<li>{html_text(option)}</li>" for option in options)
        parts.append(f'<ol type="A">{items}</ol>')
    if hint:
        parts.append(f"<details><summary>Hint</summary><p>{html_text(hint)}</p></details>")
    answer = "".join(f"<p>{_strong(html_text(text))}</p>" for text in folded)
    parts.append(f"<details><summary>Answer</summary>{answer}</details>")
    return f'<div class="mlm-static">{"".join(parts)}</div>'


def _strong(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
