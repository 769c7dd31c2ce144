"""Chapters as plain notebooks, and JupyterLite as it is mended."""

from __future__ import annotations

from types import SimpleNamespace

import full_notebook
import pytest
import repairs
from plain_notebook import VIEW, Chapter, plain
from sphinx.errors import ConfigError


def chapter(site=""):
    pages = {"book/chapters/07-icc": "Where it lives", "book/back/notation": "Notation"}

    def address(page):
        chapters = "07-icc.ipynb" if "chapters" in page else ""
        return f"{site}{page}.html" if site else chapters

    cited = {"A1": ("An", "1990"), "B2": ("Bo and Cy", "2001")}
    return Chapter("book/chapters/08-slopes", pages, cited, address)


def made(*cells, site=""):
    """Return the cells of a plain notebook; those given are Markdown unless they say otherwise."""
    notebook = {"metadata": {"widgets": {}}, "cells": [cell(i, one) for i, one in enumerate(cells)]}
    return plain(notebook, chapter(site))["cells"]


def cell(number, content):
    if isinstance(content, str):
        lines = content.splitlines(keepends=True)
        return {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": lines}
    return {"cell_type": "code", "id": f"c{number}", "metadata": {}, "outputs": [], **content}


def text(content, **options):
    return made(content, **options)[0]["source"]


@pytest.mark.parametrize(
    ("markup", "plainly"),
    [
        ("{term}`null model`", "null model"),
        ("{cite:t}`A1`", "An (1990)"),
        ("{cite:p}`A1,B2`", "(An, 1990; Bo and Cy, 2001)"),
        ("{doc}`07-icc`", "[Where it lives](07-icc.ipynb)"),
        ("{doc}`the last one <07-icc>`", "[the last one](07-icc.ipynb)"),
        ("{doc}`../back/notation`", "Notation"),
        ("{ref}`E19 <e19>`", "E19"),
        ("[schools]{.l2}", "schools"),
        ("{.kicker}\nPart I", "Part I"),
        ("{.yes}\nSo it is.", "✓ So it is."),
        (r"$\class{l2}{u_{0j}} + \class{l1}{e_{ij}}$", r"${u_{0j}} + {e_{ij}}$"),
        ("In words\n: it rises", "**In words**: it rises"),
    ],
)
def test_markup_of_the_book_in_plain_words(markup, plainly):
    assert text(markup) == plainly


def test_links_lead_to_the_site_where_its_address_is_known():
    found = text("{doc}`../back/notation`", site="https://x.org/b/")
    assert found == "[Notation](https://x.org/b/book/back/notation.html)"


def test_equations_figures_and_exercises_are_numbered_by_chapter():
    figure = {"mystnb": {"figure": {"name": "fig-a", "caption": "It rises."}}}
    cells = made(
        "$$\na = b\n$$ (eq-a)\n\nBy {eq}`eq-a` and {numref}`fig-a`.",
        {"source": "draw()", "metadata": figure},
        ":::{exercise} By hand\n:label: ex-a\nDo it.\n:::",
    )
    assert r"a = b \tag{8.1} $$" in cells[0]["source"]
    assert cells[0]["source"].endswith("By (8.1) and Figure 8.1.")
    assert cells[2]["source"] == "*Figure 8.1.* It rises."
    assert "> **Exercise 8.1 · By hand**" in cells[3]["source"]


def test_boxes_become_quotations_and_folded_ones_disclosures():
    box = "::::{admonition} From memory\n:class: recall\n\nWhat?\n\n"
    box += ":::{admonition} Answer\n:class: dropdown\nThat.\n:::\n::::\nAfter."
    assert text(box).splitlines() == [
        *["", "> **From memory**", ">", "> What?", ">"],
        *["> <details><summary>Answer</summary>", ">", "> That.", ">", "> </details>"],
        *["", "After."],
    ]


def test_widgets_are_still_and_hidden_code_is_folded():
    output = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    data = {VIEW: {"model_id": "1"}, "image/png": "AAAA", "text/plain": ["a\n", "b"]}
    (code,) = made(
        {
            "source": "mlm.quiz()",
            "metadata": {"tags": ["remove-input"]},
            "outputs": [{**output, "data": data}],
        }
    )
    assert code["outputs"][0]["data"] == {"image/png": "AAAA", "text/plain": "a\nb"}
    assert code["metadata"]["jupyter"] == {"source_hidden": True}


def test_a_role_without_a_plain_form_is_an_error():
    with pytest.raises(ValueError, match="08-slopes has the role 'download'"):
        text("{download}`x`")


# ---- Colab --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("", ("", "")),
        ("me/my-book", ("me/my-book", "gh-pages")),
        ("me/my-book@site/main", ("me/my-book", "site/main")),
    ],
)
def test_the_repository_comes_from_outside(monkeypatch, given, found):
    monkeypatch.setenv("REPOSITORY", given)
    config = SimpleNamespace()
    full_notebook.configure(None, config)
    assert full_notebook.repository(config) == found


def test_a_repository_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("REPOSITORY", "https://github.com/me/my-book")
    with pytest.raises(ConfigError, match="must look like owner/name"):
        full_notebook.configure(None, SimpleNamespace())


def test_the_first_code_cell_installs_the_package_in_colab():
    notebook = {"cells": [cell(0, "# Title"), cell(1, {"source": "import mlmbook"})]}
    cells = full_notebook.installing(notebook, "me/my-book")["cells"]
    assert [one["cell_type"] for one in cells] == ["markdown", "code", "code"]
    assert "%pip install --quiet git+https://github.com/me/my-book\n" in cells[1]["source"]


# ---- repairs of JupyterLite ---------------------------------------------------------------


def test_a_repair_that_finds_nothing_says_what_it_was_for(tmp_path):
    (tmp_path / "config-utils.js").write_text("nothing of the kind")
    with pytest.raises(repairs.RepairError, match=r"0 times, not once.*an answer that is there"):
        repairs.repair(tmp_path)
