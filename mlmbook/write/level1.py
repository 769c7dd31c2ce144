"""The level-1 part of a model as the writers see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlmbook.residual.ar1 import AR1, Autoregression
from mlmbook.residual.compound_symmetry import CompoundSymmetry
from mlmbook.residual.known_variance import KnownVariance
from mlmbook.residual.structure import Correlation
from mlmbook.residual.unstructured import Occasions, Unstructured
from mlmbook.residual.variance_by import VarianceBy
from mlmbook.residual.variance_power import VariancePower

if TYPE_CHECKING:
    from mlmbook.result import Fit

__all__ = ["LevelOne", "Steps"]


@dataclass(frozen=True)
class Steps:
    """The times of an autoregression."""

    time: str
    first: float
    step: float
    """The usual gap."""
    even: bool
    """Whether all gaps are multiples of it."""
    last: int
    """Number of the last time, in steps from the first."""
    complete: bool
    """Whether no group skips a time."""
    all_seen: bool
    """Whether every step from the first time to the last is in the data."""

    @property
    def counted(self) -> bool:
        """Whether the column itself counts the steps."""
        return self.step == 1 and self.first == round(self.first)


@dataclass(frozen=True)
class LevelOne:
    """What is said of the residuals, beyond one variance."""

    strata: tuple[tuple[str, ...], ...]
    """For each :class:`mlmbook.VarianceBy` its factors."""
    powers: tuple[str | None, ...]
    """For each :class:`mlmbook.VariancePower` its covariate; None for the fitted value."""
    correlation: Correlation | None
    group: str | None
    """The groups within which residuals correlate."""
    weights: str | None
    steps: Steps | None
    """For :class:`mlmbook.AR1`."""
    known: str | None = None
    """For :class:`mlmbook.KnownVariance` its column."""

    @classmethod
    def of(cls, fit: Fit) -> LevelOne:
        """Describe a fit."""
        if fit.residual is None:
            return cls((), (), None, None, None, None)
        parts = fit.residual.parts
        found = [part for part in parts if isinstance(part, Correlation)]
        correlation = found[0] if found else None
        bound = fit.residual.covariance
        return cls(
            tuple(part.factors for part in parts if isinstance(part, VarianceBy)),
            tuple(part.covariate for part in parts if isinstance(part, VariancePower)),
            correlation,
            None if fit.residual.within is None else fit.residual.within.name,
            fit.residual.weights_column,
            _steps(fit, bound) if isinstance(bound, Autoregression) else None,
            next((part.column for part in parts if isinstance(part, KnownVariance)), None),
        )

    @property
    def plain(self) -> bool:
        """Whether residuals are independent with one variance."""
        return not self.varies and self.correlation is None

    @property
    def varies(self) -> bool:
        """Whether variances differ by weights or a variance function."""
        return bool(self.modeled or self.weights)

    @property
    def modeled(self) -> bool:
        """Whether variances are those of a function, or known."""
        return bool(self.strata or self.powers or self.known)

    @property
    def autoregressive(self) -> bool:
        """Whether the correlation is an autoregression."""
        return isinstance(self.correlation, AR1)

    @property
    def nugget(self) -> bool:
        """Whether a part of an autoregressive residual is noise without memory."""
        return isinstance(self.correlation, AR1) and self.correlation.nugget

    @property
    def of_fitted(self) -> bool:
        """Whether the variance is a power of the fitted value."""
        return None in self.powers

    @property
    def exchangeable(self) -> bool:
        """Whether all pairs of a group correlate alike."""
        return isinstance(self.correlation, CompoundSymmetry)

    @property
    def occasion(self) -> str | None:
        """The occasions of an unstructured covariance matrix."""
        return self.correlation.occasion if isinstance(self.correlation, Unstructured) else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that level 1 needs."""
        names = [name for factors in self.strata for name in factors]
        names += [name for name in self.powers if name is not None]
        names += [*(() if self.correlation is None else self.correlation.columns)]
        names += [name for name in (self.weights, self.known) if name is not None]
        return tuple(dict.fromkeys(names))

    @property
    def words(self) -> str:
        """What a program must be able to say, e.g. ``"AR1('year')"``."""
        parts = [f"VarianceBy({', '.join(map(repr, factors))})" for factors in self.strata]
        parts += [f"VariancePower({'' if name is None else repr(name)})" for name in self.powers]
        parts += [] if self.correlation is None else [repr(self.correlation)]
        parts += [] if self.weights is None else ["weights"]
        parts += [] if self.known is None else [f"KnownVariance({self.known!r})"]
        return " with ".join(parts)


def labels_of(fit: Fit) -> tuple[object, ...]:
    """Return the occasions of an unstructured covariance matrix."""
    bound = None if fit.residual is None else fit.residual.covariance
    return bound.labels if isinstance(bound, Occasions) else ()


def _steps(fit: Fit, bound: Autoregression) -> Steps:
    values = fit.design.data[bound.time].to_numpy(dtype=float)
    times = np.unique(values)
    number = np.round((times - times[0]) / bound.step).astype(int)
    where = values[bound.places.rows]
    where = np.sort(np.where(bound.places.used, where, np.nan), axis=1)
    gaps = np.diff(where, axis=1)
    gaps = gaps[~np.isnan(gaps)]
    return Steps(
        bound.time,
        float(times[0]),
        bound.step,
        bound.even,
        int(number[-1]),
        bool(np.allclose(gaps, bound.step)),
        bound.even and len(np.unique(number)) == number[-1] + 1,
    )
