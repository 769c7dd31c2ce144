"""A scene: pictures made of marks, their axes, and the sentence that says what they show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

import numpy as np

from mlmbook.errors import ExplorableError
from mlmbook.explore.mark import Mark

__all__ = ["Axis", "Panel", "Says", "Scene"]

NUMBER = re.compile(r"−?\d+(?:,\d{3})*(?:\.\d+)?")
HYPHEN_BEFORE_NUMBER = re.compile(r"(?<![\w.])-(?=[\d.])")


@dataclass(frozen=True)
class Axis:
    """An axis of a picture.

    Parameters
    ----------
    label : str
        Name with unit.
    range : (float, float), optional
        Ends; give them, so that the axis stands still while the controls move. By default they
        cover everything that the axis shows at any setting. High before low turns the axis over.
    ticks : sequence of float or dict, optional
        Where numbers are written, or what is written where; chosen by default.
    format : str
        Format of the numbers, such as ``"{:.0%}"`` or ``"{:+g}"``.
    categories : sequence of str, optional
        Words of an axis of categories; by default those that the marks use, in their order.
        On the vertical axis the first is at the top.
    hide : bool
        Draw no numbers, no line and no name.
    """

    label: str = ""
    range: tuple[float, float] | None = None
    ticks: Sequence[float] | Mapping[float, str] | None = None
    format: str = "{:g}"
    categories: Sequence[str] | None = None
    hide: bool = False

    def __post_init__(self) -> None:
        if self.range is not None and not (
            len(self.range) == 2
            and np.isfinite(self.range).all()
            and self.range[0] != self.range[1]
        ):
            raise ExplorableError(
                f"axis {self.label!r}: range {self.range} is not two different numbers"
            )
        try:
            self.format.format(0.5)
        except (ValueError, IndexError, KeyError) as error:
            raise ExplorableError(
                f"axis {self.label!r}: {self.format!r} is not a number format like '{{:.1f}}'"
            ) from error


class Panel:
    """One picture of a scene.

    Parameters
    ----------
    *marks : Mark or None
        Drawn in order. None keeps the place of a mark that is hidden at this setting.
    x, y : Axis, optional
        The axes; hidden when not given.
    title : str
        Heading of the picture, needed when there are several.
    height : float, optional
        Height in pixels, axes included.
    aspect : float, optional
        Height of the drawing area as a share of its width; 1 is a square.
    weight : float
        Share of the width when pictures stand side by side.
    """

    def __init__(
        self,
        *marks: Mark | None,
        x: Axis | None = None,
        y: Axis | None = None,
        title: str = "",
        height: float | None = None,
        aspect: float | None = None,
        weight: float = 1.0,
    ) -> None:
        for mark in marks:
            if mark is not None and not isinstance(mark, Mark):
                raise ExplorableError(
                    f"a picture is made of marks, found {type(mark).__name__}: {mark!r:.60}"
                )
        self.marks = marks
        self.x = x or Axis(hide=True)
        self.y = y or Axis(hide=True)
        self.title = title
        self.height = height
        self.aspect = aspect
        self.weight = weight


class Says:
    """A sentence with numbers in it, kept apart so that they can move.

    Parameters
    ----------
    template : str
        The sentence with named fields and their formats: ``"A school keeps {share:.0%}."``.
    **fields : float, int or str
        The values.
    """

    def __init__(self, template: str, **fields: float | int | str) -> None:
        self.template = template
        self.fields = fields
        for name, form in self.pieces():
            if name is None:
                continue
            if name not in fields:
                raise ExplorableError(
                    f"the sentence {template!r} has a field {name!r} but got {sorted(fields)}"
                )
            try:
                format(fields[name], form)
            except ValueError as error:
                raise ExplorableError(
                    f"field {{{name}:{form}}} of the sentence cannot show {fields[name]!r}: {error}"
                ) from None

    @classmethod
    def of(cls, sentence: str | Says) -> Says:
        """Take a sentence apart at its numbers; a `Says` is returned as it is."""
        if isinstance(sentence, Says):
            return sentence
        sentence = _typeset(sentence)
        literals = [_escape(text) for text in NUMBER.split(sentence)]
        numbers = NUMBER.findall(sentence)
        fields: dict[str, float | int | str] = {f"n{i}": text for i, text in enumerate(numbers)}
        template = literals[0] + "".join(f"{{n{i}}}{text}" for i, text in enumerate(literals[1:]))
        return cls(template, **fields)

    def pieces(self) -> list[tuple[str | None, str]]:
        """Return (None, words) and (field, format) in the order of the sentence."""
        pieces: list[tuple[str | None, str]] = []
        for literal, name, form, conversion in Formatter().parse(self.template):
            if literal:
                pieces.append((None, literal))
            if name is None:
                continue
            if conversion or not name.isidentifier() or "{" in (form or ""):
                raise ExplorableError(
                    f"the sentence {self.template!r}: write fields as {{name}} or {{name:.1f}}"
                )
            pieces.append((name, form or ""))
        return pieces

    def __str__(self) -> str:
        """Return the plain sentence, with a true minus sign before negative numbers."""
        return _typeset(self.template.format(**self.fields))


class Scene:
    """What a function of the controls returns: one picture or several, and a sentence.

    Parameters
    ----------
    *content : Mark, None or Panel
        The marks of the only picture, or several panels.
    says : str or Says
        What the picture shows at this setting, with its numbers. With `Says` the numbers move
        along between the settings of a smooth slider.
    x, y : Axis, optional
        Axes of the only picture.
    **panel
        Further options of `Panel` for the only picture: `height`, `aspect`.
    """

    def __init__(
        self,
        *content: Mark | Panel | None,
        says: str | Says,
        x: Axis | None = None,
        y: Axis | None = None,
        height: float | None = None,
        aspect: float | None = None,
    ) -> None:
        panels = [item for item in content if isinstance(item, Panel)]
        if panels and len(panels) != len(content):
            raise ExplorableError("a scene holds either marks or panels; put the marks in a Panel")
        if panels and (x or y or height or aspect):
            raise ExplorableError("axes and sizes belong to the panels, not to the scene")
        if not content:
            raise ExplorableError("a scene needs at least one mark")
        marks = [item for item in content if not isinstance(item, Panel)]
        self.panels = panels or [Panel(*marks, x=x, y=y, height=height, aspect=aspect)]
        self.says = Says.of(says)


def _typeset(sentence: str) -> str:
    return HYPHEN_BEFORE_NUMBER.sub("−", sentence)


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
