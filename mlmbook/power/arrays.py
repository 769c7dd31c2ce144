"""What a replicate is fitted to: the arrays of a drawn data set, as the engine takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ..likelihood.estimates import Effects, Estimates, maximize

if TYPE_CHECKING:
    import numpy as np

    from ..arrays import Floats

__all__ = ["Arrays", "Cell", "Source"]

Cell: TypeAlias = Mapping[str, Any]
"""One design of a grid: what varies, with its values."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """A drawn data set."""

    names: tuple[str, ...]
    """Names of the fixed effects, the columns of `X`."""
    X: Floats
    y: Floats
    variances: tuple[tuple[str, ...], ...]
    """Names of the variances of each grouping factor, one for each column of its Z."""
    effects: tuple[Effects, ...]
    """The random effects of each grouping factor."""

    def fit(self, *, reml: bool, effects: Sequence[Effects] | None = None) -> Estimates:
        """Maximize the likelihood, with other random effects if they are given."""
        return maximize(self.X, self.y, self.effects if effects is None else effects, reml=reml)


class Source(Protocol):
    """What data sets are drawn from; small, so that it can be sent to other machines."""

    def draw(self, cell: Cell, rng: np.random.Generator) -> Arrays:
        """Draw a data set of the design `cell`."""
