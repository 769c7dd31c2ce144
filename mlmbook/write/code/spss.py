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
from mlmbook.write.code.refusal import CannotSayError, need_plain_units
from mlmbook.write.model import Block, Column, Model, unique

SPSS = Dialect(
    name="SPSS",
    power="**",
    functions={"log": "LN", "log10": "LG10", "exp": "EXP", "sqrt": "SQRT", "abs": "ABS"},
    mean=lambda column: f"mean_{column}",
)


def spss(model: Model) -> str:
    """Write a program for MIXED. Indicators are covariates, so the first category is reference."""
    need_plain_units(model)
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
            *(f"AUTORECODE VARIABLES={name} /INTO {new}." for name, new in _ids(model).items()),
            *_level1_variables(model, made),
            " ".join(["MIXED", made.response, *(["WITH", *covariates] if covariates else [])]),
            f"  /FIXED={fixed} | {'' if model.intercept else 'NOINT '}SSTYPE(3)",
            *(_random(model, made, block) for block in model.blocks),
            *_residuals(model, made),
            f"  /METHOD={'REML' if model.fit.reml else 'ML'}",
            "  /PRINT=SOLUTION TESTCOV.",
        ]
    )


def _read(model: Model, name: str) -> str:
    """Return a variable and the format to read it in."""
    values = model.fit.design.data[name]
    if written_as_numbers(values) or pd.api.types.is_float_dtype(values):
        return f"{name} AUTO"
    return f"{name} A{max(len(str(value).encode()) for value in values.unique())}"


def _effect(made: Prepared, column: Column) -> str:
    return "*".join(made.parts(column))


def _ids(model: Model) -> dict[str, str]:
    """Return the numeric variables that stand for the columns of groups."""
    names = dict.fromkeys(name for unit in model.units for name in unit.columns)
    new = list(unique([*model.variables, *(f"{name}_id" for name in names)], 64))
    return dict(zip(names, new[len(model.variables) :], strict=True))


def _subject(model: Model, group: str) -> str:
    return "*".join(_ids(model)[name] for name in model.unit(group).columns)


def _random(model: Model, made: Prepared, block: Block) -> str:
    effects = [_effect(made, column) if column.factors else "INTERCEPT" for column in block.columns]
    structure = "UN" if len(effects) > 1 else "VC"
    subject = _subject(model, block.group)
    return f"  /RANDOM={' '.join(effects)} | SUBJECT({subject}) COVTYPE({structure})"


def _residuals(model: Model, made: Prepared) -> Iterator[str]:
    """Write weights and the level-1 structure.

    ``REPEATED`` has one kind of matrix: variances that differ, or rows that correlate.
    """
    level1 = model.level1
    both = bool(level1.strata) and level1.correlation is not None
    if level1.powers or level1.known or len(level1.strata) > 1 or both or level1.nugget:
        raise CannotSayError(level1.words)
    if level1.weights:
        yield f"  /REGWGT={level1.weights}"
    if level1.strata:
        yield f"  /REPEATED={'*'.join(level1.strata[0])} | SUBJECT(row_id) COVTYPE(DIAG)"
    if level1.group is None:
        return
    subject = f"SUBJECT({_subject(model, level1.group)})"
    if level1.exchangeable:
        yield f"  /REPEATED=row_in_group | {subject} COVTYPE(CS)"
    elif level1.steps is None:
        yield f"  /REPEATED={level1.occasion} | {subject} COVTYPE(UN)"
    elif level1.steps.all_seen:
        time = level1.steps.time if level1.steps.counted else made.position
        yield f"  /REPEATED={time} | {subject} COVTYPE(AR1)"
    else:  # SPSS 25 or later
        time = level1.steps.time
        yield f"  /REPEATED={time} | {subject} COVTYPE(SP_POWER) SPCOORDS({time})"


def _level1_variables(model: Model, made: Prepared) -> Iterator[str]:
    level1 = model.level1
    if level1.strata:
        yield "COMPUTE row_id = $CASENUM."
    if level1.exchangeable:
        ids = [_ids(model)[name] for name in model.unit(str(level1.group)).columns]
        same = " AND ".join(f"{name} = LAG({name})" for name in ids)
        yield f"SORT CASES BY {' '.join(ids)}."
        yield "COMPUTE row_in_group = 1."
        yield f"IF ({same}) row_in_group = LAG(row_in_group) + 1."
    steps = level1.steps
    if steps is not None and steps.all_seen and not steps.counted:
        shift = f"({steps.time} - {steps.first:.15g}) / {steps.step:.15g}"
        yield f"COMPUTE {made.position} = RND({shift})."


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
