"""Programs that run MLwiN from R, by the package R2MLwiN."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlmbook.write.code.columns import Prepared, export, frame, prepare
from mlmbook.write.code.members import shares
from mlmbook.write.code.r import new_variables
from mlmbook.write.code.refusal import CannotSayError, need_blocks, need_plain_units
from mlmbook.write.model import INTERCEPT, Column, Model
from mlmbook.write.units import Unit


def mlwin(model: Model) -> str:
    """Write a program for MLwiN, as R2MLwiN runs it: IGLS is ML, RIGLS is REML.

    Crossed factors it fits by simulation (MCMC), where covariances cannot be held at zero.
    """
    need_blocks(model)
    need_plain_units(model, shared=True)
    said = model.level1
    if said.correlation is not None or said.powers or said.known or len(said.strata) > 1:
        raise CannotSayError(said.words)
    made = prepare(model)
    pairs = [*_separate(model, made)]
    if not model.nested and (pairs or said.varies):
        raise CannotSayError("crossed factors with level-1 variances or uncorrelated slopes")
    data = frame(model)
    terms = [f"{_name(made, column)}" for column in model.fixed]
    random = [
        f"({_side([_name(made, c) for b in model.blocks_of(unit) for c in b.columns])} | {name})"
        for unit, name in ((unit, _id(made, unit)) for unit in reversed(model.units))
    ]
    rows = _row_columns(model, made)
    formula = " + ".join(
        [f"{made.response} ~ {_side(terms)}", *random, f"({_side([*rows])} | row)"]
    )
    ids = [f"{data}${_id(made, unit)}" for unit in reversed(model.units)]
    products = [
        f"{data}${made.whole(column)} <- "
        + " * ".join(f"{data}${part}" for part in made.parts(column))
        for column in model.columns
        if len(column.factors) > 1
    ]
    options, notes = _estimation(model, made, pairs)
    return "\n".join(
        [
            "# MLwiN, run from R by the package R2MLwiN; both must be installed.",
            f"# In Python, first: {export(model)}",
            "library(R2MLwiN)",
            '# options(MLwiN_path = "...")  # where MLwiN is, if R2MLwiN does not find it',
            f'{data} <- read.csv("{data}.csv", na.strings = "")',
            *new_variables(data, list(made.steps)),
            *products,
            *(f"{data}${name} <- {value}" for name, value in rows.items() if value),
            *(line for unit in model.units for line in _number(model, made, unit)),
            f"{data} <- {data}[order({', '.join(ids)}), ]  # MLwiN wants the groups together",
            f"{data}$row <- seq_len(nrow({data}))  # names the level-1 units",
            *notes,
            f"fit <- runMLwiN({formula},",
            f"                data = {data},",
            f"                estoptions = list({options}",
            "summary(fit)",
        ]
    )


def _name(made: Prepared, column: Column) -> str:
    return made.whole(column) if column.factors else INTERCEPT


def _side(names: list[str]) -> str:
    """Write names as one side of a formula."""
    slopes = [name for name in names if name != INTERCEPT]
    return " + ".join(["1" if INTERCEPT in names else "0", *slopes])


def _id(made: Prepared, unit: Unit) -> str:
    if unit.shared is not None:
        return unit.columns[0]
    return made.group(unit)


def _number(model: Model, made: Prepared, unit: Unit) -> Iterator[str]:
    """Write the lines that number the groups, and standardize the weights of memberships."""
    data = frame(model)
    columns = [f"{data}${name}" for name in unit.columns]
    if unit.shared is not None:
        yield f"units <- sort(unique(c({', '.join(columns)})))"
        for at, (member, weight) in enumerate(shares(model, unit, data, "{data}${name}"), 1):
            yield f"{data}${made.weight}_{at} <- {weight}"
            yield f"{data}${member} <- match({data}${member}, units)"
        return
    groups = "factor" if len(columns) == 1 else "interaction"
    drop = "" if len(columns) == 1 else ", drop = TRUE"
    yield f"{data}${_id(made, unit)} <- as.integer({groups}({', '.join(columns)}{drop}))"


def _memberships(model: Model, made: Prepared) -> str:
    """Write the option that says which levels are of multiple membership."""
    if not any(unit.shared for unit in model.units):
        return ""
    levels = []
    for unit in reversed(model.units):
        members = ", ".join(f'"{name}"' for name in unit.columns)
        numbers = range(1, len(unit.columns) + 1)
        weights = ", ".join(f'"{made.weight}_{at}"' for at in numbers)
        own = f"list(mmvar = list({members}), weights = list({weights}))"
        levels.append(own if unit.shared else "NA")
    return f", mm = list({', '.join(levels)}, NA)"


def _row_columns(model: Model, made: Prepared) -> dict[str, str]:
    """Return the columns whose coefficients vary at level 1, and how they are made.

    An indicator of each stratum, over the square root of the weight.
    """
    data, level1 = frame(model), model.level1
    scale = f"1 / sqrt({data}${level1.weights})" if level1.weights else ""
    if not level1.strata:
        return {made.weight: scale} if scale else {INTERCEPT: ""}
    (factors,) = level1.strata
    strata = model.fit.design.data[list(factors)].drop_duplicates().sort_values(list(factors))
    rows = [dict(zip(factors, values, strict=True)) for values in strata.to_numpy(dtype=object)]
    made_of = {}
    for row in rows:
        name = "_".join(f"{factor}_{value}" for factor, value in row.items())
        equal = " & ".join(f'{data}${factor} == "{value}"' for factor, value in row.items())
        made_of[re.sub(r"\W+", "_", f"e_{name}")] = f"({equal}) * {scale or '1'}"
    return made_of


def _separate(model: Model, made: Prepared) -> Iterator[str]:
    """Yield the pairs of a level whose covariance the model does not have."""
    for unit in model.units:
        where = [(b, _name(made, c)) for b in model.blocks_of(unit) for c in b.columns]
        for at, (block, second) in enumerate(where):
            for other, first in where[:at]:
                if other is not block:
                    yield f'{unit.level}, "{first}", "{second}"'
    names = list(_row_columns(model, made))
    for at, second in enumerate(names):
        yield from (f'1, "{first}", "{second}"' for first in names[:at])


def _estimation(model: Model, made: Prepared, pairs: list[str]) -> tuple[str, list[str]]:
    """Return the options of the estimation, and comments before it."""
    if not model.nested:
        crossed = "xc = TRUE, " if len(model.units) > 1 else ""
        return f"{crossed}EstM = 1{_memberships(model, made)}))  # MCMC", [
            "# By Bayesian simulation, with the default priors of MLwiN."
        ]
    meth, algorithm = (0, "RIGLS, which is REML") if model.fit.reml else (1, "IGLS, which is ML")
    zeros = f", clre = matrix(c({', '.join(pairs)}), nrow = 3)" if pairs else ""
    return f"EstM = 0, Meth = {meth}{zeros}))  # {algorithm}", []
