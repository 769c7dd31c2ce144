"""Precision weights: what does not depend on their scale, and what has no one value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

RNG = np.random.default_rng(8)
DATA = pd.DataFrame({"g": np.repeat(np.arange(20), 10), "x": RNG.normal(size=200)})
DATA["y"] = DATA["x"] + RNG.normal(size=20)[DATA["g"]] + RNG.normal(size=200)
PLAIN = mlm.fit("y ~ x + (1 | g)", DATA)
SLOPES = "y ~ x + (x | g)"


@pytest.mark.parametrize("weight", [2.0, 1000.0, 0.01])
@pytest.mark.parametrize("as_column", [True, False])
def test_a_constant_weight_changes_no_share(weight: float, as_column: bool) -> None:
    data = DATA.assign(w=weight)
    weights = "w" if as_column else data["w"].to_numpy()
    model = mlm.fit("y ~ x + (1 | g)", data, weights=weights)
    assert model.icc() == pytest.approx(PLAIN.icc(), rel=1e-6)
    assert model.vpc() == pytest.approx(PLAIN.icc(), rel=1e-6)
    for method in ("wald", "profile"):
        expected = PLAIN.confint(method).loc["icc"].to_numpy()
        assert model.confint(method).loc["icc"].to_numpy() == pytest.approx(expected, rel=1e-4)
    drawn = model.bootstrap(20, rng=1)["icc"].to_numpy()
    assert drawn == pytest.approx(PLAIN.bootstrap(20, rng=1)["icc"].to_numpy(), rel=1e-4)


@pytest.mark.parametrize("as_column", [True, False])
def test_a_constant_weight_changes_no_variance_function(as_column: bool) -> None:
    y = DATA["y"] + (0.7 * RNG.normal(size=20))[DATA["g"]] * DATA["x"]
    data = DATA.assign(w=50.0, y=y)
    plain = mlm.fit(SLOPES, data)
    model = mlm.fit(SLOPES, data, weights="w" if as_column else data["w"].to_numpy())
    expected = plain.variance_function("x", values=[-1, 0, 2]).table
    found = model.variance_function("x", values=[-1, 0, 2]).table
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert model.vpc(at={"x": 2}) == pytest.approx(plain.vpc(at={"x": 2}), rel=1e-4)
    new = data[:3] if as_column else data[["g", "x"]][:3]
    se = model.predict(new, interval="prediction")["se"]
    np.testing.assert_allclose(se, plain.predict(new, interval="prediction")["se"], rtol=1e-4)


def test_weights_that_differ_have_no_one_correlation() -> None:
    data = DATA.assign(w=RNG.uniform(1, 5, 200))
    model = mlm.fit("y ~ x + (1 | g)", data, weights="w")
    assert "icc" not in model.confint().index
    for ask in (model.icc, model.vpc, lambda: model.vpc(at={"x": 1})):
        with pytest.raises(mlm.FormulaError, match=r"the weights differ.*vpc\(at=\{'w': 1\}\)"):
            ask()
    between = model.varcorr["variance"][0]
    expected = [between / (between + model.sigma**2 / w) for w in (1, 4)]
    assert model.vpc(at={"w": [1, 4]}).tolist() == pytest.approx(expected, rel=1e-9)
    scaled = mlm.fit("y ~ x + (1 | g)", data.assign(w=10 * data["w"]), weights="w")
    assert scaled.vpc(at={"w": 40}) == pytest.approx(expected[1], rel=1e-5)


def test_occasions_with_variances_of_their_own_have_no_one_correlation() -> None:
    data = DATA.assign(time=np.tile(np.arange(10) % 5, 20), person=np.arange(200) // 5)
    structure = mlm.Unstructured("time", group="person")
    model = mlm.fit("y ~ x + (1 | g)", data, residual=structure)
    with pytest.raises(mlm.FormulaError, match="differs between people"):
        model.icc()
