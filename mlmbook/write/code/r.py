"""Programs for R: lme4, nlme, glmmTMB and brms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlmbook.write.code.columns import (
    Indicator,
    Transform,
    check_names,
    export,
    frame,
    prepare,
    variable_of,
)
from mlmbook.write.code.expression import Dialect
from mlmbook.write.model import Block, Model, split

FUNCTIONS = {name: name for name in ("log", "log2", "log10", "exp", "sqrt", "abs")}
R = Dialect("R", "^", FUNCTIONS, mean=lambda column: f"mean({column})")
WORDS_AND_SIGNS = re.compile(r"[\w\s:*+-]+")


def lme4(model: Model) -> str:
    """Write a program for ``lme4::lmer``."""
    return _program(
        model,
        "lme4",
        f"fit <- lmer({_fixed(model)} + {_random(model)},",
        f"            data = {frame(model)}, REML = {_reml(model)})",
    )


def glmmtmb(model: Model) -> str:
    """Write a program for ``glmmTMB::glmmTMB``."""
    return _program(
        model,
        "glmmTMB",
        f"fit <- glmmTMB({_fixed(model)} + {_random(model)},",
        f"               data = {frame(model)}, REML = {_reml(model)})",
    )


def brms(model: Model) -> str:
    """Write a program for ``brms::brm``: the same model, by Bayesian simulation."""
    return _program(
        model,
        "brms",
        "# Bayesian, with the default priors of brms: the estimates are means of posterior",
        "# distributions, near those by likelihood when there are many groups.",
        f"fit <- brm({_fixed(model)} + {_random(model)},",
        f"           data = {frame(model)}, family = gaussian(), seed = 1)",
    )


def nlme(model: Model) -> str:
    """Write a program for ``nlme::lme``."""
    group = model.one_group("nlme")
    insides = [_columns(model, block) for block in model.blocks]
    if len(model.blocks) == 1:
        random = f"~ {insides[0]} | {group}"
    elif all(len(block.columns) == 1 for block in model.blocks):
        together = Block(group, tuple(c for block in model.blocks for c in block.columns))
        random = f"list({group} = pdDiag(~ {_columns(model, together)}))"
    else:
        parts = ", ".join(f"pdSymm(~ {inside})" for inside in insides)
        random = f"list({group} = pdBlocked(list({parts})))"
    return _program(
        model,
        "nlme",
        f"fit <- lme({_fixed(model)},",
        f"           random = {random},",
        f'           data = {frame(model)}, method = "{"REML" if model.fit.reml else "ML"}")',
    )


def _program(model: Model, package: str, *call: str) -> str:
    check_names(model)
    data = frame(model)
    groups = dict.fromkeys(name for group in model.groups for name in split(group, ":"))
    return "\n".join(
        [
            f"# In Python, first: {export(model)}",
            f"library({package})",
            f'{data} <- read.csv("{data}.csv", na.strings = "")',
            *(f"{data}${name} <- factor({data}${name})" for name in groups),
            *_categories(model),
            *new_variables(data, _indicators(model)),
            *call,
            "summary(fit)",
        ]
    )


def _reml(model: Model) -> str:
    return "TRUE" if model.fit.reml else "FALSE"


# ---- the fixed part, as R's formula language says it ----------------------------------------


def _fixed(model: Model) -> str:
    response = _inline(model, model.fit.response)
    fixed = model.fit.parsed.fixed
    if not WORDS_AND_SIGNS.fullmatch(fixed):
        import formulaic

        terms = [
            ":".join(_inline(model, factor.expr) for factor in term.factors)
            for term in formulaic.Formula(fixed)
        ]
        fixed = " + ".join(terms if "1" in terms else ["0", *terms])
    return f"{response} ~ {fixed}"


def _inline(model: Model, text: str) -> str:
    """Write a factor of a term: a name, a function, or an expression inside ``I()``."""
    if text in model.fit.data or text == "1":
        return text
    if text in model.fit.categorical:
        return _declared(model, text)
    written = R.write(text)
    return written if re.fullmatch(r"\w+\([^()]*\)", written) else f"I({written})"


def _declared(model: Model, text: str) -> str:
    """Return the name of the R factor for a categorical predictor."""
    return text if text in model.fit.data else f"{variable_of(text)}_factor"


def _categories(model: Model) -> Iterator[str]:
    """Declare the categorical predictors of the fixed part, the reference first."""
    data = frame(model)
    used = {factor.text for column in model.fixed for factor in column.factors}
    for text, levels in model.fit.categorical.items():
        if text in used:
            values = ", ".join(f'"{level}"' for level in levels)
            source = f"{data}${variable_of(text)}"
            yield f"{data}${_declared(model, text)} <- factor({source}, levels = c({values}))"


# ---- the random part, column by column ------------------------------------------------------


def _random(model: Model) -> str:
    return " + ".join(f"({_columns(model, block)} | {block.group})" for block in model.blocks)


def _columns(model: Model, block: Block) -> str:
    made = prepare(model)
    slopes = [
        ":".join(
            made.factors[factor.text, factor.category]
            if factor.category is not None
            else _inline(model, factor.text)
            for factor in column.factors
        )
        for column in block.slopes
    ]
    return " + ".join(["1" if block.intercept else "0", *slopes])


def _indicators(model: Model) -> list[Indicator | Transform]:
    """Return the indicators that random slopes need."""
    made = prepare(model)
    needed = {
        made.factors[factor.text, factor.category]
        for block in model.blocks
        for column in block.columns
        for factor in column.factors
    }
    return [step for step in made.steps if isinstance(step, Indicator) and step.name in needed]


def new_variables(data: str, steps: list[Indicator | Transform]) -> Iterator[str]:
    """Write the lines that add variables to a data frame."""
    language = Dialect(
        "R",
        "^",
        FUNCTIONS,
        mean=lambda column: f"mean({data}${column})",
        column=lambda column: f"{data}${column}",
    )
    for step in steps:
        if isinstance(step, Indicator):
            yield f'{data}${step.name} <- as.numeric({data}${step.variable} == "{step.value}")'
        else:
            yield f"{data}${step.name} <- {language.write(step.expression)}"
