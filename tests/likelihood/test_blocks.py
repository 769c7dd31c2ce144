"""Crossproducts by group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm
from mlmbook.likelihood import blocks


def test_dense_and_sparse_columns_of_other_factors_agree(monkeypatch) -> None:
    data = mlm.load("penicillin")
    formula = "diameter ~ 1 + (1 | plate) + (1 | sample)"
    few = mlm.fit(formula, data)
    monkeypatch.setattr(blocks, "FEW", 0)
    many = mlm.fit(formula, data)
    assert few.estimates.optimum.point.model.products.link is None
    assert many.estimates.optimum.point.model.products.link is not None
    assert few.deviance == pytest.approx(many.deviance, abs=1e-9)
    rng = [np.random.default_rng(1) for _ in range(2)]
    for one, two in (
        (few.summary(df="kenward-roger"), many.summary(df="kenward-roger")),
        (few.predict(interval="prediction"), many.predict(interval="prediction")),
        (few.ranef_sd["sample"], many.ranef_sd["sample"]),
        (few.bootstrap(3, rng[0]), many.bootstrap(3, rng[1])),
        (few.residuals_at(1).to_frame(), many.residuals_at(1).to_frame()),
    ):
        pd.testing.assert_frame_equal(one, two, rtol=1e-6, atol=1e-8)
    assert few.caic == pytest.approx(many.caic, abs=1e-6)
