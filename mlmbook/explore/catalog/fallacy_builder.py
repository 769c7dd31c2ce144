"""Fallacy builder (W05): one cloud, two slopes, and a third that mixes them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

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
    explorable,
)

Floats = npt.NDArray[np.float64]

GROUPS = 6
SIZE = 10
NOISE = 0.45  # sd of people around their group's line
DRIFT = 0.15  # sd of groups around the line through their means
REACH = 2.5  # ends of the axis of x
ROWS = ("within", "between", "ignoring")


def _draws() -> tuple[Floats, Floats, Floats, Floats]:
    """Draw a world in standard units, with every sample moment exactly as asked.

    Group means and distances from them have mean square 1; the noise of groups and of people has
    mean zero and does not correlate with them. So the slopes of the plotted cloud are the slopes
    on the sliders, free of the luck of one sample.

    Returns
    -------
    center, drift : ndarray, shape (GROUPS,)
    inside, noise : ndarray, shape (GROUPS, SIZE)
    """
    rng = np.random.default_rng(4)
    center = np.linspace(-1, 1, GROUPS)
    center = center / np.sqrt(np.mean(center**2))
    inside, noise = (
        _centered(rng.standard_normal((GROUPS, SIZE)).clip(-1.7, 1.7)) for _ in range(2)
    )
    inside /= np.sqrt(np.mean(inside**2))
    noise -= inside * np.sum(noise * inside) / np.sum(inside**2)
    drift = _centered(rng.standard_normal((1, GROUPS)))[0]
    drift -= center * np.mean(drift * center)
    return (
        center,
        DRIFT * drift / np.sqrt(np.mean(drift**2)),
        inside,
        NOISE * noise / np.sqrt(np.mean(noise**2)),
    )


def _centered(rows: Floats) -> Floats:
    centered: Floats = rows - rows.mean(axis=1, keepdims=True)
    return centered


CENTER, DRIFT_OF, INSIDE, NOISE_OF = _draws()
NAMES = [f"group {letter}" for letter in "ABCDEF"]


def pooled(within: float, between: float, share: float) -> float:
    """Return the slope that ignores groups: a mixture by the share of x's variance between them."""
    return round(share * between + (1 - share) * within, 10) + 0.0  # a plain zero, not −0


def world(within: float, between: float, share: float) -> tuple[Floats, Floats]:
    """Return x and y of every person, one row a group.

    Parameters
    ----------
    within, between : float
        The two slopes, units of y per unit of x.
    share : float
        Share of the variance of x, which is 1, that lies between groups.

    Returns
    -------
    x, y : ndarray, shape (GROUPS, SIZE)
    """
    center, inside = np.sqrt(share) * CENTER[:, None], np.sqrt(1 - share) * INSIDE
    return center + inside, between * center + DRIFT_OF[:, None] + within * inside + NOISE_OF


@explorable(
    title="Which slope may say what?",
    controls=[
        Slider("within", "Slope within groups, β_W", -1.5, 1.5, step=0.5, value=1, level="within"),
        Slider(
            "between", "Slope between groups, β_B", -1.5, 1.5, step=0.5, value=-1, level="between"
        ),
        Slider(
            "share",
            "Share of the variance of x between groups, η²_x",
            0.1,
            0.9,
            step=0.1,
            value=0.5,
            words=lambda share: f"{100 * share:.0f} %",
        ),
    ],
    predict=Predict(
        "Inside every group one unit of x goes with 1 more unit of y; group means one unit apart "
        "go with 1 less. Half of the variance of x lies between groups. Which slope do you find "
        "if you ignore the groups?",
        ["+1, that of the people", "−1, that of the groups", "0, a mixture of both"],
        answer=2,
        because="Half of −1 plus half of +1 is 0. “No association” would be wrong inside groups "
        "and wrong between them.",
    ),
    tasks=[
        "Keep both slopes and move the share from 10 % to 90 %. Watch the ink line turn, and say "
        "which lines did not move with it.",
        "Set −1 within and +1 between: the hypothetical income and heart disease. Say who "
        "commits which fallacy.",
        "Make the level not matter. What must the two slopes be?",
    ],
    alt="Six groups of people. Slopes +1 within and −1 between: the line that ignores groups is "
    "flat when half of the variance of x is between groups, rises when a tenth is and falls when "
    "nine tenths are. With equal slopes all lines agree.",
    static=[
        {"within": 1, "between": -1, "share": 0.5},
        {"within": 1, "between": -1, "share": 0.1},
        {"within": 1, "between": -1, "share": 0.9},
        {"within": 1, "between": 1, "share": 0.5},
    ],
)
def fallacy_builder(within: float, between: float, share: float) -> Scene:
    """Draw people, group means, and the three least-squares lines."""
    x, y = world(within, between, share)
    groups = np.repeat(NAMES, SIZE).tolist()
    ends = np.column_stack([x.min(axis=1), x.max(axis=1)])
    means, heights = x.mean(axis=1), y.mean(axis=1)
    lines = heights[:, None] + within * (ends - means[:, None])
    every = pooled(within, between, share)
    across = 1.15 * np.array([means[0], means[-1]])
    wide = np.array([x.min(), x.max()])
    return Scene(
        Panel(
            Points(x.ravel(), y.ravel(), group=groups, names=groups, size=2.5, level="within"),
            Lines(
                ends.ravel(),
                lines.ravel(),
                group=np.repeat(NAMES, 2).tolist(),
                level="within",
                label="within groups",
            ),
            Lines(across, between * across, width=3, level="between", label="between groups"),
            Points(means, heights, group=NAMES, names=NAMES, size=6, level="between"),
            Lines(wide, every * wide, width=2, level="fixed", label="ignoring groups"),
            x=Axis("x", (-REACH, REACH), ticks=[-2, -1, 0, 1, 2]),
            y=Axis("y", (-4.5, 4.5), ticks=[-4, -2, 0, 2, 4]),
            title="Six groups of ten people",
            weight=1.4,
        ),
        Panel(
            Lines([ROWS[0], ROWS[-1]], [0, 0], width=1, dash=False),
            *(
                Bars([row], [value], width=[0.5], names=[row], level=level)
                for row, value, level in zip(
                    ROWS, (within, between, every), ("within", "between", "fixed"), strict=True
                )
            ),
            x=Axis("groups", categories=ROWS),
            y=Axis("Slope, y per x", (-1.6, 1.6), ticks=[-1.5, -1, -0.5, 0, 0.5, 1, 1.5]),
            title="The three slopes",
        ),
        says=Says(
            "People of one group who differ by 1 in x differ by {within:.1f} in y. Groups whose "
            "means differ by 1 differ by {between:.1f}. Ignoring the groups gives {every:.2f}. "
            + _verdict(within, between),
            within=within,
            between=between,
            every=every,
        ),
    )


def _verdict(within: float, between: float) -> str:
    if within == between:
        return "Here, and only here, the level does not matter."
    if within * between < 0:
        return "A claim carried to the other level has the wrong sign."
    if within * between == 0:
        return (
            "A claim carried to the other level sees something in nothing, or nothing in something."
        )
    return "A claim carried to the other level has the right sign and the wrong size."
