r"""The model as an equation, in the notation of the book: :math:`\beta, \alpha, u, e`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from mlmbook.errors import FormulaError
from mlmbook.write.model import Block, Column, Factor, Model
from mlmbook.write.numbers import decimals, number

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
        A two-level model.
    form : {"combined", "levels"}
        One equation for the response, with its random part in parentheses; or one equation for
        the people and one for each coefficient that differs between groups.
    names : {"symbols", "variables"}
        :math:`y_{ij}, x_{1ij}, w_{1j}` with a line that says what they are, or the names of the
        columns themselves.
    estimates : bool, default False
        Numbers in place of the parameters.
    colors : bool, default False
        Wrap what belongs to a level in ``\class{l1}{}``, ``\class{l2}{}``, ``\class{cross}{}``.

    Returns
    -------
    str
        An ``aligned`` environment, without dollar signs.

    Raises
    ------
    FormulaError
        The model is not a two-level model, or an option is unknown.

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
    writer = _Writer(Model.of(fit), symbols=names == "symbols", values=estimates, colors=colors)
    lines = [*(writer.combined() if form == "combined" else writer.levels())]
    lines += [*writer.distributions(), *writer.legend()]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])


@dataclass(frozen=True)
class _Writer:
    """Gives every part of the model its symbol."""

    model: Model
    symbols: bool
    values: bool
    colors: bool

    def __post_init__(self) -> None:
        if not self.model.two_level or self.model.offset:
            raise FormulaError(
                "equation() writes two-level models, but this one has the grouping factors "
                f"{', '.join(map(repr, self.model.groups))}"
            )

    # ---- symbols ----------------------------------------------------------------------------

    @cached_property
    def factors(self) -> dict[Factor, str]:
        """The symbol of each factor, numbered within its level."""
        every = dict.fromkeys(f for column in self.model.columns for f in column.factors)
        symbols = {}
        for level, letter, subscript in ((1, "x", "ij"), (2, "w", "j")):
            own = [factor for factor in every if factor.level == level]
            for index, factor in enumerate(own, 1):
                symbols[factor] = (
                    f"{letter}_{{{index}{subscript}}}"
                    if self.symbols
                    else f"{_text(_label(factor))}_{{{subscript}}}"
                )
        return symbols

    @cached_property
    def index(self) -> dict[tuple[Factor, ...], int]:
        """The number of each level-1 coefficient, by the factors that it multiplies."""
        fixed = [column.factors for column in self.model.predictors if _only_level_1(column)]
        others = [_inner(column) for column in self._all]
        every = dict.fromkeys([*fixed, *(inner for inner in others if inner)])
        return {(): 0} | {factors: number for number, factors in enumerate(every, 1)}

    @cached_property
    def _all(self) -> list[Column]:
        return [
            *self.model.fixed,
            *(column for block in self.model.blocks for column in block.columns),
        ]

    @cached_property
    def coefficients(self) -> dict[str, str]:
        """The symbol of each fixed effect: beta inside a level, alpha wherever w enters."""
        symbols, alphas = {}, 0
        for column in self.model.fixed:
            if _only_level_1(column) or not column.factors:
                symbols[column.name] = rf"\beta_{{{self.index[_inner(column)]}}}"
            else:
                alphas += 1
                symbols[column.name] = rf"\alpha_{{{alphas}}}"
        return {name: re.sub(r"_\{(.)\}", r"_\1", symbol) for name, symbol in symbols.items()}

    def departure(self, column: Column) -> str:
        """Return the u of a column."""
        return self._class("l2", f"u_{{{self._u(column)}j}}")

    def _u(self, column: Column) -> int:
        return self.index[_inner(column)]

    @property
    def response(self) -> str:
        """The response's symbol."""
        return "y_{ij}" if self.symbols else f"{_text(self.model.fit.response)}_{{ij}}"

    @property
    def error(self) -> str:
        """The level-1 departure."""
        return self._class("l1", "e_{0ij}")

    def _class(self, name: str, latex: str) -> str:
        return rf"\class{{{name}}}{{{latex}}}" if self.colors else latex

    # ---- terms ------------------------------------------------------------------------------

    def product(self, factors: tuple[Factor, ...]) -> str:
        """Write a product of variables, those of the group first."""
        return self._times(*(self.factors[f] for f in sorted(factors, key=lambda f: -f.level)))

    def _times(self, *factors: str) -> str:
        """Set factors side by side; words need a space between them."""
        between = " " if self.symbols else r" \, "
        return between.join(factor for factor in factors if factor)

    def term(self, column: Column, factors: tuple[Factor, ...]) -> tuple[str, str]:
        """Return the sign and the text of a fixed effect times some of its factors."""
        sign, text = "+", self.coefficients[column.name]
        if self.values:
            value = float(self.model.fit.fixef[column.name])
            places = decimals(float(self.model.fit.se[column.name]))
            sign, text = "-" if value < 0 else "+", number(abs(value), places)
        whole = self._times(text, self.product(factors))
        crossed = column.cross_level and factors == column.factors
        return sign, self._class("cross", whole) if crossed else whole

    def sum(self, terms: list[tuple[str, str]]) -> str:
        """Join signs and texts."""
        first, *rest = terms
        start = f"-{first[1]}" if first[0] == "-" else first[1]
        return " ".join([start, *(f"{sign} {text}" for sign, text in rest)])

    # ---- equations --------------------------------------------------------------------------

    def combined(self) -> Iterator[str]:
        """Write the response as its fixed and its random part."""
        fixed = [self.term(column, column.factors) for column in self.model.fixed]
        random = [
            self._times(self.departure(c), self.product(c.factors))
            for block in self.model.blocks
            for c in block.columns
        ]
        part = " + ".join([*random, self.error])
        if len(fixed) + len(random) > 6:
            yield f"{self.response} &= {self.sum(fixed)}"
            yield rf"&\quad {{}} + ({part})"
        else:
            yield f"{self.response} &= {self.sum(fixed)} + ({part})"

    def levels(self) -> Iterator[str]:
        """Write one equation for level 1 and one for each coefficient that varies."""
        varying = {inner for inner in map(_inner, self._all) if self._varies(inner)}
        terms: list[tuple[str, str]] = []
        for inner, index in self.index.items():
            own = [column for column in self.model.fixed if column.factors == inner]
            if inner in varying:
                terms.append(("+", self._times(rf"\beta_{{{index}j}}", self.product(inner))))
            elif own:
                terms.append(self.term(own[0], inner))
        yield f"{self.response} &= {self.sum([*terms, ('+', self.error)])}"
        for inner, index in self.index.items():
            if inner in varying:
                yield rf"\beta_{{{index}j}} &= {self.sum(list(self._coefficient(inner)))}"

    def _varies(self, inner: tuple[Factor, ...]) -> bool:
        random = any(_inner(c) == inner for block in self.model.blocks for c in block.columns)
        return random or any(_inner(c) == inner and c.factors != inner for c in self.model.fixed)

    def _coefficient(self, inner: tuple[Factor, ...]) -> Iterator[tuple[str, str]]:
        """Yield the terms of a coefficient that differs between groups."""
        for column in self.model.fixed:
            if _inner(column) == inner:
                yield self.term(column, tuple(f for f in column.factors if f.level == 2))
        for block in self.model.blocks:
            for column in block.columns:
                if _inner(column) == inner:
                    yield "+", self.departure(column)

    # ---- the random part --------------------------------------------------------------------

    def distributions(self) -> Iterator[str]:
        """Write how the departures are distributed."""
        for block in self.model.blocks:
            if len(block.columns) == 1:
                column = block.columns[0]
                variance = self._class("l2", self._covariance(column, column))
                yield rf"{self.departure(column)} &\sim \mathrm{{N}}(0,\ {variance})"
            else:
                yield self._joint(block)
        value = self._variance("Residual", "", "")
        variance = self._class("l1", value if self.values else r"\sigma^2_{e0}")
        yield rf"{self.error} &\sim \mathrm{{N}}(0,\ {variance})"

    def _joint(self, block: Block) -> str:
        effects = r" \\ ".join(map(self.departure, block.columns))
        zeros = r" \\ ".join("0" for _ in block.columns)
        rows = [
            " & ".join(self._class("l2", self._covariance(a, b)) for b in block.columns)
            for a in block.columns
        ]
        matrix = _matrix(r" \\ ".join(rows))
        if self.values:
            return rf"{_matrix(effects)} &\sim \mathrm{{N}}\left({_matrix(zeros)},\ {matrix}\right)"
        omega = self._class("l2", r"\Omega_u")
        return (
            rf"{_matrix(effects)} &\sim \mathrm{{N}}\left({_matrix(zeros)},\ {omega}\right),"
            rf"\quad {omega} = {matrix}"
        )

    def _covariance(self, a: Column, b: Column) -> str:
        first, second = sorted((a, b), key=self._u)
        if self.values:
            same = a.name == b.name
            return self._variance(self.model.groups[0], a.name, "" if same else b.name)
        if a.name == b.name:
            return rf"\sigma^2_{{u{self._u(a)}}}"
        return rf"\sigma_{{u{self._u(first)}{self._u(second)}}}"

    def _variance(self, group: str, term: str, term2: str) -> str:
        """Return an estimated variance or covariance, with three significant digits."""
        table = self.model.fit.varcorr
        row = table[
            (table["group"] == group)
            & (
                ((table["term"] == term) & (table["term2"] == term2))
                | ((table["term"] == term2) & (table["term2"] == term))
            )
        ]
        value = float(row["variance"].iloc[0])
        return number(value, decimals(abs(value), digits=3)).replace("\N{MINUS SIGN}", "-")

    # ---- the legend -------------------------------------------------------------------------

    def legend(self) -> Iterator[str]:
        """Say what the symbols stand for."""
        if self.symbols:
            meanings = [f"{self.response} = {_text(self.model.fit.response)}"]
            meanings += [f"{symbol} = {_text(_label(f))}" for f, symbol in self.factors.items()]
            for start in range(0, len(meanings), 4):
                lead = r"\text{with } " if start == 0 else r"\quad "
                yield f"&{lead}" + r",\ ".join(meanings[start : start + 4])


def _inner(column: Column) -> tuple[Factor, ...]:
    """Return the level-1 factors of a column."""
    return tuple(factor for factor in column.factors if factor.level == 1)


def _only_level_1(column: Column) -> bool:
    return bool(column.factors) and _inner(column) == column.factors


def _label(factor: Factor) -> str:
    if factor.category is not None:
        return f"{factor.text}: {factor.category}"
    return re.sub(r"^I\((.*)\)$", r"\1", factor.text).replace(" ** 2", "²").replace(" ** 3", "³")


def _text(words: str) -> str:
    escaped = re.sub(r"([_%&#$])", r"\\\1", words.replace("np.", ""))
    return rf"\text{{{escaped}}}"


def _matrix(rows: str) -> str:
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"
