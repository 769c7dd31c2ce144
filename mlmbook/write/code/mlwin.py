"""Programs that run MLwiN from R, by the package R2MLwiN."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mlmbook.write.code.columns import export, frame, prepare
from mlmbook.write.code.r import new_variables
from mlmbook.write.model import INTERCEPT, Column, Model


def mlwin(model: Model) -> str:
    """Write a program for MLwiN, as R2MLwiN runs it: IGLS is ML, RIGLS is REML."""
    group = model.one_group("MLwiN")
    made = prepare(model)
    data = frame(model)

    def name(column: Column) -> str:
        return made.whole(column) if column.factors else INTERCEPT

    def side(columns: Iterable[Column]) -> str:
        names = ["1" if not column.factors else name(column) for column in columns]
        return " + ".join(names if "1" in names else ["0", *names])

    random = [column for block in model.blocks for column in block.columns]
    products = [
        f"{data}${name(column)} <- {' * '.join(f'{data}${part}' for part in made.parts(column))}"
        for column in model.columns
        if len(column.factors) > 1
    ]
    meth, algorithm = (0, "RIGLS, which is REML") if model.fit.reml else (1, "IGLS, which is ML")
    return "\n".join(
        [
            "# MLwiN, run from R by the package R2MLwiN; both must be installed.",
            f"# In Python, first: {export(model)}",
            "library(R2MLwiN)",
            '# options(MLwiN_path = "...")  # where MLwiN is, if R2MLwiN does not find it',
            f'{data} <- read.csv("{data}.csv", na.strings = "")',
            *new_variables(data, list(made.steps)),
            *products,
            f"{data}${group} <- as.integer(factor({data}${group}))",
            f"{data} <- {data}[order({data}${group}), ]  # MLwiN wants the groups together",
            f"{data}$row <- seq_len(nrow({data}))  # names the level-1 units",
            f"fit <- runMLwiN({made.response} ~ {side(model.fixed)} + "
            f"({side(random)} | {group}) + (1 | row),",
            f"                data = {data},",
            f"                estoptions = list(EstM = 0, Meth = {meth}{_zeros(model, name)}))"
            f"  # {algorithm}",
            "summary(fit)",
        ]
    )


def _zeros(model: Model, name: Callable[[Column], str]) -> str:
    """Fix at zero the level-2 covariances that the model does not have."""
    where = [(block, name(column)) for block in model.blocks for column in block.columns]
    pairs = [
        f'2, "{first}", "{second}"'
        for at, (block, second) in enumerate(where)
        for other, first in where[:at]
        if other is not block
    ]
    return f", clre = matrix(c({', '.join(pairs)}), nrow = 3)" if pairs else ""
