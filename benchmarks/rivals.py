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


def time_glmm(formula: str, data: pd.DataFrame, repeats: int) -> dict[str, Any]:
    """Time glmm; without Satterthwaite's degrees of freedom, which the others do not give."""
    import glmm

    def answer(fit: Any) -> dict[str, Any]:
        names = [str(name) for name in fit.names]
        return {
            "deviance": -2 * float(fit.loglik),
            "fixed": dict(zip(names, map(float, fit.beta), strict=True)),
            "se": dict(zip(names, map(float, fit.se), strict=True)),
        }

    formula = _spelled(formula, data)
    return timed(lambda: glmm.fit(data, formula, satterthwaite=False), answer, repeats)


def time_mixedlm(formula: str, data: pd.DataFrame, repeats: int) -> dict[str, Any]:
    """Time mixedlm, with standard errors."""
    from mixedlm import lmer

    def fit() -> tuple[Any, Any]:
        result = lmer(formula, data)
        return result, result.vcov()

    def answer(fitted: tuple[Any, Any]) -> dict[str, Any]:
        result, vcov = fitted
        fixed = {_with_level(name, data): float(value) for name, value in result.fixef().items()}
        se = [float(variance) ** 0.5 for variance in vcov.diagonal()]
        return {
            "deviance": -2 * float(result.logLik().value),
            "fixed": fixed,
            "se": dict(zip(fixed, se, strict=True)),
        }

    return timed(fit, answer, repeats)


def _spelled(formula: str, data: pd.DataFrame) -> str:
    """Make a column of ``a:b``, with which glmm reads no random slope."""
    for one, two in re.findall(r"\| (\w+):(\w+)\)", formula):
        joined = data[one].astype(str) + ":" + data[two].astype(str)
        data[f"{one}_{two}"] = joined.astype("category")
        formula = formula.replace(f"{one}:{two}", f"{one}_{two}")
    return formula


def _with_level(name: str, data: pd.DataFrame) -> str:
    """Name the level of a factor, which mixedlm counts: ``sector.1`` is ``sectorPublic``."""

    def level(found: re.Match[str]) -> str:
        levels = sorted(data[found[1]].unique())
        return f"{found[1]}{levels[int(found[2])]}"

    return re.sub(r"\b(\w+)\.(\d+)\b", level, name)


def main(folder: Path, system: str) -> None:
    """Time every case in one system."""
    measure = {"glmm": time_glmm, "mixedlm": time_mixedlm}[system]
    results = []
    for case in json.loads((folder / "cases.json").read_text()):
        if case["level1"]:
            results.append({"missing": "no model for the residuals"})
            continue
        data = pd.read_csv(folder / case["file"], keep_default_na=False)
        for name in case["groups"]:
            data[name] = data[name].astype(str).astype("category")
        results.append(measure(case["formula"], data, case["repeats"]))
    versions = {system: version(system)}
    (folder / f"{system}.json").write_text(json.dumps({"results": results, "versions": versions}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
