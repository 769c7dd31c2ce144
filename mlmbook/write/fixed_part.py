"""Sentences about the fixed part: what goes with a difference in a predictor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.grouping import group_means
from mlmbook.write.model import Column, Factor, names_in
from mlmbook.write.phrases import Phrases, name_of
from mlmbook.write.units import Unit
from mlmbook.write.within_between import Pair, pairs
from mlmbook.write.words import article, listed, plain, sentence, variable

if TYPE_CHECKING:
    from mlmbook.arrays import Floats

HEDGE = (
    "These are associations in the fitted model; they do not show what changing a predictor "
    "would do."
)


def fixed_part(say: Phrases) -> Iterator[str]:
    """Yield the sentences, a predictor at a time."""
    told = set()
    for pair in pairs(say.model):
        yield _within_between(say, pair)
        told |= {pair.within.name, pair.between.name}
    for column in say.model.predictors:
        if column.name not in told:
            yield from _predictor(say, column)


def _predictor(say: Phrases, column: Column) -> Iterator[str]:
    if len(column.factors) == 1:
        if _is_one_of_several(say, column):
            yield _term_of_a_curve(say, column)
        elif not _slope_is_told(say, column):
            yield _main_effect(say, column)
        mixed = _mixes(say, column)
        if mixed:
            yield _mixture(say, column, mixed)
    elif column.cross_level and len(column.factors) == 2:
        yield _cross_level(say, column)
    elif len(column.factors) == 2:
        yield _interaction(say, column)
    else:
        coefficient = say.amount({column.name: 1.0}, unit=False)
        yield f"The product {name_of(column)} has the coefficient {coefficient}."


def _main_effect(say: Phrases, column: Column) -> str:
    """Compare two units that differ in one predictor."""
    words = say.words
    differs, other, having = words.comparison(column)
    partners = _partners(say, column.factors[0])
    over = f"on average over {listed(_varying(say, column))}, " if column.name in say.slopes else ""
    first = f"{article(words.unit_name(column.level))} {differs} is "
    first += "" if over else "on average "
    told = {*partners, *column.factors}
    others = any(
        len(each.factors) == 1 and each.factors[0] not in told for each in say.model.predictors
    )
    shared = [having] if having else []
    shared += ["the same values of the other predictors"] if others else []
    second = other + _of_the_same(say, column.level)
    second += f" with {' and '.join(shared)}" if shared else ""
    return sentence(
        f"{_where(say, partners)}{over}{first}{say.higher({column.name: 1.0})} than {second}"
    )


def _where(say: Phrases, factors: list[Factor]) -> str:
    """Say at which values of other variables a statement holds."""
    zero = [say.words.at_zero(factor) for factor in factors]
    return f"where {' and '.join(zero)}, " if zero else ""


def _varying(say: Phrases, column: Column) -> list[str]:
    """Return the kinds of groups between which a slope differs."""
    return [
        say.words.kind(unit)[1]
        for unit in say.model.units
        for block in say.model.blocks_of(unit)
        if column in block.columns
    ]


def _of_the_same(say: Phrases, level: int) -> str:
    """Say which groups two units share in whom the coefficient compares them."""
    above = [u for u in say.model.units if say.model.blocks_of(u) and u.level > level]
    if say.model.nested:
        above = above[:1]
    elif level > 1:
        return ""
    names = [say.words.kind(unit)[int(unit.shared is not None)] for unit in above]
    return f" of the same {listed(names)}" if names else ""


def _mixture(say: Phrases, column: Column, units: list[Unit]) -> str:
    """Warn of a slope that mixes two levels."""
    words = say.words
    kinds = [words.kind(unit) for unit in units]
    means = f"its {listed([one for one, _ in kinds])} mean" + ("s are" if len(kinds) > 1 else " is")
    return (
        f"Since {words.label(column.name)} also differs between {listed([m for _, m in kinds])} "
        f"and {means} not in the model, this number mixes differences within and between them."
    )


def _term_of_a_curve(say: Phrases, column: Column) -> str:
    """Report a term that makes sense only together with others of the same variable."""
    variables = " and ".join(names_in(column.factors[0].text, say.words.data))
    return (
        f"The term {name_of(column)} has the coefficient {say.amount({column.name: 1.0})}, to be "
        f"read together with the other terms of {variables}."
    )


def _interaction(say: Phrases, column: Column) -> str:
    """Report a product of two variables of one level."""
    first, second = column.factors
    words, change = say.words, say.amount({column.name: 1.0})
    if second.category is not None:
        what = words.label(variable(second))
        where = f"for {what} {second.category} rather than {words.reference(second)}"
    elif words.is_binary(second):
        where = f"where {second.text} = 1 rather than 0"
    else:
        where = f"for 1 more in {words.label(plain(second))}"
    return f"The difference that goes with {plain(first)} changes by {change} {where}."


def _within_between(say: Phrases, pair: Pair) -> str:
    """Tell a slope within groups from the one between them."""
    words = say.words
    within = {pair.within.name: 1.0}
    between = {pair.between.name: 1.0} if pair.centered else within | {pair.between.name: 1.0}
    context = {pair.between.name: 1.0} | ({pair.within.name: -1.0} if pair.centered else {})
    differs = words.comparison(pair.within)[0]
    groups, person = words.kind(pair.unit)[1], words.unit_name(pair.within.level)
    return sentence(
        f"within {groups}, {article(person)} {differs} is on average "
        f"{say.higher(within)}; between {groups} whose means are 1 apart the difference is "
        f"{say.amount(between)}; the contextual difference, the second less the first, is "
        f"{say.amount(context)}"
    )


def _cross_level(say: Phrases, column: Column) -> str:
    """Say what the slope is where the level-2 variable is low and high."""
    words = say.words
    (x,) = (factor for factor in column.factors if factor.level == 1)
    (w,) = (factor for factor in column.factors if factor.level > 1)
    slope = next((c.name for c in say.model.predictors if c.factors == (x,)), None)
    target, per_unit = words.label(variable(w)), say.amount({column.name: 1.0})
    what = (
        f"for {target} {w.category} rather than {words.reference(w)}"
        if w.category is not None
        else f"for 1 more in {target}"
    )
    caution = f"this is not evidence that changing {target} would change the slope"
    if slope is None or not _has_values(say, w):
        return sentence(f"the slope of {plain(x)} differs by {per_unit} {what}; {caution}")
    values, places = _low_high(say, w)
    low, high = (say.amount({slope: 1.0, column.name: value}) for value in values)
    others = [factor for factor in _partners(say, x) if factor != w]
    return sentence(
        f"{_where(say, others)}the slope of {plain(x)} is {low} {places[0]} and {high} {places[1]};"
        f" it differs by {per_unit} {what}; {caution}"
    )


def _low_high(say: Phrases, w: Factor) -> tuple[tuple[float, float], tuple[str, str]]:
    """Return a low and a high value of a level-2 variable, and where they are found."""
    words = say.words
    target = words.label(variable(w))
    if w.category is not None:
        return (0.0, 1.0), (
            f"where {target} is {words.reference(w)}",
            f"where it is {w.category}",
        )
    if words.is_binary(w):
        return (0.0, 1.0), (f"where {w.text} = 0", f"where {w.text} = 1")
    values = words.by_group(w)
    mean, sd = float(values.mean()), float(values.std())
    return (mean - sd, mean + sd), (
        f"where {target} is one standard deviation below its mean over {words.unit_names(w.level)}",
        "where it is one above",
    )


# ---- questions about a column -------------------------------------------------------------------


def _partners(say: Phrases, own: Factor) -> list[Factor]:
    """Return the factors that a variable is multiplied by in some product."""
    partners = [
        factor
        for product in say.model.predictors
        if len(product.factors) > 1 and own in product.factors
        for factor in product.factors
        if factor != own
    ]
    return list(dict.fromkeys(partners))


def _slope_is_told(say: Phrases, column: Column) -> bool:
    """Whether the sentence about a cross-level interaction gives this slope."""
    return column.level == 1 and any(
        product.cross_level
        and len(product.factors) == 2
        and column.factors[0] in product.factors
        and all(factor.level == 1 or _has_values(say, factor) for factor in product.factors)
        for product in say.model.predictors
    )


def _has_values(say: Phrases, w: Factor) -> bool:
    return w.category is not None or w.text in say.words.data


def _is_one_of_several(say: Phrases, column: Column) -> bool:
    """Whether another term is made of the same variable: a curve, a spline."""
    (factor,) = column.factors
    data = say.words.data
    others = {f.text for each in say.model.columns for f in each.factors} - {factor.text}
    own = set(names_in(factor.text, data))
    return factor.category is None and any(own & set(names_in(other, data)) for other in others)


def _mixes(say: Phrases, column: Column) -> list[Unit]:
    """Return the groups between which a level-1 column's means differ without being modeled."""
    (factor,) = column.factors
    if column.level > 1 or factor.category is not None or _partners(say, factor):
        return []
    if factor.text not in say.words.data and _is_one_of_several(say, column):
        return []  # a further term of a curve, of which the variable itself says it
    values = _values(say, column)
    spread = 1e-6 * values.std()
    units = [u for u in say.model.units if say.model.blocks_of(u) and u.shared is None]
    differ = [unit for unit in units if group_means(values, unit.codes).std() > spread]
    return [unit for unit in differ if not _has_means(say, unit, values)]


def _has_means(say: Phrases, unit: Unit, values: Floats) -> bool:
    """Whether another column is the groups' means, in whatever units and from whatever zero."""
    means = group_means(values, unit.codes)[unit.codes]
    others = [
        _values(say, column)
        for column in say.model.predictors
        if len(column.factors) == 1 and column.level == unit.level
    ]
    return any(abs(np.corrcoef(means, other)[0, 1]) > 1 - 1e-9 for other in others)


def _values(say: Phrases, column: Column) -> Floats:
    design = say.model.fit.design
    values: Floats = design.X[:, design.names.index(column.name)]
    return values
