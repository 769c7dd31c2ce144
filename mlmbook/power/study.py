"""The verb: a model, a test and a grid of designs in, a table of power out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from ..arguments import check_count, check_coverage
from ..degrees import METHODS, standard_errors
from ..errors import DataError, FitError
from ..plain import refuse_unless_plain
from ..result import Fit
from ..specification import Specification, read_model
from ..threads import one_thread
from .decide import Outcome, Trial
from .replicates import generator, run
from .worlds import Fitted, World

if TYPE_CHECKING:
    from ..residual.structure import Structure
    from .worlds import Cell, Source

__all__ = ["power"]


@one_thread
def power(
    model: Fit | str,
    *,
    test: str,
    world: Mapping[str, Any] | Callable[..., pd.DataFrame] | None = None,
    ngroups: int | Sequence[int] | None = None,
    size: Any = None,
    effect: float | Sequence[float] | None = None,
    group: str | None = None,
    n: int = 1000,
    alpha: float = 0.05,
    df: Literal["satterthwaite", "kenward-roger", "wald"] = "satterthwaite",
    reml: bool | None = None,
    residual: Structure | Sequence[Structure] | None = None,
    weights: str | None = None,
    neighbours: pd.DataFrame | Mapping[Any, Iterable[Any]] | None = None,
    ci: float = 0.95,
    rng: np.random.Generator | int | None = None,
    n_jobs: int | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    r"""Estimate the power of a test by simulation, for one design or a grid of designs.

    `n` data sets are drawn, the model is fitted to each, and the power is the share in which the
    test rejects. Where the effect is zero that share is the Type I error. The power of the
    *estimated* effect says no more than its *p*-value [1]_.

    Parameters
    ----------
    model : Fit or str
        A fitted model, whose estimates are taken for the truth and whose rows are copied; or a
        formula, to be fitted to data from `world`.
    test : str
        What is tested: a fixed effect by its name, ``"x"`` or ``"sex[girl]:w"``; or a variance by
        the name it has in :meth:`mlmbook.Fit.confint`, ``"var(x | group)"``, which is tested with
        its covariances by the likelihood ratio and its boundary mixture.
    world : mapping or callable, optional
        For a formula. Arguments of :func:`mlmbook.simulate`, such as ``{"beta1": 0.3,
        "var_u0": 0.2}``; a list makes a dimension of the grid. Or a function that is called with
        ``rng`` and, where they are given here, ``ngroups`` and ``size``, and returns a DataFrame.
    ngroups : int or sequence of int, optional
        Numbers of groups. Those of the fitted model, or of ``simulate``, if not given.
    size : int or sequence of int, optional
        Observations a group; for a formula also ``(low, high)``, as in ``simulate``.
    effect : float or sequence of float, optional
        For a fitted model: what the tested coefficient is instead of the estimate, for instance
        the smallest effect that matters.
    group : str, optional
        For a fitted model with several grouping factors: the one that `ngroups` and `size` are
        about. Factors nested in it are copied with it, those that cross with it are kept.
    n : int, default 1000
        Data sets for each design. The error of the power is at most :math:`1/\sqrt n`.
    alpha : float, default 0.05
        Level of the test, two-sided.
    df : {"satterthwaite", "kenward-roger", "wald"}
        Degrees of freedom of the tests of fixed effects.
    reml : bool, optional
        For a formula: restricted maximum likelihood? True if not given.
    residual : VarianceBy, AR1, ..., or a list, optional
        For a formula: the level-1 structure of the model, as in :func:`mlmbook.fit`. Worlds of
        ``simulate`` have the columns ``x``, ``w``, ``group`` and ``time``, which suits
        ``AR1("time")`` and a world with ``phi``.
    weights : str, optional
        For a formula: the column of precision weights, which a function given as `world` makes.
    neighbours : DataFrame or dict, optional
        For a formula with ``car()`` or ``sar()``: the map, as in :func:`mlmbook.fit`. The districts
        are in what a function given as `world` makes.
    ci : float, default 0.95
        Coverage of the interval that shows the error of the simulation.
    rng : Generator or int, optional
        Source of randomness, or its seed. The results do not depend on the number of workers.
    n_jobs : int, optional
        Workers, by joblib; -1 for one a core. 1 runs everything here. If not given, joblib's
        current settings: ``with joblib.parallel_config(backend="dask"):`` carries the work to a
        cluster.
    progress : bool, optional
        Show a progress bar? By default in a terminal only, so that stored notebooks stay the same.

    Returns
    -------
    DataFrame
        One row a design: what varies, then ``power`` with the limits ``low`` and ``high`` of
        Clopper and Pearson [2]_; ``n``; and the shares of data sets in which the fit was
        ``singular``, had ``not_converged``, or ``failed`` altogether (which counts as not
        rejecting). ``.attrs`` has ``test``, ``alpha``, ``df``, ``ci`` and
        ``formula``. See
        :func:`mlmbook.plot_power`.

    Raises
    ------
    FormulaError
        The model has no such fixed effect or variance.
    DataError
        A number is impossible, or the world cannot be drawn.
    FitError
        The model is of a kind that this is not worked out for, or every fit of a design failed.

    References
    ----------
    .. [1] Hoenig & Heisey (2001), The American Statistician 55, 19-24.
    .. [2] Clopper & Pearson (1934), Biometrika 26, 404-413.
    .. [3] Green & MacLeod (2016), Methods in Ecology and Evolution 7, 493-498.

    Examples
    --------
    A trial that treats half of 20 groups, by a fifth of a standard deviation:

    >>> import mlmbook as mlm
    >>> truth = {"w": 0.5, "alpha1": 0.6, "var_u0": 0.1, "var_e": 0.9}
    >>> table = mlm.power("y ~ w + (1 | group)", test="w", world=truth, ngroups=20, size=10,
    ...                   n=200, rng=1, n_jobs=1)
    >>> bool(0.7 < table["power"][0] < 0.95)
    True
    """
    _check(n=n, alpha=alpha, ci=ci, df=df)
    source: Source
    asked = {"reml": reml, "residual": residual, "weights": weights, "neighbours": neighbours}
    if isinstance(model, str):
        if effect is not None or group is not None:
            raise DataError("effect= and group= are for a fitted model; put the truth into world=")
        if not (weights is None or isinstance(weights, str)):
            raise DataError(
                "weights= names a column here: numbers belong to the rows of one data set, and "
                "many are drawn"
            )
        reml = True if reml is None else reml
        specification = Specification(
            *read_model(model, residual), weights=weights, neighbours=neighbours
        )
        source, dimensions = _world(specification, world, ngroups, size, reml)
    elif isinstance(model, Fit):
        if world is not None:
            raise DataError("world= goes with a formula; a fitted model is its own world")
        for name, value in asked.items():
            if value is not None and not (name == "reml" and value == model.reml):
                raise DataError(
                    f"{name}= goes with a formula; fit the model with that {name}= instead"
                )
        reml = model.reml
        if test in model.design.names:
            standard_errors(model, df)  # says now what it would say of every replicate
        source, dimensions = _fitted(model, test, ngroups, size, effect, group)
    else:
        raise DataError(f"model is a fitted model or a formula, not {type(model).__name__}")
    if df == "kenward-roger" and not reml:
        raise FitError("Kenward and Roger's adjustment needs reml=True, or choose another df=")
    cells = [dict(zip(dimensions, values, strict=True)) for values in product(*dimensions.values())]
    root = np.random.default_rng(rng).bit_generator.seed_seq.spawn(1)[0]  # type: ignore[attr-defined]
    trial = Trial(source, test, df, alpha)
    for number, cell in enumerate(cells):
        trial.check(cell, generator(root, number, 0))
    outcomes = run(trial, cells, n, root, n_jobs=n_jobs, progress=progress)
    table = pd.DataFrame(
        [_row(cell, these, ci) for cell, these in zip(cells, outcomes, strict=True)]
    )
    formula = model if isinstance(model, str) else model.formula
    method = "likelihood ratio" if test.startswith("var(") else df
    table.attrs.update(test=test, alpha=alpha, df=method, formula=formula, ci=ci)
    return table


def _check(*, n: int, alpha: float, ci: float, df: str) -> None:
    check_count(n)
    check_coverage(ci)
    if not 0 < alpha < 1:
        raise DataError(f"alpha is the level of the test, between 0 and 1 (0.05); got {alpha!r}")
    if df not in METHODS:
        raise FitError(f"df={df!r} is not available; choose one of {METHODS}")


def _world(
    model: Specification, world: Any, ngroups: Any, size: Any, reml: bool
) -> tuple[World, dict[str, list[Any]]]:
    """Return where data come from for a formula, and the dimensions of the grid."""
    sizes = {"ngroups": ngroups, "size": size}
    given = {name: _listed(value) for name, value in sizes.items() if value is not None}
    if callable(world):
        return World(model, world, reml), given
    if not isinstance(world, Mapping):
        raise DataError(
            "a formula needs world=: arguments of mlm.simulate, such as {'beta1': 0.3}, or a "
            "function that makes a DataFrame"
        )
    for name in ("ngroups", "size", "rng"):
        if name in world:
            raise DataError(f"give {name}= to power itself, not in world")
    varied = {name: _listed(value) for name, value in world.items() if isinstance(value, list)}
    fixed = {name: value for name, value in world.items() if name not in varied}
    return World(model, fixed, reml), {"ngroups": [50], "size": [20]} | given | varied


def _fitted(
    fit: Fit, test: str, ngroups: Any, size: Any, effect: Any, group: str | None
) -> tuple[Fitted, dict[str, list[Any]]]:
    """Return where data come from for a fitted model, and the dimensions of the grid."""
    dimensions = {
        name: _counts(name, wanted)
        for name, wanted in (("ngroups", ngroups), ("size", size))
        if wanted is not None
    }
    if dimensions:
        refuse_unless_plain(
            fit, "power for other numbers of groups", "leave ngroups= and size= out"
        )
    at = fit.design.find_grouping(group) if dimensions else 0
    if len(fit.design.groupings) == 1 or dimensions:
        dimensions = {"ngroups": [fit.design.groupings[at].ngroups]} | dimensions
    if effect is not None:
        if test not in fit.design.names:
            raise DataError(f"effect= is for a fixed effect, and {test!r} is none of the model's")
        dimensions["effect"] = [float(value) for value in _listed(effect)]
    return Fitted(fit, at, test), dimensions


def _counts(name: str, wanted: Any) -> list[Any]:
    for value in (counts := _listed(wanted)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise DataError(f"{name} must be whole numbers of at least 1, not {value!r}")
    return counts


def _listed(values: Any) -> list[Any]:
    """Return a dimension of the grid; a tuple is one value, a range of sizes."""
    if isinstance(values, list | range | np.ndarray):
        listed = [value.item() if isinstance(value, np.generic) else value for value in values]
        if not listed:
            raise DataError("a dimension of the grid has no values")
        return listed
    return [values]


def _row(cell: Cell, outcomes: Sequence[Outcome], ci: float) -> dict[str, Any]:
    n = len(outcomes)
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    if len(failures) == n:
        where = ", ".join(f"{name}={value!r}" for name, value in cell.items())
        raise FitError(f"no data set of the design {where or 'of the model'} could be fitted: "
                       f"{failures[0]}")  # fmt: skip
    rejected = sum(outcome.rejected for outcome in outcomes)
    low, high = clopper_pearson(rejected, n, ci)
    return {
        **cell,
        "power": rejected / n,
        "low": low,
        "high": high,
        "n": n,
        "singular": sum(outcome.singular for outcome in outcomes) / n,
        "not_converged": sum(outcome.not_converged for outcome in outcomes) / n,
        "failed": len(failures) / n,
    }


def clopper_pearson(k: int, n: int, ci: float) -> tuple[float, float]:
    r"""Return the limits for a share, of which *k* of *n* were seen.

    The lower one is the share at which so many or more have probability :math:`(1-ci)/2`, the
    upper one that at which so many or fewer have.
    """
    tail = (1 - ci) / 2
    low = betaincinv(k, n - k + 1, tail) if k else 0.0
    high = betaincinv(k + 1, n - k, 1 - tail) if k < n else 1.0
    return float(low), float(high)
