"""The tables of the study of coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .coverage import DEGREES
from .worlds import FIXED

METHODS = {
    "wald": "Wald",
    "satterthwaite": "Satterthwaite",
    "kenward-roger": "Kenward–Roger",
    "profile": "profile",
    "bootstrap": "bootstrap",
}
EXPECTED = (0.93, 0.97)


def shares(worlds: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, float]]]:
    """Yield structure, method, parameter and share."""
    for name, world in worlds.items():
        for method, parameters in world["coverage"].items():
            for parameter, share in parameters.items():
                yield name, method, parameter, share


def as_promised(share: float) -> bool:
    """Return whether a share lies where that of a 95 % interval should."""
    return EXPECTED[0] <= share <= EXPECTED[1]


def fixed_effects(worlds: dict[str, Any]) -> str:
    """Return the shares of fixed effects; their true values are the same in every structure."""
    lines = [
        f"| Model and parameter | {' | '.join(METHODS.values())} |",
        "|:--|" + "--:|" * len(METHODS),
    ]
    for name, world in worlds.items():
        lines += [_row(name, world, parameter, METHODS) for parameter in FIXED]
    return "\n".join(lines)


def components(worlds: dict[str, Any]) -> str:
    """Return the shares of variance components."""
    methods = {m: n for m, n in METHODS.items() if m not in DEGREES[1:]}
    lines = [
        f"| Model and parameter | {' | '.join(methods.values())} | True value |",
        "|:--|" + "--:|" * (len(methods) + 1),
    ]
    for name, world in worlds.items():
        for parameter, truth in world["truth"].items():
            if parameter not in FIXED:
                lines.append(f"{_row(name, world, parameter, methods)} {truth:g} |")
    return "\n".join(lines)


def _row(name: str, world: dict[str, Any], parameter: str, methods: Iterable[str]) -> str:
    cells = [percent(world["coverage"].get(method, {}).get(parameter)) for method in methods]
    shown = f"`{parameter}`".replace("|", r"\|")
    return f"| {name}: {shown} | {' | '.join(cells)} |"


def percent(share: dict[str, float] | None) -> str:
    """Return a share in percent, bold where it is not as promised."""
    if share is None:
        return "–"
    text = f"{100 * share['share']:.1f}"
    return text if as_promised(share["share"]) else f"**{text}**"


def outside(worlds: dict[str, Any]) -> str:
    """List the shares that are not as promised, a method a line."""
    lines = []
    for method, words in METHODS.items():
        listed = [
            f"`{parameter}` in “{name}” ({100 * share['share']:.1f} %)"
            for name, own, parameter, share in shares(worlds)
            if own == method and not as_promised(share["share"])
        ]
        if listed:
            lines.append(f"- {words}: {'; '.join(listed)}.")
    return "\n".join(["The others:", "", *lines]) if lines else "None lies outside."


def structures(worlds: dict[str, Any]) -> str:
    """Return formula and sizes of every structure, as a list."""
    lines = []
    for name, world in worlds.items():
        options = "".join(f", `{key}={value}`" for key, value in world["options"].items())
        lines.append(f"- {name}: `{world['formula']}`{options}; {world['size']}.")
    return "\n".join(lines)


def type_one(rows: list[dict[str, Any]]) -> str:
    """Return the shares of rejected true hypotheses."""
    lines = [
        f"| Model | Sizes | Groups | {' | '.join(METHODS[m] for m in DEGREES)} |",
        "|:--|:--|--:|" + "--:|" * len(DEGREES),
    ]
    for row in rows:
        cells = " | ".join(f"{100 * row[m]['share']:.1f}" for m in DEGREES)
        lines.append(f"| {row['model']} | {row['sizes']} | {row['groups']} | {cells} |")
    return "\n".join(lines)


def span(rows: list[dict[str, Any]], method: str) -> str:
    """Return the smallest and the largest share of rejections."""
    rejected = [100 * row[method]["share"] for row in rows]
    return f"{min(rejected):.1f} to {max(rejected):.1f}"
