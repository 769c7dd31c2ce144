r"""What can be said about a fitted model: tests, intervals, shares of variance.

Intervals of variance components rest on the observed information in
:math:`\eta = (\log\mathrm{sd},\ \operatorname{artanh}\mathrm{cor},\ \log\sigma)`, where the
likelihood is closest to normal. With :math:`d` the deviance after the fixed effects are taken
out, :math:`\operatorname{var}(\hat\eta) = 2\,(\partial^2d/\partial\eta^2)^{-1}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import erfc, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import bootstrap, profile
from .arguments import check_coverage
from .degrees import UnknownError, standard_errors
from .design import Grouping
from .engine import joint
from .errors import DataError, FitError, FormulaError, did_you_mean
from .likelihood.curvature import Components, component_covariance
from .parameters import RHO, has_one_icc, parameters, weight
from .robust import robust_degrees

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .arrays import Floats
    from .result import Fit
    from .result.partitioned import Partitioned

__all__ = ["confint", "design_effect", "icc", "reliability", "summary", "vpc"]

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


def icc(fit: Partitioned) -> float:
    """Do the work of :meth:`mlmbook.Fit.icc`."""
    if any(grouping.special is not None for grouping in fit.design.groupings):
        raise FormulaError(
            "observations that share some of their units, or are in districts near each other, "
            "have no one correlation: vpc() gives the average share of variance between units"
        )
    if not _random_intercept(fit):
        raise FormulaError(
            "the intraclass correlation is one number only for a model with one random intercept "
            f"and no other random effect, which {fit.formula!r} is not: use vpc(at=...)"
        )
    residual = fit.residual
    if residual is not None and (residual.variances or residual.by_occasion):
        raise FormulaError(
            f"with {residual.parts[0]!r} the intraclass correlation differs between people: "
            "say whose, with vpc(at=...)"
        )
    _refuse_weights(fit, {})
    between = weight(fit) * float(fit.estimates.covariances[0][0, 0])
    return between / (between + fit.estimates.sigma2)


def _refuse_weights(fit: Partitioned, at: Mapping[str, Any]) -> None:
    """Raise if weights differ and it is not said which one is meant."""
    residual = fit.residual
    if residual is not None and residual.weight is None and residual.weights_column not in at:
        raise FormulaError(
            "the weights differ, and with them the variance within groups and its share: say for "
            f"which weight, e.g. vpc(at={{{residual.weights_column!r}: 1}})"
        )


def vpc(fit: Partitioned, at: Mapping[str, Any] | None) -> float | pd.Series[float]:
    """Do the work of :meth:`mlmbook.Fit.vpc`."""
    if at is None:
        constant = all(grouping.terms == ("Intercept",) for grouping in fit.design.groupings)
        _refuse_weights(fit, {})
        constant = constant and (fit.residual is None or fit.residual.one_variance)
        if not constant:
            raise FormulaError(
                "with random slopes, or level-1 variances that differ, the share of variance "
                "between groups depends on the predictors: say where, e.g. vpc(at={'x': 0})"
            )
        at = {}
    if not isinstance(at, Mapping):
        raise FormulaError(f"at says where, as in vpc(at={{'x': 0}}); got {at!r}")
    _refuse_weights(fit, at)
    scalar = all(np.ndim(value) == 0 for value in at.values())
    columns = {name: np.atleast_1d(value) for name, value in at.items()}
    if len({len(column) for column in columns.values()}) > 1:
        raise FormulaError(f"vpc(at=...) needs equally many values of each predictor; got {at!r}")
    frame = pd.DataFrame(columns) if columns else pd.DataFrame(index=[0])
    between = np.zeros(len(frame))
    try:
        for number, grouping in enumerate(fit.design.groupings):
            z = np.hstack([part.remake(frame) for part in grouping.parts])
            scale = float(grouping.scale(fit.estimates.rhos[number]).mean())
            between += scale * np.einsum("na,ab,nb->n", z, fit.estimates.covariances[number], z)
        relative = 1.0 if fit.residual is None else fit.residual.variance_function(frame)
    except FormulaError as error:
        raise FormulaError(f"vpc(at=...) must say where each predictor is: {error}") from error
    share = between / (between + fit.estimates.sigma2 * relative)
    if scalar:
        return float(share[0])
    if len(at) == 1:
        return pd.Series(share, index=pd.Index(frame.iloc[:, 0]), name="vpc")
    return pd.Series(share, index=pd.MultiIndex.from_frame(frame), name="vpc")


def reliability(fit: Partitioned, group: str | None, term: str | None) -> pd.DataFrame:
    """Do the work of :meth:`mlmbook.Fit.reliability`."""
    number, grouping = find_grouping(fit, group)
    if term is None:
        term = grouping.terms[0]
    if term not in grouping.terms:
        raise FormulaError(
            f"{term!r} is not a random effect of {grouping.name!r}"
            f"{did_you_mean(term, grouping.terms)} (random effects: {', '.join(grouping.terms)})"
        )
    at = grouping.terms.index(term)
    total = fit.estimates.covariances[number][at, at]
    C = grouping.correlations(fit.estimates.rhos[number])
    before = total * (np.ones(grouping.ngroups) if C is None else np.diagonal(C))
    left = fit.estimates.conditional_variances[number][:, at, at]
    known = 1 - left / before if total > 0 else np.zeros(grouping.ngroups)
    return pd.DataFrame({"n": grouping.sizes, "reliability": known}, index=grouping.labels)


def find_grouping(fit: Partitioned, group: str | None) -> tuple[int, Grouping]:
    """Return the position and the grouping factor that is asked for."""
    names = [grouping.name for grouping in fit.design.groupings]
    if not names:
        raise FormulaError(f"{fit.formula!r} has no random term, so groups have no effects")
    if group is None:
        if len(names) > 1:
            raise FormulaError(
                f"choose a grouping factor: group={names[0]!r} or another of {names}"
            )
        group = names[0]
    if group not in names:
        raise FormulaError(
            f"{group!r} is not a grouping factor of the model{did_you_mean(group, names)} "
            f"(factors: {', '.join(names)})"
        )
    return names.index(group), fit.design.groupings[names.index(group)]


def design_effect(m: ArrayLike, rho: ArrayLike) -> Any:
    r"""Return by how much clustering multiplies the variance of a mean.

    Parameters
    ----------
    m : float or array
        Observations a group.
    rho : float or array
        Intraclass correlation.

    Returns
    -------
    float or array
        Kish's :math:`1 + (m - 1)\rho`.

    Examples
    --------
    >>> design_effect(20, 0.05)
    1.95
    """
    try:
        size, correlation = np.asarray(m, dtype=float), np.asarray(rho, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"m and rho must be numbers, got m={m!r} and rho={rho!r}") from error
    if not (size >= 1).all():
        raise DataError(f"a group has at least one observation, got m={m!r}")
    if not ((correlation >= -1) & (correlation <= 1)).all():
        raise DataError(f"an intraclass correlation lies between -1 and 1, got rho={rho!r}")
    effect = 1 + (size - 1) * correlation
    return float(effect) if effect.ndim == 0 else effect


def _random_intercept(fit: Partitioned) -> bool:
    return [grouping.terms for grouping in fit.design.groupings] == [("Intercept",)]


def _quantile(ci: float) -> float:
    return NormalDist().inv_cdf((1 + ci) / 2)


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))
