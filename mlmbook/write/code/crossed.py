"""Crossed grouping factors in systems that know nested groups only."""

from __future__ import annotations

from collections.abc import Callable

from mlmbook.write.code.refusal import CannotSayError
from mlmbook.write.model import Model
from mlmbook.write.units import Unit, is_chain

__all__ = ["divide"]


def divide(model: Model, movable: Callable[[Unit], bool]) -> tuple[list[Unit], list[Unit]]:
    """Tell factors to be written as columns of indicators from a chain of nested ones.

    Parameters
    ----------
    model : Model
    movable : callable
        Whether the random effects of a kind of group can be written as columns of indicators.

    Returns
    -------
    tuple of lists
        The first ones, and the chain, its smallest groups first.

    References
    ----------
    .. [1] Rasbash & Goldstein (1994), J. Educ. Behav. Stat. 19, 337-350.
    """
    units = list(model.units)
    if model.nested:
        return [], units
    plain = [unit for unit in units if unit.shared is None]
    stuck = [unit.name for unit in units if unit.shared is not None and not movable(unit)]
    if stuck:
        raise CannotSayError(f"random slopes of {', '.join(stuck)}")
    chain = [unit for unit in plain if not movable(unit)] or plain[:1]
    if model.level1.group is not None and units[0] not in chain:
        chain = [units[0], *chain]  # residuals correlate within the smallest groups
    for unit in plain:
        longer = [other for other in units if other in chain or other is unit]
        chain = longer if is_chain(longer) else chain
    if not is_chain(chain):
        names = ", ".join(repr(unit.name) for unit in chain)
        raise CannotSayError(f"random slopes of the crossed factors {names}")
    return [unit for unit in units if unit not in chain], chain
