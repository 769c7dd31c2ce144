"""How unit diagrams, tables and cards are painted for print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlmbook.explore.plan import TABLE_ROWS, card_lines
from mlmbook.plots.palette import COLOR, INK, MARKER, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["cards", "table", "units"]

SMALL = 8.0  # points


def units(ax: Axes, mark: Any, frame: dict[str, Any]) -> None:
    """Paint a unit diagram: parents above the middle of their children."""
    rows = [np.flatnonzero(frame["row"] == row) for row in range(len(mark.rows))]
    x = np.zeros(len(frame["row"]))
    for row, members in reversed(list(enumerate(rows))):
        x[members] = (np.arange(len(members)) + 0.5) / len(members)
        for unit in members:
            children = frame["child"][frame["parent"] == unit].astype(int)
            if children.size and row < len(rows) - 1:
                x[unit] = x[children].mean()
    y = -frame["row"]
    for parent, child in zip(frame["parent"].astype(int), frame["child"].astype(int), strict=True):
        ax.plot([x[parent], x[child]], [y[parent], y[child]], color=MUTED, linewidth=0.7, zorder=1)
    for row, members in enumerate(rows):
        level = mark.levels[row]
        ax.scatter(x[members], y[members], s=45, marker=MARKER.get(level, "o"), color=COLOR[level])
        for unit in members:
            name = frame["names"][unit]
            ax.annotate(
                name,
                (x[unit], y[unit]),
                (0, -11),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=SMALL,
                color=MUTED,
            )
        if mark.row_names:
            ax.text(
                -0.02,
                -row,
                mark.row_names[row],
                ha="right",
                va="center",
                fontsize=SMALL,
                color=COLOR[level],
            )
    ax.set_ylim(-len(rows) + 0.4, 0.4)


def table(ax: Axes, mark: Any, frame: dict[str, Any]) -> None:
    """Paint the first rows of a table."""
    columns = list(frame.values())
    count = min(TABLE_ROWS, len(columns[0]))
    left = [isinstance(column, list) for column in columns]
    edges = np.linspace(0, 1, len(columns) + 1)
    total = count + 3.0
    lines: list[list[str]] = [list(mark.columns)]
    for i in range(count):
        lines.append(
            [
                column[i] if words else mark.formats.get(name, "{:g}").format(column[i])
                for name, column, words in zip(mark.columns, columns, left, strict=True)
            ]
        )
    ax.text(0, 1, mark.caption, va="top", fontsize=SMALL, weight="bold", transform=ax.transAxes)
    for row, cells in enumerate(lines):
        y = 1 - (row + 1.6) / total
        for k, cell in enumerate(cells):
            ax.text(
                edges[k] if left[k] else edges[k + 1] - 0.02,
                y,
                cell.replace("-", "−") if not left[k] and row else cell,
                ha="left" if left[k] else "right",
                va="center",
                fontsize=SMALL,
                color=INK if row else MUTED,
                transform=ax.transAxes,
            )
    if count < len(columns[0]):
        ax.text(
            0,
            0,
            f"The first {count} of {len(columns[0])} rows",
            fontsize=SMALL,
            color=MUTED,
            transform=ax.transAxes,
        )


def cards(ax: Axes, mark: Any, frame: dict[str, Any]) -> None:
    """Write cards and their answers."""
    lines = card_lines(mark)
    for i, line in enumerate(lines):
        y = 1 - (i + 0.5) / len(lines)
        ax.text(0, y, line, va="center", fontsize=SMALL, color=INK, transform=ax.transAxes)
