"""What programs for R share: the data, the formula and its variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from mlmbook.write.code.columns import (
    Indicator,
    Transform,
    check_names,
    export,
    frame,
    prepare,
    slope_indicators,
    variable_of,
)
from mlmbook.write.code.expression import Dialect, right_side
from mlmbook.write.code.members import shares
from mlmbook.write.model import Block, Model, names_in
from mlmbook.write.units import Unit

FUNCTIONS = {name: name for name in ("log", "log2", "log10", "exp", "sqrt", "abs")}
R = Dialect("R", "^", FUNCTIONS, mean=lambda column: f"mean({column})")


def program(
    model: Model, package: str, *call: str, more: Iterable[str] = (), notes: Iterable[str] = ()
) -> str:
    """Write a program: the data, the new variables, the call.

    Parameters
    ----------
    model : Model
    package : str
        The package of R to load.
    *call : str
        The lines that fit the model.
    more : iterable of str
        Lines that make further variables.
    notes : iterable of str
        Comments before the call.
    """
    check_names(model)
    data = frame(model)
    rows = model.fit.design.data
    used = {name for c in model.columns for f in c.factors for name in names_in(f.text, rows)}
    used |= set(model.level1.columns)
    groups = dict.fromkeys(
        name for unit in model.units for name in unit.columns if unit.shared is None
    )
    return "\n".join(
        [
            f"# In Python, first: {export(model)}",
            f"library({package})",
            f'{data} <- read.csv("{data}.csv", na.strings = "")',
            *(f"{data}${name} <- factor({data}${name})" for name in groups if name not in used),
            *_categories(model),
            *new_variables(data, slope_indicators(model)),
            *more,
            *(f"# {note}" for note in notes),
            *call,
            "summary(fit)",
        ]
    )


def combination(model: Model, unit: Unit, name: str) -> str:
    """Write the line that makes one column of the several that name a group."""
    data = frame(model)
    columns = ", ".join(f"{data}${column}" for column in unit.columns)
    return f"{data}${name} <- interaction({columns}, drop = TRUE)"


def membership(model: Model, unit: Unit, name: str) -> Iterator[str]:
    """Write the lines that make a matrix of weights, a column for each unit."""
    data = frame(model)
    parts = shares(model, unit, data, "{data}${name}")
    columns = ", ".join(f"{data}${member}" for member, _ in parts)
    yield f"units <- sort(unique(c({columns})))"
    terms = [f'outer({data}${member}, units, "==") * ({weight})' for member, weight in parts]
    yield f"{data}${name} <- {' + '.join(terms)}"


def reml(model: Model) -> str:
    """Return TRUE or FALSE."""
    return "TRUE" if model.fit.reml else "FALSE"


# ---- the fixed part, as R's formula language says it ----------------------------------------


def fixed(model: Model, *, offset: bool = True) -> str:
    """Write response and fixed part; without `offset`, that is taken from the response."""
    response = _inline(model, model.fit.response)
    if not offset and model.offset is not None:
        response = f"I({R.write(model.fit.response)} - {model.offset})"
    return f"{response} ~ {right_side(model.fit.parsed.fixed, partial(_inline, model))}"


def _inline(model: Model, text: str) -> str:
    """Write a factor of a term: a name, a function, or an expression inside ``I()``."""
    if text in model.fit.design.data or text == "1":
        return text
    if text in model.fit.categorical:
        return _declared(model, text)
    written = R.write(text)
    return written if re.fullmatch(r"\w+\([^()]*\)", written) else f"I({written})"


def _declared(model: Model, text: str) -> str:
    """Return the name of the R factor for a categorical predictor."""
    return text if text in model.fit.design.data else f"{variable_of(text)}_factor"


def _categories(model: Model) -> Iterator[str]:
    """Declare the categorical predictors of the fixed part, the reference first."""
    data = frame(model)
    used = {factor.text for column in model.fixed for factor in column.factors}
    for text, levels in model.fit.categorical.items():
        if text in used:
            values = ", ".join(f'"{level}"' for level in levels)
            source = f"{data}${variable_of(text)}"
            yield f"{data}${_declared(model, text)} <- factor({source}, levels = c({values}))"


# ---- the random part, column by column ------------------------------------------------------


def random(model: Model) -> str:
    """Write the random terms as lme4 does, each after a plus sign."""
    return "".join(f" + ({effects(model, block)} | {block.group})" for block in model.blocks)


def effects(model: Model, block: Block) -> str:
    """Write the left side of a random term, e.g. ``1 + ses``."""
    made = prepare(model)
    slopes = [
        ":".join(
            made.factors[factor.text, factor.category]
            if factor.category is not None
            else _inline(model, factor.text)
            for factor in column.factors
        )
        for column in block.slopes
    ]
    return " + ".join(["1" if block.intercept else "0", *slopes])


def new_variables(data: str, steps: Iterable[Indicator | Transform]) -> Iterator[str]:
    """Write the lines that add variables to a data frame."""
    language = Dialect(
        "R",
        "^",
        FUNCTIONS,
        mean=lambda column: f"mean({data}${column})",
        column=lambda column: f"{data}${column}",
    )
    for step in steps:
        if isinstance(step, Indicator):
            yield f'{data}${step.name} <- as.numeric({data}${step.variable} == "{step.value}")'
        else:
            yield f"{data}${step.name} <- {language.write(step.expression)}"


def position(model: Model, name: str) -> str:
    """Write the line that counts the times or occasions of the rows, from 0 or 1."""
    data, steps = frame(model), model.level1.steps
    if steps is None:
        return f"{data}${name} <- as.integer(factor({data}${model.level1.occasion}))"
    shift = f"({data}${steps.time} - {steps.first:.15g})"
    return f"{data}${name} <- as.integer(round({shift} / {steps.step:.15g}))"
