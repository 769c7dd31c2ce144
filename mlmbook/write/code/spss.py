"""Programs for the MIXED command of SPSS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from mlmbook.write.code.columns import (
    Indicator,
    Prepared,
    Transform,
    export,
    frame,
    prepare,
    written_as_numbers,
)
from mlmbook.write.code.expression import Dialect, centered
from mlmbook.write.model import Block, Column, Model

SPSS = Dialect(
    name="SPSS",
    power="**",
    functions={"log": "LN", "log10": "LG10", "exp": "EXP", "sqrt": "SQRT", "abs": "ABS"},
    mean=lambda column: f"mean_{column}",
)


def spss(model: Model) -> str:
    """Write a program for MIXED. Indicators are covariates, so the first category is reference."""
    group = model.one_group("SPSS")
    made = prepare(model, limit=64)
    covariates = list(dict.fromkeys(p for c in model.columns for p in made.parts(c)))
    fixed = " ".join(_effect(made, column) for column in model.predictors)
    return "\n".join(
        [
            f"* In Python, first: {export(model)}.",
            "SET DECIMAL=DOT.",
            "GET DATA /TYPE=TXT",
            f'  /FILE="{frame(model)}.csv"',
            '  /ENCODING="UTF8"',
            "  /DELCASE=LINE",
            '  /DELIMITERS=","',
            "  /QUALIFIER='\"'",
            "  /ARRANGEMENT=DELIMITED",
            "  /FIRSTCASE=2",
            "  /DATATYPEMIN PERCENTAGE=95.0",
            f"  /VARIABLES={' '.join(_read(model, name) for name in model.variables)}.",
            *_new_variables(made.steps),
            f"AUTORECODE VARIABLES={group} /INTO group_id.",
            " ".join(["MIXED", made.response, *(["WITH", *covariates] if covariates else [])]),
            f"  /FIXED={fixed} | {'' if model.intercept else 'NOINT '}SSTYPE(3)",
            *(_random(made, block) for block in model.blocks),
            f"  /METHOD={'REML' if model.fit.reml else 'ML'}",
            "  /PRINT=SOLUTION TESTCOV.",
        ]
    )


def _read(model: Model, name: str) -> str:
    """Return a variable and the format to read it in."""
    values = model.fit.data[name]
    if written_as_numbers(values) or pd.api.types.is_float_dtype(values):
        return f"{name} AUTO"
    return f"{name} A{max(len(str(value).encode()) for value in values.unique())}"


def _effect(made: Prepared, column: Column) -> str:
    return "*".join(made.parts(column))


def _random(made: Prepared, block: Block) -> str:
    effects = [_effect(made, column) if column.factors else "INTERCEPT" for column in block.columns]
    structure = "UN" if len(effects) > 1 else "VC"
    return f"  /RANDOM={' '.join(effects)} | SUBJECT(group_id) COVTYPE({structure})"


def _new_variables(steps: Iterable[Indicator | Transform]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Indicator):
            value = step.value if step.numeric else f'"{step.value}"'
            yield f"COMPUTE {step.name} = ({step.variable} = {value})."
        else:
            for column in centered(step.expression):
                yield (
                    "AGGREGATE /OUTFILE=* MODE=ADDVARIABLES /BREAK= "
                    f"/mean_{column} = MEAN({column})."
                )
            yield f"COMPUTE {step.name} = {SPSS.write(step.expression)}."
