"""How each kind of mark is painted on matplotlib axes: the print twin of the player."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from mlmbook.explore import paintboards
from mlmbook.explore.mark import Mark
from mlmbook.explore.plan import AxisPlan
from mlmbook.explore.words import mathtext
from mlmbook.plots.palette import COLOR, DASH, FILL, INK, MARKER, MUTED

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["glyph", "paint"]

SMALL = 8.0  # points
SHAPES = {"circle": "o", "square": "s", "diamond": "D", "triangle": "^", "cross": "x"}
HATCHES = {"within": "////", "cross": "----"}

Frame = dict[str, Any]  # the channels of a mark, words on axes as positions


def paint(ax: Axes, marks: Sequence[Mark], plans: Mapping[str, AxisPlan]) -> None:
    """Paint marks in order; their words on an axis become positions."""
    for mark in marks:
        frame: Frame = dict(mark.channels())
        for channel, axis in mark.axes.items():
            if isinstance(frame.get(channel), list):
                places = {word: i for i, word in enumerate(plans[axis].categories)}
                frame[channel] = np.array([places[word] for word in frame[channel]], float)
        PAINT[mark.kind](ax, mark, frame)


def glyph(mark: Mark, x: float, y: float, figure: Figure) -> list[Artist]:
    """Return a small picture of a mark for the key, at a place in inches."""
    color, fill = _style(mark)
    inches = figure.dpi_scale_trans
    if mark.kind == "points":
        shape, open_ = _shape(mark)
        return [
            Line2D(
                [x + 0.09],
                [y],
                marker=shape,
                markersize=5,
                linestyle="",
                transform=inches,
                markerfacecolor="white" if open_ else color,
                markeredgecolor=color,
                markeredgewidth=1.1 if open_ or shape == "x" else 0.0,
            )
        ]
    if mark.kind in ("lines", "arrows", "density"):
        dash = _dash(mark) if mark.kind != "arrows" else "-"
        return [Line2D([x, x + 0.19], [y, y], color=color, linestyle=dash, transform=inches)]
    return [
        Rectangle(
            (x, y - 0.045),
            0.18,
            0.09,
            facecolor=fill,
            edgecolor=color,
            linewidth=0.8,
            hatch=HATCHES.get(mark.level),
            transform=inches,
        )
    ]


# ---- one function a kind of mark ----


def _style(mark: Mark) -> tuple[str, str]:
    return COLOR[mark.level], FILL.get(mark.level, COLOR[mark.level] + "80")


def _shape(mark: Any) -> tuple[str, bool]:
    name = mark.shape or ""
    shape = SHAPES.get(name.removeprefix("open "), MARKER.get(mark.level, "o"))
    return shape, name.startswith("open ")


def _dash(mark: Any) -> Any:
    if getattr(mark, "dash", None) is None:
        return DASH.get(mark.level, "-")
    return "--" if mark.dash else "-"


def _points(ax: Axes, mark: Any, frame: Frame) -> None:
    color, _ = _style(mark)
    shape, open_ = _shape(mark)
    drawn = open_ or shape == "x"
    ax.scatter(
        frame["x"],
        frame["y"],
        s=(np.asarray(frame["size"]) * 1.3) ** 2,
        marker=shape,
        color=color if shape == "x" else None,
        facecolor=None if shape == "x" else ("white" if open_ else color),
        edgecolor=None if shape == "x" else (color if open_ else "white"),
        linewidth=1.1 if drawn else 0.4,
        alpha=0.5 if len(frame["x"]) > 150 else 1.0,
        zorder=3,
    )


def _lines(ax: Axes, mark: Any, frame: Frame) -> None:
    groups = frame.get("group") or [""] * len(frame["x"])
    starts = [i for i in range(len(groups)) if i == 0 or groups[i] != groups[i - 1]]
    for start, stop in zip(starts, [*starts[1:], len(groups)], strict=True):
        ax.plot(
            frame["x"][start:stop],
            frame["y"][start:stop],
            color=_style(mark)[0],
            linestyle=_dash(mark),
            linewidth=mark.width * 0.7,
            zorder=2,
        )


def _band(ax: Axes, mark: Any, frame: Frame) -> None:
    ax.fill_between(
        frame["x"],
        frame["low"],
        frame["high"],
        color=_style(mark)[1],
        alpha=0.4,
        linewidth=0,
    )


def _bars(ax: Axes, mark: Any, frame: Frame) -> None:
    color, fill = _style(mark)
    gaps = np.abs(np.diff(np.unique(frame["x"])))
    width = frame.get("width", 0.8 * (gaps.min() if gaps.size else 1.0))
    length = frame["height"] - frame["base"]
    draw = ax.barh if mark.horizontal else ax.bar
    draw(
        frame["x"],
        length,
        width,
        frame["base"],
        facecolor=fill,
        edgecolor=color,
        linewidth=0.8,
        hatch=HATCHES.get(mark.level),
    )


def _histogram(ax: Axes, mark: Any, frame: Frame) -> None:
    color, fill = _style(mark)
    ax.bar(
        frame["start"],
        frame["counts"],
        frame["stop"] - frame["start"],
        align="edge",
        facecolor=fill,
        edgecolor=color,
        linewidth=0.8,
        hatch=HATCHES.get(mark.level),
    )


def _density(ax: Axes, mark: Any, frame: Frame) -> None:
    color, fill = _style(mark)
    ax.fill_between(frame["x"], frame["y"], color=fill, alpha=0.4, linewidth=0)
    ax.plot(frame["x"], frame["y"], color=color, linestyle=_dash(mark))


def _arrows(ax: Axes, mark: Any, frame: Frame) -> None:
    color, fill = _style(mark)
    style = "->" if mark.head else "-"
    for x0, y0, x1, y1 in zip(frame["x0"], frame["y0"], frame["x1"], frame["y1"], strict=True):
        ax.annotate(
            "",
            (x1, y1),
            (x0, y0),
            arrowprops={
                "arrowstyle": style,
                "color": color if mark.head else fill,
                "linewidth": 1.2 if mark.head else 2.0,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def _text(ax: Axes, mark: Any, frame: Frame) -> None:
    align = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
    color = INK if mark.level == "neutral" else COLOR[mark.level]
    for x, y, words in zip(frame["x"], frame["y"], frame["text"], strict=True):
        ax.text(x, y, mathtext(words), ha=align, va="center", fontsize=SMALL, color=color, zorder=4)


def _shade(mark: Any, values: Any) -> Callable[[float], Any]:
    known = np.asarray(values)[np.isfinite(values)]
    low, high = mark.scale or (known.min(initial=0), known.max(initial=1))
    colors = LinearSegmentedColormap.from_list("level", ["#f4f6f9", _style(mark)[0]])
    return lambda value: colors((value - low) / ((high - low) or 1))


def _heat(ax: Axes, mark: Any, frame: Frame) -> None:
    shade = _shade(mark, frame["value"])
    half = [min([1.0, *np.diff(np.unique(frame[axis])).tolist()]) / 2 for axis in ("x", "y")]
    for x, y, value in zip(frame["x"], frame["y"], frame["value"], strict=True):
        corner = (x - half[0], y - half[1])
        ax.add_patch(
            Rectangle(corner, 2 * half[0], 2 * half[1], facecolor=shade(value), edgecolor="white")
        )


def _polygons(ax: Axes, mark: Any, frame: Frame) -> None:
    shade = _shade(mark, frame["value"]) if "value" in frame else None
    for part in np.unique(frame["part"]):
        here = frame["part"] == part
        value = frame["value"][here][0] if shade else np.nan
        ax.add_patch(
            Polygon(
                np.column_stack([frame["x"][here], frame["y"][here]]),
                facecolor=shade(value) if shade and np.isfinite(value) else "none",
                edgecolor=MUTED,
                linewidth=0.6,
            )
        )


PAINT: dict[str, Callable[[Axes, Any, Frame], None]] = {
    "points": _points,
    "lines": _lines,
    "band": _band,
    "bars": _bars,
    "histogram": _histogram,
    "density": _density,
    "arrows": _arrows,
    "text": _text,
    "heat": _heat,
    "polygons": _polygons,
    "units": paintboards.units,
    "table": paintboards.table,
    "cards": paintboards.cards,
}
