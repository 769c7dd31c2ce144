"""Programs for ``mixedlm`` of statsmodels."""

from __future__ import annotations

from collections.abc import Iterator

from mlmbook.write.code.columns import Prepared, frame, prepare
from mlmbook.write.code.members import shares
from mlmbook.write.code.python import effect, fixed, head, response, side
from mlmbook.write.code.refusal import (
    CannotSayError,
    need_blocks,
    need_plain_level1,
    need_plain_units,
)
from mlmbook.write.model import Block, Model
from mlmbook.write.units import Unit

EVERYTHING = "everything"


def statsmodels(model: Model) -> str:
    """Write a program for ``statsmodels.formula.api.mixedlm``.

    It has correlated random effects for the largest groups only; all others are variance
    components of columns of indicators.
    """
    need_plain_level1(model)
    need_plain_units(model, shared=True)
    need_blocks(model)
    made = prepare(model)
    top = model.units[-1] if model.nested else None
    main = _main(model, top)
    terms = [
        f'"{_name(model, unit, block)}": {_component(model, made, unit, block, top)}'
        for unit in reversed(model.units)
        for block in model.blocks_of(unit)
        if block is not main
    ]
    groups = EVERYTHING if top is None else made.group(top)
    return "\n".join(
        [
            *head(model, "import statsmodels.formula.api as smf"),
            *_more(model, made, top),
            "model = smf.mixedlm(",
            f'    "{_response(model)} ~ {fixed(model)}",',
            f"    {frame(model)},",
            f'    groups="{groups}",',
            *([] if main is None else [f'    re_formula="{side(model, main.columns)}",']),
            *([f"    vc_formula={{{', '.join(terms)}}},"] if terms else []),
            ")",
            "# powell: the default optimizers can stop at a variance of zero",
            f'fit = model.fit(reml={model.fit.reml}, method="powell", ftol=1e-10)',
            "print(fit.summary())",
        ]
    )


def _main(model: Model, top: Unit | None) -> Block | None:
    """Return the random effects that may correlate; refuse others that do."""
    own = () if top is None else model.blocks_of(top)
    together = [block for block in own if len(block.columns) > 1]
    main = [*together, *(b for b in own if b.intercept), *own, None][0]
    if any(len(block.columns) > 1 and block is not main for block in model.blocks):
        raise CannotSayError(
            "several sets of correlated random effects, or such that are not of the largest groups"
        )
    return main


def _response(model: Model) -> str:
    written = response(model)
    return written if model.offset is None else f"I({written} - {model.offset})"


def _name(model: Model, unit: Unit, block: Block) -> str:
    own = effect(model, block.columns[0])
    return own if len(model.units) == 1 else f"{unit.name} {own}"


def _component(model: Model, made: Prepared, unit: Unit, block: Block, top: Unit | None) -> str:
    """Write the columns of a variance component: indicators, times what has the slope."""
    text = side(model, block.columns)
    if unit is top:
        return f'"{text}"'
    slope = text.removeprefix("0 + ") if block.slopes else ""
    times = f":{slope}" if slope else ""
    if unit.shared is not None:
        columns = f"{made.group(unit)}_columns"
        product = f'name + "{times}" for name in ' if times else ""
        return f'"0 + " + " + ".join({product}{columns})'
    return f'"0 + C({made.group(unit)}){times}"'


def _more(model: Model, made: Prepared, top: Unit | None) -> Iterator[str]:
    """Write the lines that make columns for the groups."""
    data = frame(model)
    for unit in model.units:
        if unit.shared is not None:
            yield from _membership(model, unit, made.group(unit))
        elif len(unit.columns) > 1:
            parts = ' + ":" + '.join(f'{data}["{name}"]' for name in unit.columns)
            yield f'{data}["{made.group(unit)}"] = {parts}'
    if top is None:
        yield f'{data}["{EVERYTHING}"] = 1  # one group: slow, and large, for many rows'


def _membership(model: Model, unit: Unit, name: str) -> Iterator[str]:
    """Write the lines that make a column of weights for each unit."""
    data = frame(model)
    parts = shares(model, unit, data, '{data}["{name}"]')
    members = ", ".join(f'{data}["{member}"]' for member, _ in parts)
    terms = [f'({data}["{member}"] == unit) * ({weight})' for member, weight in parts]
    yield f"units = sorted(set(pd.concat([{members}])))"
    yield f'{name}_columns = [f"{name}_{{at}}" for at in range(len(units))]'
    yield f"for column, unit in zip({name}_columns, units):"
    yield f"    {data}[column] = {' + '.join(terms)}"
