"""A fit in sentences: with units, levels and intervals, and no more than it can say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.write.fixed_part import HEDGE, fixed_part
from mlmbook.write.model import Model
from mlmbook.write.phrases import Phrases, name_of
from mlmbook.write.random_part import null_model, random_part
from mlmbook.write.words import sentence

if TYPE_CHECKING:
    from mlmbook.result import Fit

WIDTH = 72
FEW_GROUPS = 50  # up to here standard errors of level 2 come out too small (Maas & Hox, 2005)


def report(fit: Fit) -> str:
    """Describe a two-level model in sentences that can start a results section.

    Parameters
    ----------
    fit : Fit
        A two-level model. Labels and units come from ``data.attrs``; see :func:`mlmbook.load`.

    Returns
    -------
    str
        A paragraph of results and a paragraph of methods, in lines of 72 characters. Associations
        are called associations, a slope that mixes differences within and between groups is
        said to mix them, and what was wrong with the fit is said too.

    Raises
    ------
    FormulaError
        The model is not a two-level model.
    """
    say = Phrases(Model.of(fit))
    if say.model.predictors or say.slopes:
        results = [*fixed_part(say), *random_part(say), HEDGE]
    else:
        results = [*null_model(say)]
    return "\n\n".join(map(_fill, (results, [*_methods(say)])))


def _fill(sentences: list[str]) -> str:
    """Break lines, but not between a number and its percent sign."""
    held = " ".join(sentences).replace(" %", "\0%").replace("% CI", "%\0CI")
    lines = textwrap.fill(held, WIDTH, break_on_hyphens=False, break_long_words=False)
    return lines.replace("\0", " ")


def _methods(say: Phrases) -> Iterator[str]:
    """Say what was analyzed, how, and what was wrong."""
    from mlmbook import __version__

    fit, words = say.fit, say.words
    sizes = np.bincount(fit.design.groupings[0].codes)
    each = (
        f"{sizes[0]} {words.people} in each {words.group}"
        if sizes.min() == sizes.max()
        else f"{sizes.min()} to {sizes.max()} {words.people} a {words.group}, "
        f"median {np.median(sizes):g}"
    )
    estimator = "restricted maximum likelihood" if fit.reml else "maximum likelihood"
    yield (
        f"{fit.nobs:,} {words.people} in {len(sizes):,} {words.groups} ({each}) were analyzed with "
        f"a two-level linear model with {_random_effects(say)}, fitted by {estimator} "
        f"(mlmbook {__version__})."
    )
    if fit.summary().attrs["df"] == "satterthwaite":
        yield (
            "Intervals and tests of coefficients use t distributions with Satterthwaite's degrees "
            "of freedom."
        )
    else:
        yield "Intervals are Wald intervals, from the normal distribution" + (
            f": with {len(sizes)} {words.groups} they are somewhat too narrow."
            if len(sizes) <= FEW_GROUPS
            else "."
        )
    for message in fit.messages:
        yield sentence(message)


def _random_effects(say: Phrases) -> str:
    """Name the random part, e.g. ``correlated random intercept and slope of ses for schools``."""
    if not say.slopes:
        return f"a random intercept for {say.words.groups}"
    intercept = any(block.intercept for block in say.model.blocks)
    effects = ["intercept"] if intercept else []
    effects += [f"slope of {name_of(column)}" for column in say.slopes.values()]
    together = any(len(block.columns) > 1 for block in say.model.blocks)
    kind = "" if len(effects) == 1 else "correlated " if together else "uncorrelated "
    return f"{kind}random {' and '.join(effects)} for {say.words.groups}"
