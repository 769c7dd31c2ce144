r"""Akaike's criterion when prediction is for the groups in the data.

``aic`` is about new groups; for new observations of the same groups the likelihood is that given
the random effects, and what they cost is the number of parameters that they are worth [1]_:

.. math:: \mathrm{cAIC} = -2\log f(y\mid\hat\beta,\hat b,\hat\sigma^2) + 2(\rho+1), \qquad
   \rho = \operatorname{tr}\frac{\partial\hat y}{\partial y},

between the number of fixed effects (no variance between groups) and that of all columns of *X*
and *Z*. The variance components are taken as known; that they are estimated makes the criterion
favor random effects a little [2]_.

References
----------
.. [1] Vaida & Blanchard (2005), Biometrika 92, 351-370.
.. [2] Greven & Kneib (2010), Biometrika 97, 773-789.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .plain import refuse_unless_plain

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["conditional_aic", "effective_parameters"]


def effective_parameters(fit: Fit) -> float:
    """Return the trace of the matrix that takes y to its fitted values."""
    groupings = fit.design.groupings
    variance = fit.estimates.prediction_variance(
        fit.design.X, [g.Z for g in groupings], [g.units for g in groupings]
    )
    return float(variance.sum() / fit.estimates.sigma2)


def conditional_aic(fit: Fit) -> float:
    """Do the work of :attr:`mlmbook.Fit.caic`."""
    refuse_unless_plain(fit, "the conditional AIC")
    sigma2 = fit.estimates.sigma2
    rss = float(np.sum(fit.residuals.to_numpy() ** 2))
    deviance = fit.nobs * np.log(2 * np.pi * sigma2) + rss / sigma2
    return float(deviance + 2 * (effective_parameters(fit) + 1))
