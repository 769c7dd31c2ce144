"""One thread for linear algebra while a model is computed, and the process's own number after."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
import scipy.linalg  # noqa: F401  # it has a library of its own

import mlmbook as mlm
from mlmbook.threads import one_thread

FORMULA = "reaction ~ days + (days | subject)"

pytestmark = pytest.mark.skipif(sys.platform == "emscripten", reason="a browser has one thread")


def counts() -> list[int]:
    """Return the number of threads of each library."""
    from threadpoolctl import threadpool_info

    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def three() -> Iterator[list[int]]:
    """Let every library have three threads, whatever the machine has."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(3, "blas"):
        if 3 not in counts():
            pytest.skip("the library of this NumPy cannot be told how many threads to use")
        yield counts()


def test_one_inside_and_as_before_outside(three):
    inside = one_thread(counts)
    assert set(inside()) == {1}
    assert counts() == three


def test_calls_within_calls_leave_it_to_the_first(three):
    @one_thread
    def outer() -> list[int]:
        one_thread(counts)()
        return counts()

    assert set(outer()) == {1}
    assert counts() == three


def test_an_error_gives_it_back(three):
    @one_thread
    def failing() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert counts() == three


def test_who_comes_and_goes_in_the_meantime_leaves_it_alone(three):
    @one_thread
    def outer() -> list[int]:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(one_thread(counts)).result(10)
        return counts()

    assert set(outer()) == {1}
    assert counts() == three


def test_callers_at_the_same_time_all_end(three):
    together = Barrier(4)

    @one_thread
    def one() -> None:
        together.wait(10)

    with ThreadPoolExecutor(4) as pool:
        for call in [pool.submit(one) for _ in range(4)]:
            call.result(10)
    assert counts() == three
    assert set(one_thread(counts)()) == {1}


def test_it_keeps_the_name_and_passes_everything_on():
    @one_thread
    def named(a: int, *, b: int) -> int:
        """Add."""
        return a + b

    assert named(1, b=2) == 3
    assert (named.__name__, named.__doc__) == ("named", "Add.")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many threads there are whenever a likelihood is evaluated."""
    from mlmbook.likelihood.gaussian import Gaussian

    noted: list[int] = []
    evaluate = Gaussian.at

    def at(self: Gaussian, theta: np.ndarray) -> object:
        noted.extend(counts())
        return evaluate(self, theta)

    monkeypatch.setattr(Gaussian, "at", at)
    return noted


CALLS = {
    "fit": lambda model: mlm.fit(FORMULA, model.data),
    "profile intervals": lambda model: model.confint("profile"),
    "a profile": lambda model: model.profile("days"),
    "bootstrap intervals": lambda model: model.confint("bootstrap", n=5, rng=1),
    "bootstrap": lambda model: model.bootstrap(5, rng=1),
    "influence": lambda model: mlm.influence(model, method="exact"),
    "power": lambda model: mlm.power(model, test="days", n=3, n_jobs=1, rng=1),
    "comparison": lambda model: mlm.compare(
        mlm.fit("reaction ~ days + (1 | subject)", model.data), model, simulate=3, rng=1
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_models_are_computed_with_one_thread(name, seen, three):
    model = mlm.fit(FORMULA, mlm.load("sleepstudy"))
    seen.clear()
    CALLS[name](model)
    assert set(seen) == {1}
    assert counts() == three


def test_a_warning_still_points_at_the_reader():
    data = mlm.load("sleepstudy").assign(subject=lambda d: np.arange(len(d)) % 9)
    with pytest.warns(mlm.SingularFitWarning) as caught:
        mlm.fit("reaction ~ days + (1 | subject)", data)
    assert caught[0].filename == __file__
