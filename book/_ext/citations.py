"""How the book cites: "Selvin (1958)" in the text, and a list by author and year."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from docutils import nodes
from pybtex.database import Entry
from pybtex.plugin import register_plugin as register_list_style
from pybtex.style.formatting import toplevel
from pybtex.style.formatting.plain import Style
from pybtex.style.template import (
    Node,
    field as bib,
    first_of,
    href,
    join,
    names,
    optional,
    optional_field,
    sentence,
    tag,
    words,
)
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin as register_reference_style
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

ORDINALS = {"2": "2nd", "3": "3rd"}


def round_brackets() -> BracketStyle:
    """Return the parentheses that set off a year."""
    return BracketStyle(left="(", right=")")


@dataclass
class RoundReferenceStyle(AuthorYearReferenceStyle):
    """Author and year in parentheses."""

    bracket_textual: BracketStyle = field(default_factory=round_brackets)
    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)
    bracket_author: BracketStyle = field(default_factory=round_brackets)
    bracket_label: BracketStyle = field(default_factory=round_brackets)
    bracket_year: BracketStyle = field(default_factory=round_brackets)


def ordinal(edition: str) -> str:
    """Write the number of an edition as it is said."""
    return ORDINALS.get(str(edition), f"{edition}th")


def ranged(pages: str) -> str:
    """Write a range of pages with one dash."""
    return str(pages).replace("--", "–")


def people(role: str) -> Node:
    """List people, the family name first."""
    return names(role, sep=", ", sep2=" and ", last_sep=", and ")


def by_author_and_year(entry: Entry) -> tuple[str, str, str]:
    """Sort institutions among people, whatever the case or the braces of a name."""
    who = entry.persons.get("author") or entry.persons.get("editor") or []
    names_ = " ".join(str(person) for person in who).replace("{", "").casefold()
    return names_, entry.fields.get("year", ""), entry.fields["title"]


class BookStyle(Style):
    """References by author and year; a missing detail is left out, not warned about."""

    default_name_style = "lastfirst"

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"abbreviate_names": True}))
        self.sort = partial(sorted, key=by_author_and_year)

    def head(self, entry: Entry) -> Node:
        """Return who and when."""
        who = people("author" if "author" in entry.persons else "editor")
        return join[who, " (", first_of[optional[bib("year")], "undated"], ")."]

    def plain_title(self) -> Node:
        """Return the title of a part of something."""
        return sentence[bib("title")]

    def tail(self) -> Node:
        """Return the note and the link."""
        link = href[
            join["https://doi.org/", bib("doi", raw=True)], join["doi:", bib("doi", raw=True)]
        ]
        page = href[bib("url", raw=True), "web page"]
        return words[
            optional[sentence[bib("note")]], optional[sentence[link]], optional[sentence[page]]
        ]

    def article(self, entry: Entry) -> Node:
        """Return a reference to a journal article."""
        volume = join[bib("volume"), optional["(", bib("number"), ")"]]
        where = sentence[
            tag("em")[bib("journal")], optional[volume], optional[bib("pages", apply_func=ranged)]
        ]
        return toplevel[self.head(entry), self.plain_title(), where, self.tail()]

    def book(self, entry: Entry) -> Node:
        """Return a reference to a book, a report or a manual."""
        edition = optional[join[" (", bib("edition", apply_func=ordinal), " ed.)"]]
        publisher = first_of[
            optional[bib("publisher")], optional[bib("organization")], optional_field("institution")
        ]
        return toplevel[
            self.head(entry),
            sentence[join[tag("em")[bib("title")], edition]],
            optional[sentence[publisher, optional_field("address")]],
            self.tail(),
        ]

    def chapter(self, entry: Entry) -> Node:
        """Return a reference to a chapter or a paper in proceedings."""
        editors = optional[join[people("editor"), " (eds.), "]]
        pages = optional[join["pp. ", bib("pages", apply_func=ranged)]]
        return toplevel[
            self.head(entry),
            self.plain_title(),
            sentence[join["In ", editors, tag("em")[bib("booktitle")]], pages],
            optional[sentence[bib("publisher"), optional_field("address")]],
            self.tail(),
        ]

    def other(self, entry: Entry) -> Node:
        """Return a reference to anything else."""
        return toplevel[
            self.head(entry),
            sentence[tag("em")[bib("title")]],
            optional[sentence[bib("howpublished")]],
            self.tail(),
        ]

    get_article_template = article
    get_book_template = get_manual_template = get_techreport_template = book
    get_incollection_template = get_inproceedings_template = chapter
    get_misc_template = get_unpublished_template = other


def as_list(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make a list of references a list: without numbers, for citations name author and year."""
    for parent in {citation.parent for citation in doctree.findall(nodes.citation)}:
        items = nodes.bullet_list(classes=["references"])
        place = parent.index(next(parent.findall(nodes.citation)))
        for citation in [child for child in parent if isinstance(child, nodes.citation)]:
            parent.remove(citation)
            content = [child for child in citation if not isinstance(child, nodes.label)]
            items += nodes.list_item("", *content, ids=citation["ids"])
        parent.insert(place, items)


def setup(app: Sphinx) -> dict[str, bool]:
    register_list_style("pybtex.style.formatting", "book", BookStyle)
    register_reference_style(
        "sphinxcontrib.bibtex.style.referencing", "author_year_round", RoundReferenceStyle
    )
    app.connect("doctree-resolved", as_list)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
