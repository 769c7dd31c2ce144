"""Poor/non-poor lines (W11): a neighborhood's intercept is not its mean."""

from __future__ import annotations

import numpy as np

from mlmbook.data.survey import TRUTH
from mlmbook.explore import (
    Arrows,
    Axis,
    Lines,
    Points,
    Predict,
    Says,
    Scene,
    Slider,
    explorable,
)

BETA0 = TRUTH["beta0"]
OTHERS = np.sqrt(TRUTH["var_u0"]) * np.array([-1.6, -1.0, -0.5, 0.5, 1.0, 1.6])
"""Departures of six other neighborhoods, in points."""


def neighborhood_mean(beta1: float, u0j: float, share: float) -> float:
    """Return the expected mean of a neighborhood with a given share of poor residents."""
    return BETA0 + u0j + beta1 * share


@explorable(
    title="Where is the neighborhood's mean?",
    controls=[
        Slider(
            "share",
            "Share of its residents who are poor",
            0,
            1,
            step=0.1,
            value=0.3,
            words="{:.0%}".format,
            smooth=True,
        ),
        Slider(
            "u0j",
            "The neighborhood's departure, u_0j",
            -8,
            8,
            step=2,
            value=4,
            unit="points",
            level="between",
            smooth=True,
        ),
        Slider(
            "beta1", "The poverty gap, β_1", -12, 0, step=2, value=-6, unit="points", smooth=True
        ),
    ],
    predict=Predict(
        "Poor families move in until seven in ten residents are poor. Nobody's health changes, and "
        "the neighborhood's departure stays at +4 points. What happens to its mean and to its "
        "intercept?",
        [
            "both fall",
            "the mean falls, the intercept stays",
            "the mean stays, the intercept falls",
        ],
        answer=1,
        because="The intercept is what a non-poor resident can expect. It does not ask how many "
        "residents are poor; the mean does.",
    ),
    tasks=[
        "Move the share poor from 0 to 100 % and watch the circle. Say what it never leaves.",
        "Set the departure to +4 and the share to 70 %. Say why this good place has a mean below "
        "what a non-poor person can expect in the average one.",
        "Set the gap to 0. Say when a neighborhood's mean and its intercept are the same number.",
    ],
    alt="Parallel falling lines from non-poor to poor, one a neighborhood. On the highlighted line "
    "a circle marks the neighborhood's mean: near the left end when few are poor, sliding down the "
    "line as more are, while the intercept stays where it is.",
    static=[
        {"share": 0.1, "u0j": 4, "beta1": -6},
        {"share": 0.7, "u0j": 4, "beta1": -6},
        {"share": 0.1, "u0j": -4, "beta1": -6},
        {"share": 0.7, "u0j": 4, "beta1": 0},
    ],
)
def poverty_lines(share: float, u0j: float, beta1: float) -> Scene:
    """Draw one neighborhood among others: its line, its intercept and its mean."""
    intercept, mean = BETA0 + u0j, neighborhood_mean(beta1, u0j, share)
    line = np.array([0.0, 1.0])
    return Scene(
        Lines(
            np.tile(line, len(OTHERS)),
            np.concatenate([BETA0 + other + beta1 * line for other in OTHERS]),
            group=np.repeat([f"another neighborhood, {u:+.1f}" for u in OTHERS], 2).tolist(),
            width=1,
            level="neutral",
            label="other neighborhoods",
        ),
        Lines(line, BETA0 + beta1 * line, level="fixed", label="average neighborhood, β₀ + β₁x"),
        Lines(
            line,
            intercept + beta1 * line,
            width=3,
            level="between",
            label="this neighborhood, β₀ⱼ + β₁x",
        ),
        Arrows([0], [BETA0], [0], [intercept], level="between", names=["its departure, u₀ⱼ"]),
        Points(
            line,
            intercept + beta1 * line,
            names=["what its non-poor residents expect", "what its poor residents expect"],
            size=5,
            level="within",
            label="its non-poor, its poor residents",
        ),
        Points([share], [mean], names=["its mean"], size=8, level="between", label="its mean"),
        says=Says(
            "Non-poor residents of this neighborhood can expect {intercept:.1f} points, poor "
            "residents {poor:.1f}. With {share:.0%} poor, its mean is {mean:.1f}: {below:.1f} "
            "below its intercept. Its departure is {u0j:+.1f} points all the while.",
            intercept=intercept,
            poor=intercept + beta1,
            share=share,
            mean=mean,
            below=intercept - mean,
            u0j=u0j,
        ),
        x=Axis(
            "Share of poor residents, x",
            range=(-0.06, 1.06),
            ticks={0: "0 (non-poor)", 0.5: "0.5", 1: "1 (poor)"},
        ),
        y=Axis("Expected health score, points", range=(40, 74), ticks=[40, 50, 60, 70]),
    )
