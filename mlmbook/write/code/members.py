"""Multiple membership in programs: columns of weights, one for each unit."""

from __future__ import annotations

from mlmbook.errors import FormulaError
from mlmbook.members import ROUNDING
from mlmbook.write.model import Model
from mlmbook.write.units import Unit

__all__ = ["shares", "standardized"]


def standardized(model: Model, unit: Unit) -> bool:
    """Whether the weights have to be divided by their sums; refuse missing units."""
    term, data = unit.shared, model.fit.design.data
    if term is None:
        return False
    for name in term.members:
        if data[name].isna().any():
            raise FormulaError(
                f"{name!r} is missing in rows that belong to fewer units, which programs read in "
                "different ways; name the first unit again there, with a weight of 0"
            )
    if term.weights is None:
        return False
    sums = data[list(term.weights)].sum(axis=1)
    return bool((abs(sums - 1) > ROUNDING).any())


def shares(model: Model, unit: Unit, data: str, column: str) -> list[tuple[str, str]]:
    """Return each column of units with its weight, as an expression.

    Parameters
    ----------
    model : Model
    unit : Unit
    data : str
        What the program calls the data; empty where columns are called by their names.
    column : str
        How it writes a column, e.g. ``"{data}${name}"``.
    """
    term = unit.shared
    if term is None:
        return []
    if term.weights is None:
        return [(name, f"1 / {len(term.members)}") for name in term.members]
    written = [column.format(data=data, name=name) for name in term.weights]
    total = f" / ({' + '.join(written)})" if standardized(model, unit) else ""
    return [(name, f"{w}{total}") for name, w in zip(term.members, written, strict=True)]
