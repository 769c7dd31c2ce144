"""From the structures that a formula's level 1 is to have to its arrays, with what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlmbook.design import Design, Grouping, group_codes
from mlmbook.errors import DataError, FormulaError
from mlmbook.known import read_weights
from mlmbook.likelihood.level1 import LevelOne, Places
from mlmbook.residual.bound import Residual
from mlmbook.residual.known_variance import KnownVariance
from mlmbook.residual.structure import Correlation, Structure, Variance

__all__ = ["are_known", "bind", "structures"]


def structures(residual: object) -> tuple[Structure, ...]:
    """Return what the argument `residual` of :func:`mlmbook.fit` asks for, checked."""
    if residual is None:
        return ()
    parts = tuple(residual) if isinstance(residual, list | tuple) else (residual,)
    for part in parts:
        if not isinstance(part, Structure):
            hint = ""
            if isinstance(part, type):
                hint = f"; did you forget to call it: mlm.{part.__name__}(...)?"
            raise FormulaError(
                f"residual must be a structure such as mlm.VarianceBy('poor'), got {part!r}{hint}"
            )
    if sum(isinstance(part, Correlation) for part in parts) > 1:
        raise FormulaError(
            f"residual has more than one correlation structure: {', '.join(map(repr, parts))}"
        )
    if are_known(parts) and len(parts) > 1:
        raise FormulaError(
            "KnownVariance says what all of level 1 is, so nothing of it is left to be estimated "
            f"by another structure: {', '.join(map(repr, parts))}"
        )
    return parts


def are_known(parts: Sequence[Structure]) -> bool:
    """Return whether the level-1 variances are known."""
    return any(isinstance(part, KnownVariance) for part in parts)


def bind(parts: Sequence[Structure], design: Design, weights_column: str | None) -> Residual | None:
    """Turn structures and weights into what the engine needs.

    Returns
    -------
    Residual or None
        None where residuals are independent with equal variances.

    Raises
    ------
    DataError, FormulaError
        The data do not support a structure.
    """
    if weights_column is None and not parts:
        return None
    weights = read_weights(weights_column, design.data)
    if weights is not None and are_known(parts):
        raise FormulaError(
            f"weights say how variances relate, and {parts[0]!r} says what they are: leave one out"
        )
    fixed = np.zeros(len(design.y)) if weights is None else -np.log(weights)
    variances = tuple(part.bind(design.data) for part in parts if isinstance(part, Variance))
    correlations = [part for part in parts if isinstance(part, Correlation)]
    within = _within_groups(correlations[0], design) if correlations else None
    covariance = None
    if within is not None:
        covariance = correlations[0].bind(design.data, Places.of(within.codes))
    level1 = LevelOne(fixed, variances, covariance, sigma2=1.0 if are_known(parts) else None)
    return Residual(
        tuple(parts), variances, covariance, level1, level1.start, weights_column, within
    )


def _within_groups(part: Correlation, design: Design) -> Grouping:
    """Find the blocks of rows that correlate."""
    groupings = {
        grouping.name: grouping for grouping in design.groupings if grouping.special is None
    }
    group = part.group
    if group is None:
        if not groupings:
            raise FormulaError(
                "without a random term of plain groups, say within which ones residuals correlate: "
                f"{type(part).__name__}(..., group='subject')"
            )
        group = max(groupings, key=lambda name: groupings[name].ngroups)
    codes, labels = group_codes(group, design.data)
    first = np.unique(codes, return_index=True)[1][codes]
    for grouping in design.groupings:
        if not grouping.same_units(first):
            raise DataError(
                f"residuals correlate within {group!r}, whose groups spread over several groups of "
                f"{grouping.name!r}; they must be nested in it"
            )
    if part.exchangeable and group in groupings:
        raise FormulaError(
            f"{part!r} takes the place of random effects of {group!r}, which cannot be told from "
            "it; leave that random term out"
        )
    return Grouping(group, labels, codes, parts=(), blocks=())
