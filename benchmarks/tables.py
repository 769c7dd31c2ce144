"""The tables of the speed benchmark, from what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from math import exp, log
from typing import Any

SYSTEMS = ("mlmbook", "lme4", "nlme", "statsmodels", "glmm", "mixedlm")


def plain(name: str) -> str:
    """Return the name of a coefficient as all systems would write it."""
    factors = [
        part.replace("[T.", "").replace("[", "").replace("]", "").strip("()")
        for part in name.split(":")
    ]
    return ":".join(sorted(factors))


def median(result: dict[str, Any]) -> float:
    """Return the median seconds of a result."""
    return statistics.median(result["seconds"])


def ratios(results: dict[str, dict[str, Any]], system: str) -> dict[str, float]:
    """Return how many times longer a system takes than mlmbook, for the cases that both fit."""
    return {
        case: median(by_system[system]) / median(by_system["mlmbook"])
        for case, by_system in results.items()
        if "seconds" in by_system.get(system, {})
    }


def geometric_mean(values: dict[str, float]) -> float:
    """Return the geometric mean."""
    return exp(statistics.fmean(log(value) for value in values.values()))


def excess(by_system: dict[str, Any], system: str) -> float:
    """Return the deviance of a system, less the smallest of all."""
    fitted = [result["deviance"] for result in by_system.values() if "deviance" in result]
    return float(by_system[system]["deviance"] - min(fitted))


def distance(by_system: dict[str, Any], system: str) -> float:
    """Return the largest difference of a fixed effect from mlmbook's, in standard errors."""
    ours = by_system["mlmbook"]
    se = {plain(name): value for name, value in ours["se"].items()}
    theirs = {plain(name): value for name, value in by_system[system]["fixed"].items()}
    differences = [
        abs(theirs[plain(name)] - value) / se[plain(name)] for name, value in ours["fixed"].items()
    ]
    return max(differences)


def speed(results: dict[str, dict[str, Any]]) -> str:
    """Return the medians as a Markdown table, in milliseconds."""
    lines = [f"| Model | {' | '.join(SYSTEMS)} |", "|:--|" + "--:|" * len(SYSTEMS)]
    for case, by_system in results.items():
        cells = [cell(by_system, system) for system in SYSTEMS]
        lines.append(f"| {case} | {' | '.join(cells)} |")
    return "\n".join([*lines, *_means(results)])


def _means(results: dict[str, dict[str, Any]]) -> Iterator[str]:
    known = {system: ratios(results, system) for system in SYSTEMS[1:]}
    means = [f"{geometric_mean(r):.1f}" if r else "–" for r in known.values()]
    least = [f"{min(r.values()):.1f}" if r else "–" for r in known.values()]
    yield f"| *times mlmbook's, geometric mean* | | {' | '.join(means)} |"
    yield f"| *times mlmbook's, least* | | {' | '.join(least)} |"


def cell(by_system: dict[str, Any], system: str) -> str:
    """Return the median of a system in milliseconds, or a dash."""
    result = by_system.get(system, {})
    return milliseconds(median(result)) if "seconds" in result else "–"


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds, with two digits at least."""
    value = 1000 * seconds
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def agreement(results: dict[str, dict[str, Any]]) -> str:
    """Return how far each answer is from the best, as a Markdown table."""
    lines = [f"| Model | {' | '.join(SYSTEMS)} |", "|:--|" + "--:|" * len(SYSTEMS)]
    for case, by_system in results.items():
        cells = []
        for system in SYSTEMS:
            if "deviance" in by_system.get(system, {}):
                off = small(distance(by_system, system))
                cells.append(f"{small(excess(by_system, system))} ({off})")
            else:
                cells.append("–")
        lines.append(f"| {case} | {' | '.join(cells)} |")
    return "\n".join(lines)


def small(value: float) -> str:
    """Return a number that should be about zero; its minus does not end a line."""
    shown = "0" if value < 5e-7 else f"{value:.1g}" if value < 0.1 else f"{value:.1f}"
    return shown.replace("-", "−")


def missing(results: dict[str, dict[str, Any]]) -> str:
    """Return why systems have no time for a case, as a Markdown list."""
    systems: dict[tuple[str, str], list[str]] = {}
    for case, by_system in results.items():
        for system in SYSTEMS:
            if "missing" in by_system.get(system, {}):
                reason = " ".join(by_system[system]["missing"].split())
                systems.setdefault((case, reason), []).append(system)
    cases: dict[tuple[str, str], list[str]] = {}
    for (case, reason), names in systems.items():
        cases.setdefault((", ".join(names), reason), []).append(case)
    return "\n".join(
        f"- {names}: {reason} (*{'*, *'.join(models)}*)."
        for (names, reason), models in cases.items()
    )


def versions(outcome: dict[str, Any]) -> str:
    """Return names and versions in a line."""
    return ", ".join(f"{name} {number}" for name, number in outcome["versions"].items())


def times(ratio: float) -> str:
    """Return a ratio with two digits at least."""
    return f"{ratio:.1f}" if ratio < 20 else f"{ratio:,.0f}"


def bound(value: float) -> str:
    """Return a round number that is not below a value."""
    return next(text for text in ("1e-8", "1e-7", "1e-6", "1e-5", "1e-3") if value <= float(text))
