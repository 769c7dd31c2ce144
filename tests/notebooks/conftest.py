"""Chapters as they are stored, one fixture value a chapter."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHAPTERS = sorted((Path(__file__).parents[2] / "book" / "chapters").glob("*.ipynb"))


@dataclass(frozen=True)
class Chapter:
    """A stored chapter: its file, its text, and its cells."""

    path: Path
    text: str
    notebook: dict[str, Any]

    @property
    def number(self) -> str:
        return self.path.name[:2]

    def cells(self, kind: str) -> list[tuple[int, dict[str, Any], str]]:
        """List number, cell and source of the cells of a kind."""
        pairs = enumerate(self.notebook["cells"], start=1)
        return [(n, c, "".join(c["source"])) for n, c in pairs if c["cell_type"] == kind]

    @property
    def prose(self) -> str:
        return "\n\n".join(source for _, _, source in self.cells("markdown"))

    def outputs(self) -> list[tuple[int, dict[str, Any]]]:
        """List the outputs with the number of their cell."""
        return [(n, out) for n, cell, _ in self.cells("code") for out in cell["outputs"]]


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem, scope="session")
def chapter(request: pytest.FixtureRequest) -> Chapter:
    text = request.param.read_text(encoding="utf-8")
    return Chapter(request.param, text, json.loads(text))
