"""Programs for the package nlme of R."""

from __future__ import annotations

from collections.abc import Iterator

from mlmbook.write.code.columns import Prepared, frame, prepare
from mlmbook.write.code.crossed import divide
from mlmbook.write.code.r import combination, effects, fixed, membership, position, program
from mlmbook.write.code.refusal import CannotSayError, need_plain_units
from mlmbook.write.model import Block, Model
from mlmbook.write.units import Unit

EVERYTHING = "everything"
HELD = (
    "where sigma is held, REML by lme (of nlme 3.1-162) is not the restricted likelihood; fitted "
    "with reml=False it can be written"
)


def nlme(model: Model) -> str:
    """Write a program for ``nlme::lme``, or ``nlme::gls`` without random effects."""
    need_plain_units(model, shared=True)
    if model.level1.known and model.fit.reml:
        raise CannotSayError(f"{model.level1.words} by REML", HELD)
    made = prepare(model)
    crossed, chain = divide(model, lambda unit: _movable(model, unit))
    path = [*([EVERYTHING] if crossed else []), *(made.group(unit) for unit in reversed(chain))]
    options = [f"random = {_random(model, made, crossed, chain)}"] if model.blocks else []
    options += _correlation(model, made, path)
    options += _weights(model, made)
    options += ["control = lmeControl(sigma = 1)"] if model.level1.known else []
    method = "REML" if model.fit.reml else "ML"
    call = "lme" if model.blocks else "gls"
    indent = " " * len(f"fit <- {call}(")
    return program(
        model,
        "nlme",
        f"fit <- {call}({fixed(model, offset=False)},",
        *(f"{indent}{option}," for option in options),
        f'{indent}data = {frame(model)}, method = "{method}")',
        more=_more(model, made, bool(crossed)),
        notes=[*_notes(model, bool(crossed))],
    )


def _notes(model: Model, crossed: bool) -> Iterator[str]:
    if crossed:
        yield "one group of all rows carries the crossed effects; slow where they are many"
    if model.level1.known:
        yield "standard errors here, with sigma as it is held: summary(fit, adjustSigma = FALSE)"


def _movable(model: Model, unit: Unit) -> bool:
    """Whether no random effects of a factor correlate."""
    return all(len(block.columns) == 1 for block in model.blocks_of(unit))


def _random(model: Model, made: Prepared, crossed: list[Unit], chain: list[Unit]) -> str:
    levels = []
    if crossed:
        blocks = [(unit, block) for unit in crossed for block in model.blocks_of(unit)]
        parts = [f"pdIdent(~ 0 + {_indicators(model, made, u, b)})" for u, b in blocks]
        whole = parts[0] if len(parts) == 1 else f"pdBlocked(list({', '.join(parts)}))"
        levels.append(f"{EVERYTHING} = {whole}")
    own = [unit for unit in reversed(chain) if model.blocks_of(unit)]
    if not crossed and len(own) == 1 and len(model.blocks_of(own[0])) == 1:
        return f"~ {effects(model, model.blocks[0])} | {made.group(own[0])}"
    levels += [f"{made.group(unit)} = {_matrix(model, unit)}" for unit in own]
    return f"list({', '.join(levels)})"


def _indicators(model: Model, made: Prepared, unit: Unit, block: Block) -> str:
    """Write the interaction of a factor with the variable whose slope differs."""
    slopes = effects(model, block).removeprefix("0 + ") if block.slopes else ""
    return f"{made.group(unit)}{f':{slopes}' if slopes else ''}"


def _matrix(model: Model, unit: Unit) -> str:
    """Write which random effects of a factor correlate."""
    blocks = model.blocks_of(unit)
    if len(blocks) == 1:
        return f"~ {effects(model, blocks[0])}"
    if all(len(block.columns) == 1 for block in blocks):
        together = Block(unit.name, tuple(c for block in blocks for c in block.columns))
        return f"pdDiag(~ {effects(model, together)})"
    return f"pdBlocked(list({', '.join(f'pdSymm(~ {effects(model, b)})' for b in blocks)}))"


def _correlation(model: Model, made: Prepared, path: list[str]) -> Iterator[str]:
    level1 = model.level1
    if level1.group is None:
        return
    groups = "/".join(path)
    if level1.exchangeable:
        yield f"correlation = corCompSymm(form = ~ 1 | {groups})"
    elif level1.steps is None:
        yield f"correlation = corSymm(form = ~ {made.position} | {groups})"
    elif level1.steps.even:
        time = level1.steps.time if level1.steps.counted else made.position
        yield f"correlation = corAR1(form = ~ {time} | {groups})"
    elif level1.nugget:
        yield f"correlation = corExp(form = ~ {level1.steps.time} | {groups}, nugget = TRUE)"
    else:
        yield f"correlation = corCAR1(form = ~ {level1.steps.time} | {groups})"


def _weights(model: Model, made: Prepared) -> Iterator[str]:
    level1 = model.level1
    parts = [f"varFixed(~ {made.weight})"] if level1.weights else []
    parts += [f"varFixed(~ {level1.known})"] if level1.known else []
    parts += [f"varIdent(form = ~ 1 | {' * '.join(factors)})" for factors in level1.strata]
    for name in level1.powers:
        parts.append("varPower()" if name is None else f"varPower(form = ~ {name})")
    parts += [f"varIdent(form = ~ 1 | {level1.occasion})"] if level1.occasion else []
    if parts:
        whole = parts[0] if len(parts) == 1 else f"varComb({', '.join(parts)})"
        yield f"weights = {whole}"


def _more(model: Model, made: Prepared, crossed: bool) -> Iterator[str]:
    """Write the lines that make columns for groups, weights and times."""
    data, level1 = frame(model), model.level1
    for unit in model.units:
        if unit.shared is not None:
            yield from membership(model, unit, made.group(unit))
        elif len(unit.columns) > 1:
            yield combination(model, unit, made.group(unit))
    if crossed:
        yield f"{data}${EVERYTHING} <- factor(1)"
    if level1.weights:
        yield f"{data}${made.weight} <- 1 / {data}${level1.weights}"
    if level1.occasion or (level1.steps and level1.steps.even and not level1.steps.counted):
        yield position(model, made.position)
