"""The tables of what was measured in the page."""

from __future__ import annotations

import statistics
from typing import Any

from . import tables
from .footprint import MEGABYTE


def slower(result: dict[str, Any]) -> float | None:
    """Return how many times longer a fit takes in the page, if it gives an answer there."""
    if "seconds" not in result["page"]:
        return None
    return tables.median(result["page"]) / tables.median(result["native"])


def difference(result: dict[str, Any]) -> float:
    """Return the largest relative difference of deviance, fixed effects and standard errors."""
    here, there = result["native"], result["page"]
    pairs = [(here["deviance"], there["deviance"])]
    for part in ("fixed", "se"):
        pairs += [(here[part][name], there[part][name]) for name in here[part]]
    return max(abs(one - other) / max(abs(one), 1e-300) for one, other in pairs)


def fits(outcome: dict[str, Any]) -> str:
    """Return medians here and in the page, as a Markdown table."""
    lines = ["| Model | desktop, ms | page, ms | times | difference |", "|:--|--:|--:|--:|--:|"]
    for case, result in outcome["fits"].items():
        cells = [tables.cell(result, "native"), tables.cell(result, "page")]
        ratio = slower(result)
        cells += ["–", "–"] if ratio is None else [f"{ratio:.1f}", digits(difference(result))]
        lines.append(f"| {case} | {' | '.join(cells)} |")
    return "\n".join(lines)


def digits(value: float) -> str:
    """Return a relative difference."""
    return "0" if value == 0 else f"{value:.0e}".replace("e-0", "e-")


def missing(outcome: dict[str, Any]) -> str:
    """Return which fits gave nothing in the page and why, as sentences."""
    return " ".join(
        f"*{case}*: {result['page']['missing']}."
        for case, result in outcome["fits"].items()
        if "missing" in result["page"]
    )


def median(visits: list[dict[str, float]], name: str) -> float:
    """Return the median of one measure over visits."""
    return statistics.median(visit[name] for visit in visits)


def chapters(outcome: dict[str, Any]) -> str:
    """Return medians of what a reader waits for, as a Markdown table."""
    lines = [
        "| Chapter | first output, first visit | the same, later | all outputs, later | fetched |",
        "|:--|--:|--:|--:|--:|",
    ]
    for number, visits in outcome["chapters"].items():
        cells = [
            f"{median(visits['cold'], 'first'):.1f} s",
            f"{median(visits['warm'], 'first'):.1f} s",
            f"{median(visits['warm'], 'whole'):.1f} s",
            f"{median(visits['cold'], 'bytes') / MEGABYTE:.0f} MB",
        ]
        lines.append(f"| {int(number)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def numbers(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what the template of the section asks for."""
    ratios = [ratio for result in outcome["fits"].values() if (ratio := slower(result)) is not None]
    return {
        "fits": fits(outcome),
        "missing": missing(outcome),
        "least": f"{min(ratios):.1f}",
        "most": f"{max(ratios):.1f}",
        "chapters": chapters(outcome),
        "versions": tables.versions(outcome),
        "machine": outcome["machine"],
    }
