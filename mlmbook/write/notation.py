r"""The symbols of a model: :math:`\beta, \alpha, u, e` and their subscripts.

Where groups are nested, *i* numbers the rows, *j* their groups, *k* the groups of these; the
departures of level 2, 3 and 4 are *u*, *v* and *f* [1]_. Where they cross, each classification has
a number and a function from rows to units:
:math:`u^{(2)}_{0,\text{school}(i)}` is the departure of the school of row *i* [2]_.

References
----------
.. [1] Goldstein (2011), Multilevel Statistical Models, 4th ed., chapter 2.
.. [2] Browne, Goldstein & Rasbash (2001), Stat. Model. 1, 103-124.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from mlmbook.write.model import Block, Column, Factor, Model
from mlmbook.write.units import Unit

__all__ = ["Notation", "inner", "label", "matrix", "only_level_1", "text"]

ROWS = "ijklmn"
DEPARTURES = "uvfgh"
PREDICTORS = "xwzqr"


@dataclass(frozen=True)
class Notation:
    """Gives every part of the model its symbol."""

    model: Model
    symbols: bool
    """Whether variables get letters; else they keep their names."""
    colors: bool
    """Whether what belongs to a level is marked with a class."""

    # ---- subscripts -------------------------------------------------------------------------

    @property
    def crossed(self) -> bool:
        """Whether units are classifications, not levels."""
        return not self.model.nested

    def subscript(self, level: int) -> str:
        """Return the subscript of what belongs to units of a level, e.g. ``"jk"``."""
        if not self.crossed:
            return ROWS[level - 1 : 1 + len(self.model.units)]
        if level == 1:
            return "i"
        unit = self.model.units[level - 2]
        name = unit.name if unit.special is None else unit.columns[0]
        return "j" if unit.shared else rf"{text(name)}(i)"

    def numbered(self, symbol: str, number: int, level: int) -> str:
        """Write a symbol with a number and the subscript of a level: ``x_{1ij}``."""
        between = "," if self.crossed and self.subscript(level) not in ("i", "j") else ""
        return f"{symbol}_{{{number}{between}{self.subscript(level)}}}"

    def mark(self, level: int, latex: str) -> str:
        """Mark what belongs to a level."""
        return self.marked(f"l{min(level, 3)}", latex)

    def marked(self, name: str, latex: str) -> str:
        """Mark with a class."""
        return rf"\class{{{name}}}{{{latex}}}" if self.colors else latex

    # ---- variables --------------------------------------------------------------------------

    @cached_property
    def factors(self) -> dict[Factor, str]:
        """The symbol of each factor, numbered within its level."""
        every = dict.fromkeys(f for column in self.model.columns for f in column.factors)
        symbols = {}
        for level in range(1, len(self.model.units) + 2):
            own = [factor for factor in every if factor.level == level]
            for index, factor in enumerate(own, 1):
                symbols[factor] = (
                    self.numbered(PREDICTORS[level - 1], index, level)
                    if self.symbols
                    else f"{text(label(factor))}_{{{self.subscript(level)}}}"
                )
        return symbols

    def column(self, name: str, letter: str) -> str:
        """Return the symbol of a column of level 1 that is not a predictor."""
        known = (s for f, s in self.factors.items() if f.text == name and f.category is None)
        own = letter if self.symbols else text(name)
        return next(known, f"{own}_{{{self.subscript(1)}}}")

    @property
    def response(self) -> str:
        """The response's symbol."""
        own = "y" if self.symbols else text(self.model.fit.response)
        return f"{own}_{{{self.subscript(1)}}}"

    @property
    def offset(self) -> str:
        """The symbol of the offset; empty if there is none."""
        return "" if self.model.offset is None else self.column(self.model.offset, "o")

    def product(self, factors: tuple[Factor, ...]) -> str:
        """Write a product of variables, those of the largest groups first."""
        return self.times(*(self.factors[f] for f in sorted(factors, key=lambda f: -f.level)))

    def times(self, *factors: str) -> str:
        """Set factors side by side; words need a space between them."""
        between = " " if self.symbols else r" \, "
        return between.join(factor for factor in factors if factor)

    # ---- coefficients -----------------------------------------------------------------------

    @cached_property
    def all(self) -> list[Column]:
        """Every column of the fixed and the random part."""
        blocks = (column for block in self.model.blocks for column in block.columns)
        return [*self.model.fixed, *blocks]

    @cached_property
    def index(self) -> dict[tuple[Factor, ...], int]:
        """The number of each level-1 coefficient, by the factors that it multiplies."""
        fixed = [column.factors for column in self.model.predictors if only_level_1(column)]
        others = [inner(column) for column in self.all]
        every = dict.fromkeys([*fixed, *(factors for factors in others if factors)])
        return {(): 0} | {factors: number for number, factors in enumerate(every, 1)}

    @cached_property
    def departures(self) -> dict[tuple[Factor, ...], int]:
        """The number of each random effect: that of the coefficient, or a new one."""
        numbers = dict(self.index)
        for block in self.model.blocks:
            for column in block.columns:
                numbers.setdefault(column.factors, len(numbers))
        return numbers

    @cached_property
    def coefficients(self) -> dict[str, str]:
        """The symbol of each fixed effect: beta inside level 1, alpha wherever groups enter."""
        symbols, alphas = {}, 0
        for column in self.model.fixed:
            if only_level_1(column) or not column.factors:
                symbols[column.name] = rf"\beta_{{{self.index[inner(column)]}}}"
            else:
                alphas += 1
                symbols[column.name] = rf"\alpha_{{{alphas}}}"
        return {name: re.sub(r"_\{(.)\}", r"_\1", symbol) for name, symbol in symbols.items()}

    # ---- departures and their variances -----------------------------------------------------

    @property
    def units(self) -> tuple[Unit, ...]:
        """The kinds of groups in the order of an equation: levels from the top."""
        return self.model.units if self.crossed else self.model.units[::-1]

    def unit(self, block: Block) -> Unit:
        """Return the kind of group of a block."""
        return self.model.unit(block.group)

    def departure(self, block: Block, column: Column) -> str:
        """Return the departure of a group, e.g. ``u_{0j}``."""
        level = self.unit(block).level
        letter = f"u^{{({level})}}" if self.crossed else DEPARTURES[level - 2]
        return self.mark(level, self.numbered(letter, self.departures[column.factors], level))

    def of_row(self, block: Block, column: Column) -> str:
        """Return what the departures of its groups add to a row."""
        own, unit = self.departure(block, column), self.unit(block)
        if unit.shared is None:
            return own
        members = rf"\sum_{{j \in {text(unit.columns[0])}(i)}}"
        return rf"{members} {self.weight(unit)} {own}"

    def weight(self, unit: Unit) -> str:
        """Return the weight of a unit that a row belongs to, among others."""
        return rf"\omega^{{({unit.level})}}_{{ij}}"

    def omega(self, block: Block) -> str:
        """Return the covariance matrix of a block."""
        level = self.unit(block).level
        return self.mark(level, rf"\Omega_{self._of(level, brace=True)}")

    def covariance(self, block: Block, a: Column, b: Column) -> str:
        """Return a variance, or the covariance of two departures."""
        first, second = sorted((self.departures[a.factors], self.departures[b.factors]))
        level = self.unit(block).level
        own = self._of(level)
        if a.name == b.name:
            return self.mark(level, rf"\sigma^2_{{{own}{first}}}")
        return self.mark(level, rf"\sigma_{{{own}{first}{second}}}")

    def _of(self, level: int, *, brace: bool = False) -> str:
        if not self.crossed:
            return DEPARTURES[level - 2]
        return f"{{u({level})}}" if brace else f"u({level})"

    @property
    def error(self) -> str:
        """The level-1 departure."""
        return self.mark(1, f"e_{{0{self.subscript(1)}}}")


def inner(column: Column) -> tuple[Factor, ...]:
    """Return the level-1 factors of a column."""
    return tuple(factor for factor in column.factors if factor.level == 1)


def only_level_1(column: Column) -> bool:
    """Whether a column is made of level-1 factors only."""
    return bool(column.factors) and inner(column) == column.factors


def label(factor: Factor) -> str:
    """Return what a factor is called in words."""
    if factor.category is not None:
        return f"{factor.text}: {factor.category}"
    return re.sub(r"^I\((.*)\)$", r"\1", factor.text).replace(" ** 2", "²").replace(" ** 3", "³")


def text(words: str) -> str:
    """Set words upright."""
    escaped = re.sub(r"([_%&#$])", r"\\\1", words.replace("np.", ""))
    return rf"\text{{{escaped}}}"


def matrix(rows: str) -> str:
    """Put rows in parentheses."""
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"
