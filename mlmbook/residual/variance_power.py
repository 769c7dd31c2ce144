r"""A level-1 variance that is a power of a covariate.

.. math:: \operatorname{var}(e_{ij}) = \sigma^2|x_{ij}|^{2\delta},

so that :math:`\sigma` is the residual standard deviation where :math:`x=1`, and the logarithm of
the standard deviation is linear in :math:`\log|x|` with slope :math:`\delta` [1]_.

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
    covariate : str
        A numeric column without zeros.
    """

    def __init__(self, covariate: str) -> None:
        self.covariate = check_name(covariate, "VariancePower")

    def __repr__(self) -> str:
        return f"VariancePower({self.covariate!r})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs."""
        return (self.covariate,)

    def bind(self, data: pd.DataFrame) -> Power:
        """Take the logarithm of the covariate."""
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

    covariate: str
    log_size: Floats

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
        return (f"power {self.covariate}",)

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
        """Take the logarithm of the covariate in new data."""
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
