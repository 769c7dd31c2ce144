r"""How sure the estimates are: tests and intervals.

Intervals of variance components rest on the observed information in
:math:`\eta = (\log\mathrm{sd},\ \operatorname{artanh}\mathrm{cor},\ \log\sigma)`, where the
likelihood is closest to normal. With :math:`d` the deviance after the fixed effects are taken
out, :math:`\operatorname{var}(\hat\eta) = 2\,(\partial^2d/\partial\eta^2)^{-1}`.
"""

from __future__ import annotations

from math import erfc, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import bootstrap, profile
from .arguments import check_coverage
from .degrees import UnknownError, standard_errors
from .engine import joint
from .errors import FitError
from .likelihood.curvature import Components, component_covariance
from .parameters import RHO, has_one_icc, parameters, weight
from .robust import robust_degrees

if TYPE_CHECKING:
    from .arrays import Floats
    from .result import Fit

__all__ = ["confint", "summary"]

SUMMARY = pd.Index(["estimate", "se", "df", "statistic", "p", "low", "high"])
INTERVALS = ("wald", "profile", "bootstrap")


def summary(fit: Fit, df: str, se_kind: str = "model") -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.summary`."""
    messages = []
    if se_kind == "model":
        try:
            se, degrees = standard_errors(fit, df)
        except UnknownError as error:
            messages.append(f"{error}; the normal distribution is used instead")
            df = "wald"
            se, degrees = standard_errors(fit, df)
    else:
        if df not in ("wald", "satterthwaite"):
            raise FitError(
                f"df={df!r} belongs to the model's standard errors; with se={se_kind!r} use "
                "df='satterthwaite' or df='wald'"
            )
        se, degrees = robust_degrees(fit, se_kind)
        if df == "wald":
            degrees = np.full(len(se), np.inf)
    estimate = fit.estimates.beta
    statistic = estimate / se
    if df == "wald":
        p = [erfc(abs(z) / sqrt(2)) for z in statistic]
        reach = _quantile(fit.ci) * se
    else:
        from scipy.special import stdtr, stdtrit  # only these methods need it

        p = (2 * stdtr(degrees, -np.abs(statistic))).tolist()
        reach = stdtrit(degrees, (1 + fit.ci) / 2) * se
    columns = [estimate, se, degrees, statistic, p, estimate - reach, estimate + reach]
    table = pd.DataFrame(np.array(columns).T, list(fit.design.names), SUMMARY.copy())
    table.attrs.update(df=df, se=se_kind)
    if messages:
        table.attrs["messages"] = messages
    return table


def confint(
    fit: Fit, method: str, ci: float, *, n: int = 1000, rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.confint`."""
    if method not in INTERVALS:
        raise FitError(f"method={method!r} is not available; choose one of {INTERVALS}")
    check_coverage(ci)
    if method == "bootstrap":
        table = parameters(fit).to_frame()
        drawn = bootstrap.draws(fit, n, np.random.default_rng(rng))
        table[["low", "high"]] = bootstrap.quantiles(drawn, ci)
    else:
        table = _wald(fit, ci)
    if method == "profile":
        table[["low", "high"]] = profile.limits(fit, ci)
    table.attrs["method"] = method
    return table


def _wald(fit: Fit, ci: float) -> pd.DataFrame:
    reach = _quantile(ci)
    estimate, se = fit.estimates.beta, np.sqrt(np.diagonal(fit.estimates.vcov))
    rows = [
        (name, b, b - reach * s, b + reach * s)
        for name, b, s in zip(fit.design.names, estimate, se, strict=True)
    ]
    rows += _component_rows(fit, reach)
    table = pd.DataFrame(rows, columns=["name", "estimate", "low", "high"]).set_index("name")
    table.index.name = None
    return table


def _component_rows(fit: Fit, reach: float) -> list[tuple[str, float, float, float]]:
    scale, vcov = component_covariance(joint(fit))
    spread = np.sqrt(np.diagonal(vcov))
    rows = []
    last = len(scale) - 1
    for i in range(last if fit.residual is not None else last + 1):
        back, center, half = scale.natural(i), scale.eta[i], reach * spread[i]
        name = _component_name(fit, scale, i)
        rows.append((name, back(center), back(center - half), back(center + half)))
    if fit.residual is not None:
        x = np.append(scale.eta[last], fit.residual.phi)
        own = vcov[last : last + len(x), last : last + len(x)].copy()
        held = np.isnan(np.diagonal(own))
        if not held[0]:  # what is on its bound counts as known
            own[held], own[:, held] = 0.0, 0.0
        for quantity in fit.residual.quantities():
            if quantity.value(x) in quantity.bounds:
                rows.append((quantity.name, quantity.value(x), np.nan, np.nan))
                continue
            slopes, center = quantity.slopes(x), quantity.eta(x)
            half = reach * float(np.sqrt(slopes @ own @ slopes))
            limits = quantity.natural(center - half), quantity.natural(center + half)
            rows.append((quantity.name, quantity.natural(center), *limits))
    rows += _rho_rows(fit, vcov, reach)
    if has_one_icc(fit):
        # logit(icc) = 2 log(sd_u) - 2 log(sd_e) + log(weight)
        logit = 2 * (scale.eta[0] - scale.eta[last]) + np.log(weight(fit))
        se = 2 * np.sqrt(vcov[0, 0] + vcov[last, last] - 2 * vcov[0, last])
        low, high = _logistic(logit - reach * se), _logistic(logit + reach * se)
        rows.append(("icc", _logistic(logit), low, high))
    return rows


def _rho_rows(fit: Fit, vcov: Floats, reach: float) -> list[tuple[str, float, float, float]]:
    """Return the intervals of spatial parameters, by the logit of their place in their range."""
    groupings, rhos = fit.design.groupings, fit.estimates.rhos
    rows = []
    estimated = [
        (grouping, grouping.spatial, rho)
        for grouping, rho in zip(groupings, rhos, strict=True)
        if grouping.spatial is not None and grouping.spatial.estimated
    ]
    for at, (grouping, spatial, rho) in enumerate(estimated, len(vcov) - len(estimated)):
        length = spatial.high - spatial.low
        place = (rho - spatial.low) / length
        name, se = f"{RHO}({grouping.name})", float(np.sqrt(vcov[at, at]))
        known = float(parameters(fit)[name])
        if not 0 < place < 1 or not np.isfinite(se):
            rows.append((name, known, np.nan, np.nan))
            continue
        center, half = np.log(place / (1 - place)), reach * se / (length * place * (1 - place))
        low, high = (
            spatial.low + length * _logistic(end) for end in (center - half, center + half)
        )
        rows.append((name, known, low, high))
    return rows


def _component_name(fit: Fit, scale: Components, i: int) -> str:
    if scale.factor[i] < 0:
        return "var(Residual)"
    grouping = fit.design.groupings[scale.factor[i]]
    a, b = grouping.terms[scale.first[i]], grouping.terms[scale.second[i]]
    return f"var({a} | {grouping.name})" if a == b else f"cor({a}, {b} | {grouping.name})"


def _quantile(ci: float) -> float:
    return NormalDist().inv_cdf((1 + ci) / 2)


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))
