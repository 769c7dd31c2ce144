"""What programs for Python share: the data and the sides of formulas."""

from __future__ import annotations

from collections.abc import Iterator

from mlmbook.write.code.columns import check_names, export, frame, prepare, slope_indicators
from mlmbook.write.model import Column, Model


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
    if "np." in model.fit.formula:
        yield "import numpy as np"
    yield "import pandas as pd"
    yield from imports
    yield ""
    yield f'{data} = pd.read_csv("{data}.csv", dtype={{{types}}})'
    for name, levels in categories.items():
        values = [str(level) for level in levels]
        yield f'{data}["{name}"] = pd.Categorical({data}["{name}"], {values})'
    for step in slope_indicators(model):
        value = repr(step.value) if step.variable in categories else step.value
        yield f'{data}["{step.name}"] = ({data}["{step.variable}"] == {value}).astype(float)'


def side(model: Model, columns: tuple[Column, ...] | list[Column]) -> str:
    """Write the left side of a random term, e.g. ``1 + ses``."""
    slopes = [effect(model, column) for column in columns if column.factors]
    return " + ".join(["0" if len(slopes) == len(columns) else "1", *slopes])


def effect(model: Model, column: Column) -> str:
    """Write a column of a random term."""
    made = prepare(model)
    texts = [
        factor.text if factor.category is None else made.factors[factor.text, factor.category]
        for factor in column.factors
    ]
    return ":".join(texts) or "Intercept"
