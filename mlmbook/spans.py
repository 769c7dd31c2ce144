"""Whether the fixed part of one model can say all that another one's can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .grouping import group_means

if TYPE_CHECKING:
    from .arrays import Floats

__all__ = ["same_columns", "spans"]

LEFT = 1e-8
"""A column of which less is left, relative to its length, is in the span of others."""


def spans(large: Any, small: Any) -> bool:
    """Return whether the columns of `small` are combinations of those of `large`.

    Parameters
    ----------
    large, small : Fit, OlsFit or DummyFit
        Models of the same rows. Dummies of groups count as columns.
    """
    ours, theirs = large.design.X, small.design.X
    own = getattr(small, "grouping", None)
    dummies = getattr(large, "grouping", None)
    if own is not None:
        if dummies is None and own.ngroups > ours.shape[1]:
            return False
        theirs = np.column_stack([theirs, np.eye(own.ngroups)[own.codes]])
    ours, theirs = ours / _length(ours), theirs / _length(theirs)
    if dummies is not None:
        ours, theirs = (
            np.column_stack([x - group_means(x, dummies.codes)[dummies.codes] for x in X.T])
            for X in (ours, theirs)
        )
    U, size, _ = np.linalg.svd(ours, full_matrices=False)
    U = U[:, size > LEFT]
    for _ in range(2):  # the second time takes out what rounding left
        theirs = theirs - U @ (U.T @ theirs)
    return bool((np.linalg.norm(theirs, axis=0) <= LEFT).all())


def same_columns(one: Floats, two: Floats) -> bool:
    """Return whether two matrices have the same columns, in any order."""
    if one.shape != two.shape:
        return False
    length = np.linalg.norm(one, axis=0)
    left = list(range(two.shape[1]))
    for x, size in zip(one.T, length, strict=True):
        near = [at for at in left if np.linalg.norm(two[:, at] - x) <= LEFT * size]
        if not near:
            return False
        left.remove(near[0])
    return True


def _length(X: Floats) -> Floats:
    length = np.linalg.norm(X, axis=0)
    return np.where(length > 0, length, 1.0)
