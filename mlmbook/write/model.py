"""A fitted model as the writers see it: which columns, of which level, in which role."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlmbook.write.level1 import LevelOne
from mlmbook.write.units import Unit, is_chain, units_of

if TYPE_CHECKING:
    from mlmbook.result import Fit

INTERCEPT = "Intercept"


@dataclass(frozen=True)
class Factor:
    """One factor of a product: a variable, an expression, or the indicator of a category."""

    text: str
    """As the formula writes it, e.g. ``"ses"``, ``"np.log(ses)"``, ``"C(year)"``."""
    category: str | None
    """The category that the indicator is 1 for; None for a number."""
    level: int
    """1 if it differs between the rows of every group, else that of the unit it describes."""


@dataclass(frozen=True)
class Column:
    """A column of the design: the constant, a variable, an indicator or a product of these."""

    name: str
    factors: tuple[Factor, ...]

    @property
    def level(self) -> int:
        """Return the lowest level among its factors."""
        return min((factor.level for factor in self.factors), default=2)

    @property
    def cross_level(self) -> bool:
        """Whether it is a product of factors of level 1 and of groups."""
        levels = {factor.level for factor in self.factors}
        return len(levels) > 1 and 1 in levels


@dataclass(frozen=True)
class Block:
    """Random effects of one grouping factor that may correlate with one another."""

    group: str
    columns: tuple[Column, ...]

    @property
    def intercept(self) -> bool:
        """Whether the groups' intercepts vary."""
        return any(not column.factors for column in self.columns)

    @property
    def slopes(self) -> tuple[Column, ...]:
        """The columns whose slopes vary."""
        return tuple(column for column in self.columns if column.factors)

    def covariance(self, fit: Fit, a: Column, b: Column) -> float:
        """Return the estimated covariance of two random effects, or a variance."""
        table = fit.varcorr
        table = table[table["group"] == self.group]
        one, two = table["term"], table["term2"]
        if a.name == b.name:
            row = table[(one == a.name) & (two == "")]
        else:
            row = table[((one == a.name) & (two == b.name)) | ((one == b.name) & (two == a.name))]
        return float(row["variance"].iloc[0])


@dataclass(frozen=True)
class Model:
    """What the writers need to know of a fit."""

    fit: Fit
    fixed: tuple[Column, ...]
    blocks: tuple[Block, ...]
    units: tuple[Unit, ...]
    """The kinds of groups, the smallest groups first."""
    nested: bool
    """Whether each kind of group lies in the next."""
    level1: LevelOne

    @classmethod
    def of(cls, fit: Fit) -> Model:
        """Describe a fit."""
        level1 = LevelOne.of(fit)
        units = units_of(fit)
        reader = _Reader(fit, units)
        blocks = tuple(
            Block(
                grouping.name,
                tuple(reader.column(grouping.terms[position]) for position in block),
            )
            for grouping in fit.design.groupings
            for block in grouping.blocks
        )
        fixed = tuple(reader.column(name) for name in fit.design.names)
        return cls(fit, fixed, blocks, units, is_chain(units), level1)

    @property
    def offset(self) -> str | None:
        """The column that is added to the fixed part."""
        return self.fit.design.offset_column

    @property
    def two_level(self) -> bool:
        """Whether there is one kind of group, and independent residuals of one variance."""
        return len(self.units) == 1 and self.units[0].special is None and self.level1.plain

    def unit(self, name: str) -> Unit:
        """Return the kind of group of this name."""
        return next(unit for unit in self.units if unit.name == name)

    def blocks_of(self, unit: Unit) -> tuple[Block, ...]:
        """Return the random effects of a kind of group."""
        return tuple(block for block in self.blocks if block.group == unit.name)

    @property
    def intercept(self) -> bool:
        """Whether the fixed part has a constant."""
        return any(not column.factors for column in self.fixed)

    @property
    def predictors(self) -> tuple[Column, ...]:
        """The columns of the fixed part, without the constant."""
        return tuple(column for column in self.fixed if column.factors)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column of the fixed and the random part, once, without the constant."""
        every = [*self.fixed, *(column for block in self.blocks for column in block.columns)]
        return tuple({column.name: column for column in every if column.factors}.values())

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the grouping factors that have random effects."""
        return tuple(dict.fromkeys(block.group for block in self.blocks))

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns of the data that the model uses: the response first, the groups last."""
        texts = [self.fit.response, *(f.text for column in self.columns for f in column.factors)]
        used = [name for text in texts for name in names_in(text, self.fit.design.data)]
        known = [] if self.offset is None else [self.offset]
        groups = [name for unit in self.units for name in unit.used]
        return tuple(dict.fromkeys([*used, *self.level1.columns, *known, *groups]))


class _Reader:
    """Reads column names such as ``"ses:sector[Catholic]"`` and finds out their levels."""

    def __init__(self, fit: Fit, units: tuple[Unit, ...]) -> None:
        self.fit, self.units = fit, units
        self._levels: dict[str, int] = {}

    def column(self, name: str) -> Column:
        if name == INTERCEPT:
            return Column(name, ())
        return Column(name, tuple(self._factor(text) for text in split(name, ":")))

    def _factor(self, text: str) -> Factor:
        base, category = text, None
        found = re.fullmatch(r"(.+)\[(.+)\]", text)
        if found and found[1] in self.fit.categorical:
            base, category = found[1], found[2]
        names = names_in(base, self.fit.design.data)
        return Factor(base, category, min(map(self._level, names), default=1))

    def _level(self, variable: str) -> int:
        """Return the level of the largest groups within which a variable does not differ."""
        if variable not in self._levels:
            values = self.fit.design.data[variable]
            constant = [unit.level for unit in self.units if not unit.varies(values)]
            self._levels[variable] = max(constant, default=1)
        return self._levels[variable]


def names_in(text: str, columns: Iterable[Hashable]) -> list[str]:
    """Return the columns of the data that an expression uses, in order."""
    known = {str(column) for column in columns}
    if text in known:
        return [text]
    try:
        tree = ast.parse(text.strip("{}").replace("`", ""), mode="eval")
    except SyntaxError:  # e.g. "bs(x, df=3)[1]" is fine, but a column called "a b" is not
        return [name for name in known if name in text]
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return [name for name in dict.fromkeys(names) if name in known]


def split(text: str, separator: str) -> list[str]:
    """Split at a separator, outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def unique(names: Iterable[str], limit: int) -> Iterator[str]:
    """Yield short names, no two alike."""
    taken: set[str] = set()
    for name in names:
        short, number = name[:limit], 1
        while short.lower() in taken:
            number += 1
            short = f"{name[: limit - len(str(number))]}{number}"
        taken.add(short.lower())
        yield short
