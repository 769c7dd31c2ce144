"""When a system has no way to say a part of a model."""

from __future__ import annotations

from mlmbook.errors import FormulaError
from mlmbook.write.model import Model

__all__ = ["CannotSayError", "need_blocks", "need_chain", "need_plain_level1", "need_plain_units"]


class CannotSayError(FormulaError):
    """The system cannot express this part of the model; others may."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def need_blocks(model: Model) -> None:
    """Refuse models without random effects."""
    if not model.blocks:
        raise CannotSayError("a model without random effects")


def need_chain(model: Model) -> None:
    """Refuse crossed grouping factors."""
    if not model.nested:
        raise CannotSayError(f"the crossed grouping factors {', '.join(map(repr, model.groups))}")


def need_plain_units(model: Model, *, shared: bool = False) -> None:
    """Refuse spatial dependence, and multiple membership unless the system has that."""
    for unit in model.units:
        if unit.spatial is not None or (unit.shared is not None and not shared):
            raise CannotSayError(unit.name)


def need_plain_level1(model: Model, *, weights: bool = False) -> None:
    """Refuse level-1 structures, and weights unless the system has them."""
    level1 = model.level1
    if level1.exchangeable:
        raise CannotSayError(level1.words, EXCHANGEABLE.format(group=level1.group))
    if not level1.plain and not (weights and level1.correlation is None and not level1.modeled):
        raise CannotSayError(level1.words)


EXCHANGEABLE = (
    "where the correlation is not negative, the model with (1 | {group}) in place of "
    "CompoundSymmetry is the same"
)
