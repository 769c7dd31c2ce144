"""The look of every picture: text sizes, and a canvas that leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from mlmbook.plots.fitting import breadth, fold, note_ends, room, settle
from mlmbook.plots.palette import COLOR, DASH, INK, MARKER, MUTED, PAPER, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from matplotlib.text import Annotation

TEXT: Final = 12.0  # points
SMALL: Final = 11.5
# A phone shows the figure and its rim 356 pixels wide: small text is then 12 pixels high. A desktop
# shows it at its size in inches, 16 pixels for 12 points, as the text around it.
WIDTH: Final = 4.6  # inches
_END: Final = 0.42  # share of the width that names at the ends of lines may take
_HANDLE, _AFTER, _BETWEEN = 1.7, 0.5, 1.4  # widths in a key, in heights of its letters
DPI: Final = 96  # pixels of a page; a notebook that asks for retina figures gets twice as many

SETTINGS: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "font.size": TEXT,
        "axes.labelsize": TEXT,
        "axes.facecolor": "none",
        "text.color": INK,
        "lines.solid_capstyle": "round",
        "lines.markeredgewidth": 0.0,
        "patch.linewidth": 0.0,
    }
)


@contextmanager
def canvas(ax: Axes | None, *, height: float = 3.8, grid: str = "") -> Iterator[Axes]:
    """Yield axes in the book's style, and leave matplotlib's own settings as they were.

    Parameters
    ----------
    ax : Axes or None
        Axes to draw on; None makes a new figure of the book's width.
    height : float, default 3.8
        Height of a new figure, inches.
    grid : {"", "x", "y"}
        Axis whose grid lines are drawn.
    """
    axes = [ax] if ax is not None else _new_axes(1, height=height)
    with _styled(axes, grid):
        yield axes[0]


@contextmanager
def panels(
    n: int, *, height: float = 3.0, stacked: bool = False, share: str = "", grid: str = ""
) -> Iterator[tuple[Axes, ...]]:
    """Yield `n` axes beside each other, in the book's style and together of the book's width.

    Parameters
    ----------
    n : int
        Number of panels; side by side, more than two are too narrow to read on a phone.
    height : float, default 3.0
        Height of the figure, inches.
    stacked : bool, default False
        Put them below each other instead; best where there are more than two.
    share : {"", "x", "y", "xy"}
        Axes that all panels have in common.
    grid : {"", "x", "y"}
        Axis whose grid lines are drawn.
    """
    axes = _new_axes(n, height=height, stacked=stacked, share=share)
    with _styled(axes, grid):
        yield tuple(axes)


def _new_axes(n: int, *, height: float, stacked: bool = False, share: str = "") -> list[Axes]:
    from matplotlib import pyplot as plt  # here, so that importing mlmbook does not import pyplot

    _, axes = plt.subplots(
        n if stacked else 1,
        1 if stacked else n,
        figsize=(WIDTH, height),
        dpi=DPI,
        layout="constrained",
        facecolor="none",
        sharex="x" in share,
        sharey="y" in share,
        squeeze=False,
    )
    return list(axes.flat)


@contextmanager
def _styled(axes: Sequence[Axes], grid: str) -> Iterator[None]:
    with mpl.rc_context(dict(SETTINGS)):
        for ax in axes:
            _dress(ax, grid)
        yield
        settle(axes)


def _dress(ax: Axes, grid: str) -> None:
    ax.set_facecolor("none")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(MUTED)
        ax.spines[side].set_linewidth(0.8)
    ax.tick_params(colors=MUTED, labelsize=SMALL, length=3.5, width=0.8)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(axis="x" if grid == "x" else "y", color=RULE, linewidth=0.8)


def width(ax: Axes | None) -> float:
    """Return the width of axes in inches, about, before their layout; None is a new figure."""
    if ax is None:
        return 0.94 * WIDTH
    dpi = ax.figure.dpi  # type: ignore[union-attr]  # axes that are drawn on have a figure
    return 0.94 * ax.bbox.width / dpi / 0.775  # a layout widens them from this share of the room


def name_axes(ax: Axes, *, x: str, y: str) -> None:
    """Name both axes; the name of y lies flat above its axis, where a phone has room for it."""
    ax.set_xlabel(fold(x, room(ax), TEXT), color=INK, fontsize=TEXT)
    above = fold(y, room(ax), TEXT)
    ax.set_ylabel(above, color=INK, fontsize=TEXT, rotation=0, ha="left", va="bottom")
    ax.yaxis.set_label_coords(0.0, 1.025)
    # Layouts take no notice of the height of this label: blank lines of a title keep its room.
    blank = "\n".join(" " for _ in above.split("\n")) if y else ""
    ax.set_title(blank, loc="left", fontsize=TEXT, y=1.025, pad=0, va="bottom")


def hide_axis(ax: Axes, which: str) -> None:
    """Take away the line, ticks and numbers of one axis, where labels in the picture say more."""
    ax.spines["left" if which == "y" else "bottom"].set_visible(False)
    ax.tick_params(axis="y" if which == "y" else "x", length=0)


def halo(width: float = 3.0) -> list[withStroke]:
    """Return the path effect that keeps text legible on lines and points."""
    return [withStroke(linewidth=width, foreground=PAPER)]


def label(
    ax: Axes, text: str, xy: tuple[float, float], *, color: str = INK, **options: Any
) -> Annotation:
    """Write a direct label at a data position, with a halo so that it reads on top of lines.

    It may stand beyond the axes, where there is room for words.
    """
    settings: dict[str, Any] = {
        "annotation_clip": False,
        "xytext": (0, 0),
        "textcoords": "offset points",
        "va": "center",
        "fontsize": SMALL,
        "color": color,
        "path_effects": halo(),
    }
    return ax.annotate(text, xy, **(settings | options))


def name_ends(
    ax: Axes, ends: Sequence[tuple[str, tuple[float, float], str]], **options: Any
) -> list[Annotation]:
    """Write the names of lines to the right of their ends, moved apart where they would overlap.

    Parameters
    ----------
    ax : Axes
        Axes to write on.
    ends : sequence of tuple
        For each line its name, the data position of its end, and its color.
    **options
        As for :func:`label`.

    Returns
    -------
    list of Annotation
    """
    wide = _END * room(ax)
    labels = [
        label(ax, fold(name, wide, SMALL), xy, color=color, **({"xytext": (6, 0)} | options))
        for name, xy, color in ends
    ]
    note_ends(ax, labels)
    return labels


def key(ax: Axes, handles: Sequence[Line2D], *, lines_up: float = 0.3) -> Legend:
    """Say in a row above the picture what its marks are; each mark carries its words as label.

    Parameters
    ----------
    ax : Axes
        Axes to write above.
    handles : sequence of Line2D
        Marks, as :func:`mark` makes them.
    lines_up : float, default 0.3
        Distance from the axes in lines of text; 1.6 clears the name of the y axis.
    """
    columns = next(n for n in (len(handles), 2, 1) if n == 1 or _key_width(handles, n) < room(ax))
    return ax.legend(
        handles=list(handles),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        labelcolor="linecolor",
        borderpad=0,
        borderaxespad=lines_up,
        handlelength=_HANDLE,
        handletextpad=_AFTER,
        columnspacing=_BETWEEN,
    )


def _key_width(handles: Sequence[Line2D], columns: int) -> float:
    """Return how wide a key with so many columns is, in inches."""
    rows = -(-len(handles) // columns)
    words = [breadth(str(handle.get_label()), SMALL) for handle in handles]
    widest = [max(words[start : start + rows]) for start in range(0, len(words), rows)]
    marks = len(widest) * (_HANDLE + _AFTER) + (len(widest) - 1) * _BETWEEN
    return sum(widest) + marks * SMALL / 72


def mark(level: str, words: str, *, line: bool = False, hollow: bool = False) -> Line2D:
    """Return the mark of a level with its words, for :func:`key`."""
    color = COLOR[level]
    return Line2D(
        [],
        [],
        color=color,
        label=words,
        linestyle=DASH.get(level, "-") if line else "none",
        linewidth=2.2,
        marker="none" if line else MARKER.get(level, "o"),
        markersize=7,
        markerfacecolor=PAPER if hollow else color,
        markeredgecolor=color,
        markeredgewidth=1.4 if hollow else 0.0,
    )
