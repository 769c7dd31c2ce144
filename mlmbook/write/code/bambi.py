"""Programs for bambi."""

from __future__ import annotations

from collections.abc import Iterator

from mlmbook.write.code.columns import frame
from mlmbook.write.code.python import NUMPY, fixed, head, response, side
from mlmbook.write.code.refusal import CannotSayError, need_blocks, need_plain_units
from mlmbook.write.model import Block, Model


def bambi(model: Model) -> str:
    """Write a program for ``bambi.Model``: the same model, by Bayesian simulation."""
    need_plain_units(model)
    level1 = model.level1
    if level1.correlation is not None or level1.of_fitted or level1.known:
        raise CannotSayError(level1.words)
    need_blocks(model)
    mean = [f"{response(model)} ~ {fixed(model)}"]
    mean += [f"offset({model.offset})"] if model.offset else []
    mean += [f"({side(model, block.columns)} | {block.group})" for block in model.blocks]
    formula = f'"{" + ".join(mean)}"'
    imports = ["import arviz as az", "import bambi as bmb"]
    if level1.varies:
        scale = " + ".join(_scale(model))
        formula = f'bmb.Formula(\n        {formula},\n        "sigma ~ {scale}",\n    )'
        imports.insert(0, NUMPY)
    return "\n".join(
        [
            *head(model, *imports),
            "# Bayesian, with the default priors of bambi: the estimates are means of posterior",
            "# distributions, near those by likelihood when there are many groups.",
            *_warning(model.blocks),
            "model = bmb.Model(",
            f"    {formula},",
            f"    {frame(model)},",
            ")",
            "fit = model.fit(random_seed=1)",
            "print(az.summary(fit))",
        ]
    )


def _scale(model: Model) -> Iterator[str]:
    """Write the logarithm of the residual standard deviation."""
    for factors in model.level1.strata:
        yield "*".join(f"C({name})" for name in factors)
    for name in model.level1.powers:
        yield f"np.log(np.abs({name}))"
    if model.level1.weights:
        yield f"offset(-np.log({model.level1.weights}) / 2)"


def _warning(blocks: tuple[Block, ...]) -> Iterator[str]:
    if any(len(block.columns) > 1 for block in blocks):
        yield "# Up to version 0.15 bambi takes the random effects of a group as uncorrelated:"
        yield "# it does not estimate their covariance."
