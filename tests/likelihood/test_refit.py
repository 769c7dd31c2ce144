"""Refitting with another response gives what a fit from the start gives."""

from __future__ import annotations

import numpy as np
import pytest

import mlmbook as mlm
from mlmbook.likelihood.refit import refit

MODELS = [
    ("sleepstudy", "reaction ~ days + (days | subject)"),
    ("sleepstudy", "reaction ~ days + (days || subject)"),
    ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
]


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(("dataset", "formula"), MODELS)
def test_another_response(dataset: str, formula: str, reml: bool) -> None:
    data = mlm.load(dataset)
    fit = mlm.fit(formula, data, reml=reml)
    y = 3 + 2 * fit.simulate(1, 8)[0]
    fresh = mlm.fit(formula, data.assign(**{fit.response: y}), reml=reml)
    again = refit(fit.estimates, y.to_numpy())
    assert again.converged
    assert again.deviance == pytest.approx(fresh.deviance, abs=1e-7)
    np.testing.assert_allclose(again.beta, fresh.estimates.beta, rtol=1e-6)
    np.testing.assert_allclose(again.vcov, fresh.estimates.vcov, rtol=1e-4)
    for one, two in zip(again.covariances, fresh.estimates.covariances, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-6)


def test_the_fit_itself_is_not_changed() -> None:
    fit = mlm.fit(MODELS[0][1], mlm.load("sleepstudy"))
    before = fit.varcorr, fit.fitted
    refit(fit.estimates, fit.simulate(1, 9)[0].to_numpy())
    assert fit.varcorr.equals(before[0])
    assert fit.fitted.equals(before[1])
