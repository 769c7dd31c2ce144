"""How two grouping factors lie to each other."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest

import mlmbook as mlm

ROWS = 80
RNG = np.random.default_rng(0)
DATA = pd.DataFrame(
    {
        "y": RNG.normal(size=ROWS) + np.repeat(RNG.normal(size=8), 10),
        "x": RNG.normal(size=ROWS),
        "g": np.repeat(list("abcdefgh"), 10),
        "h": np.tile(np.arange(10), 8),
    }
)


def test_labels_that_are_numbered_anew_are_said() -> None:
    data = DATA.assign(room=np.tile(np.repeat([1, 2, 3, 4, 5], 2), 8))
    message = (
        r"'room' has labels 1, 2, \.\.\. in every group of 'g'.*numbered anew in each, write "
        r"'\(1 \| g/room\)'"
    )
    for labels in (data["room"], data["room"].astype(str), data["room"].astype(float)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", mlm.SingularFitWarning)
            fit = mlm.fit("y ~ x + (1 | g) + (1 | room)", data.assign(room=labels))
        assert re.match(message, fit.messages[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        nested = mlm.fit("y ~ x + (1 | g/room)", data)
        named = data["room"].map(dict(enumerate("abcde", 1)))
        letters = mlm.fit("y ~ x + (1 | g) + (1 | room)", data.assign(room=named))
        from_zero = mlm.fit("y ~ x + (1 | g) + (1 | h)", DATA)
    for fit in (nested, letters, from_zero):
        assert not any("numbered" in message for message in fit.messages)


def test_factors_that_are_one_are_refused() -> None:
    with pytest.raises(mlm.DataError, match="'g' and 'k' divide the rows into the same groups"):
        mlm.fit("y ~ x + (1 | g) + (1 | k)", DATA.assign(k=DATA["g"].str.upper()))


def test_crossed_factors_with_letters_are_silent() -> None:
    fit = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
    assert fit.messages == []
