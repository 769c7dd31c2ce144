"""The level-1 part of a model when it has met its data: weights, variances, correlations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mlmbook.design import Grouping
from mlmbook.errors import FormulaError
from mlmbook.known import new_weights, read_weights
from mlmbook.likelihood.level1 import LevelOne, Whitening
from mlmbook.residual.quantities import Quantity
from mlmbook.residual.structure import (
    BoundCovariance,
    BoundVariance,
    Component,
    Structure,
)

if TYPE_CHECKING:
    from mlmbook.arrays import Codes, Floats

__all__ = ["Residual"]

SAME = 1e-12
"""Weights whose logarithms differ by less are the same."""


@dataclass(frozen=True, eq=False)
class Residual:
    """The level-1 part of a model."""

    parts: tuple[Structure, ...]
    variances: tuple[BoundVariance, ...]
    covariance: BoundCovariance | None
    level1: LevelOne
    phi: Floats
    """The parameters, on the whole line: first values, then estimates."""
    weights_column: str | None = None
    within: Grouping | None = None
    """The groups in which residuals correlate."""

    @property
    def whitening(self) -> Whitening:
        """The square root of Sigma."""
        return self.level1.at(self.phi)

    @property
    def row_variances(self) -> Floats:
        """Variance of each row's residual, over sigma squared."""
        variance = np.exp(self.whitening.log_variance)
        if self.covariance is not None:
            variance *= self.covariance.row_variances(self.phi[self.level1.slices[-1]])
        return variance

    def covariance_of(self, rows: Codes) -> Floats:
        """Sigma of some rows, among them all of each block that has one."""
        unit = np.zeros((len(self.level1.fixed), len(rows)))
        unit[rows, np.arange(len(rows))] = 1.0
        L = self.whitening.color(unit)[rows]
        sigma: Floats = L @ L.T
        return sigma

    def variances_of_means(self, codes: Codes) -> Floats:
        """Variance of the mean residual of each group of rows, over sigma squared.

        Groups hold whole blocks of residuals that correlate.
        """
        whitening = self.whitening
        sd = np.exp(whitening.log_variance / 2)[:, None]
        if whitening.places is None or whitening.factor is None:
            sums = np.bincount(codes, sd[:, 0] ** 2)
        else:
            places = whitening.places
            half = whitening.factor.transpose(0, 2, 1) @ places.gather(sd)
            first = codes[places.rows[:, 0]]
            sums = np.bincount(first, np.einsum("bmi,bmi->b", half, half))
        return sums / np.bincount(codes) ** 2

    def new_variances(self, data: pd.DataFrame, fitted: Floats) -> Floats:
        """Variance of the residuals of new rows, over sigma squared; `fitted` are their means."""
        weights = new_weights(self.weights_column, data)
        variance = self._unweighted(data, fitted)
        return variance / (weights if weights is not None else self.weight or 1.0)

    def variance_function(self, data: pd.DataFrame) -> Floats:
        """Variance of the residuals of new rows, over sigma squared.

        Their weight is that of every row of the fit. Where those differ it is a column of `data`,
        or 1.

        Raises
        ------
        FormulaError
            The variance depends on the fitted values.
        """
        weights: Floats | float = self.weight or 1.0
        if self.weight is None and self.weights_column in data:
            weights = np.asarray(read_weights(self.weights_column, data))
        return self._unweighted(data) / weights

    def _unweighted(self, data: pd.DataFrame, fitted: Floats | None = None) -> Floats:
        if fitted is None and self.of_fitted:
            raise FormulaError(
                "with VariancePower() the level-1 variance depends on the fitted value, so on the "
                "group as well: there is no one share for given predictors"
            )
        log_variance: Floats = np.zeros(len(data))
        for part, at in zip(self.variances, self.level1.slices, strict=False):
            new = part.remake(data)
            new = new if fitted is None else new.at(fitted)
            log_variance += new.log_variance(self.phi[at])
        if self.covariance is not None:
            relative = self.covariance.new_variances(data, self.phi[self.level1.slices[-1]])
            log_variance += np.log(relative)
        variance: Floats = np.exp(log_variance)
        return variance

    @property
    def parameters(self) -> pd.Series[float]:
        """The parameters as a reader knows them: ratios of SDs, powers, correlations."""
        named: dict[str, float] = {}
        for part, at in zip(self.variances, self.level1.slices, strict=False):
            named.update(zip(part.names, part.natural(self.phi[at]).tolist(), strict=True))
        if self.covariance is not None:
            values = self.covariance.natural(self.phi[self.level1.slices[-1]])
            named.update(zip(self.covariance.names, values.tolist(), strict=True))
        return pd.Series(named, name="estimate", dtype=float)

    @property
    def weight(self) -> float | None:
        """The weight of every row; None if they differ."""
        log_variance = self.level1.fixed
        return float(np.exp(-log_variance[0])) if np.ptp(log_variance) < SAME else None

    @property
    def one_variance(self) -> bool:
        """Whether all rows have the same variance."""
        own = [row for row in self.components() if not row[1]]
        return len(own) == 1 and not self.others and self.weight is not None

    @property
    def by_occasion(self) -> bool:
        """Whether each occasion has a variance of its own."""
        return self.covariance is not None and bool(self.covariance.strata)

    @property
    def sigma_known(self) -> bool:
        """Whether all variances are known, so that sigma is not estimated."""
        return self.level1.sigma2 is not None

    @property
    def others(self) -> dict[str, float]:
        """The parameters that are neither variances nor correlations: powers, ratios, nugget."""
        x = np.append(0.0, self.phi)
        own = [q for q in self.quantities() if q.kind in ("power", "ratio", "share")]
        return {quantity.name: quantity.value(x) for quantity in own}

    @property
    def of_fitted(self) -> bool:
        """Whether a variance depends on the fitted values."""
        return any(part.of_fitted for part in self.variances)

    def with_fitted(self, fitted: Floats) -> Residual:
        """Return the same with variances at these fitted values."""
        variances = tuple(part.at(fitted) for part in self.variances)
        level1 = LevelOne(self.level1.fixed, variances, self.covariance)
        return replace(self, variances=variances, level1=level1)

    def components(self) -> list[Component]:
        """Return variances, and correlations of a block, over sigma squared; none if known."""
        return [] if self.sigma_known else self._components(self.phi)

    def _components(self, phi: Floats) -> list[Component]:
        rows: list[Component] = [("", "", 1.0, 1.0)]
        pieces = zip(self.variances, self.level1.slices, strict=False)
        strata = [(part, phi[at]) for part, at in pieces if part.strata]
        for part, values in strata:
            variance = part.strata_variances(values)
            rows = [
                (":".join(filter(None, (before, name))), "", was * v, float(np.sqrt(was * v)))
                for before, _, was, _ in rows
                for name, v in zip(part.strata, variance.tolist(), strict=True)
            ]
        if self.covariance is not None:
            within = self.covariance.components(phi[self.level1.slices[-1]])
            own = [row for row in within if not row[1]]
            rows = rows if len(own) == 1 else own
            rows += [row for row in within if row[1]]
        return rows

    def quantities(self) -> list[Quantity]:
        """Return what has a row in a table of intervals: as `components`, then what they lack."""
        least = -1.0 if self.covariance is None else self.covariance.least
        quantities = [
            Quantity(
                _named(term, term2),
                "correlation" if term2 else "variance",
                partial(self._component, number, bool(term2)),
                least,
            )
            for number, (term, term2, _, _) in enumerate(self.components())
        ]
        for part, at in zip(self.variances, self.level1.slices, strict=False):
            if part.strata and not self.by_occasion:
                continue
            kind: Literal["ratio", "power"] = "ratio" if part.strata else "power"
            for number, name in enumerate(part.names):
                quantities.append(Quantity(name, kind, partial(_natural, part, at, number)))
        if self.covariance is not None:
            names, at = self.covariance.names, self.level1.slices[-1]
            quantities += [
                Quantity(names[i], "share", partial(_natural, self.covariance, at, i))
                for i in self.covariance.others
            ]
        return quantities

    def _component(self, number: int, correlation: bool, x: Floats) -> float:
        _, _, variance, sd = self._components(x[1:])[number]
        return sd if correlation else variance * float(np.exp(2 * x[0]))


def _named(term: str, term2: str) -> str:
    if term2:
        return f"cor({term}, {term2} | Residual)"
    return f"var({term} | Residual)" if term else "var(Residual)"


def _natural(part: BoundVariance | BoundCovariance, at: slice, number: int, x: Floats) -> float:
    return float(part.natural(x[1:][at])[number])
