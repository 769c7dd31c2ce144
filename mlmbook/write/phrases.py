"""Estimates as phrases: a number with its unit and its interval."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

from mlmbook.write.model import Column, Model
from mlmbook.write.numbers import decimals, number, percent
from mlmbook.write.words import Words, plain, variable


class Phrases:
    """The estimates of one fit, in the words of its data."""

    def __init__(self, model: Model) -> None:
        self.model, self.fit, self.words = model, model.fit, Words(model)
        self.z = NormalDist().inv_cdf((1 + self.fit.ci) / 2)
        self.slopes = {column.name: column for block in model.blocks for column in block.slopes}

    def contrast(self, weights: Mapping[str, float]) -> tuple[float, float]:
        """Return a weighted sum of fixed effects and its standard error."""
        names = list(weights)
        w = np.array([weights[name] for name in names])
        covariance = self.fit.vcov.loc[names, names].to_numpy()
        return float(w @ self.fit.fixef[names].to_numpy()), float(np.sqrt(w @ covariance @ w))

    def interval(self, estimate: float, se: float) -> str:
        """Write ``95 % CI low to high``."""
        places = decimals(se)
        low, high = estimate - self.z * se, estimate + self.z * se
        return f"{percent(self.fit.ci)} CI {number(low, places)} to {number(high, places)}"

    def amount(self, weights: Mapping[str, float], *, unit: bool = True) -> str:
        """Write a sum of fixed effects with unit and interval."""
        estimate, se = self.contrast(weights)
        places = decimals(se)
        text = self.words.amount(estimate, places) if unit else number(estimate, places)
        return f"{text} ({self.interval(estimate, se)})"

    def higher(self, weights: Mapping[str, float]) -> str:
        """Write a difference as so much higher or lower, with its interval."""
        estimate, se = self.contrast(weights)
        size = self.words.amount(abs(estimate), decimals(se))
        direction = "lower" if estimate < 0 else "higher"
        return f"{size} {direction} in {self.words.outcome} ({self.interval(estimate, se)})"

    def sd(self, term: str) -> float:
        """Return the standard deviation of a random effect."""
        table = self.fit.varcorr
        return float(table.loc[(table["term"] == term) & (table["term2"] == ""), "sd"].iloc[0])

    def covariance(self, term: str) -> float | None:
        """Return the covariance of a random slope with the intercept, if it was estimated."""
        table = self.fit.varcorr
        row = table[(table["term"] == "Intercept") & (table["term2"] == term)]
        return None if row.empty else float(row["variance"].iloc[0])


def name_of(column: Column) -> str:
    """Return a column's name in a sentence about the model."""
    return " × ".join(
        plain(factor) if factor.category is None else f"{variable(factor)} {factor.category}"
        for factor in column.factors
    )
