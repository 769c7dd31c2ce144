"""The words of a picture: what a column is called, what its units are, what the rows are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

_IRREGULAR = {"child": "children", "person": "people", "man": "men", "woman": "women"}


def plural(word: str) -> str:
    """Return the plural of an English noun, e.g. ``"county"`` → ``"counties"``."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def column_words(column: str, attrs: Mapping[Any, Any]) -> Mapping[str, str]:
    """Return label, level, unit and meaning of a column, where the data's ``attrs`` know them."""
    known: Mapping[str, Mapping[str, str]] = attrs.get("columns", {})
    return known.get(column, {})


def axis_name(column: str, attrs: Mapping[Any, Any]) -> str:
    """Return the name of an axis with its unit, e.g. ``"Mathematics achievement, points"``."""
    about = column_words(column, attrs)
    name = about.get("label") or column
    name = name[:1].upper() + name[1:] if "label" in about else name
    return f"{name}, {about['unit']}" if about.get("unit") else name


def unit_of(column: str, attrs: Mapping[Any, Any]) -> str:
    """Return the unit in which a column is measured, or an empty string."""
    return column_words(column, attrs).get("unit", "")


def value_words(meaning: str) -> dict[float, str]:
    """Read the words of coded values, e.g. ``"1 = poor, 0 = not poor"`` → 1.0: ``"1 = poor"``."""
    pairs = re.findall(r"(-?\d+) = ([^,;.]+)", meaning)
    return {float(value): "\n".join(wrap(f"{value} = {words}", 22)) for value, words in pairs}


def group_word(column: str, attrs: Mapping[Any, Any]) -> str:
    """Return what one group of a grouping column is called, e.g. ``"school"``."""
    return column_words(column, attrs).get("level") or column.replace("_", " ")


def row_words(attrs: Mapping[Any, Any]) -> str:
    """Return what the rows are called, in the plural, e.g. ``"pupils"``."""
    return next(iter(attrs.get("levels", {})), "rows")


def count(number: int) -> str:
    """Write a whole number with thousands separated, e.g. ``"7,185"``."""
    return f"{number:,}"


def number(value: float) -> str:
    """Write a number with three digits and no exponent, e.g. ``"37.0"``, ``"1,698"``."""
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:#.3g}" if abs(value) >= 1e-4 else f"{value:.1g}"


def variance_name(response: str, attrs: Mapping[Any, Any]) -> str:
    """Name the variance of a response, with its unit squared."""
    name = column_words(response, attrs).get("label") or response
    unit = unit_of(response, attrs)
    square = f"({unit})²" if " " in unit else f"{unit}²"
    return f"Variance of {name}" + (f", {square}" if unit else "")


def departure_name(response: str, term: str, word: str, attrs: Mapping[Any, Any]) -> str:
    """Name the departures of groups in one random effect, with their unit."""
    unit = unit_of(response, attrs)
    if term == "Intercept":
        return f"Departure from the average {word}" + (f", {unit}" if unit else "")
    what = column_words(term, attrs).get("label") or term
    return f"Slope of {what}: departure from the average {word}"
