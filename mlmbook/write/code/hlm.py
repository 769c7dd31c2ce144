"""Files for HLM's two- and three-level programs, written by a short Python script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from mlmbook.write.code.columns import frame, prepare, source, variable_of
from mlmbook.write.code.expression import Dialect
from mlmbook.write.code.hlm_script import Files, script
from mlmbook.write.code.refusal import (
    CannotSayError,
    need_blocks,
    need_chain,
    need_plain_level1,
    need_plain_units,
)
from mlmbook.write.model import Column, Factor, Model, unique

LONGEST = 8  # characters in a name
Part = tuple[Factor, ...]
RESERVED = ("ID", "ID2", "ID3", "INTRCPT1", "INTRCPT2", "INTRCPT3", "RANDOM")
PANDAS = Dialect(
    name="HLM",
    power="**",
    functions={name: f"np.{name}" for name in ("log", "log2", "log10", "exp", "sqrt", "abs")},
    mean=lambda column: f'data["{column}"].mean()',
    column=lambda column: f'data["{column}"]',
)


def hlm(model: Model) -> str:
    """Write a script that makes the data, template and command files of HLM."""
    need_plain_units(model)
    need_plain_level1(model)
    need_blocks(model)
    need_chain(model)
    if len(model.units) > 2:
        raise CannotSayError("more than three levels")
    _refuse_what_hlm_has_not(model)
    prepare(model)  # refuses names and codings that cannot be written
    levels = range(1, len(model.units) + 2)
    parts = {level: _parts(model, level) for level in levels}
    every = [part for level in levels for part in parts[level]]
    response, *names = _names([model.fit.response, *map(_text, every)])
    called = dict(zip(every, names, strict=True))
    variables = [{called[part]: _value(model, part) for part in parts[level]} for level in levels]
    shift = "" if model.offset is None else f" - {model.offset}"
    variables[0] = {response: PANDAS.write(model.fit.response + shift)} | variables[0]
    for unit, own in zip(model.units, variables[1:], strict=True):
        if not own:  # the file of a level needs a variable
            groups = repr(unit.columns[0] if len(unit.columns) == 1 else list(unit.columns))
            size = f'data.groupby({groups}, observed=True)["{unit.columns[0]}"].transform("size")'
            own["SIZE"] = size.replace("'", '"')
    top_first = model.units[::-1]
    ids = ["ID"] if len(top_first) == 1 else ["ID3", "ID2"]
    return script(
        Files(
            frame(model),
            source(model),
            dict(zip(ids, (unit.columns for unit in top_first), strict=True)),
            variables,
            list(_equations(model, response, called)),
            model.fit.reml,
        )
    )


def _refuse_what_hlm_has_not(model: Model) -> None:
    if len(model.blocks) > len(model.groups):
        raise CannotSayError(
            "random effects that are held uncorrelated",
            "HLM always estimates their covariances: with one bar, as in (1 + x | group), it can",
        )
    for block in model.blocks:
        level = model.unit(block.group).level
        for column in block.slopes:
            if any(factor.level >= level for factor in column.factors):
                raise CannotSayError(
                    f"the random slope of {column.name!r}, which does not vary within "
                    f"{block.group!r}"
                )


def _part(column: Column, level: int) -> Part:
    return tuple(factor for factor in column.factors if factor.level == level)


def _every(model: Model) -> list[Column]:
    return [*model.fixed, *(column for block in model.blocks for column in block.columns)]


def _parts(model: Model, level: int) -> list[Part]:
    """Return the variables of one level: what remains of each column without the others."""
    parts = [_part(column, level) for column in _every(model)]
    return list(dict.fromkeys(part for part in parts if part))


def _names(texts: list[str]) -> list[str]:
    """Return short names in capitals, different from each other and from HLM's own."""
    plain = [re.sub(r"\W+", "_", text).strip("_").upper() for text in texts]
    return list(unique([*RESERVED, *plain], LONGEST))[len(RESERVED) :]


def _text(part: Part) -> str:
    return "_".join(
        f"{factor.category}" if factor.category is not None else factor.text for factor in part
    )


def _value(model: Model, part: Part) -> str:
    """Return the Python expression for a variable."""
    values = [
        PANDAS.write(factor.text) if factor.category is None else _indicator(model, factor)
        for factor in part
    ]
    return values[0] if len(values) == 1 else " * ".join(f"({value})" for value in values)


def _indicator(model: Model, factor: Factor) -> str:
    levels = model.fit.categorical[factor.text]
    level = next(level for level in levels if str(level) == factor.category)
    value = level.item() if isinstance(level, np.generic) else level
    return f'(data["{variable_of(factor.text)}"] == {value!r}).astype(float)'


def _equations(model: Model, response: str, called: dict[Part, str]) -> Iterator[str]:
    """Yield an equation for level 1, and one for each coefficient of the level below."""
    firsts = list(dict.fromkeys(_part(column, 1) for column in _every(model)))
    names = [called[part] if part else "INTRCPT1" for part in firsts]
    yield f"level1:{response}={'+'.join(names)}+RANDOM"
    for part, name in zip(firsts, names, strict=True):
        yield from _higher(model, 2, [part], name, called)


def _higher(
    model: Model, level: int, path: list[Part], name: str, called: dict[Part, str]
) -> Iterator[str]:
    """Yield the equation of a coefficient, then those of its own coefficients."""

    def ours(column: Column) -> bool:
        return [_part(column, at) for at in range(1, level)] == path

    unit = model.units[level - 2]
    columns = [column for column in model.fixed if ours(column)]
    above = [unit.name for unit in model.units[level - 1 :]]
    columns += [c for b in model.blocks if b.group in above for c in b.columns if ours(c)]
    parts = list(dict.fromkeys(_part(column, level) for column in columns))
    names = [called[part] if part else f"INTRCPT{level}" for part in parts]
    random = any(ours(c) and not _part(c, level) for b in model.blocks_of(unit) for c in b.columns)
    right = "+".join([*names, *(["random"] if random else [])])
    yield f"level{level}:{name}={right}/"
    if level <= len(model.units):
        for part, below in zip(parts, names, strict=True):
            yield from _higher(model, level + 1, [*path, part], below, called)
