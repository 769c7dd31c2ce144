"""The book's spine: a simulated health survey in 50 neighborhoods, with known truth."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd

from mlmbook.data.catalog import catalog, to_numbers
from mlmbook.errors import DataError

TRUTH = MappingProxyType(
    {
        "beta0": 62.0,  # points: a non-poor person in the average neighborhood
        "beta1": -6.0,  # points: the poverty gap where deprivation is average
        "alpha1": -2.0,  # points for one unit of deprivation, non-poor people
        "alpha2": -2.0,  # points by which one unit of deprivation widens the gap
        "var_u0": 9.0,
        "cov_u01": 6.0,
        "var_u1": 16.0,
        "var_e": 49.0,  # one level-1 variance for everybody ...
        "var_eN": 36.0,  # ... or one for the non-poor
        "var_eP": 81.0,  # and one for the poor
    }
)
ACTIVE = MappingProxyType(
    {
        "C.7.3": ("beta0", "beta1", "var_u0", "var_e"),
        "C.7.16": ("beta0", "beta1", "var_u0", "cov_u01", "var_u1", "var_e"),
        "C.7.20": ("beta0", "beta1", "var_u0", "cov_u01", "var_u1", "var_eN", "var_eP"),
        "C.7.23": (
            *("beta0", "beta1", "alpha1", "alpha2"),
            *("var_u0", "cov_u01", "var_u1", "var_eN", "var_eP"),
        ),
    }
)


def survey(equation: str = "C.7.23", *, draws: bool = False) -> pd.DataFrame:
    """Return the simulated health survey of the lecture notes, always the same.

    Fifty neighborhoods, 10 to 60 people in each. The people, their poverty, their neighborhood's
    deprivation and every random draw stay the same; `equation` says which terms the health score
    contains. Poverty is commoner where deprivation is higher.

    Parameters
    ----------
    equation : {"C.7.23", "C.7.20", "C.7.16", "C.7.3"}
        Number of the equation in the source chapter:

        - ``"C.7.3"``: random intercept; deprivation plays no part in health;
        - ``"C.7.16"``: and a random slope of poverty;
        - ``"C.7.20"``: and a level-1 variance that differs between poor and non-poor people;
        - ``"C.7.23"``: and deprivation, which moves the intercept (alpha1) and the slope (alpha2).
    draws : bool, default False
        Add the columns ``u0``, ``u1`` and ``e``: the departures that nobody could observe.

    Returns
    -------
    DataFrame
        Columns ``neighborhood``, ``person``, ``health`` (points), ``poor`` (1 or 0) and
        ``deprivation`` (mean 0, standard deviation 1 over the neighborhoods);
        ``.attrs["truth"]`` holds the parameters that are active.

    Raises
    ------
    DataError
        The equation is not one of the four.

    References
    ----------
    .. [1] Subramanian (2010), Multilevel Modeling, ch. C.7 of the Handbook of Applied Spatial
       Analysis.

    Examples
    --------
    >>> people = survey("C.7.3")
    >>> people["neighborhood"].nunique(), people.attrs["truth"]["beta1"]
    (50, -6.0)
    """
    if equation not in ACTIVE:
        raise DataError(f"there is no survey for equation {equation!r}; choose from {list(ACTIVE)}")
    entry = catalog()["survey"]
    stored = pd.DataFrame(
        {
            name: texts if name in ("neighborhood", "person") else to_numbers(texts)
            for name, texts in entry.read().items()
        }
    )
    people = with_health(stored, equation)
    people = people[[*entry.columns, "u0", "u1", "e"] if draws else [*entry.columns]]
    people.attrs.update(entry.attrs(), equation=equation, truth=active(equation))
    return people


def active(equation: str) -> dict[str, float]:
    """Return the parameters of an equation."""
    return {name: TRUTH[name] for name in ACTIVE[equation]}


def with_health(drawn: pd.DataFrame, equation: str) -> pd.DataFrame:
    """Put the health score together from what was drawn, rounded to a tenth of a point."""
    truth, people, poor = active(equation), drawn.copy(), drawn["poor"]
    if "var_u1" not in truth:
        people["u1"] = 0.0
    sd_poor, sd_nonpoor = (truth.get(name, TRUTH["var_e"]) ** 0.5 for name in ("var_eP", "var_eN"))
    people["e"] = people["e"] * np.where(poor == 1, sd_poor, sd_nonpoor)
    intercept = truth["beta0"] + truth.get("alpha1", 0.0) * people["deprivation"] + people["u0"]
    slope = truth["beta1"] + truth.get("alpha2", 0.0) * people["deprivation"] + people["u1"]
    people["health"] = (intercept + slope * poor + people["e"]).round(1)
    return people
