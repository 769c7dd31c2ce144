"""A chapter as a notebook for any Jupyter: the book's own markup written in plain Markdown.

On a page, a role such as ``{term}`` or a box such as ``:::{exercise}`` is turned into HTML.
JupyterLab and Colab would show it as it is typed.
"""

from __future__ import annotations

import copy
import html
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
TEXTS = {"text", "text/plain", "text/html", "text/markdown", "text/latex", "image/png"}
HIDDEN_INPUT = {"remove-input", "hide-input"}
MARKS = {"blanks": "", "kicker": "", "lede": "", "no": "✗ ", "why": "", "yes": "✓ "}

BOX = re.compile(r"(:{3,})\{(\w+)\} *(.*)")
END_OF_BOX = re.compile(r":{3,}")
OPTION = re.compile(r":(\w+): *(.*)")
ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
TITLED = re.compile(r"(.*?)\s*<([^>]+)>", re.DOTALL)
BLOCK_MARK = re.compile(r"^\{\.(\w+)\}\n", re.MULTILINE)
INLINE_MARK = re.compile(r"\[([^\]]*)\]\{\.\w+\}")
EQUATION = re.compile(r"^\$\$ \(([\w-]+)\)$", re.MULTILINE)
DEFINITION = re.compile(r"^(\S.*)\n: +", re.MULTILINE)
LABEL = re.compile(r"^:+\{exercise\}.*\n:label: ([\w-]+)", re.MULTILINE)

Cell = dict[str, Any]


@dataclass
class Chapter:
    """What the markup of one chapter refers to.

    Parameters
    ----------
    name : str
        Of the page, from the root of the book: ``book/chapters/07-where-the-variation-lives``.
    titles : mapping
        Title of each page, by name.
    cited : mapping
        Authors and year of each reference, by key.
    address : callable
        Where a page is to be found, from its name; an empty text if nowhere.
    """

    name: str
    titles: Mapping[str, str]
    cited: Mapping[str, tuple[str, str]]
    address: Callable[[str], str]
    labels: dict[str, str] = field(default_factory=dict)
    """What a reference to an equation, a figure or an exercise says."""

    @property
    def number(self) -> str:
        """The number that the file name begins with, empty if it does not."""
        found = re.match(r"0*(\d+)-", posixpath.basename(self.name))
        return found.group(1) if found else ""


def plain(notebook: dict[str, Any], chapter: Chapter) -> dict[str, Any]:
    """Return a copy of a notebook in plain Markdown; its widgets come back when it is run."""
    made = copy.deepcopy(notebook)
    made["metadata"].pop("widgets", None)
    give_numbers(made["cells"], chapter)
    cells = []
    for cell in made["cells"]:
        cell["source"] = source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cell["source"] = markdown(source, chapter)
        cells.append(cell)
        if cell["cell_type"] == "code":
            _plain_code(cell)
            if caption := _caption(cell, chapter):
                cells.append(caption)
    made["cells"] = cells
    return made


def give_numbers(cells: list[Cell], chapter: Chapter) -> None:
    """Give equations, figures and exercises the numbers of the page: each in its order."""
    found: dict[str, list[str]] = {"({})": [], "Figure {}": [], "Exercise {}": []}
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            found["({})"] += EQUATION.findall(text)
            found["Exercise {}"] += LABEL.findall(text)
        elif name := _figure(cell).get("name"):
            found["Figure {}"].append(name)
    for form, labels in found.items():
        for n, label in enumerate(labels, start=1):
            chapter.labels[label] = form.format(f"{chapter.number}.{n}")


def _figure(cell: Cell) -> dict[str, str]:
    figure: dict[str, str] = cell["metadata"].get("mystnb", {}).get("figure", {})
    return figure


def _caption(cell: Cell, chapter: Chapter) -> Cell | None:
    figure = _figure(cell)
    if not figure:
        return None
    text = f"*{chapter.labels[figure['name']]}.* {inline(figure['caption'], chapter)}"
    return {
        "cell_type": "markdown",
        "id": f"caption-{cell['id']}"[:64],
        "metadata": {},
        "source": text,
    }


def _plain_code(cell: Cell) -> None:
    """Fold what the page folds, and show the still form of a widget until it is run."""
    if HIDDEN_INPUT.intersection(cell["metadata"].get("tags", [])):
        cell["metadata"]["jupyter"] = {"source_hidden": True}
    for output in cell["outputs"]:
        for texts in (output, output.get("data", {})):
            # A server joins lines when it opens a file; JupyterLite leaves them apart.
            texts.update({k: "".join(v) for k, v in texts.items() if k in TEXTS})
        if VIEW in output.get("data", {}):
            del output["data"][VIEW]
            output["metadata"]["needs_background"] = "light"  # its letters are dark


# ---- Markdown -----------------------------------------------------------------------------


def markdown(text: str, chapter: Chapter) -> str:
    """Write the text of a Markdown cell plainly."""
    text = EQUATION.sub(lambda found: rf"\tag{{{chapter.labels[found[1]][1:-1]}}} $$", text)
    text = re.sub(r"\n(\\tag\{[^}]*\} \$\$)", r" \1", text)
    text = BLOCK_MARK.sub(lambda found: MARKS[found[1]], text)
    return inline(boxes(DEFINITION.sub(r"**\1**: ", text), chapter), chapter)


def inline(text: str, chapter: Chapter) -> str:
    """Write what stands inside of lines plainly."""
    text = ROLE.sub(lambda found: _role(found[1], found[2], chapter), text)
    return without_classes(INLINE_MARK.sub(r"\1", text))


def boxes(text: str, chapter: Chapter) -> str:
    """Turn boxes into quotations with a title in bold, and folded ones into disclosures."""
    lines = text.split("\n")
    made: list[str] = []
    closing: list[str] = []  # what ends each open box; a quotation ends by itself

    def add(line: str = "") -> None:
        line = ("> " * closing.count("") + line).rstrip()
        if made and not line.strip("> ") and not made[-1].strip("> "):
            line = min(line, made.pop(), key=len)  # one empty line is enough, and it ends a box
        made.append(line)

    while lines:
        line = lines.pop(0)
        if opening := BOX.fullmatch(line.strip()):
            options = dict(_options(lines))
            title = _title(opening[2], opening[3], options, chapter)
            add()
            if options.get("class") == "dropdown":
                add(f"<details><summary>{html.escape(title)}</summary>")
                closing.append("</details>")
            else:
                closing.append("")
                add(f"**{title}**")
            add()
        elif closing and END_OF_BOX.fullmatch(line.strip()):
            add()
            add(closing.pop())
            add()
        else:
            add(line)
    return "\n".join(made)


def _options(lines: list[str]) -> list[tuple[str, str]]:
    options = []
    while lines and (option := OPTION.fullmatch(lines[0].strip())):
        options.append((option[1], option[2]))
        lines.pop(0)
    return options


def _title(kind: str, title: str, options: Mapping[str, str], chapter: Chapter) -> str:
    if kind == "exercise":
        return f"{chapter.labels[options['label']]} · {title}"
    return "Solution" if kind == "solution" else title


def _role(kind: str, text: str, chapter: Chapter) -> str:
    titled = TITLED.fullmatch(text)
    shown, target = (titled[1], titled[2]) if titled else ("", text)
    if kind == "doc":
        page = posixpath.normpath(posixpath.join(posixpath.dirname(chapter.name), target))
        shown = shown or chapter.titles[page]
        address = chapter.address(page)
        return f"[{shown}]({address})" if address else shown
    if kind in ("eq", "numref", "ref"):
        return shown or chapter.labels[target]
    if kind == "term":
        return shown or target
    if kind in ("cite:p", "cite:t"):
        return _citation(kind, [chapter.cited[key.strip()] for key in text.split(",")])
    raise ValueError(f"{chapter.name} has the role {kind!r}, which has no plain form here")


def _citation(kind: str, works: list[tuple[str, str]]) -> str:
    if kind == "cite:t":
        return ", ".join(f"{authors} ({year})" for authors, year in works)
    return f"({'; '.join(f'{authors}, {year}' for authors, year in works)})"


def without_classes(text: str) -> str:
    r"""Take ``\class{l1}{…}`` out of equations: the colors of levels are the page's own."""
    while found := re.search(r"\\class\{\w+\}\{", text):
        depth, at = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        text = f"{text[: found.start()]}{{{text[found.end() : at]}{text[at:]}"
    return text
