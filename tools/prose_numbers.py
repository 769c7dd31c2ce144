"""Every number in a chapter's prose is an output, a recomputed claim, or given with a reason.

A chapter's companion `tests/notebooks/solutions/NN.py` holds, all optional but the first::

    EXERCISES = {"ex-07-deff": {"1 + 19 × 0.18 = 4.42": (1, 19, rho, 1 + 19 * rho)}}
    CHECKS = {"check-07-icc": rho}
    PROSE = {"about 18 % of the variance": 100 * rho}
    GIVEN = {"a school with 5 pupils": "a thought experiment"}

A key is a piece of the chapter's text that holds the numbers; the value recomputes them, in the
order and the unit in which they are printed. Run ``tools/prose_numbers.py 07`` to see what is left.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from environment import ROOT

CHAPTERS = ROOT / "book" / "chapters"
COMPANIONS = ROOT / "tests" / "notebooks" / "solutions"

# Digits that are names, not findings. They are blanked out, so that positions in the text stay.
NAMES = [
    r"^[ ]*```\{code[\s\S]*?^[ ]*```",  # code to read
    r"^:{3,}\{[\w:-]+\}",  # opening of a directive; its title is prose
    r"^[ ]*:[\w-]+:.*$",  # option of a directive
    r"\{[\w:]+\}`[^`]*`",  # role: {numref}`fig-07-bar`
    r"`[^`]*`",  # code
    r"\]\([^)]*\)",  # target of a link
    r"https?://\S+",
    r"\{[#.][^}]*\}",  # attributes
    r"^[ ]*\d+[.)](?=\s)",  # item of a list
    r"\\class\{\w+\}",
    r"[_^]\{(?:[^{}]|\{[^{}]*\})*\}",  # subscripts and powers
    r"[_^]\\?\w",
    r"\\[A-Za-z]+",
    r"\bC\.\d+(?:\.\d+)*\w?",  # equations of the notes
    r"\b(?:eq|ex|fig|tab)-\d\d-[\w-]+",  # labels
    r"\b[EW]\d+\b",  # corrections, explorables
    r"\b[Cc]hapters?[ \u00a0]\d+(?:(?:, | and |, and |–|-)\d+)*",
    r"\b(?:[Ff]igures?|[Tt]ables?|[Ee]xercises?|[Ee]quations?|[Pp]ages?|pp?\.|§)"
    r"[ \u00a0]?\d+(?:[.–]\d+)*",
    r"\b[Ll]evels?[- \u00a0][123](?: (?:and|or) [123])?\b",
    r"\b\d+(?:st|nd|rd|th)\b",
    r"\b\d+(?:–\d+)? minutes\b",
    r"\b95[ \u00a0]?(?:%|percent)(?=[^.\n]{0,30}(?:CI\b|confidence|interval|comparative))",
    r"\b(?:1[89]|20)\d\d(?:[–-]\d\d(?:\d\d)?)?[a-z]?\b(?![ \u00a0]?%)(?!\.\d)",  # years
    r"\b\d\d?(?=[ \u00a0](?:January|February|March|April|May|June|July|August|September|October"
    r"|November|December)\b)",
]
NAME = re.compile("|".join(f"(?:{pattern})" for pattern in NAMES), re.MULTILINE)
NUMERAL = re.compile(
    r"(?:(?<![\w)\]}.])[-−])?(?<![\w.])(?:\d{1,3}(?:[,\u202f]\d{3})+|\d+)(?:\.\d+)?(?!\w)"
)
EVERYDAY = {0.0, 1.0, 2.0, 100.0, 1000.0}  # codes, halves, percentages: nobody looks them up
SPOKEN_CALLS = {"quiz", "check"}


@dataclass(frozen=True)
class Numeral:
    """A number as it is printed somewhere in a chapter."""

    text: str
    start: int
    end: int

    @property
    def value(self) -> float:
        """The number itself."""
        return float(re.sub("[,\u202f]", "", self.text).replace("−", "-"))

    @property
    def decimals(self) -> int:
        """How many decimals are printed."""
        return len(self.text.partition(".")[2])

    @property
    def says_much(self) -> bool:
        """Whether it is long enough that meeting it in an output is no chance."""
        digits = len(re.sub(r"\D", "", self.text).lstrip("0"))
        return digits >= 3 or (digits == 2 and self.decimals > 0)

    def rounds(self, exact: float) -> bool:
        """Whether `exact` is printed as this numeral."""
        return abs(exact - self.value) <= 0.5 * 10**-self.decimals * (1 + 1e-6)


@dataclass
class Passage:
    """A piece of prose: a Markdown cell, a caption, the words of a quiz."""

    where: str
    text: str
    settled: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        blanked = NAME.sub(lambda match: " " * len(match.group()), self.text)
        self.numerals = [Numeral(m.group(), m.start(), m.end()) for m in NUMERAL.finditer(blanked)]

    def within(self, snippet: str) -> Iterator[list[Numeral]]:
        """Yield the numerals of each place where the snippet stands."""
        start = self.text.find(snippet)
        while start >= 0:
            end = start + len(snippet)
            yield [n for n in self.numerals if start <= n.start and n.end <= end]
            start = self.text.find(snippet, end)

    def open(self) -> list[Numeral]:
        """List the numerals that nothing accounts for yet."""
        return [n for n in self.numerals if n.start not in self.settled and n.value not in EVERYDAY]

    def sentence(self, numeral: Numeral) -> str:
        """Return the line around a numeral."""
        start = self.text.rfind("\n", 0, numeral.start) + 1
        end = self.text.find("\n", numeral.end)
        return self.text[start : end if end >= 0 else None].strip()


def passages(notebook: dict[str, Any]) -> list[Passage]:
    """List everything in a chapter that is read as prose."""
    found = []
    for number, cell in enumerate(notebook["cells"], start=1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            found.append(Passage(f"cell {number}", source))
            continue
        shown = cell["metadata"].get("mystnb", {})
        for part, key in (("figure", "caption"), ("image", "alt")):
            if text := shown.get(part, {}).get(key):
                found.append(Passage(f"cell {number}, {key}", text))
        found.extend(Passage(f"cell {number}, {call}", text) for call, text in _spoken(source))
    return found


def _spoken(source: str) -> Iterator[tuple[str, str]]:
    """Yield the words inside calls of `mlm.quiz` and `mlm.check`."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in SPOKEN_CALLS:
            words = {key.arg: key.value for key in node.keywords if key.arg != "name"}
            for part in [*node.args, *words.values()]:
                for leaf in ast.walk(part):
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                        yield node.func.attr, leaf.value


def printed_numbers(notebook: dict[str, Any]) -> list[float]:
    """List the numbers in a chapter's text outputs."""
    texts = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            texts.append("".join(output.get("text", "")))
            texts.append("".join(output.get("data", {}).get("text/plain", "")))
    numbers = re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", " ".join(texts).replace("−", "-"))
    return [float(number) for number in numbers]


def companion(chapter: str) -> ModuleType | None:
    """Import the recomputations of a chapter, if it has any."""
    path = COMPANIONS / f"{chapter}.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"solutions_{chapter}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def problems(notebook: dict[str, Any], recomputed: ModuleType | None) -> list[str]:
    """Say which numbers of a chapter are wrong, and which nothing accounts for."""
    prose = passages(notebook)
    found = []
    claims: dict[str, Any] = dict(getattr(recomputed, "PROSE", {}))
    for solution in getattr(recomputed, "EXERCISES", {}).values():
        claims |= solution if isinstance(solution, dict) else {}
    for snippet, values in claims.items():
        found += _compare(prose, snippet, values if isinstance(values, tuple) else (values,))
    for snippet in getattr(recomputed, "GIVEN", {}):
        found += _settle(prose, snippet)
    outputs = printed_numbers(notebook)
    for passage in prose:
        for numeral in passage.open():
            percent = passage.text[numeral.end :].lstrip()[:1] == "%"
            shown = [*outputs, *(100 * o for o in outputs)] if percent else outputs
            if not (numeral.says_much and any(map(numeral.rounds, shown))):
                line = passage.sentence(numeral)
                found.append(f"{passage.where}: nothing accounts for {numeral.text} in: {line}")
    return found


def _compare(prose: list[Passage], snippet: str, values: tuple[float, ...]) -> list[str]:
    """Compare the numerals of a snippet with their recomputed values, wherever it stands."""
    found, places = [], 0
    for passage in prose:
        for numerals in passage.within(snippet):
            places += 1
            passage.settled.update(n.start for n in numerals)
            if len(numerals) != len(values):
                printed = [n.text for n in numerals]
                found.append(f"{passage.where}: {snippet!r} prints {printed}, claim has {values}")
            else:
                wrong = [
                    (n, v) for n, v in zip(numerals, values, strict=True) if not n.rounds(float(v))
                ]
                found += [f"{passage.where}: {snippet!r}: {n.text} should be {v}" for n, v in wrong]
    return found or ([] if places else [f"no text reads {snippet!r}"])


def _settle(prose: list[Passage], snippet: str) -> list[str]:
    places = 0
    for passage in prose:
        for numerals in passage.within(snippet):
            places += 1
            passage.settled.update(n.start for n in numerals)
    return [] if places else [f"no text reads {snippet!r}"]


def main(arguments: list[str] | None = None) -> int:
    """Print what is wrong or unaccounted for in a chapter; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="+", help="numbers of chapters, like 07")
    failed = 0
    for chapter in parser.parse_args(arguments).chapters:
        for path in sorted(CHAPTERS.glob(f"{chapter}-*.ipynb")):
            found = problems(json.loads(path.read_text(encoding="utf-8")), companion(chapter))
            print(f"{path.name}: {len(found)} numbers to settle", *found, sep="\n  ")
            failed += len(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
