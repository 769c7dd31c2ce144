"""All scenes of an explorable as one description and one buffer of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlmbook.errors import ExplorableError
from mlmbook.explore.mark import Mark
from mlmbook.explore.pack import Packer
from mlmbook.explore.scene import Axis, Panel, Says, Scene

FROM_ZERO = {"bars", "histogram", "density"}


def pack_scenes(
    scenes: Sequence[Scene], shape: tuple[int, ...], name: str
) -> tuple[dict[str, Any], Packer]:
    """Pack the scenes of all settings.

    Parameters
    ----------
    scenes : sequence of Scene
        In the order of the grid.
    shape : tuple of int
        Number of settings of each control.
    name : str
        Name of the explorable, for error messages.

    Returns
    -------
    spec : dict
        Panels, marks and sentence, with references into the tables.
    packer : Packer
        Holds the tables.
    """
    packer = Packer(shape)
    counts = {len(scene.panels) for scene in scenes}
    if len(counts) > 1:
        raise ExplorableError(f"{name} has {sorted(counts)} panels at different settings")
    panels = [
        _pack_panel([scene.panels[i] for scene in scenes], f"panel {i + 1}", packer, name)
        for i in range(counts.pop())
    ]
    says = _pack_says([scene.says for scene in scenes], packer)
    return {"panels": panels, "says": says, "words": packer.words}, packer


def _pack_panel(panels: list[Panel], where: str, packer: Packer, name: str) -> dict[str, Any]:
    counts = {len(panel.marks) for panel in panels}
    if len(counts) > 1:
        raise ExplorableError(
            f"{name} has {sorted(counts)} marks in {where} at different settings; "
            "put None in the place of a mark that is hidden"
        )
    columns = [[panel.marks[i] for panel in panels] for i in range(counts.pop())]
    coders = {axis: categories_of(panels, axis) for axis in "xy"}
    return {
        "title": packer.word(f"{where} title", [[panel.title] for panel in panels]),
        "height": panels[0].height,
        "aspect": panels[0].aspect,
        "weight": panels[0].weight,
        "x": _pack_axis(panels, "x", coders["x"], where, packer),
        "y": _pack_axis(panels, "y", coders["y"], where, packer),
        "marks": [
            _pack_mark(marks, coders, f"{where}, mark {i + 1}", packer, name)
            for i, marks in enumerate(columns)
            if any(marks)
        ],
    }


def _pack_mark(
    marks: list[Mark | None],
    coders: dict[str, list[list[str]]],
    where: str,
    packer: Packer,
    name: str,
) -> dict[str, Any]:
    kinds = {mark.kind for mark in marks if mark is not None}
    if len(kinds) > 1:
        raise ExplorableError(f"{name}: {where} is of different kinds: {sorted(kinds)}")
    first = next(mark for mark in marks if mark is not None)
    where = f"{where} ({first.kind}{f' “{first.label}”' if first.label else ''})"
    columns = [None if mark is None else mark.channels() for mark in marks]
    given = {tuple(column) for column in columns if column is not None}
    if len(given) > 1:
        raise ExplorableError(f"{name}: {where} has different channels at different settings")
    labels = [None if mark is None else [mark.label] for mark in marks]
    numbers, words = {}, {"label": packer.word(f"{where}.label", labels)}
    for channel in given.pop():
        rows: list[Any] = [column and column[channel] for column in columns]
        axis = first.axes.get(channel)
        if axis is not None and any(isinstance(row, list) for row in rows):
            rows = [
                row and _coded(row, coders[axis][i], f"{name}: {where}")
                for i, row in enumerate(rows)
            ]
        if any(isinstance(row, list) and row and isinstance(row[0], str) for row in rows):
            words[channel] = packer.word(f"{where}.{channel}", rows)
        else:
            numbers[channel] = packer.number(f"{where}.{channel}", rows)
    return {
        "kind": first.kind,
        "level": first.level,
        "shown": packer.number(f"{where}.shown", [float(mark is not None) for mark in marks]),
        "axes": first.axes,
        "numbers": numbers,
        "words": words,
        **first.spec(),
    }


def _pack_axis(
    panels: list[Panel], which: str, categories: list[list[str]], where: str, packer: Packer
) -> dict[str, Any]:
    axes: list[Axis] = [getattr(panel, which) for panel in panels]
    ends = [axis.range for axis in axes]
    if None in ends and not any(categories):
        widest = covered(panels, which)
        ends = [end or widest for end in ends]
    spec: dict[str, Any] = {
        "label": packer.word(f"{where} {which}", [[axis.label] for axis in axes]),
        "format": axes[0].format,
        "hide": axes[0].hide,
    }
    if any(categories):
        spec["categories"] = packer.word(f"{where} {which} categories", categories)
        if axes[0].range is None:
            ends = [(-0.5, len(row) - 0.5) for row in categories]
    spec["range"] = packer.number(f"{where} {which} range", ends)
    if axes[0].ticks is not None:
        spec["ticks"] = packer.number(f"{where} {which} ticks", [list(a.ticks or ()) for a in axes])
        if hasattr(axes[0].ticks, "values"):
            spec["tick_words"] = packer.word(
                f"{where} {which} ticks",
                [list(a.ticks.values()) for a in axes],  # type: ignore[union-attr]
            )
    return spec


def categories_of(panels: list[Panel], which: str) -> list[list[str]]:
    """Return the categories of an axis at every setting; empty lists on an axis of numbers.

    Those that are not given are the words used at any setting, so the axis stands still.
    """
    used = list(dict.fromkeys(word for panel in panels for word in _words(panel, which)))
    return [list(getattr(panel, which).categories or used) for panel in panels]


def _words(panel: Panel, which: str) -> list[str]:
    return [
        word
        for mark in panel.marks
        if mark is not None
        for channel, row in mark.channels().items()
        if mark.axes.get(channel) == which and isinstance(row, list)
        for word in row
    ]


def _coded(row: Any, categories: list[str], where: str) -> list[float]:
    position = {word: float(i) for i, word in enumerate(categories)}
    for word in row:
        if word not in position:
            raise ExplorableError(f"{where}: {word!r} is not one of the categories {categories}")
    return [position[word] for word in row]


def covered(panels: list[Panel], which: str) -> tuple[float, float]:
    """Return ends that cover everything an axis shows at any setting, with a little room."""
    values: list[NDArray[np.float64]] = []
    from_zero = False
    for panel in panels:
        for mark in panel.marks:
            if mark is None:
                continue
            for channel, row in mark.channels().items():
                if mark.axes.get(channel) == which and not isinstance(row, list):
                    values.append(row[np.isfinite(row)])
                    height = "height" if mark.kind == "bars" else "counts"
                    from_zero |= mark.kind in FROM_ZERO and channel in (height, "y")
    every = np.concatenate(values) if values else np.empty(0)
    if not every.size:
        return (0.0, 1.0)
    low, high = float(every.min()), float(every.max())
    room = 0.04 * (high - low) or 0.5
    return (
        0.0 if from_zero and low >= 0 else low - room,
        0.0 if from_zero and high <= 0 else high + room,
    )


def _pack_says(sentences: list[Says], packer: Packer) -> dict[str, Any]:
    """Pack templates once, and each field as numbers or words."""
    templates = list(dict.fromkeys(sentence.template for sentence in sentences))
    by_template = {sentence.template: sentence for sentence in sentences}
    fields: dict[str, Any] = {}
    for field in dict.fromkeys(name for sentence in sentences for name in sentence.fields):
        values = [sentence.fields.get(field) for sentence in sentences]
        present = [value for value in values if value is not None]
        what = f"says {{{field}}}"
        if any(isinstance(value, str) for value in present):
            rows = [None if value is None else [str(value)] for value in values]
            fields[field] = {"words": packer.word(what, rows)}
        else:
            whole = all(isinstance(value, int | np.integer) for value in present)
            fields[field] = {"number": packer.number(what, values, exact=True), "whole": whole}
    return {
        "template": packer.number(
            "says", [float(templates.index(s.template)) for s in sentences], exact=True
        ),
        "templates": [
            [[name, text] for name, text in by_template[template].pieces()]
            for template in templates
        ],
        "fields": fields,
    }
