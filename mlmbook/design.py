r"""From a formula and a data frame to the arrays of the model.

.. math:: y = X\beta + \sum_f Z_f b_f + e

One row an observation. ``X`` has a column for each fixed effect. For each grouping factor
*f*, ``Z`` keeps only what is not zero: the *k* columns that carry a random effect (``1`` and
``x`` for ``(1 + x | school)``), and ``units``, which says to which group each row belongs
(:mod:`mlmbook.grouping`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from .arguments import check_frame
from .columns import INTERCEPT, Columns, make_columns, make_response, variables
from .crossing import numbered_anew, refuse_same_groups
from .errors import DataError, FormulaError, did_you_mean
from .formula import Formula, RandomTerm, parse
from .grouping import Grouping, factor_columns, group_codes
from .likelihood.membership import Membership
from .likelihood.spatial import Spatial
from .members import member_units
from .neighborhood import find_districts, read_neighbors
from .rows import Kept, complete_rows, refuse_unknown
from .scales import refuse_scale
from .special import MemberTerm, SpatialTerm

if TYPE_CHECKING:
    from .arrays import Floats


__all__ = ["Design", "Grouping", "build_design", "check_sizes", "group_codes"]


@dataclass(frozen=True, eq=False)
class Design:
    """The arrays of a model; what the likelihood is computed from."""

    formula: Formula
    y: Floats
    fixed: Columns
    groupings: tuple[Grouping, ...]
    kept: Kept
    categorical: Mapping[str, list[Any]]
    """Levels of each text or categorical predictor, reference first."""
    messages: tuple[str, ...] = field(default=())
    offset: Floats | None = None
    """What is added to the fixed part, with a coefficient of one."""
    offset_column: str | None = None

    @property
    def data(self) -> pd.DataFrame:
        """The rows that are used."""
        return self.kept.table

    @property
    def index(self) -> pd.Index[Any]:
        """Row labels of the data frame, for the rows that are used."""
        return self.kept.index

    @property
    def X(self) -> Floats:
        """Columns of the fixed part, shape (nobs, number of fixed effects)."""
        return self.fixed.values

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fixed effects."""
        return self.fixed.names

    def find_grouping(self, group: str | None) -> int:
        """Return the position of the grouping factor that is asked for; None for the only one."""
        names = [grouping.name for grouping in self.groupings]
        if not names:
            raise FormulaError(
                f"{self.formula.text!r} has no random term, so groups have no effects"
            )
        if group is None:
            if len(names) > 1:
                raise FormulaError(
                    "the model has several grouping factors; choose a grouping factor: "
                    f"group={names[0]!r} or another of {names}"
                )
            return 0
        if group not in names:
            raise FormulaError(
                f"{group!r} is not a grouping factor of the model{did_you_mean(group, names)} "
                f"(factors: {', '.join(names)})"
            )
        return names.index(group)


def build_design(
    formula: Formula | str,
    data: pd.DataFrame,
    also: Sequence[str] = (),
    within: Sequence[str] = (),
    neighbours: object = None,
    *,
    sigma_known: bool = False,
) -> Design:
    """Turn a formula and a data frame into arrays.

    Parameters
    ----------
    formula : Formula or str
        What :func:`mlmbook.formula.parse` returns, or the text itself.
    data : DataFrame
        One row an observation. Rows with a missing value in a column that the formula uses
        are dropped and counted in ``messages``.
    also : sequence of str
        Further columns that must be complete, such as weights.
    within : sequence of str
        Further grouping factors, within which residuals correlate.
    neighbours : DataFrame or dict, optional
        The map that spatial terms need; see :func:`mlmbook.neighborhood.read_neighbors`.
    sigma_known : bool, default False
        The level-1 variances are known, so that a group may be a row.

    Returns
    -------
    Design

    Raises
    ------
    FormulaError
        The formula names a column that is not there, or cannot be evaluated.
    DataError
        The data cannot support the model.
    """
    terms = parse(formula) if isinstance(formula, str) else formula
    check_frame(data)
    bare = pd.DataFrame(data)  # without attrs: pandas copies them with every column looked at
    predictors, response = _predictors(terms), variables(terms.response)
    _check_names(terms, predictors, response, bare)
    groups = [name for term in terms.random for name in _group_columns(term, bare)]
    refuse_unknown(also, bare)
    groups += [name for group in within for name in factor_columns(group, bare)]
    refuse_unknown(groups, bare)
    members = [term.members for term in _members(terms)]
    rows, messages = complete_rows(bare, [*response, *predictors, *also], groups, members)
    fixed = make_columns(terms.fixed, rows)
    y = make_response(terms.response, rows)
    if rows[response[0]].dtype.kind == "b":
        messages.append(f"the response {response[0]!r} is true or false: taken as 1 or 0")
    groupings, said = _groupings(terms, rows, neighbours)
    messages += said
    check_sizes(y, fixed, groupings, sigma_known=sigma_known)
    refuse_same_groups(groupings)
    messages += numbered_anew(groupings)
    categorical = dict(fixed.levels)
    for part in (part for grouping in groupings for part in grouping.parts):
        categorical.update(part.levels)
    used = [*response, *predictors, *also, *groups, *chain(*members)]
    kept = Kept(rows, used if rows is bare else (), data.attrs)  # dropping rows has copied them
    return Design(terms, y, fixed, groupings, kept, categorical, tuple(messages))


# ---- names ----------------------------------------------------------------------------------


def _predictors(terms: Formula) -> list[str]:
    sides = [terms.fixed, *(_right_side(term) for term in terms.random)]
    return list(dict.fromkeys(name for side in sides for name in variables(side)))


def _check_names(
    terms: Formula, predictors: Sequence[str], response: Sequence[str], data: pd.DataFrame
) -> None:
    groups = [name for term in terms.random for name in _group_columns(term, data)]
    groups += [name for term in _members(terms) for name in term.columns]
    refuse_unknown([*response, *predictors, *groups], data)
    if not response:
        raise FormulaError(f"the response {terms.response!r} names no column")
    for name in response:
        if name in predictors or name in groups:
            raise FormulaError(f"{name!r} stands on both sides of the formula {terms.text!r}")
    if INTERCEPT in predictors:
        raise FormulaError(
            f"a column called {INTERCEPT!r} cannot be used: that name is taken by the constant; "
            "rename the column"
        )


# ---- groups ---------------------------------------------------------------------------------


def _right_side(term: RandomTerm) -> str:
    return " + ".join(["1" if term.intercept else "0", *term.terms])


def _group_columns(term: RandomTerm, data: pd.DataFrame) -> list[str]:
    """Return the columns of a grouping factor that must not be missing."""
    if isinstance(term.special, MemberTerm):
        return []
    return factor_columns(term.group, data) if term.special is None else [*term.special.columns]


def _members(terms: Formula) -> list[MemberTerm]:
    return [term.special for term in terms.random if isinstance(term.special, MemberTerm)]


def _groupings(
    terms: Formula, data: pd.DataFrame, neighbours: object
) -> tuple[tuple[Grouping, ...], list[str]]:
    """Return the grouping factors, and what to say about them."""
    names = dict.fromkeys(term.group for term in terms.random)
    by_name = {name: [term for term in terms.random if term.group == name] for name in names}
    spatial = any(isinstance(term.special, SpatialTerm) for term in terms.random)
    if neighbours is not None and not spatial:
        raise FormulaError(
            "neighbours= is for spatial random effects, such as (1 | car(district)), and "
            f"{terms.text!r} has none"
        )
    if neighbours is None and spatial:
        raise FormulaError(
            f"{terms.text!r} has a spatial random effect: give neighbours=, a DataFrame with a "
            "pair of neighbors in each row, or a dict of district -> list of its neighbors"
        )
    groupings, messages = [], list[str]()
    for name, own in by_name.items():
        special = own[0].special
        if isinstance(special, MemberTerm):
            labels, members, said = member_units(special, data)
            grouping = Grouping(name, labels, members, *_columns(own, data), special)
        elif special is not None:
            neighborhood = read_neighbors(neighbours)
            codes, said = find_districts(neighborhood, data[special.district])
            labels = neighborhood.labels.rename(name)
            pairs = neighborhood.pairs
            spatial_part = Spatial.of(special.kind, len(labels), pairs)
            parts = _columns(own, data)
            grouping = Grouping(name, labels, codes, *parts, special, spatial_part, pairs)
        else:
            codes, labels = group_codes(name, data)
            grouping, said = Grouping(name, labels, codes, *_columns(own, data)), []
        groupings.append(grouping)
        messages += [message for message in said if message not in messages]
    return tuple(groupings), messages


def _columns(
    terms: Sequence[RandomTerm], data: pd.DataFrame
) -> tuple[tuple[Columns, ...], tuple[tuple[int, ...], ...]]:
    """Return the columns of the terms of one factor, and which effects may correlate."""
    parts, blocks, start = [], list[tuple[int, ...]](), 0
    for term in terms:
        part = make_columns(_right_side(term), data)
        positions = range(start, start + len(part.names))
        blocks += [tuple(positions)] if term.correlated else [(at,) for at in positions]
        parts.append(part)
        start += len(part.names)
    return tuple(parts), tuple(blocks)


def check_sizes(
    y: Floats, fixed: Columns, groupings: Sequence[Grouping], *, sigma_known: bool
) -> None:
    """Raise if there are too few rows or groups for the model."""
    nobs, nfixed = len(y), len(fixed.names)
    if nobs <= nfixed:
        words = f"{nobs} complete rows cannot estimate {nfixed} fixed effects and a variance"
        for name, levels in fixed.levels.items():
            if len(levels) > nobs / 2:
                words += f"; {name!r} is taken for a category, with {len(levels)} values"
        raise DataError(words)
    if (y == y[0]).all():
        raise DataError(f"the response is constant: every value is {y[0]:g}")
    refuse_scale(y)
    for grouping in groupings:
        if grouping.ngroups < 2:
            raise DataError(
                f"the grouping factor {grouping.name!r} has one group only "
                f"({grouping.labels[0]!r}); a variance between groups needs at least two"
            )
        shared = isinstance(grouping.units, Membership) and grouping.sizes.max() > 1
        if shared or grouping.spatial is not None or sigma_known:
            continue  # the pattern of the correlations, or of the known variances, tells them apart
        for block in grouping.blocks:
            if len(block) * grouping.ngroups >= nobs:
                raise DataError(
                    f"{grouping.name!r} has {grouping.ngroups} groups for {nobs} rows: with "
                    f"{len(block)} random effect{'s' * (len(block) > 1)} a group, the variance "
                    "between groups cannot be told from the variance within"
                )
