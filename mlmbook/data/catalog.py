"""What every packaged data set is: title, source, licence, levels, columns and units."""

from __future__ import annotations

import csv
import gzip
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Level:
    """A level of a data set: its unit in the singular and plural, and how many there are.

    `column` names the unit in the data; it is empty when the rows themselves are the units.
    """

    one: str
    many: str
    n: int
    column: str = ""


@dataclass(frozen=True)
class Column:
    """A column: what it measures, of which unit, and in which unit of measurement.

    `kind` is ``"label"`` (names a unit), ``"category"`` (its `values` in order, the first is
    the reference) or ``"number"``.
    """

    name: str
    kind: str
    level: str
    label: str
    unit: str
    meaning: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """A catalog entry."""

    name: str
    title: str
    about: str
    source: str
    cite: tuple[str, ...]
    licence: str
    file: str
    rows: int
    levels: tuple[Level, ...]
    columns: Mapping[str, Column]

    @classmethod
    def from_toml(cls, name: str, entry: dict[str, Any]) -> Dataset:
        """Read one table of ``catalog.toml``."""
        columns = {
            column: Column(column, **{**about, "values": tuple(about.get("values", ()))})
            for column, about in entry["columns"].items()
        }
        return cls(
            name=name,
            **{key: entry[key] for key in ("title", "about", "source", "licence", "file", "rows")},
            cite=tuple(entry["cite"]),
            levels=tuple(Level(**level) for level in entry["levels"]),
            columns=MappingProxyType(columns),
        )

    def read(self) -> dict[str, list[str]]:
        """Return the columns of the file, as text."""
        text = gzip.decompress(packaged(self.file).read_bytes()).decode("utf-8")
        header, *rows = csv.reader(io.StringIO(text, newline=""))
        return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))

    def attrs(self) -> dict[str, Any]:
        """Return the ``.attrs`` of a loaded frame: plain strings, numbers, lists and dicts."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "licence": self.licence,
            "levels": {level.many: level.n for level in self.levels},
            "plurals": {level.one: level.many for level in self.levels},
            "columns": {
                column.name: {
                    "label": column.label,
                    "level": column.level,
                    "unit": column.unit,
                    "meaning": column.meaning,
                }
                for column in self.columns.values()
            },
        }


def to_numbers(texts: list[str]) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """Turn text into whole numbers if all are whole, else into the nearest floats.

    Readers of CSV files differ in the last digit of a float, from one version to the next.
    """
    try:
        return np.array(list(map(int, texts)), dtype=np.int64)
    except ValueError:
        return np.array(list(map(float, texts)))


def packaged(file: str) -> Traversable:
    """Return a file of the package's data folder."""
    return files("mlmbook.data") / "files" / file


@cache
def catalog() -> Mapping[str, Dataset]:
    """Return every packaged data set by name, in the order of the file."""
    tables = tomllib.loads(packaged("catalog.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {name: Dataset.from_toml(name, entry) for name, entry in tables.items()}
    )
