"""Reading the columns of ``mm()``: the units that each row belongs to, and with what weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import DataError
from .likelihood.membership import Membership
from .rows import refuse_unknown

if TYPE_CHECKING:
    from .arrays import Floats
    from .special import MemberTerm

__all__ = ["member_units"]

ROUNDING = 0.0101
"""Weights that miss a sum of one by less were rounded to two digits, and stay as they are."""
EXACT = 1e-6
"""Below this a sum of one is not worth a word."""


def member_units(
    term: MemberTerm, data: pd.DataFrame, labels: pd.Index[Any] | None = None
) -> tuple[pd.Index[Any], Membership, list[str]]:
    """Find the units of each row and their weights, which sum to one.

    A unit that a row names twice has both weights. Weights that sum to one but for rounding stay as
    they are, as in MLwiN; others are divided by their sum, as brms does by default. Either is said.

    Parameters
    ----------
    term : MemberTerm
    data : DataFrame
    labels : Index, optional
        The units that are known; found in the data if not given.

    Returns
    -------
    tuple
        Labels, memberships and messages.

    Raises
    ------
    DataError
        A weight is missing or negative, or those of a row are all zero.
    """
    refuse_unknown(term.columns, data)
    members = [data[name] for name in term.members]
    there = np.column_stack([member.notna().to_numpy() for member in members])
    weights, messages = _weights(term, data, there)
    used = weights > 0
    values = np.empty(there.shape, dtype=object)
    for at, column in enumerate(_same_type(members)):
        values[:, at] = column
    row, place = np.nonzero(used)
    names = values[row, place]
    if labels is None:
        try:
            labels = pd.Index(sorted(set(names.tolist())), name=term.name)
        except TypeError as error:
            raise DataError(
                f"the columns of {term.name} mix types that cannot be sorted; turn them into text "
                "first"
            ) from error
    where = np.asarray(labels.get_indexer(pd.Index(names)), dtype=np.intp)
    from scipy import sparse  # needed for several memberships only

    shape = (len(data), len(labels))
    known, weight = where >= 0, weights[row, place]
    matrix = sparse.csr_matrix((weight[known], (row[known], where[known])), shape=shape)
    others = pd.Series(weight[~known]).groupby([row[~known], names[~known]]).sum() ** 2
    elsewhere = (~used.any(axis=1)).astype(float)  # a row without units: one that is not known
    np.add.at(elsewhere, others.index.get_level_values(0).to_numpy(dtype=np.intp), others)
    return labels, Membership(matrix, elsewhere), messages


def _weights(
    term: MemberTerm, data: pd.DataFrame, there: np.ndarray[Any, Any]
) -> tuple[Floats, list[str]]:
    """Return the weight of each membership, zero where there is none."""
    columns: list[Floats] = []
    if term.weights is None:
        counts = np.maximum(there.sum(axis=1, keepdims=True), 1)
        return there / counts, []
    for at, (name, member) in enumerate(zip(term.weights, term.members, strict=True)):
        if data[name].dtype.kind not in "iufb" and not data[name].isna().all():
            raise DataError(
                f"the weights of mm() must be numbers; the type of {name!r} is {data[name].dtype}"
            )
        values: Floats = data[name].to_numpy(dtype=float, copy=True)
        lost = there[:, at] & np.isnan(values)
        if lost.any():
            raise DataError(f"{name!r} is missing in {lost.sum()} rows that have a {member!r}")
        values[np.isnan(values)] = 0.0
        if not (np.isfinite(values) & (values >= 0)).all():
            raise DataError(
                f"the weights of mm() must be zero or positive numbers; {name!r} has "
                f"{values.min():g}"
            )
        orphans = ~there[:, at] & (values > 0)
        if orphans.any():
            raise DataError(
                f"{name!r} is positive in {orphans.sum()} rows in which {member!r} is missing"
            )
        columns.append(values)
    weights: Floats = np.column_stack(columns)
    total = weights.sum(axis=1)
    nothing = there.any(axis=1) & (total == 0)
    if nothing.any():
        raise DataError(f"all weights of {term.name} are zero in {nothing.sum()} rows")
    missed = np.where(total > 0, np.abs(total - 1), 0.0)
    off = missed > ROUNDING
    messages = []
    for which, done in (
        (off, "they were divided by their sums"),
        ((missed > EXACT) & ~off, "that is rounding, and they were taken as they are"),
    ):
        if which.any():
            messages.append(
                f"the weights of {term.name} do not sum to 1 in {which.sum()} rows (their sums go "
                f"from {total[which].min():g} to {total[which].max():g}): {done}"
            )
    divided: Floats = weights / np.where(off, total, 1.0)[:, None]
    return divided, messages


def _same_type(members: list[pd.Series[Any]]) -> list[np.ndarray[Any, Any]]:
    """Return the columns as objects; whole numbers stay whole beside missing values."""
    columns = []
    whole = any(member.dtype.kind in "iu" for member in members)
    for member in members:
        values: Any = np.asarray(member, dtype=object)
        if whole and member.dtype.kind == "f":
            numbers = member.to_numpy(dtype=float)
            integral = np.isfinite(numbers) & (numbers == np.round(numbers))
            values[integral] = [int(number) for number in numbers[integral]]
        columns.append(values)
    return columns
