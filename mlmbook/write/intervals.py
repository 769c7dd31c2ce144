"""How the intervals of variance components were made, in words.

They are those of ``confint()``: Wald intervals, each on a scale where the likelihood is closer to
normal (see :mod:`mlmbook.inference`), turned back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlmbook.write.words import listed

LOG, LOGIT, RANGE = "log scale", "logit scale", "logit scale of the range"
KINDS = {
    "icc": ("the intraclass correlation", "the intraclass correlation", LOGIT),
    "var": ("the standard deviation", "standard deviations", LOG),
    "cor": ("the correlation", "correlations", RANGE),
    "rho": ("rho", "rho", RANGE),
    "nugget": ("the share of noise", "the share of noise", LOGIT),
    "power": ("the power", "powers", "scale of the power itself"),
}
"""Of each kind of component: one, several, and the scale of the interval."""


def how_made(components: Sequence[str]) -> Iterator[str]:
    """Say how the intervals of components were made; they have the names of ``confint``."""
    kinds = [next(kind for kind in KINDS if name.startswith(kind)) for name in components]
    if not kinds:
        return
    source = "with standard errors from the observed information"
    if len(kinds) == 1:
        name, _, scale = KINDS[kinds[0]]
        yield f"The interval of {name} is a Wald interval on the {scale}, {source}."
        return
    each = [
        f"{KINDS[kind][kinds.count(kind) > 1]} (on the {KINDS[kind][2]})"
        for kind in dict.fromkeys(kinds)
    ]
    yield f"Intervals of {listed(each)} are Wald intervals, {source}."
