"""Write an expression of a formula, such as ``np.log(income)``, in another language."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlmbook.errors import FormulaError

OPERATORS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
    ast.Pow: ("**", 4),
}
SIGN, ATOM = 3, 5
WORDS_AND_SIGNS = re.compile(r"[\w\s:*+-]+")


@dataclass(frozen=True)
class Dialect:
    """How a language writes numbers, names, powers and functions."""

    name: str
    power: str
    functions: Mapping[str, str]
    """From our functions (log, exp, sqrt, abs) to the language's."""
    mean: Callable[[str], str]
    """How the mean of a column is written, for ``center(x)``."""
    column: Callable[[str], str] = str

    def write(self, expression: str) -> str:
        """Translate an expression; refuse what the language may not have."""
        try:
            return self._node(ast.parse(expression.strip("{}"), mode="eval").body)[0]
        except (SyntaxError, _Unknown):
            raise FormulaError(
                f"{expression!r} cannot be written for {self.name}; make it a column of the data "
                "first, and fit the model with that column"
            ) from None

    def _node(self, node: ast.expr) -> tuple[str, int]:
        """Return the text and how tightly it binds."""
        if isinstance(node, ast.Name):
            return self.column(node.id), ATOM
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return repr(node.value), ATOM
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return f"-{self._in(node.operand, SIGN)}", SIGN
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return self._operation(node)
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            return self._call(ast.unparse(node.func).removeprefix("np."), node.args[0])
        raise _Unknown

    def _operation(self, node: ast.BinOp) -> tuple[str, int]:
        sign, binding = OPERATORS[type(node.op)]
        if isinstance(node.op, ast.Pow):
            return f"{self._in(node.left, ATOM)}{self.power}{self._in(node.right, ATOM)}", binding
        left, right = self._in(node.left, binding), self._in(node.right, binding + 1)
        return f"{left} {sign} {right}", binding

    def _call(self, function: str, argument: ast.expr) -> tuple[str, int]:
        if function == "I":
            return self._node(argument)
        if function == "center" and isinstance(argument, ast.Name):
            return f"{self.column(argument.id)} - {self.mean(argument.id)}", OPERATORS[ast.Sub][1]
        if function in self.functions:
            return f"{self.functions[function]}({self._node(argument)[0]})", ATOM
        raise _Unknown

    def _in(self, node: ast.expr, binding: int) -> str:
        """Write an operand, in parentheses where it binds less tightly than asked for."""
        text, own = self._node(node)
        return text if own >= binding else f"({text})"


class _Unknown(Exception):
    """A construct that is not translated."""


def right_side(text: str, inline: Callable[[str], str]) -> str:
    """Write a fixed part, each factor of its terms as `inline` does."""
    if WORDS_AND_SIGNS.fullmatch(text):
        return text
    import formulaic

    terms = [
        ":".join(inline(factor.expr) for factor in term.factors) for term in formulaic.Formula(text)
    ]
    return " + ".join(terms if "1" in terms else ["0", *terms])


def centered(expression: str) -> list[str]:
    """Return the columns that an expression centers at their mean."""
    try:
        tree = ast.parse(expression.strip("{}"), mode="eval")
    except SyntaxError:
        return []
    return [
        node.args[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "center"
        and node.args
        and isinstance(node.args[0], ast.Name)
    ]
