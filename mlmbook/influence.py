r"""How much each group moves the estimates.

Exact: the model is fitted again without the group. One step: the covariance matrices stay as they
are, so that with :math:`W_j=V_j^{-1}` and :math:`r_j=y_j-X_j\hat\beta` [1]_

.. math:: \hat\beta-\hat\beta_{(j)}
          = \Bigl(\sum_{k\ne j}X_k'W_kX_k\Bigr)^{-1}X_j'W_jr_j .

Cook's distance is :math:`(\hat\beta-\hat\beta_{(j)})'
\widehat{\operatorname{var}}(\hat\beta)^{-1}(\hat\beta-\hat\beta_{(j)})/p`.

References
----------
.. [1] Demidenko & Stukel (2005), Stat. Med. 24, 893-909.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .arguments import check_fit
from .design import check_sizes
from .errors import ConvergenceWarning, DataError, FitError, SingularFitWarning
from .likelihood.basis import NoVariationError, RankError, orthonormal
from .marginal import Marginal
from .maximum import best
from .residual.binding import bind
from .rows import Kept
from .threads import one_thread

if TYPE_CHECKING:
    from .arrays import Bools, Codes, Floats
    from .columns import Columns
    from .grouping import Grouping
    from .likelihood.estimates import Estimates
    from .result import Fit

__all__ = ["influence"]

SHARE = 1 - 1e-6
"""A group that has more of the information on a combination of fixed effects may have all."""
SHOWN = 5
"""Groups that a warning names."""


def influence(model: Fit, *, method: Literal["exact", "one-step"] = "one-step") -> pd.DataFrame:
    """Return what leaving out each group does to the fixed effects.

    Parameters
    ----------
    model : Fit
    method : {"one-step", "exact"}
        ``"exact"`` fits the model again without each group in turn; ``"one-step"`` keeps the
        variance components, and is instant.

    Returns
    -------
    DataFrame
        One row a group (of the factor with fewest groups): ``n``; for each fixed effect the
        estimate without the group less that with it, over the standard error; ``cook``; and, if
        exact, ``sigma`` without the group (unless it is known). Functions such as ``center(x)``
        and ``poly(x, 2)`` stay those of all rows, so that coefficients are compared that mean the
        same. Where the model cannot be estimated without a group, such as one that alone has a
        category, the numbers are missing.

    Warns
    -----
    UserWarning
        The model cannot be estimated without some groups, which are named.
    SingularFitWarning, ConvergenceWarning
        As :func:`mlmbook.fit` does, for fits without a group.
    """
    if method not in ("exact", "one-step"):
        raise FitError(f"method={method!r} is not available; choose 'exact' or 'one-step'")
    check_fit(model)
    marginal = Marginal.of(model)
    columns: dict[str, Floats] = {}
    if method == "exact":
        fits, causes = _without_each(model, marginal)
        change = np.array([one.beta for one in fits]) - model.estimates.beta
        if model.residual is None or not model.residual.sigma_known:
            columns["sigma"] = np.sqrt([one.sigma2 for one in fits])
    else:
        change, causes = _one_step(marginal)
    _say(causes, marginal.grouping)
    vcov = marginal.vcov
    table = pd.DataFrame(
        change / np.sqrt(np.diagonal(vcov)),
        index=marginal.grouping.labels,
        columns=list(model.design.names),
    )
    table.insert(0, "n", [len(rows) for rows in marginal.rows])
    table["cook"] = np.einsum("jp,pj->j", change, np.linalg.solve(vcov, change.T)) / len(vcov)
    table.attrs["method"] = method
    return table.assign(**columns)


@dataclass(frozen=True)
class _Without:
    """The estimates without a group; missing if there are none."""

    beta: Floats
    sigma2: float = np.nan


@one_thread
def _one_step(marginal: Marginal) -> tuple[Floats, dict[int, str]]:
    whole = np.linalg.inv(marginal.vcov)
    half = np.linalg.cholesky(marginal.vcov)
    changes, causes = [], dict[int, str]()
    for number, (X, V, r) in enumerate(
        zip(marginal.X, marginal.V, marginal.residuals, strict=True)
    ):
        WX = np.linalg.solve(V, X)
        share = np.linalg.eigvalsh(half.T @ (X.T @ WX) @ half)[-1]
        if share > SHARE and _is_needed(marginal, number):
            causes[number] = "the fixed effects cannot be told from one another"
            changes.append(np.full(len(whole), np.nan))
        else:
            changes.append(-np.linalg.solve(whole - X.T @ WX, WX.T @ r))
    return np.array(changes), causes


def _is_needed(marginal: Marginal, number: int) -> bool:
    """Return whether the columns of X are collinear without the rows of a group."""
    X = np.vstack([own for other, own in enumerate(marginal.X) if other != number])
    try:
        orthonormal(X, np.zeros(len(X)))
    except RankError:
        return True
    except NoVariationError:  # y does not matter here
        pass
    return False


def _without_each(model: Fit, marginal: Marginal) -> tuple[list[_Without], dict[int, str]]:
    """Fit the model without each group in turn."""
    fits, causes, singular, unverified = [], dict[int, str](), 0, 0
    for number, rows in enumerate(marginal.rows):
        try:
            found = _without(model, rows)
        except (DataError, RankError, NoVariationError) as error:
            fits.append(_Without(np.full(len(model.design.names), np.nan)))
            causes[number] = _reason(error)
            continue
        fits.append(_Without(found.beta, found.sigma2))
        singular += found.singular
        unverified += not found.converged
    if unverified:
        warnings.warn(
            f"{unverified} fits without a group could not be verified to be at the maximum: do not "
            "report their rows",
            ConvergenceWarning,
            stacklevel=3,
        )
    if singular and not model.singular:
        warnings.warn(
            f"{singular} fits without a group are singular: a variance is estimated at zero, or a "
            "correlation at the end of its range",
            SingularFitWarning,
            stacklevel=3,
        )
    return fits, causes


def _reason(error: Exception) -> str:
    if isinstance(error, RankError):
        return "effects cannot be told from one another"
    return str(error)


@one_thread
def _without(model: Fit, rows: Codes) -> Estimates:
    """Fit the model again without some rows, with the same columns.

    The columns of functions such as ``center(x)`` and ``poly(x, 2)`` stay those of all rows, so
    that their coefficients mean the same.
    """
    design, residual = model.design, model.residual
    keep = np.ones(model.nobs, dtype=bool)
    keep[rows] = False
    rest = replace(
        design,
        y=design.y[keep],
        fixed=_cut(design.fixed, keep),
        groupings=tuple(_smaller(grouping, keep) for grouping in design.groupings),
        kept=Kept(design.data.loc[keep]),
        offset=None if design.offset is None else design.offset[keep],
    )
    known = residual is not None and residual.sigma_known
    check_sizes(rest.y, rest.fixed, rest.groupings, sigma_known=known)
    level1 = None if residual is None else bind(residual.parts, rest, residual.weights_column)
    return best(rest, level1, reml=model.reml)[0]


def _smaller(grouping: Grouping, keep: Bools) -> Grouping:
    """Leave out rows, and groups that have no others."""
    there, codes = np.unique(grouping.codes[keep], return_inverse=True)
    parts = tuple(_cut(part, keep) for part in grouping.parts)
    return replace(grouping, labels=grouping.labels[there], units=codes, parts=parts)


def _cut(columns: Columns, keep: Bools) -> Columns:
    return replace(columns, values=columns.values[keep])


def _say(causes: dict[int, str], grouping: Grouping) -> None:
    """Say which groups the model cannot be estimated without."""
    if not causes:
        return
    few = ", ".join(str(grouping.labels[number]) for number in list(causes)[:SHOWN])
    few += ", ..." if len(causes) > SHOWN else ""
    warnings.warn(
        f"the model cannot be estimated without group {few} of {grouping.name!r} "
        f"({next(iter(causes.values()))}): what leaving out would do is missing (NaN)",
        UserWarning,
        stacklevel=3,
    )
