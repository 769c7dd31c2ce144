r"""Effects of districts that resemble those of their neighbors.

Let *A* have a one where two districts are neighbors, *D* be diagonal with the number of neighbors
of each, :math:`N=D^{-1/2}AD^{-1/2}`. The effects of all districts of the map have covariance
:math:`\sigma^2_uC(\rho)`, with

==============  =========================================  =================================
``proper``      :math:`C^{-1} = D-\rho A`                  :math:`1/\omega_{min}<\rho<1` [1]_
``intrinsic``   :math:`C^{-} = D-A`                        no parameter [2]_
``leroux``      :math:`C^{-1} = \rho(D-A)+(1-\rho)I`       :math:`0\le\rho<1` [3]_
``sar``         :math:`C^{-1} = (I-\rho W)'(I-\rho W)`,    :math:`1/\omega_{min}<\rho<1` [4]_
                :math:`W = D^{-1}A`
==============  =========================================  =================================

where :math:`\omega_{min}<0` is the smallest eigenvalue of *N* (of *W*, which has the same). For the
intrinsic one, *C* is the Moore-Penrose inverse: the effects of each connected part of the map sum
to zero. For the first three, given the other effects, that of a district has the mean
:math:`\rho\sum_{k\sim j}u_k/d_j` (``leroux``: :math:`\rho\sum_{k\sim j}u_k/(1-\rho+\rho d_j)`) and
the variance :math:`\sigma^2_u/d_j` (:math:`\sigma^2_u/(1-\rho+\rho d_j)`).

An **island** has no neighbor to resemble. Its diagonal element of *D* is set to one (in
:math:`D-A` too), so that under all four its effect is independent of all others, with variance
:math:`\sigma^2_u`; for the intrinsic one [5]_ recommend that.

The level-1 residual of the model is what is left besides. Regressions whose residual itself is
spatial, or whose response depends on its neighbors' (the spatial error and spatial lag models of
econometrics), have one row a district and no levels; they are not fitted here.

One symmetric eigenvalue decomposition gives a root *R*, :math:`C=RR'`, at every :math:`\rho`, and
:math:`S = R^{-1}(\partial C/\partial\rho)R^{-\prime}`.

References
----------
.. [1] Besag (1974), J. R. Stat. Soc. B 36, 192-236; Banerjee, Carlin & Gelfand (2015),
   Hierarchical Modeling and Analysis for Spatial Data, 2nd ed., section 4.3.
.. [2] Besag, York & Mollie (1991), Ann. Inst. Stat. Math. 43, 1-20.
.. [3] Leroux, Lei & Breslow (2000), in Statistical Models in Epidemiology, 179-191.
.. [4] Whittle (1954), Biometrika 41, 434-449; Anselin (1988), Spatial Econometrics.
.. [5] Freni-Sterrantino, Ventrucci & Rue (2018), Spat. Spatiotemporal Epidemiol. 26, 25-34.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays import Codes, Floats


NULL = 1e-9
"""Eigenvalues of D - A below this are zero."""
MARGIN = {"proper": 1e-6, "leroux": 1e-6, "sar": 1e-5}
"""How close rho may come to a value where C is infinite, relative to the length of its range.

Rounding of the slope by rho grows with the square of the variance that becomes infinite.
"""
START = 0.5
"""First value of rho, as a share of its upper bound."""


@dataclass(frozen=True, eq=False)
class Spatial:
    """The covariance of the effects of the districts of a map, over their variance."""

    kind: str
    """``proper``, ``intrinsic``, ``leroux`` or ``sar``."""
    left: Floats
    values: Floats
    right: Floats | None
    """Factors of the root: left, a diagonal matrix that depends on rho, and maybe right."""
    low: float
    high: float
    """Bounds of rho; equal where it is not a parameter."""

    @classmethod
    def of(cls, kind: str, nunits: int, pairs: Codes) -> Spatial:
        """Decompose a map.

        Parameters
        ----------
        kind : {"proper", "intrinsic", "leroux", "sar"}
        nunits : int
            Number of districts.
        pairs : ndarray, shape (pairs, 2)
            Neighbors, each pair once.
        """
        A = np.zeros((nunits, nunits))
        A[pairs[:, 0], pairs[:, 1]] = A[pairs[:, 1], pairs[:, 0]] = 1.0
        degree = np.maximum(A.sum(axis=1), 1.0)
        if kind in ("intrinsic", "leroux"):
            values, vectors = np.linalg.eigh(np.diag(degree) - A)
            values[np.abs(values) < NULL] = 0.0
            if kind == "intrinsic":
                return cls(kind, vectors, values, None, 1.0, 1.0)
            return cls(kind, vectors, values, None, 0.0, 1 - MARGIN[kind])
        half = np.sqrt(degree)
        values, vectors = np.linalg.eigh(A / np.outer(half, half))
        high = 1 / values[-1] if values[-1] > NULL else 1.0
        low = 1 / values[0] if values[0] < -NULL else -1.0
        margin = MARGIN[kind] * (high - low)
        left, right = vectors / half[:, None], vectors.T * half
        bounds = low + margin, high - margin
        return cls(kind, left, values, right if kind == "sar" else None, *bounds)

    @property
    def estimated(self) -> bool:
        """Whether rho is a parameter."""
        return self.high > self.low

    @property
    def start(self) -> float:
        """First value of rho."""
        return START * self.high if self.estimated else self.high

    def at_bound(self, rho: float) -> bool:
        """Whether rho is at an end of its range."""
        return self.estimated and (rho <= self.low or rho >= self.high)

    def root(self, rho: float) -> Floats:
        """Return R."""
        if self.kind == "intrinsic":
            free = self.values > 0
            inverse = np.zeros_like(self.values)
            inverse[free] = 1 / np.sqrt(self.values[free])
            root: Floats = self.left * inverse
        elif self.kind == "leroux":
            root = self.left / np.sqrt(1 - rho + rho * self.values)
        elif self.right is None:
            root = self.left / np.sqrt(1 - rho * self.values)
        else:
            root = (self.left / (1 - rho * self.values)) @ self.right
        return root

    def slope(self, rho: float) -> Floats:
        """Return S."""
        if self.kind == "leroux":
            return np.diag((1 - self.values) / (1 - rho + rho * self.values))
        growth = self.values / (1 - rho * self.values)
        if self.right is None:
            return np.diag(growth)
        half = (self.left * growth) @ self.right
        slope: Floats = half + half.T
        return slope
