"""Explorables: interactive figures that are Python functions of their controls.

``mlmbook.explore.NAME(**settings)`` gives the widget of an explorable of the catalog.
"""

from __future__ import annotations

from mlmbook.explore import catalog as _catalog
from mlmbook.explore.boards import Card, Cards, Table, Units
from mlmbook.explore.controls import Choice, Draw, Slider, Toggle
from mlmbook.explore.explorable import Explorable, explorable
from mlmbook.explore.maps import Heat, Polygons
from mlmbook.explore.marks import Arrows, Band, Bars, Density, Histogram, Lines, Points, Text
from mlmbook.explore.predict import Predict
from mlmbook.explore.scene import Axis, Panel, Says, Scene

__all__ = [
    "Arrows",
    "Axis",
    "Band",
    "Bars",
    "Card",
    "Cards",
    "Choice",
    "Density",
    "Draw",
    "Explorable",
    "Heat",
    "Histogram",
    "Lines",
    "Panel",
    "Points",
    "Polygons",
    "Predict",
    "Says",
    "Scene",
    "Slider",
    "Table",
    "Text",
    "Toggle",
    "Units",
    "explorable",
]


def __getattr__(name: str) -> Explorable:
    """Load an explorable of the catalog when it is first asked for."""
    return _catalog.load(name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_catalog.names()])
