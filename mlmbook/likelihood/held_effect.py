r"""What holding a fixed effect away from its best value adds to the deviance.

For given variance parameters *x* the deviance is exactly a square in :math:`\beta_j`. Held at *v*,

.. math::
   d_v(x) = d(x) + \frac{(v-\hat\beta_j(x))^2}{C_{jj}(x)}, \qquad
   \frac{\partial d_v}{\partial\Psi} = \frac{\partial d}{\partial\Psi}
   + q\sum_i(u_it_i'+t_iu_i') - q^2\sigma^2\sum_iu_iu_i', \quad q=\frac{v-\hat\beta_j}{C_{jj}},

with :math:`t=Z'Py` and :math:`u=Z'V^{-1}XM^{-1}c`, see :mod:`mlmbook.likelihood.fixed`. By a
level-1 or a spatial parameter it is the same with what that does to *V*: with *S* of
:mod:`mlmbook.likelihood.spatial`,
:math:`2q\sum_{ab}\psi_{ab}u_a'St_b - q^2\sigma^2\sum_{ab}\psi_{ab}u_a'Su_b`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .fixed import random_by_fixed

if TYPE_CHECKING:
    from ..arrays import Floats
    from .joint import Evaluation, Joint


class Cost:
    """The cost and its slopes.

    Parameters
    ----------
    joint : Joint
    there : Evaluation
        The deviance at *x*.
    c : ndarray
        Which fixed effect, or combination of them.
    value : float
        Where it is held.
    """

    def __init__(self, joint: Joint, there: Evaluation, c: Floats, value: float) -> None:
        basis, point, sigma2 = there.prepared.basis, there.point, there.sigma2
        engine = np.linalg.solve(basis.R.T, c)
        solved = point.vcov @ engine
        variance = sigma2 * float(engine @ solved)
        distance = value - float(c @ basis.coefficients(point.beta))
        q = distance / variance
        self.value = distance * q
        self.by_value = 2 * q
        self.by_log_sigma = -2 * self.value
        left = [t * basis.scale for t in point.t]
        across = [U @ solved for U in random_by_fixed(point)]
        self.by_psi = []
        for u, t in zip(across, left, strict=True):
            both = u @ t.T
            self.by_psi.append(q * (both + both.T) - q**2 * sigma2 * (u @ u.T))
        self.by_phi: Floats = np.empty(0)
        if there.whitened is None:
            return
        estimates = there.estimates
        self.by_phi = 2 * q * there.whitened.spatial_products(estimates, across, left)
        self.by_phi -= q**2 * sigma2 * there.whitened.spatial_products(estimates, across, across)
        if len(there.whitened.phi):
            w = there.whitened.solved(estimates) @ solved
            e = there.whitened.residual(estimates)
            directions = there.whitened.level1.directions(there.whitened.phi)
            Sw = directions.times(w[:, None])[:, :, 0]
            self.by_phi = np.append(2 * q * Sw @ e - q**2 * sigma2 * Sw @ w, self.by_phi)
