r"""Random terms whose groups are more than a column of labels.

================================================  =========================================
``(1 | mm(s1, s2, weights=[w1, w2]))``            rows that belong to several units, with
                                                  weights; equal ones if none are given
``(1 | car(district))``                           districts that resemble their neighbors;
                                                  also ``type="intrinsic"``, ``"leroux"``
``(1 | sar(district))``                           the same, simultaneously autoregressive
================================================  =========================================

What they mean stands in :mod:`mlmbook.likelihood.membership` and
:mod:`mlmbook.likelihood.spatial`. The group is called by its columns: ``mm(s1, s2)``,
``car(district)``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TypeAlias

from .errors import FormulaError, did_you_mean

__all__ = ["MemberTerm", "SpatialTerm", "SpecialTerm", "read_special"]

CAR_TYPES = ("proper", "intrinsic", "leroux")


@dataclass(frozen=True)
class MemberTerm:
    """``mm(...)``: columns that name the units of a row, and columns with their weights."""

    members: tuple[str, ...]
    weights: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """What the group is called."""
        return f"mm({', '.join(self.members)})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs."""
        return self.members + (self.weights or ())


@dataclass(frozen=True)
class SpatialTerm:
    """``car(...)`` or ``sar(...)``: the column of the districts, and the kind of dependence."""

    function: str
    district: str
    kind: str
    """``proper``, ``intrinsic``, ``leroux`` or ``sar``."""

    @property
    def name(self) -> str:
        """What the group is called."""
        return f"{self.function}({self.district})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs."""
        return (self.district,)


SpecialTerm: TypeAlias = MemberTerm | SpatialTerm


def read_special(text: str) -> SpecialTerm | None:
    """Read the right of a bar, if it is a call; None if it is a plain grouping factor.

    Raises
    ------
    FormulaError
        It is a call that means nothing.
    """
    text = text.strip()
    if "(" not in text:
        return None
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        return None
    function = tree.func.id
    options = {str(option.arg): option.value for option in tree.keywords}
    if function == "mm":
        return _member_term(text, [_name(arg, text) for arg in tree.args], options)
    if function in ("car", "sar"):
        return _spatial_term(text, function, [_name(arg, text) for arg in tree.args], options)
    raise FormulaError(
        f"{text!r} is not a grouping factor{did_you_mean(function, ('mm', 'car', 'sar'))}; write a "
        "column name, 'a:b', 'a/b', mm(...), car(...) or sar(...) after the bar"
    )


def _member_term(text: str, members: list[str], options: dict[str, ast.expr]) -> MemberTerm:
    _refuse_options(text, options, "weights")
    if not members:
        raise FormulaError(f"mm() names the columns of the units, as in mm(s1, s2); got {text!r}")
    if len(set(members)) < len(members):
        raise FormulaError(f"a column stands twice in {text!r}")
    if "weights" not in options:
        return MemberTerm(tuple(members), None)
    given = options["weights"]
    if not isinstance(given, ast.List | ast.Tuple):
        raise FormulaError(
            f"weights= is a list of columns, one for each column of units: "
            f"mm(s1, s2, weights=[w1, w2]); got {text!r}"
        )
    weights = tuple(_name(item, text) for item in given.elts)
    if len(weights) != len(members):
        raise FormulaError(
            f"{len(members)} columns of units need as many columns of weights, got {len(weights)} "
            f"in {text!r}"
        )
    return MemberTerm(tuple(members), weights)


def _spatial_term(
    text: str, function: str, columns: list[str], options: dict[str, ast.expr]
) -> SpatialTerm:
    _refuse_options(text, options, *(("type",) if function == "car" else ()))
    if len(columns) != 1:
        raise FormulaError(
            f"{function}() names the column of the districts, as in {function}(district); "
            f"got {text!r}"
        )
    if function == "sar":
        return SpatialTerm(function, columns[0], "sar")
    kind = _name(options["type"], text) if "type" in options else "proper"
    if kind not in CAR_TYPES:
        raise FormulaError(
            f"type={kind!r} is not a kind of car(){did_you_mean(kind, CAR_TYPES)}; choose one of "
            f"{', '.join(CAR_TYPES)}"
        )
    return SpatialTerm(function, columns[0], kind)


def _name(item: ast.expr, text: str) -> str:
    """Return a column name, which is a word or quoted."""
    if isinstance(item, ast.Name):
        return item.id
    if isinstance(item, ast.Constant) and isinstance(item.value, str):
        return item.value
    raise FormulaError(
        f"{ast.unparse(item)!r} is not the name of a column, in {text!r} (quote a name that is no "
        "single word)"
    )


def _refuse_options(text: str, options: dict[str, ast.expr], *known: str) -> None:
    for option in options:
        if option not in known:
            raise FormulaError(
                f"{option!r} is not an option of {text!r}{did_you_mean(option, known)}"
                f" (options: {', '.join(known) or 'none'})"
            )
