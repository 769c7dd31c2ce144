"""Time against rows: a two-level model with random slopes, of a thousand to a million rows."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np

import mlmbook as mlm

from .cases import growth
from .timing import timed

PICTURE = Path(__file__).parent.parent / "book" / "back" / "scaling.svg"
ROWS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
FORMULA = "y ~ x + (x | group)"


def scaling(repeats: int) -> dict[str, Any]:
    """Return the median seconds of a fit for each number of rows, and their slope on logs."""
    seconds = []
    for nobs in ROWS:
        print(f"{nobs:,} rows", flush=True)
        data = growth(nobs)
        result = timed(
            lambda d=data: mlm.fit(FORMULA, d), lambda fit: {"sigma": fit.sigma}, repeats
        )
        seconds.append(statistics.median(result["seconds"]))
    measured = {"formula": FORMULA, "rows": list(ROWS), "seconds": seconds}
    last = [nobs >= max(ROWS) / 10 for nobs in ROWS]
    return measured | {
        "slope": slope(np.array(ROWS), np.array(seconds)),
        "last_slope": slope(np.array(ROWS)[last], np.array(seconds)[last]),
    }


def slope(rows: np.ndarray, seconds: np.ndarray) -> float:
    """Return the slope of log time on log rows, by least squares."""
    return float(np.polyfit(np.log(rows), np.log(seconds), 1)[0])


def draw(measured: dict[str, Any]) -> None:
    """Draw the measured times, with a line on which time is proportional to rows."""
    import matplotlib as mpl

    mpl.use("svg")
    from mlmbook.plots.palette import COLOR, MUTED
    from mlmbook.plots.style import canvas, label, name_axes

    rows, seconds = np.array(measured["rows"]), np.array(measured["seconds"])
    with mpl.rc_context({"svg.hashsalt": "scaling"}), canvas(None, height=3.4) as ax:
        proportional = seconds[-1] * rows / rows[-1]
        ax.loglog(rows, proportional, "--", color=MUTED, linewidth=1)
        ax.loglog(rows, seconds, marker="o", color=COLOR["between"], linewidth=2)
        label(ax, "proportional to rows", (rows[1], proportional[1]), color=MUTED, xytext=(10, -4))
        name_axes(ax, x="Rows", y="Seconds for one fit")
        ax.figure.savefig(PICTURE, metadata={"Date": None})
