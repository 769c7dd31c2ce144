"""Multiple membership and spatial random effects: closed forms, properties, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import mlmbook as mlm
from mlmbook import DataError, FormulaError
from mlmbook.engine import effects_of, level1_of
from mlmbook.likelihood.outer import Outer

SIDE = 4


def grid(*islands):
    """Return the neighbors of the cells of a square, and islands."""
    cells = [(r, c) for r in range(SIDE) for c in range(SIDE)]
    near = {
        f"{r}{c}": [f"{a}{b}" for a, b in cells if abs(a - r) + abs(b - c) == 1] for r, c in cells
    }
    return near | {island: [] for island in islands}


def adjacency(near):
    labels = sorted(near)
    return np.array([[float(b in near[a]) for b in labels] for a in labels])


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(20265)
    near, n = grid("sea"), 170
    labels = np.array(sorted(near))
    A = adjacency(near)
    D = np.diag(np.maximum(A.sum(axis=1), 1))
    u = np.linalg.cholesky(np.linalg.inv(D - 0.9 * A)) @ rng.normal(0, 1.5, len(labels))
    d, g = rng.integers(0, len(labels), n), rng.integers(0, 9, n)
    x, v = rng.normal(size=n), rng.normal(0, 0.7, 9)
    s1, s2 = rng.integers(0, 12, n), rng.integers(0, 12, n)
    w = rng.uniform(0.1, 0.9, n)
    m = rng.normal(size=12)
    y = 1 + 0.5 * x + u[d] + v[g] + w * m[s1] + (1 - w) * m[s2] + rng.normal(size=n)
    frame = {"y": y, "x": x, "d": labels[d], "g": g, "s1": s1, "s2": s2, "w1": w, "w2": 1 - w}
    return pd.DataFrame(frame)


MM = "(1 | mm(s1, s2, weights=[w1, w2]))"


# ---- the same model, written in another way ---------------------------------------------------


def same(one, two):
    assert one.deviance == pytest.approx(two.deviance, abs=1e-7)
    assert one.fixef.to_numpy() == pytest.approx(two.fixef.to_numpy(), rel=1e-5)
    assert one.se.to_numpy() == pytest.approx(two.se.to_numpy(), rel=1e-5)


@pytest.mark.parametrize("reml", [True, False])
def test_one_column_of_units_is_a_grouping_factor(world, reml):
    one = mlm.fit("y ~ x + (1 + x | mm(g))", world, reml=reml)
    two = mlm.fit("y ~ x + (1 + x | g)", world, reml=reml)
    same(one, two)
    assert one.varcorr["variance"].to_numpy() == pytest.approx(
        two.varcorr["variance"].to_numpy(), rel=1e-4
    )
    assert one.ranef["mm(g)"].to_numpy() == pytest.approx(two.ranef["g"].to_numpy(), abs=1e-4)
    assert one.ranef_sd["mm(g)"].to_numpy() == pytest.approx(two.ranef_sd["g"].to_numpy(), rel=1e-4)
    for df in ("satterthwaite", *(("kenward-roger",) if reml else ())):
        a, b = one.summary(df=df), two.summary(df=df)
        assert a.to_numpy() == pytest.approx(b.to_numpy(), rel=1e-3)
    assert one.caic == pytest.approx(two.caic, abs=1e-4)
    new = world.head(5).assign(g=[0, 1, 2, 77, 3])
    for level in ("conditional", "population"):
        a = one.predict(new, interval="prediction", level=level)
        b = two.predict(new, interval="prediction", level=level)
        assert a.to_numpy() == pytest.approx(b.to_numpy(), rel=1e-4)


def test_order_of_the_columns_of_units_does_not_matter(world):
    one = mlm.fit(f"y ~ x + (1 | g) + {MM}", world)
    two = mlm.fit("y ~ x + (1 | g) + (1 | mm(s2, s1, weights=[w2, w1]))", world)
    same(one, two)
    assert one.ranef["mm(s1, s2)"].to_numpy() == pytest.approx(
        two.ranef["mm(s2, s1)"].to_numpy(), abs=1e-6
    )


def test_weights_are_equal_if_not_given(world):
    half = world.assign(h=0.5)
    one = mlm.fit("y ~ x + (1 | mm(s1, s2))", world)
    same(one, mlm.fit("y ~ x + (1 | mm(s1, s2, weights=[h, h]))", half))


def test_a_missing_unit_has_no_weight(world):
    alone = world.assign(s2=world["s2"].where(world.index % 3 > 0))
    one = mlm.fit("y ~ x + (1 | mm(s1, s2))", alone)
    h1 = np.where(alone["s2"].isna(), 1.0, 0.5)
    filled = world.assign(h1=h1, h2=1 - h1)
    same(one, mlm.fit("y ~ x + (1 | mm(s1, s2, weights=[h1, h2]))", filled))
    assert one.ranef["mm(s1, s2)"].index.dtype.kind == "i"


@pytest.mark.parametrize("reml", [True, False])
def test_leroux_at_zero_is_a_grouping_factor(world, reml):
    flat = world.assign(y=world["y"].to_numpy()[::-1] + 1.5 * (world["d"] < "2"))
    with pytest.warns(mlm.SingularFitWarning):
        one = mlm.fit(
            "y ~ x + (1 | car(d, type='leroux'))",
            checkered(flat),
            neighbours=grid("sea"),
            reml=reml,
        )
    assert one.varcorr.loc[one.varcorr["term"] == "rho", "sd"].item() == 0
    assert one.singular
    assert one.converged
    assert any("end of its range, 0" in message for message in one.messages)
    two = mlm.fit("y ~ x + (1 | d)", checkered(flat), reml=reml)
    same(one, two)
    assert one.varcorr["variance"].dropna().to_numpy() == pytest.approx(
        two.varcorr["variance"].to_numpy(), rel=1e-4
    )


def checkered(world):
    """Make neighbors differ as the fields of a chessboard."""
    field = [0.0 if d == "sea" else (-1.0) ** (int(d[0]) + int(d[1])) for d in world["d"]]
    return world.assign(y=2 * np.array(field) + np.sin(np.arange(len(world)) * 7.0))


@settings(max_examples=10, deadline=None)
@given(scale=st.floats(0.01, 100), shift=st.floats(-100, 100), seed=st.integers(0, 99))
def test_units_and_order_of_rows_change_nothing(world, scale, shift, seed):
    formula = f"y ~ x + (1 | car(d, type='intrinsic')) + {MM}"
    one = mlm.fit(formula, world, neighbours=grid("sea"))
    other = world.sample(frac=1, random_state=seed).assign(y=lambda rows: scale * rows["y"] + shift)
    two = mlm.fit(formula, other, neighbours=grid("sea"))
    assert two.vpc() == pytest.approx(one.vpc(), rel=1e-4)
    assert two.deviance == pytest.approx(
        one.deviance + 2 * (len(world) - 2) * np.log(scale), abs=1e-5
    )


def test_a_map_can_be_given_in_two_ways(world):
    near = grid("sea")
    pairs = [(a, b) for a, others in near.items() for b in others if a < b]
    frame = pd.DataFrame([*pairs, ("sea", None)], columns=["district", "neighbour"])
    one = mlm.fit("y ~ x + (1 | sar(d))", world, neighbours=near)
    same(one, mlm.fit("y ~ x + (1 | sar(d))", world, neighbours=frame))


# ---- by the definition -----------------------------------------------------------------------


def correlations(fit):
    """Return C of the proper model, from its estimate of rho."""
    A = adjacency(grid("sea"))
    return np.linalg.inv(np.diag(np.maximum(A.sum(axis=1), 1)) - fit.estimates.rhos[0] * A)


def memberships(world):
    """Return the weight of each unit in each row."""
    W = np.zeros((len(world), 12))
    np.add.at(W, (np.arange(len(world)), world["s1"]), world["w1"])
    np.add.at(W, (np.arange(len(world)), world["s2"]), world["w2"])
    return W


def dense(fit, world, C, W):
    """Return V of a model with a map and multiple membership, from its estimates."""
    variances = fit.varcorr.loc[fit.varcorr["term2"] == "", "variance"].to_numpy()
    labels = sorted(grid("sea"))
    Z = (world["d"].to_numpy()[:, None] == np.array(labels)).astype(float)
    V = variances[0] * Z @ C @ Z.T + variances[1] * W @ W.T + variances[2] * np.eye(len(world))
    return V, Z


def test_quantities_by_their_definitions(world):
    formula = f"y ~ x + (1 | car(d)) + {MM}"
    fit = mlm.fit(formula, world, neighbours=grid("sea"))
    C, W = correlations(fit), memberships(world)
    V, Z = dense(fit, world, C, W)
    X = np.column_stack([np.ones(len(world)), world["x"]])
    inverse = np.linalg.inv(V)
    M = X.T @ inverse @ X
    assert fit.vcov.to_numpy() == pytest.approx(np.linalg.inv(M), rel=1e-6)
    r = world["y"].to_numpy() - X @ fit.fixef.to_numpy()
    spatial, units = fit.varcorr.loc[fit.varcorr["term2"] == "", "variance"].to_numpy()[:2]
    assert fit.ranef["car(d)"]["Intercept"].to_numpy() == pytest.approx(
        spatial * C @ Z.T @ inverse @ r, abs=1e-6
    )
    assert fit.ranef["mm(s1, s2)"]["Intercept"].to_numpy() == pytest.approx(
        units * W.T @ inverse @ r, abs=1e-6
    )
    H = np.eye(len(V)) - fit.sigma**2 * (inverse - inverse @ X @ np.linalg.solve(M, X.T @ inverse))
    table = fit.predict(interval="confidence")
    assert table["se"].to_numpy() ** 2 == pytest.approx(fit.sigma**2 * np.diagonal(H), rel=1e-6)
    assert table["prediction"].to_numpy() == pytest.approx(H @ world["y"], rel=1e-6)
    share = np.mean(np.diagonal(V)) / fit.sigma**2
    assert fit.vpc() == pytest.approx(1 - 1 / share, rel=1e-9)
    before = spatial * np.diagonal(C)
    left = fit.ranef_sd["car(d)"]["Intercept"].to_numpy() ** 2
    assert fit.reliability("car(d)")["reliability"].to_numpy() == pytest.approx(1 - left / before)
    assert fit.reliability("mm(s1, s2)")["n"].sum() >= len(world)
    wide = fit.predict(interval="prediction", level="population")
    by_definition = np.diagonal(V) + np.einsum("np,pq,nq->n", X, np.linalg.inv(M), X)
    assert wide["se"].to_numpy() ** 2 == pytest.approx(by_definition, rel=1e-6)


def test_satterthwaite_knows_that_rho_is_estimated(world):
    fit = mlm.fit("y ~ x + (1 | car(d, type='leroux'))", world, neighbours=grid("sea"))
    A = adjacency(grid("sea"))
    L = np.diag(np.maximum(A.sum(axis=1), 1)) - A
    Z = (world["d"].to_numpy()[:, None] == np.array(sorted(grid("sea")))).astype(float)
    X = np.column_stack([np.ones(len(world)), world["x"]])

    def variances(p):
        C = np.linalg.inv(p[2] * L + (1 - p[2]) * np.eye(len(L)))
        V = np.exp(2 * p[0]) * Z @ C @ Z.T + np.exp(2 * p[1]) * np.eye(len(Z))
        inverse = np.linalg.inv(V)
        return V, inverse, X.T @ inverse @ X

    def deviance(p):
        V, inverse, M = variances(p)
        r = world["y"] - X @ np.linalg.solve(M, X.T @ inverse @ world["y"])
        return np.linalg.slogdet(V)[1] + np.linalg.slogdet(M)[1] + r @ inverse @ r

    spatial = fit.varcorr["variance"][0]
    p = np.array([np.log(spatial) / 2, np.log(fit.sigma), fit.estimates.rhos[0]])
    steps = np.eye(3) * 1e-3
    hessian = np.array(
        [
            [
                (
                    deviance(p + a + b)
                    - deviance(p + a - b)
                    - deviance(p - a + b)
                    + deviance(p - a - b)
                )
                / 4e-6
                for b in steps
            ]
            for a in steps
        ]
    )
    v = np.diagonal(np.linalg.inv(variances(p)[2]))
    slopes = np.array(
        [
            np.diagonal(np.linalg.inv(variances(p + h)[2]) - np.linalg.inv(variances(p - h)[2]))
            / 2e-3
            for h in steps
        ]
    )
    df = 2 * v**2 / np.einsum("ai,ab,bi->i", slopes, 2 * np.linalg.inv(hessian), slopes)
    assert fit.summary(df="satterthwaite")["df"].to_numpy() == pytest.approx(df, rel=2e-3)


def test_draws_have_the_covariance_of_the_model(world):
    fit = mlm.fit(f"y ~ x + (1 | sar(d)) + {MM}", world, neighbours=grid("sea"))
    draws = fit.simulate(4000, rng=1).to_numpy()
    A = adjacency(grid("sea"))
    B = np.eye(len(A)) - fit.estimates.rhos[0] * A / np.maximum(A.sum(axis=1), 1)[:, None]
    W = memberships(world)
    V, _ = dense(fit, world, np.linalg.inv(B.T @ B), W)
    z = np.linalg.solve(
        np.linalg.cholesky(V), draws - fit.predict(level="population").to_numpy()[:, None]
    )
    assert np.mean(z**2) == pytest.approx(1, abs=0.01)
    far = world["d"].to_numpy() == "33"
    assert np.cov(draws)[np.ix_(far, ~far)].mean() == pytest.approx(
        V[np.ix_(far, ~far)].mean(), abs=0.06
    )


def test_bootstrap_follows_rho(world):
    fit = mlm.fit("y ~ x + (1 | car(d))", world, neighbours=grid("sea"))
    table = fit.bootstrap(6, rng=2)
    assert list(table.columns) == list(fit.confint().index)
    assert table["rho(car(d))"].nunique() == 6
    low, high = fit.confint().loc["rho(car(d))", ["low", "high"]]
    assert -1.2 < low < fit.estimates.rhos[0] < high < 1


def test_without_variance_rho_is_missing(world):
    rng = np.random.default_rng(5)
    noise = world.assign(y=rng.permutation(np.arange(len(world))) * 1.0)
    noise["y"] -= noise.groupby("d")["y"].transform("mean")
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit("y ~ x + (1 | car(d))", noise, neighbours=grid("sea"))
    assert fit.varcorr["variance"][0] == 0
    assert np.isnan(fit.varcorr.loc[1, "sd"])
    assert fit.confint().loc["rho(car(d))"].isna().all()
    assert np.isfinite(fit.summary(df="satterthwaite")["df"]).all()


def test_districts_without_rows_keep_their_place(world):
    some = world[world["d"] != "11"]
    fit = mlm.fit("y ~ x + (1 | car(d))", some, neighbours=grid("sea"))
    assert fit.ngroups["car(d)"] == SIDE**2 + 1
    assert any("have no rows" in message for message in fit.messages)
    table = fit.ranef["car(d)"]["Intercept"]
    rho = fit.estimates.rhos[0]
    assert table["11"] == pytest.approx(rho * table[["01", "10", "12", "21"]].mean(), rel=1e-6)


def test_new_rows(world):
    fit = mlm.fit(f"y ~ x + (1 | car(d)) + {MM}", world, neighbours=grid("sea"))
    new = world.head(2).assign(d=["33", "atlantis"], s2=[3, 99])
    known = fit.predict(new)
    assert len(known.attrs["messages"]) == 2
    effects, units = fit.ranef["car(d)"]["Intercept"], fit.ranef["mm(s1, s2)"]["Intercept"]
    row = new.iloc[0]
    by_hand = fit.fixef["Intercept"] + fit.fixef["x"] * row["x"] + effects["33"]
    by_hand += row["w1"] * units[row["s1"]] + row["w2"] * units[3]
    assert known.iloc[0] == pytest.approx(by_hand)
    with pytest.raises(DataError, match="not on the map"):
        fit.predict(new, interval="prediction")
    apart = fit.predict(new.assign(d="33"), interval="confidence")
    assert (apart["se"] > 0).all()


# ---- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ (1 | mm())", "names the columns"),
        ("y ~ (1 | mm(s1, s1))", "stands twice"),
        ("y ~ (1 | mm(s1, s2, weights=[w1]))", "2 columns of units need as many"),
        ("y ~ (1 | mm(s1, s2, weights=w1))", "weights= is a list"),
        ("y ~ (1 | mm(s1, s2, weight=[w1, w2]))", "did you mean 'weights'"),
        ("y ~ (1 | mm(s1 + s2))", "not the name of a column"),
        ("y ~ (1 | cars(d))", "did you mean 'car'"),
        ("y ~ (1 | car(d, g))", "names the column of the districts"),
        ("y ~ (1 | car(d, type='besag'))", "choose one of proper"),
        ("y ~ (1 | sar(d, type='leroux'))", "'type' is not an option"),
        ("y ~ (1 | mm(s1, s2)) + (0 + x | mm(s1, s2, weights=[w1, w2]))", "two different things"),
        ("y ~ (1 | mm(s1, s3))", "'s3' is not a column"),
        ("y ~ (1 | mm(s1, s2, weights=[w1, w3]))", "'w3' is not a column"),
        ("y ~ (1 | mm(s1, y))", "both sides"),
    ],
)
def test_formulas_that_mean_nothing(world, formula, message):
    with pytest.raises(FormulaError, match=message):
        mlm.fit(formula, world)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w1": -0.5}, "zero or positive"),
        ({"w1": np.nan}, "is missing in 170 rows"),
        ({"s2": np.nan}, "positive in 170 rows in which 's2' is missing"),
        ({"w1": 0.0, "w2": 0.0}, "all weights"),
        ({"w1": "half"}, "must be numbers"),
        ({"s1": 1, "s2": 1}, "one group only"),
        ({"s1": "a"}, "mix types"),
    ],
)
def test_memberships_that_cannot_be(world, change, message):
    with pytest.raises(DataError, match=message):
        mlm.fit(f"y ~ x + {MM}", world.assign(**change))


def test_weights_that_do_not_sum_to_one(world):
    percent = world.assign(w1=100 * world["w1"], w2=100 * world["w2"])
    fit = mlm.fit(f"y ~ x + {MM}", percent)
    same(fit, mlm.fit(f"y ~ x + {MM}", world))
    assert any("divided by their sums" in message for message in fit.messages)
    rounded = world.assign(w1=world["w1"].round(2), w2=world["w2"].round(2) + 0.01)
    fit = mlm.fit(f"y ~ x + {MM}", rounded)
    assert any("taken as they are" in message for message in fit.messages)


def test_rows_without_units_are_dropped_and_counted(world):
    few = world.assign(s1=world["s1"].where(world.index > 3), s2=world["s2"].where(world.index > 1))
    fit = mlm.fit("y ~ x + (1 | mm(s1, s2))", few)
    assert fit.nobs == len(world) - 2
    assert any("2 of 170 rows dropped" in message for message in fit.messages)


def test_the_same_units_twice_are_refused(world):
    with pytest.raises(DataError, match="same groups"):
        mlm.fit("y ~ x + (1 | g) + (1 | mm(g))", world)


@pytest.mark.parametrize(
    ("neighbours", "error", "message"),
    [
        (None, FormulaError, "give neighbours="),
        ([("00", "01")], DataError, "a DataFrame with a pair"),
        ({"00": "01", "01": "00"}, DataError, "must be a list"),
        ({"00": ["00"]}, DataError, "its own neighbor"),
        ({"00": ["01"], "01": ["00", "02"]}, DataError, "no list of their own|have no"),
        ({"00": [], "01": []}, DataError, "no district has a neighbor"),
        (grid(), DataError, "1 districts of 'd' are not in neighbours: 'sea'"),
        (pd.DataFrame({"a": ["00"], "b": ["01"], "c": [1.0]}), DataError, "two columns"),
        (pd.DataFrame({"a": [None], "b": ["01"]}), DataError, "no first district"),
    ],
)
def test_maps_that_are_refused(world, neighbours, error, message):
    with pytest.raises(error, match=message):
        mlm.fit("y ~ x + (1 | car(d))", world, neighbours=neighbours)


def test_a_map_without_a_spatial_term_is_refused(world):
    with pytest.raises(FormulaError, match="has none"):
        mlm.fit("y ~ x + (1 | g)", world, neighbours=grid("sea"))


def test_one_sided_neighbors_are_said(world):
    near = grid("sea") | {"00": []}
    fit = mlm.fit("y ~ x + (1 | sar(d))", world, neighbours=near)
    assert any("2 pairs are listed in one direction only" in message for message in fit.messages)
    same(fit, mlm.fit("y ~ x + (1 | sar(d))", world, neighbours=grid("sea")))


def test_what_needs_independent_groups_refuses(world):
    near = grid("sea")
    spatial = mlm.fit("y ~ x + (1 | car(d))", world, neighbours=near)
    units = mlm.fit(f"y ~ x + {MM}", world)
    for fit in (spatial, units):
        for ask in (mlm.influence, lambda fit: fit.vcov_robust(), mlm.plot_groups, mlm.hausman):
            with pytest.raises(FormulaError, match=r"not independent|not divided into groups"):
                ask(fit)
        with pytest.raises(FormulaError, match="have no one correlation"):
            fit.icc()
        with pytest.raises(FormulaError, match="groups that have means"):
            mlm.within_between(fit.formula, world)
        assert np.isfinite(fit.summary(df="kenward-roger").to_numpy()).all()
        assert np.isfinite(fit.confint("profile").to_numpy()).all()


def test_pictures_of_units_and_districts(world):
    fit = mlm.fit(f"y ~ x + (1 | car(d)) + {MM}", world, neighbours=grid("sea"))
    for group in fit.ngroups:
        ax = mlm.plot_caterpillar(fit, group=group)
        assert ax.get_ylabel() or ax.get_xlabel()
    mlm.plot_residuals_qq(fit, level="car(d)")
    mlm.plot_variance(fit)


def test_comparisons(world):
    near = grid("sea")
    null = mlm.fit("y ~ x + (1 | g)", world, reml=False)
    units = mlm.fit(f"y ~ x + (1 | g) + {MM}", world, reml=False)
    assert mlm.compare(null, units)["reference"].iloc[1] == "½χ²(0) + ½χ²(1)"
    intrinsic = mlm.fit(
        "y ~ x + (1 | g) + (1 | car(d, type='intrinsic'))", world, reml=False, neighbours=near
    )
    assert mlm.compare(null, intrinsic)["reference"].iloc[1] == "½χ²(0) + ½χ²(1)"
    leroux = mlm.fit(
        "y ~ x + (1 | g) + (1 | car(d, type='leroux'))", world, reml=False, neighbours=near
    )
    table = mlm.compare(null, leroux)
    assert np.isnan(table["p"].iloc[1])
    assert "rho means nothing" in table["reference"].iloc[1]
    assert 0 < mlm.compare(null, leroux, simulate=9, rng=1)["p"].iloc[1] <= 1
    assert mlm.compare(intrinsic, leroux)["reference"].iloc[1].startswith("not nested")


def test_precision_weights_go_with_both(world):
    weighted = world.assign(k=1.0 + world.index % 3)
    formula = f"y ~ x + (1 | car(d)) + {MM}"
    fit = mlm.fit(formula, weighted, weights="k", neighbours=grid("sea"))
    C, W = correlations(fit), memberships(world)
    V, _ = dense(fit, world, C, W)
    V += fit.sigma**2 * np.diag(1 / weighted["k"] - 1)
    X = np.column_stack([np.ones(len(world)), world["x"]])
    M = X.T @ np.linalg.solve(V, X)
    r = world["y"] - X @ fit.fixef
    deviance = np.linalg.slogdet(V)[1] + np.linalg.slogdet(M)[1] + r @ np.linalg.solve(V, r)
    assert fit.deviance == pytest.approx(deviance + (len(X) - 2) * np.log(2 * np.pi), abs=1e-6)


def test_residuals_correlate_within_units(world):
    person = np.arange(len(world)) // 5
    rows = world.assign(
        person=person,
        t=np.arange(len(world)) % 5,
        **{name: world[name].to_numpy()[5 * person] for name in ("d", "s1", "s2", "w1", "w2")},
    )
    surface = [0.0 if d == "sea" else float(d[0]) - float(d[1]) for d in rows["d"]]
    units = rows["w1"] * np.cos(rows["s1"] * 3.0) + rows["w2"] * np.cos(rows["s2"] * 3.0)
    rows["y"] = surface + 2 * units + rows["x"] + world["y"] / 3
    formula = f"y ~ x + (1 | car(d)) + {MM}"
    near = grid("sea")
    fit = mlm.fit(formula, rows, residual=mlm.AR1("t", group="person"), neighbours=near)
    assert fit.converged
    A = adjacency(near)
    C = np.linalg.inv(np.diag(np.maximum(A.sum(axis=1), 1)) - fit.estimates.rhos[0] * A)
    W = np.zeros((len(rows), 12))
    np.add.at(W, (np.arange(len(rows)), rows["s1"]), rows["w1"])
    np.add.at(W, (np.arange(len(rows)), rows["s2"]), rows["w2"])
    Z = (rows["d"].to_numpy()[:, None] == np.array(sorted(near))).astype(float)
    variances = fit.varcorr.loc[fit.varcorr["term2"] == "", "variance"].to_numpy()
    V = variances[0] * Z @ C @ Z.T + variances[1] * W @ W.T
    phi = fit.residual.parameters.iloc[0]
    apart = np.abs(rows["t"].to_numpy()[:, None] - rows["t"].to_numpy())
    V += fit.sigma**2 * (person[:, None] == person) * np.sign(phi) ** apart * np.abs(phi) ** apart
    X = np.column_stack([np.ones(len(rows)), rows["x"]])
    M = X.T @ np.linalg.solve(V, X)
    r = rows["y"] - X @ fit.fixef
    deviance = np.linalg.slogdet(V)[1] + np.linalg.slogdet(M)[1] + r @ np.linalg.solve(V, r)
    assert fit.deviance == pytest.approx(deviance + (len(X) - 2) * np.log(2 * np.pi), abs=1e-6)
    assert np.isfinite(fit.confint().to_numpy()).all()
    with pytest.raises(DataError, match="spread over several groups"):
        mlm.fit(formula, world.assign(person=person, t=rows["t"]), neighbours=near,
                residual=mlm.AR1("t", group="person"))  # fmt: skip
    with pytest.raises(FormulaError, match="of plain groups"):
        mlm.fit(formula, rows, residual=mlm.AR1("t"), neighbours=near)


def test_one_row_a_district_is_said():
    surface = pd.DataFrame({"d": sorted(grid())})
    surface["u"] = [np.sin(float(d[0])) + np.sin(float(d[1])) for d in surface["d"]]
    with pytest.raises(DataError, match="has one row"):
        mlm.fit("u ~ 1 + (1 | car(d, type='intrinsic'))", surface, neighbours=grid(), reml=False)


@pytest.mark.parametrize("seed", [1, 12, 30, 37])
@pytest.mark.parametrize("term", ["car(d)", "car(d, type='leroux')", "sar(d)"])
@pytest.mark.filterwarnings("ignore::mlmbook.SingularFitWarning")
def test_no_better_rho_on_a_grid(seed, term):
    rng = np.random.default_rng(seed)
    labels, n = sorted(grid()), int(rng.integers(40, 120))
    A = adjacency(grid())
    C = np.linalg.inv(np.diag(A.sum(axis=1)) - rng.uniform(-0.9, 0.99) * A)
    u = np.linalg.cholesky(C) @ rng.normal(size=len(labels)) * rng.uniform(0, 1.5)
    d, x = rng.integers(0, len(labels), n), rng.normal(size=n)
    rows = pd.DataFrame({"y": x + u[d] + rng.normal(size=n), "x": x, "d": np.array(labels)[d]})
    fit = mlm.fit(f"y ~ x + (1 | {term})", rows, neighbours=grid())
    assert fit.converged
    spatial = fit.design.groupings[0].spatial
    level1 = level1_of(fit.design, None)
    outer = Outer(fit.design.X, fit.design.y, effects_of(fit.design), level1, reml=True)
    for rho in np.linspace(spatial.low, spatial.high, 29):
        assert fit.deviance < outer.at(np.array([rho])).deviance + 1e-5
