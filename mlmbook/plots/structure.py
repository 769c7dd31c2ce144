"""Draw which units lie in which: a small tree of units with their numbers and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.fitting import breadth, fold, note_wide
from mlmbook.plots.nesting import check_levels, columns_by_level, nesting_order, relation
from mlmbook.plots.words import count, group_word, plural, row_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WORDS = 0.5  # share of the width that the names of the levels may take, right of the units
_BESIDE = 0.3  # inches between units and names
_MARKS = ("between", "third", "cross")  # level 2, 3, 4: color and shape


@dataclass
class _Drawing:
    """Where the units, the lines between them and the numbers go; x in slots, y in rows."""

    units: dict[int, list[float]] = field(default_factory=dict)
    lines: list[tuple[tuple[float, int], tuple[float, int]]] = field(default_factory=list)
    more: list[tuple[float, int]] = field(default_factory=list)
    sizes: list[tuple[float, int]] = field(default_factory=list)
    slots: float = 0.0

    def add(self, row: int, x: float) -> tuple[float, int]:
        self.units.setdefault(row, []).append(x)
        return x, row


def plot_structure(
    data: pd.DataFrame,
    levels: str | Sequence[str],
    *,
    columns: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw the levels of a data frame: which units lie in which, and how many there are.

    A few real groups stand for all: the smallest, the middle one and the largest, with the number
    of units in each. To the right, every level says how many units it has and, if asked, which
    columns live there. Below, the verdict: nested or crossed.

    Parameters
    ----------
    data : DataFrame
        One row a level-1 unit.
    levels : str or sequence of str
        Grouping columns, in any order, e.g. ``"school"`` or ``["school", "child"]``. Either all
        nested, or two crossed ones.
    columns : bool, default True
        Name the columns that belong to each level: those that do not vary within its units.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        A level is not a column or has fewer than two units, or more than two levels are crossed.

    Notes
    -----
    Labels that start again in every group (pupil 1, 2, … of each school) look crossed. Make them
    unique first: ``data["school"] + "-" + data["student"]``.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> ax = mlm.plot_structure(mlm.load("hsb82"), "school")
    """
    names, known = check_levels(data, levels)
    order = nesting_order(known, names)
    if order is None and len(names) > 2:
        raise DataError(_too_much_crossing(known, names))
    rows = len(names) + 1
    with style.canvas(ax, height=0.45 + 1.1 * rows) as ax:
        ax.set_axis_off()
        if order is None:
            outer, inner = sorted(names, key=lambda name: int(known[name].nunique()))
            ranks = {outer: 2, inner: 0, "": 1}
            drawing, verdict = _crossing(known, outer, inner), _crossed_verdict(known, outer, inner)
            order = [outer, inner]
        else:
            ranks = {name: rows - 1 - rank for rank, name in enumerate([*order, ""])}
            drawing, verdict = _tree(known, order), _nested_verdict(known, order)
        homes = columns_by_level(known, order) if columns else {}
        whole = style.width(ax)
        about = {
            row: _about(known, name, order, homes.get(name, []), _WORDS * whole)
            for name, row in ranks.items()
        }
        words = max(_width(lines) for lines in about.values())
        tree = 1 - (words + _BESIDE) / whole
        marks = {row: _mark(name, order) for name, row in ranks.items()}
        _draw(ax, drawing, marks, tree)
        for row, lines in about.items():
            _write(ax, 1 - words / whole, row, lines, marks[row])
        said = fold(verdict, whole, style.TEXT)
        note_wide(ax.text(0.0, -0.62, said, fontsize=style.TEXT, va="top"))
        ax.set(xlim=(-0.02, 1.0), ylim=(-1.0, rows - 0.55))
    return ax


def _mark(name: str, order: Sequence[str]) -> str:
    """Return the mark of a level: the rows of the data are squares, their groups circles."""
    return "within" if not name else _MARKS[len(order) - 1 - order.index(name)]


# ---- what is drawn --------------------------------------------------------------------------


def _tree(data: pd.DataFrame, order: Sequence[str]) -> _Drawing:
    """Lay out some units of each level, the parents above the middle of their children."""
    drawing = _Drawing()
    wide = 3 if len(order) == 1 else 2
    members = 4 if len(order) == 1 else 3
    _place(drawing, data, order, len(order), wide, members)
    return drawing


def _place(
    drawing: _Drawing, data: pd.DataFrame, levels: Sequence[str], row: int, wide: int, members: int
) -> list[float]:
    """Place the units of `levels[0]` and all below them; return their positions."""
    if not levels:
        shown = min(len(data), members)
        places = [drawing.slots + place for place in range(shown)]
        for x in places:
            drawing.add(0, x)
        if len(data) > shown:
            drawing.more.append((drawing.slots + shown, 0))
        drawing.sizes.append(((places[0] + places[-1]) / 2, len(data)))
        drawing.slots += shown + (1.6 if len(data) > shown else 0.9)
        return places
    groups = dict(list(data.groupby(levels[0], observed=True)))
    places = []
    for label in _some(groups, levels, wide):
        below = _place(drawing, groups[label], levels[1:], row - 1, wide, members)
        x = (below[0] + below[-1]) / 2
        drawing.lines += [((x, row), (child, row - 1)) for child in below]
        drawing.add(row, x)
        places.append(x)
    if len(groups) > len(places):
        drawing.more.append((drawing.slots - 0.35, row))
        drawing.slots += 0.6
    return places


def _some(groups: Mapping[Any, pd.DataFrame], levels: Sequence[str], wide: int) -> list[Any]:
    """Choose the smallest, the middle and the largest group, or two where room is short."""
    below = levels[1] if len(levels) > 1 else None
    size = {
        label: group[below].nunique() if below else len(group) for label, group in groups.items()
    }
    by_size = sorted(groups, key=lambda label: size[label])
    if len(by_size) <= wide:
        return by_size
    last = len(by_size) - 1
    return [by_size[round(step * last / (wide - 1))] for step in range(wide)]


def _crossing(data: pd.DataFrame, outer: str, inner: str) -> _Drawing:
    """Lay out rows of the data between the units of two crossed factors."""
    drawing = _Drawing()
    partners = data.groupby(inner, observed=True)[outer].nunique()
    hub = data[data[inner] == partners.idxmax()]
    above = list(hub[outer].value_counts().index[:3])
    some = data[data[outer].isin(above)]
    spread = some.groupby(inner, observed=True)[outer].nunique()
    below = list(spread.sort_values(ascending=False, kind="stable").index[:4])
    cells = some[some[inner].isin(below)].drop_duplicates([outer, inner])
    middle: dict[Any, list[tuple[float, Any]]] = {label: [] for label in above}
    for label in above:
        for other in cells.loc[cells[outer] == label, inner]:
            middle[label].append((drawing.slots, other))
            drawing.slots += 1
        drawing.slots += 0.8
    feet = {
        label: (place + 0.5) * (drawing.slots - 1) / len(below) for place, label in enumerate(below)
    }
    for label in above:
        places = [x for x, _ in middle[label]]
        head = drawing.add(2, sum(places) / len(places))
        for x, other in middle[label]:
            drawing.lines += [(head, drawing.add(1, x)), ((x, 1), (feet[other], 0))]
    for x in feet.values():
        drawing.add(0, x)
    for row in range(3):
        drawing.more.append((drawing.slots - 0.3, row))
    return drawing


def _draw(ax: Axes, drawing: _Drawing, marks: Mapping[int, str], tree: float) -> None:
    """Draw the units in the left share `tree` of the width."""
    last = max(max(places) for places in drawing.units.values())
    last = max([last, *(x for x, _ in drawing.more)])
    scale = tree / max(last, 1.0)
    for (x0, y0), (x1, y1) in drawing.lines:
        ax.plot(
            [x0 * scale, x1 * scale], [y0, y1], color=palette.MUTED, lw=0.9, alpha=0.7, zorder=1
        )
    for row, places in drawing.units.items():
        mark = marks[row]
        ax.plot(
            [x * scale for x in places],
            [row] * len(places),
            palette.MARKER[mark],
            color=palette.COLOR[mark],
            ms=6.5 if mark == "within" else 12,
            zorder=2,
        )
    for x, row in drawing.more:
        ax.text(x * scale, row, "…", ha="center", va="center", color=palette.MUTED)
    for x, size in drawing.sizes:
        ax.text(
            x * scale,
            -0.2,
            count(size),
            ha="center",
            va="top",
            color=palette.MUTED,
            fontsize=style.SMALL,
        )


# ---- what is written ------------------------------------------------------------------------


def _width(about: Sequence[str]) -> float:
    """Return how wide the lines on a level are, in inches; the first is bold."""
    head, *more = about
    return max(
        breadth(head, style.TEXT, "bold"), *(breadth(line, style.SMALL) for line in more), 0.0
    )


def _write(ax: Axes, left: float, row: int, about: Sequence[str], mark: str) -> None:
    head, *more = about
    note_wide(
        ax.text(left, row + 0.1, head, color=palette.COLOR[mark], weight="bold", va="bottom"),
        ax.text(
            left, row + 0.04, "\n".join(more), color=palette.MUTED, fontsize=style.SMALL, va="top"
        ),
    )


def _name(level: str, data: pd.DataFrame) -> str:
    return plural(group_word(level, data.attrs)) if level else row_words(data.attrs)


def _about(
    data: pd.DataFrame, level: str, order: Sequence[str], columns: Sequence[str], room: float
) -> list[str]:
    """Return the lines on a level: its units, how many lie in each, its columns.

    None but the first, which is short, is wider than `room` inches.
    """
    number = data[level].nunique() if level else len(data)
    lines = [f"{count(number)} {_name(level, data)}"]
    if level:
        nested = nesting_order(data, order) is not None
        inside = order[order.index(level) + 1] if nested and level != order[-1] else ""
        groups = data.groupby(level, observed=True)
        sizes = groups[inside].nunique() if inside else groups.size()
        low, high = int(sizes.min()), int(sizes.max())
        span = count(low) if low == high else f"{count(low)} to {count(high)}"
        lines += fold(f"{span} {_name(inside, data)} in each", room, style.SMALL).split("\n")
    if columns:
        text = fold("columns: " + ", ".join(columns), room, style.SMALL).split("\n")
        lines += text if len(text) <= 2 else [text[0], text[1].rstrip(",") + ", …"]
    return lines


def _nested_verdict(data: pd.DataFrame, order: Sequence[str]) -> str:
    return "Nested: " + " in ".join(_name(level, data) for level in ["", *reversed(order)]) + "."


def _crossed_verdict(data: pd.DataFrame, outer: str, inner: str) -> str:
    found = relation(data, inner, outer)
    words = f"a {group_word(inner, data.attrs)} with a {group_word(outer, data.attrs)}"
    if found.pairs == found.possible:
        return f"Fully crossed: all {count(found.pairs)} pairs of {words} occur."
    return (
        f"Crossed: {count(found.pairs)} of {count(found.possible)} possible pairs of {words} occur."
    )


def _too_much_crossing(data: pd.DataFrame, names: Sequence[str]) -> str:
    crossed = [
        f"{one!r} with {other!r}"
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if relation(data, one, other).verdict == "crossed"
    ]
    return (
        f"these levels are crossed: {', '.join(crossed)}; draw nested levels, or two crossed ones, "
        "at a time (labels that start again in every group also look crossed: "
        "make them unique first)"
    )
