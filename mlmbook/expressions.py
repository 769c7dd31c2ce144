"""What formulaic makes of a formula, with numbers that can be calculated with and known categories.

Two things that formulaic leaves to its users are done here. Numbers are widened before a function
sees them: an age in one byte, as files of Stata have it, has a square of another sign. And a
value that is none of the categories of the fit is refused, where formulaic takes the reference.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelMatrix, ModelSpec
from formulaic.materializers import PandasMaterializer
from formulaic.materializers.types import EvaluatedFactor, FactorValues
from formulaic.parser.types import Factor
from formulaic.transforms import TRANSFORMS, C
from formulaic.utils.code import sanitize_variable_names
from formulaic.utils.layered_mapping import LayeredMapping
from formulaic.utils.stateful_transforms import stateful_eval
from interface_meta import override

from .errors import DataError, FormulaError, did_you_mean

__all__ = ["evaluate", "names"]

LOGIC = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Invert)
"""What is done with truth values, and with the bits of whole numbers."""
CALCULATION = (ast.Add, ast.Sub, ast.Mult)
BY_NAME = "Q"
"""The function that takes the name of a column as text."""


def names(formula: Formula) -> list[str]:
    """Return the columns of the data that a formula needs."""
    found = {
        name for term in formula for factor in term.factors for name in _names_of_factor(factor)
    }
    return sorted(found)


def evaluate(source: Formula | ModelSpec, data: pd.DataFrame) -> ModelMatrix:
    """Return the columns of a formula, or those of a fit made again from new data.

    Raises
    ------
    DataError
        A category has a value that it cannot have.
    """
    materializer = _Materializer(data)
    materializer.layered_context = _context(_Numbers(data, exact=False))
    materializer.exact_context = _context(_Numbers(data, exact=True))
    return materializer.get_model_matrix(source, output="numpy", na_action="ignore")


# ---- expressions ----------------------------------------------------------------------------


def _names_of_factor(factor: Factor) -> set[str]:
    if factor.eval_method is Factor.EvalMethod.LOOKUP:
        return {factor.expr}
    return set() if factor.eval_method is Factor.EvalMethod.LITERAL else _names_in(factor.expr)


def _names_in(expression: str) -> set[str]:
    """Return the names of an expression; formulaic gives up where it has ``center`` or ``bs``."""
    tree, aliases = _read(expression)
    if tree is None:
        return set()  # the error comes when it is evaluated
    found: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (found if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
        elif _called(node) == BY_NAME:
            constants = (part for part in ast.walk(node) if isinstance(part, ast.Constant))
            found |= {part.value for part in constants if isinstance(part.value, str)}
    return {aliases.get(name, name) for name in found - own if name not in TRANSFORMS}


@lru_cache(maxsize=512)
def _read(expression: str) -> tuple[ast.Expression | None, dict[str, str]]:
    """Return the tree of an expression, and the names in backticks that it has others for."""
    aliases: dict[str, str] = {}
    try:
        return ast.parse(sanitize_variable_names(expression, {}, aliases), mode="eval"), aliases
    except SyntaxError:
        return None, aliases


def _called(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id
    return None


def _is_exact(expression: str) -> bool:
    """Return whether whole numbers and truth values must stay what they are.

    They name the levels of ``C(...)``, and have bits and a negation.
    """
    tree, _ = _read(expression)
    if tree is None:
        return False
    return _called(tree.body) == "C" or any(isinstance(node, LOGIC) for node in ast.walk(tree))


def _refuse_two_truths(expression: str) -> None:
    """Refuse to add or multiply two comparisons: NumPy would make one truth value of them."""
    tree, _ = _read(expression)
    for node in ast.walk(tree) if tree else ():
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, CALCULATION)):
            continue
        if _is_truth(node.left) and _is_truth(node.right):
            left, right = ast.unparse(node.left), ast.unparse(node.right)
            raise FormulaError(
                f"{ast.unparse(node)!r} calculates with two comparisons and gives true or false, "
                f"no number; write ({left}) * 1 and ({right}) * 1 for 0 and 1, or | and & for "
                "'or' and 'and'"
            )


def _is_truth(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_truth(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, LOGIC):
        return _is_truth(node.left) and _is_truth(node.right)
    return isinstance(node, ast.Compare)


# ---- numbers ----------------------------------------------------------------------------------


class _Numbers(Mapping[Any, Any]):
    """The columns of a data frame, numbers among them in 64 bits."""

    def __init__(self, data: pd.DataFrame, *, exact: bool) -> None:
        self.data, self.exact = data, exact

    def __getitem__(self, name: Any) -> pd.Series[Any]:
        column: pd.Series[Any] = self.data[name]
        if not pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind == "c":
            return column
        if not self.exact or column.dtype.kind == "f":
            return column.astype(np.float64)
        whole = column.dtype.kind in "iu" and column.dtype != np.uint64
        return column.astype(np.int64) if whole else column

    def __contains__(self, name: object) -> bool:
        return name in self.data.columns

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data.columns)

    def __len__(self) -> int:
        return len(self.data.columns)


def _context(numbers: _Numbers) -> LayeredMapping:
    """Return what the names of an expression mean."""
    return LayeredMapping(
        LayeredMapping(numbers, name="data"), LayeredMapping(FUNCTIONS, name="transforms")
    )


class _Materializer(PandasMaterializer):  # type: ignore[misc]  # formulaic has no types here
    """Formulaic's way from a formula to columns, with the numbers and the categories minded."""

    exact_context: LayeredMapping

    @override
    def _evaluate(self, expr: str, metadata: Any, spec: ModelSpec) -> tuple[Any, set[Any]]:
        _refuse_two_truths(expr)
        context = self.exact_context if _is_exact(expr) else self.layered_context
        used: set[Any] = set()
        state = spec.transform_state
        return stateful_eval(expr, context, {expr: metadata}, state, spec, variables=used), used

    @override
    def _encode_evaled_factor(
        self,
        factor: EvaluatedFactor,
        spec: ModelSpec,
        drop_rows: Sequence[int],
        reduced_rank: bool = False,
    ) -> dict[str, Any]:
        levels = spec.encoder_state.get(factor.expr, (None, {}))[1].get("categories")
        if levels is not None:  # made again
            factor = replace(factor, values=_as_levels(factor, levels))
        encoded: dict[str, Any] = super()._encode_evaled_factor(
            factor, spec, drop_rows, reduced_rank
        )
        return encoded


# ---- categories -------------------------------------------------------------------------------


def _category(
    data: Any, contrasts: Any = None, *, levels: Iterable[Any] | None = None, **options: Any
) -> FactorValues:
    """Return what ``C(...)`` of formulaic does, and refuse values that it leaves out."""
    values = pd.Series(data)
    if values.isna().any():
        raise DataError("C(...) has no value in some rows; drop or mend those rows")
    if levels is not None:
        levels = list(levels)
        for value in values.unique():
            if value not in levels:
                raise DataError(
                    f"C(..., levels={levels!r}) has no level for the value {_plain(value)!r} of "
                    "the data; add it, or drop those rows"
                )
    return C(data, contrasts, levels=levels, **options)


def _as_levels(factor: EvaluatedFactor, levels: Sequence[Any]) -> FactorValues:
    """Return new values as the levels that they equal: 1 as True, where that is a level."""
    values = pd.Series(factor.values.__wrapped__)
    codes, found = pd.factorize(values)
    level_of = {level: level for level in levels}
    others = sorted(map(_plain, (value for value in found if value not in level_of)), key=str)
    if others:
        raise DataError(
            f"{factor.expr!r} has the new value {others[0]!r}{did_you_mean(others[0], levels)} "
            f"(the model knows {', '.join(repr(_plain(level)) for level in levels)})"
        )
    if values.dtype.kind != pd.Index(levels).dtype.kind:
        known = pd.Index([level_of[value] for value in found])
        values = pd.Series(known[codes], index=values.index)
    return FactorValues(values, metadata=factor.values.__formulaic_metadata__)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


FUNCTIONS = {**TRANSFORMS, "C": _category}
"""What may be called in a formula."""
