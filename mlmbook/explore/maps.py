"""Shaded areas: heat maps and small maps of polygons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from mlmbook.errors import ExplorableError
from mlmbook.explore.mark import Mark, Numbers, Positions, column_of

__all__ = ["Heat", "Polygons"]


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
        columns, rows = column_of(self.x, "heat.x"), column_of(self.y, "heat.y")
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
