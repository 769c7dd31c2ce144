"""Known level-1 variances: the likelihood itself, and what is said of such a model."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

import mlmbook as mlm
from mlmbook.degrees import known_kenward_roger
from mlmbook.engine import joint

DATA = Path(__file__).parents[1] / "reference" / "data"
KNOWN = mlm.KnownVariance("vi")
FORMULA = "yi ~ weeks + (1 | study)"
methods = pytest.mark.parametrize("reml", [True, False])


@cache
def studies() -> pd.DataFrame:
    return pd.read_csv(DATA / "teacherexpectancy.csv.gz")


@cache
def effects() -> pd.DataFrame:
    return pd.read_csv(DATA / "assink2016.csv.gz")


@cache
def fitted(reml: bool = True) -> mlm.Fit:
    return mlm.fit("yi ~ pubstatus + (1 | study/esid)", effects(), residual=KNOWN, reml=reml)


def deviances(
    tau2: np.ndarray, y: np.ndarray, X: np.ndarray, v: np.ndarray, reml: bool
) -> np.ndarray:
    """Write the deviance of a model with one effect a row, at some variances of the effects."""
    w = 1 / (v + np.asarray(tau2)[:, None])
    M = np.einsum("np,tn,nq->tpq", X, w, X)
    beta = np.linalg.solve(M, np.einsum("np,tn,n->tp", X, w, y)[:, :, None])[:, :, 0]
    d = (w * (y - beta @ X.T) ** 2 - np.log(w)).sum(axis=1) + len(y) * np.log(2 * np.pi)
    return d + np.linalg.slogdet(M)[1] - X.shape[1] * np.log(2 * np.pi) if reml else d


def deviance(tau2: float, *model: object) -> float:
    """Return one of them."""
    return float(deviances(np.array([tau2]), *model)[0])


def least(*model: object) -> tuple[float, int]:
    """Find the least deviance, and count the minima, by looking everywhere."""
    grid = np.append(0.0, np.geomspace(1e-6, 1e3, 2000))
    d = deviances(grid, *model)
    padded = np.concatenate([[np.inf], d, [np.inf]])
    minima = int(((d < padded[:-2]) & (d <= padded[2:])).sum())
    at = int(d.argmin())
    if not 0 < at < len(grid) - 1:
        return float(d[at]), minima
    ends = grid[at - 1], grid[at + 1]
    found = minimize_scalar(deviance, args=model, bounds=ends, method="bounded")
    return min(float(d[at]), float(found.fun)), minima


# ---- the maximum ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::mlmbook.SingularFitWarning")
@methods
def test_best_of_several_minima(reml: bool) -> None:
    """Precise rows that agree, and others that do not, make two minima."""
    rng, several, zero = np.random.default_rng(3), 0, 0
    v, one = np.repeat([1e-3, 3.0], [3, 5]), np.ones((8, 1))
    for _ in range(25):
        y = rng.normal(0, np.sqrt(v)) * np.repeat([1, rng.uniform(1.5, 5)], [3, 5])
        frame = pd.DataFrame({"y": y, "v": v, "g": np.arange(8)})
        fit = mlm.fit("y ~ 1 + (1 | g)", frame, residual=mlm.KnownVariance("v"), reml=reml)
        best, minima = least(y, one, v, reml)
        assert fit.deviance < best + 1e-6
        assert fit.converged
        assert fit.singular == (fit.varcorr["variance"].iloc[0] == 0)
        several, zero = several + (minima > 1), zero + fit.singular
    assert several > 10  # else the test would say nothing
    assert 0 < zero < 25


@methods
def test_slopes_of_the_deviance(reml: bool) -> None:
    fit = fitted(reml)
    model = fit.estimates.optimum.point.model
    theta, h = fit.estimates.optimum.point.theta + np.array([0.2, -0.1]), 1e-5
    differences = [
        (model.at(theta + step).deviance - model.at(theta - step).deviance) / (2 * h)
        for step in h * np.eye(2)
    ]
    assert model.at(theta).gradient == pytest.approx(np.array(differences), rel=1e-6)
    assert np.abs(fit.estimates.optimum.point.gradient).max() < 1e-5


@methods
def test_average_information(reml: bool) -> None:
    """Of observed and expected information, for a variance by which V changes linearly."""
    fit = mlm.fit("yi ~ 1 + (1 | study)", studies(), residual=KNOWN, reml=reml)
    point, (maker,) = fit.estimates.optimum.point, fit.estimates.makers
    y, v = fit.design.y, studies()["vi"].to_numpy() + fit.varcorr["variance"].iloc[0]
    W, one = np.diag(1 / v), np.ones(len(v))
    P = W - np.outer(W @ one, W @ one) / (one @ W @ one)
    expected = y @ P @ P @ P @ y * maker[0, 0] ** 4
    assert point.information[0, 0] == pytest.approx(expected, rel=1e-8)


@methods
def test_weights_whose_sigma_is_one(reml: bool) -> None:
    """Variances that are known to be what another model found them to be give its estimates."""
    data = mlm.load("sleepstudy").assign(w=lambda d: 1 + d["days"] % 3)
    formula = "reaction ~ days + (days | subject)"
    free = mlm.fit(formula, data, weights="w", reml=reml)
    data["v"] = free.sigma**2 / data["w"]
    held = mlm.fit(formula, data, residual=mlm.KnownVariance("v"), reml=reml)
    assert held.deviance == pytest.approx(free.deviance, abs=1e-7)
    assert held.nparams == free.nparams - 1
    assert held.fixef.to_numpy() == pytest.approx(free.fixef.to_numpy(), rel=1e-6)
    assert held.se.to_numpy() == pytest.approx(free.se.to_numpy(), rel=1e-5)
    both = held.varcorr["variance"].to_numpy(), free.varcorr["variance"].to_numpy()[:-1]
    assert both[0] == pytest.approx(both[1], rel=1e-4)
    assert held.fitted.to_numpy() == pytest.approx(free.fitted.to_numpy(), rel=1e-6)
    assert held.caic == pytest.approx(free.caic - 2, abs=1e-4)
    for kind in ("pearson", "normalized", "standardized"):
        one, two = (fit.residuals_at(1, kind=kind).to_numpy() for fit in (held, free))
        assert one == pytest.approx(two, abs=1e-4)
    assert held.vcov_robust().to_numpy() == pytest.approx(free.vcov_robust().to_numpy(), rel=1e-4)


@methods
def test_units_and_order_of_rows(reml: bool) -> None:
    fit, c = fitted(reml), 1000.0
    moved = effects().assign(yi=5 + c * effects()["yi"], vi=c**2 * effects()["vi"])
    other = mlm.fit(fit.formula, moved.sample(frac=1, random_state=1), residual=KNOWN, reml=reml)
    m = fit.nobs - (2 if reml else 0)
    assert other.deviance == pytest.approx(fit.deviance + 2 * m * np.log(c), abs=1e-6)
    assert other.fixef.to_numpy() == pytest.approx(c * fit.fixef.to_numpy() + [5, 0], rel=1e-6)
    assert other.se.to_numpy() == pytest.approx(c * fit.se.to_numpy(), rel=1e-6)
    both = (one.varcorr["variance"].to_numpy() for one in (other, fit))
    assert next(both) == pytest.approx(c**2 * next(both), rel=1e-5)


def test_rows_of_districts() -> None:
    """Areas that resemble their neighbors, as in small-area estimation: V written out."""
    rng, n = np.random.default_rng(5), 30
    pairs = pd.DataFrame({"a": np.arange(n), "b": (np.arange(n) + 1) % n})
    frame = pd.DataFrame({"area": np.arange(n), "v": rng.uniform(0.1, 0.5, n)})
    wave = 1.5 * np.sin(np.arange(n) / 4)
    frame["y"] = wave + rng.normal(0, np.sqrt(frame["v"]))
    known = mlm.KnownVariance("v")
    fit = mlm.fit("y ~ 1 + (1 | car(area))", frame, residual=known, reml=False, neighbours=pairs)
    table = fit.varcorr.set_index("term")
    tau2, rho = table.loc["Intercept", "variance"], table.loc["rho", "sd"]

    def written(tau2: float, rho: float) -> float:
        A = np.zeros((n, n))
        A[pairs["a"], pairs["b"]] = A[pairs["b"], pairs["a"]] = 1
        V = tau2 * np.linalg.inv(np.diag(A.sum(axis=1)) - rho * A) + np.diag(frame["v"])
        solved, one = np.linalg.inv(V), np.ones(n)
        r = frame["y"].to_numpy() - (one @ solved @ frame["y"]) / (one @ solved @ one)
        return np.linalg.slogdet(V)[1] + n * np.log(2 * np.pi) + r @ solved @ r

    assert fit.converged
    assert 0 < rho < 1
    assert fit.deviance == pytest.approx(written(tau2, rho), abs=1e-8)
    for other in ((tau2 * 1.01, rho), (tau2 / 1.01, rho), (tau2, rho - 1e-3), (tau2, rho + 1e-3)):
        assert written(*other) > fit.deviance


# ---- inference -----------------------------------------------------------------------------


@methods
def test_satterthwaite(reml: bool) -> None:
    """With one variance: 2 v^2 over v'^2 times the inverse information."""
    fit = mlm.fit("yi ~ 1 + (1 | study)", studies(), residual=KNOWN, reml=reml)
    y, v, X = fit.design.y, studies()["vi"].to_numpy(), fit.design.X
    tau2, h = float(fit.varcorr["variance"].iloc[0]), 1e-4
    d = [deviance(tau2 + step, y, X, v, reml) for step in (-h, 0.0, h)]
    information = (d[0] - 2 * d[1] + d[2]) / h**2 / 2
    variance = [1 / (1 / (v + tau2 + step)).sum() for step in (-h, 0.0, h)]
    slope = (variance[2] - variance[0]) / (2 * h)
    expected = 2 * variance[1] ** 2 / (slope**2 / information)
    assert fit.summary().loc["Intercept", "df"] == pytest.approx(expected, rel=1e-3)


def test_kenward_roger() -> None:
    """The formula of 1997 with matrices that have a row and a column for every observation."""
    fit = mlm.fit(FORMULA, studies(), residual=KNOWN)
    X, tau2 = fit.design.X, float(fit.varcorr["variance"].iloc[0])
    W = np.diag(1 / (studies()["vi"].to_numpy() + tau2))
    phi = np.linalg.inv(X.T @ W @ X)
    P = W - W @ X @ phi @ X.T @ W
    w = 2 / np.trace(P @ P)
    adjusted = phi + 2 * w * phi @ X.T @ W @ P @ W @ X @ phi
    assert known_kenward_roger(fit).vcov == pytest.approx(adjusted, rel=1e-8)
    g = np.diagonal(phi @ X.T @ W @ W @ X @ phi)
    table = fit.summary(df="kenward-roger")
    assert table["df"].to_numpy() == pytest.approx(2 * np.diagonal(phi) ** 2 / (g**2 * w), rel=1e-8)
    assert fit.anova(df="kenward-roger")["den_df"].iloc[0] == pytest.approx(table["df"].iloc[1])


def test_profile_of_a_coefficient() -> None:
    fit = mlm.fit(FORMULA, studies(), residual=KNOWN, reml=False)
    y, v, X = fit.design.y, studies()["vi"].to_numpy(), fit.design.X
    for end in fit.confint("profile").loc["weeks", ["low", "high"]]:
        held = minimize_scalar(
            lambda tau2, end=end: deviance(tau2, y - end * X[:, 1], X[:, :1], v, False),
            bounds=(0, 0.5),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert held.fun - fit.deviance == pytest.approx(3.841459, abs=1e-4)


@pytest.mark.filterwarnings("ignore::mlmbook.SingularFitWarning")
def test_nothing_left_to_estimate() -> None:
    data = studies().assign(weeks=studies()["weeks"].clip(upper=3))
    with pytest.warns(mlm.SingularFitWarning):
        fit = mlm.fit(FORMULA, data, residual=KNOWN)
    assert fit.singular
    assert np.isinf(fit.summary()["df"]).all()
    both = mlm.fit("yi ~ weeks + year + (1 | study)", data, residual=KNOWN, reml=False)
    assert both.singular
    assert np.isinf(both.anova()["den_df"]).all()
    joint_test = mlm.fit("yi ~ C(weeks) + (1 | study)", data, residual=KNOWN).anova().iloc[0]
    assert (joint_test["num_df"], joint_test["den_df"]) == (3, np.inf)
    assert 0 < joint_test["p"] < 0.05
    assert fit.summary()["p"].to_numpy() == pytest.approx(fit.summary(df="wald")["p"].to_numpy())
    assert fit.confint().loc["var(Intercept | study)", ["low", "high"]].isna().all()
    assert fit.confint("profile").loc["var(Intercept | study)", "low"] == 0
    assert not fit.ranef["study"].to_numpy().any()
    least_squares = np.linalg.lstsq(
        fit.design.X / np.sqrt(data[["vi"]].to_numpy()), data["yi"] / np.sqrt(data["vi"])
    )[0]
    assert fit.fixef.to_numpy() == pytest.approx(least_squares)


# ---- what is said ------------------------------------------------------------------------------


def test_sigma_is_no_parameter() -> None:
    fit = fitted()
    assert fit.sigma == 1.0
    assert fit.nparams == 2 + 2
    assert set(fit.varcorr["group"]) == {"study", "study:esid"}
    names = ["Intercept", "pubstatus", "var(Intercept | study)", "var(Intercept | study:esid)"]
    assert list(fit.confint().index) == names
    assert fit.confint().notna().all(axis=None)
    (message,) = (text for text in fit.messages if "known" in text)
    assert message == (
        "the level-1 variances are those of 'vi', which are taken as known: no residual variance "
        "is estimated"
    )


def test_shares_of_variance() -> None:
    fit = mlm.fit(FORMULA, studies(), residual=KNOWN)
    tau2 = float(fit.varcorr["variance"].iloc[0])
    assert fit.vpc(at={"vi": 0.05}) == pytest.approx(tau2 / (tau2 + 0.05))
    with pytest.raises(mlm.FormulaError, match=r"differs between people.*vpc\(at"):
        fit.icc()
    with pytest.raises(mlm.FormulaError, match="say where"):
        fit.vpc()
    table = fit.variance_function("vi", values=[0.01, 0.1])
    assert table.table["Residual"].to_numpy() == pytest.approx([0.01, 0.1])
    assert table.low["Residual"].to_numpy() == pytest.approx([0.01, 0.1])  # known exactly
    assert table.low["vpc"].iloc[0] < table.table["vpc"].iloc[0] < table.high["vpc"].iloc[0]
    null = mlm.fit("yi ~ 1 + (1 | study)", studies(), residual=KNOWN)
    explained = fit.r2().set_index(["definition", "level"])["r2"]
    share = 1 - tau2 / float(null.varcorr["variance"].iloc[0])
    assert explained["Raudenbush-Bryk", "study"] == pytest.approx(share)
    assert ("Raudenbush-Bryk", "Residual") not in explained


def test_predictions_and_draws() -> None:
    fit = mlm.fit(FORMULA, studies(), residual=KNOWN)
    new = pd.DataFrame({"study": [99], "weeks": [1.0], "vi": [0.2]})
    one, other = (
        fit.predict(new, interval=interval)["se"].iloc[0]
        for interval in ("confidence", "prediction")
    )
    assert other**2 - one**2 == pytest.approx(0.2)
    with pytest.raises(mlm.FormulaError, match="vi"):
        fit.predict(new.drop(columns="vi"), interval="prediction")
    assert fit.predict(new.drop(columns="vi")).notna().all()
    draws = fit.simulate(4000, rng=1).to_numpy()
    expected = studies()["vi"].to_numpy() + float(fit.varcorr["variance"].iloc[0])
    assert draws.var(axis=1) == pytest.approx(expected, rel=0.15)
    boot = fit.bootstrap(20, rng=1)
    assert list(boot.columns) == list(fit.confint().index)


@pytest.mark.filterwarnings("ignore::mlmbook.SingularFitWarning")
def test_refitting_is_fitting() -> None:
    fit = fitted()
    from mlmbook.maximum import refit

    y = fit.simulate(1, rng=3).to_numpy()[:, 0]
    again = refit(fit, y)
    anew = mlm.fit(fit.formula, effects().assign(yi=y), residual=KNOWN)
    assert again.deviance == pytest.approx(anew.deviance, abs=1e-8)
    assert again.fixef.to_numpy() == pytest.approx(anew.fixef.to_numpy(), abs=1e-7)


@pytest.mark.filterwarnings("ignore::mlmbook.SingularFitWarning")
def test_comparisons() -> None:
    large = mlm.fit("yi ~ 1 + (1 | study/esid)", effects(), residual=KNOWN, reml=False)
    other = effects().assign(v2=2 * effects()["vi"])
    small = mlm.fit("yi ~ 1 + (1 | study)", other, residual=mlm.KnownVariance("v2"), reml=False)
    free = mlm.fit("yi ~ 1 + (1 | study)", effects(), reml=False)
    for one in (small, free):
        table = mlm.compare(one, large)
        assert table["reference"].iloc[1].startswith("not nested")
        assert table["aic"].notna().all()
    slopes = mlm.fit("yi ~ 1 + (1 | id)", effects(), residual=KNOWN, reml=False)
    two = mlm.compare(slopes, mlm.fit("yi ~ 1 + (1 | id) + (1 | study) + (1 | year)", effects(),
                                      residual=KNOWN, reml=False)).iloc[1]  # fmt: skip
    assert "χ²(2)" in two["reference"]  # a mixture, with weights from the expected information
    assert "conservative" not in two["reference"]


@pytest.mark.filterwarnings("ignore::mlmbook.SingularFitWarning")
def test_leaving_studies_out() -> None:
    fit = mlm.fit("yi ~ 1 + (1 | study/esid)", effects(), residual=KNOWN)
    exact, one_step = (mlm.influence(fit, method=method) for method in ("exact", "one-step"))
    assert "sigma" not in exact
    assert np.corrcoef(exact["Intercept"], one_step["Intercept"])[0, 1] > 0.95


def test_hausman_takes_variances_as_known() -> None:
    data = effects().assign(x=np.random.default_rng(1).normal(size=len(effects())))
    fit = mlm.fit("yi ~ x + (1 | study)", data, residual=KNOWN)
    dummies = pd.get_dummies(data["study"]).to_numpy(dtype=float)
    X = np.column_stack([data["x"], dummies]) / np.sqrt(data[["vi"]].to_numpy())
    M = np.linalg.inv(X.T @ X)
    apart = (M @ X.T @ (data["yi"] / np.sqrt(data["vi"])))[0] - fit.fixef["x"]
    expected = apart**2 / (M[0, 0] - fit.vcov.loc["x", "x"])
    assert mlm.hausman(fit)["chisq"] == pytest.approx(expected, rel=1e-6)


def test_group_means_of_rows() -> None:
    fit = mlm.within_between("yi ~ year + (1 | id)", effects().assign(id=effects()["id"] // 10),
                             residual=KNOWN)  # fmt: skip
    assert fit.residual.sigma_known
    assert fit.nparams == 4


def test_words() -> None:
    fit = fitted()
    text = " ".join(fit.report().split())
    assert "known residual variances" in text
    assert "The known residual standard deviations are 0.050 to 0.673." in text
    assert "(one in each esid)" in text
    assert r"e_{0ijk} &\sim \mathrm{N}(0,\ s^2_{ijk})" in fit.equation()
    assert r"s^2_{ijk} = \text{vi}" in fit.equation()
    assert r"\mathrm{N}(0,\ \text{vi}_{ijk})" in fit.equation(names="variables", estimates=True)


def test_programs() -> None:
    assert "brm(yi | se(sqrt(vi)) ~ pubstatus + (1 | study)" in fitted().to_code("brms").replace(
        "1 + pub", "pub"
    )
    assert "control = lmeControl(sigma = 1)" in fitted(False).to_code("nlme")
    with pytest.raises(mlm.FormulaError, match=r"by REML for nlme; .*reml=False"):
        fitted().to_code("nlme")
    for system in ("lme4", "glmmTMB", "stata", "spss", "mlwin", "hlm", "statsmodels", "bambi"):
        with pytest.raises(mlm.FormulaError, match=r"cannot write KnownVariance\('vi'\)"):
            fitted().to_code(system)


R = shutil.which("Rscript")


@pytest.mark.skipif(R is None, reason="Rscript is not installed")
def test_nlme_gives_the_same_numbers(tmp_path: Path) -> None:
    fit = fitted(False)
    effects().to_csv(tmp_path / "mydata.csv", index=False)
    shown = "fixef(fit), -2 * c(logLik(fit)), sqrt(diag(summary(fit, adjustSigma = FALSE)$varFix))"
    shown += ", unlist(lapply(as.matrix(fit$modelStruct$reStruct), diag))"
    code = f"{fit.to_code('nlme')}\ncat('\\nFOUND', format(c({shown}), digits = 12), '\\n')\n"
    (tmp_path / "fit.R").write_text(code)
    run = subprocess.run(
        [str(R), "fit.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if "there is no package" in run.stderr:
        pytest.skip("R has no nlme")
    assert run.returncode == 0, run.stderr
    (line,) = (line for line in run.stdout.splitlines() if line.startswith("FOUND"))
    found = np.array(line.split()[1:], dtype=float)
    se = fit.se.to_numpy()
    assert np.abs(found[:2] - fit.fixef.to_numpy()).max() < 1e-3 * se.min()
    assert found[2] == pytest.approx(fit.deviance, abs=1e-5)
    assert found[3:5] == pytest.approx(se, rel=1e-3)
    assert sorted(found[5:]) == pytest.approx(sorted(fit.varcorr["variance"]), rel=1e-3)


# ---- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0.0, -0.1])
def test_variances_that_are_none(bad: float) -> None:
    data = studies().copy()
    data.loc[3, "vi"] = bad
    with pytest.raises(mlm.DataError, match=rf"1 of 'vi' are not \(the first is {bad:g}\)"):
        mlm.fit(FORMULA, data, residual=KNOWN)


def test_infinite_variances() -> None:
    data = studies().copy()
    data.loc[3, "vi"] = np.inf
    with pytest.raises(mlm.DataError, match="'vi' has infinite values"):
        mlm.fit(FORMULA, data, residual=KNOWN)


def test_missing_variances_are_counted() -> None:
    data = studies().copy()
    data.loc[:1, "vi"] = np.nan
    fit = mlm.fit(FORMULA, data, residual=KNOWN)
    assert fit.nobs == len(data) - 2
    assert any("2 rows" in message or "2 of" in message for message in fit.messages), fit.messages


def test_variances_must_be_numbers_in_a_column() -> None:
    with pytest.raises(mlm.DataError, match="must be numbers"):
        mlm.fit(FORMULA, studies().assign(vi="small"), residual=KNOWN)
    with pytest.raises(mlm.FormulaError, match=r"'v'.*did you mean 'vi'"):
        mlm.fit(FORMULA, studies(), residual=mlm.KnownVariance("v"))
    with pytest.raises(mlm.FormulaError, match="takes the name of a column"):
        mlm.KnownVariance(0.1)
    with pytest.raises(mlm.FormulaError, match="did you forget to call it"):
        mlm.fit(FORMULA, studies(), residual=mlm.KnownVariance)


def test_what_is_known_is_not_estimated_as_well() -> None:
    both = [KNOWN, mlm.VarianceBy("weeks")]
    with pytest.raises(mlm.FormulaError, match="nothing of it is left to be estimated"):
        mlm.fit(FORMULA, studies(), residual=both)
    with pytest.raises(mlm.FormulaError, match="leave one out"):
        mlm.fit(FORMULA, studies(), residual=KNOWN, weights="year")
    with pytest.raises(mlm.DataError, match="cannot be told from the variance within"):
        mlm.fit(FORMULA, studies())  # a study is a row: only known variances tell them apart


def test_curvature_has_no_sigma() -> None:
    assert joint(fitted()).sigma_known
    assert not joint(mlm.fit("yi ~ 1 + (1 | study)", effects())).sigma_known
