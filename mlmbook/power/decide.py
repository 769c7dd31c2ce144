r"""The test of one data set, and whether it rejects.

A fixed effect is tested by :math:`t=\hat\beta/\mathrm{se}` (Wald, Satterthwaite, Kenward-Roger),
a variance by the likelihood ratio against the model without that random effect. With *r*
covariances that go with the variance, the ratio is distributed as
:math:`\tfrac12\chi^2_r+\tfrac12\chi^2_{r+1}` where the variance is zero [1]_.

References
----------
.. [1] Self & Liang (1987), J. Am. Stat. Assoc. 82, 605-610; Stram & Lee (1994), Biometrics 50,
   1171-1177.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import erfc, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import chdtrc, stdtr

from ..errors import FormulaError, MlmbookError, did_you_mean
from ..likelihood.basis import NoVariationError, RankError
from ..likelihood.kenward_roger import SizeError, kenward_roger
from ..likelihood.link import TooLargeError
from ..likelihood.satterthwaite import FlatError, satterthwaite

if TYPE_CHECKING:
    from ..likelihood.estimates import Effects, Estimates
    from .arrays import Arrays, Cell, Source

__all__ = ["Outcome", "Trial"]

FAILURES = (
    *(MlmbookError, RankError, NoVariationError, FlatError, np.linalg.LinAlgError),
    *(SizeError, TooLargeError),
)
"""What can be wrong with a drawn data set: no variation, a flat likelihood, too many groups."""


class Outcome(NamedTuple):
    """What came of one replicate."""

    rejected: bool
    singular: bool = False
    not_converged: bool = False
    failure: str = ""


@dataclass(frozen=True)
class Trial:
    """Draw, fit and test: all that a replicate needs."""

    source: Source
    test: str
    """A fixed effect, or a variance, ``var(term | group)``."""
    df: str
    alpha: float
    reml: bool

    def run(self, cell: Cell, rng: np.random.Generator) -> Outcome:
        """Run one replicate."""
        try:
            arrays = self.source.draw(cell, rng)
            estimates = arrays.fit(reml=self.reml)
            p = self._p(arrays, estimates)
        except FAILURES as error:
            return Outcome(rejected=False, failure=f"{type(error).__name__}: {error}")
        return Outcome(bool(p < self.alpha), estimates.singular, not estimates.converged)

    def check(self, cell: Cell, rng: np.random.Generator) -> None:
        """Draw one data set and see that it has what is tested, errors and all."""
        arrays = self.source.draw(cell, rng)
        names = [*arrays.names, *(name for names in arrays.variances for name in names)]
        if self.test not in names:
            raise FormulaError(
                f"{self.test!r} is neither a fixed effect nor a variance of the model"
                f"{did_you_mean(self.test, names)} (choose from: {', '.join(names)})"
            )

    def _p(self, arrays: Arrays, estimates: Estimates) -> float:
        if self.test in arrays.names:
            return self._fixed(arrays.names.index(self.test), estimates)
        for number, names in enumerate(arrays.variances):
            if self.test in names:
                return self._variance(arrays, estimates, number, names.index(self.test))
        raise FormulaError(f"{self.test!r} is not in a drawn data set")

    def _fixed(self, at: int, estimates: Estimates) -> float:
        if self.df == "kenward-roger":
            vcov, degrees = kenward_roger(estimates)
        else:
            vcov = estimates.vcov
        statistic = abs(float(estimates.beta[at])) / sqrt(vcov[at, at])
        if self.df == "wald":
            return erfc(statistic / sqrt(2))
        if self.df == "satterthwaite":
            degrees = satterthwaite(estimates)
        return float(2 * stdtr(degrees[at], -statistic))

    def _variance(self, arrays: Arrays, estimates: Estimates, factor: int, column: int) -> float:
        effects = list(arrays.effects)
        covariances = next(len(b) for b in effects[factor].blocks if column in b) - 1
        left = _without(effects[factor], column)
        effects[factor : factor + 1] = [left] if left.blocks else []
        null = arrays.fit(reml=self.reml, effects=effects)
        chisq = max(null.deviance - estimates.deviance, 0.0)
        tails = [float(chdtrc(df, chisq)) for df in (covariances, covariances + 1) if df]
        return sum(tails) / 2 if chisq > 0 else 1.0


def _without(effects: Effects, column: int) -> Effects:
    """Leave out one random effect of a factor, with its covariances."""
    blocks = [tuple(c - (c > column) for c in block if c != column) for block in effects.blocks]
    return replace(
        effects,
        Z=np.delete(effects.Z, column, axis=1),
        blocks=tuple(block for block in blocks if block),
    )
