"""Time against rows: a two-level model with random slopes, of a thousand to a million rows."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np

import mlmbook as mlm

from .cases import growth
from .timing import timed

PICTURE = Path(__file__).parent.parent / "book" / "assets" / "scaling.svg"
ROWS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
FORMULA = "y ~ x + (x | group)"


def scaling(repeats: int) -> dict[str, Any]:
    """Return the median seconds of a fit for each number of rows, and their slope on logs."""
    seconds = []
    for nobs in ROWS:
        print(f"{nobs:,} rows", flush=True)
        data = growth(nobs)
        result = timed(lambda d=data: {"sigma": mlm.fit(FORMULA, d).sigma}, repeats)  # type: ignore[misc]
        seconds.append(statistics.median(result["seconds"]))
    slope = float(np.polyfit(np.log(ROWS), np.log(seconds), 1)[0])
    return {"formula": FORMULA, "rows": list(ROWS), "seconds": seconds, "slope": slope}


def draw(measured: dict[str, Any]) -> None:
    """Draw the measured times, with a line on which time is proportional to rows."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "scaling"  # the same file for the same numbers
    import matplotlib.pyplot as plt

    from mlmbook.plots.style import style

    rows, seconds = np.array(measured["rows"]), np.array(measured["seconds"])
    with style():
        figure, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
        ax.loglog(rows, seconds, "o-", label="measured")
        ax.loglog(rows, seconds[-1] * rows / rows[-1], "--", color="0.5", label="proportional")
        ax.set(xlabel="rows", ylabel="time of a fit, seconds")
        ax.legend()
        figure.savefig(PICTURE, metadata={"Date": None})
        plt.close(figure)
