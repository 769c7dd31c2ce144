r"""A level-1 variance for each group of people (the book's C.7.20).

.. math:: \operatorname{var}(e_{ij}) = \sigma^2_{e,s(i)} = \sigma^2\exp(\varphi_{s(i)}),
          \qquad \varphi_1 = 0,

with *s(i)* the stratum of the person: poor or not, or a combination of several factors. A person
is in one stratum, so the strata have variances and no covariances [1]_ [2]_.

References
----------
.. [1] Goldstein (2011), Multilevel Statistical Models, 4th ed., chapter 3.
.. [2] Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.2 (varIdent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmbook.errors import DataError, FormulaError
from mlmbook.residual.structure import Variance, check_name
from mlmbook.rows import refuse_missing, refuse_unknown

if TYPE_CHECKING:
    from mlmbook.arrays import Codes, Floats

__all__ = ["VarianceBy"]


class VarianceBy(Variance):
    """A level-1 variance for each group of people.

    Parameters
    ----------
    *factors : str
        Columns; every combination of their values that is in the data has its own variance.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> m = mlm.fit("normexam ~ standlrt + girl + (standlrt | school)", mlm.load("exam"),
    ...             residual=mlm.VarianceBy("girl"))
    >>> m.varcorr[["term", "variance"]].tail(2).round(3)
          term  variance
    3  girl[0]     0.588
    4  girl[1]     0.525
    """

    def __init__(self, *factors: str) -> None:
        if not factors:
            raise FormulaError("VarianceBy needs at least one column, such as VarianceBy('poor')")
        for name in factors:
            check_name(name, "VarianceBy")
        if len(set(factors)) < len(factors):
            raise FormulaError(f"VarianceBy names a column twice: {', '.join(factors)}")
        self.factors = factors

    def __repr__(self) -> str:
        return f"VarianceBy({', '.join(map(repr, self.factors))})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs."""
        return self.factors

    def bind(self, data: pd.DataFrame) -> Strata:
        """Find the strata of the rows."""
        keys = _keys(self.factors, data)
        labels, codes, sizes = np.unique(
            _positions(self.factors, data, keys), return_inverse=True, return_counts=True
        )
        first = [keys[int(np.argmax(codes == code))] for code in range(len(labels))]
        strata = Strata(self.factors, tuple(first), codes)
        if len(first) < 2:
            raise DataError(
                f"{strata.strata[0]!r} is the only stratum of {self!r}; two are needed to differ"
            )
        if sizes.min() < 2:
            raise DataError(
                f"the stratum {strata.strata[int(sizes.argmin())]!r} has one row only: its "
                "variance cannot be estimated; join it with another"
            )
        return strata


@dataclass(frozen=True, eq=False)
class Strata:
    """Which stratum each row is in."""

    factors: tuple[str, ...]
    labels: tuple[tuple[Any, ...], ...]
    """The values of the factors in each stratum; the first is the reference."""
    codes: Codes

    ends = None
    of_fitted = False
    """Strata are known beforehand."""

    @property
    def start(self) -> Floats:
        """Equal variances."""
        return np.zeros(len(self.labels) - 1)

    @property
    def strata(self) -> tuple[str, ...]:
        """Names of the strata, e.g. ``"sex[girl]"``."""
        return tuple(
            ":".join(f"{name}[{value}]" for name, value in zip(self.factors, label, strict=True))
            for label in self.labels
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameters are called: a ratio of SDs for each stratum but the first."""
        return tuple(f"sd ratio {name}" for name in self.strata[1:])

    def natural(self, phi: Floats) -> Floats:
        """Return standard deviations over that of the first stratum."""
        ratios: Floats = np.exp(phi / 2)
        return ratios

    def strata_variances(self, phi: Floats) -> Floats:
        """Return the variance of each stratum, over that of the first."""
        variances: Floats = np.exp(np.concatenate([[0.0], phi]))
        return variances

    def log_variance(self, phi: Floats) -> Floats:
        """Return the logarithm of the variance of each row, over sigma squared."""
        values: Floats = np.concatenate([[0.0], phi])[self.codes]
        return values

    def slopes(self, phi: Floats) -> Floats:
        """Return its derivatives, shape (parameters, rows)."""
        return np.asarray(self.codes == np.arange(1, len(phi) + 1)[:, None], dtype=float)

    def at(self, fitted: Floats) -> Strata:
        """Return the strata: fitted values do not matter."""
        return self

    def remake(self, data: pd.DataFrame) -> Strata:
        """Find the same strata in new data."""
        refuse_unknown(self.factors, data)
        refuse_missing(self.factors, data)
        known = {label: code for code, label in enumerate(self.labels)}
        keys = _keys(self.factors, data)
        for key in keys:
            if key not in known:
                new = Strata(self.factors, (key,), self.codes).strata[0]
                raise DataError(
                    f"the level-1 variance of the stratum {new!r} was not estimated "
                    f"(strata: {', '.join(self.strata)})"
                )
        return Strata(self.factors, self.labels, np.array([known[key] for key in keys], dtype=int))


def _keys(factors: tuple[str, ...], data: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(zip(*(data[name].tolist() for name in factors), strict=True))


def _positions(factors: tuple[str, ...], data: pd.DataFrame, keys: list[tuple[Any, ...]]) -> Codes:
    """Give each row the number of its stratum: in sorted order, or in that of categories."""
    position: Codes = np.zeros(len(keys), dtype=int)
    for name in factors:
        column = data[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype("category")
        position = position * len(column.cat.categories) + column.cat.codes.to_numpy()
    return position
