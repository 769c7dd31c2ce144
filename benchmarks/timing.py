"""Seconds of the processor, of repeated calls. Standard library only: other environments use it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

SLOW = {0.5: 7, 5.0: 3}
"""A call that takes longer than this many seconds is repeated this often only."""


def timed(
    fit: Callable[[], Any],
    answer: Callable[[Any], dict[str, Any]],
    repeats: int,
    before: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Return the answer, with the seconds of each repeat.

    Parameters
    ----------
    fit : callable
        What is timed.
    answer : callable
        From what `fit` returns to what is compared; not timed.
    repeats : int
    before : callable
        Done before each fit; not timed.

    Returns
    -------
    dict
        The first fit, which loads modules and fills caches, is not among the seconds. Where it
        fails, the reason is returned instead.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        try:
            result = answer(fit())
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            return {"missing": f"failed: {lines[0]}"}
        first = time.process_time() - start
        for limit, fewer in SLOW.items():
            repeats = min(repeats, fewer) if first > limit else repeats
        seconds = []
        for _ in range(repeats):
            before()
            start = time.process_time()
            fit()
            seconds.append(time.process_time() - start)
    return result | {"seconds": seconds}
