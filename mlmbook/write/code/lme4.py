"""Programs for the package lme4 of R."""

from __future__ import annotations

from mlmbook.write.code.columns import frame
from mlmbook.write.code.r import fixed, program, random, reml
from mlmbook.write.code.refusal import need_blocks, need_plain_level1, need_plain_units
from mlmbook.write.model import Model


def lme4(model: Model) -> str:
    """Write a program for ``lme4::lmer``."""
    need_plain_units(model)
    need_plain_level1(model, weights=True)
    need_blocks(model)
    options = [f"data = {frame(model)}", f"REML = {reml(model)}"]
    options += [f"weights = {model.level1.weights}"] if model.level1.weights else []
    options += [f"offset = {model.offset}"] if model.offset else []
    return program(
        model,
        "lme4",
        f"fit <- lmer({fixed(model)}{random(model)},",
        f"            {', '.join(options)})",
    )
