"""Sentences about the random part: how much groups differ, and in what."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from mlmbook.explained import level1_variance
from mlmbook.write.model import Column
from mlmbook.write.numbers import decimals, number, percent
from mlmbook.write.phrases import Phrases, name_of
from mlmbook.write.units import Unit
from mlmbook.write.words import article, listed, plain, sentence


def null_model(say: Phrases) -> Iterator[str]:
    """Say where the variation lives, in a model without predictors."""
    words = say.words
    if not say.model.two_level:
        yield from shares(say, f"Of the total variance in {words.outcome}, about")
        if say.model.intercept:
            yield f"The overall mean is {say.amount({'Intercept': 1.0}, test=False)}."
        for unit in reversed(say.model.units):
            yield from _spread(say, unit)
        return
    sd = say.sd("Intercept", say.model.units[0].name)
    yield _share(say, f"Of the total variance in {words.outcome}, about")
    if say.model.intercept:
        places = decimals(sd)
        spread = (
            f"; the {words.groups}' own means have an estimated standard deviation of "
            f"{words.spread(sd, places)}, so about 95 % of them lie within "
            f"±{words.amount(1.96 * sd, places)} of it"
        )
        mean = say.amount({"Intercept": 1.0}, test=False)
        yield f"In the average {words.group} the mean is {mean}{spread if sd > 0 else ''}."


def random_part(say: Phrases) -> Iterator[str]:
    """Say how slopes and intercepts differ between groups, given the predictors."""
    for unit in reversed(say.model.units):
        blocks = say.model.blocks_of(unit)
        slopes = [column for block in blocks for column in block.slopes]
        for column in slopes:
            yield _slope(say, column, unit)
            yield from _variance_function(say, column, unit)
        if any(block.intercept for block in blocks):
            yield from _intercept(say, unit, slopes)
    if not say.slopes and not say.model.two_level:
        yield from shares(say, "Of the variance that the predictors leave, about")


def shares(say: Phrases, start: str) -> Iterator[str]:
    """Say how much of the variance lies where, if that is the same for all rows."""
    model, words = say.model, say.words
    random = [unit for unit in model.units if model.blocks_of(unit)]
    special = any(unit.special for unit in random)
    if not random or special or model.level1.varies or model.level1.occasion:
        return
    own = [say.sd("Intercept", unit.name) ** 2 for unit in random]
    total = sum(own) + say.fit.sigma**2
    parts = [
        f"{percent(value / total, 1)} {'lies ' * (unit is random[-1])}between {words.kind(unit)[1]}"
        for unit, value in zip(random[::-1], own[::-1], strict=True)
    ]
    parts.append(f"{percent(say.fit.sigma**2 / total, 1)} between {words.people}")
    alike = "" if model.level1.correlation is not None else f"; {_alike(say, random, own, total)}"
    yield f"{start} {listed(parts)}{alike}."


def _alike(say: Phrases, random: list[Unit], own: list[float], total: float) -> str:
    """Say how much members of the same groups correlate."""
    words, names = say.words, [say.words.kind(unit)[0] for unit in random]
    parts = []
    for at, name in enumerate(names):
        shared = sum(own[at:]) if say.model.nested else own[at]
        others = [] if say.model.nested else [other for other in names if other != name]
        but = f" but different {words.kind(random[at - 1])[1]}" if say.model.nested and at else ""
        but = f" but of another {listed(others)}" if others else but
        lead = f"two {words.people}" if at == 0 else "two"
        parts.append(f"{lead} of the same {name}{but} correlate about {number(shared / total, 2)}")
    return ", ".join(parts)


def _spread(say: Phrases, unit: Unit, start: str = "") -> Iterator[str]:
    """Say by how much groups differ, with an interval."""
    if not any(block.intercept for block in say.model.blocks_of(unit)):
        return
    sd, groups = say.sd("Intercept", unit.name), say.words.kind(unit)[1]
    if _is_zero(say, sd):
        yield _zero(groups)
        return
    if unit.spatial is not None:
        yield from _districts(say, unit, sd)
        return
    limits = say.limits(f"var(Intercept | {unit.name})", sqrt)
    spread = say.words.spread(sd, decimals(sd))
    yield sentence(f"{start}{groups} differ with a standard deviation of {spread}{limits}")


def _districts(say: Phrases, unit: Unit, sd: float) -> Iterator[str]:
    """Say how much districts resemble their neighbors."""
    district, districts = say.words.kind(unit)
    if unit.spatial is None:
        return
    kind, rho = unit.spatial.kind, f"rho({unit.name})"
    spread = say.words.spread(sd, decimals(sd))
    if kind in ("proper", "intrinsic"):
        yield (
            f"Given its neighbors, {article(district)} with one neighbor differs with a standard "
            f"deviation of {spread}, and with d neighbors of that over the square root of d."
        )
    else:
        yield f"The effects of {districts} have the scale {spread}."
    if rho in say.components.index:
        value = number(float(say.components["estimate"].loc[rho]), 2)
        yield (
            f"How much {districts} resemble their neighbors is measured by rho = {value}"
            f"{say.limits(rho)}, where 0 is not at all and 1 is most."
        )


def _is_zero(say: Phrases, sd: float) -> bool:
    return sd < 1e-6 * sqrt(level1_variance(say.fit))


def _zero(groups: str) -> str:
    return (
        f"The variance between {groups} that remains is estimated at zero, which these data cannot "
        "tell from a small one."
    )


def _share(say: Phrases, start: str) -> str:
    """Write the intraclass correlation, as a share and as a correlation."""
    words = say.words
    icc, ends = float(say.components["estimate"].loc["icc"]), say.ends("icc")
    places, limits = int(icc < 0.1), ""
    if ends is not None:
        low, high = number(100 * ends[0], places), percent(ends[1], places)
        limits = f" ({percent(say.fit.ci)} CI {low} to {high})"
    return (
        f"{start} {percent(icc, places)}{limits} lies between {words.groups}; equivalently, two "
        f"{words.people} of the same {words.group} correlate about {number(icc, 2)}."
    )


def _slope(say: Phrases, column: Column, unit: Unit) -> str:
    """Say how much a slope differs between groups."""
    words, sd, groups = say.words, say.sd(column.name, unit.name), say.words.kind(unit)[1]
    places = decimals(sd)
    start = (
        f"The slope of {name_of(column)} differs between {groups} with a standard deviation "
        f"of {words.spread(sd, places)}"
    )
    multiplied = any(
        len(product.factors) > 1 and set(column.factors) <= set(product.factors)
        for product in say.model.predictors
    )
    if column.name not in say.fit.fixef.index or multiplied:
        return f"{start}, beyond what the predictors say."
    mean = float(say.fit.fixef[column.name])
    low, high = (number(mean + sign * 1.96 * sd, places) for sign in (-1, 1))
    return f"{start}: in about 95 % of {groups} it is expected between {low} and {high}."


def _variance_function(say: Phrases, column: Column, unit: Unit) -> Iterator[str]:
    """Say where the groups differ least, or how much in each of two categories."""
    covariance, sd = say.covariance(column.name, unit.name), say.sd(column.name, unit.name)
    if covariance is None or sd == 0 or len(column.factors) > 1:
        return
    words, groups, (factor,) = say.words, say.words.kind(unit)[1], column.factors
    var_u0 = say.sd("Intercept", unit.name) ** 2
    if words.is_binary(factor):
        ones = var_u0 + 2 * covariance + sd**2
        places = decimals(min(var_u0, ones))
        yield (
            f"The variance between {groups} is {number(var_u0, places)} where "
            f"{words.at_zero(factor)} and {number(ones, places)} where {words.at_one(factor)}."
        )
    else:
        lowest = -covariance / sd**2
        yield (
            f"The variance between {groups} is smallest near {plain(factor)} = "
            f"{number(lowest, decimals(abs(lowest)))}."
        )


def _intercept(say: Phrases, unit: Unit, slopes: list[Column]) -> Iterator[str]:
    """Say how much groups differ where every slope's variable is zero."""
    words, sd, groups = say.words, say.sd("Intercept", unit.name), say.words.kind(unit)[1]
    places = decimals(sd)
    if _is_zero(say, sd):
        yield _zero(groups)
    elif slopes:
        where = " and ".join(words.at_zero(f) for c in slopes for f in c.factors)
        yield (
            f"Where {where}, {groups} differ with a standard deviation of "
            f"{words.spread(sd, places)}."
        )
    elif not say.model.two_level:
        yield from _spread(say, unit, "given the predictors, ")
    else:
        yield (
            f"Given the predictors, {words.groups} differ with a standard deviation of "
            f"{words.spread(sd, places)}: about 95 % of them lie within "
            f"±{words.amount(1.96 * sd, places)} of what the predictors say."
        )
        yield _share(say, "Of the variance that the predictors leave, about")
