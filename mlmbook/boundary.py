r"""Variances that are zero under the null hypothesis: what the data can tell about them there.

The expected information about the elements of every :math:`\Psi` is that of the restricted
likelihood, :math:`\tfrac12\operatorname{tr}(PG_iPG_j)` (:mod:`mlmbook.likelihood.kenward_roger`),
of the larger model at the estimates of the smaller one. The components that both models have, the
residual's among them, and then the covariances that are new, are taken out:
:math:`J = I_{ss} - I_{so}I_{oo}^{-1}I_{os}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .likelihood.kenward_roger import expected_information

if TYPE_CHECKING:
    from .arrays import Floats

__all__ = ["information_at_edge"]


def information_at_edge(small: Any, large: Any) -> tuple[Floats, list[int]]:
    """Return J, and the sizes of the matrices whose lower triangles its rows are.

    Parameters
    ----------
    small, large : Fit
        The smaller may come from :func:`mlmbook.ols`. Neither has level-1 parameters.

    Raises
    ------
    SizeError, LinAlgError
        As :func:`mlmbook.likelihood.kenward_roger.kenward_roger` does.
    """
    estimates = large.estimates
    model = estimates.optimum.point.model
    back = [np.linalg.inv(maker) for maker in estimates.makers]
    engine: list[Floats] = [np.empty((0, 0)) for _ in model.factors]
    known = _relative(small)
    changes: list[tuple[int, Floats]] = []
    edge, blocks = list[bool](), list[int]()
    for grouping, R, position in zip(large.design.groupings, back, estimates.order, strict=True):
        terms, psi = known.get(grouping.name, ((), np.zeros((0, 0))))
        at_zero = np.zeros((len(grouping.terms),) * 2)
        here = [grouping.terms.index(term) for term in terms if term in grouping.terms]
        there = [terms.index(grouping.terms[a]) for a in here]
        at_zero[np.ix_(here, here)] = psi[np.ix_(there, there)]
        engine[position] = R @ at_zero @ R.T
        for block in grouping.blocks:
            new = [a for a in block if a not in here]
            blocks += [len(new)] if new else []
            for a, b in ((a, b) for a in sorted(block) for b in sorted(block) if b <= a):
                unit = np.zeros_like(at_zero)
                unit[a, b] = unit[b, a] = 1.0
                changes.append((position, R @ unit @ R.T))
                edge.append(a in new and b in new)
    point = model.at(model.structure.parameters(engine))
    whole = expected_information(point)
    residual = [] if model.sigma2 is not None else [False]  # never at the edge
    jacobian = np.zeros((len(whole), len(changes) + len(residual)))
    jacobian[-1, len(changes) :] = 1.0
    for column, (position, change) in enumerate(changes):
        factor, rows = model.structure.factors[position], model.structure.elements[position]
        jacobian[rows, column] = change[factor.first, factor.second]
    information = jacobian.T @ whole @ jacobian
    s = np.array([*edge, *residual])
    o = ~s
    left = np.linalg.solve(information[np.ix_(o, o)], information[np.ix_(o, s)])
    return information[np.ix_(s, s)] - information[np.ix_(s, o)] @ left, blocks


def _relative(model: Any) -> dict[str, tuple[tuple[str, ...], Floats]]:
    """Return the effects of each factor, and their covariance over the residual variance."""
    if not hasattr(model, "estimates"):
        return {}
    covariances = zip(model.design.groupings, model.estimates.covariances, strict=True)
    return {g.name: (g.terms, omega / model.estimates.sigma2) for g, omega in covariances}
