"""Programs for Stata's ``mixed``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlmbook.write.code.columns import Indicator, Prepared, Transform, export, frame, prepare
from mlmbook.write.code.expression import Dialect, centered
from mlmbook.write.model import Block, Model

STATA = Dialect(
    name="Stata",
    power="^",
    functions={"log": "ln", "log10": "log10", "exp": "exp", "sqrt": "sqrt", "abs": "abs"},
    mean=lambda column: f"mean_{column}",
)


def stata(model: Model) -> str:
    """Write a program for ``mixed``, Stata 13 or later."""
    group = model.one_group("Stata")
    made = prepare(model, limit=32)
    slopes = [column for block in model.blocks for column in block.slopes]
    fixed = ["#".join(f"c.{part}" for part in made.parts(column)) for column in model.predictors]
    head = " ".join(["mixed", made.response, *fixed]) + ("" if model.intercept else ", noconstant")
    equations = [_equation(made, block) for block in model.blocks]
    equations[-1] += (" " if "," in equations[-1] else ", ") + ("reml" if model.fit.reml else "mle")
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
            f"egen long group_id = group({group})",
            " ///\n    ".join([head, *equations]),
        ]
    )


def _equation(made: Prepared, block: Block) -> str:
    """Write ``|| group_id: slopes, options``; the random part takes no ``#``."""
    options = [] if block.intercept else ["noconstant"]
    if len(block.columns) > 1:
        options.append("covariance(unstructured)")
    equation = " ".join(["|| group_id:", *(made.whole(column) for column in block.slopes)])
    return f"{equation}, {' '.join(options)}" if options else equation


def _new_variables(steps: Iterable[Indicator | Transform]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Indicator):
            value = step.value if step.numeric else f'"{step.value}"'
            yield f"generate byte {step.name} = {step.variable} == {value}"
        else:
            for column in centered(step.expression):
                yield f"egen double mean_{column} = mean({column})"
            yield f"generate double {step.name} = {STATA.write(step.expression)}"
