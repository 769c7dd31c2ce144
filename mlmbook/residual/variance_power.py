r"""A level-1 variance that is a power of a covariate, or of the fitted value.

.. math:: \operatorname{var}(e_{ij}) = \sigma^2|x_{ij}|^{2\delta},

so that :math:`\sigma` is the residual standard deviation where :math:`x=1`, and the logarithm of
the standard deviation is linear in :math:`\log|x|` with slope :math:`\delta` [1]_.

The covariate may be the fitted value :math:`o_{ij}+x_{ij}'\hat\beta+z_{ij}'\hat b_j` itself, random
effects included. Then estimates and covariate depend on each other, and as in nlme [1]_ the
likelihood is maximized with the fitted values of the step before, until they no longer change
(:mod:`mlmbook.maximum`).

References
----------
.. [1] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.2 (varPower).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.errors import DataError
from mlmbook.residual.structure import Variance, check_name
from mlmbook.rows import refuse_missing, refuse_unknown

if TYPE_CHECKING:
    import pandas as pd

    from mlmbook.arrays import Floats

__all__ = ["VariancePower"]


class VariancePower(Variance):
    """A level-1 standard deviation that is proportional to a power of a covariate.

    Parameters
    ----------
    covariate : str, optional
        A numeric column without zeros; the fitted value, random effects included, if not given.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> m = mlm.fit("distance ~ age + (1 | subject)", mlm.load("orthodont"),
    ...             residual=mlm.VariancePower())
    >>> m.residual.parameters.round(2).to_dict()
    {'power of fitted': 1.11}
    """

    def __init__(self, covariate: str | None = None) -> None:
        self.covariate = None if covariate is None else check_name(covariate, "VariancePower")

    def __repr__(self) -> str:
        return f"VariancePower({'' if self.covariate is None else repr(self.covariate)})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs."""
        return () if self.covariate is None else (self.covariate,)

    def bind(self, data: pd.DataFrame) -> Power:
        """Take the logarithm of the covariate; for fitted values, which come later, leave room."""
        if self.covariate is None:
            return Power(None, np.zeros(len(data)))
        log_size = _log_size(self.covariate, data)
        if np.ptp(log_size) == 0:
            raise DataError(
                f"the size of {self.covariate!r} is the same in all rows: a variance cannot be "
                "seen to depend on it"
            )
        return Power(self.covariate, log_size)


@dataclass(frozen=True, eq=False)
class Power:
    """The logarithm of the covariate's size, in each row."""

    covariate: str | None
    """None for the fitted value."""
    log_size: Floats
    ends = None

    @property
    def of_fitted(self) -> bool:
        """Whether the covariate is the fitted value."""
        return self.covariate is None

    def at(self, fitted: Floats) -> Power:
        """Return the same function at these fitted values, if it is one of them."""
        if not self.of_fitted:
            return self
        size = np.abs(fitted)
        if not size.all():
            raise DataError(
                "a fitted value is zero, where a power of it gives no variance: add a constant to "
                "the response, or let the variance depend on a covariate, VariancePower('x')"
            )
        return Power(None, np.log(size))

    @property
    def start(self) -> Floats:
        """Equal variances."""
        return np.zeros(1)

    @property
    def strata(self) -> tuple[str, ...]:
        """No strata: every row has its own variance."""
        return ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameter is called."""
        return ("power of fitted" if self.covariate is None else f"power {self.covariate}",)

    def natural(self, phi: Floats) -> Floats:
        """Return the power itself."""
        return phi.copy()

    def strata_variances(self, phi: Floats) -> Floats:
        """Return nothing: there are no strata."""
        return phi[:0]

    def log_variance(self, phi: Floats) -> Floats:
        """Return the logarithm of the variance of each row, over sigma squared."""
        values: Floats = 2 * phi[0] * self.log_size
        return values

    def slopes(self, phi: Floats) -> Floats:
        """Return its derivative, shape (1, rows)."""
        return 2 * self.log_size[None, :]

    def remake(self, data: pd.DataFrame) -> Power:
        """Take the logarithm of the covariate in new data; for fitted values, leave room."""
        if self.covariate is None:
            return Power(None, np.zeros(len(data)))
        refuse_unknown([self.covariate], data)
        refuse_missing([self.covariate], data)
        return Power(self.covariate, _log_size(self.covariate, data))


def _log_size(covariate: str, data: pd.DataFrame) -> Floats:
    column = data[covariate]
    if column.dtype.kind not in "iuf":
        raise DataError(f"VariancePower needs numbers; the type of {covariate!r} is {column.dtype}")
    size = np.abs(column.to_numpy(dtype=float))
    if not size.all():
        raise DataError(
            f"{covariate!r} is zero in {int((size == 0).sum())} rows, where a power of it gives no "
            "variance; add a constant to it, or use VarianceBy"
        )
    log_size: Floats = np.log(size)
    return log_size
