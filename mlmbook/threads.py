"""Linear algebra by one thread, as long as a model is being computed.

The matrices of a multilevel model are many and small. Threads that share such a product spend
longer waiting for each other than on the product, and on a machine that does other work as well
they wait a hundred times as long. With one thread, sums also have one order: the last digits do
not depend on the number of processors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

__all__ = ["one_thread"]

P = ParamSpec("P")
T = TypeVar("T")


def one_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function compute with one thread of BLAS and LAPACK.

    Their number of threads belongs to the process. The first of several calls, in whatever thread
    of Python, sets it and gives it back; calls that come in the meantime leave it alone. A browser
    has no such threads: there nothing changes.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        if not _taken.acquire(blocking=False):
            return function(*args, **kwargs)
        try:
            with _libraries().limit(limits=1, user_api="blas"):
                return function(*args, **kwargs)
        finally:
            _taken.release()

    return function if sys.platform == "emscripten" else limited


_taken = Lock()


@cache
def _libraries() -> Any:
    """Return the control of the libraries that NumPy and SciPy have loaded."""
    import scipy.linalg  # noqa: F401  # its library must be there to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
