r"""The model as an equation, in the notation of the book: :math:`\beta, \alpha, u, e`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlmbook.errors import FormulaError
from mlmbook.write.districts import Districts
from mlmbook.write.model import Block, Column, Factor, Model
from mlmbook.write.notation import Notation, inner, label, matrix, text
from mlmbook.write.numbers import decimals, number
from mlmbook.write.residuals import KNOWN, WEIGHT, Residuals, digits, power_letter

if TYPE_CHECKING:
    from mlmbook.result import Fit

Form = Literal["combined", "levels"]
Names = Literal["symbols", "variables"]


def equation(
    fit: Fit,
    *,
    form: Form = "combined",
    names: Names = "symbols",
    estimates: bool = False,
    colors: bool = False,
) -> str:
    r"""Write the model in LaTeX.

    Parameters
    ----------
    fit : Fit
    form : {"combined", "levels"}
        One equation for the response, with its random part in parentheses; or one equation for
        the people and one for each coefficient that differs between groups. The notation is that
        of :mod:`mlmbook.write.notation`.
    names : {"symbols", "variables"}
        :math:`y_{ij}, x_{1ij}, w_{1j}` with a line that says what they are, or the names of the
        columns themselves.
    estimates : bool, default False
        Numbers in place of the parameters.
    colors : bool, default False
        Wrap what belongs to a level in ``\class{l1}{}``, ``\class{l2}{}``, ``\class{l3}{}`` (3 and
        above), products of both in ``\class{cross}{}``.

    Returns
    -------
    str
        An ``aligned`` environment, without dollar signs.

    Raises
    ------
    FormulaError
        An option is unknown.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> print(equation(mlm.fit("health ~ poor + (1 | neighborhood)", mlm.survey("C.7.3"))))
    \begin{aligned}
    y_{ij} &= \beta_0 + \beta_1 x_{1ij} + (u_{0j} + e_{0ij}) \\
    u_{0j} &\sim \mathrm{N}(0,\ \sigma^2_{u0}) \\
    e_{0ij} &\sim \mathrm{N}(0,\ \sigma^2_{e0}) \\
    &\text{with } y_{ij} = \text{health},\ x_{1ij} = \text{poor}
    \end{aligned}
    """
    if form not in ("combined", "levels"):
        raise FormulaError(f'form must be "combined" or "levels", not {form!r}')
    if names not in ("symbols", "variables"):
        raise FormulaError(f'names must be "symbols" or "variables", not {names!r}')
    model = Model.of(fit)
    writer = _Writer(model, Notation(model, names == "symbols", colors), estimates)
    lines = [*(writer.combined() if form == "combined" else writer.levels())]
    lines += [*writer.distributions(), *writer.legend()]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])


@dataclass(frozen=True)
class _Writer:
    """Writes the lines."""

    model: Model
    notation: Notation
    values: bool

    # ---- terms ------------------------------------------------------------------------------

    def term(self, column: Column, factors: tuple[Factor, ...]) -> tuple[str, str]:
        """Return the sign and the text of a fixed effect times some of its factors."""
        sign, own = "+", self.notation.coefficients[column.name]
        if self.values:
            value = float(self.model.fit.fixef[column.name])
            places = decimals(float(self.model.fit.se[column.name]))
            sign, own = "-" if value < 0 else "+", number(abs(value), places)
        whole = self.notation.times(own, self.notation.product(factors))
        crossed = column.cross_level and factors == column.factors
        return sign, self.notation.marked("cross", whole) if crossed else whole

    def sum(self, terms: list[tuple[str, str]]) -> str:
        """Join signs and texts."""
        if not terms:
            return "0"
        first, *rest = terms
        start = f"-{first[1]}" if first[0] == "-" else first[1]
        return " ".join([start, *(f"{sign} {own}" for sign, own in rest)])

    def random(self, level1: tuple[Factor, ...] | None = None) -> Iterator[str]:
        """Yield departures times variables, in the order of the notation.

        Parameters
        ----------
        level1 : tuple of Factor, optional
            Only those of the coefficient of these level-1 factors, which are left out.
        """
        for unit in self.notation.units:
            for block in self.model.blocks_of(unit):
                for column in block.columns:
                    if level1 is None or inner(column) == level1:
                        left = [f for f in column.factors if level1 is None or f.level > 1]
                        departure = self.notation.of_row(block, column)
                        yield self.notation.times(departure, self.notation.product(tuple(left)))

    # ---- equations --------------------------------------------------------------------------

    def combined(self) -> Iterator[str]:
        """Write the response as its fixed and its random part."""
        say = self.notation
        fixed = [("+", say.offset)] if say.offset else []
        fixed += [self.term(column, column.factors) for column in self.model.fixed]
        random = list(self.random())
        part = " + ".join([*random, say.error])
        part = f"({part})" if random else part
        if len(fixed) + len(random) > (4 if say.crossed else 6):
            yield f"{say.response} &= {self.sum(fixed)}"
            yield rf"&\quad {{}} + {part}"
        else:
            yield f"{say.response} &= {self.sum(fixed)} + {part}"

    def levels(self) -> Iterator[str]:
        """Write one equation for level 1 and one for each coefficient that varies."""
        say = self.notation
        varying = {factors: self._lowest(factors) for factors in say.index}
        terms = [("+", say.offset)] if say.offset else []
        for factors, index in say.index.items():
            own = [column for column in self.model.fixed if column.factors == factors]
            if varying[factors]:
                beta = rf"\beta_{{{index}{self._subscript(varying[factors])}}}"
                terms.append(("+", say.times(beta, say.product(factors))))
            elif own:
                terms.append(self.term(own[0], factors))
        yield f"{say.response} &= {self.sum([*terms, ('+', say.error)])}"
        for factors, index in say.index.items():
            if varying[factors]:
                coefficient = rf"\beta_{{{index}{self._subscript(varying[factors])}}}"
                yield f"{coefficient} &= {self.sum(list(self._coefficient(factors)))}"

    def _lowest(self, factors: tuple[Factor, ...]) -> int:
        """Return the lowest level between whose units a coefficient differs; 0 if none."""
        levels = [f.level for c in self.notation.all if inner(c) == factors for f in c.factors]
        levels += [
            self.model.unit(block.group).level
            for block in self.model.blocks
            for column in block.columns
            if inner(column) == factors
        ]
        return min((level for level in levels if level > 1), default=0)

    def _subscript(self, level: int) -> str:
        return "i" if self.notation.crossed else self.notation.subscript(level)

    def _coefficient(self, factors: tuple[Factor, ...]) -> Iterator[tuple[str, str]]:
        """Yield the terms of a coefficient that differs between groups."""
        for column in self.model.fixed:
            if inner(column) == factors:
                yield self.term(column, tuple(f for f in column.factors if f.level > 1))
        for own in self.random(factors):
            yield "+", own

    # ---- the random part --------------------------------------------------------------------

    def distributions(self) -> Iterator[str]:
        """Write how the departures are distributed."""
        for unit in self.notation.units:
            for block in self.model.blocks_of(unit):
                if unit.spatial is not None:
                    yield from Districts(self.model, self.notation, self.values).lines(block)
                elif len(block.columns) == 1:
                    column = block.columns[0]
                    variance = self._covariance(block, column, column)
                    departure = self.notation.departure(block, column)
                    yield rf"{departure} &\sim \mathrm{{N}}(0,\ {variance})"
                else:
                    yield self._joint(block)
        yield from Residuals(self.model, self.notation, self.values).lines()

    def _joint(self, block: Block) -> str:
        say = self.notation
        effects = matrix(r" \\ ".join(say.departure(block, c) for c in block.columns))
        zeros = matrix(r" \\ ".join("0" for _ in block.columns))
        rows = [
            " & ".join(self._covariance(block, a, b) for b in block.columns) for a in block.columns
        ]
        values = matrix(r" \\ ".join(rows))
        if self.values:
            return rf"{effects} &\sim \mathrm{{N}}\left({zeros},\ {values}\right)"
        omega = say.omega(block)
        return (
            rf"{effects} &\sim \mathrm{{N}}\left({zeros},\ {omega}\right),"
            rf"\quad {omega} = {values}"
        )

    def _covariance(self, block: Block, a: Column, b: Column) -> str:
        if not self.values:
            return self.notation.covariance(block, a, b)
        value = digits(block.covariance(self.model.fit, a, b))
        return self.notation.mark(self.model.unit(block.group).level, value)

    # ---- the legend -------------------------------------------------------------------------

    def legend(self) -> Iterator[str]:
        """Say what the symbols stand for."""
        say, level1 = self.notation, self.model.level1
        if not say.symbols:
            return
        meanings = [f"{say.response} = {text(self.model.fit.response)}"]
        meanings += [f"{symbol} = {text(label(f))}" for f, symbol in say.factors.items()]
        others = [(self.model.offset, "o"), (level1.weights, WEIGHT), (level1.known, KNOWN)]
        others += [(name, power_letter(at)) for at, name in enumerate(level1.powers, 1)]
        others += [(level1.steps.time, "t")] if level1.steps else []
        told = {factor.text for factor in say.factors if factor.category is None}
        for name, letter in others:
            if name is not None and name not in told:
                meanings.append(f"{say.column(name, letter)} = {text(name.strip('()'))}")
        for unit in self.model.units:
            if unit.shared is not None:
                weights = unit.shared.weights or [f"1/{len(unit.columns)} each"]
                meanings.append(f"{say.weight(unit)} = {text(', '.join(weights))}")
        for start in range(0, len(meanings), 4):
            lead = r"\text{with } " if start == 0 else r"\quad "
            yield f"&{lead}" + r",\ ".join(meanings[start : start + 4])
