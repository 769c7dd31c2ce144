"""Inference from matrices written out, with a row and a column for every observation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Covariance = Callable[[np.ndarray], np.ndarray]
"""From all variance parameters to V."""


def kenward_roger(
    X: np.ndarray, covariance: Covariance, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kenward and Roger's standard errors and degrees of freedom, to first order."""
    steps = np.diag(1e-6 * np.maximum(np.abs(x), 1e-2))
    G = [(covariance(x + h) - covariance(x - h)) / (2 * h.sum()) for h in steps]
    V = np.linalg.inv(covariance(x))
    C = np.linalg.inv(X.T @ V @ X)
    P = V - V @ X @ C @ X.T @ V
    W = 2 * np.linalg.inv([[np.sum((P @ a) * (P @ b).T) for b in G] for a in G])
    left = [X.T @ V @ a for a in G]
    middle = sum(W[i, j] * left[i] @ P @ left[j].T for i in range(len(G)) for j in range(len(G)))
    adjusted = C + 2 * C @ middle @ C
    g = np.array([np.diag(C @ a @ V @ X @ C) for a in left])
    df = 2 * np.diag(C) ** 2 / np.einsum("ip,ij,jp->p", g, W, g)
    return np.sqrt(np.diag(adjusted)), df


def deviance(V: np.ndarray, X: np.ndarray, y: np.ndarray, held: dict[int, float]) -> float:
    """Minus twice the log-likelihood, at the best fixed effects but for those that are held."""
    at = list(held)
    y = y - X[:, at] @ np.array([held[number] for number in at])
    X = np.delete(X, at, axis=1)
    L = np.linalg.cholesky(V)
    whole = np.linalg.solve(L, np.column_stack([X, y]))
    left = whole[:, -1] - whole[:, :-1] @ np.linalg.lstsq(whole[:, :-1], whole[:, -1])[0]
    return float(2 * np.log(np.diag(L)).sum() + len(y) * np.log(2 * np.pi) + left @ left)
