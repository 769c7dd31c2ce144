r"""Variances as functions of a predictor.

Where a slope varies between groups, so does the variance between groups along the predictor [1]_:
with :math:`z` the row of a random part,

.. math:: v(x) = z(x)'\Omega z(x) = \sigma^2_{u0} + 2\sigma_{u01}x + \sigma^2_{u1}x^2

for :math:`z=(1,x)`. It is least at :math:`x^*=-\sigma_{u01}/\sigma^2_{u1}`, where
:math:`v(x^*)=\sigma^2_{u0}(1-\rho^2)`. The lines of two groups drawn at random cross at

.. math:: -\frac{u_{0j}-u_{0k}}{u_{1j}-u_{1k}} \sim
   \operatorname{Cauchy}\!\left(x^*,\ \sqrt{v(x^*)}/\sigma_{u1}\right),

a ratio of two normal variables with mean zero [2]_: half of all pairs of lines cross to the left of
:math:`x^*`, half to the right, and all of them at one point only if :math:`\rho=\pm1`.

Intervals are by the delta method, on the logarithm of a variance and the logit of a share, from
the observed information in the logarithms of standard deviations and Fisher's *z* of correlations.

References
----------
.. [1] Goldstein (2011), Multilevel Statistical Models, 4th ed., section 3.1;
   Snijders & Bosker (2012), Multilevel Analysis, 2nd ed., section 5.1.
.. [2] Hinkley (1969), Biometrika 56, 635-639.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import atan, pi
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .engine import joint
from .errors import DataError, FormulaError, did_you_mean
from .levels import lies_within
from .likelihood.curvature import component_covariance
from .residual.structure import Variance
from .residual.unstructured import Unstructured
from .residual.variance_by import VarianceBy

if TYPE_CHECKING:
    from .arrays import Floats
    from .design import Grouping
    from .result.partitioned import Partitioned

__all__ = ["VarianceFunction", "variance_function"]

POINTS = 101
"""Values of a numeric predictor, spread over its range in the data."""
STEP = 1e-5
STRAIGHT = 1e-9
"""Second differences of a straight line, relative to its size."""


@dataclass(frozen=True, eq=False, repr=False)
class VarianceFunction:
    """Variances of a fitted model along a predictor: see :meth:`Fit.variance_function`."""

    fit: Partitioned
    """The model."""
    x: str
    """The predictor."""
    at: Mapping[str, Any]
    """Values at which the other predictors are held."""
    table: pd.DataFrame
    """One row a value of x. Columns: the variance of each grouping factor and of the ``Residual``,
    their ``total``, and ``vpc``, the share of all grouping factors in it."""
    low: pd.DataFrame
    """Lower limits, in the shape of ``table``; missing where a component is on its boundary."""
    high: pd.DataFrame
    """Upper limits."""

    @property
    def minimum(self) -> pd.DataFrame:
        """Where the variance of each grouping factor with a random slope is least.

        Columns ``x``, ``low``, ``high`` (limits of that place), ``variance`` and ``sd`` there,
        ``inside`` (is it within the range of the data?) and ``crossing``, the share of all pairs
        of groups whose lines cross within the range of the data. Limits and crossing are missing
        where the random part is not a straight line in x; the place is then looked for among the
        values of the table.
        """
        return _minimum(self)

    def correlation(self, one: Any, two: Any) -> pd.DataFrame:
        r"""Return how far what happens at one value of x tells what happens at another.

        Parameters
        ----------
        one, two : float or str
            Two values of the predictor.

        Returns
        -------
        DataFrame
            One row a grouping factor. ``effects``: the correlation of the effects that a group has
            at the two values, :math:`z_1'\Omega z_2` over their standard deviations.
            ``outcomes``: the correlation of two observations of a group, one at each value; they
            also have in common what the group itself lies in.
        """
        return _correlation(self, one, two)

    def __repr__(self) -> str:
        first, last = self.table.index[0], self.table.index[-1]
        return f"VarianceFunction of {self.x!r} from {first} to {last}: {list(self.table.columns)}"

    def _repr_html_(self) -> str:
        rows = np.unique(np.linspace(0, len(self.table) - 1, 9).round().astype(int))
        return str(self.table.iloc[rows].to_html(float_format="{:.4g}".format))


def variance_function(
    fit: Partitioned, x: str, values: Sequence[Any] | None, at: Mapping[str, Any] | None
) -> VarianceFunction:
    """Do the work of :meth:`mlmbook.Fit.variance_function`."""
    for grouping in fit.design.groupings:
        if grouping.special is not None:
            raise FormulaError(
                f"the variance that rows get of {grouping.name!r} differs between rows, by their "
                "weights or their place on the map: vpc(at=...) gives the average"
            )
    known = _predictors(fit)
    if x not in known:
        raise FormulaError(
            f"no variance of {fit.formula!r} depends on {x!r}{did_you_mean(x, known)} "
            f"(variances depend on: {', '.join(known) or 'nothing'})"
        )
    held = _held(fit, [name for name in known if name != x], at or {})
    along = _values(fit, x, values)
    frame = _frame(fit, x, along, held)
    pieces = _Pieces.of(fit, frame)
    names = [*(grouping.name for grouping in fit.design.groupings), "Residual", "total", "vpc"]
    index = pd.Index(along, name=x)

    def table(columns: Floats) -> pd.DataFrame:
        return pd.DataFrame(columns.T, index=index, columns=names)

    estimate = pieces.all(fit.estimates.covariances, fit.estimates.sigma2)
    low, high = pieces.limits(fit, NormalDist().inv_cdf((1 + fit.ci) / 2))
    return VarianceFunction(fit, x, held, table(estimate), table(low), table(high))


@dataclass(frozen=True, eq=False)
class _Pieces:
    """What the variances at some values are made of."""

    Zs: list[Floats]
    level1: Floats
    """Variance at level 1 over sigma squared, one a value."""
    frame: pd.DataFrame
    """The values."""

    @classmethod
    def of(cls, fit: Partitioned, frame: pd.DataFrame) -> _Pieces:
        level1: Floats = np.ones(len(frame))
        if fit.residual is not None:
            level1 = fit.residual.variance_function(frame)
        return cls([_row(grouping, frame) for grouping in fit.design.groupings], level1, frame)

    def all(self, covariances: Sequence[Floats], sigma2: float) -> Floats:
        """Return variances by factor, at level 1, their total and the share of the factors."""
        by_factor = [
            np.einsum("na,ab,nb->n", Z, omega, Z)
            for Z, omega in zip(self.Zs, covariances, strict=True)
        ]
        between, within = sum(by_factor, np.zeros(len(self.level1))), sigma2 * self.level1
        return np.array([*by_factor, within, between + within, between / (between + within)])

    def limits(self, fit: Partitioned, reach: float) -> tuple[Floats, Floats]:
        """Return the limits of all of them: variances on the log scale, shares on the logit."""
        whole = joint(fit)
        scale, vcov = component_covariance(whole)

        def transformed(x: Floats) -> Floats:
            eta, phi = np.split(x, [len(scale)])
            pieces = self
            if len(phi) and fit.residual is not None:
                level1 = replace(fit.residual, phi=phi).variance_function(self.frame)
                pieces = replace(self, level1=level1)
            values = pieces.all(scale.at(eta), float(np.exp(2 * eta[-1])))
            with np.errstate(divide="ignore"):  # a variance of zero has no interval
                values[:-1] = np.log(values[:-1])
                values[-1] = np.log(values[-1]) - np.log1p(-values[-1])
            return values

        x = np.append(scale.eta, whole.phi)
        center = transformed(x)
        half = reach * _standard_errors(transformed, x, vcov)
        ends = []
        for end in (center - half, center + half):
            end[:-1], end[-1] = np.exp(end[:-1]), 1 / (1 + np.exp(-end[-1]))
            ends.append(end)
        return ends[0], ends[1]


def _standard_errors(function: Callable[[Floats], Floats], eta: Floats, vcov: Floats) -> Floats:
    """Return standard errors of functions of the components, by the delta method."""
    with np.errstate(invalid="ignore"):  # on the boundary there is no slope, and no interval
        slopes = np.array(
            [(function(eta + h) - function(eta - h)) / (2 * STEP) for h in STEP * np.eye(len(eta))]
        )
    errors: Floats = np.sqrt(np.einsum("a...,ab,b...->...", slopes, vcov, slopes))
    return errors


# ---- least variance, crossing lines, correlation --------------------------------------------


def _minimum(function: VarianceFunction) -> pd.DataFrame:
    fit, x = function.fit, function.x
    column = fit.data[x]
    rows = {}
    if column.dtype.kind in "iuf":
        ends = float(column.min()), float(column.max())
        for number, grouping in enumerate(fit.design.groupings):
            z = _row(grouping, _frame(fit, x, [*ends, sum(ends) / 2], function.at))
            if np.abs(z[1] - z[0]).max() > 0:
                rows[grouping.name] = _least(function, number, z, ends)
    columns = ["x", "low", "high", "variance", "sd", "inside", "crossing"]
    table = pd.DataFrame(list(rows.values()), index=list(rows), columns=columns)
    return table.astype({"inside": bool})


def _least(
    function: VarianceFunction, number: int, z: Floats, ends: tuple[float, float]
) -> tuple[float, float, float, float, float, bool, float]:
    """Return one row of the table of minima; `z` has the rows at both ends and in the middle."""
    fit, (first, last) = function.fit, ends
    if np.abs(z[0] + z[1] - 2 * z[2]).max() > STRAIGHT * np.abs(z).max():
        found = function.table[fit.design.groupings[number].name]
        place, variance = float(found.idxmin()), float(found.min())
        inside = first <= place <= last
        return place, np.nan, np.nan, variance, float(np.sqrt(variance)), inside, np.nan
    slope = (z[1] - z[0]) / (last - first)
    origin = z[0] - first * slope

    def place_at(omega: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):  # no variance: no place
            return np.asarray(-(origin @ omega @ slope) / (slope @ omega @ slope))

    omega = fit.estimates.covariances[number]
    place = float(place_at(omega))
    scale, vcov = component_covariance(joint(fit))
    own = vcov[: len(scale), : len(scale)]
    se = _standard_errors(lambda eta: place_at(scale.at(eta)[number]), scale.eta, own)
    reach = NormalDist().inv_cdf((1 + fit.ci) / 2) * float(se)
    there = origin + place * slope
    sd = float(np.sqrt(max(there @ omega @ there, 0.0)))
    spread = sd / float(np.sqrt(slope @ omega @ slope)) if np.isfinite(place) else np.nan
    crossing = _cauchy(last, place, spread) - _cauchy(first, place, spread)
    return place, place - reach, place + reach, sd**2, sd, first <= place <= last, crossing


def _cauchy(x: float, center: float, spread: float) -> float:
    """Return the distribution function of the Cauchy distribution."""
    if spread == 0:
        return float(x >= center)
    return 0.5 + atan((x - center) / spread) / pi


def _correlation(function: VarianceFunction, one: Any, two: Any) -> pd.DataFrame:
    fit = function.fit
    along = _values(fit, function.x, [one, two])
    pieces = _Pieces.of(fit, _frame(fit, function.x, along, function.at))
    groupings, omegas = fit.design.groupings, fit.estimates.covariances
    shared = [Z[0] @ omega @ Z[1] for Z, omega in zip(pieces.Zs, omegas, strict=True)]
    variances = pieces.all(omegas, fit.estimates.sigma2)
    rows = {}
    for number, grouping in enumerate(groupings):
        both = float(np.sqrt(variances[number].prod()))
        common = sum(
            value
            for value, other in zip(shared, groupings, strict=True)
            if other is grouping or lies_within(grouping, other)
        )
        total = float(np.sqrt(variances[-2].prod()))
        effects = float(shared[number]) / both if both > 0 else np.nan
        rows[grouping.name] = effects, float(common) / total
    return pd.DataFrame.from_dict(rows, orient="index", columns=["effects", "outcomes"])


# ---- where --------------------------------------------------------------------------------


def _predictors(fit: Partitioned) -> list[str]:
    """Return the columns on which a variance depends, random slopes first."""
    found = [
        name
        for grouping in fit.design.groupings
        for part in grouping.parts
        for name in part.variables
    ]
    if fit.residual is not None:
        parts = [part for part in fit.residual.parts if isinstance(part, Variance | Unstructured)]
        found += [name for part in parts for name in part.columns]
    return list(dict.fromkeys(found))


def _is_discrete(fit: Partitioned, name: str) -> bool:
    """Return whether only values that are in the data make sense for a predictor."""
    parts = () if fit.residual is None else fit.residual.parts
    by_value = [part for part in parts if isinstance(part, VarianceBy | Unstructured)]
    strata = [column for part in by_value for column in part.columns]
    column = fit.data[name]
    return name in strata or column.dtype.kind not in "iuf" or column.nunique() <= 2


def _held(fit: Partitioned, names: Sequence[str], at: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each of the other predictors."""
    for name in at:
        if name not in names:
            raise DataError(
                f"at= holds {name!r}, on which no other variance depends"
                f"{did_you_mean(name, names)} (to be held: {', '.join(names) or 'nothing'})"
            )
    return {name: at.get(name, _typical(fit, name)) for name in names}


def _typical(fit: Partitioned, name: str) -> Any:
    """Return the mean of numbers, the first level of a category."""
    levels = fit.categorical.get(name, fit.categorical.get(f"C({name})"))
    if levels is not None:
        return levels[0]
    column = fit.data[name]
    return sorted(column.unique())[0] if _is_discrete(fit, name) else float(column.mean())


def _values(fit: Partitioned, x: str, values: Sequence[Any] | None) -> list[Any]:
    column = fit.data[x]
    numeric = column.dtype.kind in "iuf"
    if values is None:
        if _is_discrete(fit, x):
            return sorted(column.unique())
        return list(np.linspace(float(column.min()), float(column.max()), POINTS))
    found = list(np.atleast_1d(np.asarray(values, dtype=float if numeric else object)))
    if not found or (numeric and not np.isfinite(found).all()):
        raise DataError(f"values must be values of {x!r}; got {values!r}")
    return found


def _frame(fit: Partitioned, x: str, along: Sequence[Any], held: Mapping[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame({x: list(along)})
    for name, value in held.items():
        frame[name] = value
    return frame


def _row(grouping: Grouping, frame: pd.DataFrame) -> Floats:
    """Return the rows of the random part."""
    return np.hstack([part.remake(frame) for part in grouping.parts])
