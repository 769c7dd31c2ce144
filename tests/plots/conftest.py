"""What the tests of pictures share: a backend without a screen, and models to draw."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import pytest

import mlmbook as mlm

mpl.use("agg")


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="session")
def null() -> mlm.Fit:
    """Return schools that differ in a mean only."""
    return mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))


@pytest.fixture(scope="session")
def slopes() -> mlm.Fit:
    """Return schools that differ in a slope as well."""
    return mlm.fit("mathach ~ ses + (ses | school)", mlm.load("hsb82"))


@pytest.fixture(scope="session")
def sleep() -> mlm.Fit:
    """Return people with lines over days."""
    return mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))


@pytest.fixture(scope="session")
def penicillin() -> mlm.Fit:
    """Return two factors that cross."""
    return mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
