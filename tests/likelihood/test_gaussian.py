"""Deviance, gradient and information against their definitions with dense matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from mlmbook.likelihood.blocks import Factor
from mlmbook.likelihood.covariance import CovarianceFactor
from mlmbook.likelihood.gaussian import Gaussian, Point

NOBS = 60
Floats = np.ndarray


@dataclass
class World:
    """Random data with the named factors, and a random theta."""

    X: Floats
    y: Floats
    factors: list[Factor]
    theta: Floats

    def at(self, theta: Floats | None = None, *, reml: bool) -> Point:
        model = Gaussian(self.X, self.y, self.factors, reml=reml)
        return model.at(self.theta if theta is None else theta)

    def columns(self, factor: int) -> Floats:
        """Return Z of a factor in full, by effect, then by group."""
        f = self.factors[factor]
        indicator = np.eye(f.ngroups)[f.codes]
        return np.hstack([indicator * z[:, None] for z in f.Z.T])


SHAPES = {
    "random intercept": [(8, [(0,)])],
    "random slope": [(8, [(0, 1)])],
    "uncorrelated": [(8, [(0,), (1,)])],
    "three effects, two blocks": [(7, [(0, 2), (1,)])],
    "crossed": [(8, [(0,)]), (5, [(0,)])],
    "crossed slopes": [(8, [(0, 1)]), (4, [(0, 1)])],
    "three factors": [(9, [(0, 1)]), (6, [(0,), (1,)]), (3, [(0,)])],
}


FEW_AND_MANY = [
    (shape, few) for shape in SHAPES for few in (True, False) if few or len(SHAPES[shape]) > 1
]
"""The columns of further factors are dense where there are few, else sparse."""


@pytest.fixture(params=FEW_AND_MANY, ids=str)
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    shape, few = request.param
    if not few:
        monkeypatch.setattr("mlmbook.likelihood.blocks.FEW", 0)
    rng = np.random.default_rng(len(shape))
    factors = []
    for ngroups, blocks in SHAPES[shape]:
        size = sum(map(len, blocks))
        codes = np.r_[np.arange(ngroups), rng.integers(0, ngroups, NOBS - ngroups)]
        Z = np.column_stack([np.ones(NOBS), rng.normal(size=(NOBS, 2))])[:, :size]
        factors.append(Factor(codes, ngroups, Z, CovarianceFactor(size, blocks)))
    length = sum(len(factor.covariance.rows) for factor in factors)
    X = np.column_stack([np.ones(NOBS), rng.normal(size=NOBS)])
    return World(X, rng.normal(size=NOBS), factors, rng.normal(size=length))


def dense(world: World, point: Point) -> tuple[Floats, Floats, Floats]:
    """Return V, its inverse, and P."""
    V = np.eye(NOBS)
    for number, psi in enumerate(point.psis):
        Z = world.columns(number)
        V += Z @ np.kron(psi, np.eye(world.factors[number].ngroups)) @ Z.T
    inverse = np.linalg.inv(V)
    VX = inverse @ world.X
    return V, inverse, inverse - VX @ np.linalg.solve(world.X.T @ VX, VX.T)


@pytest.mark.parametrize("reml", [True, False])
def test_deviance_is_that_of_the_dense_matrices(world: World, reml: bool) -> None:
    point = world.at(reml=reml)
    V, inverse, P = dense(world, point)
    m = NOBS - 2 if reml else NOBS
    rss = world.y @ P @ world.y
    expected = np.linalg.slogdet(V)[1] + m * (1 + np.log(2 * np.pi * rss / m))
    if reml:
        expected += np.linalg.slogdet(world.X.T @ inverse @ world.X)[1]
    assert point.deviance == pytest.approx(expected)
    assert point.rss == pytest.approx(rss)


def test_estimates_are_those_of_generalized_least_squares(world: World) -> None:
    point = world.at(reml=True)
    _, inverse, P = dense(world, point)
    np.testing.assert_allclose(point.vcov, np.linalg.inv(world.X.T @ inverse @ world.X))
    np.testing.assert_allclose(point.beta, point.vcov @ world.X.T @ inverse @ world.y)
    for number, (factor, psi) in enumerate(zip(world.factors, point.psis, strict=True)):
        Z, cover = world.columns(number), np.kron(psi, np.eye(factor.ngroups))
        modes = (cover @ Z.T @ P @ world.y).reshape(len(psi), -1).T
        np.testing.assert_allclose(point.modes[number], modes, atol=1e-12)
        variance = (cover - cover @ Z.T @ inverse @ Z @ cover).reshape(
            len(psi), factor.ngroups, len(psi), factor.ngroups
        )
        expected = np.einsum("aqbq->abq", variance)
        np.testing.assert_allclose(point.conditional_variance[number], expected, atol=1e-12)


@pytest.mark.parametrize("reml", [True, False])
def test_gradient_is_that_of_differences(world: World, reml: bool) -> None:
    step = 1e-5
    for theta in (world.theta, 0.01 * world.theta):
        differences = [
            (world.at(theta + e, reml=reml).deviance - world.at(theta - e, reml=reml).deviance)
            / (2 * step)
            for e in np.eye(len(theta)) * step
        ]
        np.testing.assert_allclose(
            world.at(theta, reml=reml).gradient, differences, rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("zero", [0, -1])
def test_slope_into_the_interior_at_the_boundary(world: World, reml: bool, zero: int) -> None:
    """Where a factor has no variance, its slope is half the second difference by theta."""
    theta = world.theta.copy()
    point = world.at(theta, reml=reml)
    theta[point.model.structure.slices[zero]] = 0
    here = world.at(theta, reml=reml)
    step = 1e-3
    at = point.model.structure.slices[zero].start  # the first diagonal element of Lambda
    up = theta.copy()
    up[at] = step
    rise = (world.at(up, reml=reml).deviance - here.deviance) / step**2
    assert here.slopes[zero][0, 0] == pytest.approx(rise, rel=1e-2, abs=1e-2)


def test_information_is_the_average_information(world: World) -> None:
    point = world.at(reml=True)
    _, _, P = dense(world, point)
    working = []
    for number, factor in enumerate(world.factors):
        Z = world.columns(number)
        for unit in factor.covariance.basis:
            working.append(Z @ np.kron(unit, np.eye(factor.ngroups)) @ Z.T @ P @ world.y)
    Q = np.column_stack(working)
    score = Q.T @ P @ world.y
    expected = (Q.T @ P @ Q - np.outer(score, score) / point.rss) / point.sigma2
    np.testing.assert_allclose(point.information, expected)


def test_hessian_where_the_slope_is_zero_in_expectation(world: World) -> None:
    """The Jacobian and the bending term are exact: check them on a quadratic in Psi."""
    structure = world.at(reml=True).model.structure

    def quadratic(theta: Floats) -> float:
        psis = [root @ root.T for root in structure.roots(theta)]
        return float(structure.vector(psis) @ structure.vector(psis) / 2)

    roots = structure.roots(world.theta)
    psis = [root @ root.T for root in roots]
    slopes = [
        np.where(np.eye(len(psi), dtype=bool), psi, psi / 2) * factor.pattern
        for factor, psi in zip(structure.factors, psis, strict=True)
    ]
    J = structure.jacobian(world.theta)
    exact = J.T @ J + structure.curvature(structure.by_element(slopes))
    size, step = len(world.theta), 1e-3
    units = np.eye(size) * step
    differences = np.array(
        [
            [
                quadratic(world.theta + a + b)
                - quadratic(world.theta + a - b)
                - quadratic(world.theta - a + b)
                + quadratic(world.theta - a - b)
                for b in units
            ]
            for a in units
        ]
    ) / (4 * step**2)
    np.testing.assert_allclose(exact, differences, atol=1e-4)


def test_deviance_is_infinite_where_rounding_leaves_nothing() -> None:
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(6), 10)
    Z = np.column_stack([np.ones(NOBS), rng.normal(size=NOBS)])
    factor = Factor(codes, 6, Z, CovarianceFactor(2, [(0, 1)]))
    model = Gaussian(np.ones((NOBS, 1)), rng.normal(size=NOBS), [factor], reml=True)
    assert model.at(np.full(4, 1e9)).deviance == np.inf
