"""One side of a formula as named columns; the formula language is that of formulaic.

Columns of numbers and their products, such as ``1 + x * w``, are made here: formulaic knows
contrasts, functions and splines, and takes as long for two plain columns as the rest of a small
fit. Both ways give the same columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from .errors import DataError, FormulaError, MlmbookError
from .formula import crossed
from .rows import refuse_missing, refuse_unknown

if TYPE_CHECKING:
    import formulaic

    from .arrays import Floats

__all__ = ["INTERCEPT", "Columns", "make_columns", "make_response", "variables"]

INTERCEPT = "Intercept"

NAME = r"[^\W\d]\w*"
PLAIN = re.compile(rf"[01](?: \+ {NAME}(?: ?[:*] ?{NAME})*)*")
"""A fixed part, or the terms of a random one, that has names and their products only."""

DOTTED = re.compile(rf"{NAME}(?:\.\d\w*)+")
"""A name such as ``x.1``, which is none in Python."""

Products: TypeAlias = tuple[tuple[str, ...], ...]
"""The variables that are multiplied in each column; none in the intercept."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Named columns made from one right-hand side, and how to make them again."""

    names: tuple[str, ...]
    values: Floats
    """Shape (nobs, number of names)."""
    recipe: Products | formulaic.ModelSpec
    """Products of variables, or formulaic's record of levels, knots and centers."""

    @property
    def levels(self) -> dict[str, list[Any]]:
        """Levels of each text or categorical predictor, reference first."""
        return {} if isinstance(self.recipe, tuple) else _levels(self.recipe)

    @property
    def variables(self) -> list[str]:
        """Names of the columns of the data that these are made of."""
        if isinstance(self.recipe, tuple):
            return sorted({name for product in self.recipe for name in product})
        from . import expressions  # imports formulaic

        return expressions.names(self.recipe.formula)

    def remake(self, data: pd.DataFrame) -> Floats:
        """Make the same columns from new data."""
        refuse_unknown(self.variables, data)
        refuse_missing(self.variables, data)
        _refuse_text(self.names, data)
        if isinstance(self.recipe, tuple):
            return _finite(_multiply(self.recipe, data), self.names)
        return _finite(_evaluate(self.recipe, data)[1], self.names)


@lru_cache(maxsize=512)
def _read(side: str) -> formulaic.Formula:
    import formulaic  # costs 0.1 s, needed only when a model is fitted

    if "`1`" in side:
        raise FormulaError(
            "a column called '1' cannot be used: formulas have that name for the constant; "
            "rename the column"
        )
    if any(one.strip() == "." for one in re.split(r"[-+*:/^()~]", side)):
        raise FormulaError(
            f"{side!r} has a '.', which does not stand for all other columns here: write the names "
            "of the predictors"
        )
    try:
        return formulaic.Formula(side)
    except Exception as error:
        hint = ""
        if dotted := DOTTED.search(side):
            name = dotted.group()
            hint = f"; inside a function write a name with a dot in it between backticks: `{name}`"
        raise FormulaError(f"{side!r} cannot be read: {_first_line(error)}{hint}") from error


@lru_cache(maxsize=512)
def variables(side: str) -> tuple[str, ...]:
    """Return the names of the columns that a side of a formula needs."""
    if side.isidentifier():
        return (side,)
    products = _products(side)
    if products is not None:
        return tuple(sorted({name for product in products for name in product}))
    from . import expressions  # imports formulaic

    return tuple(expressions.names(_read(side)))


def make_columns(side: str, data: pd.DataFrame) -> Columns:
    """Evaluate a right-hand side such as ``"1 + x * w"``."""
    products = _products(side)
    if products and all(_numeric(data[name]) for product in products for name in product):
        names = tuple(":".join(product) or INTERCEPT for product in products)
        return Columns(names, _finite(_multiply(products, data), names), products)
    spec, values = _evaluate(_read(side), data)
    _refuse_one_level(spec)
    names = tuple(name.replace("[T.", "[") for name in spec.column_names)
    if not names:
        raise FormulaError(f"the fixed part {side!r} has no columns; add at least an intercept")
    return Columns(names, _finite(values, names), spec)


@lru_cache(maxsize=512)
def _products(side: str) -> Products | None:
    """Read a sum of products of names; None for anything else, which formulaic reads.

    As in formulaic, products of fewer names come first, and each comes once.
    """
    if not PLAIN.fullmatch(side):
        return None
    intercept, *summands = side.split("+")
    terms = [()] if intercept.strip() == "1" else list[tuple[str, ...]]()
    for summand in summands:
        terms += [tuple(dict.fromkeys(term.split(":"))) for term in crossed(summand)]
    once = {frozenset(term): term for term in reversed(terms)}  # the first of each
    return tuple(sorted(reversed(once.values()), key=len))


def _numeric(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"


def _multiply(products: Products, data: pd.DataFrame) -> Floats:
    values = np.ones((len(products), len(data))).T  # each column in one piece
    for column, product in zip(values.T, products, strict=True):
        for name in product:
            column *= data[name].to_numpy(dtype=float)
    return values


def _evaluate(
    source: formulaic.Formula | formulaic.ModelSpec, data: pd.DataFrame
) -> tuple[formulaic.ModelSpec, Floats]:
    from . import expressions  # imports formulaic

    try:
        with np.errstate(all="ignore"):  # what is not finite is refused below, by name
            matrix = expressions.evaluate(source, data)
        return matrix.model_spec, np.asarray(matrix, dtype=float)
    except MlmbookError as error:
        raise error from None
    except Exception as error:
        if isinstance(error.__cause__, MlmbookError):
            raise error.__cause__ from None
        raise FormulaError(f"the formula cannot be evaluated: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].strip()


def _finite(values: Floats, names: Sequence[str]) -> Floats:
    finite = np.isfinite(values).all(axis=0)
    if not finite.all():
        name = names[int(np.argmin(finite))]
        raise DataError(
            f"the term {name!r} is infinite or undefined in some rows "
            f"(a logarithm of zero, a division by zero?); remove or mend those rows"
        )
    return values


def _levels(spec: formulaic.ModelSpec) -> dict[str, list[Any]]:
    contrasts = spec.factor_contrasts.items()
    return {str(factor.expr): list(state.levels) for factor, state in contrasts}


def _refuse_one_level(spec: formulaic.ModelSpec) -> None:
    for name, levels in _levels(spec).items():
        if len(levels) < 2:
            raise DataError(f"{name!r} has one value only ({levels[0]!r}); leave it out")


def _refuse_text(names: Sequence[str], data: pd.DataFrame) -> None:
    """Raise if a column that was a number is none in new data."""
    for name in names:
        if name in data.columns and data[name].dtype.kind not in "biuf":
            raise DataError(
                f"{name!r} was a number in the data that were fitted; its type is "
                f"{data[name].dtype} here"
            )


def make_response(text: str, data: pd.DataFrame) -> Floats:
    """Evaluate the left-hand side of a formula."""
    name = text.strip("`")
    if name in data.columns:
        column = data[name]
        if column.dtype.kind not in "biuf":
            raise DataError(
                f"the response {name!r} must be numeric; its type is {column.dtype} and its first "
                f"value is {column.iloc[0]!r}: turn it into numbers first"
            )
        return column.to_numpy(dtype=float, copy=True)
    _, matrix = _evaluate(_read(f"0 + {text}"), data)
    if matrix.shape[1] != 1:
        raise DataError(f"the response {text!r} must be one numeric column")
    y: Floats = _finite(matrix, [text])[:, 0]
    return y
