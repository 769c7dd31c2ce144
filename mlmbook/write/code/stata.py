"""Programs for Stata's ``mixed``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from mlmbook.write.code.columns import Indicator, Prepared, Transform, export, frame, prepare
from mlmbook.write.code.crossed import divide
from mlmbook.write.code.expression import Dialect, centered
from mlmbook.write.code.members import shares
from mlmbook.write.code.refusal import CannotSayError, need_plain_units
from mlmbook.write.model import Block, Model
from mlmbook.write.units import Unit

STATA = Dialect(
    name="Stata",
    power="^",
    functions={"log": "ln", "log10": "log10", "exp": "exp", "sqrt": "sqrt", "abs": "abs"},
    mean=lambda column: f"mean_{column}",
)


def stata(model: Model) -> str:
    """Write a program for ``mixed``, Stata 13 or later."""
    need_plain_units(model, shared=True)
    made = prepare(model, limit=32)
    crossed, chain = divide(model, lambda unit: _only_intercept(model, unit))
    slopes = [column for block in model.blocks for column in block.slopes]
    fixed = ["#".join(f"c.{part}" for part in made.parts(column)) for column in model.predictors]
    head = " ".join(["mixed", made.response, *fixed]) + ("" if model.intercept else ", noconstant")
    equations = [_columns_of(unit, made.units[unit.name]) for unit in crossed]
    for unit in reversed(chain):
        name, blocks = made.units[unit.name], model.blocks_of(unit)
        equations += [_equation(made, name, block) for block in blocks]
        equations += [] if blocks else [f"|| {name}:, noconstant"]
    options = [*_residuals(model, made), "reml" if model.fit.reml else "mle"]
    equations[-1] += (" " if "," in equations[-1] else ", ") + " ".join(options)
    return "\n".join(
        [
            f"* In Python, first: {export(model)}",
            f'import delimited "{frame(model)}.csv", varnames(1) case(preserve) asdouble clear',
            *_new_variables(made.steps),
            *(
                f"generate double {made.whole(column)} = {'*'.join(made.parts(column))}"
                for column in slopes
                if len(column.factors) > 1
            ),
            *(
                f"egen long {made.units[unit.name]} = group({' '.join(unit.columns)})"
                for unit in model.units
                if unit.shared is None
            ),
            *(line for unit in crossed for line in _membership(model, unit, made.units[unit.name])),
            *_level1_variables(model, made),
            " ///\n    ".join([head, *equations]),
        ]
    )


def _columns_of(unit: Unit, name: str) -> str:
    """Write the effects of crossed units as coefficients of columns with one variance."""
    if unit.shared is None:
        return f"|| _all: R.{name}"
    return f"|| _all: {name}1-{name}{unit.ngroups}, noconstant covariance(identity)"


def _membership(model: Model, unit: Unit, name: str) -> Iterator[str]:
    """Write the lines that make a column of weights for each unit."""
    if unit.shared is None:
        return
    parts = shares(model, unit, "", "{name}")
    labels = next(g.labels for g in model.fit.design.groupings if g.name == unit.name)
    numeric = all(isinstance(label, int | np.integer) for label in labels)
    quote = "" if numeric else '"'
    listed = " ".join(str(label) if numeric else f'"{label}"' for label in labels)
    terms = [f"({weight}) * ({member} == {quote}`unit'{quote})" for member, weight in parts]
    yield "local number = 0"
    yield f"foreach unit in {listed} {{"
    yield "    local ++number"
    yield f"    generate double {name}`number' = {' + '.join(terms)}"
    yield "}"


def _only_intercept(model: Model, unit: Unit) -> bool:
    return all(not block.slopes for block in model.blocks_of(unit))


def _equation(made: Prepared, name: str, block: Block) -> str:
    """Write ``|| school_id: slopes, options``; the random part takes no ``#``."""
    options = [] if block.intercept else ["noconstant"]
    if len(block.columns) > 1:
        options.append("covariance(unstructured)")
    equation = " ".join([f"|| {name}:", *(made.whole(column) for column in block.slopes)])
    return f"{equation}, {' '.join(options)}" if options else equation


def _residuals(model: Model, made: Prepared) -> Iterator[str]:
    """Write the level-1 structure: one of variances by stratum, or of correlations.

    With both, ``by()`` would give each stratum correlations of its own.
    """
    level1 = model.level1
    both = bool(level1.strata) and level1.correlation is not None
    many = len(level1.strata) > 1 or both
    if level1.weights or level1.powers or level1.known or many or level1.nugget:
        raise CannotSayError(level1.words)
    if level1.strata:
        yield f"residuals(independent, by({_stratum(model)}))"
    elif level1.exchangeable:
        yield "residuals(exchangeable)"
    elif level1.occasion:
        yield f"residuals(unstructured, t({made.position}))"
    elif level1.steps is not None and level1.steps.even:
        time = level1.steps.time if level1.steps.counted else made.position
        yield f"residuals(ar 1, t({time}))"
    elif level1.steps is not None:
        yield f"residuals(exponential, t({level1.steps.time}))"


def _stratum(model: Model) -> str:
    return f"{'_'.join(model.level1.strata[0])}_stratum"


def _level1_variables(model: Model, made: Prepared) -> Iterator[str]:
    level1 = model.level1
    if level1.strata:
        yield f"egen long {_stratum(model)} = group({' '.join(level1.strata[0])})"
    if level1.occasion:
        yield f"egen long {made.position} = group({level1.occasion})"
    steps = level1.steps
    if steps is not None and steps.even and not steps.counted:
        shift = f"({steps.time} - {steps.first:.15g}) / {steps.step:.15g}"
        yield f"generate long {made.position} = round({shift})"


def _new_variables(steps: Iterable[Indicator | Transform]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Indicator):
            value = step.value if step.numeric else f'"{step.value}"'
            yield f"generate byte {step.name} = {step.variable} == {value}"
        else:
            for column in centered(step.expression):
                yield f"egen double mean_{column} = mean({column})"
            yield f"generate double {step.name} = {STATA.write(step.expression)}"
