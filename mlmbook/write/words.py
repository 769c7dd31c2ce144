"""The words of a report: what the rows, the groups and the columns of a model are called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mlmbook.write.model import Column, Factor, Model
from mlmbook.write.numbers import number
from mlmbook.write.units import Unit

PERSONS = ("boy", "child", "patient", "person", "pupil", "student")


class Words:
    """Names in plain words, from what the data say about themselves.

    The names of the columns stand in where ``data.attrs`` is silent; see :func:`mlmbook.load`.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.data = model.fit.design.data
        self.about: Mapping[str, Mapping[str, str]] = self.data.attrs.get("columns", {})
        plurals: Mapping[str, str] = self.data.attrs.get("plurals", {})
        response = model.fit.response
        self.person: str = self.about.get(response, {}).get("level", "observation")
        self.people = plurals.get(self.person, "observations")
        self._plurals, self._units = plurals, model.units
        self.group, self.groups = self.kind(model.units[0])
        self.outcome = self.label(response)
        self.unit: str = self.about.get(response, {}).get("unit", "")

    def kind(self, unit: Unit) -> tuple[str, str]:
        """Return what a group is called, and several."""
        column = unit.columns[-1] if unit.shared is None else unit.columns[0]
        one: str | None = self.about.get(column, {}).get("level")
        if one is not None and one != self.person:
            return one, self._plurals.get(one, plural(one))
        if len(self._units) == 1:
            return "group", "groups"
        if re.fullmatch("[a-z]+", column):
            return column, plural(column)
        return f"group of {unit.name}", f"groups of {unit.name}"

    def label(self, column: str) -> str:
        """Return a column's name in a sentence."""
        label: str = self.about.get(column, {}).get("label", column)
        return label

    def amount(self, value: float, places: int) -> str:
        """Write a number with the unit of the response."""
        return f"{number(value, places)} {self.unit}".rstrip()

    def spread(self, sd: float, places: int) -> str:
        """Write a standard deviation; its unit goes without saying if that is the unit."""
        in_deviations = "standard deviation" in self.unit
        return number(sd, places) if in_deviations else self.amount(sd, places)

    def unit_name(self, level: int) -> str:
        """Return what a unit of a level is called."""
        return self.person if level == 1 else self.kind(self._units[level - 2])[0]

    def unit_names(self, level: int) -> str:
        """Return what units of a level are called."""
        return self.people if level == 1 else self.kind(self._units[level - 2])[1]

    def comparison(self, column: Column) -> tuple[str, str, str]:
        """Say in what two units differ.

        ``("who is 1 higher in age (years)", "another", "")`` or ``("with poor = 1", "one",
        "poor = 0")``: of the first, how to call the second, and what the second has.
        """
        (factor,) = column.factors
        if factor.category is not None:
            what = self.label(variable(factor))
            return f"with {what} {factor.category}", "one", f"{what} {self.reference(factor)}"
        if self.is_binary(factor):
            return f"with {factor.text} = 1", "one", f"{factor.text} = 0"
        unit = self.about.get(factor.text, {}).get("unit", "")
        measured = f" ({unit})" if unit else ""
        relative = "who" if column.level == 1 and self.person in PERSONS else "that"
        return f"{relative} is 1 higher in {self.label(plain(factor))}{measured}", "another", ""

    def reference(self, factor: Factor) -> str:
        """Return the reference category of an indicator."""
        return str(self.model.fit.categorical[factor.text][0])

    def at_zero(self, factor: Factor) -> str:
        """Say where a factor of a product is zero."""
        if factor.category is not None:
            return f"{self.label(variable(factor))} is {self.reference(factor)}"
        return f"{plain(factor)} = 0"

    def at_one(self, factor: Factor) -> str:
        """Say where an indicator is one."""
        if factor.category is not None:
            return f"{self.label(variable(factor))} is {factor.category}"
        return f"{plain(factor)} = 1"

    def is_binary(self, factor: Factor) -> bool:
        """Whether a variable takes the values 0 and 1 only."""
        if factor.category is not None:
            return True
        if factor.text not in self.data:
            return False
        return set(pd.unique(self.data[factor.text])) <= {0, 1}

    def by_group(self, factor: Factor) -> pd.Series[float]:
        """Return the values of a variable of groups, one a group."""
        first = np.unique(self._units[factor.level - 2].codes, return_index=True)[1]
        values: pd.Series[float] = self.data[factor.text].iloc[first]
        return values


def variable(factor: Factor) -> str:
    """Return the column behind a categorical factor: ``"year"`` for ``C(year)``."""
    return re.sub(r"^C\((.*)\)$", r"\1", factor.text)


def plain(factor: Factor) -> str:
    """Return an expression without what only the computer needs."""
    return re.sub(r"^I\((.*)\)$", r"\1", factor.text.replace("np.", "")).replace(" ** 2", "²")


def plural(noun: str) -> str:
    """Return the regular plural of a noun."""
    if re.search("(s|x|z|ch|sh)$", noun):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"


def listed(words: Sequence[str]) -> str:
    """Join words: ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def article(noun: str) -> str:
    """Put *a* or *an* before a noun."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def sentence(text: str) -> str:
    """Start with a capital and end with a full stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."
