"""Numbers of Python against which the player is tested; prints JSON."""

from __future__ import annotations

import base64
import itertools
import json
import sys

import numpy as np

import mlmbook as mlm
from mlmbook.explore import (
    Axis,
    Choice,
    Draw,
    Lines,
    Panel,
    Points,
    Says,
    Scene,
    Slider,
    Toggle,
    explorable,
)
from mlmbook.explore.assets import PLAYER, module
from mlmbook.teach.widget import QUESTIONS

# fmt: off
SPECS = [
    "", "g", ".3g", ".1g", "+.2g", "f", ".0f", ".1f", ".2f", "+.1f", " .1f", ".0%", ".1%", "%",
    "e", ".2e", ",.0f", ",.2f", "08.2f", "8.1f", "<8.1f", "^9.2f", "*>8.1f", ".2", ",", "+",
]
VALUES = [
    0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 0.125, 0.375, 1.005, 2.675, 1e-5, 0.0001, 123456.789, 12.0,
    1e6, 1234567.0, 1e16, 1.5e-7, -0.042, 99.95, 0.995, 1 / 3, 2 / 3, 8.61, 1e21, 0.1,
]
# fmt: on
WHOLE = ["", "d", ",", "+d", "05d", ".1f", ".0%", "g", ">6", "+"]
INTEGERS = [0, 5, -3, 7185, 97273223]


@explorable(
    title="Every way to store a channel",
    controls=[
        Slider("a", "A, σ_u0", 0, 2, step=0.5, smooth=True),
        Slider("b", "B", -1, 1, step=1),
        Choice("n", "N", [2, 5, 9]),
        Toggle("show", "Show"),
        Draw(3),
    ],
    alt="x",
    static=[{}],
)
def stored(a: float, b: float, n: int, show: bool, draw: int) -> Scene:
    """Mix constant, low-rank, full-rank, ragged, repeated, missing and hidden channels."""
    u, e = np.random.default_rng(1).normal(size=(2, 40))
    noise = np.random.default_rng([2, draw]).normal(size=12)
    gaps = np.where(np.arange(12) % 5 == int(b) + 1, np.nan, noise)
    return Scene(
        Panel(
            Points(u, 10 + a * u + b * e, names=[f"p{i}" for i in range(40)]),
            Lines(np.arange(n), np.arange(n) * a, label=f"{n} points") if show else None,
            title=f"sample {draw}",
            x=Axis("x"),
            y=Axis("y"),
        ),
        Panel(Lines(np.arange(12), gaps, level="within"), x=Axis("x"), y=Axis("y", (-3, 3))),
        says=Says(
            "At {a:.2f} and {b:+g}, {n} of {who}: {share:.1%}." if show else "Hidden at {a:.1f}.",
            a=a,
            b=b,
            n=n,
            who=["A", "B", "C"][draw],
            share=(a - b) / 7,
        ),
    )


def channels(name: str, setting: dict) -> list:
    """Return every channel that is shown at a setting, panel by panel and mark by mark."""
    scene = (
        stored.scene(**setting) if name == "stored" else getattr(mlm.explore, name).scene(**setting)
    )
    return [
        [
            None
            if mark is None
            else {
                key: value
                if isinstance(value, list)
                else [None if np.isnan(v) else v for v in value]
                for key, value in mark.channels().items()
            }
            for mark in panel.marks
        ]
        for panel in scene.panels
    ]


def case(figure, every: int) -> dict:
    """Describe an explorable: its state, and what it shows and says at some settings."""
    spec, tables = figure.packed
    settings = list(itertools.islice(figure.grid(), 0, None, every))
    return {
        "spec": {**spec, "start": figure.settings()},
        "tables": base64.b64encode(tables).decode(),
        "settings": settings,
        "positions": [[c.index(s[c.name]) for c in figure.controls] for s in settings],
        "says": [figure.says(**setting) for setting in settings],
        "channels": [
            channels(figure.name, setting) for setting in settings[:: max(1, len(settings) // 20)]
        ],
    }


def main() -> None:
    """Print the fixtures."""
    formats = [[v, s, False, format(v, s)] for v in VALUES for s in SPECS]
    formats += [[v, s, True, format(v, s)] for v in INTEGERS for s in WHOLE]
    quiz = mlm.quiz("?", ["a", "b"], answer=1, reasons=["x", "y"], name="quiz-1")
    json.dump(
        {
            "formats": formats,
            "says": [
                [template, fields, str(Says(template, **fields))]
                for template, fields in [
                    ("r is {r:.2f}, from {low:+g} to {high}", {"r": -0.5, "low": -1, "high": 2}),
                    (
                        "well-known 2-5 cases of {who} keep {share:.0%}",
                        {"who": "A", "share": 0.125},
                    ),
                ]
            ],
            "stored": case(stored, 7),
            "dial": case(mlm.explore.shrinkage_dial, 13),
            "player": module(PLAYER, "export default { render: renderExplorable };"),
            "questions": module(QUESTIONS, "export default { render: renderQuestion };"),
            "quiz": quiz.spec,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
