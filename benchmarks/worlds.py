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


def _autoregression(rng: np.random.Generator) -> np.ndarray:
    """Draw twelve residuals of 60 people, correlated 0.5 from one occasion to the next."""
    e = rng.normal(size=(60, 12))
    for t in range(1, 12):
        e[:, t] = 0.5 * e[:, t - 1] + np.sqrt(0.75) * e[:, t]
    return e.ravel()


def autoregressive(rng: np.random.Generator) -> pd.DataFrame:
    """Draw twelve occasions a person, with autocorrelated residuals."""
    group = np.repeat(np.arange(60), 12)
    e = _autoregression(rng)
    data = _frame(rng, group, occasion=np.tile(np.arange(12), 60))
    data["y"] += _effects(rng, group, 0.6) + e
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


def variance_power(rng: np.random.Generator) -> pd.DataFrame:
    """Draw residuals whose standard deviation is the square root of a covariate."""
    group = _sizes(rng, 50, 6, 18)
    spread = rng.uniform(0.5, 4.0, len(group))
    data = _frame(rng, group, spread=spread)
    data["y"] += _effects(rng, group, 0.4) + rng.normal(size=len(data)) * np.sqrt(spread)
    return data


def power_and_autoregressive(rng: np.random.Generator) -> pd.DataFrame:
    """Draw twelve occasions a person; residuals are autocorrelated, and vary with a covariate."""
    group = np.repeat(np.arange(60), 12)
    e = _autoregression(rng)
    spread = rng.uniform(0.5, 4.0, len(group))
    data = _frame(rng, group, occasion=np.tile(np.arange(12), 60), spread=spread)
    data["y"] += _effects(rng, group, 0.6) + np.sqrt(spread) * e
    return data


def _marginal(rng: np.random.Generator, covariance: np.ndarray) -> pd.DataFrame:
    """Draw residuals of 60 groups with a covariance matrix of their occasions."""
    occasions = len(covariance)
    group = np.repeat(np.arange(60), occasions)
    data = _frame(rng, group, occasion=np.tile(np.arange(occasions), 60))
    e = rng.multivariate_normal(np.zeros(occasions), covariance, 60)
    data["y"] += e.ravel()
    return data


def compound_symmetry(rng: np.random.Generator) -> pd.DataFrame:
    """Draw six residuals a group, each pair correlated 0.3."""
    return _marginal(rng, 0.7 * np.eye(6) + 0.3)


UNSTRUCTURED = np.array([[1.0, 0.5, 0.3], [0.5, 1.5, 0.7], [0.3, 0.7, 2.0]])
"""Covariances of three occasions."""


def unstructured(rng: np.random.Generator) -> pd.DataFrame:
    """Draw three occasions, each with its own variance, each pair with its own covariance."""
    return _marginal(rng, UNSTRUCTURED)


def known_variance(rng: np.random.Generator) -> pd.DataFrame:
    """Draw estimates of fifty studies, of one to five each, with variances that are known."""
    group = _sizes(rng, 50, 1, 5)
    variance = rng.uniform(0.05, 0.5, len(group))
    data = _frame(rng, group, v=variance)
    data["y"] += _effects(rng, group, 0.2) + rng.normal(size=len(data)) * np.sqrt(variance)
    return data


def _adjacency() -> np.ndarray:
    adjacent = np.zeros((GRID**2, GRID**2))
    one, two = NEIGHBORS.to_numpy().T
    adjacent[one, two] = adjacent[two, one] = 1
    return adjacent


def _on_the_map(rng: np.random.Generator, covariance: np.ndarray) -> pd.DataFrame:
    """Draw eight rows of each district, whose effects have a covariance matrix."""
    u = rng.multivariate_normal(np.zeros(GRID**2), covariance)
    group = np.repeat(np.arange(GRID**2), 8)
    data = _frame(rng, group)
    data["y"] += u[group] + rng.normal(size=len(data))
    return data


def leroux(rng: np.random.Generator) -> pd.DataFrame:
    """Draw districts of a grid that resemble their neighbors: Leroux's model with rho 0.7."""
    adjacent = _adjacency()
    precision = 0.7 * (np.diag(adjacent.sum(axis=1)) - adjacent) + 0.3 * np.eye(GRID**2)
    return _on_the_map(rng, np.linalg.inv(precision))


def proper(rng: np.random.Generator) -> pd.DataFrame:
    """Draw districts by the proper conditional autoregression with rho 0.8."""
    adjacent = _adjacency()
    return _on_the_map(rng, np.linalg.inv(np.diag(adjacent.sum(axis=1)) - 0.8 * adjacent))


def intrinsic(rng: np.random.Generator) -> pd.DataFrame:
    """Draw districts by the intrinsic conditional autoregression, whose effects sum to zero."""
    adjacent = _adjacency()
    return _on_the_map(rng, np.linalg.pinv(np.diag(adjacent.sum(axis=1)) - adjacent))


def simultaneous(rng: np.random.Generator) -> pd.DataFrame:
    """Draw districts by the simultaneous autoregression with rho 0.5."""
    adjacent = _adjacency()
    weights = adjacent / adjacent.sum(axis=1, keepdims=True)
    spread = np.linalg.inv(np.eye(GRID**2) - 0.5 * weights)
    return _on_the_map(rng, 0.5 * spread @ spread.T)


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
        {"var(Intercept | group)": 0.25, "var(Residual)": 1.0},
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
        leroux,
        {"var(Intercept | car(group))": 1.0, "var(Residual)": 1.0, "rho(car(group))": 0.7},
        "a grid of 10 by 10 districts, of 8 rows each",
        {"neighbours": NEIGHBORS},
    ),
    World(
        "VariancePower",
        "y ~ x + w + (1 | group)",
        variance_power,
        {"var(Intercept | group)": 0.4, "var(Residual)": 1.0, "power spread": 0.5},
        "50 groups of 6 to 18 rows",
        {"residual": mlm.VariancePower("spread")},
    ),
    World(
        "VariancePower with AR1",
        "y ~ x + w + (1 | group)",
        power_and_autoregressive,
        {
            "var(Intercept | group)": 0.6,
            "var(Residual)": 1.0,
            "power spread": 0.5,
            "cor(occasion, occasion + 1 | Residual)": 0.5,
        },
        "60 groups of 12 rows",
        {"residual": [mlm.VariancePower("spread"), mlm.AR1("occasion")]},
    ),
    World(
        "CompoundSymmetry",
        "y ~ x + w",
        compound_symmetry,
        {"var(Residual)": 1.0, "cor(one row, another | Residual)": 0.3},
        "60 groups of 6 rows",
        {"residual": mlm.CompoundSymmetry(group="group")},
    ),
    World(
        "Unstructured",
        "y ~ x + w",
        unstructured,
        {
            f"var(occasion[{i}] | Residual)": float(variance)
            for i, variance in enumerate(np.diagonal(UNSTRUCTURED))
        }
        | {
            f"cor(occasion[{i}], occasion[{j}] | Residual)": float(
                UNSTRUCTURED[i, j] / np.sqrt(UNSTRUCTURED[i, i] * UNSTRUCTURED[j, j])
            )
            for i, j in ((0, 1), (0, 2), (1, 2))
        },
        "60 groups of 3 rows",
        {"residual": mlm.Unstructured("occasion", group="group")},
    ),
    World(
        "KnownVariance",
        "y ~ x + w + (1 | group)",
        known_variance,
        {"var(Intercept | group)": 0.2},
        "50 groups of 1 to 5 rows",
        {"residual": mlm.KnownVariance("v")},
    ),
    World(
        "spatial (proper CAR)",
        'y ~ x + w + (1 | car(group, type="proper"))',
        proper,
        {"var(Intercept | car(group))": 1.0, "var(Residual)": 1.0, "rho(car(group))": 0.8},
        "a grid of 10 by 10 districts, of 8 rows each",
        {"neighbours": NEIGHBORS},
    ),
    World(
        "spatial (intrinsic CAR)",
        'y ~ x + w + (1 | car(group, type="intrinsic"))',
        intrinsic,
        {"var(Intercept | car(group))": 1.0, "var(Residual)": 1.0},
        "a grid of 10 by 10 districts, of 8 rows each",
        {"neighbours": NEIGHBORS},
    ),
    World(
        "spatial (SAR)",
        "y ~ x + w + (1 | sar(group))",
        simultaneous,
        {"var(Intercept | sar(group))": 0.5, "var(Residual)": 1.0, "rho(sar(group))": 0.5},
        "a grid of 10 by 10 districts, of 8 rows each",
        {"neighbours": NEIGHBORS},
    ),
]
