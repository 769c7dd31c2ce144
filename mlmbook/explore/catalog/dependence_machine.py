"""How much do your pupils tell you? (W02) The design effect and the interval of a mean."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from mlmbook.explore import (
    Axis,
    Choice,
    Lines,
    Panel,
    Points,
    Predict,
    Says,
    Scene,
    Slider,
    explorable,
)

SD = 10  # points: standard deviation of all pupils, whatever the intraclass correlation
Z95 = 1.96  # the variances are taken as known
SHOWN_SCHOOLS, SHOWN_PUPILS = 10, 20
HEIGHT = 300  # pixels
SEED = 82

Numbers = NDArray[np.float64]


@explorable(
    title="How much do your pupils tell you?",
    controls=[
        Slider("icc", "Intraclass correlation, ρ", 0, 0.25, step=0.01, value=0.1),
        Choice("size", "Pupils per school, m", [2, 5, 10, 25, 50, 100], value=25),
        Choice("schools", "Schools, J", [10, 20, 40], value=20),
    ],
    predict=Predict(
        "You tested 25 pupils in each of 20 schools, and ρ is 0.10. You can afford 500 more "
        "pupils. Which choice narrows the interval of the mean more?",
        [
            "25 more pupils in each of the same 20 schools",
            "25 pupils in each of 20 new schools",
            "no difference: both give 1,000 pupils",
        ],
        answer=1,
        because="New schools bring new departures of schools. More pupils of the same schools "
        "only measure the same 20 departures better.",
    ),
    tasks=[
        "Set ρ to 0.05 and 100 pupils per school. Watch the design effect. "
        "Say why 0.05 is not small here.",
        "Go back to 0.10, 25 and 20. Double the pupils per school; go back; double the schools. "
        "Say which did more.",
        "Keep 20 schools and go from 2 to 100 pupils. Say what lowers the floor.",
    ],
    alt="Scores of pupils in ten schools, and the interval of the mean against pupils per school. "
    "For independent pupils the interval keeps narrowing; with an intraclass correlation it levels "
    "off at a floor that only more schools can lower.",
    static=[
        {"icc": 0.05, "size": 100, "schools": 20},
        {"icc": 0.1, "size": 25, "schools": 20},
        {"icc": 0.1, "size": 25, "schools": 40},
    ],
)
def dependence_machine(icc: float, size: int, schools: int) -> Scene:
    """Ten of the schools, and the interval of the mean with and without dependence.

    The variance of all pupils stays the same; ρ only moves it between the levels.
    """
    school = SD * math.sqrt(icc) * DEPARTURES_U
    scores = school + SD * math.sqrt(1 - icc) * DEPARTURES_E[:size]
    places = np.arange(1, SHOWN_SCHOOLS + 1)
    curve = np.arange(2, 101)
    floor = Z95 * SD * math.sqrt(icc / schools)  # with endless pupils in these schools
    return Scene(
        Panel(
            Points(
                np.tile(places, len(scores)),
                scores.ravel(),
                group=NAMES * len(scores),
                level="within",
                size=3,
                label="pupils",
            ),
            Points(
                places,
                school,
                names=NAMES,
                group=NAMES,
                level="between",
                size=6,
                label="their school",
            ),
            x=Axis("ten of the schools", (0.4, SHOWN_SCHOOLS + 0.6), ticks=[1, 5, 10]),
            y=Axis("points from the average", (-30, 30), (-30, -15, 0, 15, 30), "{:+g}"),
            title="The pupils",
            height=HEIGHT,
        ),
        Panel(
            Lines(
                curve,
                half_width(0, curve, schools),
                level="wrong",
                dash=True,
                label="as if independent",
            ),
            Lines(curve, half_width(icc, curve, schools), level="between", label="with schools"),
            Lines([2, 100], [floor, floor], level="neutral", width=1, label="floor"),
            Points([size], half_width(0, size, schools), level="wrong", shape="open circle"),
            Points([size], half_width(icc, size, schools), level="between", size=6),
            x=Axis("pupils per school, m", (0, 104), ticks=[2, 25, 50, 75, 100]),
            y=Axis("interval of the mean, ± points", (0, 6), ticks=[0, 2, 4, 6]),
            title="What they tell about the mean",
            height=HEIGHT,
        ),
        says=_sentence(icc, size, schools),
    )


def design_effect(icc: float, size: ArrayLike) -> Numbers:
    """Return Kish's design effect of a mean with groups of equal size."""
    return 1 + (np.asarray(size, float) - 1) * icc


def half_width(icc: float, size: ArrayLike, schools: int) -> Numbers:
    """Return half of the 95 % interval of the mean, in points."""
    m = np.asarray(size, float)
    half: Numbers = Z95 * SD * np.sqrt(design_effect(icc, m) / (schools * m))
    return half


def _sentence(icc: float, size: int, schools: int) -> Says:
    pupils, deff = schools * size, float(design_effect(icc, size))
    if icc == 0:
        return Says(
            "{schools} schools of {size} are {pupils:,} pupils. Schoolmates are no more alike than "
            "strangers, so the design effect is 1, and the mean is known to ±{half:.2f} points.",
            schools=schools,
            size=size,
            pupils=pupils,
            half=float(half_width(icc, size, schools)),
        )
    return Says(
        "{schools} schools of {size} are {pupils:,} pupils. With a design effect of {deff:.2f} "
        "they tell as much about the mean as {effective:,.0f} independent pupils: "
        "±{half:.2f} points, not ±{naive:.2f}. However many pupils you add, these schools never "
        "count for more than {most:,.0f}.",
        schools=schools,
        size=size,
        pupils=pupils,
        deff=deff,
        effective=pupils / deff,
        half=float(half_width(icc, size, schools)),
        naive=float(half_width(0, size, schools)),
        most=schools / icc,
    )


_DRAWS = np.random.default_rng(SEED)
# ten schools that stand for a normal distribution: its 5th, 15th, ..., 95th percentiles
DEPARTURES_U = _DRAWS.permutation(stats.norm.ppf((np.arange(SHOWN_SCHOOLS) + 0.5) / SHOWN_SCHOOLS))
DEPARTURES_E = _DRAWS.standard_normal((SHOWN_PUPILS, SHOWN_SCHOOLS))
NAMES = [f"School {place}" for place in range(1, SHOWN_SCHOOLS + 1)]
