r"""What a test of a whole term says is zero: hypotheses of types I, II and III.

A term such as ``C(band)`` or ``band:sex`` has several coefficients, and what they mean depends on
how categories are coded and which other terms are there. A hypothesis :math:`L\beta=0` for each
term [1]_:

**Type III**: the term's coefficients when every category is compared with the unweighted mean of
all (sum-to-zero coding). The coded columns are :math:`X_0=XT`, so *L* has the term's rows of
:math:`T^{-1}`. The hypothesis is the same whatever coding the model was fitted with. A main effect
is then the average over the categories of the factors that it interacts with, where covariates are
zero.

**Type I**: each term after those that stand before it, with :math:`X'X=R'DR` and *L* the term's
rows of the unit triangle *R*. **Type II**: each term after all that do not contain it, the same
with the columns in that order. One term contains another if it has all its variables, further
categorical ones, and the same covariates.

References
----------
.. [1] Kuznetsova, Brockhoff & Christensen (2017), J. Stat. Softw. 82(13), section 2; SAS Institute,
   The Four Types of Estimable Functions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import FitError

if TYPE_CHECKING:
    from .arrays import Floats
    from .columns import Columns
    from .design import Design

__all__ = ["hypotheses"]

CODED = re.compile(r"C\(\s*([^,()]+?)\s*(,.*)?\)", re.DOTALL)
"""A variable whose coding is asked for in the formula."""
SCHEMES = ("sum", "treatment")
SAME = 1e-8
"""Columns that differ by less, relative to their length, are the same."""


@dataclass(frozen=True)
class _Term:
    """A term of the fixed part."""

    name: str
    columns: tuple[int, ...]
    categorical: frozenset[str]
    covariates: frozenset[str]

    def contains(self, other: _Term) -> bool:
        return other.categorical < self.categorical and other.covariates == self.covariates


def hypotheses(design: Design, kind: int) -> dict[str, Floats]:
    """Return L of each term but the intercept, shape (rows, fixed effects).

    Raises
    ------
    FitError
        Sum-to-zero coding gives other columns, so that type III is not defined.
    """
    terms = _terms(design.fixed)
    tested = [term for term in terms if term.categorical | term.covariates]
    if kind == 3:
        summed, usual = (np.linalg.inv(_recoded(design, f"contr.{to}")) for to in SCHEMES)
        in_usual = summed @ np.linalg.inv(usual)  # so that the way of coding makes no difference
        rows = {term.name: in_usual[np.array(term.columns)] for term in tested}
        return {name: _orthonormal(L) @ usual for name, L in rows.items()}
    found: dict[str, Floats] = {}
    for term in tested:
        before = [other for other in terms if other is not term and not other.contains(term)]
        if kind == 1:
            before = terms[: terms.index(term)]
        order = [column for other in [*before, term] for column in other.columns]
        rest = [column for column in range(design.X.shape[1]) if column not in order]
        R = np.linalg.qr(design.X[:, order + rest], mode="r")
        R /= np.diagonal(R)[:, None]
        L = np.zeros((len(term.columns), design.X.shape[1]))
        at = [order.index(column) for column in term.columns]
        L[:, order + rest] = R[at]
        last = kind == 2 and not any(other.contains(term) for other in terms)
        found[term.name] = _orthonormal(L) if last else L
    return found


def _orthonormal(L: Floats) -> Floats:
    """Return other rows with the same span: those that lmerTest takes where type III says it."""
    rows: Floats = np.linalg.qr(L.T)[0].T
    return rows


def _terms(fixed: Columns) -> list[_Term]:
    """Read the terms off the recipe of the columns."""
    if isinstance(fixed.recipe, tuple):
        return [
            _Term(name, (number,), frozenset(), frozenset(product))
            for number, (name, product) in enumerate(zip(fixed.names, fixed.recipe, strict=True))
        ]
    categorical = {factor.expr for factor in fixed.recipe.factor_contrasts}
    terms = []
    for term, columns in fixed.recipe.term_indices.items():
        names = [factor.expr for factor in term.factors if factor.expr != "1"]
        kinds = frozenset(names) & categorical, frozenset(names) - categorical
        terms.append(_Term(":".join(names), tuple(columns), *kinds))
    return terms


def _recoded(design: Design, coding: str) -> Floats:
    """Return T: columns in another coding as combinations of those of the model."""
    import formulaic  # only for this type of test

    from . import expressions

    fixed = design.fixed
    if isinstance(fixed.recipe, tuple) or not fixed.recipe.factor_contrasts:
        return np.eye(len(fixed.names))
    changed = {factor.expr: _coded(factor.expr, coding) for factor in fixed.recipe.factor_contrasts}
    written = [
        ":".join(changed.get(factor.expr, factor.expr) for factor in term.factors)
        for term in fixed.recipe.term_indices
    ]
    side = " + ".join(["0" if "1" not in written else "1", *(t for t in written if t != "1")])
    matrix = expressions.evaluate(formulaic.Formula(side), design.data)
    coded = np.asarray(matrix, dtype=float)
    indices = list(matrix.model_spec.term_indices.values())
    ours = [list(columns) for columns in fixed.recipe.term_indices.values()]
    if list(map(len, indices)) == list(map(len, ours)):
        ordered = np.empty_like(design.X)
        for columns, where in zip(indices, ours, strict=True):
            ordered[:, where] = coded[:, columns]
        T: Floats = np.linalg.lstsq(design.X, ordered, rcond=None)[0]
        if np.abs(design.X @ T - ordered).max() <= SAME * np.abs(ordered).max():
            return T
    raise FitError(
        f"the terms of {design.formula.fixed!r} are not those of a model in sum-to-zero coding "
        "(is a main effect of an interaction missing?), so type III is not defined; use type=1 "
        "or type=2"
    )


def _coded(expression: str, coding: str) -> str:
    """Write a categorical variable in a coding."""
    coded = CODED.fullmatch(expression)
    return f"C({coded.group(1) if coded else expression}, {coding})"
