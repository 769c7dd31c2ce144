"""Where does the variation live? (W10) A variance in two parts, and pairs of schoolmates."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mlmbook.explore import (
    Axis,
    Bars,
    Lines,
    Panel,
    Points,
    Predict,
    Says,
    Scene,
    Slider,
    Text,
    explorable,
)

PAIRS = 150
REACH = 30  # points shown on either side of the average
TICKS = (-30, -15, 0, 15, 30)
LOW = 5  # points²: a part of the bar that is lower has no room for its percentage
HEIGHT = 360  # pixels
SEED = 21

Numbers = NDArray[np.float64]


@explorable(
    title="Where does the variation live?",
    controls=[
        Slider(
            "var_u0",
            "Variance between schools, σ²_u0",
            0,
            20,
            step=0.5,
            value=13,
            unit="points²",
            level="between",
        ),
        Slider(
            "var_e0",
            "Variance within schools, σ²_e0",
            6.5,
            78,
            step=6.5,
            value=39,
            unit="points²",
            level="within",
        ),
    ],
    predict=Predict(
        "A quarter of the variance of scores lies between schools. "
        "How strongly do the scores of two pupils of the same school correlate?",
        ["0.06, the square of a quarter", "0.25", "0.50, the square root of a quarter"],
        answer=1,
        because="Schoolmates share the departure of their school and nothing else. Its variance is "
        "their covariance, so the share itself is their correlation: no square, no root.",
    ),
    tasks=[
        "Set the variance between schools to 0. Watch the cloud. "
        "Say what knowing the school tells you about a pupil now.",
        "Set 8.5 and 39, close to the American high schools. Then double both, to 17 and 78. "
        "Say what changed and what did not.",
        "Find two settings with a correlation of 0.50. Say what they have in common.",
    ],
    alt="A bar split into variance between and within schools, and a scatter of pairs of "
    "schoolmates. As the share between schools grows from 0 to 0.18 and 0.75, the round cloud "
    "narrows to a line whose slope is that share.",
    static=[
        {"var_u0": 0, "var_e0": 39},
        {"var_u0": 8.5, "var_e0": 39},
        {"var_u0": 19.5, "var_e0": 6.5},
    ],
)
def variance_bar(var_u0: float, var_e0: float) -> Scene:
    """One variance split in two, and one pair of pupils from each of 150 schools.

    The line is the best guess for the second pupil; its slope is the intraclass correlation.
    """
    first, second = schoolmates(var_u0, var_e0)
    total, share = var_u0 + var_e0, icc(var_u0, var_e0)
    percentages = [
        f"{100 * part / total:.0f} %" if part >= LOW else "" for part in (var_u0, var_e0)
    ]
    return Scene(
        Panel(
            Bars([0], [var_u0], width=1, level="between", label="between"),
            Bars([0], [total], base=[var_u0], width=1, level="within", label="within"),
            Text([0.6, 0.6], [var_u0 / 2, var_u0 + var_e0 / 2], percentages, level="fixed"),
            x=Axis(range=(-0.8, 1.2), hide=True),
            y=Axis("points²", (0, 105), ticks=[0, 25, 50, 75, 100]),
            title="One variance, two parts",
            height=HEIGHT,
            weight=0.5,
        ),
        Panel(
            Points(first, second, names=NAMES, level="between", size=3.5),
            Lines(
                [-REACH, REACH],
                [-share * REACH, share * REACH],
                level="fixed",
                label="best guess for the second",
            ),
            x=Axis("first pupil, points from the average", (-REACH, REACH), TICKS, "{:+g}"),
            y=Axis("second pupil, points from the average", (-REACH, REACH), TICKS, "{:+g}"),
            title="Pairs of schoolmates, one from each of 150 schools",
            height=HEIGHT,
        ),
        says=Says(
            "Between schools lie {between:.1f} of {total:.1f} points², a share of {share:.2f}. "
            "The pairs correlate {share:.2f}: the same number. If the first pupil is 10 points "
            "above the average, expect the second {guess:.1f} above.",
            between=var_u0,
            total=total,
            share=share,
            guess=10 * share,
        ),
    )


def icc(var_u0: float, var_e0: float) -> float:
    """Return ρ: the share of the variance that lies between groups."""
    return var_u0 / (var_u0 + var_e0)


def schoolmates(var_u0: float, var_e0: float) -> tuple[Numbers, Numbers]:
    """Return the scores of two pupils from each school, in points from the average."""
    school, first, second = DEPARTURES
    u0 = math.sqrt(var_u0) * school
    return u0 + math.sqrt(var_e0) * first, u0 + math.sqrt(var_e0) * second


def _departures() -> Numbers:
    """Draw one u0 and two e0 for each pair, with variances of exactly 1 and no correlation.

    So the correlation of the dots is the intraclass correlation itself, without the luck of one
    sample.
    """
    rows: list[Numbers] = []
    for draw in np.random.default_rng(SEED).standard_normal((3, PAIRS)):
        row = draw - draw.mean()
        for other in rows:
            row = row - (row * other).mean() * other
        rows.append(row / row.std())
    return np.round(rows, 9)  # the same numbers on every machine


DEPARTURES = _departures()
NAMES = [f"School {j}" for j in range(1, PAIRS + 1)]
