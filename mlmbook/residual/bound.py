"""The level-1 part of a model when it has met its data: weights, variances, correlations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mlmbook.design import Design, Grouping, group_codes
from mlmbook.errors import DataError, FormulaError
from mlmbook.known import new_weights, read_weights
from mlmbook.likelihood.level1 import LevelOne, Places, Whitening
from mlmbook.residual.known_variance import KnownVariance
from mlmbook.residual.quantities import Quantity
from mlmbook.residual.structure import (
    BoundCovariance,
    BoundVariance,
    Component,
    Correlation,
    Structure,
    Variance,
)

if TYPE_CHECKING:
    from mlmbook.arrays import Codes, Floats

__all__ = ["Residual", "are_known", "bind", "structures"]

SAME = 1e-12
"""Weights whose logarithms differ by less are the same."""


def structures(residual: object) -> tuple[Structure, ...]:
    """Return what the argument `residual` of :func:`mlmbook.fit` asks for, checked."""
    if residual is None:
        return ()
    parts = tuple(residual) if isinstance(residual, list | tuple) else (residual,)
    for part in parts:
        if not isinstance(part, Structure):
            hint = ""
            if isinstance(part, type):
                hint = f"; did you forget to call it: mlm.{part.__name__}(...)?"
            raise FormulaError(
                f"residual must be a structure such as mlm.VarianceBy('poor'), got {part!r}{hint}"
            )
    if sum(isinstance(part, Correlation) for part in parts) > 1:
        raise FormulaError(
            f"residual has more than one correlation structure: {', '.join(map(repr, parts))}"
        )
    if are_known(parts) and len(parts) > 1:
        raise FormulaError(
            "KnownVariance says what all of level 1 is, so nothing of it is left to be estimated "
            f"by another structure: {', '.join(map(repr, parts))}"
        )
    return parts


def are_known(parts: Sequence[Structure]) -> bool:
    """Return whether the level-1 variances are known."""
    return any(isinstance(part, KnownVariance) for part in parts)


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


def bind(parts: Sequence[Structure], design: Design, weights_column: str | None) -> Residual | None:
    """Turn structures and weights into what the engine needs.

    Returns
    -------
    Residual or None
        None where residuals are independent with equal variances.

    Raises
    ------
    DataError, FormulaError
        The data do not support a structure.
    """
    if weights_column is None and not parts:
        return None
    weights = read_weights(weights_column, design.data)
    if weights is not None and are_known(parts):
        raise FormulaError(
            f"weights say how variances relate, and {parts[0]!r} says what they are: leave one out"
        )
    fixed = np.zeros(len(design.y)) if weights is None else -np.log(weights)
    variances = tuple(part.bind(design.data) for part in parts if isinstance(part, Variance))
    correlations = [part for part in parts if isinstance(part, Correlation)]
    within = _within_groups(correlations[0], design) if correlations else None
    covariance = None
    if within is not None:
        covariance = correlations[0].bind(design.data, Places.of(within.codes))
    level1 = LevelOne(fixed, variances, covariance, sigma2=1.0 if are_known(parts) else None)
    return Residual(
        tuple(parts), variances, covariance, level1, level1.start, weights_column, within
    )


def _within_groups(part: Correlation, design: Design) -> Grouping:
    """Find the blocks of rows that correlate."""
    groupings = {
        grouping.name: grouping for grouping in design.groupings if grouping.special is None
    }
    group = part.group
    if group is None:
        if not groupings:
            raise FormulaError(
                "without a random term of plain groups, say within which ones residuals correlate: "
                f"{type(part).__name__}(..., group='subject')"
            )
        group = max(groupings, key=lambda name: groupings[name].ngroups)
    codes, labels = group_codes(group, design.data)
    first = np.unique(codes, return_index=True)[1][codes]
    for grouping in design.groupings:
        if not grouping.same_units(first):
            raise DataError(
                f"residuals correlate within {group!r}, whose groups spread over several groups of "
                f"{grouping.name!r}; they must be nested in it"
            )
    if part.exchangeable and group in groupings:
        raise FormulaError(
            f"{part!r} takes the place of random effects of {group!r}, which cannot be told from "
            "it; leave that random term out"
        )
    return Grouping(group, labels, codes, parts=(), blocks=())
