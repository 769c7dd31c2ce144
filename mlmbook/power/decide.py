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

from ..degrees import standard_errors
from ..errors import FitError, FormulaError, MlmbookError, did_you_mean
from ..likelihood.basis import NoVariationError, RankError
from ..likelihood.link import TooLargeError
from ..maximum import best
from ..ratios import likelihood_ratio
from .worlds import without

if TYPE_CHECKING:
    from ..design import Design
    from ..result import Fit
    from .worlds import Cell, Source

__all__ = ["Outcome", "Trial"]

FAILURES = (MlmbookError, RankError, NoVariationError, TooLargeError, np.linalg.LinAlgError)
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

    def run(self, cell: Cell, rng: np.random.Generator) -> Outcome:
        """Run one replicate."""
        try:
            fit = self.source.fit(self.source.draw(cell, rng))
            p = self.p(fit)
        except FAILURES as error:
            return Outcome(rejected=False, failure=f"{type(error).__name__}: {error}")
        return Outcome(bool(p < self.alpha), fit.singular, not fit.converged)

    def check(self, cell: Cell, rng: np.random.Generator) -> None:
        """Draw one data set and see that it has what is tested, errors and all."""
        design = self.source.draw(cell, rng)
        found = variances(design)
        names = [*design.names, *found]
        if self.test not in names:
            raise FormulaError(
                f"{self.test!r} is neither a fixed effect nor a variance of the model"
                f"{did_you_mean(self.test, names)} (choose from: {', '.join(names)})"
            )
        spatial = design.groupings[found[self.test][0]].spatial if self.test in found else None
        if spatial is not None and spatial.estimated:
            raise FitError(
                f"without {self.test!r} there is no rho either, and the likelihood ratio does not "
                "have the distribution that is used here; car(..., type='intrinsic') has no rho"
            )

    def p(self, fit: Fit) -> float:
        """Return the p-value of the test."""
        if self.test in fit.design.names:
            return self._fixed(fit, fit.design.names.index(self.test))
        found = variances(fit.design)
        if self.test not in found:
            raise FormulaError(f"{self.test!r} is not in a drawn data set")
        return _variance(fit, *found[self.test])

    def _fixed(self, fit: Fit, at: int) -> float:
        se, degrees = standard_errors(fit, self.df)
        statistic = abs(float(fit.estimates.beta[at])) / float(se[at])
        if self.df == "wald":
            return erfc(statistic / sqrt(2))
        return float(2 * stdtr(degrees[at], -statistic))


def variances(design: Design) -> dict[str, tuple[int, int]]:
    """Return the factor and the column of each variance, by its name in ``confint``."""
    return {
        f"var({term} | {grouping.name})": (number, column)
        for number, grouping in enumerate(design.groupings)
        for column, term in enumerate(grouping.terms)
    }


def _variance(fit: Fit, factor: int, column: int) -> float:
    groupings = list(fit.design.groupings)
    covariances = next(len(block) for block in groupings[factor].blocks if column in block) - 1
    left = without(groupings[factor], column)
    groupings[factor : factor + 1] = [] if left is None else [left]
    smaller = replace(fit.design, groupings=tuple(groupings))
    null, _ = best(smaller, fit.residual, reml=fit.reml)
    chisq = likelihood_ratio(null.deviance, fit.estimates.deviance)
    tails = [float(chdtrc(df, chisq)) for df in (covariances, covariances + 1) if df]
    return sum(tails) / 2 if chisq > 0 else 1.0
