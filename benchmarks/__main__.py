"""Run the benchmarks: ``python -m benchmarks [--repeats 20] [--only sleepstudy]``.

Each fit includes reading the formula, standard errors and the tables of the result. Times are
medians of repeats in one process, in seconds of the processor, so that other work on the
machine counts little; a first fit, which loads modules, is left out. lme4 is timed where
``Rscript`` with lme4 and jsonlite is installed. Run it with ``OPENBLAS_NUM_THREADS=1``, or
threads are counted too.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import mlmbook as mlm

from .cases import CASES, Case

HERE = Path(__file__).parent
SLOW = 1.0
"""A fit that takes longer than this many seconds is repeated five times only."""


def ours(case: Case, data: pd.DataFrame) -> float:
    """Fit by mlmbook; return the deviance."""
    fit = mlm.fit(case.formula, data)
    fit.summary(df="wald")  # as the others: without degrees of freedom
    return float(fit.deviance + 0 * len(fit.varcorr))


def statsmodels(case: Case, data: pd.DataFrame) -> float:
    """Fit by statsmodels; return the deviance."""
    import statsmodels.formula.api as smf

    model = smf.mixedlm(case.fixed, data, groups=data[case.group], re_formula=case.slopes)
    result = model.fit()
    return float(-2 * result.llf + 0 * len(result.bse))


def timed(fit: Callable[[], float], repeats: int) -> dict[str, object]:
    """Return the seconds of each repeat, and the deviance."""
    seconds = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        deviance = fit()
        while len(seconds) < repeats and not (len(seconds) >= 5 and seconds[0] > SLOW):
            start = time.process_time()
            fit()
            seconds.append(time.process_time() - start)
    return {"seconds": seconds, "deviance": deviance}


def lme4(cases: list[Case], repeats: int) -> tuple[list[dict[str, object]], dict[str, str]] | None:
    """Time lme4 in R; None where R or a package of it is missing."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for number, case in enumerate(cases):
            file = f"{number}.csv"
            data = case.data()
            data.to_csv(Path(folder) / file, index=False)
            groups = [name for name in data if f" {name})" in case.formula.replace(":", " ")]
            rows.append({"file": file, "formula": case.formula, "groups": groups})
            rows[-1]["repeats"] = 5 if len(data) > 50_000 else repeats
        (Path(folder) / "cases.json").write_text(json.dumps(rows))
        done = subprocess.run([rscript, str(HERE / "lme4.R"), folder], check=False)
        if done.returncode:
            return None
        out = json.loads((Path(folder) / "lme4.json").read_text())
    return out["results"], out["versions"]


def run(cases: list[Case], repeats: int) -> dict[str, object]:
    """Time every case in every system."""
    systems = {"mlmbook": ours, "statsmodels": statsmodels}
    results: dict[str, dict[str, object]] = {case.name: {} for case in cases}
    for case in cases:
        data = case.data()
        for name, fit in systems.items():
            if name == "mlmbook" or case.statsmodels:
                print(f"{case.name}: {name}", flush=True)
                results[case.name][name] = timed(lambda f=fit, c=case, d=data: f(c, d), repeats)
    versions = {name: version(name) for name in ("numpy", "scipy", "pandas", "statsmodels")}
    versions |= {"mlmbook": mlm.__version__, "Python": platform.python_version()}
    print("lme4", flush=True)
    timed_in_r = lme4(cases, repeats)
    if timed_in_r is not None:
        for case, result in zip(cases, timed_in_r[0], strict=True):
            results[case.name]["lme4"] = result
        versions |= timed_in_r[1]
    return {"versions": versions, "results": results}


def table(outcome: dict[str, dict]) -> str:
    """Return the medians as a Markdown table."""
    lines = [
        "| model | mlmbook, ms | lme4, ms | statsmodels, ms | lme4 ÷ mlmbook "
        "| statsmodels ÷ mlmbook | deviance less lme4's |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, systems in outcome["results"].items():
        median = {
            system: 1000 * statistics.median(result["seconds"])
            for system, result in systems.items()
        }
        base = median["mlmbook"]
        cells = [name, f"{base:.1f}"]
        cells += [f"{median[s]:.0f}" if s in median else "" for s in ("lme4", "statsmodels")]
        cells += [f"{median[s] / base:.1f}" if s in median else "" for s in ("lme4", "statsmodels")]
        if "lme4" in systems:
            cells.append(f"{systems['mlmbook']['deviance'] - systems['lme4']['deviance']:.1e}")
        else:
            cells.append("")
        lines.append(f"| {' | '.join(cells)} |")
    versions = ", ".join(f"{name} {number}" for name, number in outcome["versions"].items())
    return "\n".join(
        [
            *lines,
            "",
            f"Medians of repeats in one run, milliseconds of one processor. {versions}.",
            "",
        ]
    )


def main() -> None:
    """Read the options, run, and write ``results.json`` and ``results.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--only", default="", help="run the cases whose name has this in it")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only.lower() in case.name.lower()]
    outcome = run(cases, options.repeats)
    shown = table(outcome)
    if not options.only:
        (HERE / "results.json").write_text(json.dumps(outcome, indent=1) + "\n")
        (HERE / "results.md").write_text(shown)
    print(shown)


if __name__ == "__main__":
    main()
