r"""Do intervals cover, and do tests keep their level? ``python -m benchmarks.coverage``.

Data are drawn from each world of :mod:`benchmarks.worlds`, the model that is true is fitted, and
it is counted how often a 95 % interval holds the true value. A share *p* that is seen in *n* data
sets has a standard error of :math:`\sqrt{p(1-p)/n}`, stored beside it. For tests, ``w`` is
given a coefficient of zero by testing the estimate less its true value, which has the same
distribution.

An interval that could not be computed (a variance that is estimated at zero has no Wald interval)
does not hold the true value; how many there were is stored. The seed of every data set is made
of that of the study, the number of the world and the number of the data set, so that each can be
drawn again alone. The result is ``coverage.json``; the page of the book is made from it by
``python -m benchmarks.pages``.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

import mlmbook as mlm

from .worlds import FIXED, WORLDS, World, correlated_slopes, random_intercept

RESULT = Path(__file__).parent / "coverage.json"
SEED = 20263
DATASETS = 1000
"""Data sets in each world."""
BOOTSTRAPPED = {
    "random intercept",
    "random slope, correlated",
    "random slope, uncorrelated",
    "three levels",
    "crossed",
    "weights",
    "multiple membership",
}
"""Worlds in which 400 refits take a second or less."""
DRAWS = 400
"""Bootstrap draws an interval."""
TESTS = 4000
"""Data sets for each size of a test."""
GROUPS = (10, 20, 50)
Counts: TypeAlias = dict[str, dict[str, list[int]]]
"""By method and parameter: intervals, those that hold the truth, those that are missing."""
DEGREES = ("wald", "satterthwaite", "kenward-roger")


class Tally:
    """Counts how often each interval holds the true value."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, list[int]]] = defaultdict(
            lambda: defaultdict(lambda: [0] * 3)
        )
        self.flags = {"datasets": 0, "singular": 0, "not converged": 0}

    def add(self, method: str, intervals: pd.DataFrame, truth: dict[str, float]) -> None:
        """Count the intervals of one data set, those of parameters with a known truth."""
        for name in intervals.index.intersection(list(truth)):
            low, high = intervals.loc[name, ["low", "high"]]
            seen = self.counts[method][name]
            seen[0] += 1
            seen[1] += bool(low <= truth[name] <= high)
            seen[2] += bool(np.isnan(low) or np.isnan(high))

    def shares(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return each share with its standard error and its number of data sets."""
        return {
            method: {
                name: share(covered, n) | {"missing": missing}
                for name, (n, covered, missing) in parameters.items()
                if missing < n  # otherwise the method has no such interval
            }
            for method, parameters in self.counts.items()
        }


def share(count: int, n: int) -> dict[str, float]:
    """Return a share of `n` with its standard error."""
    return {"share": count / n, "se": standard_error(count / n, n), "n": n}


def standard_error(p: float, n: int) -> float:
    """Return that of a share `p` of `n`."""
    return float(np.sqrt(p * (1 - p) / n))


def coverage(number: int, world: World, scale: float) -> dict[str, Any]:
    """Return the coverage of every kind of interval in one world."""
    tally, unavailable = Tally(), set[str]()
    if world.name not in BOOTSTRAPPED:
        unavailable.add("bootstrap")
    for dataset in range(round(DATASETS * scale)):
        rng = np.random.default_rng([SEED, number, dataset])
        fit = mlm.fit(world.formula, world.draw(rng), **world.options)
        tally.flags["datasets"] += 1
        tally.flags["singular"] += fit.singular
        tally.flags["not converged"] += not fit.converged
        calls: dict[str, Callable[[], pd.DataFrame]] = {
            "wald": fit.confint,
            "satterthwaite": partial(fit.summary, df="satterthwaite"),
            "kenward-roger": partial(fit.summary, df="kenward-roger"),
            "profile": partial(fit.confint, "profile"),
            "bootstrap": partial(fit.confint, "bootstrap", n=DRAWS, rng=rng),
        }
        for method, intervals in calls.items():
            if method not in unavailable:
                try:
                    tally.add(method, intervals(), world.truth)
                except mlm.FitError as error:
                    if dataset:
                        raise
                    unavailable.add(method)
                    print(f"  {method}: {error}", flush=True)
    return {
        "formula": world.formula,
        "size": world.size,
        "options": {name: _words(value) for name, value in world.options.items()},
        "truth": world.truth,
        "flags": tally.flags,
        "coverage": tally.shares(),
    }


def _words(value: object) -> str:
    return "neighbors" if isinstance(value, pd.DataFrame) else str(value)


def balanced(ngroups: int) -> dict[str, int]:
    """Return sizes of groups that are all alike."""
    return {"ngroups": ngroups, "low": 10, "high": 10}


def unbalanced(ngroups: int) -> dict[str, int]:
    """Return sizes of groups that differ by a factor of ten."""
    return {"ngroups": ngroups, "low": 2, "high": 20}


TESTED = {
    "random intercept": ("y ~ x + w + (1 | group)", random_intercept, "w"),
    "random slope": ("y ~ x + w + (x | group)", correlated_slopes, "x"),
}
"""Formula, world and the coefficient that is tested: one that varies between groups only."""


def type_one(scale: float) -> list[dict[str, Any]]:
    """Return how often true hypotheses are rejected at the 5 % level."""
    rows = []
    for number, (model, (formula, draw, tested)) in enumerate(TESTED.items()):
        for sizes in (balanced, unbalanced):
            for ngroups in GROUPS:
                rejected = dict.fromkeys(DEGREES, 0)
                n = round(TESTS * scale)
                for dataset in range(n):
                    seed = [SEED, 1000 + number, sizes is unbalanced, ngroups, dataset]
                    rng = np.random.default_rng(seed)
                    fit = mlm.fit(formula, draw(rng, **sizes(ngroups)))
                    for method in DEGREES:
                        row = fit.summary(df=method).loc[tested]
                        rejected[method] += not row["low"] <= FIXED[tested] <= row["high"]
                shares = {method: share(count, n) for method, count in rejected.items()}
                rows.append({"model": model, "sizes": sizes.__name__, "groups": ngroups} | shares)
                print(f"  {model}, {sizes.__name__}, {ngroups} groups", flush=True)
    return rows


def run(scale: float, only: str, result: dict[str, Any]) -> dict[str, Any]:
    """Run the study, or a part of it; `scale` is how large it is. Update what is known so far."""
    start = time.process_time()
    result |= {"seed": SEED, "draws": DRAWS}
    result["versions"] = {name: version(name) for name in ("numpy", "scipy", "pandas")}
    result["versions"]["mlmbook"] = mlm.__version__
    worlds = result.setdefault("worlds", {})
    with warnings.catch_warnings():  # singular fits are counted instead
        warnings.simplefilter("ignore", mlm.SingularFitWarning)
        for number, world in enumerate(WORLDS):
            if only in world.name:
                print(world.name, flush=True)
                worlds[world.name] = coverage(number, world, scale)
                print(f"  {time.process_time() - start:.0f} s", flush=True)
        if only in "tests":
            print("tests", flush=True)
            result["type_one"] = type_one(scale)
    result["worlds"] = {w.name: worlds[w.name] for w in WORLDS if w.name in worlds}
    print(f"{time.process_time() - start:.0f} s of processor")
    return result


def main() -> None:
    """Read the options, run, and write ``coverage.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="0.01 for a quick trial")
    parser.add_argument(
        "--only", default="", help="run the worlds with this in their name, or tests"
    )
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    known = json.loads(options.out.read_text()) if options.only and options.out.exists() else {}
    options.out.write_text(json.dumps(run(options.scale, options.only, known), indent=1) + "\n")


if __name__ == "__main__":
    main()
