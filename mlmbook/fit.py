"""The one verb: formula and data in, a fitted model out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .arguments import check_coverage
from .errors import ConvergenceWarning, DataError, FitError, SingularFitWarning
from .known import attach
from .likelihood.basis import NoVariationError, RankError
from .likelihood.estimates import Estimates
from .likelihood.link import TooLargeError
from .maximum import best
from .result import Fit
from .saturated import refuse_saturated
from .scales import nothing_left
from .specification import Specification, read_model
from .threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .design import Design
    from .residual.bound import Residual
    from .residual.structure import Structure

__all__ = ["fit"]

FEW_GROUPS = 5


def fit(
    formula: str,
    data: pd.DataFrame,
    *,
    family: str = "gaussian",
    reml: bool = True,
    residual: Structure | Sequence[Structure] | None = None,
    weights: str | ArrayLike | None = None,
    offset: str | ArrayLike | None = None,
    neighbours: pd.DataFrame | Mapping[Any, Iterable[Any]] | None = None,
    ci: float = 0.95,
) -> Fit:
    r"""Fit a multilevel model by restricted maximum likelihood, or by maximum likelihood.

    Parameters
    ----------
    formula : str
        lme4 style, e.g. ``"reaction ~ days + (days | subject)"``. Rows that belong to several
        units: ``(1 | mm(s1, s2, weights=[w1, w2]))``. Districts that resemble their neighbors:
        ``(1 | car(district))``, ``(1 | car(district, type="leroux"))``, ``(1 | sar(district))``.
    data : DataFrame, shape (nobs, ncolumns)
        One row a level-1 unit. Rows with missing values in used columns are dropped and counted
        in ``messages``.
    family : {"gaussian"}
        Distribution of the response within groups.
    reml : bool, default True
        REML for reporting variances; ML (``False``) to compare models with different fixed
        effects.
    residual : VarianceBy, VariancePower, AR1, CompoundSymmetry, Unstructured, or a list, optional
        Level-1 structure: residuals with different variances, or correlated within groups; a list
        of variances and one correlation combines them. Independent with equal variances if not
        given. With a correlation (and its ``group=``) the formula may have no random term. Or
        ``KnownVariance``, by itself, where the variances are known (meta-analysis).
    weights : str or array, optional
        Precision weights, as a column or a number for each row: the residual of row *i* has
        variance :math:`\sigma^2/w_i`, as for a mean of :math:`w_i` observations. They are not
        frequencies and not sampling weights.
    offset : str or array, optional
        What is added to the fixed part with a coefficient of one, as a column or a number for
        each row.
    neighbours : DataFrame or dict, optional
        The map for ``car()`` and ``sar()``: a pair of neighbors in each row of two columns, or the
        neighbors of each district, ``{"a": ["b"], "b": ["a"], "island": []}``. In a DataFrame an
        island is a row whose second column is missing. The map may have districts without rows;
        every district of the data must be on it. A pair that is listed in one direction only is
        taken in both, and this is said.
    ci : float, default 0.95
        Coverage of the intervals in ``summary`` and ``confint``.

    Returns
    -------
    Fit

    Raises
    ------
    FormulaError
        The formula cannot be read, has no random term, or names a column that is not in `data`.
    DataError
        The data cannot support the model.
    FitError
        The likelihood has no usable maximum.

    Warns
    -----
    SingularFitWarning
        A variance is estimated at zero, or a correlation at one.
    ConvergenceWarning
        The maximum could not be verified.

    References
    ----------
    .. [1] Bates, Maechler, Bolker & Walker (2015), J. Stat. Softw. 67(1).

    Examples
    --------
    >>> import mlmbook as mlm
    >>> m = mlm.fit("reaction ~ days + (days | subject)", mlm.load("sleepstudy"))
    >>> round(m.sigma, 2)
    25.59
    """
    if family != "gaussian":
        raise FitError(f"family {family!r} is not available; choose 'gaussian'")
    if not isinstance(reml, bool | np.bool_):
        raise FitError(f"reml must be True (REML) or False (ML), got {reml!r}")
    check_coverage(ci)
    terms, parts = read_model(formula, residual)
    data, weights_column = attach("weights", weights, data)
    data, offset_column = attach("offset", offset, data)
    model = Specification(terms, parts, weights_column, offset_column, neighbours)
    design = model.design(data)
    level1 = model.level1(design)
    estimates, level1 = _maximize(design, level1, reml=reml)
    if reml:
        refuse_saturated(design)
    messages = [*design.messages, *_known(level1), *_statements(design, estimates)]
    if not estimates.converged:
        warnings.warn(messages[-1], ConvergenceWarning, stacklevel=2)
    elif estimates.singular:
        warnings.warn(messages[-1], SingularFitWarning, stacklevel=2)
    return Fit(design, estimates, reml, ci, tuple(messages), data.attrs.get("name"), level1)


@one_thread
def _maximize(
    design: Design, level1: Residual | None, *, reml: bool
) -> tuple[Estimates, Residual | None]:
    try:
        return best(design, level1, reml=reml)
    except RankError as error:
        raise DataError(_collinear(design, error)) from error
    except TooLargeError as error:
        raise FitError(
            f"grouping factors beyond the largest have too many groups, or meet it in too many "
            f"combinations ({error}); use fewer or coarser groups"
        ) from error
    except NoVariationError as error:
        words = nothing_left(str(error), design.y)
        for grouping in design.groupings:
            if grouping.spatial is not None and grouping.sizes.max() == 1:
                words += (
                    f"; each district of {grouping.name!r} has one row, so that its own variation "
                    "cannot be told from that of its effect: with rows of several people in a "
                    "district it could"
                )
        raise DataError(words) from error


def _known(level1: Residual | None) -> list[str]:
    if level1 is None or not level1.sigma_known:
        return []
    (column,) = level1.parts[0].columns
    return [
        f"the level-1 variances are those of {column!r}, which are taken as known: no residual "
        "variance is estimated"
    ]


def _collinear(design: Design, error: RankError) -> str:
    if error.factor is None:
        return (
            f"the fixed effect {design.names[error.column]!r} is zero everywhere or an exact "
            f"combination of others ({', '.join(design.names)}); leave it out"
        )
    grouping = design.groupings[error.factor]
    return (
        f"the random effect {grouping.terms[error.column]!r} of {grouping.name!r} is zero "
        f"everywhere or an exact combination of others ({', '.join(grouping.terms)}); leave it out"
    )


def _statements(design: Design, estimates: Estimates) -> list[str]:
    """Say what a reader of the estimates must know; the gravest last."""
    statements = [
        f"{grouping.name!r} has only {grouping.ngroups} groups: its variance is poorly known"
        for grouping in design.groupings
        if grouping.ngroups < FEW_GROUPS
    ]
    for grouping, rho in zip(design.groupings, estimates.rhos, strict=True):
        if grouping.spatial is not None and grouping.spatial.at_bound(rho):
            statements.append(
                f"rho of {grouping.name!r} is at the end of its range, {rho:.6g}: at 0 "
                "districts do not resemble their neighbors, at 1 the dependence is intrinsic"
            )
    if estimates.singular:
        statements.append(
            "singular fit: a variance is estimated at zero or a correlation at the end of its "
            "range (see varcorr); consider a simpler random part"
        )
    if not estimates.converged:
        statements.append(
            "the maximum of the likelihood could not be verified: rescale or simplify the model, "
            "and do not report these numbers"
        )
    return statements
