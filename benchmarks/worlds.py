"""Simulated worlds with known truth, one for each structure of the random part or of level 1.

Every world has an intercept of 1, a predictor ``x`` of rows with slope 0.5, and a predictor
``w`` of groups with slope 0.3, so that both kinds of fixed effects are seen. Groups are of
unequal size where the structure allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

import mlmbook as mlm

FIXED = {"Intercept": 1.0, "x": 0.5, "w": 0.3}


@dataclass(frozen=True)
class World:
    """Where data come from: the model, and the true values of what it estimates."""

    name: str
    formula: str
    draw: Callable[[np.random.Generator], pd.DataFrame]
    components: Mapping[str, float]
    """True variance components, by their names in ``confint``."""
    size: str
    """How many groups and rows, in words."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of ``mlm.fit``."""

    @property
    def truth(self) -> dict[str, float]:
        """True values of fixed effects and components."""
        return FIXED | dict(self.components)


def _sizes(rng: np.random.Generator, ngroups: int, low: int, high: int) -> np.ndarray:
    """Return the group of each row, for groups of `low` to `high` rows."""
    return np.repeat(np.arange(ngroups), rng.integers(low, high + 1, ngroups))


def _frame(rng: np.random.Generator, group: np.ndarray, **more: np.ndarray) -> pd.DataFrame:
    """Return the predictors, and a response of the fixed part alone."""
    x = rng.normal(size=len(group))
    w = rng.normal(size=group.max() + 1)[group]
    y = FIXED["Intercept"] + FIXED["x"] * x + FIXED["w"] * w
    return pd.DataFrame({"y": y, "x": x, "w": w, "group": group, **more})


def _effects(rng: np.random.Generator, codes: np.ndarray, variance: float) -> np.ndarray:
    """Draw one effect for each group; return that of each row."""
    return rng.normal(0, np.sqrt(variance), codes.max() + 1)[codes]


def random_intercept(
    rng: np.random.Generator, ngroups: int = 50, low: int = 4, high: int = 16
) -> pd.DataFrame:
    """Draw groups that differ in their mean; intraclass correlation 0.2."""
    data = _frame(rng, _sizes(rng, ngroups, low, high))
    data["y"] += _effects(rng, data["group"].to_numpy(), 0.25) + rng.normal(size=len(data))
    return data


def _slopes(
    rng: np.random.Generator, correlation: float, ngroups: int = 50, low: int = 6, high: int = 18
) -> pd.DataFrame:
    data = _frame(rng, _sizes(rng, ngroups, low, high))
    covariance = correlation * np.sqrt(0.5 * 0.25)
    omega = [[0.5, covariance], [covariance, 0.25]]
    u = rng.multivariate_normal([0, 0], omega, ngroups)[data["group"]]
    data["y"] += u[:, 0] + u[:, 1] * data["x"] + rng.normal(size=len(data))
    return data


def correlated_slopes(rng: np.random.Generator, **sizes: int) -> pd.DataFrame:
    """Draw groups that differ in mean and slope, correlated 0.3."""
    return _slopes(rng, 0.3, **sizes)


def uncorrelated_slopes(rng: np.random.Generator) -> pd.DataFrame:
    """Draw groups that differ in mean and slope, uncorrelated."""
    return _slopes(rng, 0.0)


def three_levels(rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows in classes, classes in schools."""
    inner = _sizes(rng, 160, 3, 9)
    school = inner // 4
    data = _frame(rng, school, inner=inner)
    data["y"] += _effects(rng, school, 0.3) + _effects(rng, inner, 0.3) + rng.normal(size=len(data))
    return data


def crossed(rng: np.random.Generator) -> pd.DataFrame:
    """Draw persons who meet twelve of forty items each."""
    person = np.repeat(np.arange(50), 12)
    item = np.concatenate([rng.choice(40, 12, replace=False) for _ in range(50)])
    data = _frame(rng, person, item=item)
    data["y"] += _effects(rng, person, 0.4) + _effects(rng, item, 0.3) + rng.normal(size=600)
    return data


def variance_by(rng: np.random.Generator) -> pd.DataFrame:
    """Draw residuals with variance 1 for one half of the people, 2 for the others."""
    group = _sizes(rng, 50, 6, 18)
    kind = rng.integers(0, 2, len(group))
    data = _frame(rng, group, kind=np.array(["a", "b"])[kind])
    data["y"] += _effects(rng, group, 0.4) + rng.normal(size=len(data)) * np.sqrt(1.0 + kind)
    return data


def autoregressive(rng: np.random.Generator) -> pd.DataFrame:
    """Draw twelve occasions a person; residuals correlate 0.5 from one occasion to the next."""
    group = np.repeat(np.arange(60), 12)
    e = rng.normal(size=(60, 12))
    for t in range(1, 12):
        e[:, t] = 0.5 * e[:, t - 1] + np.sqrt(0.75) * e[:, t]
    data = _frame(rng, group, occasion=np.tile(np.arange(12), 60))
    data["y"] += _effects(rng, group, 0.6) + e.ravel()
    return data


def weighted(rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows that are each a mean of one to five observations."""
    group = _sizes(rng, 50, 4, 16)
    n = rng.integers(1, 6, len(group)).astype(float)
    data = _frame(rng, group, n=n)
    data["y"] += _effects(rng, group, 0.25) + rng.normal(size=len(data)) / np.sqrt(n)
    return data


def multiple_membership(rng: np.random.Generator) -> pd.DataFrame:
    """Draw pupils of whom half changed from one school to another, with weights of their time."""
    group = _sizes(rng, 50, 6, 18)
    second = (group + rng.integers(1, 50, len(group))) % 50
    time = rng.choice([1.0, 1.0, 0.75, 0.5], len(group))
    data = _frame(rng, group, second=second, time=time, rest=1 - time)
    u = rng.normal(0, np.sqrt(0.4), 50)
    data["y"] += time * u[group] + (1 - time) * u[second] + rng.normal(size=len(data))
    return data


def spatial(rng: np.random.Generator) -> pd.DataFrame:
    """Draw districts of a grid that resemble their neighbors: Leroux's model with rho 0.7."""
    adjacent = np.zeros((GRID**2, GRID**2))
    one, two = NEIGHBORS.to_numpy().T
    adjacent[one, two] = adjacent[two, one] = 1
    precision = 0.7 * (np.diag(adjacent.sum(axis=1)) - adjacent) + 0.3 * np.eye(GRID**2)
    u = rng.multivariate_normal(np.zeros(GRID**2), np.linalg.inv(precision))
    group = np.repeat(np.arange(GRID**2), 8)
    data = _frame(rng, group)
    data["y"] += u[group] + rng.normal(size=len(data))
    return data


GRID = 10
_AT = np.arange(GRID**2).reshape(GRID, GRID)
NEIGHBORS = pd.DataFrame(
    {
        "district": np.append(_AT[:, 1:], _AT[1:]),
        "neighbor": np.append(_AT[:, :-1], _AT[:-1]),
    }
)
"""Pairs of districts that share a side."""

INTERCEPT = {"var(Intercept | group)": 0.25, "var(Residual)": 1.0, "icc": 0.2}
SLOPES = {"var(Intercept | group)": 0.5, "var(x | group)": 0.25, "var(Residual)": 1.0}

WORLDS = [
    World(
        "random intercept",
        "y ~ x + w + (1 | group)",
        random_intercept,
        INTERCEPT,
        "50 groups of 4 to 16 rows",
    ),
    World(
        "random slope, correlated",
        "y ~ x + w + (x | group)",
        correlated_slopes,
        SLOPES | {"cor(Intercept, x | group)": 0.3},
        "50 groups of 6 to 18 rows",
    ),
    World(
        "random slope, uncorrelated",
        "y ~ x + w + (x || group)",
        uncorrelated_slopes,
        SLOPES,
        "50 groups of 6 to 18 rows",
    ),
    World(
        "three levels",
        "y ~ x + w + (1 | group) + (1 | inner)",
        three_levels,
        {
            "var(Intercept | group)": 0.3,
            "var(Intercept | inner)": 0.3,
            "var(Residual)": 1.0,
        },
        "40 groups of 4, these of 3 to 9 rows",
    ),
    World(
        "crossed",
        "y ~ x + w + (1 | group) + (1 | item)",
        crossed,
        {
            "var(Intercept | group)": 0.4,
            "var(Intercept | item)": 0.3,
            "var(Residual)": 1.0,
        },
        "50 groups by 40 items, 600 rows",
    ),
    World(
        "VarianceBy",
        "y ~ x + w + (1 | group)",
        variance_by,
        {
            "var(Intercept | group)": 0.4,
            "var(kind[a] | Residual)": 1.0,
            "var(kind[b] | Residual)": 2.0,
        },
        "50 groups of 6 to 18 rows",
        {"residual": mlm.VarianceBy("kind")},
    ),
    World(
        "AR1",
        "y ~ x + w + (1 | group)",
        autoregressive,
        {
            "var(Intercept | group)": 0.6,
            "var(Residual)": 1.0,
            "cor(occasion, occasion + 1 | Residual)": 0.5,
            "icc": 0.375,
        },
        "60 groups of 12 rows",
        {"residual": mlm.AR1("occasion")},
    ),
    World(
        "weights",
        "y ~ x + w + (1 | group)",
        weighted,
        INTERCEPT,
        "50 groups of 4 to 16 rows",
        {"weights": "n"},
    ),
    World(
        "multiple membership",
        "y ~ x + w + (1 | mm(group, second, weights=[time, rest]))",
        multiple_membership,
        {"var(Intercept | mm(group, second))": 0.4, "var(Residual)": 1.0},
        "50 groups of 6 to 18 rows, of which half belong to a second group too",
    ),
    World(
        "spatial (Leroux)",
        'y ~ x + w + (1 | car(group, type="leroux"))',
        spatial,
        {"var(Intercept | car(group))": 1.0, "var(Residual)": 1.0, "rho(car(group))": 0.7},
        "a grid of 10 by 10 districts, of 8 rows each",
        {"neighbours": NEIGHBORS},
    ),
]
