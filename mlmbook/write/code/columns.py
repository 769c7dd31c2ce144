"""Columns of the design as numeric variables with plain names: indicators and transformations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from mlmbook.errors import FormulaError
from mlmbook.write.model import Column, Factor, Model, unique
from mlmbook.write.units import Unit

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
    units: Mapping[str, str]
    """A new column for each kind of group, which numbers or names its groups."""
    weight: str
    """A new column made of the weights, where the program needs one."""
    position: str
    """A new column that counts times or occasions."""

    def parts(self, column: Column) -> list[str]:
        """Return the variables whose product the column is."""
        return [self.factors[factor.text, factor.category] for factor in column.factors]

    def group(self, unit: Unit) -> str:
        """Return one column that names the groups; a new one must be made first."""
        plain = len(unit.columns) == 1 and unit.shared is None
        return unit.columns[0] if plain else self.units[unit.name]

    def whole(self, column: Column) -> str:
        """Return one name for the column; a product must be computed under it first."""
        return self.products.get(column.name) or self.parts(column)[0]


def prepare(model: Model, *, limit: int = 32, offset: bool = False) -> Prepared:
    """Give everything that a program must make first a plain name.

    Parameters
    ----------
    model : Model
    limit : int
        Characters that a name may have.
    offset : bool
        Whether the program knows offsets; if not, the offset is taken from the response, which
        is the same for a Gaussian model.
    """
    check_names(model)
    data, response = model.fit.design.data, _response(model, keep=offset)
    every = {(f.text, f.category): f for column in model.columns for f in column.factors}
    products = [column for column in model.columns if len(column.factors) > 1]
    level1 = model.level1
    position = level1.occasion or (level1.steps.time if level1.steps else "")

    less = response != model.fit.response
    suggested = [f"{_plain(model.fit.response)}_less_{model.offset}" if less else response]
    suggested += map(_suggest, every.values())
    suggested += ["_x_".join(_suggest(f) for f in column.factors) for column in products]
    suggested += [f"{'_'.join(unit.columns)}_id" for unit in model.units]
    suggested += [f"{level1.weights or 'weight'}_scale", f"{position}_step"]
    own = {0, *(at for at, (text, category) in enumerate(every, 1) if category is None)}
    own = {at for at in own if suggested[at] in data}  # these keep their names
    new = [_plain(name) for at, name in enumerate(suggested) if at not in own]
    short = iter(list(unique([*model.variables, *new], limit))[len(model.variables) :])
    made = iter([name if at in own else next(short) for at, name in enumerate(suggested)])
    name_of_response = next(made)
    factors = dict(zip(every, made, strict=False))
    return Prepared(
        name_of_response,
        tuple(_steps(model, response, name_of_response, factors)),
        factors,
        dict(zip((column.name for column in products), made, strict=False)),
        dict(zip((unit.name for unit in model.units), made, strict=False)),
        *made,
    )


def slope_indicators(model: Model) -> list[Indicator]:
    """Return the indicators that random slopes need."""
    made = prepare(model)
    needed = {
        made.factors[factor.text, factor.category]
        for block in model.blocks
        for column in block.columns
        for factor in column.factors
    }
    return [step for step in made.steps if isinstance(step, Indicator) and step.name in needed]


def _response(model: Model, *, keep: bool) -> str:
    """Return the response as the formula writes it, less the offset."""
    response = model.fit.response
    return response if keep or model.offset is None else f"{response} - {model.offset}"


def _steps(
    model: Model, response: str, name: str, factors: Mapping[tuple[str, str | None], str]
) -> Iterator[Indicator | Transform]:
    data = model.fit.design.data
    if response not in data:
        yield Transform(name, response)
    for (text, category), factor in factors.items():
        if category is not None:
            variable = variable_of(text)
            yield Indicator(factor, variable, category, written_as_numbers(data[variable]))
        elif text not in data:
            yield Transform(factor, text)


def check_names(model: Model) -> None:
    """Refuse names and categories that other programs would not take."""
    for what, name in (("weights", model.level1.weights), ("offset", model.offset)):
        if name == f"({what})":
            raise FormulaError(
                f"{what}= was given as numbers, which a program cannot read from a file; make a "
                f"column of the data of them, and fit the model with {what}='that_column'"
            )
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
    about = model.fit.design.data.attrs
    complete = model.fit.nobs == next(iter(about.get("levels", {}).values()), None)
    if not complete or not set(model.variables) <= set(about.get("columns", {})):
        return f"data{columns}.dropna()"
    if "equation" in about:
        return f'mlm.survey("{about["equation"]}"){columns}'
    return f'mlm.load("{model.fit.data_name}"){columns}'
