"""Run the benchmarks: ``python -m benchmarks [--repeats 20] [--only sleepstudy]``.

Each fit includes reading the formula, standard errors and the tables of the result. Times are
medians of repeats in one process, in seconds of the processor, so that other work on the
machine counts little; a first fit, which loads modules, is left out. Deviance and fixed effects
are compared, so that a fast wrong answer shows. lme4 and nlme are timed where ``Rscript`` has
them and jsonlite; glmm and mixedlm in an environment that is made for them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: other threads would be counted

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import mlmbook as mlm

from . import footprint, others, scaling, systems, tables
from .cases import CASES, Case

HERE = Path(__file__).parent
RESULT = HERE / "results.json"


def in_this_environment(
    cases: list[Case], data: list[pd.DataFrame], repeats: int
) -> dict[str, dict[str, Any]]:
    """Time mlmbook and statsmodels."""
    results: dict[str, dict[str, Any]] = {}
    for case, table in zip(cases, data, strict=True):
        print(case.name, flush=True)
        results[case.name] = {
            system: measure(case, table, repeats) for system, measure in systems.HERE.items()
        }
    return results


def run(cases: list[Case], repeats: int) -> dict[str, Any]:
    """Time every case in every system."""
    data = [case.data() for case in cases]
    results = in_this_environment(cases, data, repeats)
    versions = {"mlmbook": mlm.__version__, "Python": platform.python_version()}
    versions |= {name: version(name) for name in ("numpy", "scipy", "pandas", "statsmodels")}
    with others.written(cases, data, repeats) as folder:
        for system in (*others.IN_R, *others.IN_PYTHON):
            print(system, flush=True)
            try:
                timings, theirs = others.run(system, folder)
            except others.NotInstalledError as error:
                timings, theirs = [{"missing": f"not run, {error}"}] * len(cases), {}
            versions |= theirs
            for case, timing in zip(cases, timings, strict=True):
                results[case.name][system] = timing
    return {"versions": versions, "results": results}


def report(outcome: dict[str, Any]) -> str:
    """Return the outcome as Markdown."""
    results = outcome["results"]
    parts = [
        "Median milliseconds of one processor:",
        tables.speed(results),
        "Deviance less the smallest of all (largest difference of a fixed effect, in se):",
        tables.agreement(results),
        tables.missing(results),
    ]
    if "scaling" in outcome:
        parts.append(f"Slope of log time on log rows: {outcome['scaling']['slope']:.2f}")
        parts.append(f"Import, seconds: {outcome['import']}")
        parts.append(f"Peak memory, bytes: {outcome['memory']}")
    return "\n\n".join([*parts, tables.versions(outcome)]) + "\n"


def main() -> None:
    """Read the options, run, and write ``results.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--only", default="", help="run the cases whose name has this in it")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only.lower() in case.name.lower()]
    outcome = run(cases, options.repeats)
    if not options.only:
        outcome["scaling"] = scaling.scaling(options.repeats)
        outcome["rows"] = {case.name: len(case.data()) for case in cases}
        outcome["import"] = footprint.import_times()
        outcome["memory"] = {"InstEval, crossed": footprint.peak_memory("InstEval, crossed")}
        RESULT.write_text(json.dumps(outcome, indent=1) + "\n")
    print(report(outcome))


if __name__ == "__main__":
    main()
