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

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .arguments import check_fit
from .errors import FitError
from .fit import fit
from .marginal import Marginal

if TYPE_CHECKING:
    from .arrays import Codes, Floats
    from .result import Fit

__all__ = ["influence"]


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
        exact, ``sigma`` without the group (unless it is known).

    Warns
    -----
    SingularFitWarning, ConvergenceWarning
        As :func:`mlmbook.fit` does, for a fit without a group.
    """
    if method not in ("exact", "one-step"):
        raise FitError(f"method={method!r} is not available; choose 'exact' or 'one-step'")
    check_fit(model)
    marginal = Marginal.of(model)
    columns: dict[str, Floats] = {}
    if method == "exact":
        fits = [_without(model, rows) for rows in marginal.rows]
        change = np.array([one.estimates.beta for one in fits]) - model.estimates.beta
        if model.residual is None or not model.residual.sigma_known:
            columns["sigma"] = np.array([one.sigma for one in fits])
    else:
        change = _one_step(marginal)
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


def _one_step(marginal: Marginal) -> Floats:
    whole = np.linalg.inv(marginal.vcov)
    changes = []
    for X, V, r in zip(marginal.X, marginal.V, marginal.residuals, strict=True):
        WX = np.linalg.solve(V, X)
        changes.append(-np.linalg.solve(whole - X.T @ WX, WX.T @ r))
    return np.array(changes)


def _without(model: Fit, rows: Codes) -> Fit:
    """Fit the model again without some rows."""
    keep = np.ones(model.nobs, dtype=bool)
    keep[rows] = False
    residual = model.residual
    return fit(
        model.formula,
        model.design.data[keep],
        reml=model.reml,
        residual=None if residual is None else residual.parts,
        weights=None if residual is None else residual.weights_column,
        offset=model.design.offset_column,
        ci=model.ci,
    )
