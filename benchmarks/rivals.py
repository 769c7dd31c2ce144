"""Time glmm and mixedlm. Run in their own environment, by :mod:`benchmarks.others`.

``python rivals.py FOLDER SYSTEM`` reads ``cases.json`` and the CSV files in the folder, and writes
``SYSTEM.json``.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from timing import timed


def fit_glmm(formula: str, data: pd.DataFrame) -> dict[str, Any]:
    """Fit by glmm; without Satterthwaite's degrees of freedom, which the others do not give."""
    import glmm

    fit = glmm.fit(data, formula, satterthwaite=False)
    names = [str(name) for name in fit.names]
    return {
        "deviance": -2 * float(fit.loglik),
        "fixed": dict(zip(names, map(float, fit.beta), strict=True)),
        "se": dict(zip(names, map(float, fit.se), strict=True)),
    }


def fit_mixedlm(formula: str, data: pd.DataFrame) -> dict[str, Any]:
    """Fit by mixedlm."""
    from mixedlm import lmer

    fit = lmer(formula, data)
    fixed = {str(name): float(value) for name, value in fit.fixef().items()}
    se = [float(variance) ** 0.5 for variance in fit.vcov().diagonal()]
    return {
        "deviance": -2 * float(fit.logLik().value),
        "fixed": fixed,
        "se": dict(zip(fixed, se, strict=True)),
    }


def _spelled(formula: str, data: pd.DataFrame) -> str:
    """Make a column of ``a:b``, with which glmm reads no random slope."""
    for one, two in re.findall(r"\| (\w+):(\w+)\)", formula):
        data[f"{one}_{two}"] = data[one] + ":" + data[two]
        formula = formula.replace(f"{one}:{two}", f"{one}_{two}")
    return formula


def main(folder: Path, system: str) -> None:
    """Time every case in one system."""
    fit = {"glmm": fit_glmm, "mixedlm": fit_mixedlm}[system]
    results = []
    for case in json.loads((folder / "cases.json").read_text()):
        if case["level1"]:
            results.append({"missing": "no model for the residuals"})
            continue
        data = pd.read_csv(folder / case["file"], keep_default_na=False)
        for name in case["groups"]:
            data[name] = data[name].astype(str)
        formula = _spelled(case["formula"], data) if system == "glmm" else case["formula"]
        results.append(timed(lambda f=formula, d=data: fit(f, d), case["repeats"]))
    versions = {system: version(system)}
    (folder / f"{system}.json").write_text(json.dumps({"results": results, "versions": versions}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
