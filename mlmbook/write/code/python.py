"""What programs for Python share: the data and the sides of formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from mlmbook.write.code.columns import (
    check_names,
    export,
    frame,
    prepare,
    slope_indicators,
    variable_of,
)
from mlmbook.write.code.expression import Dialect, right_side
from mlmbook.write.model import Column, Model

NUMPY = "import numpy as np"
FUNCTIONS = (
    *("abs", "sign", "floor", "ceil", "sqrt", "cbrt", "square", "reciprocal"),
    *("log", "log2", "log10", "log1p", "exp", "exp2", "expm1"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
)
PYTHON = Dialect(
    "statsmodels and bambi",
    "**",
    {name: f"np.{name}" for name in FUNCTIONS},
    mean=lambda column: f"np.mean({column})",
)
CENTERED = re.compile(r"center\(\s*(\w+)\s*\)")


def head(model: Model, *imports: str) -> Iterator[str]:
    """Import, read the file, put each reference category first, add indicators."""
    check_names(model)
    data, frame_of = frame(model), model.fit.design.data
    categories = {
        name: levels for name, levels in model.fit.categorical.items() if name in frame_of
    }
    used = {f.text for column in model.columns for f in column.factors} | {*model.level1.columns}
    groups = [name for unit in model.units for name in unit.columns if name not in used]
    types = ", ".join(f'"{name}": str' for name in dict.fromkeys([*categories, *groups]))
    yield f"# First: {export(model)}"
    sides = [response(model), fixed(model), *(side(model, block.columns) for block in model.blocks)]
    numpy = [NUMPY] if "np." in "".join(sides) else []
    yield from dict.fromkeys([*numpy, "import pandas as pd", *imports])
    yield ""
    yield f'{data} = pd.read_csv("{data}.csv", dtype={{{types}}})'
    for name, levels in categories.items():
        values = [str(level) for level in levels]
        yield f'{data}["{name}"] = pd.Categorical({data}["{name}"], {values})'
    for step in slope_indicators(model):
        value = repr(step.value) if step.variable in categories else step.value
        yield f'{data}["{step.name}"] = ({data}["{step.variable}"] == {value}).astype(float)'


def response(model: Model) -> str:
    """Write the response."""
    return _inline(model, model.fit.response)


def fixed(model: Model) -> str:
    """Write the fixed part; refuse functions that other libraries define in other ways."""
    return right_side(model.fit.parsed.fixed, partial(_inline, model))


def _inline(model: Model, text: str) -> str:
    """Write a factor of a term: a name, a function, or an expression inside ``I()``."""
    if text in model.fit.design.data or text == "1":
        return text
    if text in model.fit.categorical:
        return f"C({variable_of(text)})"
    centered = CENTERED.fullmatch(text)
    if centered:
        return f"center({centered[1]})"
    written = PYTHON.write(text)
    return written if re.fullmatch(r"[\w.]+\([^()]*\)", written) else f"I({written})"


def side(model: Model, columns: tuple[Column, ...] | list[Column]) -> str:
    """Write the left side of a random term, e.g. ``1 + ses``."""
    slopes = [effect(model, column) for column in columns if column.factors]
    return " + ".join(["0" if len(slopes) == len(columns) else "1", *slopes])


def effect(model: Model, column: Column) -> str:
    """Write a column of a random term."""
    made = prepare(model)
    texts = [
        _inline(model, factor.text)
        if factor.category is None
        else made.factors[factor.text, factor.category]
        for factor in column.factors
    ]
    return ":".join(texts) or "Intercept"
