r"""A variance for each occasion and a covariance for each pair of occasions.

.. math:: \operatorname{cov}(e_{sj}, e_{tj}) = \sigma^2 S_{st}, \qquad S = TT', \quad S_{11}=1,

with *s* and *t* among the occasions (years, items, responses) and groups in which some may be
missing. *T* is a lower triangle; its diagonal elements are exponentials of parameters, the others
parameters themselves [1]_. Nothing is left for a random intercept of the same group to explain.

References
----------
.. [1] Pinheiro & Bates (1996), Stat. Comput. 6, 289-296: the log-Cholesky parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlmbook.errors import DataError
from mlmbook.residual.structure import Component, Correlation, check_name
from mlmbook.rows import refuse_missing, refuse_unknown

if TYPE_CHECKING:
    from mlmbook.arrays import Codes, Floats
    from mlmbook.likelihood.level1 import Places

__all__ = ["Unstructured"]


class Unstructured(Correlation):
    """Every occasion its own variance, every pair of occasions its own covariance.

    Parameters
    ----------
    occasion : str
        A column with few values: which of the occasions (or of several responses) a row is.
    group : str, optional
        The grouping factor within which residuals correlate; the one with most groups if not
        given. It cannot also have a random intercept.
    """

    exchangeable = True

    def __init__(self, occasion: str, *, group: str | None = None) -> None:
        self.occasion = check_name(occasion, "Unstructured")
        self.group = None if group is None else check_name(group, "Unstructured(group=)")

    def __repr__(self) -> str:
        return f"Unstructured({self.occasion!r}{self._group_text()})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the data that it needs, but for the group."""
        return (self.occasion,)

    def bind(self, data: pd.DataFrame, places: Places) -> Occasions:
        """Find which occasion each row is."""
        codes, found = pd.factorize(data[self.occasion], sort=True)
        labels = found.tolist()
        at = np.where(places.used, codes[places.rows], -1)
        ordered = np.sort(at, axis=1)
        if ((np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] >= 0)).any():
            raise DataError(
                f"{self.occasion!r} has the same value twice in a group; Unstructured needs one "
                "row an occasion"
            )
        here = np.zeros((len(at), len(labels)))
        rows, columns = np.nonzero(at >= 0)
        here[rows, at[rows, columns]] = 1
        together = here.T @ here
        if len(labels) < 2 or not together.all():
            a, b = np.argwhere(together == 0)[0] if len(labels) > 1 else (0, 0)
            raise DataError(
                f"no group has both {labels[a]!r} and {labels[b]!r} of {self.occasion!r}: their "
                "covariance cannot be estimated"
            )
        return Occasions(self.occasion, tuple(labels), at, places)


@dataclass(frozen=True, eq=False)
class Occasions:
    """The occasion of each row, by group."""

    occasion: str
    labels: tuple[Any, ...]
    codes: Codes
    """Shape (groups, m); -1 where there is no row."""
    places: Places
    ends = None
    others = ()
    """No other parameters."""

    @property
    def _below(self) -> tuple[Codes, Codes]:
        """Where the parameters stand in T: all of its lower triangle but the first element."""
        rows, columns = np.tril_indices(len(self.labels))
        return rows[1:], columns[1:]

    @property
    def least(self) -> float:
        """Lower bound of the correlation."""
        return -1.0

    @property
    def strata(self) -> tuple[str, ...]:
        """The occasions."""
        return tuple(self._terms)

    @property
    def start(self) -> Floats:
        """Equal variances, no correlation."""
        return np.zeros(len(self._below[0]))

    @property
    def names(self) -> tuple[str, ...]:
        """What the parameters are called: ratios of SDs, then correlations."""
        terms, (rows, columns) = self._terms, self._below
        ratios = [f"sd ratio {term}" for term in terms[1:]]
        pairs = zip(rows, columns, strict=True)
        return (*ratios, *(f"cor {terms[b]}, {terms[a]}" for a, b in pairs if a != b))

    @property
    def _terms(self) -> list[str]:
        return [f"{self.occasion}[{label}]" for label in self.labels]

    def _triangle(self, phi: Floats) -> Floats:
        T = np.eye(len(self.labels))
        rows, columns = self._below
        T[rows, columns] = np.where(rows == columns, np.exp(np.clip(phi, -50, 50)), phi)
        return T

    def covariance(self, phi: Floats) -> Floats:
        """Return S."""
        T = self._triangle(phi)
        S: Floats = T @ T.T
        return S

    def natural(self, phi: Floats) -> Floats:
        """Return standard deviations over that of the first occasion, and correlations."""
        S = self.covariance(phi)
        sd = np.sqrt(np.diagonal(S))
        correlation = S / np.outer(sd, sd)
        rows, columns = self._below
        return np.concatenate([sd[1:], correlation[rows, columns][rows != columns]])

    def _spread(self, S: Floats) -> Floats:
        """Put the elements of S where rows of a group need them."""
        spread: Floats = S[self.codes[:, :, None], self.codes[:, None, :]] * self.places.pairs
        return spread

    def matrices(self, phi: Floats) -> Floats:
        """Return the covariance matrices, shape (groups, m, m)."""
        return self._spread(self.covariance(phi))

    def slopes(self, phi: Floats) -> Floats:
        """Return their derivatives, shape (parameters, groups, m, m)."""
        T = self._triangle(phi)
        slopes = np.empty((len(phi), *self.places.pairs.shape))
        for number, (a, b) in enumerate(zip(*self._below, strict=True)):
            change = np.zeros_like(T)
            change[a] = T[:, b] * (T[a, b] if a == b else 1.0)
            slopes[number] = self._spread(change + change.T)
        return slopes

    def components(self, phi: Floats) -> list[Component]:
        """Return the variance of each occasion, and all covariances."""
        S, terms = self.covariance(phi), self._terms
        sd = np.sqrt(np.diagonal(S))
        rows: list[Component] = [
            (term, "", float(S[i, i]), float(sd[i])) for i, term in enumerate(terms)
        ]
        for a, b in zip(*self._below, strict=True):
            if a != b:
                rows.append((terms[b], terms[a], float(S[a, b]), float(S[a, b] / sd[a] / sd[b])))
        return rows

    def new_variances(self, data: pd.DataFrame, phi: Floats) -> Floats:
        """Return the variance of the occasion of each new row."""
        variances: Floats = np.diagonal(self.covariance(phi))[self._find(data)]
        return variances

    def across(self, data: pd.DataFrame, phi: Floats, blocks: Codes) -> Floats:
        """Return the covariances of new rows with those of their block."""
        S, known = self.covariance(phi), self.codes[blocks]
        across: Floats = S[self._find(data)[:, None], known] * (known >= 0)
        return across

    def _find(self, data: pd.DataFrame) -> Codes:
        refuse_unknown([self.occasion], data)
        refuse_missing([self.occasion], data)
        number = {label: code for code, label in enumerate(self.labels)}
        for value in data[self.occasion]:
            if value not in number:
                raise DataError(
                    f"{self.occasion!r} has the new value {value!r}, whose variance was not "
                    f"estimated (the model knows {', '.join(map(repr, self.labels))})"
                )
        return np.array([number[value] for value in data[self.occasion]], dtype=int)

    def row_variances(self, phi: Floats) -> Floats:
        """Return the variance of each row's occasion."""
        own = np.diagonal(self.covariance(phi))[self.codes]
        variances: Floats = self.places.scatter(own[:, :, None])[:, 0]
        return variances
