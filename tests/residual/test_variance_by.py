"""A level-1 variance for each group of people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

EXAM = mlm.load("exam")
FORMULA = "normexam ~ standlrt + girl + (1 | school)"
FIT = mlm.fit(FORMULA, EXAM, residual=mlm.VarianceBy("girl"))


def test_every_stratum_has_the_variance_of_its_residuals() -> None:
    """The likelihood equation: squares over rows less leverages."""
    from mlmbook.likelihood.leverage import leverages

    left = 1 - leverages(FIT.estimates, fixed=True)
    rows = FIT.varcorr[FIT.varcorr["group"] == "Residual"]
    for girl, variance in zip((0, 1), rows["variance"], strict=True):
        here = (EXAM["girl"] == girl).to_numpy()
        squares = (FIT.residuals.to_numpy()[here] ** 2).sum()
        assert variance == pytest.approx(squares / left[here].sum(), rel=1e-6)


def test_several_factors_make_a_stratum_of_each_combination() -> None:
    fit = mlm.fit(FORMULA, EXAM, residual=mlm.VarianceBy("girl", "schgend"))
    terms = fit.varcorr.loc[fit.varcorr["group"] == "Residual", "term"].tolist()
    kinds = sorted(set(zip(EXAM["girl"], EXAM["schgend"], strict=True)))
    assert sorted(terms) == [f"girl[{girl}]:schgend[{kind}]" for girl, kind in kinds]
    assert fit.loglik > FIT.loglik
    assert fit.nparams == FIT.nparams + len(kinds) - 2


def test_order_of_rows_and_labels_do_not_matter() -> None:
    renamed = EXAM.assign(girl=np.where(EXAM["girl"] == 1, "a", "b")).sample(frac=1, random_state=1)
    formula = "normexam ~ standlrt + girl + (1 | school)"
    fit = mlm.fit(formula, renamed, residual=mlm.VarianceBy("girl"))
    assert fit.loglik == pytest.approx(FIT.loglik, abs=1e-7)
    ours, theirs = (m.varcorr["variance"].to_numpy()[-2:] for m in (FIT, fit))
    assert theirs == pytest.approx(ours[::-1], rel=1e-5)


def test_crossed_factors() -> None:
    data = mlm.load("scotssec")
    formula = "attain ~ verbal + (1 | primary) + (1 | secondary)"
    equal, fit = mlm.fit(formula, data), mlm.fit(formula, data, residual=mlm.VarianceBy("female"))
    assert fit.converged
    table = mlm.compare(equal, fit)
    assert table["reference"].iloc[1] == "χ²(1)"
    assert table["chisq"].iloc[1] >= 0


def test_the_share_of_variance_is_each_persons_own() -> None:
    with pytest.raises(mlm.FormulaError, match="differs between people"):
        FIT.icc()
    with pytest.raises(mlm.FormulaError, match=r"vpc\(at="):
        FIT.vpc()
    between, boys, girls = FIT.varcorr["variance"]
    shares = FIT.vpc(at={"girl": [0, 1]})
    assert shares.to_numpy() == pytest.approx(
        [between / (between + boys), between / (between + girls)]
    )


def test_predictions_have_the_spread_of_their_stratum() -> None:
    new = EXAM.iloc[[0, 0]].assign(girl=[0, 1])
    confidence, prediction = (FIT.predict(new, interval=k) for k in ("confidence", "prediction"))
    added = prediction["se"] ** 2 - confidence["se"] ** 2
    assert added.to_numpy() == pytest.approx(FIT.varcorr["variance"].to_numpy()[-2:])
    old = (
        FIT.predict(interval="prediction")["se"] ** 2
        - FIT.predict(interval="confidence")["se"] ** 2
    )
    for girl in (0, 1):
        expected = FIT.varcorr["variance"].iloc[girl - 2]
        assert old[EXAM["girl"] == girl].to_numpy() == pytest.approx(expected)
    with pytest.raises(mlm.DataError, match=r"'girl\[2\]' was not estimated"):
        FIT.predict(new.assign(girl=2), interval="prediction")


def test_simulated_people_differ_as_estimated() -> None:
    draws = FIT.simulate(200, rng=5)
    spread = (draws.sub(FIT.predict(level="population"), axis=0) ** 2).groupby(EXAM["girl"]).mean()
    between, boys, girls = FIT.varcorr["variance"]
    assert spread.mean(axis=1).to_numpy() == pytest.approx(
        [between + boys, between + girls], rel=0.03
    )


def test_each_stratum_has_an_interval() -> None:
    table = FIT.confint()
    names = ["var(Intercept | school)", "var(girl[0] | Residual)", "var(girl[1] | Residual)"]
    assert table.index.tolist() == ["Intercept", "standlrt", "girl", *names]
    assert (table["low"] < table["estimate"]).all()
    assert (table["estimate"] < table["high"]).all()


@pytest.mark.parametrize(
    ("residual", "data", "error", "match"),
    [
        ("girl", EXAM, mlm.FormulaError, "residual must be a structure such as"),
        (mlm.VarianceBy, EXAM, mlm.FormulaError, r"did you forget to call it: mlm\.VarianceBy"),
        (mlm.VarianceBy("gril"), EXAM, mlm.FormulaError, "'gril' is not a column.*'girl'"),
        (mlm.VarianceBy("one"), EXAM.assign(one=1), mlm.DataError, "is the only stratum"),
        (
            mlm.VarianceBy("odd"),
            EXAM.assign(odd=np.arange(len(EXAM)) == 0),
            mlm.DataError,
            r"'odd\[True\]' has one row only",
        ),
    ],
)
def test_bad_ones_are_refused(
    residual: object, data: pd.DataFrame, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        mlm.fit(FORMULA, data, residual=residual)


def test_the_structure_itself() -> None:
    assert repr(mlm.VarianceBy("a", "b")) == "VarianceBy('a', 'b')"
    with pytest.raises(mlm.FormulaError, match="at least one column"):
        mlm.VarianceBy()
    with pytest.raises(mlm.FormulaError, match="twice"):
        mlm.VarianceBy("a", "a")
    with pytest.raises(mlm.FormulaError, match="name of a column, got 3"):
        mlm.VarianceBy(3)
