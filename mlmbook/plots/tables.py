"""The tables behind the pictures of a fitted model: one function a table, nothing is drawn here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mlmbook.errors import DataError, FitError, FormulaError, did_you_mean
from mlmbook.explained import level1_variance
from mlmbook.levels import lies_within
from mlmbook.plots.words import group_word, plural
from mlmbook.result import Fit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlmbook.design import Grouping
    from mlmbook.result.estimated import Estimated


_MARKS = ("between", "third", "cross")  # levels 2, 3 and 4, or factors that cross


def check_fit(fit: object) -> Fit:
    """Return the fit, if it is one."""
    if not isinstance(fit, Fit):
        raise DataError(f"a fitted model is needed, as mlm.fit(...) returns; got {_kind(fit)}")
    return fit


def _kind(thing: object) -> str:
    return "a DataFrame" if isinstance(thing, pd.DataFrame) else type(thing).__name__


def grouping_of(fit: Estimated, group: str | None) -> Grouping:
    """Return the grouping factor that is asked for; the only one when none is named."""
    design = check_fit(fit).design
    return design.groupings[design.find_grouping(group)]


def mark_of(fit: Estimated, grouping: Grouping) -> str:
    """Return the level whose color and shape a grouping factor has.

    The factor with most groups is level 2 (blue circles), the next one level 3, and so on up.
    """
    by_size = sorted(fit.design.groupings, key=lambda other: -other.ngroups)
    place = [other.name for other in by_size].index(grouping.name)
    return _MARKS[min(place, len(_MARKS) - 1)]


def level_words(fit: Fit, component: str) -> str:
    """Return what the variance of a grouping factor, or of the residuals, is called."""
    names = [grouping.name for grouping in fit.design.groupings]
    attrs = fit.data.attrs
    if component == "Residual":
        return f"within {plural(group_word(names[0], attrs)) if len(names) == 1 else 'groups'}"
    return f"between {plural(group_word(component, attrs))}"


def check_term(grouping: Grouping, term: str) -> int:
    """Return the position of a random effect among those of its grouping factor."""
    if term not in grouping.terms:
        raise FormulaError(
            f"{term!r} is not a random effect of {grouping.name!r}"
            f"{did_you_mean(term, grouping.terms)} (random effects: {', '.join(grouping.terms)})"
        )
    return grouping.terms.index(term)


def check_labels(labels: Iterable[Any], known: pd.Index[Any], word: str) -> list[Any]:
    """Return the labels asked for, if all are groups of the data."""
    wanted = list(labels)
    for label in wanted:
        if label not in known:
            raise DataError(
                f"there is no {word} {label!r} in the data{did_you_mean(label, known)} "
                f"({len(known)} in all, such as {known[0]!r})"
            )
    return wanted


def group_sizes(grouping: Grouping) -> pd.Series[int]:
    """Count the rows of each group."""
    return pd.Series(grouping.sizes, index=grouping.labels, name="n")


def departures(fit: Fit, group: str | None, term: str) -> pd.DataFrame:
    """Return conditional modes and their standard deviations, sorted from low to high.

    Returns
    -------
    DataFrame
        Columns ``mode``, ``sd``, ``n``; index = group label.
    """
    grouping = grouping_of(fit, group)
    check_term(grouping, term)
    table = pd.DataFrame(
        {
            "mode": fit.ranef[grouping.name][term],
            "sd": fit.ranef_sd[grouping.name][term],
            "n": group_sizes(grouping),
        }
    )
    return table.sort_values("mode", kind="stable")


def not_apart(table: pd.DataFrame, label: object, level: float = 0.95) -> int:
    """Count the other groups whose departure cannot be told from that of one group.

    Two groups are apart when the normal interval of the difference leaves zero out; their modes are
    taken as independent, with their conditional standard deviations.
    """
    modes, sds = table["mode"].to_numpy(), table["sd"].to_numpy()
    this = list(table.index).index(label)
    gap, sd = np.abs(modes - modes[this]), np.hypot(sds, sds[this])
    return int((gap < norm.ppf(0.5 + level / 2) * sd).sum()) - 1


def shrinkage(fit: Fit, group: str | None, term: str) -> pd.DataFrame:
    """Return each group's own departure, from its rows alone, and the shrunken one.

    The own departure is the raw one of :meth:`mlmbook.Fit.residuals_at`; for a random intercept
    that is the mean of the group's raw residuals. It is missing where the rows of a group cannot
    give it (a slope from one row, say).

    Returns
    -------
    DataFrame
        Columns ``raw``, ``shrunken``, ``n``; index = group label.
    """
    grouping = grouping_of(fit, group)
    position = check_term(grouping, term)
    raw = fit.residuals_at(grouping.name, kind="raw")
    table = pd.DataFrame(
        {
            "raw": raw.to_numpy()[:, position],
            "shrunken": fit.ranef[grouping.name][term].to_numpy(),
        },
        index=grouping.labels,
    )
    return table.assign(n=group_sizes(grouping))


def strata(fit: Fit) -> dict[str, float]:
    """Return the level-1 variance of each stratum; none without ``VarianceBy``."""
    if fit.residual is None or not any(part.strata for part in fit.residual.variances):
        return {}
    rows = (row for row in fit.residual.components() if not row[1])
    return {name: ratio * fit.estimates.sigma2 for name, _, ratio, _ in rows}


def is_averaged(fit: Fit) -> bool:
    """Return whether level-1 variances differ in another way than by stratum."""
    if fit.residual is None or strata(fit):
        return False
    variances = fit.residual.row_variances
    return bool(np.ptp(variances) > 1e-9 * variances.max())


def components(fit: Fit, *, fixed: bool = False, level1: float | None = None) -> pd.DataFrame:
    """Return the parts of the variance of the response that a model tells apart.

    A grouping factor with a random slope has another variance at every value of the predictor;
    here it is averaged over the rows of the data (Johnson 2014), and so are level-1 variances
    that differ.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    fixed : bool, default False
        Add the variance of the fixed part's predictions, if it has predictors.
    level1 : float, optional
        The variance of level 1; by default the average.

    Returns
    -------
    DataFrame
        Columns ``group`` (grouping factor, ``"Residual"`` or ``"Fixed"``), ``variance``, ``sd``,
        ``share``; level 1 last.

    References
    ----------
    .. [1] Johnson (2014), Methods in Ecology and Evolution 5(9), 944-946.
    """
    design = check_fit(fit).design
    parts: list[tuple[str, float]] = []
    if fixed and design.X.shape[1] > 1:
        parts.append(("Fixed", float(np.var(design.X @ fit.fixef.to_numpy()))))
    ordered = sorted(design.groupings, key=lambda grouping: grouping.ngroups)
    for grouping in ordered:
        omega = _covariance(fit, grouping)
        rho = fit.estimates.rhos[design.groupings.index(grouping)]
        average = np.einsum("i,ij,jk,ik->i", grouping.scale(rho), grouping.Z, omega, grouping.Z)
        parts.append((grouping.name, float(average.mean())))
    parts.append(("Residual", level1_variance(fit) if level1 is None else level1))
    table = pd.DataFrame(parts, columns=["group", "variance"])
    return table.assign(
        sd=np.sqrt(table["variance"]), share=table["variance"] / table["variance"].sum()
    )


def spreads(fit: Fit, grouping: Grouping) -> dict[str, float]:
    """Return the standard deviations between and within the groups of one factor.

    Another factor adds to the variance between them if each of these groups lies in one of its
    groups (as children in schools), else to the variance within them. Random intercepts only.
    Level-1 variances that differ are averaged over the rows.

    Raises
    ------
    FitError
        With an offset there is no one mean to lay the spreads around.
    """
    if fit.design.offset is not None:
        raise FitError(
            "with an offset every row has its own mean, so that the picture of the two spreads "
            "does not exist; name a predictor x, or draw mlm.plot_variance(fit)"
        )
    variance = {"between": 0.0, "within": level1_variance(fit)}
    for other in fit.design.groupings:
        position = check_term(other, "Intercept")
        side = "between" if lies_within(grouping, other) else "within"
        variance[side] += float(_covariance(fit, other)[position, position])
    return {side: float(np.sqrt(value)) for side, value in variance.items()}


def _covariance(fit: Fit, grouping: Grouping) -> np.ndarray[Any, Any]:
    """Return the covariance matrix of the random effects of one grouping factor."""
    return fit.estimates.covariances[fit.design.groupings.index(grouping)]
