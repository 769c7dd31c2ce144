"""Figures, equations and exercises are numbered within their chapter: Exercise 7.2.

The number of a chapter is fixed by its file name, so that a chapter added later renumbers nothing.
Headings stay without numbers; the sidebar shows those of chapters.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.transforms.post_transforms import SphinxPostTransform

CHAPTER = re.compile(r"chapters/(\d\d)-")
LINK = re.compile(r'(<a class="[^"]*reference internal"[^>]*href="([^"]*)"[^>]*>)')


class ExerciseMarkup(SphinxPostTransform):
    """Write "Exercise 7.2 ★★ The five-pupil school", without brackets around the title.

    The section that holds the text of an exercise goes: it has the same id in each of them.
    """

    default_priority = 30  # after sphinx-exercise has put the title together

    def run(self, **kwargs: object) -> None:
        """Change the exercises of one page."""
        for section in list(self.document.findall(nodes.section)):
            if section["ids"] in (["exercise-content"], ["solution-content"]):
                section["ids"] = []
                section.replace_self(section.children)
        for title in self.document.findall(nodes.title):
            if title.children and title.children[0] == " (" and title.children[-1] == ")":
                title.children[0].parent = title.children[-1].parent = None
                title.children = [nodes.Text(" "), *title.children[1:-1]]


def number_by_chapter(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Use the number of a chapter in the place of a section's."""
    chapters = {doc: int(m.group(1)) for doc in env.found_docs if (m := CHAPTER.search(doc))}
    previous = env.toc_fignumbers
    env.toc_secnumbers = {doc: {"": (number,)} for doc, number in chapters.items()}
    TocTreeCollector().assign_figure_numbers(env)
    env.toc_secnumbers = {}
    return [doc for doc in chapters if env.toc_fignumbers.get(doc) != previous.get(doc)]


def with_numbers(navigation: str, pagename: str) -> str:
    """Put the chapter's number before its title in the sidebar."""

    def prefix(link: re.Match[str]) -> str:
        target = pagename if link.group(2) == "#" else link.group(2)
        chapter = CHAPTER.search(target) or re.match(r"(\d\d)-[^/]*\.html$", target)
        number = f'<span class="chapter-number">{int(chapter.group(1))}</span> ' if chapter else ""
        return link.group(1) + number

    return LINK.sub(prefix, navigation)


def offer(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    context["with_numbers"] = lambda navigation: with_numbers(str(navigation), pagename)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(ExerciseMarkup)
    app.connect("env-get-updated", number_by_chapter, priority=900)  # after Sphinx has numbered
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
