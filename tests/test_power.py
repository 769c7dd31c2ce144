"""Power by simulation: against closed forms, lmerTest and the tests of a fit; any worker agrees."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import joblib
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from numpy.random import SeedSequence
from scipy import stats

import mlmbook as mlm
from mlmbook.power import replicates
from mlmbook.power.decide import Trial
from mlmbook.power.replicates import generator, run
from mlmbook.power.study import clopper_pearson
from mlmbook.power.worlds import Fitted, World
from mlmbook.specification import Specification, read_model

REFERENCE = json.loads((Path(__file__).parent / "reference" / "results" / "power.json").read_text())
TRIAL = "y ~ w + (1 | group)"
TREATED = {"w": 0.5, "alpha1": 0.6, "var_u0": 0.3, "var_e": 0.7}
SLEEP = mlm.load("sleepstudy")
SLOPES = mlm.fit("reaction ~ days + (days | subject)", SLEEP)


def off(power: float, n: int, expected: float) -> float:
    """How many standard errors of the simulation lie between two powers."""
    return (power - expected) / np.sqrt(expected * (1 - expected) / n)


# ---- reference and closed form --------------------------------------------------------------


def test_trial_against_the_noncentral_t() -> None:
    """Groups are treated as wholes: power.t.test of R, on the group means."""
    wanted = [row for row in REFERENCE["closed_form"] if row["var_u0"] == 0.3 and row["m"] == 20]
    table = mlm.power(
        TRIAL, test="w", world=TREATED, ngroups=[10, 20, 40], size=20, n=300, rng=1, n_jobs=1
    )
    assert [row["J"] for row in wanted] == table["ngroups"].tolist()
    apart = [off(p, 300, row["power"]) for p, row in zip(table["power"], wanted, strict=True)]
    assert np.abs(apart).max() < 3
    assert table["power"].is_monotonic_increasing
    assert table["failed"].eq(0).all()


def test_a_balanced_trial_is_tested_by_group_means() -> None:
    """Data set by data set: REML with Satterthwaite's df is the t-test of the group means."""
    trial = Trial(_world(TRIAL, TREATED), "w", "satterthwaite", 0.05)
    cell = {"ngroups": 12, "size": 10}
    for seed in range(20):
        fit = trial.source.fit(trial.source.draw(cell, np.random.default_rng(seed)))
        if fit.singular:
            continue
        data = mlm.simulate(**TREATED, **cell, rng=seed)
        means = data.groupby("group")[["w", "y"]].mean()
        two = [means.loc[means["w"] == arm, "y"] for arm in (0, 1)]
        assert trial.p(fit) == pytest.approx(stats.ttest_ind(*two).pvalue, rel=1e-4)


def _world(formula: str, world: object, *, reml: bool = True, residual=None, **known) -> World:
    return World(Specification(*read_model(formula, residual), **known), world, reml)


def test_residuals_that_remember_against_the_noncentral_t() -> None:
    """All groups have the same V, so the test of w is that of one weighted mean of each group."""
    world, occasions, J = TREATED | {"phi": 0.7}, 8, 14
    times = np.arange(occasions)
    R = 0.7 ** np.abs(np.subtract.outer(times, times))
    spread = world["var_u0"] + world["var_e"] / np.linalg.inv(R).sum()
    shift, beyond = world["alpha1"] / np.sqrt(4 * spread / J), stats.t.isf(0.025, J - 2)
    expected = stats.nct.sf(beyond, J - 2, shift) + stats.nct.cdf(-beyond, J - 2, shift)
    options = {"test": "w", "world": world, "ngroups": J, "size": occasions, "rng": 4, "n_jobs": 1}
    table = mlm.power("y ~ w", residual=mlm.AR1("time", group="group"), **options, n=4)
    assert table["failed"][0] == 0  # a correlation may take the place of the random term
    table = mlm.power(TRIAL, residual=mlm.AR1("time"), **options, n=200)
    assert abs(off(table["power"][0], 200, expected)) < 3


@pytest.mark.parametrize(("ngroups", "effect"), [(9, 6.0), (18, 4.0), (36, 4.0)])
def test_growth_against_the_noncentral_t(ngroups: int, effect: float) -> None:
    """All subjects are seen on the same days, so the mean of their own slopes has a t-test."""
    table = mlm.power(SLOPES, test="days", ngroups=ngroups, effect=effect, n=300, rng=2, n_jobs=1)
    variance = SLOPES.varcorr.set_index(["group", "term", "term2"])["variance"]
    days = np.arange(10) - 4.5
    spread = variance["subject", "days", ""] + variance["Residual", "", ""] / (days @ days)
    shift, df = effect / np.sqrt(spread / ngroups), ngroups - 1
    beyond = stats.t.isf(0.025, df)
    expected = stats.nct.sf(beyond, df, shift) + stats.nct.cdf(-beyond, df, shift)
    assert abs(off(table["power"][0], 300, expected)) < 3
    assert table[["ngroups", "effect"]].to_numpy().tolist() == [[ngroups, effect]]


@pytest.mark.parametrize("part", ["all_days", "days_below_5"])
def test_growth_against_lmertest(part: str) -> None:
    """The same worlds, drawn and tested in R."""
    theirs = REFERENCE["simulated"][part]
    rows = SLEEP if part == "all_days" else SLEEP[SLEEP["days"] < 5]
    a, b, c = theirs["theta"]
    root = theirs["sigma"] * np.array([[a, 0], [b, c]])
    subject, labels = pd.factorize(rows["subject"])

    def world(rng: np.random.Generator) -> pd.DataFrame:
        u = (rng.standard_normal((len(labels), 2)) @ root.T)[subject]
        fixed, slope = theirs["beta"]
        mean = fixed + u[:, 0] + (slope + u[:, 1]) * rows["days"].to_numpy()
        return rows.assign(reaction=mean + rng.normal(0, theirs["sigma"], len(rows)))

    tests = {"days": theirs["rejected_slope"]}
    if part == "days_below_5":  # with all days the slope's variance is always found
        tests["var(days | subject)"] = theirs["rejected_variance"]
    for test, rejected in tests.items():
        table = mlm.power(SLOPES.formula, test=test, world=world, n=250, rng=3, n_jobs=1)
        share = rejected / theirs["draws"]
        error = np.sqrt(share * (1 - share) * (1 / 250 + 1 / theirs["draws"]))
        assert abs(table["power"][0] - share) < 3 * error


@pytest.mark.parametrize("df", ["wald", "satterthwaite", "kenward-roger"])
def test_a_replicate_tests_as_a_fit_does(df: str) -> None:
    world = {"beta1": 0.2, "var_u1": 0.5}
    trial = Trial(_world("y ~ x + (x | group)", world), "x", df, 0.05)
    drawn = trial.source.draw({"ngroups": 9, "size": 9}, np.random.default_rng(4))
    fit = mlm.fit("y ~ x + (x | group)", mlm.simulate(9, 9, **world, rng=4))
    p = trial.p(trial.source.fit(drawn))
    assert p == pytest.approx(fit.summary(df=df).loc["x", "p"], rel=1e-6)


def spread_out(rng: np.random.Generator) -> pd.DataFrame:
    """Districts on a ring, means of unequal numbers of people, two strata."""
    data = mlm.simulate(12, 9, beta1=0.3, x=0.5, rng=rng)
    data["people"] = rng.integers(1, 6, len(data))
    data["district"] = data["group"].str.removeprefix("g").astype(int) - 1
    data["school"] = rng.integers(7, size=len(data))
    data["y"] += rng.standard_normal(7)[data["school"]]
    return data


RING = {d: [(d - 1) % 12, (d + 1) % 12] for d in range(12)}


@pytest.mark.parametrize(
    ("formula", "options", "test", "null"),
    [
        ("y ~ x + (1 | group)", {"residual": mlm.VarianceBy("x")}, "x", ""),
        ("y ~ x + (1 | group)", {"residual": [mlm.VarianceBy("x")], "weights": "people"}, "x", ""),
        ("y ~ x + (1 | car(district))", {"neighbours": RING}, "x", ""),
        (
            "y ~ x + (1 | group) + (1 | school)",
            {"weights": "people"},
            "var(Intercept | school)",
            "y ~ x + (1 | group)",
        ),
        (
            "y ~ x + (1 | school) + (1 | car(district, type='intrinsic'))",
            {"neighbours": RING, "residual": mlm.VarianceBy("x")},
            "var(Intercept | car(district))",
            "y ~ x + (1 | school)",
        ),
    ],
)
def test_a_replicate_has_the_whole_model(
    formula: str, options: dict[str, object], test: str, null: str
) -> None:
    """The p-value of a replicate is that of the same model, fitted and compared."""
    trial = Trial(_world(formula, spread_out, **options), test, "satterthwaite", 0.05)
    drawn = trial.source.draw({}, np.random.default_rng(12))
    data = spread_out(np.random.default_rng(12))
    fit = mlm.fit(formula, data, **options)
    if null:
        smaller = mlm.fit(null, data, **{k: v for k, v in options.items() if k != "neighbours"})
        expected = mlm.compare(smaller, fit)["p"].iloc[1]
    else:
        expected = fit.summary().loc[test, "p"]
    assert trial.p(trial.source.fit(drawn)) == pytest.approx(expected, rel=1e-3)
    table = mlm.power(formula, test=test, world=spread_out, n=3, rng=1, n_jobs=1, **options)
    assert table["failed"][0] == 0


@pytest.mark.parametrize(
    ("large", "small", "test"),
    [
        ("(x | group)", "(1 | group)", "var(x | group)"),
        ("(x || group)", "(1 | group)", "var(x | group)"),
        ("(1 | group) + (1 | crossed)", "(1 | group)", "var(Intercept | crossed)"),
    ],
)
def test_a_variance_is_tested_as_compare_does(large: str, small: str, test: str) -> None:
    world = {"beta1": 1, "cov_u01": 0.1, "var_u1": 0.2, "ncrossed": 9, "var_c0": 0.3}
    trial = Trial(_world(f"y ~ x + {large}", world), test, "wald", 0.05)
    drawn = trial.source.draw({"ngroups": 20, "size": 7}, np.random.default_rng(5))
    data = mlm.simulate(20, 7, **world, rng=5)
    both = mlm.fit(f"y ~ x + {small}", data), mlm.fit(f"y ~ x + {large}", data)
    expected = mlm.compare(*both)["p"].iloc[1]
    assert 0 < expected < 0.2
    assert trial.p(trial.source.fit(drawn)) == pytest.approx(expected, rel=1e-4)


def test_the_only_variance_is_tested_against_a_regression() -> None:
    source = _world("y ~ x + (1 | group)", {"var_u0": 0.1}, reml=False)
    trial = Trial(source, "var(Intercept | group)", "wald", 0.05)
    drawn = trial.source.draw({"ngroups": 15, "size": 6}, np.random.default_rng(6))
    data = mlm.simulate(15, 6, var_u0=0.1, rng=6)
    both = mlm.ols("y ~ x", data), mlm.fit("y ~ x + (1 | group)", data, reml=False)
    expected = mlm.compare(*both)["p"].iloc[1]
    assert trial.p(trial.source.fit(drawn)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("k", "n", "ci"), [(0, 20, 0.95), (7, 20, 0.9), (20, 20, 0.95)])
def test_limits_are_those_of_clopper_and_pearson(k: int, n: int, ci: float) -> None:
    expected = stats.binomtest(k, n).proportion_ci(ci, method="exact")
    assert clopper_pearson(k, n, ci) == pytest.approx((expected.low, expected.high))


# ---- who runs it does not matter --------------------------------------------------------------


def small(**options: object) -> pd.DataFrame:
    return mlm.power(TRIAL, test="w", world=TREATED, ngroups=[8, 12], size=4, n=24, **options)


def test_any_number_of_workers_gives_the_same() -> None:
    here = small(rng=7, n_jobs=1)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        pd.testing.assert_frame_equal(small(rng=7), here)
    with joblib.parallel_config(backend="multiprocessing"):  # gives results all at once
        pd.testing.assert_frame_equal(small(rng=7, n_jobs=2), here)
    assert not small(rng=8, n_jobs=1)["power"].equals(here["power"])


def test_processes_give_the_same() -> None:
    pd.testing.assert_frame_equal(small(rng=7, n_jobs=2), small(rng=7, n_jobs=1))
    options = {"test": "days", "ngroups": [9, 18], "n": 21, "rng": 7}
    one, two = (mlm.power(SLOPES, n_jobs=n_jobs, **options) for n_jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_a_replicate_has_a_seed_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of NumPy's spawning, whichever replicates were run before."""
    spawned = SeedSequence(9).spawn(3)[2].spawn(5)[4]
    expected = np.random.default_rng(spawned).random(3)
    np.testing.assert_array_equal(generator(SeedSequence(9), 2, 4).random(3), expected)
    trial = Trial(_world(TRIAL, TREATED), "w", "wald", 0.05)
    cells = [{"ngroups": 6, "size": 3}]
    options = {"n_jobs": 1, "progress": False}
    few, more = (run(trial, cells, n, SeedSequence(9), **options)[0] for n in (7, 13))
    assert more[:7] == few
    monkeypatch.setattr(replicates, "CHUNK", 1)
    monkeypatch.setattr(replicates, "TASKS", 3)
    assert run(trial, cells, 13, SeedSequence(9), **options)[0] == more


def test_a_generator_moves_on() -> None:
    rng = np.random.default_rng(10)
    first, second = small(rng=rng, n_jobs=1), small(rng=rng, n_jobs=1)
    assert not first["power"].equals(second["power"])
    pd.testing.assert_frame_equal(small(rng=np.random.default_rng(10), n_jobs=1), first)


def test_dask_carries_it() -> None:
    """On a local cluster of two processes, as it would be on one of many machines."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        with joblib.parallel_config(backend="dask"):
            there = small(rng=7)
        ran = client.run(lambda: "mlmbook.power.decide" in sys.modules)
    assert all(ran.values())
    pd.testing.assert_frame_equal(there, small(rng=7, n_jobs=1))


def test_one_worker_needs_neither_joblib_nor_tqdm() -> None:
    """So that it runs in a browser."""
    code = (
        "import sys; sys.modules |= dict.fromkeys(['joblib', 'tqdm']); import mlmbook as mlm; "
        "world = {'beta1': 1}; run = lambda **options: mlm.power('y ~ x + (1 | group)', test='x', "
        "world=world, ngroups=5, size=4, n=4, rng=1, **options); "
        "print(run(n_jobs=1)['power'][0])\n"
        "for options in ({'n_jobs': 2}, {'n_jobs': 1, 'progress': True}):\n"
        "    try: run(**options)\n"
        "    except mlm.FitError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    number, joblib_missing, tqdm_missing = done.stdout.splitlines()
    assert 0 <= float(number) <= 1
    assert "n_jobs=2 needs the package joblib" in joblib_missing
    assert "the progress bar needs the package tqdm" in tqdm_missing


def test_the_bar_shows_only_when_it_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    small(rng=1, n_jobs=1)
    assert capfd.readouterr() == ("", "")
    small(rng=1, n_jobs=1, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "48" in err  # two designs of 24 data sets


# ---- designs ----------------------------------------------------------------------------------


def test_lists_make_a_grid_and_tuples_a_range() -> None:
    world = TREATED | {"alpha1": [0.0, 5.0], "var_u0": 0.01}
    table = mlm.power(TRIAL, test="w", world=world, ngroups=6, size=[3, (2, 5)], n=10, rng=1,
                      n_jobs=1)  # fmt: skip
    assert table[["ngroups", "size", "alpha1"]].to_numpy().tolist() == [
        [6, 3, 0.0], [6, 3, 5.0], [6, (2, 5), 0.0], [6, (2, 5), 5.0],
    ]  # fmt: skip
    assert table.loc[table["alpha1"] == 5, "power"].eq(1).all()
    assert table.attrs == {
        "test": "w", "alpha": 0.05, "df": "satterthwaite", "formula": TRIAL, "ci": 0.95,
    }  # fmt: skip


def test_a_fit_is_its_own_design() -> None:
    table = mlm.power(SLOPES, test="days", n=10, rng=1, n_jobs=1)
    assert table["ngroups"].tolist() == [18]
    drawn = Fitted(SLOPES, 0, "days").draw({}, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn.X, SLOPES.design.X)
    draws = [Fitted(SLOPES, 0, "days").draw({"effect": 3.0}, np.random.default_rng(seed)).y
             for seed in range(200)]  # fmt: skip
    expected = SLOPES.fixef["Intercept"] + 3 * SLEEP["days"]
    spread = np.sqrt(np.var(draws, axis=0).mean() / 200)
    np.testing.assert_allclose(np.mean(draws, axis=0), expected, atol=4.5 * spread)


def test_groups_and_rows_are_copied_evenly() -> None:
    fitted = Fitted(SLOPES, 0, "days")
    drawn = fitted.draw({"ngroups": 40, "size": 23}, np.random.default_rng(2))
    (grouping,) = drawn.groupings
    assert np.bincount(grouping.codes).tolist() == [23] * 40
    days = pd.Series(drawn.X[:, 1]).groupby(grouping.codes).value_counts()
    assert set(days) == {2, 3}
    fewer = fitted.draw({"ngroups": 5, "size": 4}, np.random.default_rng(2))
    assert len(fewer.y) == 20
    assert pd.Series(fewer.X[:, 1]).groupby(fewer.groupings[0].codes).nunique().eq(4).all()


def test_nested_factors_are_copied_and_crossed_ones_kept() -> None:
    data = mlm.simulate(12, 5, nregions=4, ncrossed=6, rng=3)
    fit = mlm.fit("y ~ x + (1 | region) + (1 | group) + (1 | crossed)", data)
    names = [grouping.name for grouping in fit.design.groupings]
    at = names.index("region")
    drawn = Fitted(fit, at, "x").draw({"ngroups": 8}, np.random.default_rng(4))
    count = {grouping.name: grouping.ngroups for grouping in drawn.groupings}
    assert count == {"region": 8, "group": 24, "crossed": 6}
    codes = {grouping.name: grouping.codes for grouping in drawn.groupings}
    assert pd.Series(codes["region"]).groupby(codes["group"]).nunique().eq(1).all()
    upper = Fitted(fit, names.index("group"), "x").draw({"ngroups": 24}, np.random.default_rng(4))
    count = {grouping.name: grouping.ngroups for grouping in upper.groupings}
    assert count == {"region": 4, "group": 24, "crossed": 6}


def test_flags_are_shares() -> None:
    table = mlm.power(TRIAL, test="w", world=TREATED | {"var_u0": 0}, ngroups=6, size=3, n=40,
                      rng=5, n_jobs=1)  # fmt: skip
    assert 0.3 < table["singular"][0] < 0.9
    assert table["not_converged"][0] == 0


def test_failed_fits_are_counted() -> None:
    def world(rng: np.random.Generator) -> pd.DataFrame:
        data = mlm.simulate(6, 3, rng=rng)
        return data.assign(y=data["y"] if rng.random() < 0.5 or first else 1.0)

    first = True
    trial = Trial(_world("y ~ x + (1 | group)", world), "x", "wald", 0.05)
    trial.check({}, np.random.default_rng(0))
    first = False
    outcomes = run(trial, [{}], 40, SeedSequence(1), n_jobs=1, progress=False)[0]
    failures = {outcome.failure for outcome in outcomes if outcome.failure}
    assert failures == {"DataError: the response is constant: every value is 1"}
    assert 8 < sum(bool(outcome.failure) for outcome in outcomes) < 32
    assert not any(outcome.rejected for outcome in outcomes if outcome.failure)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test": "z"}, "'z' is neither a fixed effect nor a variance.*choose from: Intercept, w"),
        ({"test": "var(w | group)"}, r"did you mean 'var\(Intercept \| group\)'"),
        ({"world": None}, "a formula needs world="),
        ({"world": {"size": 3}}, "give size= to power itself"),
        ({"world": {"var_e": -1}}, "var_e is a variance"),
        ({"world": {"var_e": []}}, "no values"),
        ({"ngroups": []}, "no values"),
        ({"world": {"var_e": "much"}}, "var_e must be a number"),
        ({"ngroups": 1}, "one group only"),
        ({"effect": 1.0}, "effect= and group= are for a fitted model"),
        ({"n": 0}, "the number of draws must be a whole number"),
        ({"alpha": 5}, "alpha is the level of the test"),
        ({"ci": 95}, "ci is the coverage"),
        ({"df": "between"}, "choose one of"),
        ({"df": "kenward-roger", "reml": False}, "needs reml=True"),
        ({"weights": np.ones(18)}, "weights= names a column here"),
        ({"weights": "people"}, "'people' is not a column"),
        ({"residual": mlm.AR1("when")}, "'when' is not a column"),
        ({"residual": mlm.AR1}, "did you forget to call it"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, object], message: str) -> None:
    good = {"test": "w", "world": TREATED, "ngroups": 6, "size": 3, "n": 2, "rng": 1, "n_jobs": 1}
    with pytest.raises(mlm.MlmbookError, match=message):
        mlm.power(TRIAL, **good | arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test": "day"}, "did you mean 'days'"),
        ({"test": "var(days | subject)", "effect": 1.0}, "effect= is for a fixed effect"),
        ({"test": "days", "ngroups": 0}, "ngroups must be whole numbers of at least 1, not 0"),
        ({"test": "days", "size": (2, 5)}, "size must be whole numbers of at least 1"),
        ({"test": "days", "group": "school", "size": 5}, "'school' is not a grouping factor"),
        ({"test": "days", "world": TREATED}, "world= goes with a formula"),
        ({"test": "days", "residual": mlm.AR1("days")}, "residual= goes with a formula"),
        ({"test": "days", "weights": "days"}, "fit the model with that weights= instead"),
    ],
)
def test_what_a_fit_cannot_be_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(mlm.MlmbookError, match=message):
        mlm.power(SLOPES, n=2, n_jobs=1, **arguments)


def test_other_models_are_refused() -> None:
    with pytest.raises(mlm.DataError, match="a fitted model or a formula, not OlsFit"):
        mlm.power(mlm.ols("reaction ~ days", SLEEP), test="days")
    with pytest.raises(mlm.FormulaError, match="has no random term"):
        mlm.power("y ~ x", test="x", world={})
    weighted = mlm.fit(SLOPES.formula, SLEEP, weights=np.ones(len(SLEEP)))
    with pytest.raises(mlm.FitError, match="leave ngroups= and size= out"):
        mlm.power(weighted, test="days", ngroups=5)
    ml = mlm.fit(SLOPES.formula, SLEEP, reml=False)
    with pytest.raises(mlm.FitError, match="fitted by ML"):
        mlm.power(ml, test="days", df="kenward-roger")
    with pytest.raises(mlm.DataError, match="reml= goes with a formula"):
        mlm.power(SLOPES, test="days", reml=False)


def test_level_1_structures_keep_their_design() -> None:
    """Weights of one are no weights, and the same seeds draw the same data sets."""
    fits = [SLOPES, mlm.fit(SLOPES.formula, SLEEP, weights=np.ones(len(SLEEP)))]
    for test in ("days", "var(days | subject)"):
        effect = {"effect": 4.0} if test == "days" else {}
        one, two = (
            mlm.power(fit, test=test, df="wald", n=30, rng=6, n_jobs=1, **effect) for fit in fits
        )
        pd.testing.assert_frame_equal(one, two)


def test_memberships_and_maps_keep_their_design() -> None:
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"x": rng.standard_normal(240), "d": np.tile(np.arange(12), 20)})
    data["a"], data["b"] = rng.integers(15, size=(2, 240))
    u, v = 2 * rng.standard_normal(15), np.cumsum(rng.standard_normal(12))
    data["y"] = data["x"] + (u[data["a"]] + u[data["b"]]) / 2 + v[data["d"]]
    data["y"] += rng.standard_normal(240)
    member = mlm.fit("y ~ x + (1 | mm(a, b))", data)
    table = mlm.power(member, test="x", effect=[0.0, 5.0], df="wald", n=12, rng=1, n_jobs=1)
    assert table["power"].tolist()[1] == 1
    assert table["power"].tolist()[0] < 0.5
    with pytest.raises(mlm.FormulaError, match="they are not divided into groups"):
        mlm.power(member, test="x", size=5, n=2, n_jobs=1)
    ring = {d: [(d - 1) % 12, (d + 1) % 12] for d in range(12)}
    mapped = mlm.fit("y ~ x + (1 | car(d))", data, neighbours=ring)
    name = next(name for name in mapped.confint().index if name.startswith("var(Intercept"))
    with pytest.raises(mlm.FitError, match="there is no rho either"):
        mlm.power(mapped, test=name, n=2, n_jobs=1)


def test_a_design_that_never_works_says_so() -> None:
    def world(rng: np.random.Generator) -> pd.DataFrame:
        data = mlm.simulate(6, 3, rng=rng)
        return data.assign(y=data["x"] * 2)

    with pytest.raises(mlm.FitError, match="no data set of the design of the model could be"):
        mlm.power("y ~ x + (1 | group)", test="x", world=world, n=3, rng=1, n_jobs=1)


def test_the_page_runs() -> None:
    """The code of the page on power, with few data sets; the cluster is tested above."""
    page = (Path(__file__).parents[1] / "book" / "back" / "power.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(blocks) == 7
    mpl.use("agg")
    names: dict[str, object] = {}
    for block in blocks:
        quick = re.sub(r"\bn=[\d_]+", "n=3", block).replace("n_jobs=-1", "n_jobs=1")
        code = compile(quick, "power.md", "exec")
        if "LocalCluster" not in block:
            exec(code, names)
