"""Write the book's pages on coverage and on speed from what was measured.

``python -m benchmarks.pages``, after ``coverage.json``, ``results.json`` or a template has
changed; a test fails while a page, or the table of the README, is stale. The prose is in
``templates``, and every number that was measured is put into it here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template
from typing import Any

from . import browser_tables, coverage, coverage_tables, scaling, tables
from .footprint import MEGABYTE
from .worlds import FIXED

HERE = Path(__file__).parent
BACK = HERE.parent / "book" / "back"
README = HERE.parent / "README.md"
IN_README = {
    "hsb82, intercept": "7,185 pupils, 160 schools, random intercept",
    "hsb82, slopes, cross-level": "the same, random slopes and cross-level terms",
    "exam, intercept": "4,059 pupils, 65 schools, random intercept",
    "exam, slopes": "the same, random slopes",
    "egsingle, three levels, slopes": "7,230 tests of 1,721 pupils in 60 schools, slopes of both",
    "InstEval, crossed": "73,421 ratings, students × instructors × departments",
    "100,000 rows, slopes": "100,000 rows, 2,000 groups, random slopes",
}
"""Cases that the README shows, in its words."""
RESULTS = {"coverage.md": coverage.RESULT, "speed.md": HERE / "results.json"}
IN_PAGE = HERE / "browser.json"


def coverage_numbers(study: dict[str, Any]) -> dict[str, Any]:
    """Return what the template of the page on coverage asks for."""
    worlds, tests = study["worlds"], study["type_one"]
    flags = [world["flags"] for world in worlds.values()]
    shares = [share["share"] for *_, share in coverage_tables.shares(worlds)]
    few, many = min(coverage.GROUPS), max(coverage.GROUPS)
    at = {n: [row for row in tests if row["groups"] == n] for n in (few, many)}
    numbers = {
        "datasets": f"{coverage.DATASETS:,}",
        "structures": len(worlds),
        "error": f"{100 * coverage.standard_error(0.95, coverage.DATASETS):.1f}",
        "draws": study["draws"],
        "bootstrapped": sum("bootstrap" in world["coverage"] for world in worlds.values()),
        "truth": ", ".join(f"`{name}` {truth:g}" for name, truth in FIXED.items()),
        "fixed": coverage_tables.fixed_effects(worlds),
        "components": coverage_tables.components(worlds),
        "shares": len(shares),
        "inside": sum(map(coverage_tables.as_promised, shares)),
        "outside": coverage_tables.outside(worlds),
        "fits": f"{sum(flag['datasets'] for flag in flags):,}",
        "singular": f"{sum(flag['singular'] for flag in flags):,}",
        "failed": f"{sum(flag['not converged'] for flag in flags):,}",
        "worlds": coverage_tables.structures(worlds),
        "tests": coverage_tables.type_one(tests),
        "test_datasets": f"{tests[0]['wald']['n']:,}",
        "test_error": f"{100 * coverage.standard_error(0.05, tests[0]['wald']['n']):.1f}",
        "fewest": few,
        "most": many,
        "seed": study["seed"],
        "versions": tables.versions(study),
    }
    for method in coverage.DEGREES:
        name = method.split("-")[0]
        numbers[f"{name}_few"] = coverage_tables.span(at[few], method)
        numbers[f"{name}_many"] = coverage_tables.span(at[many], method)
    return numbers


def speed_numbers(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what the template of the page on speed asks for."""
    results, grown = outcome["results"], outcome["scaling"]
    case, memory = next(iter(outcome["memory"].items()))
    numbers = {
        "speed": tables.speed(results),
        "missing": tables.missing(results),
        "agreement": tables.agreement(results),
        "worst": tables.bound(max(tables.excess(r, "mlmbook") for r in results.values())),
        "formula": grown["formula"],
        "fewest_rows": f"{min(grown['rows']):,}",
        "most_rows": f"{max(grown['rows']):,}",
        "longest": f"{grown['seconds'][-1]:.2f}",
        "slope": f"{grown['slope']:.2f}",
        "last_slope": f"{grown['last_slope']:.2f}",
        "case": case,
        "rows": f"{outcome['rows'][case]:,}",
        "seconds": f"{tables.median(results[case]['mlmbook']):.2f}",
        "memory": f"{memory['whole'] / MEGABYTE:.0f}",
        "part": f"{memory['part'] / MEGABYTE:.0f}",
        "import_": f"{1000 * outcome['import']['import']:.0f}",
        "import_fit": f"{1000 * outcome['import']['import and fit']:.0f}",
        "versions": tables.versions(outcome),
        "in_page": in_page(json.loads(IN_PAGE.read_text("utf-8")) if IN_PAGE.exists() else None),
    }
    for system in ("lme4", "statsmodels", "glmm"):
        ratios = tables.ratios(results, system)
        if ratios:
            numbers[f"{system}_models"] = len(ratios)
            numbers[f"{system}_mean"] = tables.times(tables.geometric_mean(ratios))
            numbers[f"{system}_least"] = tables.times(min(ratios.values()))
            numbers[f"{system}_most"] = tables.times(max(ratios.values()))
    return numbers


def in_page(outcome: dict[str, Any] | None) -> str:
    """Return the section on Python in the page, or nothing where that was not measured."""
    if outcome is None:
        return ""
    template = (HERE / "templates" / "in_page.md").read_text(encoding="utf-8")
    return Template(template).substitute(browser_tables.numbers(outcome)).replace("\n\n\n", "\n")


def page(name: str) -> str:
    """Return a page as it should be."""
    measured = json.loads(RESULTS[name].read_text(encoding="utf-8"))
    numbers = {"coverage.md": coverage_numbers, "speed.md": speed_numbers}[name](measured)
    template = (HERE / "templates" / name).read_text(encoding="utf-8")
    return Template(template).substitute(numbers)


def readme(outcome: dict[str, Any]) -> str:
    """Return the table of the README."""
    systems = ("mlmbook", "lme4", "statsmodels")
    lines = [f"| model | {' | '.join(systems)} |", "|:--|--:|--:|--:|"]
    for case, words in IN_README.items():
        cells = [tables.cell(outcome["results"][case], system) for system in systems]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write every page, the table of the README, and the picture."""
    measured = json.loads(RESULTS["speed.md"].read_text(encoding="utf-8"))
    text = README.read_text(encoding="utf-8")
    old = re.search(r"^\| model \| mlmbook .*?\n(?!\|)", text, re.MULTILINE | re.DOTALL)
    assert old is not None
    README.write_text(text.replace(old.group(), readme(measured)), encoding="utf-8")
    for name in RESULTS:
        (BACK / name).write_text(page(name), encoding="utf-8")
        print(f"wrote {name}")
    scaling.draw(measured["scaling"])


if __name__ == "__main__":
    main()
