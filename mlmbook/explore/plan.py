"""Decisions before a picture is drawn for print: where its axes end, and how many rows it needs."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.ticker import MaxNLocator

from mlmbook.explore.packscene import categories_of, covered
from mlmbook.explore.scene import Axis, Panel

__all__ = ["TABLE_ROWS", "AxisPlan", "axis_plan", "card_lines", "rows_needed"]

TABLE_ROWS = 8  # of a table that are printed


@dataclass(frozen=True)
class AxisPlan:
    """Ends and ticks of an axis, and its categories if it has any."""

    ends: tuple[float, float]
    ticks: list[float]
    words: list[str]
    categories: list[str]


def axis_plan(panel: Panel, peers: list[Panel], which: str) -> AxisPlan:
    """Decide the ends and ticks of one axis of a panel, alike for its peers at other settings."""
    axis: Axis = getattr(panel, which)
    categories = categories_of([panel, *peers], which)[0]
    if categories:
        low, high = axis.range or (-0.5, len(categories) - 0.5)
        ends = (high, low) if which == "y" else (low, high)
        return AxisPlan(ends, [*map(float, range(len(categories)))], categories, categories)
    ends = axis.range or covered(peers, which)
    values = axis.ticks
    if values is None:
        values = [*MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(min(ends), max(ends))]
    ticks = [float(value) for value in values if min(ends) <= value <= max(ends)]
    words = [
        axis.ticks[tick] if isinstance(axis.ticks, Mapping) else _number(axis.format, tick)
        for tick in ticks
    ]
    return AxisPlan(ends, ticks, words, [])


def _number(form: str, value: float) -> str:
    value = round(value, 12)
    return (form if value else form.replace("+", "")).format(value).replace("-", "−")


def rows_needed(panel: Panel, plan: AxisPlan) -> int:
    """Return how many rows of text or categories a panel holds; zero where none set its height."""
    for mark in panel.marks:
        if mark is not None and mark.kind == "table":
            return min(TABLE_ROWS, len(mark.channels()["c0"])) + 3
        if mark is not None and mark.kind == "cards":
            return len(card_lines(mark))
        if mark is not None and mark.kind == "units":
            return 3 * len(mark.rows)  # type: ignore[attr-defined]
    return len(plan.categories)


def card_lines(mark: Any) -> list[str]:
    """Return the cards and their answers as lines of text."""
    bins = dict(mark.bins)
    return [
        line
        for i, card in enumerate(mark.cards, start=1)
        for line in (*textwrap.wrap(f"{i}. {card.text}", 96), f"    → {bins[card.answer]}", "")
    ]
