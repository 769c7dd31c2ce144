"""Further grouping factors: limits of size. The sums themselves are in test_gaussian."""

from __future__ import annotations

import pytest

import mlmbook as mlm


@pytest.mark.parametrize("limit", ["MAX_COLUMNS", "MAX_PAIRS"])
def test_too_many_crossed_groups(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlmbook.likelihood.blocks.FEW", 0)
    monkeypatch.setattr(f"mlmbook.likelihood.link.{limit}", 5)
    with pytest.raises(mlm.FitError, match="too many groups, or meet it in too many"):
        mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
