"""What a scene is made of: one class a mark, all with a level for color and second cue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlmbook.errors import ExplorableError

__all__ = [
    "Arrows",
    "Band",
    "Bars",
    "Card",
    "Cards",
    "Density",
    "Heat",
    "Histogram",
    "Lines",
    "Mark",
    "Points",
    "Polygons",
    "Table",
    "Text",
    "Units",
]

LEVELS = ("between", "within", "cross", "fixed", "third", "neutral", "wrong", "right")
SHAPES = ("circle", "square", "diamond", "triangle", "cross")

Numbers = NDArray[np.float64]
Positions = ArrayLike | Sequence[str]


@dataclass(eq=False)
class Mark:
    """Base of all marks.

    Parameters
    ----------
    label : str
        Words for the mark, written beside it or in the key above the picture.
    level : str
        What it belongs to: ``"between"`` (blue, circles, solid), ``"within"`` (orange, squares,
        dashed), ``"cross"``, ``"third"``, ``"fixed"``, ``"neutral"``, ``"wrong"`` or ``"right"``.
    """

    axes: ClassVar[dict[str, str]] = {}  # channel -> the axis it is read on
    numbers: ClassVar[tuple[str, ...]] = ()  # channels that are not positions
    words: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[tuple[str, ...]] = ()  # the same at every setting

    _: KW_ONLY
    label: str = ""
    level: str = "neutral"

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ExplorableError(
                f"{self.kind}: level {self.level!r} is unknown; use one of {LEVELS}"
            )
        self._arrange()

    @property
    def kind(self) -> str:
        """Name of the mark for the player."""
        return type(self).__name__.lower()

    def _arrange(self) -> None:
        """Bring every channel to an array or a list of words, all of one length."""
        channels = [*self.axes, *self.numbers, *self.words]
        for name in channels:
            column = _column(getattr(self, name), f"{self.kind}.{name}")
            if name in self.words and isinstance(column, np.ndarray):
                column = [f"{value:g}" for value in column]
            setattr(self, name, column)
        lengths = {name: len(getattr(self, name)) for name in channels if _given(self, name)}
        longest = max(lengths.values(), default=0)
        for name, length in lengths.items():
            if length == 1 < longest and name in self.numbers:
                continue  # one number for all, such as a size
            if length == 1 < longest:
                value = getattr(self, name)
                setattr(
                    self,
                    name,
                    value * longest if isinstance(value, list) else np.repeat(value, longest),
                )
            elif length != longest:
                raise ExplorableError(
                    f"{self.kind}: channels have different lengths: "
                    + ", ".join(f"{key} {count}" for key, count in lengths.items())
                )

    def channel(self, name: str) -> Numbers | list[str]:
        """Return one channel: an array, or a list of words."""
        value: Numbers | list[str] = getattr(self, name)
        return value

    def channels(self) -> dict[str, Numbers | list[str]]:
        """Return every channel that is given."""
        names = [*self.axes, *self.numbers, *self.words]
        return {name: self.channel(name) for name in names if _given(self, name)}

    def spec(self) -> dict[str, Any]:
        """Return what stays the same at every setting."""
        return {name: getattr(self, name) for name in self.options}


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


@dataclass(eq=False)
class Heat(Mark):
    """Colored cells on a grid.

    Parameters
    ----------
    x, y : array-like
        Middles of the columns and of the rows.
    value : array-like, shape (len(y), len(x))
        What the color shows.
    scale : (float, float), optional
        Values at the light and at the dark end of the colors; from the data by default.
    """

    axes: ClassVar[dict[str, str]] = {"x": "x", "y": "y"}
    numbers: ClassVar[tuple[str, ...]] = ("value",)
    options: ClassVar[tuple[str, ...]] = ("scale",)

    x: Positions
    y: Positions
    value: ArrayLike
    scale: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        value = np.asarray(self.value, float)
        columns, rows = _column(self.x, "heat.x"), _column(self.y, "heat.y")
        if value.shape != (len(rows), len(columns)):
            raise ExplorableError(
                f"heat: {len(columns)} columns and {len(rows)} rows need values of shape "
                f"({len(rows)}, {len(columns)}), found {value.shape}"
            )
        self.x = [columns[i] for _ in rows for i in range(len(columns))]
        self.y = [row for row in rows for _ in columns]
        self.value = value.ravel()
        super().__post_init__()


@dataclass(eq=False)
class Polygons(Mark):
    """Areas of a small map, shaded by a value.

    Parameters
    ----------
    xs, ys : sequence of array-like
        Corners, one array an area.
    value : array-like, optional
        One a polygon; the color shows it.
    names : sequence of str, optional
        Name of each area.
    scale : (float, float), optional
        Values at the light and at the dark end of the colors.
    """

    axes: ClassVar[dict[str, str]] = {"x": "x", "y": "y"}
    numbers: ClassVar[tuple[str, ...]] = ("part", "value")
    words: ClassVar[tuple[str, ...]] = ("names",)
    options: ClassVar[tuple[str, ...]] = ("scale",)

    xs: Sequence[ArrayLike]
    ys: Sequence[ArrayLike]
    value: ArrayLike | None = None
    names: Sequence[str] | None = None
    scale: tuple[float, float] | None = None
    x: Numbers = field(init=False)
    y: Numbers = field(init=False)
    part: Numbers = field(init=False)

    def __post_init__(self) -> None:
        if len(self.xs) != len(self.ys):
            raise ExplorableError(f"polygons: {len(self.xs)} xs but {len(self.ys)} ys")
        corners = [len(np.atleast_1d(np.asarray(x))) for x in self.xs]
        self.x = np.concatenate([np.asarray(x, float) for x in self.xs])
        self.y = np.concatenate([np.asarray(y, float) for y in self.ys])
        self.part = np.repeat(np.arange(len(corners)), corners).astype(float)
        for name in ("value", "names"):  # one a polygon: spread over its corners
            given = getattr(self, name)
            if given is not None:
                if len(given) != len(corners):
                    raise ExplorableError(f"polygons: {len(corners)} areas but {len(given)} {name}")
                setattr(self, name, [given[i] for i, n in enumerate(corners) for _ in range(n)])
        super().__post_init__()


@dataclass(eq=False)
class Units(Mark):
    """A unit diagram: rows of units from the highest level down, joined to their parents.

    Parameters
    ----------
    rows : sequence of sequences of str
        Labels of the units, highest level first.
    parents : sequence
        For each row after the first and each of its units, the position of its parent in the row
        above, or several positions (multiple membership), or none.
    row_names : sequence of str, optional
        Words for each row, such as ``("schools", "pupils")``.
    levels : sequence of str, optional
        Level of each row; by default within, between, third from the bottom up.
    """

    axes: ClassVar[dict[str, str]] = {}
    numbers: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[tuple[str, ...]] = ()

    rows: Sequence[Sequence[str]]
    parents: Sequence[Sequence[int | Sequence[int] | None]]
    row_names: Sequence[str] | None = None
    levels: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if len(self.parents) != len(self.rows) - 1:
            raise ExplorableError(
                f"units: {len(self.rows)} rows need {len(self.rows) - 1} lists of parents, "
                f"found {len(self.parents)}"
            )
        for above, row, parents in zip(self.rows, self.rows[1:], self.parents, strict=False):
            if len(row) != len(parents):
                raise ExplorableError(
                    f"units: {len(row)} units but {len(parents)} parents in a row"
                )
            if any(not 0 <= p < len(above) for unit in parents for p in _several(unit)):
                raise ExplorableError(f"units: a parent is not one of the {len(above)} units above")
        if self.levels is None:
            self.levels = (["third"] * (len(self.rows) - 2) + ["between", "within"])[
                -len(self.rows) :
            ]
        super().__post_init__()

    def channels(self) -> dict[str, Numbers | list[str]]:
        """Return units row by row, and the links between them as pairs of positions."""
        starts = np.cumsum([0, *map(len, self.rows)])
        links = [
            (starts[depth] + parent, starts[depth + 1] + child)
            for depth, parents in enumerate(self.parents)
            for child, unit in enumerate(parents)
            for parent in _several(unit)
        ]
        return {
            "row": np.repeat(np.arange(len(self.rows)), [len(row) for row in self.rows]).astype(
                float
            ),
            "names": [str(unit) for row in self.rows for unit in row],
            "parent": np.array([link[0] for link in links], float),
            "child": np.array([link[1] for link in links], float),
        }

    def spec(self) -> dict[str, Any]:
        """Return names and levels of the rows."""
        return {"row_names": list(self.row_names or []), "levels": list(self.levels or [])}


@dataclass(eq=False)
class Table(Mark):
    """A table of numbers and words.

    Parameters
    ----------
    columns : dict
        Header to values, numbers or words.
    caption : str
        What the table shows.
    formats : dict, optional
        Header to format, such as ``{"rate": "{:.1%}"}``; ``"{:g}"`` by default.
    """

    columns: Mapping[str, ArrayLike | Sequence[str]]
    caption: str = ""
    formats: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.formats) - set(self.columns))
        if unknown:
            raise ExplorableError(f"table: formats for unknown columns {unknown}")
        super().__post_init__()
        lengths = dict(zip(self.columns, map(len, self.channels().values()), strict=True))
        if len(set(lengths.values())) > 1:
            raise ExplorableError(f"table: columns have different lengths: {lengths}")

    def channels(self) -> dict[str, Numbers | list[str]]:
        """Return the columns, numbered from c0."""
        return {
            f"c{i}": _column(values, f"table.{name}")
            for i, (name, values) in enumerate(self.columns.items())
        }

    def spec(self) -> dict[str, Any]:
        """Return the order of the columns, the caption and the formats."""
        return {
            "columns": list(self.columns),
            "caption": self.caption,
            "formats": [self.formats.get(name, "{:g}") for name in self.columns],
        }


@dataclass(frozen=True)
class Card:
    """A card to sort.

    Parameters
    ----------
    text : str
        What is written on it.
    answer : str
        Key of the bin where it belongs.
    why : dict
        For each bin, the sentence the reader gets on putting the card there.
    """

    text: str
    answer: str
    why: Mapping[str, str]


@dataclass(eq=False)
class Cards(Mark):
    """Cards that the reader sorts into bins, with a reason for every placement.

    Parameters
    ----------
    cards : sequence of Card
        In the order in which they are dealt.
    bins : sequence of (key, label)
        Where they can go.
    """

    cards: Sequence[Card]
    bins: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        keys = [key for key, _ in self.bins]
        for card in self.cards:
            if card.answer not in keys:
                raise ExplorableError(
                    f"card {card.text!r}: answer {card.answer!r} is not one of the bins {keys}"
                )
            missing = [key for key in keys if key not in card.why]
            if missing:
                raise ExplorableError(f"card {card.text!r} gives no reason for {missing}")
        super().__post_init__()

    def spec(self) -> dict[str, Any]:
        """Return cards and bins."""
        return {
            "bins": [list(pair) for pair in self.bins],
            "cards": [
                {"text": card.text, "answer": card.answer, "why": dict(card.why)}
                for card in self.cards
            ],
        }


def _given(mark: Mark, name: str) -> bool:
    return getattr(mark, name) is not None


def _several(parents: int | Sequence[int] | None) -> Sequence[int]:
    if parents is None:
        return ()
    return parents if isinstance(parents, Sequence) else (parents,)


def _column(values: Any, what: str) -> Any:
    """Return None, a list of words, or an array of numbers with one dimension."""
    if values is None:
        return None
    if isinstance(values, str):
        return [values]
    array = np.atleast_1d(np.asarray(values))
    if array.ndim > 1:
        raise ExplorableError(f"{what} has {array.ndim} dimensions; it must have one")
    if array.dtype.kind in "OUS" and any(isinstance(value, str) for value in array):
        return [str(value) for value in array]
    try:
        numbers = array.astype(float)
    except (TypeError, ValueError):
        raise ExplorableError(f"{what} holds neither numbers nor words: {values!r:.80}") from None
    if np.isinf(numbers).any():
        raise ExplorableError(f"{what} is infinite at position {int(np.isinf(numbers).argmax())}")
    return numbers
