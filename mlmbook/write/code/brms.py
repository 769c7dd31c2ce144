"""Programs for the package brms of R."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlmbook.errors import FormulaError
from mlmbook.write.code.columns import Prepared, frame, prepare
from mlmbook.write.code.members import standardized
from mlmbook.write.code.r import combination, effects, fixed, position, program
from mlmbook.write.code.refusal import CannotSayError
from mlmbook.write.model import Block, Model
from mlmbook.write.units import Unit

BAYES = (
    "Bayesian, with the default priors of brms: the estimates are means of posterior",
    "distributions, near those by likelihood when there are many groups.",
)


def brms(model: Model) -> str:
    """Write a program for ``brms::brm``: the same model, by Bayesian simulation."""
    _check_names(model)
    level1, made = model.level1, prepare(model)
    if level1.of_fitted or level1.nugget:
        raise CannotSayError(level1.words)
    formula = fixed(model) + (f" + offset({model.offset})" if model.offset else "") + _random(model)
    if level1.known:
        formula = formula.replace(" ~ ", f" | se(sqrt({level1.known})) ~ ", 1)
    notes = list(BAYES)
    if level1.correlation is not None:
        formula += f" + {_correlation(model, made)}"
    if level1.steps is not None:
        notes.append("sigma is the SD of the innovations: that of the residuals, times")
        notes.append("sqrt(1 - ar^2).")
    if level1.occasion is not None:
        notes.append("unstr() needs brms 2.19 or later.")
    if level1.exchangeable:
        notes.append("brms keeps the correlation within groups between 0 and 1.")
    scale = list(_scale(model))
    if scale:
        indent = " " * len("fit <- brm(bf(")
        lines = [f"fit <- brm(bf({formula},", f"{indent}sigma ~ {' + '.join(scale)}),"]
    else:
        lines = [f"fit <- brm({formula},"]
    return program(
        model,
        "brms",
        *lines,
        f"           data = {frame(model)}, {_data2(model)}family = gaussian(), seed = 1)",
        more=_more(model, made),
        notes=notes,
    )


def _random(model: Model) -> str:
    terms = []
    for block in model.blocks:
        unit = model.unit(block.group)
        if unit.spatial is not None:
            terms.append(_car(model, unit, block))
        elif unit.shared is not None:
            terms.append(f"({effects(model, block)} | {_members(model, unit)})")
        else:
            terms.append(f"({effects(model, block)} | {block.group})")
    return "".join(f" + {term}" for term in terms)


def _members(model: Model, unit: Unit) -> str:
    """Write ``mm()``; its weights are divided by their sums unless told not to."""
    term = unit.shared
    if term is None or term.weights is None:
        return f"mm({', '.join(unit.columns)})"
    scale = "" if standardized(model, unit) else ", scale = FALSE"
    weights = f"cbind({', '.join(term.weights)})"
    return f"mm({', '.join(term.members)}, weights = {weights}{scale})"


def _car(model: Model, unit: Unit, block: Block) -> str:
    """Write ``car()``: it has a proper and an intrinsic kind, for maps without islands."""
    kinds = {"proper": "escar", "intrinsic": "icar"}
    kind = kinds.get(unit.spatial.kind if unit.spatial else "")
    grouping = next(g for g in model.fit.design.groupings if g.name == unit.name)
    degree = np.bincount(grouping.pairs.ravel(), minlength=grouping.ngroups)
    if kind is None or block.slopes or len(model.blocks_of(unit)) > 1:
        raise CannotSayError(unit.name)
    if not degree.all():
        raise CannotSayError(f"{unit.name} with islands")
    return f'car(W, gr = {unit.columns[0]}, type = "{kind}")'


def _map(model: Model) -> Iterator[str]:
    """Write the lines that make the matrix of neighbors."""
    for grouping in model.fit.design.groupings:
        if grouping.spatial is not None:
            labels = [str(label) for label in grouping.labels]
            pairs = [f'"{labels[a]}", "{labels[b]}"' for a, b in grouping.pairs]
            quoted = ", ".join(f'"{label}"' for label in labels)
            yield f"districts <- c({quoted})"
            yield f"neighbors <- matrix(c({', '.join(pairs)}), ncol = 2, byrow = TRUE)"
            size = len(labels)
            yield f"W <- matrix(0, {size}, {size}, dimnames = list(districts, districts))"
            yield "W[neighbors] <- 1"
            yield "W[neighbors[, 2:1]] <- 1"


def _check_names(model: Model) -> None:
    for name in model.variables:
        if name.endswith("_") or "__" in name:
            raise FormulaError(
                f"brms takes no names with two underscores in a row or one at the end; rename "
                f"{name!r}"
            )


def _scale(model: Model) -> Iterator[str]:
    """Write the logarithm of the residual standard deviation."""
    level1 = model.level1
    strata = [(level1.occasion,)] if level1.occasion else []
    for factors in [*strata, *level1.strata]:
        yield " * ".join(f"factor({name})" for name in factors)
    for name in level1.powers:
        yield f"log(abs({name}))"
    if level1.weights:
        yield f"offset(-log({level1.weights}) / 2)"


def _correlation(model: Model, made: Prepared) -> str:
    level1 = model.level1
    group = made.group(model.unit(str(level1.group)))
    if level1.exchangeable:
        return f"cosy(gr = {group})"
    if level1.steps is None:
        return f"unstr(time = {made.position}, gr = {group})"
    if not (level1.steps.even and level1.steps.complete):
        raise CannotSayError(f"{level1.words} with gaps in time")
    return f"ar(time = {level1.steps.time}, gr = {group}, p = 1, cov = TRUE)"


def _data2(model: Model) -> str:
    return "data2 = list(W = W), " if any(unit.spatial for unit in model.units) else ""


def _more(model: Model, made: Prepared) -> Iterator[str]:
    level1 = model.level1
    yield from _map(model)
    if level1.group is not None:
        unit = model.unit(level1.group)
        if len(unit.columns) > 1:
            yield combination(model, unit, made.group(unit))
    if level1.occasion:
        yield position(model, made.position)
