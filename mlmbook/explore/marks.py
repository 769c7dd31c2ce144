"""Marks on the axes of a picture: points, lines, areas, bars, arrows and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from mlmbook.errors import ExplorableError
from mlmbook.explore.mark import Mark, Numbers, Positions

__all__ = ["Arrows", "Band", "Bars", "Density", "Histogram", "Lines", "Points", "Text"]

SHAPES = ("circle", "square", "diamond", "triangle", "cross")


@dataclass(eq=False)
class Points(Mark):
    """One symbol a unit.

    Parameters
    ----------
    x, y : array-like
        Numbers, or words for an axis of categories.
    group : sequence of str, optional
        Group of each point: points of one group light up together.
    names : sequence of str, optional
        Name of each point, spoken and shown when it is picked.
    size : float or array-like
        Radius in pixels.
    shape : str, optional
        ``"circle"``, ``"square"``, ``"diamond"``, ``"triangle"`` or ``"cross"``, also as
        ``"open circle"``; the level decides by default.
    """

    axes: ClassVar[dict[str, str]] = {"x": "x", "y": "y"}
    numbers: ClassVar[tuple[str, ...]] = ("size",)
    words: ClassVar[tuple[str, ...]] = ("group", "names")
    options: ClassVar[tuple[str, ...]] = ("shape",)

    x: Positions
    y: Positions
    group: Sequence[str] | None = None
    names: Sequence[str] | None = None
    size: ArrayLike = 4
    shape: str | None = None

    def __post_init__(self) -> None:
        if self.shape is not None and self.shape.removeprefix("open ") not in SHAPES:
            raise ExplorableError(
                f"points: shape {self.shape!r} is unknown; use one of {SHAPES}, "
                "also as 'open circle'"
            )
        super().__post_init__()


@dataclass(eq=False)
class Lines(Mark):
    """One line through all points, or one a group.

    Parameters
    ----------
    x, y : array-like
        Vertices in the order in which they are joined; NaN breaks a line.
    group : sequence of str, optional
        Line to which each vertex belongs.
    dash : bool, optional
        Dashed or solid; the level decides by default (within is dashed).
    width : float
        Stroke width in pixels.
    names : sequence of str, optional
        Name of each vertex.
    """

    axes: ClassVar[dict[str, str]] = {"x": "x", "y": "y"}
    words: ClassVar[tuple[str, ...]] = ("group", "names")
    options: ClassVar[tuple[str, ...]] = ("dash", "width")

    x: Positions
    y: Positions
    group: Sequence[str] | None = None
    dash: bool | None = None
    width: float = 2
    names: Sequence[str] | None = None


@dataclass(eq=False)
class Band(Mark):
    """The area between two curves over x, such as an interval."""

    axes: ClassVar[dict[str, str]] = {"x": "x", "low": "y", "high": "y"}

    x: Positions
    low: ArrayLike
    high: ArrayLike


@dataclass(eq=False)
class Bars(Mark):
    """Bars from a base to a height.

    Parameters
    ----------
    x : array-like
        Middle of each bar: numbers, or words for an axis of categories.
    height : array-like
        Where the bar ends.
    base : array-like, optional
        Where it starts; zero by default. Stacked bars start where the one below ends.
    width : array-like, optional
        Width in units of the axis.
    horizontal : bool
        Let the bars run along x, with `x` as their place on the vertical axis.
    names : sequence of str, optional
        Name of each bar.
    """

    axes: ClassVar[dict[str, str]] = {"x": "x", "height": "y", "base": "y"}
    numbers: ClassVar[tuple[str, ...]] = ("width",)
    words: ClassVar[tuple[str, ...]] = ("names",)
    options: ClassVar[tuple[str, ...]] = ("horizontal",)

    x: Positions
    height: ArrayLike
    base: ArrayLike | None = None
    width: ArrayLike | None = None
    horizontal: bool = False
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        self.base = 0.0 if self.base is None else self.base
        if self.horizontal:
            # a class attribute of the same name, turned over for this bar chart alone
            self.axes = {"x": "y", "height": "x", "base": "x"}  # type: ignore[misc]
        super().__post_init__()


@dataclass(eq=False)
class Histogram(Mark):
    """Counts between edges; `edges` is one longer than `counts`."""

    axes: ClassVar[dict[str, str]] = {"start": "x", "stop": "x", "counts": "y"}

    edges: ArrayLike
    counts: ArrayLike
    start: Numbers = field(init=False)
    stop: Numbers = field(init=False)

    def __post_init__(self) -> None:
        edges, counts = np.asarray(self.edges, float), np.asarray(self.counts, float)
        if len(edges) != len(counts) + 1:
            raise ExplorableError(
                f"histogram: {len(counts)} counts need {len(counts) + 1} edges, found {len(edges)}"
            )
        self.start, self.stop = edges[:-1], edges[1:]
        super().__post_init__()


@dataclass(eq=False)
class Density(Mark):
    """A distribution: a curve with the area under it filled."""

    axes: ClassVar[dict[str, str]] = {"x": "x", "y": "y"}

    x: ArrayLike
    y: ArrayLike


@dataclass(eq=False)
class Arrows(Mark):
    """From one place to another, such as from a raw to a shrunken mean.

    Parameters
    ----------
    x0, y0, x1, y1 : array-like
        Where each starts and ends.
    names : sequence of str, optional
        Name of each arrow.
    head : bool
        Draw arrowheads; leave them out where a point marks the end.
    """

    axes: ClassVar[dict[str, str]] = {"x0": "x", "y0": "y", "x1": "x", "y1": "y"}
    words: ClassVar[tuple[str, ...]] = ("names",)
    options: ClassVar[tuple[str, ...]] = ("head",)

    x0: Positions
    y0: Positions
    x1: Positions
    y1: Positions
    names: Sequence[str] | None = None
    head: bool = True


@dataclass(eq=False)
class Text(Mark):
    """Words at a place in the picture; `anchor` is "start", "middle" or "end"."""

    axes: ClassVar[dict[str, str]] = {"x": "x", "y": "y"}
    words: ClassVar[tuple[str, ...]] = ("text",)
    options: ClassVar[tuple[str, ...]] = ("anchor",)

    x: Positions
    y: Positions
    text: str | Sequence[str]
    anchor: str = "start"

    def __post_init__(self) -> None:
        if self.anchor not in ("start", "middle", "end"):
            raise ExplorableError(f"text: anchor {self.anchor!r} is not 'start', 'middle' or 'end'")
        super().__post_init__()
