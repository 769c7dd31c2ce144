r"""Predictions and simulated responses.

For a row with columns *x* and *z* in group *j*: :math:`x'\hat\beta + z'\hat b_j` with the
random effects of its group, :math:`x'\hat\beta` without. The error of the first has variance
:math:`\sigma^2z'E_jz + a'\operatorname{var}(\hat\beta)a`
(:meth:`mlmbook.likelihood.estimates.Estimates.prediction_variance`), that of the second
:math:`x'\operatorname{var}(\hat\beta)x`.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .design import Design
from .errors import DataError
from .likelihood.estimates import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .result import Fit

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]

__all__ = ["conditional", "predict", "simulate"]

LEVELS = ("conditional", "population")
INTERVALS = (None, "confidence", "prediction")


def conditional(design: Design, estimates: Estimates) -> Floats:
    """Return the fitted values of the rows used, random effects included."""
    fitted = design.X @ estimates.beta
    for number, grouping in enumerate(design.groupings):
        fitted += np.einsum("nk,nk->n", grouping.Z, estimates.modes(number)[grouping.codes])
    return fitted


def predict(
    fit: Fit, newdata: pd.DataFrame | None, *, level: str, interval: str | None
) -> pd.Series[float] | pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.predict`."""
    if level not in LEVELS:
        raise DataError(f"level must be 'conditional' or 'population', got {level!r}")
    if interval not in INTERVALS:
        raise DataError(f"interval must be 'confidence' or 'prediction' or None, got {interval!r}")
    X, Zs, codes, index = _columns(fit.design, newdata, level)
    mean = X @ fit.estimates.beta
    for number, (Z, code) in enumerate(zip(Zs, codes, strict=True)):
        modes = np.where(code[:, None] >= 0, fit.estimates.modes(number)[code], 0)
        mean += np.einsum("nk,nk->n", Z, modes)
    prediction = pd.Series(mean, index=index, name=fit.response)
    prediction.attrs["messages"] = _unknown(fit.design, codes) if level == "conditional" else []
    if interval is None:
        return prediction
    variance = _variance(fit, X, Zs, codes, level, new=interval == "prediction")
    reach = NormalDist().inv_cdf((1 + fit.ci) / 2) * np.sqrt(variance)
    table = pd.DataFrame(
        {"prediction": mean, "se": np.sqrt(variance), "low": mean - reach, "high": mean + reach},
        index=index,
    )
    table.attrs["messages"] = prediction.attrs["messages"]
    return table


def _columns(
    design: Design, newdata: pd.DataFrame | None, level: str
) -> tuple[Floats, list[Floats], list[Codes], pd.Index[int]]:
    """Return X, the Z and the codes of each factor (-1 = no known group), and the index."""
    if newdata is None:
        X, index = design.X, design.index
        Zs = [grouping.Z for grouping in design.groupings]
        codes = [grouping.codes for grouping in design.groupings]
    else:
        if not isinstance(newdata, pd.DataFrame):
            raise DataError(f"newdata must be a pandas DataFrame, got {type(newdata).__name__}")
        X, index = design.fixed.remake(newdata), newdata.index
        Zs = [
            np.hstack([part.remake(newdata) for part in grouping.parts])
            for grouping in design.groupings
        ]
        if level == "conditional":
            codes = [grouping.find(newdata) for grouping in design.groupings]
    if level == "population":
        codes = [np.full(len(X), -1) for _ in design.groupings]
    return X, Zs, codes, index


def _variance(
    fit: Fit, X: Floats, Zs: list[Floats], codes: list[Codes], level: str, *, new: bool
) -> Floats:
    estimates = fit.estimates
    if level == "population" and not new:
        return np.einsum("np,pq,nq->n", X, estimates.vcov, X)
    variance = estimates.prediction_variance(X, Zs[0], codes[0])
    return variance + estimates.sigma2 if new else variance


def _unknown(design: Design, codes: list[Codes]) -> list[str]:
    return [
        f"{(code < 0).sum()} rows are in groups of {grouping.name!r} that were not fitted: they "
        "get the prediction of an average group"
        for grouping, code in zip(design.groupings, codes, strict=True)
        if (code < 0).any()
    ]


def simulate(fit: Fit, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.simulate`."""
    if n < 1:
        raise DataError(f"the number of draws must be at least 1, got {n!r}")
    design, estimates = fit.design, fit.estimates
    mean = design.X @ estimates.beta
    draws = np.empty((n, len(mean)))
    roots = [_root(estimates.covariance(number)) for number in range(len(design.groupings))]
    for draw in draws:
        draw[:] = mean + rng.normal(0, fit.sigma, len(mean))
        for grouping, root in zip(design.groupings, roots, strict=True):
            effects = rng.normal(size=(grouping.ngroups, len(root))) @ root.T
            draw += np.einsum("nk,nk->n", grouping.Z, effects[grouping.codes])
    return pd.DataFrame(draws.T, index=design.index)


def _root(covariance: Floats) -> Floats:
    """Return a square root of a covariance matrix, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0))
