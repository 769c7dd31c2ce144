"""Where the units of a map lie: outlines from a mapping or from GeoJSON, or points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmbook.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from mlmbook.arrays import Floats

Outlines = dict[Any, list["Floats"]]
"""The rings of each unit, each of shape (points, 2)."""


def locate(places: object, key: str | None) -> Outlines | pd.DataFrame:
    """Read where the units are: the rings of each, or a table of points."""
    if isinstance(places, pd.DataFrame):
        return points(places)
    if not isinstance(places, Mapping) or not places:
        raise DataError(
            "places must be a mapping of outlines or a DataFrame of points; "
            f"got {type(places).__name__}"
        )
    return outlines(places, key)


def outlines(places: Mapping[Any, Any], key: str | None) -> Outlines:
    """Read the rings of each unit.

    Parameters
    ----------
    places : mapping
        Label → ring of (x, y), list of such rings, or GeoJSON geometry; or a GeoJSON
        FeatureCollection.
    key : str, optional
        For a FeatureCollection: the property that is the label; the ``id`` of a feature if not
        given.
    """
    if places.get("type") == "FeatureCollection":
        places = _features(places["features"], key)
    elif key is not None:
        raise DataError("key= is for a GeoJSON FeatureCollection; a mapping has labels already")
    return {label: _rings(label, shape) for label, shape in places.items()}


def points(places: pd.DataFrame) -> pd.DataFrame:
    """Return the table of points, if it has numeric columns ``x`` and ``y``."""
    for name in ("x", "y"):
        if name not in places.columns or places[name].dtype.kind not in "iuf":
            raise DataError(
                f"a table of places needs numeric columns 'x' and 'y', one row a unit; {name!r} is "
                f"{'not numeric' if name in places.columns else 'missing'} "
                f"(columns: {', '.join(map(str, places.columns))})"
            )
    if places.index.has_duplicates:
        label = places.index[places.index.duplicated()][0]
        raise DataError(f"the table of places has several rows for {label!r}; one row a unit")
    return places[["x", "y"]].astype(float)


def match(values: pd.Series[float], known: Iterable[Any]) -> None:
    """Raise if a value has no place; a place may be without a value."""
    labels = pd.Index(list(known))
    missing = [label for label in values.index if label not in labels]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(values)} units have no place, such as {missing[0]!r}"
            f"{did_you_mean(missing[0], labels)}; labels of places look like {labels[0]!r}"
        )


def _features(features: Sequence[Mapping[str, Any]], key: str | None) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for feature in features:
        properties = feature.get("properties") or {}
        label = feature.get("id") if key is None else properties.get(key)
        if label is None:
            raise DataError(
                f"a feature has no {'id' if key is None else f'property {key!r}'} "
                f"(properties: {', '.join(map(str, properties))}); say which is the label: key=..."
            )
        found[label] = feature["geometry"]
    return found


def _rings(label: Any, shape: Any) -> list[Floats]:
    if isinstance(shape, Mapping):
        kind, coordinates = shape.get("type"), shape.get("coordinates", [])
        if kind == "Polygon":
            return [_ring(label, ring) for ring in coordinates]
        if kind == "MultiPolygon":
            return [_ring(label, ring) for polygon in coordinates for ring in polygon]
        raise DataError(f"the shape of {label!r} must be a Polygon or MultiPolygon, got {kind!r}")
    one = len(shape) > 0 and np.ndim(shape[0]) == 1
    return [_ring(label, ring) for ring in ([shape] if one else shape)]


def _ring(label: Any, ring: Any) -> Floats:
    try:
        found: Floats = np.array([point[:2] for point in ring], dtype=float)
    except (TypeError, ValueError, IndexError):
        found = np.empty((0, 2))
    if found.ndim != 2 or len(found) < 3 or not np.isfinite(found).all():
        raise DataError(f"the outline of {label!r} must be three or more finite points (x, y)")
    return found
