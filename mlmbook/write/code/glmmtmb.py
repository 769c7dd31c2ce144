"""Programs for the package glmmTMB of R."""

from __future__ import annotations

from collections.abc import Iterator

from mlmbook.write.code.columns import Prepared, frame, prepare
from mlmbook.write.code.r import fixed, program, random, reml
from mlmbook.write.code.refusal import (
    EXCHANGEABLE,
    CannotSayError,
    need_blocks,
    need_plain_units,
)
from mlmbook.write.model import Model


def glmmtmb(model: Model) -> str:
    """Write a program for ``glmmTMB::glmmTMB``.

    Its weights multiply log-likelihoods, so precision weights cannot be said.
    """
    need_plain_units(model)
    level1, made = model.level1, prepare(model)
    if level1.exchangeable:
        raise CannotSayError(level1.words, EXCHANGEABLE.format(group=level1.group))
    both = level1.correlation is not None and level1.modeled
    if level1.weights or level1.of_fitted or level1.known or both:
        raise CannotSayError(level1.words)
    options = [f"data = {frame(model)}", f"REML = {reml(model)}"]
    options += [f"offset = {model.offset}"] if model.offset else []
    notes = []
    if level1.nugget:
        notes.append("the last term is the residual without its nugget, which is sigma^2")
    elif level1.correlation is not None:
        options.append("dispformula = ~ 0")
        notes.append("the last term is the residual, and dispformula = ~ 0 leaves no other one")
    else:
        need_blocks(model)
    if level1.modeled:
        parts = [" * ".join(f"factor({name})" for name in names) for names in level1.strata]
        parts += [f"log(abs({name}))" for name in level1.powers]
        options.append(f"dispformula = ~ {' + '.join(parts)}")
    return program(
        model,
        "glmmTMB",
        f"fit <- glmmTMB({fixed(model)}{random(model)}{_residual(model, made)},",
        f"               {', '.join(options)})",
        more=_more(model, made),
        notes=notes,
    )


def _residual(model: Model, made: Prepared) -> str:
    """Write the residuals as random effects that take their place."""
    level1 = model.level1
    if level1.correlation is None:
        return ""
    kind = "us" if level1.steps is None else "ar1" if level1.steps.even else "ou"
    return f" + {kind}(0 + {made.position} | {level1.group})"


def _more(model: Model, made: Prepared) -> Iterator[str]:
    data, steps = frame(model), model.level1.steps
    new = f"{data}${made.position} <-"
    if model.level1.occasion:
        yield f"{new} factor({data}${model.level1.occasion})"
    if steps is not None and steps.even:
        shift = f"round(({data}${steps.time} - {steps.first:.15g}) / {steps.step:.15g})"
        yield f"{new} factor({shift}, levels = 0:{steps.last})"
    elif steps is not None:
        yield f"{new} numFactor({data}${steps.time})"
