"""What is worked out for one level-1 variance refuses the others."""

import numpy as np
import pytest

import mlmbook as mlm


@pytest.fixture(scope="module")
def uneven():
    exam = mlm.load("exam")
    return mlm.fit("normexam ~ 1 + (1 | school)", exam, residual=mlm.VarianceBy("girl"), reml=False)


@pytest.mark.parametrize(
    "ask",
    [
        mlm.plot_groups,
        mlm.plot_variance,
    ],
)
def test_refuses_level_1_structures(uneven, ask):
    with pytest.raises(mlm.FitError, match="not worked out for models with residual="):
        ask(uneven)


def test_robust_standard_errors_have_their_own_degrees_of_freedom():
    fit = mlm.fit("normexam ~ standlrt + (1 | school)", mlm.load("exam"))
    with pytest.raises(mlm.FitError, match="use df='satterthwaite' or df='wald'"):
        fit.summary(df="kenward-roger", se="CR2")
    table = fit.summary(se="CR2", df="wald")
    assert np.isinf(table["df"]).all()
    assert np.allclose(table["se"], np.sqrt(np.diagonal(fit.vcov_robust("CR2"))))
