r"""Cut the columns of the fixed part into means of groups and deviations from them.

.. math:: x_{ij} = \bar x_j + (x_{ij} - \bar x_j)

Least squares with a dummy for each group is free of all that differs between groups because the
dummies contain the group means of *every column of X* [1]_. So the means that are added are those
of the columns: of ``np.log(x)`` the mean of the logarithms and not the logarithm of the mean, of
``x:z`` the mean of the products. With a predictor *w* of the groups both parts of a product are
products, :math:`\overline{xw}_j=\bar x_jw_j`, and stay such in the formula.

References
----------
.. [1] Mundlak (1978), Econometrica 46, 69-85.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .columns import INTERCEPT, make_columns
from .dummies import VARIES
from .errors import FormulaError
from .grouping import group_means

if TYPE_CHECKING:
    from .arrays import Floats
    from .columns import Columns
    from .design import Design
    from .formula import RandomTerm
    from .grouping import Grouping

__all__ = ["Decomposition", "decompose"]

LEFT = 1e-9
"""A column of which less is left, relative to its length, is a combination of others."""


@dataclass(frozen=True)
class Decomposition:
    """A formula with means and deviations, and the columns that it needs."""

    formula: str
    columns: dict[str, Floats]
    messages: tuple[str, ...]


@dataclass(frozen=True)
class _Term:
    """A term of the fixed part."""

    factors: tuple[str, ...]
    columns: tuple[int, ...]

    @property
    def key(self) -> frozenset[str]:
        return _key(self.factors)


class _Span:
    """What columns span; a column that adds nothing is not taken in."""

    def __init__(self, columns: Floats) -> None:
        self.Q: Floats = np.empty((len(columns), 0))
        for column in columns.T:
            self.takes(column)

    def takes(self, column: Floats) -> bool:
        length = np.linalg.norm(column)
        if not length:
            return False
        left = column / length
        for _ in range(2):  # the second time takes out what rounding left
            left = left - self.Q @ (self.Q.T @ left)
        rest = np.linalg.norm(left)
        if rest <= LEFT:
            return False
        self.Q = np.column_stack([self.Q, left / rest])
        return True


def decompose(design: Design, grouping: Grouping, form: str) -> Decomposition:
    """Write the formula of a model with means of groups.

    Parameters
    ----------
    design : Design
        That of the model without them.
    grouping : Grouping
        The groups.
    form : {"mundlak", "within"}
        Means beside the columns, or means and deviations in place of them.

    Raises
    ------
    FormulaError
        No column varies within groups, or a random effect has no deviations.
    """
    return _Work(design, grouping, form == "within").result()


class _Work:
    def __init__(self, design: Design, grouping: Grouping, within: bool) -> None:
        self.design, self.codes, self.within = design, grouping.codes, within
        X = design.X
        self.means = np.column_stack([group_means(x, self.codes)[self.codes] for x in X.T])
        apart = np.abs(X - self.means).max(axis=0) > VARIES * np.abs(X).max(axis=0)
        self.varies = apart
        if not apart.any():
            raise FormulaError(
                f"no predictor of {design.formula.text!r} varies within {grouping.name!r}"
            )
        self.deviations = X - self.means
        self.terms = list(_terms(design.fixed))
        self.columns: dict[str, Floats] = {}
        self.omitted: list[str] = []
        self.names = _names(design.names)

    def result(self) -> Decomposition:
        X = self.design.X
        between = _Span(X[:, ~self.varies] if self.within else X)
        means = self._pieces(self.means, "_mean", between)
        pieces = [piece for own in means.values() for piece in own]
        left = self.design.formula.response
        if self.within:
            deviations = self._pieces(self.deviations, "_within", _Span(X[:, :0]))
            right = [*self._fixed(deviations), *self._random(deviations)]
        else:
            right = [self.design.formula.text.split("~", 1)[1].strip()]
        messages = []
        if self.omitted:
            messages.append(
                "left out, because they are constant or combinations of other columns: "
                + ", ".join(self.omitted)
            )
        formula = f"{left} ~ {' + '.join([*pieces, *right])}"
        return Decomposition(formula, self.columns, tuple(messages))

    def _pieces(self, values: Floats, ending: str, span: _Span) -> dict[frozenset[str], list[str]]:
        """Return, for each term that varies, how its means or deviations are written."""
        written: dict[frozenset[str], list[str]] = {}
        whole: set[frozenset[str]] = set()
        for term in self.terms:
            own = [at for at in term.columns if self.varies[at]]
            if not own:
                continue
            taken = [at for at in own if span.takes(values[:, at])]
            self.omitted += [self.names[at] + ending for at in own if at not in taken]
            of_groups = [factor for factor in term.factors if self._is_of_groups(factor)]
            rest = _key(factor for factor in term.factors if factor not in of_groups)
            if of_groups and rest in whole and len(taken) == len(term.columns):
                by = ":".join(map(self._quoted, of_groups))
                written[term.key] = [f"{piece}:{by}" for piece in written[rest]]
            else:
                new = {self.names[at] + ending: values[:, at] for at in taken}
                if self.within and ending == "_within":  # levels that whole groups are of
                    new |= {self.names[at]: values[:, at] for at in term.columns if at not in own}
                self.columns |= new
                written[term.key] = list(new)
            if len(taken) == len(term.columns):
                whole.add(term.key)
        return written

    def _is_of_groups(self, factor: str) -> bool:
        data = self.design.data
        if factor in data:
            values = pd.factorize(data[factor])[0][:, None].astype(float)
        else:
            values = make_columns(f"0 + {factor}", data).values
        return not any(
            np.abs(x - group_means(x, self.codes)[self.codes]).max() > VARIES for x in values.T
        )

    def _quoted(self, factor: str) -> str:
        return f"`{factor}`" if factor in self.design.data and not factor.isidentifier() else factor

    def _fixed(self, deviations: dict[frozenset[str], list[str]]) -> Iterator[str]:
        yield "1" if INTERCEPT in self.design.names else "0"
        for term in self.terms:
            if term.factors:
                same = ":".join(map(self._quoted, term.factors))
                yield from deviations.get(term.key, [same])

    def _random(self, deviations: dict[frozenset[str], list[str]]) -> Iterator[str]:
        for term in self.design.formula.random:
            effects = ["1" if term.intercept else "0"]
            for text in term.terms:
                pieces = deviations.get(_key(_split(text)))
                if pieces is not None and not term.intercept:
                    self._refuse_levels(text, term)
                effects += [text] if pieces is None else pieces
            bar = "|" if term.correlated else "||"
            yield f"({' + '.join(effects)} {bar} {term.group})"

    def _refuse_levels(self, text: str, term: RandomTerm) -> None:
        found = [factor for factor in _split(text) if factor in self.design.categorical]
        if found:
            raise FormulaError(
                f"random effects of every level of {found[0]!r} have no deviations from the mean "
                f"of the group: write (1 + {text} | {term.group}), or use form='mundlak'"
            )


def _terms(fixed: Columns) -> Iterator[_Term]:
    if isinstance(fixed.recipe, tuple):
        for at, product in enumerate(fixed.recipe):
            yield _Term(product, (at,))
        return
    for term, columns in fixed.recipe.term_indices.items():
        factors = [factor.expr for factor in term.factors if factor.expr != "1"]
        yield _Term(tuple(factors), tuple(columns))


def _key(factors: Iterator[str] | tuple[str, ...] | list[str]) -> frozenset[str]:
    """Return what two ways of writing a term have in common."""
    return frozenset(re.sub(r"[\s`]", "", factor) for factor in factors)


def _split(text: str) -> list[str]:
    """Split a product outside parentheses and brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == ":" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _names(columns: tuple[str, ...]) -> list[str]:
    """Return a name for each column that can stand in a formula: ``log_x``, ``sex_girl``."""
    names: list[str] = []
    for column in columns:
        bare = re.sub(r"\b(np\.|[CI]\()", "", column)
        plain = re.sub(r"\W+", "_", bare).strip("_")
        plain = plain if plain.isidentifier() else f"_{plain}"
        same = sum(name.rstrip("_") == plain for name in names)
        names.append(plain + "_" * same)
    return names
