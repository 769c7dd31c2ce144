"""Columns of the design as numeric variables with plain names: indicators and transformations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from mlmbook.errors import FormulaError
from mlmbook.write.model import Column, Factor, Model, unique

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Indicator:
    """A new variable: 1 where a column of the data has this value, else 0."""

    name: str
    variable: str
    value: str
    numeric: bool
    """Whether the value stands as a number in a CSV file."""


@dataclass(frozen=True)
class Transform:
    """A new variable made by an expression."""

    name: str
    expression: str


@dataclass(frozen=True)
class Prepared:
    """The new variables that a program makes first, and what it then calls each column."""

    response: str
    steps: tuple[Indicator | Transform, ...]
    factors: Mapping[tuple[str, str | None], str]
    products: Mapping[str, str]

    def parts(self, column: Column) -> list[str]:
        """Return the variables whose product the column is."""
        return [self.factors[factor.text, factor.category] for factor in column.factors]

    def whole(self, column: Column) -> str:
        """Return one name for the column; a product must be computed under it first."""
        return self.products.get(column.name) or self.parts(column)[0]


def prepare(model: Model, *, limit: int = 32) -> Prepared:
    """Give every factor and product of the model a plain name of at most `limit` characters."""
    check_names(model)
    data, response = model.fit.data, model.fit.response
    every = {(f.text, f.category): f for column in model.columns for f in column.factors}
    products = [column for column in model.columns if len(column.factors) > 1]

    suggested = [response if response in data else _plain(response)]
    suggested += [_suggest(factor) for factor in every.values()]
    suggested += ["_x_".join(_suggest(f) for f in column.factors) for column in products]
    names = list(unique(suggested, limit))
    factors = dict(zip(every, names[1 : 1 + len(every)], strict=True))

    steps: list[Indicator | Transform] = []
    if response not in data:
        steps.append(Transform(names[0], response))
    for key, factor in every.items():
        if factor.category is not None:
            variable = variable_of(factor.text)
            numeric = written_as_numbers(data[variable])
            steps.append(Indicator(factors[key], variable, factor.category, numeric))
        elif factor.text not in data:
            steps.append(Transform(factors[key], factor.text))
    return Prepared(
        names[0],
        tuple(steps),
        factors,
        dict(zip((column.name for column in products), names[1 + len(every) :], strict=True)),
    )


def check_names(model: Model) -> None:
    """Refuse names and categories that other programs would not take."""
    for name in model.variables:
        if not PLAIN.fullmatch(name):
            raise FormulaError(
                f"the column {name!r} has a name that other programs do not take; rename it to "
                "letters, digits and underscores, starting with a letter"
            )
    for name, levels in model.fit.categorical.items():
        for level in levels:
            if '"' in str(level) or "\\" in str(level):
                raise FormulaError(
                    f"the category {level!r} of {name!r} has a quote or backslash in it, which "
                    "programs read in different ways; rename the category"
                )


def variable_of(text: str) -> str:
    """Return the column of a categorical factor: ``"year"`` for ``C(year)``."""
    variable = re.sub(r"^C\((.*)\)$", r"\1", text).strip()
    if not PLAIN.fullmatch(variable):
        raise FormulaError(
            f"{text!r} uses a coding that to_code does not write; make indicator columns in "
            "the data first, and fit the model with those"
        )
    return variable


def written_as_numbers(values: pd.Series[float]) -> bool:
    """Whether a program that reads the CSV file will take the column for numbers."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = values.cat.categories
    else:
        present = pd.Index(values.unique())
    return all(NUMBER.fullmatch(str(value)) for value in present)


def _suggest(factor: Factor) -> str:
    if factor.category is not None:
        return _plain(f"{variable_of(factor.text)}_{factor.category}")
    return factor.text if PLAIN.fullmatch(factor.text) else _plain(factor.text)


def _plain(text: str) -> str:
    without = re.sub(r"\b(np\.|I\()", "", text)
    return re.sub(r"[^A-Za-z0-9]+", "_", without).strip("_")


def export(model: Model) -> str:
    """Return the line of Python that writes the file which the program reads."""
    return f'{source(model)}.to_csv("{frame(model)}.csv", index=False)'


def frame(model: Model) -> str:
    """Return a plain name for the data: the name of the data set, or ``mydata``."""
    name = model.fit.data_name or ""
    return name if PLAIN.fullmatch(name) else "mydata"


def source(model: Model) -> str:
    """Return the Python expression for the rows and columns that the model uses."""
    columns = "[[" + ", ".join(f'"{name}"' for name in model.variables) + "]]"
    about = model.fit.data.attrs
    complete = model.fit.nobs == next(iter(about.get("levels", {}).values()), None)
    if not complete or not set(model.variables) <= set(about.get("columns", {})):
        return f"data{columns}.dropna()"
    if "equation" in about:
        return f'mlm.survey("{about["equation"]}"){columns}'
    return f'mlm.load("{model.fit.data_name}"){columns}'
