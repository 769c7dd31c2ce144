"""A fitted model as the writers see it: which columns, of which level, in which role."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mlmbook.errors import FormulaError
from mlmbook.plain import is_plain

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
    """1 if it differs between the rows of a group, else 2."""


@dataclass(frozen=True)
class Column:
    """A column of the design: the constant, a variable, an indicator or a product of these."""

    name: str
    factors: tuple[Factor, ...]

    @property
    def level(self) -> int:
        """Return 1 if the column differs between the rows of a group, else 2."""
        return min((factor.level for factor in self.factors), default=2)

    @property
    def cross_level(self) -> bool:
        """Whether it is a product of factors of both levels."""
        return len({factor.level for factor in self.factors}) == 2


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


@dataclass(frozen=True)
class Model:
    """What the writers need to know of a fit."""

    fit: Fit
    fixed: tuple[Column, ...]
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, fit: Fit) -> Model:
        """Describe a fit."""
        if not is_plain(fit):
            raise FormulaError(
                "equations, code and reports are not written for models with residual=, weights= "
                "or offset= yet: they would leave that part out"
            )
        special = [g.name for g in fit.design.groupings if g.special is not None]
        if special:
            raise FormulaError(
                f"equations, code and reports are not written for {special[0]} yet: they would "
                "take it for independent groups"
            )
        reader = _Reader(fit)
        blocks = tuple(
            Block(
                grouping.name,
                tuple(reader.column(grouping.terms[position]) for position in block),
            )
            for grouping in fit.design.groupings
            for block in grouping.blocks
        )
        return cls(fit, tuple(reader.column(name) for name in fit.design.names), blocks)

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
        """Names of the grouping factors."""
        return tuple(dict.fromkeys(block.group for block in self.blocks))

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns of the data that the model uses: the response first, the groups last."""
        texts = [self.fit.response, *(f.text for column in self.columns for f in column.factors)]
        used = [name for text in texts for name in names_in(text, self.fit.data)]
        groups = [name for group in self.groups for name in split(group, ":")]
        return tuple(dict.fromkeys([*used, *groups]))

    def one_group(self, writer: str) -> str:
        """Return the grouping factor of a two-level model; refuse any other model."""
        if len(self.groups) != 1 or len(split(self.groups[0], ":")) > 1:
            raise FormulaError(
                f"{writer} needs a two-level model with one grouping column, but this one has "
                f"{', '.join(map(repr, self.groups))}; combine the columns of a group into one "
                "column of the data if that is what you mean"
            )
        return self.groups[0]


class _Reader:
    """Reads column names such as ``"ses:sector[Catholic]"`` and finds out their levels."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
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
        names = names_in(base, self.fit.data)
        return Factor(base, category, min(map(self._level, names), default=1))

    def _level(self, variable: str) -> int:
        if variable not in self._levels:
            varies = [
                _varies(self.fit.data, split(grouping.name, ":"), variable)
                for grouping in self.fit.design.groupings
            ]
            self._levels[variable] = 1 if all(varies) else 2
        return self._levels[variable]


def _varies(data: pd.DataFrame, group: list[str], variable: str) -> bool:
    if variable in group:
        return False
    grouped = data.groupby(group, sort=False, observed=True)[variable]
    return bool((grouped.nunique() > 1).any())


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
