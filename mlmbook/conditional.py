r"""Akaike's criterion when prediction is for the groups in the data.

``aic`` is about new groups; for new observations of the same groups the likelihood is that given
the random effects, and what they cost is the number of parameters that they are worth [1]_:

.. math:: \mathrm{cAIC} = -2\log f(y\mid\hat\beta,\hat b,\hat\sigma^2,\hat\varphi)
   + 2(\rho+1+q), \qquad \rho = \operatorname{tr}\frac{\partial\hat y}{\partial y},

between the number of fixed effects (no variance between groups) and that of all columns of *X*
and *Z*. Given the random effects, :math:`y\sim N(o+X\beta+Zb,\ \sigma^2\Sigma(\varphi))` with *q*
level-1 parameters, which cost what :math:`\sigma^2` costs (which is nothing where it is known);
without random effects that leaves ``aic`` (of ML). The variance components are taken as known; that
they are estimated makes the criterion favor random effects a little [2]_.

References
----------
.. [1] Vaida & Blanchard (2005), Biometrika 92, 351-370.
.. [2] Greven & Kneib (2010), Biometrika 97, 773-789.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .likelihood.leverage import leverages

if TYPE_CHECKING:
    from .arrays import Floats
    from .result.predicted import Predicted

__all__ = ["conditional_aic", "effective_parameters"]


def effective_parameters(fit: Predicted) -> float:
    """Return the trace of the matrix that takes y to its fitted values."""
    return float(leverages(fit.estimates, fixed=True).sum())


def conditional_aic(fit: Predicted) -> float:
    """Do the work of :attr:`mlmbook.Fit.caic`."""
    sigma2, nlevel1 = fit.estimates.sigma2, 1
    residuals: Floats = fit.residuals.to_numpy()
    deviance = fit.nobs * np.log(2 * np.pi * sigma2)
    if fit.residual is not None:
        whitening, nlevel1 = fit.residual.whitening, len(fit.residual.phi)
        nlevel1 += 0 if fit.residual.sigma_known else 1
        residuals = whitening.whiten(residuals[:, None])[:, 0]
        deviance += whitening.log_det
    deviance += np.sum(residuals**2) / sigma2
    return float(deviance + 2 * (effective_parameters(fit) + nlevel1))
