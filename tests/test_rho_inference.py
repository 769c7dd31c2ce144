"""Profile intervals and Kenward-Roger with an estimated rho, against matrices written out."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from dense import deviance, kenward_roger
from scipy.optimize import minimize

import mlmbook as mlm
from mlmbook.likelihood.spatial import Spatial

SIDE = 5
CELLS = list(product(range(SIDE), repeat=2))
NEAR = {
    f"{r}{c}": [f"{a}{b}" for a, b in CELLS if abs(a - r) + abs(b - c) == 1] for r, c in CELLS
} | {"sea": []}
LABELS = sorted(NEAR)
A = np.array([[float(b in NEAR[a]) for b in LABELS] for a in LABELS])
D = np.diag(np.maximum(A.sum(axis=1), 1))
RISE = 3.841458820694124


@cache
def world() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 120
    at, g = rng.integers(len(LABELS), size=n), rng.integers(8, size=n)
    u = np.linalg.cholesky(np.linalg.inv(D - 0.9 * A)) @ rng.normal(0, 1.4, len(LABELS))
    south = np.array([label[0] in "34" for label in LABELS])[at].astype(float)
    x, s = rng.normal(size=n), rng.integers(2, size=n)
    e = rng.normal(size=n) * np.where(s, 1.5, 1.0)
    y = 1 + 0.4 * x + 0.5 * south + u[at] + rng.normal(0, 0.8, 8)[g] + e
    names = np.array(LABELS)[at]
    return pd.DataFrame({"y": y, "x": x, "south": south, "d": names, "g": g, "s": s})


def root_inverse(kind: str, rho: float) -> np.ndarray:
    """C by the definition of each kind."""
    if kind == "sar":
        B = np.eye(len(A)) - rho * A / np.diag(D)[:, None]
        return np.linalg.inv(B.T @ B)
    if kind == "leroux":
        return np.linalg.inv(rho * (D - A) + (1 - rho) * np.eye(len(A)))
    return np.linalg.pinv(D - rho * A, hermitian=True)


def spatial_of(fit: mlm.Fit) -> Spatial:
    """Return the map's part of the model, which has the bounds of rho."""
    return next(g.spatial for g in fit.design.groupings if g.spatial is not None)


class Written:
    """A model as a function of sd of districts, rho, log sigma, and what else it has."""

    def __init__(self, kind: str, *, group: bool = False, strata: bool = False) -> None:
        self.kind, self.group, self.strata = kind, group, strata
        self.data = world()
        term = {"sar": "sar(d)", "proper": "car(d)"}.get(kind, f"car(d, type={kind!r})")
        self.formula = f"y ~ x + south + (1 | {term})" + " + (1 | g)" * group
        self.X = np.column_stack([np.ones(len(self.data)), self.data["x"], self.data["south"]])
        self.Z = (self.data["d"].to_numpy()[:, None] == np.array(LABELS)).astype(float)
        self.W = (self.data["g"].to_numpy()[:, None] == np.arange(8)).astype(float)

    def fit(self, **options: object) -> mlm.Fit:
        residual = mlm.VarianceBy("s") if self.strata else None
        return mlm.fit(self.formula, self.data, residual=residual, neighbours=NEAR, **options)

    def x(self, fit: mlm.Fit) -> np.ndarray:
        """Return the estimates."""
        table = fit.varcorr
        sd = table["sd"].to_numpy()
        rows = list(zip(table["group"], table["term"], sd, strict=True))
        (spatial,) = (v for g, t, v in rows if g.endswith("(d)") and t == "Intercept")
        rho = next((v for _, t, v in rows if t == "rho"), 1.0)
        more = [v for g, _, v in rows if g == "g"]
        own = [v for g, _, v in rows if g == "Residual"]
        ratio = [np.log(own[1] / own[0])] if self.strata else []
        return np.array([spatial, rho, np.log(own[0]), *more, *ratio])

    def V(self, x: np.ndarray) -> np.ndarray:
        V = x[0] ** 2 * self.Z @ root_inverse(self.kind, x[1]) @ self.Z.T
        if self.group:
            V += x[3] ** 2 * self.W @ self.W.T
        s = self.data["s"].to_numpy() * self.strata
        return V + np.exp(2 * x[2]) * np.diag(np.exp(2 * s * x[-1]))

    def lowest(self, fit: mlm.Fit, held: dict[int, float], fixed: dict[int, float]) -> float:
        """Search for the best deviance with variance parameters or fixed effects held."""
        best, spatial = self.x(fit), spatial_of(fit)
        free = [number for number in range(len(best)) if number not in held]

        def whole(part: np.ndarray) -> np.ndarray:
            x = np.empty(len(best))
            x[list(held)], x[free] = list(held.values()), part
            return x

        def function(part: np.ndarray) -> float:
            return deviance(self.V(whole(part)), self.X, self.data["y"].to_numpy(), fixed)

        bounds = [(spatial.low, spatial.high) if at == 1 else (None, None) for at in free]
        ends = []
        for rho in (best[1], *np.linspace(spatial.low, spatial.high, 5)[1:-1], spatial.high):
            start = best.copy()
            start[1] = rho
            found = minimize(function, start[free], method="L-BFGS-B", bounds=bounds,
                             options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 400})  # fmt: skip
            ends.append(found.fun)
        return min(ends)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("proper", {}), ("leroux", {}), ("sar", {}), ("proper", {"group": True}),
     ("leroux", {"strata": True})],
)  # fmt: skip
def test_the_deviance_has_risen_by_the_quantile(kind: str, options: dict[str, bool]) -> None:
    """At each limit, or by less on a bound, when everything else is searched for again."""
    model = Written(kind, **options)
    fit = model.fit(reml=False)
    assert fit.deviance == pytest.approx(model.lowest(fit, {}, {}), abs=1e-5)
    table = fit.confint("profile")
    district = next(name for name in table.index if name.startswith("rho("))[4:-1]
    held = {f"var(Intercept | {district})": 0, f"rho({district})": 1, "var(Intercept | g)": 3}
    spatial = spatial_of(fit)
    checked = 0
    for number, name in enumerate(fit.fixef.index):
        for end in table.loc[name, ["low", "high"]]:
            rise = model.lowest(fit, {}, {number: end}) - fit.deviance
            assert rise == pytest.approx(RISE, abs=1e-4)
            checked += 1
    for name in held.keys() & set(table.index):
        for end in table.loc[name, ["low", "high"]]:
            value = np.sqrt(end) if name.startswith("var") else end
            rise = model.lowest(fit, {held[name]: value}, {}) - fit.deviance
            if end == 0 or (name.startswith("rho") and end in (spatial.low, spatial.high)):
                assert rise < RISE
            else:
                assert rise == pytest.approx(RISE, abs=1e-4)
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize(
    ("kind", "options"),
    [("proper", {}), ("leroux", {"group": True}), ("sar", {"strata": True}),
     ("proper", {"group": True, "strata": True})],
)  # fmt: skip
def test_kenward_roger_by_its_definition(kind: str, options: dict[str, bool]) -> None:
    model = Written(kind, **options)
    fit = model.fit()
    se, df = kenward_roger(model.X, model.V, model.x(fit))
    table = fit.summary(df="kenward-roger")
    assert not fit.singular
    np.testing.assert_allclose(table["se"], se, rtol=1e-5)
    np.testing.assert_allclose(table["df"], df, rtol=1e-4)
    assert (table["se"] > fit.se).all()


def test_kenward_roger_without_rho_beside_strata() -> None:
    """An intrinsic map has no rho, but correlated districts all the same."""
    model = Written("intrinsic", group=True, strata=True)
    fit = model.fit()
    estimates = np.delete(model.x(fit), 1)
    se, df = kenward_roger(model.X, lambda x: model.V(np.insert(x, 1, 1.0)), estimates)
    table = fit.summary(df="kenward-roger")
    np.testing.assert_allclose(table["se"], se, rtol=1e-5)
    np.testing.assert_allclose(table["df"], df, rtol=1e-4)


def alone() -> pd.DataFrame:
    """Districts that differ, but do not resemble their neighbors."""
    data = world()
    u = np.where(np.arange(len(LABELS)) % 2, 1.5, -1.5)
    rng = np.random.default_rng(3)
    at = np.searchsorted(LABELS, data["d"])
    return data.assign(y=data["x"] + u[at] + rng.normal(size=len(data)))


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_a_rho_on_its_bound_is_held_there() -> None:
    """At rho = 0 Leroux's model is that of unrelated districts, and so are its tests."""
    data = alone()
    fit = mlm.fit("y ~ x + south + (1 | car(d, type='leroux'))", data, neighbours=NEAR)
    plain = mlm.fit("y ~ x + south + (1 | d)", data)
    assert fit.estimates.rhos == (0,)
    one, two = (each.summary(df="kenward-roger") for each in (fit, plain))
    np.testing.assert_allclose(one[["se", "df"]], two[["se", "df"]], rtol=1e-4)


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_profiles_begin_on_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Written("leroux")
    monkeypatch.setattr(model, "data", alone())
    fit = model.fit(reml=False)
    assert fit.estimates.rhos == (0,)
    table = fit.confint("profile")
    low, high = table.loc["rho(car(d))", ["low", "high"]]
    assert low == 0 < high < 1
    for held, fixed in (({1: high}, {}), ({}, {0: table.loc["Intercept", "high"]})):
        rise = model.lowest(fit, held, fixed) - fit.deviance
        assert rise == pytest.approx(RISE, abs=1e-4)
    curve = fit.profile("rho(car(d))")
    assert curve["zeta"].is_monotonic_increasing
    assert curve["value"].between(0, 1).all()


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
def test_a_rho_that_means_nothing_has_no_interval() -> None:
    data = world().assign(y=lambda d: d["x"] + np.random.default_rng(2).normal(size=len(d)))
    data["y"] -= data.groupby("d")["y"].transform("mean")
    fit = mlm.fit("y ~ x + south + (1 | car(d))", data, neighbours=NEAR)
    assert fit.varcorr["variance"][0] == 0
    table = fit.confint("profile")
    assert table.loc["rho(car(d))", ["low", "high"]].isna().all()
    assert table.drop("rho(car(d))").notna().all(axis=None)
    assert np.isfinite(fit.summary(df="kenward-roger").to_numpy()).all()
    with pytest.raises(mlm.FitError, match="where it means nothing"):
        fit.profile("rho(car(d))")
