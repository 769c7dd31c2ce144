"""Run replicates: here, on the cores of this machine, or wherever joblib's backend leads.

Every replicate has a seed of its own, which depends on its number and not on who runs it: the
results are the same for any number of workers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..errors import FitError
from ..threads import one_thread

if TYPE_CHECKING:
    from .decide import Outcome, Trial
    from .worlds import Cell

__all__ = ["generator", "run"]

CHUNK, TASKS = 10, 200
"""A task runs so many replicates at least; a cell is cut into so many tasks at most."""

Task: TypeAlias = tuple[int, range]
"""The number of a cell, and the replicates to run there."""


def generator(root: np.random.SeedSequence, cell: int, replicate: int) -> np.random.Generator:
    """Return the randomness of one replicate: a grandchild of the root, as if spawned."""
    key = (*root.spawn_key, cell, replicate)
    return np.random.default_rng(np.random.SeedSequence(root.entropy, spawn_key=key))


def run(
    trial: Trial,
    cells: Sequence[Cell],
    n: int,
    root: np.random.SeedSequence,
    *,
    n_jobs: int | None,
    progress: bool | None,
) -> list[list[Outcome]]:
    """Run `n` replicates of each cell; return their outcomes, in order."""
    chunk = max(CHUNK, -(-n // TASKS))
    tasks = [
        (number, range(start, min(start + chunk, n)))
        for number in range(len(cells))
        for start in range(0, n, chunk)
    ]
    outcomes: list[list[Outcome]] = [[] for _ in cells]
    results = _results(trial, cells, tasks, root, n_jobs)
    for (number, _), found in zip(tasks, _shown(results, tasks, progress), strict=True):
        outcomes[number] += found
    return outcomes


@one_thread
def _chunk(trial: Trial, cell: Cell, task: Task, root: np.random.SeedSequence) -> list[Outcome]:
    number, replicates = task
    return [trial.run(cell, generator(root, number, i)) for i in replicates]


def _results(
    trial: Trial,
    cells: Sequence[Cell],
    tasks: Sequence[Task],
    root: np.random.SeedSequence,
    n_jobs: int | None,
) -> Iterable[list[Outcome]]:
    """Return the results of the tasks, if possible one by one as they come."""
    if n_jobs == 1 or (n_jobs is None and "joblib" not in sys.modules):
        return (_chunk(trial, cells[task[0]], task, root) for task in tasks)
    try:
        from joblib import Parallel, delayed
        from joblib.parallel import get_active_backend
    except ImportError as error:
        raise FitError(
            f"n_jobs={n_jobs!r} needs the package joblib (pip install joblib); n_jobs=1 does not"
        ) from error
    backend, _ = get_active_backend()
    one_by_one = getattr(backend, "supports_return_generator", False)
    parallel = Parallel(n_jobs=n_jobs, return_as="generator" if one_by_one else "list")
    results: Iterable[list[Outcome]] = parallel(
        delayed(_chunk)(trial, cells[task[0]], task, root) for task in tasks
    )
    return results


def _shown(
    results: Iterable[list[Outcome]], tasks: Sequence[Task], progress: bool | None
) -> Iterator[list[Outcome]]:
    """Pass the results on, behind a progress bar if one is wanted.

    Without being asked only in a terminal: what a notebook stores stays the same.
    """
    if progress is None:
        progress = sys.stderr.isatty()
    if not progress:
        yield from results
        return
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise FitError(
            "the progress bar needs the package tqdm (pip install tqdm); progress=False does not"
        ) from error
    total = sum(len(replicates) for _, replicates in tasks)
    with tqdm(total=total, desc="power", unit=" replicates", leave=False) as bar:
        for chunk in results:
            yield chunk
            bar.update(len(chunk))
