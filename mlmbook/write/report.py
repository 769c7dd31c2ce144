"""A fit in sentences: with units, levels and intervals, and no more than it can say."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.write.fixed_part import HEDGE, fixed_part
from mlmbook.write.intervals import how_made
from mlmbook.write.level1_part import level1_part
from mlmbook.write.model import Model
from mlmbook.write.phrases import Phrases, name_of
from mlmbook.write.random_part import null_model, random_part
from mlmbook.write.units import Unit
from mlmbook.write.words import article, listed, sentence

if TYPE_CHECKING:
    from mlmbook.result import Fit

WIDTH = 72
WORDS = {2: "two-level", 3: "three-level", 4: "four-level"}
FEW_GROUPS = 50  # up to here standard errors of level 2 come out too small (Maas & Hox, 2005)


def report(fit: Fit) -> str:
    """Describe a model in sentences that can start a results section.

    Parameters
    ----------
    fit : Fit
        Labels and units come from ``data.attrs``; see :func:`mlmbook.load`.

    Returns
    -------
    str
        A paragraph of results and a paragraph of methods, in lines of 72 characters. Associations
        are called associations, a slope that mixes differences within and between groups is
        said to mix them, and what was wrong with the fit is said too. Intervals and *t* of the
        fixed effects are those of :meth:`mlmbook.Fit.summary`, intervals of variance components
        those of :meth:`mlmbook.Fit.confint`; the paragraph of methods says how both are made.
    """
    say = Phrases(Model.of(fit))
    if say.model.predictors or say.slopes:
        results = [*fixed_part(say), *random_part(say), *level1_part(say), HEDGE]
    else:
        results = [*null_model(say), *level1_part(say)]
    return "\n\n".join(map(_fill, (results, [*_methods(say)])))


def _fill(sentences: list[str]) -> str:
    """Break lines, but not between a number and its percent sign."""
    held = " ".join(sentences).replace(" %", "\0%").replace("% CI", "%\0CI")
    held = re.sub(r"(t\([\d.,]+\)|\bz) = ", "\\1\0=\0", held)
    lines = textwrap.fill(held, WIDTH, break_on_hyphens=False, break_long_words=False)
    return lines.replace("\0", " ")


def _methods(say: Phrases) -> Iterator[str]:
    """Say what was analyzed, how, and what was wrong."""
    from mlmbook import __version__

    fit = say.fit
    estimator = "restricted maximum likelihood" if fit.reml else "maximum likelihood"
    yield (
        f"{_counts(say)} were analyzed with {_kind(say)}, fitted by {estimator} "
        f"(mlmbook {__version__})."
    )
    if say.model.offset is not None:
        name = "the numbers given" if say.model.offset.startswith("(") else say.model.offset
        yield f"The offset is {name}: its coefficient is held at 1."
    fewest = min(unit.ngroups for unit in say.model.units)
    if say.method == "satterthwaite":
        yield (
            "Intervals and tests of coefficients use t distributions with Satterthwaite's degrees "
            "of freedom."
        )
    elif say.method == "wald":
        groups = say.words.kind(min(say.model.units, key=lambda unit: unit.ngroups))[1]
        yield "Intervals are Wald intervals, from the normal distribution" + (
            f": with {fewest} {groups} they are somewhat too narrow."
            if fewest <= FEW_GROUPS
            else "."
        )
    yield from how_made(say.with_limits)
    for message in fit.messages:
        yield sentence(message)


def _counts(say: Phrases) -> str:
    """Say how many units there are at each level."""
    words, units = say.words, say.model.units
    counts = [f"{unit.ngroups:,} {words.kind(unit)[1]}" for unit in units]
    start = f"{say.fit.nobs:,} {words.people} in"
    if not say.model.nested:
        each = ", ".join(_sizes(say, unit) for unit in units)
        return f"{start} {listed(counts)}{_together(say)} ({each})"
    return f"{start} {' in '.join(counts)} ({_sizes(say, units[0])})"


def _together(say: Phrases) -> str:
    return ", which cross" if len(say.model.units) > 1 else ""


def _sizes(say: Phrases, unit: Unit) -> str:
    grouping = next((g for g in say.fit.design.groupings if g.name == unit.name), None)
    words, sizes = say.words, np.bincount(unit.codes) if grouping is None else grouping.sizes
    group = words.kind(unit)[0]
    if sizes.max() == 1:
        return f"one in each {group}"
    if sizes.min() == sizes.max():
        return f"{sizes[0]} {words.people} in each {group}"
    spread = f"{sizes.min()} to {sizes.max()} {words.people} {article(group)}"
    return f"{spread}, median {np.median(sizes):g}"


def _kind(say: Phrases) -> str:
    """Name the model, e.g. ``a two-level linear model with a random intercept for schools``."""
    model = say.model
    levels = WORDS.get(len(model.units) + 1, f"{len(model.units) + 1}-level")
    crossed = "a cross-classified linear model" if len(model.units) > 1 else "a linear model"
    name = f"a {levels} linear model" if model.nested else crossed
    if not model.blocks:
        name = "a linear model"
    parts = [_random_effects(say, unit) for unit in model.units[::-1] if model.blocks_of(unit)]
    parts += _level1(say)
    return f"{name} with {listed(parts)}" if parts else name


def _level1(say: Phrases) -> Iterator[str]:
    """Name the level-1 structure."""
    level1, words = say.model.level1, say.words
    for factors in level1.strata:
        yield f"residual variances by {listed(factors)}"
    for name in level1.powers:
        yield f"a residual variance that is a power of {name or 'the fitted value'}"
    if level1.weights:
        yield "precision weights"
    if level1.known:
        yield "known residual variances"
    if level1.group is not None:
        kind = "exchangeable" if level1.exchangeable else "freely correlated"
        if level1.steps is not None:
            kind = "autoregressive" if level1.steps.even else "continuous-time autoregressive"
        yield f"{kind} residuals within {words.kind(say.model.unit(level1.group))[1]}"


def _a(noun: str) -> str:
    return noun if noun.startswith("Leroux") else article(noun)


def _special(unit: Unit) -> str:
    """Say what is special about groups."""
    if unit.shared is not None:
        return ", of several of which a row may be a member"
    kinds = {
        "proper": "proper conditional autoregression",
        "intrinsic": "intrinsic conditional autoregression",
        "leroux": "Leroux's conditional autoregression",
        "sar": "simultaneous autoregression",
    }
    return "" if unit.spatial is None else f" that follow {_a(kinds[unit.spatial.kind])}"


def _random_effects(say: Phrases, unit: Unit) -> str:
    """Name the random part, e.g. ``correlated random intercept and slope of ses for schools``."""
    blocks, groups = say.model.blocks_of(unit), say.words.kind(unit)[1] + _special(unit)
    slopes = [column for block in blocks for column in block.slopes]
    if not slopes:
        return f"a random intercept for {groups}"
    effects = ["intercept"] if any(block.intercept for block in blocks) else []
    effects += [f"slope of {name_of(column)}" for column in slopes]
    together = any(len(block.columns) > 1 for block in blocks)
    kind = "" if len(effects) == 1 else "correlated " if together else "uncorrelated "
    return f"{kind}random {' and '.join(effects)} for {groups}"
