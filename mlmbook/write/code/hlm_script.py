"""The Python script that writes the files of HLM: data, template and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Files", "script"]

HEAD = """\
# HLM 8, {words}-level models. This script writes HLM's files; then, in a command window,
#   {program} -r {data}.mdmt
#   {program} {data}.mdm {data}.hlm
# or in its menus: File, Make new MDM from old MDM template; File, Edit/Run old command file.
{notes}from pathlib import Path

import mlmbook as mlm
import numpy as np
import pandas as pd

data = {source}
"""
TEMPLATE = '''
Path("{data}.mdmt").write_text("""\\
#{PROGRAM} MDM CREATION TEMPLATE
rawdattype:stata
{files}
l1missing:n
timeofdeletion:now
mdmname:{data}.mdm
{variables}
""")

Path("{data}.hlm").write_text("""\\
#WHLM CMD FILE FOR {data}.mdm
nonlin:n
numit:1000
stopval:0.0000010000
{equations}
{options}
""")'''
TWO = """\
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
mlf:{mlf}"""
THREE = """\
fixtau2:3
fixtau3:3
accel:5
level1weight:none
level2weight:none
level3weight:none
varianceknown:none
level1deletion:none
resfil1:n
resfil2:n
resfil3:n
hypoth:n
constrain:n
lvr-beta:n
title:{data}
output:{data}.html
fulloutput:n
fishertype:2"""


@dataclass(frozen=True)
class Files:
    """What the files of a model hold."""

    data: str
    """The name of the files."""
    source: str
    """The Python expression for the data."""
    ids: Mapping[str, Sequence[str]]
    """Names of the identifiers, the largest groups first, and the columns that make them."""
    variables: Sequence[Mapping[str, str]]
    """For each level its variables, with the Python expressions for them."""
    equations: Sequence[str]
    reml: bool


def script(files: Files) -> str:
    """Put a script together."""
    three = len(files.ids) == 2
    data = files.data
    notes = "# It fits by full maximum likelihood: compare with reml=False.\n" if three else ""
    parts = [
        HEAD.format(
            words="three" if three else "two",
            program="hlm3" if three else "hlm2",
            data=data,
            source=files.source,
            notes=notes if files.reml else "",
        ).rstrip("\n"),
        *_sorted(files),
    ]
    for level, variables in enumerate(files.variables, 1):
        frame = "\n".join(f'    "{name}": {value},' for name, value in variables.items())
        own = list(_ids_of(files, level))
        ids = "\n".join(f'    "{name}": {_number(files, name)},' for name in own)
        unique = "" if level == 1 else f".drop_duplicates({own if len(own) > 1 else own[0]!r})"
        unique = unique.replace("'", '"')
        parts.append(f"level{level} = pd.DataFrame({{\n{ids}\n{frame}\n}}){unique}")
    for level in range(1, len(files.variables) + 1):
        target = f'"{data}_{level}.dta", write_index=False, version=114'
        parts.append(f"level{level}.to_stata({target})")
    parts.append(
        TEMPLATE.format(
            data=data,
            PROGRAM="HLM3" if three else "HLM2",
            files="\n".join(
                f"l{level}fname:{data}_{level}.dta" for level in range(1, len(files.variables) + 1)
            ),
            variables="\n".join(_named(files)),
            equations="\n".join(files.equations),
            options=(THREE if three else TWO).format(data=data, mlf="n" if files.reml else "y"),
        )
    )
    return "\n".join(parts)


def _ids_of(files: Files, level: int) -> Sequence[str]:
    """Return the identifiers in the file of a level, the largest groups first."""
    names = list(files.ids)
    return names[: len(names) + 2 - level] if level > 1 else names


def _sorted(files: Files) -> list[str]:
    """Sort the rows by groups, and number these."""
    columns = list(dict.fromkeys(name for names in files.ids.values() for name in names))
    by = columns[0] if len(columns) == 1 else columns
    lines = [f'data = data.sort_values({_quoted(by)}, kind="stable", ignore_index=True)']
    for name, names in files.ids.items():
        groups = names[0] if len(names) == 1 else list(names)
        number = f"data.groupby({_quoted(groups)}, observed=True).ngroup() + 1"
        lines.append(f"{_number(files, name)} = {number}")
    return lines


def _number(files: Files, name: str) -> str:
    return "number" if len(files.ids) == 1 else f"number{name[-1]}"


def _quoted(names: str | list[str]) -> str:
    return repr(names).replace("'", '"')


def _named(files: Files) -> list[str]:
    """List the variables of each level for the template."""
    lines = []
    for level, variables in enumerate(files.variables, 1):
        lines.append(f"*begin l{level}vars")
        ids = list(_ids_of(files, level))
        numbers = range(len(files.ids) + 1, 1, -1)
        lines += [f"level{number}id:{name}" for number, name in zip(numbers, ids, strict=False)]
        lines += [*variables, f"*end l{level}vars"]
    return lines
