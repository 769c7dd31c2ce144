"""The whitening of rows, and the derivatives by level-1 parameters."""

from __future__ import annotations

import numpy as np
import pytest

from mlmbook.likelihood.estimates import Effects
from mlmbook.likelihood.level1 import LevelOne, Places
from mlmbook.likelihood.leverage import leverage_rows, leverages
from mlmbook.likelihood.outer import Outer

RNG = np.random.default_rng(4)
NROWS = 60
GROUPS = np.repeat(np.arange(12), 5)
SITES = np.repeat(np.arange(3), 20)
X = np.column_stack([np.ones(NROWS), RNG.normal(size=NROWS)])
Y = X @ [1, 2] + RNG.normal(size=12)[GROUPS] + RNG.normal(size=3)[SITES] + RNG.normal(size=NROWS)
EFFECTS = [
    Effects(GROUPS, 12, X, ((0, 1),)),
    Effects(SITES, 3, np.ones((NROWS, 1)), ((0,),)),
]


class Powers:
    """A variance that is a power of something."""

    start = np.zeros(1)
    ends = None
    log_size = RNG.normal(size=NROWS)

    def log_variance(self, phi: np.ndarray) -> np.ndarray:
        return phi[0] * self.log_size

    def slopes(self, phi: np.ndarray) -> np.ndarray:
        return self.log_size[None]


class Equal:
    """Blocks of different sizes in which all pairs correlate alike."""

    start = np.zeros(1)
    ends = None
    places = Places.of(np.where(np.arange(NROWS) % 5 < 2, 2 * GROUPS, 2 * GROUPS + 1))

    def matrices(self, phi: np.ndarray) -> np.ndarray:
        return np.broadcast_to(np.eye(3) + phi[0] * (1 - np.eye(3)), (24, 3, 3))

    def slopes(self, phi: np.ndarray) -> np.ndarray:
        return np.broadcast_to(1 - np.eye(3), (1, 24, 3, 3))


MODELS = {
    "weights": LevelOne(RNG.normal(size=NROWS)),
    "variances": LevelOne(RNG.normal(size=NROWS), [Powers(), Powers()]),
    "blocks": LevelOne(RNG.normal(size=NROWS), [], Equal()),
    "both": LevelOne(RNG.normal(size=NROWS), [Powers()], Equal()),
}
models = pytest.mark.parametrize("level1", MODELS.values(), ids=MODELS)
methods = pytest.mark.parametrize("reml", [True, False])


def values(level1: LevelOne) -> np.ndarray:
    return 0.2 + 0.1 * np.arange(len(level1.start))


@models
def test_whitening_takes_the_covariance_out(level1: LevelOne) -> None:
    whitening = level1.at(values(level1))
    L = whitening.color(np.eye(NROWS))
    np.testing.assert_allclose(whitening.whiten(L), np.eye(NROWS), atol=1e-12)
    assert whitening.log_det == pytest.approx(np.linalg.slogdet(L @ L.T)[1])


@methods
@models
def test_deviance_by_its_definition(level1: LevelOne, reml: bool) -> None:
    trial = Outer(X, Y, EFFECTS, level1, reml=reml).at(values(level1))
    L = trial.whitening.color(np.eye(NROWS))
    V = trial.estimates.sigma2 * L @ L.T
    for effect, omega in zip(EFFECTS, trial.estimates.covariances, strict=True):
        same = effect.units[:, None] == effect.units
        V += same * (effect.Z @ omega @ effect.Z.T)
    W = np.linalg.inv(V)
    beta = np.linalg.solve(X.T @ W @ X, X.T @ W @ Y)
    expected = np.linalg.slogdet(V)[1] + (Y - X @ beta) @ W @ (Y - X @ beta)
    expected += (NROWS - 2 * reml) * np.log(2 * np.pi)
    expected += np.linalg.slogdet(X.T @ W @ X)[1] if reml else 0
    assert trial.deviance == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(trial.estimates.beta, beta, rtol=1e-8)


@methods
@models
def test_gradient_is_that_of_the_deviance(level1: LevelOne, reml: bool) -> None:
    outer, phi, step = Outer(X, Y, EFFECTS, level1, reml=reml), values(level1), 1e-4
    differences = [
        (outer.at(phi + h).deviance - outer.at(phi - h).deviance) / 2 / step
        for h in np.eye(len(phi)) * step
    ]
    assert outer.at(phi).gradient == pytest.approx(differences, abs=2e-5)


@methods
def test_leverages_are_those_of_the_smoother(reml: bool) -> None:
    level1 = MODELS["weights"]
    trial = Outer(X, Y, EFFECTS, level1, reml=reml).at(level1.start)
    white = trial.whitening.whiten
    V = np.eye(NROWS)
    for effect, omega in zip(EFFECTS, trial.estimates.covariances, strict=True):
        same, Z = effect.units[:, None] == effect.units, white(effect.Z)
        V += same * (Z @ omega @ Z.T) / trial.estimates.sigma2
    P = np.linalg.inv(V)
    if reml:
        PX = P @ white(X)
        P -= PX @ np.linalg.solve(white(X).T @ PX, PX.T)
    H = np.eye(NROWS) - P
    rows = leverage_rows(trial.estimates, fixed=reml)
    np.testing.assert_allclose(leverages(trial.estimates, fixed=reml), np.diag(H), atol=1e-10)
    same = GROUPS[:, None] == GROUPS
    np.testing.assert_allclose((rows @ rows.T)[same], H[same], atol=1e-10)


def test_places() -> None:
    places = Places.of(np.array([1, 0, 1, 1]))
    np.testing.assert_array_equal(places.rows, [[1, -1, -1], [0, 2, 3]])
    columns = RNG.normal(size=(4, 2))
    np.testing.assert_array_equal(places.scatter(places.gather(columns)), columns)
