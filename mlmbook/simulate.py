"""Simulate a multilevel world whose truth is known: two levels, three, or crossed ones."""

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
    w: str | float = "normal",
    nregions: int | None = None,
    var_v0: float | None = None,
    ncrossed: int | None = None,
    var_c0: float | None = None,
    phi: float = 0.0,
    rng: np.random.Generator | int | None = None,
) -> pd.DataFrame:
    r"""Simulate people in groups from a random-intercept or random-slope model.

    The outcome of person i in group j is

    .. math::

        y_{ij} = \beta_0 + \beta_1 x_{ij} + \alpha_1 w_j + \alpha_2 w_j x_{ij}
                 + u_{0j} + u_{1j} x_{ij} + e_{0ij}

    with normal departures: :math:`u_{0j}` and :math:`u_{1j}` of a group, :math:`e_{0ij}` of a
    person. Where there are regions, their departures :math:`v_{0k}` are added; where there is a
    second classification that crosses with the groups, the departures :math:`c_{0l}` of its
    units.

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
        ``"time"``: 0, 1, 2, ... within each group, as for repeated measurements of a person.
    w : "normal" or float, default "normal"
        How groups differ in w: standard normal, or 1 for this share of the groups and 0 for the
        rest, as in a trial that treats whole groups. The number of ones is exact (rounded); which
        groups get them is drawn.
    nregions : int, optional
        A third level: the groups lie in so many regions, as evenly as can be.
    var_v0 : float, optional
        Variance of the regions' departures; 1 if not given.
    ncrossed : int, optional
        A second classification: each person also belongs to one of so many units, drawn with
        equal chances whatever the group.
    var_c0 : float, optional
        Variance of the departures of these units; 1 if not given.
    phi : float, default 0
        Correlation of the residuals of neighbors in time, a first-order autoregression within
        each group: :math:`\operatorname{cor}(e_{0ij}, e_{0i'j}) = \varphi^{|i-i'|}`.
    rng : Generator, int or None
        A NumPy generator or a seed. ``None`` gives another world at every call.

    Returns
    -------
    DataFrame
        Columns ``group``, ``x``, ``w`` (one value a group) and ``y``; before ``y`` also
        ``region``, ``crossed`` and ``time`` (0, 1, 2, ... within each group, where `phi` is not 0
        or `x` is ``"time"``) in worlds that have them. The parameters are in
        ``.attrs["truth"]``: the eight above, and the others where they play a part.

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
    >>> list(simulate(20, 5, w=0.5, nregions=4, rng=1).columns)
    ['group', 'x', 'w', 'region', 'y']
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
        **_further("nregions", nregions, var_v0, "var_v0"),
        **_further("ncrossed", ncrossed, var_c0, "var_c0"),
        **({"phi": phi} if phi != 0 else {}),
    }
    truth = {name: _number(name, value) for name, value in truth.items()}
    to_departures = _departures(truth["var_u0"], truth["cov_u01"], truth["var_u1"])
    for name in ("var_e", "var_v0", "var_c0"):
        variance = truth.get(name, 0.0)
        if variance < 0:
            raise DataError(f"{name} is a variance and cannot be negative, but it is {variance:g}")
    if abs(truth.get("phi", 0.0)) >= 1:
        raise DataError(f"phi is a correlation between -1 and 1, not {phi:g}")

    # what is drawn first stays first: a seed gives the same world for ever
    draw = np.random.default_rng(rng)
    sizes = _sizes(ngroups, size, draw)
    group = np.repeat(np.arange(ngroups), sizes)
    time = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    if nregions is not None and nregions > ngroups:
        raise DataError(f"{nregions} regions cannot share {ngroups} groups: some would be empty")
    group_w = _group_predictor(w, ngroups, draw)[group]
    person_x = time if isinstance(x, str) and x == "time" else _predictor(x, len(group), draw)
    u0, u1 = (draw.standard_normal((ngroups, 2)) @ to_departures.T)[group].T
    e = math.sqrt(truth["var_e"]) * draw.standard_normal(len(group))
    if "phi" in truth:
        e = _autocorrelated(e, time, truth["phi"])

    y = (
        (truth["beta0"] + truth["alpha1"] * group_w + u0)
        + (truth["beta1"] + truth["alpha2"] * group_w + u1) * person_x
        + e
    )
    columns: dict[str, object] = {
        "group": _labels("g", ngroups)[group],
        "x": person_x,
        "w": group_w,
    }
    if nregions is not None:
        region = (np.arange(ngroups) * nregions // ngroups)[group]
        y += (math.sqrt(truth["var_v0"]) * draw.standard_normal(nregions))[region]
        columns["region"] = _labels("r", nregions)[region]
    if ncrossed is not None:
        crossed = draw.integers(ncrossed, size=len(group))
        y += (math.sqrt(truth["var_c0"]) * draw.standard_normal(ncrossed))[crossed]
        columns["crossed"] = _labels("c", ncrossed)[crossed]
    if "phi" in truth or person_x is time:
        columns["time"] = time
    world = pd.DataFrame({**columns, "y": y})
    world.attrs.update(name="simulated", truth=truth)
    return world


def _labels(letter: str, n: int) -> npt.NDArray[np.object_]:
    """Return labels that sort as they count."""
    return np.array([f"{letter}{j:0{len(str(n))}d}" for j in range(1, n + 1)], dtype=object)


def _further(count: str, n: int | None, variance: float | None, name: str) -> dict[str, float]:
    """Return the variance of a further classification, if there is one."""
    if n is None:
        if variance is not None:
            raise DataError(f"{name} plays no part without {count}; give {count}= too")
        return {}
    _check_count(count, n)
    return {name: 1.0 if variance is None else variance}


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


def _check_count(name: str, n: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise DataError(f"{name} must be a whole number of at least 1, not {n!r}")


def _sizes(
    ngroups: int, size: int | tuple[int, int] | Sequence[int], draw: np.random.Generator
) -> Integers:
    _check_count("ngroups", ngroups)
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
            raise DataError(f'x must be "normal" or a share between 0 and 1, or "time", not {x!r}')
        return draw.standard_normal(n)
    return (draw.random(n) < _share("x", x)).astype(np.int64)


def _group_predictor(w: str | float, ngroups: int, draw: np.random.Generator) -> Floats | Integers:
    if isinstance(w, str):
        if w != "normal":
            raise DataError(f'w must be "normal" or a share between 0 and 1, not {w!r}')
        return draw.standard_normal(ngroups)
    ones = round(_share("w", w) * ngroups)
    return draw.permutation((np.arange(ngroups) < ones).astype(np.int64))


def _share(name: str, value: float) -> float:
    share = _number(name, value)
    if not 0 < share < 1:
        raise DataError(f"{name} = {value!r} is a share and must lie between 0 and 1")
    return share


def _autocorrelated(e: Floats, time: Integers, phi: float) -> Floats:
    """Turn independent residuals into a stationary autoregression within each group."""
    correlated = e.copy()
    fresh = math.sqrt(1 - phi**2)
    for at in range(1, int(time.max()) + 1):
        rows = np.flatnonzero(time == at)
        correlated[rows] = phi * correlated[rows - 1] + fresh * e[rows]
    return correlated
