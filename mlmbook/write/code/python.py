"""Programs for Python: statsmodels and bambi."""

from __future__ import annotations

from collections.abc import Iterator

from mlmbook.errors import FormulaError
from mlmbook.write.code.columns import Indicator, check_names, export, frame, prepare
from mlmbook.write.model import Block, Column, Model, split


def statsmodels(model: Model) -> str:
    """Write a program for ``statsmodels.formula.api.mixedlm``."""
    group = model.one_group("statsmodels")
    together = [block for block in model.blocks if len(block.columns) > 1]
    if len(together) > 1:
        raise FormulaError(
            "statsmodels has one set of correlated random effects, but this model has several"
        )
    main = [*together, *(b for b in model.blocks if b.intercept), *model.blocks][0]
    alone = [block.columns[0] for block in model.blocks if block is not main]
    names = [_effect(model, column) for column in alone]
    terms = [f'"{name}": "{_side(model, [c])}"' for name, c in zip(names, alone, strict=True)]
    return "\n".join(
        [
            *_head(model, "import statsmodels.formula.api as smf"),
            "model = smf.mixedlm(",
            f'    "{model.fit.response} ~ {model.fit.parsed.fixed}",',
            f"    {frame(model)},",
            f'    groups="{group}",',
            f'    re_formula="{_side(model, main.columns)}",',
            *([f"    vc_formula={{{', '.join(terms)}}},"] if terms else []),
            ")",
            "# powell: the default optimizers can stop at a variance of zero",
            f'fit = model.fit(reml={model.fit.reml}, method="powell", ftol=1e-10)',
            "print(fit.summary())",
        ]
    )


def bambi(model: Model) -> str:
    """Write a program for ``bambi.Model``: the same model, by Bayesian simulation."""
    random = [f"({_side(model, block.columns)} | {block.group})" for block in model.blocks]
    return "\n".join(
        [
            *_head(model, "import arviz as az", "import bambi as bmb"),
            "# Bayesian, with the default priors of bambi: the estimates are means of posterior",
            "# distributions, near those by likelihood when there are many groups.",
            *_warning(model.blocks),
            "model = bmb.Model(",
            f'    "{" + ".join([f"{model.fit.response} ~ {model.fit.parsed.fixed}", *random])}",',
            f"    {frame(model)},",
            ")",
            "fit = model.fit(random_seed=1)",
            "print(az.summary(fit))",
        ]
    )


def _warning(blocks: tuple[Block, ...]) -> Iterator[str]:
    if any(len(block.columns) > 1 for block in blocks):
        yield "# Up to version 0.15 bambi takes the random effects of a group as uncorrelated:"
        yield "# it does not estimate their covariance."


def _head(model: Model, *imports: str) -> Iterator[str]:
    """Import, read the file, put each reference category first, add indicators."""
    check_names(model)
    data, frame_of = frame(model), model.fit.data
    categories = {
        name: levels for name, levels in model.fit.categorical.items() if name in frame_of
    }
    groups = [name for group in model.groups for name in split(group, ":")]
    types = ", ".join(f'"{name}": str' for name in [*categories, *groups])
    yield f"# First: {export(model)}"
    if "np." in model.fit.formula:
        yield "import numpy as np"
    yield "import pandas as pd"
    yield from imports
    yield ""
    yield f'{data} = pd.read_csv("{data}.csv", dtype={{{types}}})'
    for name, levels in categories.items():
        values = [str(level) for level in levels]
        yield f'{data}["{name}"] = pd.Categorical({data}["{name}"], {values})'
    for step in _indicators(model):
        value = repr(step.value) if step.variable in categories else step.value
        yield f'{data}["{step.name}"] = ({data}["{step.variable}"] == {value}).astype(float)'


def _side(model: Model, columns: tuple[Column, ...] | list[Column]) -> str:
    """Write the left side of a random term, e.g. ``1 + ses``."""
    slopes = [_effect(model, column) for column in columns if column.factors]
    return " + ".join(["0" if len(slopes) == len(columns) else "1", *slopes])


def _effect(model: Model, column: Column) -> str:
    made = prepare(model)
    texts = [
        factor.text if factor.category is None else made.factors[factor.text, factor.category]
        for factor in column.factors
    ]
    return ":".join(texts) or "Intercept"


def _indicators(model: Model) -> list[Indicator]:
    """Return the indicators that random slopes need."""
    made = prepare(model)
    needed = {
        made.factors[factor.text, factor.category]
        for block in model.blocks
        for column in block.columns
        for factor in column.factors
    }
    return [step for step in made.steps if isinstance(step, Indicator) and step.name in needed]
