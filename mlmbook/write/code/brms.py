"""Programs for the package brms of R."""

from __future__ import annotations

from collections.abc import Iterator

from mlmbook.errors import FormulaError
from mlmbook.write.code.columns import Prepared, frame, prepare
from mlmbook.write.code.r import fixed, position, program, random
from mlmbook.write.code.refusal import CannotSayError
from mlmbook.write.model import Model

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
    formula = fixed(model) + (f" + offset({model.offset})" if model.offset else "") + random(model)
    notes = list(BAYES)
    if level1.correlation is not None:
        formula += f" + {_correlation(model, made)}"
    if level1.steps is not None:
        notes.append("sigma is the SD of the innovations: that of the residuals, times")
        notes.append("sqrt(1 - ar^2).")
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
        f"           data = {frame(model)}, family = gaussian(), seed = 1)",
        more=_more(model, made),
        notes=notes,
    )


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
    group = _group(model, made)
    if level1.exchangeable:
        return f"cosy(gr = {group})"
    if level1.steps is None:
        return f"unstr(time = {made.position}, gr = {group})"
    if not (level1.steps.even and level1.steps.complete):
        raise CannotSayError(f"{level1.words} with gaps in time")
    return f"ar(time = {level1.steps.time}, gr = {group}, p = 1, cov = TRUE)"


def _group(model: Model, made: Prepared) -> str:
    unit = model.unit(str(model.level1.group))
    return unit.name if len(unit.columns) == 1 else made.units[unit.name]


def _more(model: Model, made: Prepared) -> Iterator[str]:
    data, level1 = frame(model), model.level1
    if level1.group is not None:
        unit = model.unit(level1.group)
        if len(unit.columns) > 1:
            columns = ", ".join(f"{data}${name}" for name in unit.columns)
            yield f"{data}${made.units[unit.name]} <- interaction({columns}, drop = TRUE)"
    if level1.occasion:
        yield position(model, made.position)
