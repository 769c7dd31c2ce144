"""Words that stay whole: how wide they are, where to break them, and a last look at the layout.

Layouts of matplotlib make room for what stands out of the axes to the left and right, but they take
no notice that names of axes and keys may be wider than the axes, and narrow the axes in vain. So
these are broken at the width of the figure, and moved into it where the axes lie off its middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import BboxBase

PAD: Final = 0.05  # inches between words and the edge of the figure
_HINTED: Final = 1.02  # letters on a grid of pixels are up to so much wider than their outlines
_SLACK: Final = 0.04  # inches by which a name at the end of a line may stand above the axes
_WIDE: WeakSet[Text] = WeakSet()
_ENDS: WeakKeyDictionary[Axes, list[list[Annotation]]] = WeakKeyDictionary()


def breadth(words: str, size: float, weight: str = "normal") -> float:
    """Return how wide words are, in inches; the widest line counts.

    Parameters
    ----------
    words : str
        One or several lines.
    size : float
        Size of the letters, points.
    weight : str, default "normal"
        Weight of the font.
    """
    font = FontProperties(size=size, weight=weight)
    points = [
        text_to_path.get_text_width_height_descent(line, font, ismath=False)[0]
        for line in words.split("\n")
    ]
    return max(points) * _HINTED / 72


def fold(words: str, room: float, size: float, weight: str = "normal") -> str:
    """Break words into lines that are no wider than `room` inches, if no single word is."""
    lines = []
    for paragraph in words.split("\n"):
        line, *rest = paragraph.split(" ")
        for word in rest:
            longer = f"{line} {word}"
            if breadth(longer, size, weight) <= room:
                line = longer
            else:
                lines.append(line)
                line = word
        lines.append(line)
    return "\n".join(lines)


def cell(ax: Axes) -> tuple[float, float]:
    """Return left and right end of the share of the figure that axes may use, in pixels."""
    whole = ax.figure.bbox  # type: ignore[union-attr]  # axes that are drawn on have a figure
    spec = ax.get_subplotspec()
    if spec is None:
        return float(whole.x0), float(whole.x1)
    column = whole.width / spec.get_gridspec().ncols
    return whole.x0 + spec.colspan.start * column, whole.x0 + spec.colspan.stop * column


def room(ax: Axes) -> float:
    """Return how wide words above or below axes may be, in inches."""
    left, right = cell(ax)
    return (right - left) / _dpi(ax) - 2 * PAD


def note_wide(*texts: Text) -> None:
    """Remember texts that may be wider than the axes, though not wider than the figure."""
    _WIDE.update(texts)


def note_ends(ax: Axes, labels: Sequence[Annotation]) -> None:
    """Remember names at the ends of lines: :func:`settle` moves them apart."""
    if labels:
        _ENDS.setdefault(ax, []).append(list(labels))


def spread(
    positions: Sequence[float], gap: float, low: float = -np.inf, high: float = np.inf
) -> list[float]:
    """Move positions apart until neighbors are at least `gap` apart, each as little as possible.

    Parameters
    ----------
    positions : sequence of float
        Wanted positions, in any order.
    gap : float
        Least distance between two neighbors.
    low, high : float
        Limits of the positions; where they leave too little room, the lower one gives way.

    Returns
    -------
    list of float
        Positions in the order given.

    Notes
    -----
    With the i-th smallest written as z_i + i * gap, the z must not decrease: an isotonic
    regression, solved by pooling adjacent violators. Limits of the positions are limits of the z.
    """
    order = np.argsort(positions, kind="stable")
    blocks: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        blocks.append((positions[index] - rank * gap, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (mean_b, n_b), (mean_a, n_a) = blocks.pop(), blocks.pop()
            blocks.append(((mean_a * n_a + mean_b * n_b) / (n_a + n_b), n_a + n_b))
    level = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    level = np.minimum(np.maximum(level, low), high - gap * (len(order) - 1))
    placed = np.empty(len(order))
    placed[order] = level + gap * np.arange(len(order))
    return [float(value) for value in placed]


def settle(axes: Sequence[Axes]) -> None:
    """Lay the figure out, then move names and keys into it and the names of lines apart."""
    figure: Any = axes[0].figure.figure  # type: ignore[union-attr]  # of subfigures, the whole one
    wide = [piece for ax in axes for piece in _wide(ax) if piece.get_visible()]
    for piece in wide:
        piece.set_visible(False)
    figure.draw_without_rendering()
    for piece in wide:
        piece.set_visible(True)
    for ax in axes:
        _thin_ticks(ax)
        _move_inside(ax)
    if any(ax in _ENDS for ax in axes):
        figure.draw_without_rendering()
        for ax in axes:
            for labels in _ENDS.get(ax, []):
                _move_apart(ax, labels)


def _dpi(ax: Axes) -> float:
    return float(ax.figure.dpi)  # type: ignore[union-attr]  # drawn on: has a figure


def _wide(ax: Axes) -> list[Artist]:
    """Return what may be wider than the axes, and would make a layout narrow them."""
    legend = ax.get_legend()
    texts = [text for text in ax.texts if text in _WIDE]
    return [ax.yaxis.label, *texts, *([legend] if legend is not None else [])]


def _move_inside(ax: Axes) -> None:
    """Move the names of the axes and the key sideways into the figure."""
    left, right = cell(ax)
    left, right = left + PAD * _dpi(ax), right - PAD * _dpi(ax)
    for name in (ax.xaxis.label, ax.yaxis.label):
        if name.get_text().strip() and not name.get_rotation():
            aside = _aside(name.get_window_extent(), left, right)
            name.set_x(name.get_position()[0] + aside / ax.bbox.width)
    legend = ax.get_legend()
    if legend is not None:
        aside = _aside(legend.get_window_extent(), left, right)
        place = (legend.get_bbox_to_anchor().x0 + aside - ax.bbox.x0) / ax.bbox.width
        legend.set_bbox_to_anchor((place, 1.0), ax.transAxes)


def _aside(box: BboxBase, left: float, right: float) -> float:
    """Return how far a box has to move to lie between two limits; the left one counts more."""
    return float(max(left - box.x0, min(right - box.x1, 0.0)))


def _thin_ticks(ax: Axes) -> None:
    """Leave out numbers along the horizontal axis until none touches the next."""
    locator = ax.xaxis.get_major_locator()
    if not isinstance(locator, MaxNLocator):
        return
    for ticks in range(8, 1, -1):
        low, high = sorted(ax.get_xlim())
        ax.xaxis.get_majorticklabels()  # works out where they are
        shown = [
            tick.label1 for tick in ax.xaxis.get_major_ticks() if low <= tick.get_loc() <= high
        ]
        boxes = [label.get_window_extent() for label in shown if label.get_visible()]
        if all(a.x1 + 0.04 * _dpi(ax) < b.x0 for a, b in pairwise(boxes)):
            return
        locator.set_params(nbins=ticks)


def _move_apart(ax: Axes, labels: Sequence[Annotation]) -> None:
    """Move names at the ends of lines apart, and up or down into the height of the axes."""
    tall = max(Text.get_window_extent(label).height for label in labels)
    ends = [float(ax.transData.transform(label.xy)[1]) for label in labels]
    edge = tall / 2 - _SLACK * _dpi(ax)
    placed = spread(ends, tall + 1, ax.bbox.y0 + edge, ax.bbox.y1 - edge)
    for label, end, height in zip(labels, ends, placed, strict=True):
        label.set_position((label.get_position()[0], (height - end) * 72 / _dpi(ax)))
