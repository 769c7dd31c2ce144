"""Sentences about the random part: how much groups differ, and in what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlmbook.write.model import Column
from mlmbook.write.numbers import decimals, number, percent
from mlmbook.write.phrases import Phrases, name_of
from mlmbook.write.words import plain


def null_model(say: Phrases) -> Iterator[str]:
    """Say where the variation lives, in a model without predictors."""
    words, sd = say.words, say.sd("Intercept")
    yield _share(say, f"Of the total variance in {words.outcome}, about")
    if say.model.intercept:
        places = decimals(sd)
        spread = (
            f"; the {words.groups}' own means have an estimated standard deviation of "
            f"{words.spread(sd, places)}, so about 95 % of them lie within "
            f"±{words.amount(1.96 * sd, places)} of it"
        )
        mean = say.amount({"Intercept": 1.0})
        yield f"In the average {words.group} the mean is {mean}{spread if sd > 0 else ''}."


def random_part(say: Phrases) -> Iterator[str]:
    """Say how slopes and intercepts differ between groups, given the predictors."""
    for column in say.slopes.values():
        yield _slope(say, column)
        yield from _variance_function(say, column)
    if any(block.intercept for block in say.model.blocks):
        yield from _intercept(say)


def _share(say: Phrases, start: str) -> str:
    """Write the intraclass correlation, as a share and as a correlation."""
    words = say.words
    icc, low, high = map(float, say.fit.confint().loc["icc"].to_numpy(dtype=float))
    places = int(icc < 0.1)
    limits = (
        f" ({percent(say.fit.ci)} CI {number(100 * low, places)} to {percent(high, places)})"
        if np.isfinite(low)
        else ""
    )
    return (
        f"{start} {percent(icc, places)}{limits} lies between {words.groups}; equivalently, two "
        f"{words.people} of the same {words.group} correlate about {number(icc, 2)}."
    )


def _slope(say: Phrases, column: Column) -> str:
    """Say how much a slope differs between groups."""
    words, sd = say.words, say.sd(column.name)
    places = decimals(sd)
    start = (
        f"The slope of {name_of(column)} differs between {words.groups} with a standard deviation "
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
    return f"{start}: in about 95 % of {words.groups} it is expected between {low} and {high}."


def _variance_function(say: Phrases, column: Column) -> Iterator[str]:
    """Say where the groups differ least, or how much in each of two categories."""
    covariance, sd = say.covariance(column.name), say.sd(column.name)
    if covariance is None or sd == 0 or len(column.factors) > 1:
        return
    words, (factor,), var_u0 = say.words, column.factors, say.sd("Intercept") ** 2
    if words.is_binary(factor):
        ones = var_u0 + 2 * covariance + sd**2
        places = decimals(min(var_u0, ones))
        yield (
            f"The variance between {words.groups} is {number(var_u0, places)} where "
            f"{words.at_zero(factor)} and {number(ones, places)} where {words.at_one(factor)}."
        )
    else:
        lowest = -covariance / sd**2
        yield (
            f"The variance between {words.groups} is smallest near {plain(factor)} = "
            f"{number(lowest, decimals(abs(lowest)))}."
        )


def _intercept(say: Phrases) -> Iterator[str]:
    """Say how much groups differ where every slope's variable is zero."""
    words, sd = say.words, say.sd("Intercept")
    places = decimals(sd)
    if sd < 1e-6 * say.fit.sigma:
        yield (
            f"The variance between {words.groups} that remains is estimated at zero, which these "
            "data cannot tell from a small one."
        )
    elif say.slopes:
        where = " and ".join(words.at_zero(f) for c in say.slopes.values() for f in c.factors)
        yield (
            f"Where {where}, {words.groups} differ with a standard deviation of "
            f"{words.spread(sd, places)}."
        )
    else:
        yield (
            f"Given the predictors, {words.groups} differ with a standard deviation of "
            f"{words.spread(sd, places)}: about 95 % of them lie within "
            f"±{words.amount(1.96 * sd, places)} of what the predictors say."
        )
        yield _share(say, "Of the variance that the predictors leave, about")
