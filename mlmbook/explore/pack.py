"""Tables for the player: what differs between settings is stored once for each way it differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.object_]  # one array a setting, None where a mark is hidden
Matrix = NDArray[np.float64]

TOLERANCE = 1e-6  # of the range of a channel
MAX_RANK = 40  # more products than this never pay


class Packer:
    """Collects the channels of a scene into one buffer.

    A channel is a row of numbers at every setting of the controls. It is stored

    - for those controls alone on which it depends, so a constant channel is one row;
    - as products of a few columns and rows where that is exact to 1e-6 of its range, so a cloud
      that is linear in a few coefficients costs little more than one cloud;
    - in the smallest number type that holds it.

    Words are stored once in `words`; a channel of words is a channel of their positions.

    Parameters
    ----------
    shape : tuple of int
        Number of settings of each control.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.words: list[str] = []
        self.sizes: dict[str, int] = {}
        self._code: dict[str, int] = {}
        self._buffer = bytearray()
        self._blocks: dict[tuple[str, bytes], dict[str, Any]] = {}

    @property
    def tables(self) -> bytes:
        """Everything packed so far."""
        return bytes(self._buffer)

    def number(self, what: str, rows: Sequence[Any], *, exact: bool = False) -> dict[str, Any]:
        """Pack a channel of numbers.

        Parameters
        ----------
        what : str
            Words for the channel, used when the tables get too large.
        rows : sequence of array or None
            One row a setting, in the order of the grid; None where the mark is hidden.
        exact : bool
            Keep every bit, as for numbers that are printed in a sentence.

        Returns
        -------
        dict
            Where the player finds the rows.
        """
        before = len(self._buffer)
        grid = np.empty(len(rows), object)
        for i, row in enumerate(rows):
            grid[i] = None if row is None else np.atleast_1d(np.asarray(row, float))
        axes, kept = _dependence(_filled(grid.reshape(self.shape)))
        lengths = np.array([len(row) for row in kept])
        matrix = np.zeros((len(kept), lengths.max(initial=0)))
        for i, row in enumerate(kept):
            matrix[i, : len(row)] = row
        ref: dict[str, Any] = {"n": matrix.shape[1]}
        if axes:
            ref["axes"] = axes
        if len(set(lengths.tolist())) > 1:
            ref["lengths"] = self._block(lengths.astype(float))
        ref |= self._rows(matrix, exact)
        self.sizes[what] = len(self._buffer) - before
        return ref

    def word(self, what: str, rows: Sequence[Sequence[str] | None]) -> dict[str, Any]:
        """Pack a channel of words."""
        codes = [None if row is None else [self._coded(text) for text in row] for row in rows]
        return self.number(what, codes, exact=True)

    def _coded(self, text: str) -> int:
        code = self._code.setdefault(text, len(self.words))
        if code == len(self.words):
            self.words.append(text)
        return code

    def _rows(self, matrix: Matrix, exact: bool) -> dict[str, Any]:
        slack = 0.0 if exact else TOLERANCE / 4 * _range(matrix)
        if len(matrix) == 1:
            return {"rows": self._block(matrix, slack)}
        unique, index = np.unique(matrix, axis=0, return_inverse=True)
        if len(unique) < 0.8 * len(matrix):
            rows = self._rows_or_factors(unique, slack)
            return rows | {"index": self._block(index.astype(float))}
        return self._rows_or_factors(matrix, slack)

    def _rows_or_factors(self, matrix: Matrix, slack: float) -> dict[str, Any]:
        factors = _factored(matrix, slack) if slack else None
        if factors is None:
            return {"rows": self._block(matrix, slack)}
        base, columns, rows = factors
        return {
            "rank": len(rows),
            "base": self._block(base),
            "columns": self._block(columns),
            "factors": self._block(rows),
        }

    def _block(self, values: NDArray[np.float64], slack: float = 0.0) -> dict[str, Any]:
        """Append values in their smallest number type; equal blocks are stored once."""
        kind = _smallest_type(values, slack)
        data = np.ascontiguousarray(values, dtype=kind).tobytes()
        if (kind, data) not in self._blocks:
            self._buffer.extend(bytes(-len(self._buffer) % 8))
            self._blocks[kind, data] = {"at": len(self._buffer), "type": kind, "size": values.size}
            self._buffer.extend(data)
        return self._blocks[kind, data]


def _filled(grid: Grid) -> Grid:
    """Give a hidden mark the row it has at another setting of one control, so hiding is free."""
    missing = np.array([row is None for row in grid.flat]).reshape(grid.shape)
    for axis in [*range(grid.ndim)] * 2:
        there = np.take_along_axis(grid, (~missing).argmax(axis, keepdims=True), axis)
        found = (~missing).any(axis, keepdims=True)
        grid = np.where(missing & found, there, grid)
        missing = missing & ~found
    return grid


def _dependence(grid: Grid) -> tuple[list[int], list[NDArray[np.float64]]]:
    """Return the controls on which the rows depend, and the rows for those alone."""
    axes = []
    for axis in range(grid.ndim):
        first = grid.take([0], axis)
        if all(
            a is b or np.array_equal(a, b, equal_nan=True) for a, b in np.broadcast(grid, first)
        ):
            grid = first
        else:
            axes.append(axis)
    rows: list[NDArray[np.float64]] = grid.ravel().tolist()
    return axes, rows


def _factored(matrix: Matrix, slack: float) -> tuple[Matrix, Matrix, Matrix] | None:
    """Write matrix ≈ base + columns @ rows, or return None where that saves little.

    Cross approximation with full pivoting: subtract the cross through the largest remaining entry
    until nothing larger than `slack` remains. It bounds the largest error, which is what the eye
    and a table see, and uses no linear algebra library, so every machine packs the same bytes.
    """
    if not np.isfinite(matrix).all() or min(matrix.shape) < 3:
        return None
    base = matrix[0].astype(_smallest_type(matrix[0], slack)).astype(float)
    rest = matrix - base
    columns: list[NDArray[np.float64]] = []
    rows: list[NDArray[np.float64]] = []
    while np.abs(rest).max() > 2 * slack:
        if len(rows) == MAX_RANK or (len(rows) + 1) * sum(matrix.shape) > 0.7 * matrix.size:
            return None
        i, j = np.unravel_index(np.abs(rest).argmax(), rest.shape)
        columns.append((rest[:, j] / rest[i, j]).astype("f4").astype(float))
        rows.append(rest[i].astype("f4").astype(float))
        rest = rest - np.outer(columns[-1], rows[-1])
    return base, np.array(columns).T, np.array(rows)


def _range(values: NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return float(np.ptp(finite)) if finite.size else 0.0


def _smallest_type(values: NDArray[np.float64], slack: float) -> str:
    """Return the smallest number type that holds values to within `slack`."""
    finite = values[np.isfinite(values)]
    if finite.size == values.size and (finite == np.floor(finite)).all() and (finite >= 0).all():
        for kind, top in (("u1", 2**8), ("u2", 2**16)):
            if finite.max(initial=0) < top:
                return kind
    error = np.abs(finite.astype("f4").astype(float) - finite).max(initial=0)
    return "f4" if error <= slack else "f8"
