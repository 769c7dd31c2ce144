"""Simulate a two-level world whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlmbook.errors import DataError

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def simulate(
    ngroups: int = 50,
    size: int | tuple[int, int] | Sequence[int] = 20,
    *,
    beta0: float = 0.0,
    beta1: float = 0.0,
    alpha1: float = 0.0,
    alpha2: float = 0.0,
    var_u0: float = 1.0,
    cov_u01: float = 0.0,
    var_u1: float = 0.0,
    var_e: float = 1.0,
    x: str | float = "normal",
    rng: np.random.Generator | int | None = None,
) -> pd.DataFrame:
    r"""Simulate people in groups from a random-intercept or random-slope model.

    The outcome of person i in group j is

    .. math::

        y_{ij} = \beta_0 + \beta_1 x_{ij} + \alpha_1 w_j + \alpha_2 w_j x_{ij}
                 + u_{0j} + u_{1j} x_{ij} + e_{0ij}

    with normal departures: :math:`u_{0j}` and :math:`u_{1j}` of a group, :math:`e_{0ij}` of a
    person.

    Parameters
    ----------
    ngroups : int, default 50
        Number of groups.
    size : int, (int, int) or sequence of int, default 20
        People in a group: the same number everywhere, a tuple ``(low, high)`` to draw each
        group's number between the two, or one number for each group.
    beta0, beta1 : float, default 0
        Intercept and slope of x in the average group.
    alpha1, alpha2 : float, default 0
        What the group's w adds to the intercept and to the slope (the cross-level interaction).
    var_u0, var_u1, cov_u01 : float, default 1, 0, 0
        Variances and covariance of the groups' departures from intercept and slope.
    var_e : float, default 1
        Level-1 variance.
    x : "normal" or float, default "normal"
        How people differ in x: standard normal, or 1 for this share of them and 0 for the rest.
    rng : Generator, int or None
        A NumPy generator or a seed. ``None`` gives another world at every call.

    Returns
    -------
    DataFrame
        Columns ``group``, ``x``, ``w`` (standard normal, one value a group) and ``y``; the
        parameters are in ``.attrs["truth"]``.

    Raises
    ------
    DataError
        A number is impossible: a negative variance, an empty group, a covariance that is too
        large for its variances.

    Examples
    --------
    >>> world = simulate(3, 2, beta0=60, var_u0=9, var_e=49, rng=1)
    >>> world.shape, world.attrs["truth"]["var_u0"]
    ((6, 4), 9.0)
    """
    truth = {
        "beta0": beta0,
        "beta1": beta1,
        "alpha1": alpha1,
        "alpha2": alpha2,
        "var_u0": var_u0,
        "cov_u01": cov_u01,
        "var_u1": var_u1,
        "var_e": var_e,
    }
    truth = {name: _number(name, value) for name, value in truth.items()}
    to_departures = _departures(truth["var_u0"], truth["cov_u01"], truth["var_u1"])
    if truth["var_e"] < 0:
        raise DataError(f"var_e is a variance and cannot be negative, but it is {var_e}")

    draw = np.random.default_rng(rng)
    sizes = _sizes(ngroups, size, draw)
    group = np.repeat(np.arange(ngroups), sizes)
    w = draw.standard_normal(ngroups)[group]
    person_x = _predictor(x, len(group), draw)
    u0, u1 = (draw.standard_normal((ngroups, 2)) @ to_departures.T)[group].T
    e = math.sqrt(truth["var_e"]) * draw.standard_normal(len(group))

    y = (
        (truth["beta0"] + truth["alpha1"] * w + u0)
        + (truth["beta1"] + truth["alpha2"] * w + u1) * person_x
        + e
    )
    labels = np.array([f"g{j:0{len(str(ngroups))}d}" for j in range(1, ngroups + 1)], dtype=object)
    world = pd.DataFrame({"group": labels[group], "x": person_x, "w": w, "y": y})
    world.attrs.update(name="simulated", truth=truth)
    return world


def _number(name: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be a number, not {value!r}") from None
    if not math.isfinite(number):
        raise DataError(f"{name} must be a finite number, not {value!r}")
    return number


def _departures(var_u0: float, cov_u01: float, var_u1: float) -> Floats:
    """Return L with L L' equal to the covariance matrix of (u0, u1)."""
    for name, variance in (("var_u0", var_u0), ("var_u1", var_u1)):
        if variance < 0:
            raise DataError(f"{name} is a variance and cannot be negative, but it is {variance:g}")
    limit = math.sqrt(var_u0) * math.sqrt(var_u1)
    if abs(cov_u01) > limit * (1 + 1e-12):
        raise DataError(
            f"cov_u01 = {cov_u01:g} is too large: with var_u0 = {var_u0:g} and "
            f"var_u1 = {var_u1:g} it lies between {-limit:g} and {limit:g}"
        )
    sd_u0 = math.sqrt(var_u0)
    along = cov_u01 / sd_u0 if sd_u0 else 0.0
    return np.array([[sd_u0, 0.0], [along, math.sqrt(max(var_u1 - along**2, 0.0))]])


def _sizes(
    ngroups: int, size: int | tuple[int, int] | Sequence[int], draw: np.random.Generator
) -> Integers:
    if isinstance(ngroups, bool) or not isinstance(ngroups, int | np.integer) or ngroups < 1:
        raise DataError(f"ngroups must be a whole number of at least 1, not {ngroups!r}")
    wanted = np.asarray(size)
    if wanted.dtype.kind not in "iu" or wanted.ndim > 1 or (wanted < 1).any():
        raise DataError(f"size must be whole numbers of people, at least 1, not {size!r}")
    if wanted.ndim == 0:
        return np.full(ngroups, wanted, dtype=np.int64)
    if isinstance(size, tuple) and len(size) == 2:
        low, high = size
        if low > high:
            raise DataError(f"size = {size!r} should give the smaller number first")
        return draw.integers(low, high + 1, ngroups)
    if len(wanted) != ngroups:
        raise DataError(f"size has {len(wanted)} numbers, but there are {ngroups} groups")
    return wanted.astype(np.int64)


def _predictor(x: str | float, n: int, draw: np.random.Generator) -> Floats | Integers:
    if isinstance(x, str):
        if x != "normal":
            raise DataError(f'x must be "normal" or a share between 0 and 1, not {x!r}')
        return draw.standard_normal(n)
    share = _number("x", x)
    if not 0 < share < 1:
        raise DataError(f"x = {x!r} is a share and must lie between 0 and 1")
    return (draw.random(n) < share).astype(np.int64)
