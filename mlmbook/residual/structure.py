"""What every level-1 structure says of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from mlmbook.errors import FormulaError
from mlmbook.likelihood.level1 import BlockCovariance, Places, VarianceFunction

if TYPE_CHECKING:
    import pandas as pd

    from mlmbook.arrays import Codes, Floats

__all__ = [
    "BoundCovariance",
    "BoundVariance",
    "Component",
    "Correlation",
    "Structure",
    "Variance",
    "check_name",
]

Component = tuple[str, str, float, float]
"""Two terms (the second empty for a variance), a variance or covariance, an SD or correlation."""


class Structure(ABC):
    """A level-1 structure, before it meets data."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs."""


class BoundVariance(VarianceFunction, Protocol):
    """A variance function of the rows of some data."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameters are called."""

    def natural(self, phi: Floats) -> Floats:
        """Return the parameters as a reader knows them."""

    def remake(self, data: pd.DataFrame) -> BoundVariance:
        """Return the same function of the rows of new data."""

    @property
    def of_fitted(self) -> bool:
        """Whether it depends on the fitted values."""

    def at(self, fitted: Floats) -> BoundVariance:
        """Return the same function at these fitted values."""

    @property
    def strata(self) -> tuple[str, ...]:
        """Names of the strata, if rows of a stratum share a variance."""

    def strata_variances(self, phi: Floats) -> Floats:
        """Return the variance of each stratum, over sigma squared."""


class BoundCovariance(BlockCovariance, Protocol):
    """The covariance of the residuals in the blocks of some data."""

    @property
    def least(self) -> float:
        """Lower bound of the correlations."""

    @property
    def strata(self) -> tuple[str, ...]:
        """Names of the occasions, if each has a variance of its own."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameters are called."""

    def natural(self, phi: Floats) -> Floats:
        """Return the parameters as a reader knows them."""

    @property
    def others(self) -> tuple[int, ...]:
        """Which parameters are neither standard deviations nor correlations."""

    def components(self, phi: Floats) -> list[Component]:
        """Return variances and covariances over sigma squared, for a table."""

    def row_variances(self, phi: Floats) -> Floats:
        """Return the variance of each row, over sigma squared."""

    def new_variances(self, data: pd.DataFrame, phi: Floats) -> Floats:
        """Return the variance of each row of new data, over sigma squared."""

    def across(self, data: pd.DataFrame, phi: Floats, blocks: Codes) -> Floats:
        """Return the covariances of new rows with the rows of a block, shape (new rows, m)."""


class Variance(Structure):
    """A structure that gives each row its variance."""

    @abstractmethod
    def bind(self, data: pd.DataFrame) -> BoundVariance:
        """Meet the rows of the data."""


class Correlation(Structure):
    """A structure that correlates the rows of a group."""

    group: str | None
    """The grouping factor of the blocks; None for the one with most groups."""
    exchangeable = False
    """Whether a random intercept of the same group would be a part of it."""

    def _group_text(self) -> str:
        return "" if self.group is None else f", group={self.group!r}"

    @abstractmethod
    def bind(self, data: pd.DataFrame, places: Places) -> BoundCovariance:
        """Meet the rows of the data; `places` says which are in one block."""


def check_name(name: object, what: str) -> str:
    """Return the name of a column, or raise."""
    if not isinstance(name, str) or not name:
        raise FormulaError(f"{what} takes the name of a column, got {name!r}")
    return name
