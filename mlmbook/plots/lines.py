"""The tables behind `plot_groups`: members, and the line of each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from mlmbook.errors import DataError, FormulaError, did_you_mean
from mlmbook.plots.tables import check_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlmbook.design import Grouping
    from mlmbook.result import Fit

    Floats = NDArray[np.float64]

_STEPS = 25  # points of a line, for predictors that bend


def check_column(data: pd.DataFrame, name: str, *, numeric: bool = True) -> str:
    """Return the name of a column, if the data have it and it is of the kind needed."""
    if name not in data.columns:
        raise DataError(
            f"{name!r} is not a column of the data{did_you_mean(name, data.columns)} "
            f"(columns: {', '.join(map(str, data.columns))})"
        )
    if numeric and not is_numeric_dtype(data[name]):
        raise DataError(
            f"column {name!r} must be numeric to be an axis; its type is {data[name].dtype}"
        )
    return name


def members(data: pd.DataFrame, *, y: str, group: str, x: str | None) -> pd.DataFrame:
    """Return the complete rows of data as a table with columns ``group``, ``y`` and maybe ``x``."""
    check_column(data, group, numeric=False)
    columns = {"group": group, "y": check_column(data, y)}
    if x is not None:
        columns["x"] = check_column(data, x)
    table = pd.DataFrame({name: data[column] for name, column in columns.items()}).dropna()
    table = table.astype({name: float for name in columns if name != "group"})
    if table["group"].nunique() < 2:
        raise DataError(
            f"{group!r} has {table['group'].nunique()} groups with data; a picture of groups needs "
            "at least two"
        )
    return table


def fitted_members(fit: Fit, grouping: Grouping, x: str | None) -> pd.DataFrame:
    """Return the rows that a model used, as :func:`members` does for data."""
    table = pd.DataFrame(
        {"group": grouping.labels[grouping.codes], "y": fit.design.y}, index=fit.design.index
    )
    return table if x is None else table.assign(x=fit.data[x].astype(float))


def predictors(fit: Fit) -> list[str]:
    """Return the numeric predictors of a model, those with random slopes first."""
    design = fit.design
    parts = [part for grouping in design.groupings for part in grouping.parts]
    found: list[str] = []
    for columns in [*parts, design.fixed]:
        by_name = [name for name in columns.names if name in columns.variables]
        found += [*by_name, *columns.variables]
    return [name for name in dict.fromkeys(found) if is_numeric_dtype(fit.data[name])]


def check_predictor(fit: Fit, x: str) -> str:
    """Return the name of a predictor, if the model has it and it is numeric."""
    known = predictors(fit)
    if x not in known:
        raise FormulaError(
            f"{x!r} is not a numeric predictor of {fit.formula!r}{did_you_mean(x, known)} "
            f"(numeric predictors: {', '.join(known) or 'none'})"
        )
    return x


def choose(table: pd.DataFrame, show: int | Sequence[Any] | None, word: str) -> list[Any]:
    """Return the labels of the groups to draw, sorted by the mean of their members."""
    means = table.groupby("group", observed=True)["y"].mean().sort_values(kind="stable")
    if show is None:
        return list(means.index)
    if isinstance(show, int):
        if show < 1:
            raise DataError(f"show={show}: ask for at least one {word}, or give labels")
        spread = np.linspace(0, len(means) - 1, min(show, len(means))).round().astype(int)
        return list(means.index[spread])
    wanted = set(check_labels(show, means.index, word))
    return [label for label in means.index if label in wanted]


def model_lines(
    fit: Fit, grouping: Grouping, table: pd.DataFrame, x: str, at: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the line of each group over its own range of x, and that of the average group.

    Other predictors are held at the values of `at`, else numbers at their mean over the rows and
    categories at their reference.

    Returns
    -------
    lines, average : DataFrame
        Columns ``group`` (in `lines`), ``x``, ``y``.
    """
    ends = table.groupby("group", observed=True)["x"].agg(["min", "max"])
    steps = np.linspace(0.0, 1.0, 2 if table["x"].nunique() == 2 else _STEPS)
    grid = ends["min"].to_numpy()[:, None] + np.outer(ends["max"] - ends["min"], steps)
    lines = pd.DataFrame({"group": np.repeat(ends.index, len(steps)), "x": grid.ravel()})
    rows = held(fit, x, at, lines["x"])
    Z = np.hstack([part.remake(rows) for part in grouping.parts])
    modes = fit.ranef[grouping.name].loc[lines["group"]].to_numpy()
    lines["y"] = _population(fit, rows) + (Z * modes).sum(axis=1)
    low, high = table["x"].min(), table["x"].max()
    average = pd.DataFrame({"x": low + (high - low) * steps})
    average["y"] = _population(fit, held(fit, x, at, average["x"]))
    return lines, average


def _population(fit: Fit, rows: pd.DataFrame) -> Floats:
    return np.asarray(fit.predict(rows, level="population"), dtype=float)


def held(fit: Fit, x: str, at: Mapping[str, Any], along: pd.Series[float]) -> pd.DataFrame:
    """Return rows in which x goes along the given values and every other predictor has one."""
    data = fit.data
    for name in at:
        check_column(data, name, numeric=False)
    rows = pd.DataFrame(index=along.index)
    for name in map(str, data.columns):
        levels = fit.categorical.get(name, fit.categorical.get(f"C({name})"))
        if name == x:
            rows[name] = along
        elif name in at:
            rows[name] = at[name]
        elif levels is not None:
            rows[name] = levels[0]
        elif is_numeric_dtype(data[name]):
            rows[name] = float(data[name].astype(float).mean())
    return rows


def least_squares(table: pd.DataFrame) -> pd.DataFrame:
    """Return the least-squares line of each group over its own range of x.

    Groups with fewer than two different values of x have none.
    """
    lines = []
    for label, rows in table.groupby("group", observed=True):
        if rows["x"].nunique() > 1:
            lines.append(_line(rows).assign(group=label))
    return (
        pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=["x", "y", "group"])
    )


def between(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the mean of each group, and the least-squares line through these means.

    There is no line where all groups have the same mean of x, as in a balanced design.
    """
    means = table.groupby("group", observed=True)[["x", "y"]].mean()
    spread = means["x"].max() - means["x"].min()
    whole = table["x"].max() - table["x"].min()
    return means, _line(means) if spread > 1e-9 * whole else None


def _line(rows: pd.DataFrame) -> pd.DataFrame:
    slope, intercept = np.polyfit(rows["x"].astype(float), rows["y"].astype(float), 1)
    ends = np.array([rows["x"].min(), rows["x"].max()], dtype=float)
    return pd.DataFrame({"x": ends, "y": intercept + slope * ends})
