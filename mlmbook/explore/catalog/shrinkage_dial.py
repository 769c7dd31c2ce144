"""Which school moves most? Raw school means, and the means that partial pooling makes of them."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlmbook.data import load
from mlmbook.explore import (
    Arrows,
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

AVERAGE = 12.637  # the average school of the null model fitted to all 160 schools, points
SHOWN_EVERY = 14  # from the smallest school up, one in fourteen is drawn
OTHERS = 10  # a school can be checked if this many of its pupils were not tested
SEED = 1982

Numbers = NDArray[np.float64]


class Tested(NamedTuple):
    """What is known of a set of schools when only some of their pupils are tested."""

    names: list[str]
    size: Numbers  # pupils in the data
    n: Numbers  # pupils tested
    raw: Numbers  # their mean, from the average school
    others: Numbers  # the mean of the pupils who were not tested

    @property
    def shown(self) -> Tested:
        """The schools that are drawn: every so many from the smallest up."""
        names, *numbers = self
        return Tested(names[::SHOWN_EVERY], *(column[::SHOWN_EVERY] for column in numbers))


@explorable(
    title="Which school moves most?",
    controls=[
        Slider(
            "sd_u0",
            "How much schools differ, σ_u0",
            0,
            8,
            step=0.5,
            value=3,
            unit="points",
            level="between",
        ),
        Slider(
            "sd_e0",
            "How much pupils differ, σ_e0",
            2.5,
            12.5,
            step=1,
            value=6.5,
            unit="points",
            level="within",
        ),
        Choice(
            "tested",
            "Pupils tested",
            {"five": "5 a school", "third": "one in three", "all": "all of them"},
            value="third",
        ),
    ],
    predict=Predict(
        "When schools differ less from one another, which school's estimate moves most?",
        ["the largest school", "the smallest school", "all by the same amount"],
        answer=1,
        because="With few pupils tested, most of a school's distance from the average is luck, "
        "so a small school keeps the smallest share of it.",
    ),
    tasks=[
        "Set how much schools differ to 1 point, watch the arrows, say which school keeps least.",
        "Go back to 3 points. Test 5 pupils a school, then more. Say which means are closer to the "
        "pupils who were not tested, and when it hardly matters.",
        "Step through the schools with the arrow keys. Say why school 8367 loses so much.",
    ],
    alt="Arrows from raw to shrunken means for twelve schools at four settings. They are longest "
    "where schools differ little, pupils differ much, and few pupils are tested.",
    static=[
        {"sd_u0": 3, "sd_e0": 6.5, "tested": "third"},
        {"sd_u0": 1, "sd_e0": 6.5, "tested": "third"},
        {"sd_u0": 3, "sd_e0": 6.5, "tested": "five"},
    ],
)
def shrinkage_dial(sd_u0: float, sd_e0: float, tested: str) -> Scene:
    """Raw and shrunken school means at chosen spreads (C.7.7).

    The schools are those of High School and Beyond. Testing fewer pupils takes a fixed random
    sample of the real ones, so the shrunken means can be checked against pupils not tested.
    """
    shown = _tested(tested).shown
    kept = share_kept(shown.n, sd_u0, sd_e0)
    shrunken = kept * shown.raw
    rows = [f"{n:.0f} of {size:.0f}" for n, size in zip(shown.n, shown.size, strict=True)]
    names = [f"School {name}" for name in shown.names]
    pupils = np.arange(1, 71, dtype=np.float64)
    return Scene(
        Panel(
            Lines([0, 0], [-0.5, len(rows) - 0.5], width=1),
            Arrows(shown.raw, rows, shrunken, rows, names=names, head=False, level="between"),
            Points(
                shown.raw, rows, names=names, shape="open square", level="within", label="raw mean"
            ),
            Points(
                shrunken,
                rows,
                names=names,
                level="between",
                size=5.5,
                label="shrunken mean",
            ),
            x=Axis("points from the average school", (-11, 9), format="{:+g}"),
            y=Axis("pupils tested", categories=rows),
            title="From raw to shrunken means",
            weight=1.6,
        ),
        Panel(
            Lines(pupils, share_kept(pupils, sd_u0, sd_e0), level="fixed"),
            Points(shown.n, kept, names=names, level="between", size=5),
            x=Axis("pupils tested in a school, n", (0, 70), ticks=[1, 20, 40, 60]),
            y=Axis("share kept, λ", (0, 1), ticks=[0, 0.25, 0.5, 0.75, 1], format="{:.0%}"),
            title="How much is kept",
        ),
        says=_sentence(sd_u0, sd_e0, tested),
    )


def share_kept(n: Numbers, sd_u0: float, sd_e0: float) -> Numbers:
    """Return λ_j: the share of its distance from the average that a group of n keeps (C.7.7)."""
    return sd_u0**2 / (sd_u0**2 + sd_e0**2 / n)


def _sentence(sd_u0: float, sd_e0: float, tested: str) -> Says:
    schools = _tested(tested)
    kept = share_kept(schools.n, sd_u0, sd_e0)
    keeps = (
        "Every school keeps {most:.0%} of its distance from the average. "
        if tested == "five"
        else "With {few} pupils tested a school keeps {least:.0%} of its distance from the "
        "average, with {many} it keeps {most:.0%}. "
    )
    check = schools.size >= schools.n + OTHERS
    misses = (
        "The intraclass correlation is {icc:.2f}."
        if tested == "all"
        else "As a guess of how a school’s other pupils do, the raw mean is off by {raw:.1f} "
        "points, the shrunken mean by {shrunken:.1f}."
    )
    return Says(
        keeps + misses,
        few=int(schools.n.min()),
        many=int(schools.n.max()),
        least=float(kept.min()),
        most=float(kept.max()),
        icc=sd_u0**2 / (sd_u0**2 + sd_e0**2),
        raw=_off(schools.raw[check], schools.others[check]),
        shrunken=_off((kept * schools.raw)[check], schools.others[check]),
    )


def _off(guess: Numbers, truth: Numbers) -> float:
    """Return the root mean square error; zero where there is nothing to check."""
    return float(np.sqrt(np.mean((guess - truth) ** 2))) if len(guess) else 0.0


@functools.cache
def _tested(tested: str) -> Tested:
    """Test some pupils of every school; a smaller test is always part of a larger one."""
    rng = np.random.default_rng(SEED)
    scores = [
        (str(name), rng.permutation(school["mathach"].to_numpy()) - AVERAGE)
        for name, school in load("hsb82").groupby("school", observed=True)
    ]
    scores.sort(key=lambda school: len(school[1]))
    size = np.array([len(score) for _, score in scores], float)
    n = {"five": np.full_like(size, 5), "third": np.round(size / 3), "all": size}[tested]
    parts = [np.split(score, [int(k)]) for (_, score), k in zip(scores, n, strict=True)]
    return Tested(
        names=[name for name, _ in scores],
        size=size,
        n=n,
        raw=np.array([part.mean() for part, _ in parts]),
        others=np.array([rest.mean() if len(rest) else np.nan for _, rest in parts]),
    )
