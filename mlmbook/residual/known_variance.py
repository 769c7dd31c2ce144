r"""Level-1 variances that are known: the model of meta-analysis.

.. math:: y_i = x_i'\beta + z_i'u + e_i, \qquad \operatorname{var}(e_i) = v_i,

with :math:`v_i` the squared standard error that came with the estimate :math:`y_i`, of a study or
of anything else that was estimated beforehand. Nothing is estimated at level 1: the model is that
of precision weights :math:`1/v_i` with :math:`\sigma=1` held [1]_ [2]_. So a row may be a group by
itself, whose variance is told from that of the residual.

References
----------
.. [1] Raudenbush & Bryk (2002), Hierarchical Linear Models, 2nd ed., chapter 7.
.. [2] Konstantopoulos (2011), Res. Synth. Methods 2, 61-76 (three levels).
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

__all__ = ["KnownVariance"]


class KnownVariance(Variance):
    r"""A level-1 variance that is known for each row, as in meta-analysis.

    No residual variance is estimated: ``sigma`` is 1, ``varcorr`` has no row for the residual, and
    ``nparams`` does not count it. ``summary(df="satterthwaite")`` counts what the variances of the
    groups are uncertain, which is not the method of Knapp and Hartung of other programs. There is
    no intraclass correlation: ``vpc(at={"vi": 0.1})`` gives the share of the variance between
    groups for a row of that variance.

    Parameters
    ----------
    column : str
        The column with the variances: squared standard errors, all above zero.

    References
    ----------
    .. [1] Raudenbush & Bryk (2002), Hierarchical Linear Models, 2nd ed., chapter 7 (the V-known
       model).
    .. [2] Konstantopoulos (2011), Res. Synth. Methods 2, 61-76 (three levels).

    Examples
    --------
    >>> import mlmbook as mlm
    >>> import pandas as pd
    >>> trials = pd.DataFrame({"trial": list("abcdef"), "effect": [0.3, 0.1, -0.2, 0.6, 0.4, 0.0],
    ...                        "vi": [0.02, 0.01, 0.03, 0.04, 0.02, 0.01]})
    >>> m = mlm.fit("effect ~ 1 + (1 | trial)", trials, residual=mlm.KnownVariance("vi"))
    >>> m.varcorr[["group", "term", "variance"]].round(3)
       group       term  variance
    0  trial  Intercept     0.046
    """

    def __init__(self, column: str) -> None:
        self.column = check_name(column, "KnownVariance")

    def __repr__(self) -> str:
        return f"KnownVariance({self.column!r})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs."""
        return (self.column,)

    def bind(self, data: pd.DataFrame) -> Known:
        """Take the variances of the rows."""
        return Known.of(self.column, data)


@dataclass(frozen=True, eq=False)
class Known:
    """The logarithm of the variance of each row."""

    column: str
    values: Floats
    ends = None
    of_fitted = False
    """Variances are known beforehand."""
    strata = ()
    """No strata: every row has its own variance."""
    names = ()
    """No parameters."""

    @classmethod
    def of(cls, column: str, data: pd.DataFrame) -> Known:
        """Read the variances.

        Raises
        ------
        DataError
            Some are not positive numbers.
        """
        kind = data[column].dtype
        if kind.kind not in "iuf":
            raise DataError(f"known variances must be numbers; the type of {column!r} is {kind}")
        values = data[column].to_numpy(dtype=float)
        wrong = ~((values > 0) & np.isfinite(values))
        if wrong.any():
            raise DataError(
                f"known variances must be positive and finite: {int(wrong.sum())} of {column!r} "
                f"are not (the first is {values[wrong][0]:g}); give squared standard errors, and "
                "drop rows without one"
            )
        return cls(column, np.log(values))

    @property
    def start(self) -> Floats:
        """No parameters."""
        return np.empty(0)

    def natural(self, phi: Floats) -> Floats:
        """Return no parameters."""
        return phi.copy()

    def strata_variances(self, phi: Floats) -> Floats:
        """Return nothing: there are no strata."""
        return phi[:0]

    def log_variance(self, phi: Floats) -> Floats:
        """Return the logarithm of the variance of each row; sigma squared is 1."""
        return self.values

    def slopes(self, phi: Floats) -> Floats:
        """Return its derivatives, of which there are none: shape (0, rows)."""
        return np.empty((0, len(self.values)))

    def at(self, fitted: Floats) -> Known:
        """Return the same: fitted values do not matter."""
        return self

    def remake(self, data: pd.DataFrame) -> Known:
        """Read the variances of new data."""
        refuse_unknown([self.column], data)
        refuse_missing([self.column], data)
        return Known.of(self.column, data)
