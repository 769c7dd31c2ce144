"""Sentences about level 1: how much rows of a group differ, and how alike they are."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from mlmbook.write.level1 import labels_of
from mlmbook.write.numbers import correlation, decimals, number, percent
from mlmbook.write.phrases import Phrases
from mlmbook.write.words import article, listed

MANY = 6  # variances up to which each is told


def level1_part(say: Phrases) -> Iterator[str]:
    """Yield what the level-1 structure says."""
    level1 = say.model.level1
    if level1.occasion is not None:
        yield from _occasions(say, level1.occasion)
        return
    if level1.varies:
        yield from _variances(say)
    if level1.correlation is not None:
        yield _correlation(say)


def _variances(say: Phrases) -> Iterator[str]:
    words, level1 = say.words, say.model.level1
    if level1.known:
        sd = np.sqrt(say.fit.design.data[level1.known].to_numpy(dtype=float))
        low, high = (
            words.spread(float(end), decimals(float(sd.min()))) for end in (sd.min(), sd.max())
        )
        yield f"The known residual standard deviations are {low} to {high}."
        return
    table = say.fit.varcorr
    own = table[(table["group"] == "Residual") & (table["term2"] == "")]
    at = [f"{name or 'the fitted value'} is 1" for name in level1.powers]
    at += ["the weight is 1"] if level1.weights else []
    where = f", where {listed(at)}," if at else ""
    if level1.strata:
        rows = list(zip(own["term"], own["sd"], strict=True))
        if len(rows) > MANY:
            low, high = (words.spread(f(own["sd"]), decimals(min(own["sd"]))) for f in (min, max))
            told = f"lies between {low} and {high} in {len(rows)} strata"
        else:
            told = "is " + listed([_stratum(say, str(term), float(sd)) for term, sd in rows])
        yield f"The residual standard deviation{where} {told}."
    else:
        sd = say.fit.sigma
        limits = say.limits("var(Residual)", sqrt)
        spread = words.spread(sd, decimals(sd))
        yield f"The residual standard deviation{where} is {spread}{limits}."
    for name in level1.powers:
        key = "power of fitted" if name is None else f"power {name}"
        power = float(say.components["estimate"].loc[key])
        what = (
            "the size of the fitted value" if name is None else f"the size of {words.label(name)}"
        )
        yield (f"It is proportional to {what} to the power of {number(power, 2)}{say.limits(key)}.")
    if level1.weights:
        name = "" if level1.weights.startswith("(") else f", {level1.weights}"
        yield f"The variance of a row is divided by its weight{name}."


def _stratum(say: Phrases, term: str, sd: float) -> str:
    parts = (part.partition("[") for part in term.split(":"))
    where = listed([_value(say, name, label[:-1]) for name, _, label in parts])
    limits = say.limits(f"var({term} | Residual)", sqrt)
    return f"{say.words.spread(sd, decimals(sd))}{limits} where {where}"


def _value(say: Phrases, name: str, value: str) -> str:
    """Write ``girl = 1``, or ``sex is girl``."""
    return f"{name} = {value}" if value.isdigit() else f"{say.words.label(name)} is {value}"


def _correlation(say: Phrases) -> str:
    """Say how alike the residuals of a group are."""
    level1, table = say.model.level1, say.components
    unit = say.model.unit(str(level1.group))
    group = say.words.kind(unit)[0]
    names = [name for name in table.index if name.startswith("cor(") and "| Residual)" in name]
    value = correlation(float(table["estimate"].loc[names[0]]))
    limits = say.limits(names[0])
    if level1.steps is None:
        return f"Any two residuals of the same {group} correlate {value}{limits}."
    steps = level1.steps
    span = f"{steps.step:g}" if steps.even else "1"
    apart = f"{span} apart in {say.words.label(steps.time)}"
    if level1.nugget:
        share = percent(float(table["estimate"].loc["nugget"]))
        limits_of_share = say.limits("nugget", lambda share: 100 * share)
        return (
            f"Of the variance of the residuals, {share}{limits_of_share} is noise without "
            f"memory; the rest correlates {value}{limits} within {article(group)} at times "
            f"{apart}, and the less, the farther apart they are."
        )
    return (
        f"Residuals of the same {group} that are {apart} correlate {value}{limits}, and the less, "
        "the farther apart they are."
    )


def _occasions(say: Phrases, occasion: str) -> Iterator[str]:
    """Say how variances and correlations of the occasions differ."""
    table, labels = say.fit.varcorr, labels_of(say.fit)
    rows = table[table["group"] == "Residual"]
    sds = rows.loc[rows["term2"] == "", "sd"].to_numpy(dtype=float)
    cors = rows.loc[rows["term2"] != "", "sd"].to_numpy(dtype=float)
    places = decimals(float(sds.min()))
    group = say.words.kind(say.model.unit(str(say.model.level1.group)))[0]
    what = say.words.label(occasion)
    if len(sds) <= MANY:
        spread = listed([number(sd, places) for sd in sds])
        names = listed([str(label) for label in labels])
        yield f"The residual standard deviations are {spread}, where {what} is {names}."
    else:
        low, high = (number(f(sds), places) for f in (np.min, np.max))
        yield f"The residual standard deviation is {low} to {high} at {len(sds)} values of {what}."
    if len(cors) == 1:
        limits = say.limits(f"cor({rows['term'].iloc[0]}, {rows['term'].iloc[1]} | Residual)")
        yield f"The two residuals of the same {group} correlate {correlation(cors[0])}{limits}."
    else:
        low, high = (correlation(float(f(cors))) for f in (np.min, np.max))
        yield f"Those of the same {group} correlate between {low} and {high}."
