"""Small multiples of an explorable, for print and for pages where no script runs.

Everything is placed in inches from measured text, as the player places it in pixels, so nothing
overlaps and the height of the figure follows from what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from mlmbook.explore.paint import glyph, paint
from mlmbook.explore.plan import axis_plan, rows_needed
from mlmbook.explore.scene import Panel, Scene
from mlmbook.explore.words import mathtext
from mlmbook.plots.palette import INK, MUTED, RULE
from mlmbook.plots.style import SETTINGS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlmbook.explore.controls import Control, Value
    from mlmbook.explore.explorable import Explorable

__all__ = ["small_multiples"]

WIDTH = 5.8  # inches: two pictures side by side, wider than the single one of a plot
TEXT = 9.0  # points
SMALL = 8.0
LINE = 0.165  # inches from one line of text to the next
ROW = 0.15  # for a category on the vertical axis
PICTURE = 1.35  # the drawing area of everything else
GAP = 0.2


def small_multiples(explorable: Explorable) -> Figure:
    """Draw the scenes of an explorable at its static settings.

    Parameters
    ----------
    explorable : Explorable
        What to draw.

    Returns
    -------
    Figure
        One block a setting: the setting and the sentence in words, and the pictures.
    """
    settings = explorable.static_settings or [explorable.settings()]
    scenes = [explorable.scene(**setting) for setting in settings]
    columns = 2 if len(scenes) > 1 and len(scenes[0].panels) == 1 else 1
    width = (WIDTH - (columns - 1) * GAP) / columns
    sheet = Sheet()
    with mpl.rc_context({**SETTINGS, "font.size": TEXT, "xtick.major.size": 0}):
        blocks = [
            Block(sheet, scene, scenes, _words(explorable, setting, settings), width)
            for setting, scene in zip(settings, scenes, strict=True)
        ]
        rows = [blocks[start : start + columns] for start in range(0, len(blocks), columns)]
        heights = [max(block.height for block in row) for row in rows]
        sheet.open(sum(heights) + GAP * (len(rows) - 1) + 0.05)
        top = sheet.height
        for row, height in zip(rows, heights, strict=True):
            for k, block in enumerate(row):
                block.draw(k * (width + GAP), top)
            top -= height + GAP
    return sheet.figure


class Sheet:
    """A figure in inches, with the origin at the lower left."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(WIDTH, 1.0), facecolor="none")
        self.renderer: Any = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        self.height = 1.0

    def open(self, height: float) -> None:
        """Set the height, once it is known."""
        self.height = height
        self.figure.set_size_inches(WIDTH, height)

    def width_of(self, text: str, size: float, weight: str = "normal") -> float:
        """Return the width of a text in inches."""
        font = FontProperties(size=size, weight=weight)
        set_text = mathtext(text)
        width, _, _ = self.renderer.get_text_width_height_descent(
            set_text, font, ismath="$" in set_text
        )
        return float(width) / self.figure.dpi

    def wrapped(self, text: str, width: float, size: float, weight: str = "normal") -> list[str]:
        """Break a text into lines no wider than `width`."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.width_of(f"{lines[-1]} {word}", size, weight) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def write(self, x: float, y: float, text: str, size: float, **options: Any) -> None:
        """Write a text with its top at y."""
        self.figure.text(
            x,
            y,
            mathtext(text),
            transform=self.figure.dpi_scale_trans,
            fontsize=size,
            va="top",
            **{"color": INK, **options},
        )

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Return axes at a place."""
        share = (left / WIDTH, bottom / self.height, width / WIDTH, height / self.height)
        return self.figure.add_axes(share, facecolor="none")


class Block:
    """One setting: words, and its pictures side by side."""

    def __init__(
        self, sheet: Sheet, scene: Scene, scenes: list[Scene], setting: str, width: float
    ) -> None:
        self.sheet = sheet
        self.setting = sheet.wrapped(setting, width, TEXT, "bold")
        self.sentence = sheet.wrapped(str(scene.says), width, TEXT)
        weights = [panel.weight for panel in scene.panels]
        room = width - GAP * (len(weights) - 1)
        self.pictures = [
            Picture(
                sheet, panel, [other.panels[i] for other in scenes], room * weight / sum(weights)
            )
            for i, (panel, weight) in enumerate(zip(scene.panels, weights, strict=True))
        ]
        self.above = max(picture.above for picture in self.pictures)
        self.inner = max(picture.inner for picture in self.pictures)
        self.words = LINE * (len(self.setting) + len(self.sentence)) + 0.06
        self.height = self.words + self.above + self.inner + max(p.below for p in self.pictures)

    def draw(self, left: float, top: float) -> None:
        """Draw the block with its upper left corner at a place."""
        for line in self.setting:
            self.sheet.write(left, top, line, TEXT, weight="bold")
            top -= LINE
        for line in self.sentence:
            self.sheet.write(left, top, line, TEXT)
            top -= LINE
        top -= 0.06
        for picture in self.pictures:
            picture.draw(left, top, self.above, self.inner)
            left += picture.width + GAP


@dataclass
class Picture:
    """A panel with room around it for its title, key and axes."""

    sheet: Sheet
    panel: Panel
    peers: list[Panel]  # the same panel at every setting
    width: float

    def __post_init__(self) -> None:
        self.marks = [mark for mark in self.panel.marks if mark is not None]
        self.framed = not any(mark.kind in ("table", "cards", "units") for mark in self.marks)
        self.plans = {which: axis_plan(self.panel, self.peers, which) for which in "xy"}
        self.title = self.sheet.wrapped(self.panel.title, self.width, SMALL, "bold")
        self.key = self._key_lines()
        labeled = self.framed and not self.panel.y.hide and bool(self.panel.y.label)
        self.above = LINE * (len(self.title) + len(self.key) + labeled) + 0.06
        self.left = self._left()
        self.columns = self._column_words()
        self.name = self.sheet.wrapped(self.panel.x.label, self.width, SMALL)
        shown = self.framed and not self.panel.x.hide
        deepest = max((len(lines) for lines in self.columns), default=0)
        self.below = LINE * (deepest + len(self.name)) + 0.06 if shown else 0.05
        self.inner = self._inner()

    def _key_lines(self) -> list[list[tuple[int, str]]]:
        """Return the entries of the key, broken into lines."""
        lines: list[list[tuple[int, str]]] = []
        used = 0.0
        for i, mark in enumerate(self.marks):
            if not mark.label or mark.kind in ("text", "table", "cards"):
                continue
            size = 0.4 + self.sheet.width_of(mark.label, SMALL)
            if not lines or used + size > self.width:
                lines.append([])
                used = 0.0
            lines[-1].append((i, mark.label))
            used += size
        return lines

    def _left(self) -> float:
        names = [name for mark in self.marks for name in getattr(mark, "row_names", None) or []]
        if names:
            return max(self.sheet.width_of(name, SMALL) for name in names) + 0.15
        if not self.framed or self.panel.y.hide:
            return 0.05
        widths = [self.sheet.width_of(word, SMALL) for word in self.plans["y"].words]
        return max(widths, default=0.0) + 0.1

    def _column_words(self) -> list[list[str]]:
        plan = self.plans["x"]
        room = (self.width - self.left) / max(1, len(plan.words)) - 0.06
        if not plan.categories:
            return [[word] for word in plan.words]
        return [self.sheet.wrapped(word, room, SMALL) for word in plan.words]

    def _inner(self) -> float:
        rows = rows_needed(self.panel, self.plans["y"])
        if rows:
            return max(rows * (LINE if not self.framed else ROW), 0.5)
        if self.panel.aspect:
            return min(self.panel.aspect * (self.width - self.left), 2 * PICTURE)
        return PICTURE

    def draw(self, left: float, top: float, above: float, inner: float) -> None:
        """Draw the picture; those beside it share the room above and the height inside."""
        y = top
        for line in self.title:
            self.sheet.write(left, y, line, SMALL, weight="bold")
            y -= LINE
        for entries in self.key:
            x = left + 0.05
            for i, label in entries:
                for artist in glyph(self.marks[i], x, y - 0.055, self.sheet.figure):
                    self.sheet.figure.add_artist(artist)
                self.sheet.write(x + 0.24, y, label, SMALL, color=MUTED)
                x += 0.4 + self.sheet.width_of(label, SMALL)
            y -= LINE
        bottom = top - above - inner
        width = self.width - self.left - 0.12
        if self.panel.aspect and inner / self.panel.aspect < width:
            width = inner / self.panel.aspect
        ax = self.sheet.axes(left + self.left, bottom, width, inner)
        paint(ax, self.marks, self.plans)
        if not self.framed:
            ax.set_axis_off()
            return
        if self.panel.y.label and not self.panel.y.hide:
            self.sheet.write(
                left, top - above + LINE + 0.02, self.panel.y.label, SMALL, color=MUTED
            )
        if not self.panel.x.hide:
            depth = max((len(lines) for lines in self.columns), default=0)
            y = bottom - 0.05 - depth * LINE
            for k, line in enumerate(self.name):
                right = left + self.left + width
                self.sheet.write(right, y - k * LINE, line, SMALL, color=MUTED, ha="right")
        self._axes(ax)

    def _axes(self, ax: Axes) -> None:
        for side in ("top", "right", "left"):
            ax.spines[side].set_visible(False)
        ax.spines["bottom"].set_color(MUTED)
        ax.spines["bottom"].set_visible(not self.panel.x.hide)
        ax.tick_params(colors=MUTED, labelsize=SMALL, length=0)
        ax.set_axisbelow(True)
        for which, plan in self.plans.items():
            hidden = getattr(self.panel, which).hide
            words = ["\n".join(lines) for lines in self.columns] if which == "x" else plan.words
            getattr(ax, f"set_{which}lim")(*plan.ends)
            ticks = [] if hidden else plan.ticks
            getattr(ax, f"set_{which}ticks")(ticks, [] if hidden else [mathtext(w) for w in words])
        across: Literal["x", "y"] = "x" if self.plans["y"].categories or self.panel.y.hide else "y"
        ax.grid(axis=across, color=RULE, linewidth=0.8)


def _words(
    explorable: Explorable, setting: Mapping[str, Value], settings: list[dict[str, Value]]
) -> str:
    """Return the setting in words: the controls in which the pictures differ."""
    return " · ".join(
        f"{_symbol(control)} {control.text(setting[control.name])}"
        for control in explorable.controls
        if len({other[control.name] for other in settings}) > 1
    )


def _symbol(control: Control) -> str:
    """Return the symbol at the end of a label, or the whole label."""
    symbol = re.match(r".*, (\S+)$", control.label)
    return f"{symbol[1]} =" if symbol else f"{control.label}:"
