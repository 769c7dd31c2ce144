"""Estimates as phrases: a number with its unit and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.degrees import known_satterthwaite
from mlmbook.write.model import Column, Model
from mlmbook.write.numbers import decimals, number, percent
from mlmbook.write.words import Words, plain, variable

if TYPE_CHECKING:
    import pandas as pd

    from mlmbook.likelihood.satterthwaite import Satterthwaite

FEW = 100
"""Degrees of freedom below this are written with a decimal."""


class Phrases:
    """The estimates of one fit, in the words of its data."""

    def __init__(self, model: Model) -> None:
        self.model, self.fit, self.words = model, model.fit, Words(model)
        self.table = self.fit.summary()
        self.method: str = self.table.attrs["df"]
        self.slopes = {column.name: column for block in model.blocks for column in block.slopes}
        self.with_limits: list[str] = []
        """Variance components whose intervals have been written."""

    @cached_property
    def components(self) -> pd.DataFrame:
        """Intervals of the variance components."""
        return self.fit.confint()

    @cached_property
    def _satterthwaite(self) -> Satterthwaite:
        return known_satterthwaite(self.fit)

    def contrast(self, weights: Mapping[str, float]) -> tuple[float, float]:
        """Return a weighted sum of fixed effects and its standard error."""
        names = list(weights)
        w = np.array([weights[name] for name in names])
        covariance = self.fit.vcov.loc[names, names].to_numpy()
        return float(w @ self.fit.fixef[names].to_numpy()), float(np.sqrt(w @ covariance @ w))

    def degrees(self, weights: Mapping[str, float]) -> float:
        """Return the degrees of freedom of a weighted sum of fixed effects."""
        if self.method != "satterthwaite":
            return np.inf
        if len(weights) == 1:
            return float(self.table["df"].loc[next(iter(weights))])
        w = np.array([[weights.get(name, 0.0)] for name in self.fit.fixef.index])
        return float(self._satterthwaite.degrees(w)[0])

    def interval(self, weights: Mapping[str, float], *, test: bool = True) -> str:
        """Write ``95 % CI low to high; t(df) = value``, or without the test against zero."""
        estimate, se = self.contrast(weights)
        places, df = decimals(se), self.degrees(weights)
        reach = quantile(self.fit.ci, df) * se
        limits = f"{number(estimate - reach, places)} to {number(estimate + reach, places)}"
        ratio = estimate / se
        name = f"t({number(df, int(df < FEW))})" if np.isfinite(df) else "z"
        against = f"; {name} = {number(ratio, 1 + (abs(ratio) < 10))}" if test else ""
        return f"{percent(self.fit.ci)} CI {limits}{against}"

    def amount(self, weights: Mapping[str, float], *, unit: bool = True, test: bool = True) -> str:
        """Write a sum of fixed effects with unit and interval."""
        estimate, se = self.contrast(weights)
        places = decimals(se)
        text = self.words.amount(estimate, places) if unit else number(estimate, places)
        return f"{text} ({self.interval(weights, test=test)})"

    def higher(self, weights: Mapping[str, float]) -> str:
        """Write a difference as so much higher or lower, with its interval."""
        estimate, se = self.contrast(weights)
        size = self.words.amount(abs(estimate), decimals(se))
        direction = "lower" if estimate < 0 else "higher"
        return f"{size} {direction} in {self.words.outcome} ({self.interval(weights)})"

    def sd(self, term: str, group: str) -> float:
        """Return the standard deviation of a random effect."""
        table = self.fit.varcorr
        own = (table["group"] == group) & (table["term"] == term) & (table["term2"] == "")
        return float(table.loc[own, "sd"].iloc[0])

    def covariance(self, term: str, group: str) -> float | None:
        """Return the covariance of a random slope with the intercept, if it was estimated."""
        table = self.fit.varcorr
        own = (table["group"] == group) & (table["term"] == "Intercept")
        row = table[own & (table["term2"] == term)]
        return None if row.empty else float(row["variance"].iloc[0])

    def ends(self, name: str) -> tuple[float, float] | None:
        """Return the interval of a component that is about to be written, if it has one."""
        if name not in self.components.index:
            return None
        low, high = (float(self.components[end].loc[name]) for end in ("low", "high"))
        if not (np.isfinite(low) and np.isfinite(high)):
            return None
        self.with_limits.append(name)
        return low, high

    def limits(self, name: str, scale: Callable[[float], float] = float) -> str:
        """Write the interval of a variance component, ``""`` if it has none."""
        ends = self.ends(name)
        if ends is None:
            return ""
        low, high = map(scale, ends)
        places = decimals((high - low) / 2)
        return f" ({percent(self.fit.ci)} CI {number(low, places)} to {number(high, places)})"


def quantile(ci: float, df: float) -> float:
    """Return how many standard errors an interval reaches to each side."""
    if not np.isfinite(df):
        return NormalDist().inv_cdf((1 + ci) / 2)
    from scipy.special import stdtrit  # takes a tenth of a second to import

    return float(stdtrit(df, (1 + ci) / 2))


def name_of(column: Column) -> str:
    """Return a column's name in a sentence about the model."""
    return " × ".join(
        plain(factor) if factor.category is None else f"{variable(factor)} {factor.category}"
        for factor in column.factors
    )
