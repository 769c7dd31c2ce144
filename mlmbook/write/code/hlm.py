"""Files for HLM's two-level program, written by a short Python script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from mlmbook.errors import FormulaError
from mlmbook.write.code.columns import frame, prepare, source, variable_of
from mlmbook.write.code.expression import Dialect
from mlmbook.write.model import Column, Factor, Model, unique

LONGEST = 8  # characters in a name
Part = tuple[Factor, ...]
RESERVED = ("ID", "INTRCPT1", "INTRCPT2", "RANDOM")
PANDAS = Dialect(
    name="HLM",
    power="**",
    functions={name: f"np.{name}" for name in ("log", "log2", "log10", "exp", "sqrt", "abs")},
    mean=lambda column: f'data["{column}"].mean()',
    column=lambda column: f'data["{column}"]',
)
SCRIPT = '''\
# HLM 8, two-level models. This script writes HLM's files; then, in a command window,
#   hlm2 -r {data}.mdmt
#   hlm2 {data}.mdm {data}.hlm
# or in its menus: File, Make new MDM from old MDM template; File, Edit/Run old command file.
from pathlib import Path

import mlmbook as mlm
import numpy as np
import pandas as pd

data = {source}
data = data.sort_values("{group}", kind="stable", ignore_index=True)
number = data.groupby("{group}", observed=True).ngroup() + 1
level1 = pd.DataFrame({{
    "ID": number,
{level1}
}})
level2 = pd.DataFrame({{
    "ID": number,
{level2}
}}).drop_duplicates("ID")
level1.to_stata("{data}_1.dta", write_index=False, version=114)
level2.to_stata("{data}_2.dta", write_index=False, version=114)

Path("{data}.mdmt").write_text("""\\
#HLM2 MDM CREATION TEMPLATE
rawdattype:stata
l1fname:{data}_1.dta
l2fname:{data}_2.dta
l1missing:n
timeofdeletion:now
mdmname:{data}.mdm
*begin l1vars
level2id:ID
{level1_names}
*end l1vars
*begin l2vars
level2id:ID
{level2_names}
*end l2vars
""")

Path("{data}.hlm").write_text("""\\
#WHLM CMD FILE FOR {data}.mdm
nonlin:n
numit:1000
stopval:0.0000010000
{equations}
fixtau:3
lev1ols:10
accel:5
level1weight:none
level2weight:none
varianceknown:none
level1deletion:none
resfil1:n
resfil2:n
hypoth:n
homvar:n
constrain:n
heterol1var:n
lvr:n
title:{data}
output:{data}.html
fulloutput:n
mlf:{mlf}
""")'''


def hlm(model: Model) -> str:
    """Write a script that makes the data, template and command files of HLM."""
    group = model.one_group("HLM")
    _refuse_what_hlm_has_not(model)
    prepare(model)  # refuses names and codings that cannot be written
    level1, level2 = _parts(model, 1), _parts(model, 2)
    response, *names = _names([model.fit.response, *map(_text, [*level1, *level2])])
    called = dict(zip([*level1, *level2], names, strict=True))
    variables1 = {response: PANDAS.write(model.fit.response)}
    variables1 |= {called[part]: _value(model, part) for part in level1}
    variables2 = {called[part]: _value(model, part) for part in level2}
    if not variables2:  # the level-2 file needs a variable
        variables2 = {
            "SIZE": f'data.groupby("{group}", observed=True)["{group}"].transform("size")'
        }
    return SCRIPT.format(
        data=frame(model),
        source=source(model),
        group=group,
        level1=_entries(variables1),
        level2=_entries(variables2),
        level1_names="\n".join(variables1),
        level2_names="\n".join(variables2),
        equations="\n".join(_equations(model, response, called)),
        mlf="n" if model.fit.reml else "y",
    )


def _refuse_what_hlm_has_not(model: Model) -> None:
    if len(model.blocks) > 1:
        raise FormulaError(
            "HLM's two-level program always estimates the covariances of the random effects; "
            "fit the model with one bar, as in (1 + x | group), to write it for HLM"
        )
    for column in model.blocks[0].slopes:
        if _part(column, 2):
            raise FormulaError(
                f"HLM gives random slopes to level-1 predictors only, and {column.name!r} does "
                "not vary within groups"
            )


def _part(column: Column, level: int) -> Part:
    return tuple(factor for factor in column.factors if factor.level == level)


def _parts(model: Model, level: int) -> list[Part]:
    """Return the variables of one level: what remains of each column without the other."""
    parts = [_part(column, level) for column in (*model.fixed, *model.blocks[0].columns)]
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


def _entries(variables: dict[str, str]) -> str:
    return "\n".join(f'    "{name}": {value},' for name, value in variables.items())


def _equations(model: Model, response: str, called: dict[Part, str]) -> Iterator[str]:
    random = [_part(column, 1) for column in model.blocks[0].columns]
    coefficients = dict.fromkeys([*(_part(column, 1) for column in model.fixed), *random])
    level1 = {part: called[part] if part else "INTRCPT1" for part in coefficients}
    yield f"level1:{response}={'+'.join(level1.values())}+RANDOM"
    for part, name in level1.items():
        parts2 = [_part(column, 2) for column in model.fixed if _part(column, 1) == part]
        right = [called[part2] if part2 else "INTRCPT2" for part2 in parts2]
        right += ["random"] if part in random else []
        yield f"level2:{name}={'+'.join(right)}/"
