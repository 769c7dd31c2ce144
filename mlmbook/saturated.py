r"""Fixed effects that leave nothing of a random effect to be estimated.

The restricted likelihood is that of :math:`K'y` with :math:`K'X=0`. If the columns of :math:`Z`
that carry an effect are combinations of those of :math:`X`, as with ``y ~ C(g) + (1 | g)``, then
:math:`K'Z=0`: the variance of the effect is not in the likelihood at all, and any value is as good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .errors import DataError

if TYPE_CHECKING:
    from .arrays import Bools, Floats
    from .design import Design, Grouping

__all__ = ["refuse_saturated"]

CONTAINED = 1e-8
"""What is left of a column, relative to its length, once those of X are taken out of it."""


def refuse_saturated(design: Design) -> None:
    """Raise if the fixed part has a coefficient for the effect of every group.

    Raises
    ------
    DataError
        It has.
    """
    for grouping in design.groupings:
        if grouping.special is not None or grouping.ngroups > design.X.shape[1]:
            continue  # too few coefficients
        contained = _contained(design.X, grouping)
        if contained.any():
            term = grouping.terms[int(np.argmax(contained))]
            what = "an intercept" if term == "Intercept" else f"a slope of {term!r}"
            raise DataError(
                f"the fixed part has {what} for every group of {grouping.name!r} already, so that "
                f"restricted maximum likelihood says nothing of var({term} | {grouping.name}): "
                "leave it out of the fixed part, or out of the random part"
            )


def _contained(X: Floats, grouping: Grouping) -> Bools:
    """Return which random effects have columns that are combinations of those of X."""
    Q = np.linalg.qr(X / np.sqrt(np.einsum("ij,ij->j", X, X)))[0]
    rows = np.arange(len(X))
    contained = []
    for z in grouping.Z.T:
        columns = np.zeros((len(X), grouping.ngroups))
        columns[rows, grouping.codes] = z
        left = columns - Q @ (Q.T @ columns)
        contained.append(np.linalg.norm(left) <= CONTAINED * np.linalg.norm(z))
    return np.array(contained)
