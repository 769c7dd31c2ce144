"""Robinson zoom (W04): one census, correlated over people, states and divisions."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from mlmbook.data import load
from mlmbook.explore import (
    Axis,
    Bars,
    Choice,
    Lines,
    Panel,
    Points,
    Predict,
    Says,
    Scene,
    Toggle,
    explorable,
)
from mlmbook.explore.mark import Mark

UNITS = {
    "people": "people",
    "within": "people within a state",
    "states": "states",
    "divisions": "divisions",
}
LEVELS = {"people": "within", "within": "within", "states": "between", "divisions": "third"}
BASES = {
    "white and Black": "white and Black residents",
    "everyone": "all residents",
    "white": "white residents only",
}
COLUMNS = {
    "white and Black": ["nwhite", "fpwhite", "fbwhite", "black"],
    "everyone": ["pop"],
    "white": ["nwhite", "fpwhite", "fbwhite"],
}
# The census lists the states by division, from the north-east to the west; the data keep its order.
DIVISIONS = {
    "New England": 6,
    "Middle Atlantic": 3,
    "East North Central": 5,
    "West North Central": 7,
    "South Atlantic": 9,
    "East South Central": 4,
    "West South Central": 4,
    "Mountain": 8,
    "Pacific": 3,
}
PRINTED = {"people": 0.118, "states": -0.526, "divisions": -0.619}  # Robinson (1950)
DC = "District of Columbia"
TOP = 20.0  # percent illiterate at the top of the picture
WIDEST = {"states": 13.0, "divisions": 9.0}  # pixels, radius of the most populous one


@cache
def counts(base: str, dc: bool) -> pd.DataFrame:
    """Count the foreign-born and everyone else in each state, and how many of each were illiterate.

    Parameters
    ----------
    base : str
        Who is counted: a key of `BASES`. The foreign-born are foreign-born white residents in all.
    dc : bool
        Whether the District of Columbia is one of the states.

    Returns
    -------
    DataFrame
        Index = state; columns division, foreign, foreign_illiterate, native, native_illiterate.
    """
    census = load("illiteracy30")
    columns = COLUMNS[base]
    people = census[columns].sum(axis=1)
    illiterate = census[[f"{column}_il" for column in columns]].sum(axis=1)
    table = pd.DataFrame(
        {
            "state": census["state"],
            "division": np.repeat(list(DIVISIONS), list(DIVISIONS.values())),
            "foreign": census["fbwhite"],
            "foreign_illiterate": census["fbwhite_il"],
            "native": people - census["fbwhite"],
            "native_illiterate": illiterate - census["fbwhite_il"],
        }
    ).set_index("state")
    return table if dc else table.drop(index=DC)


def rates(table: pd.DataFrame) -> pd.DataFrame:
    """Turn counts into people and percentages, one row a row of the counts.

    Returns
    -------
    DataFrame
        Columns people, share (born abroad), illiteracy, foreign and native (illiteracy of each).
    """
    people = table["foreign"] + table["native"]
    illiterate = table["foreign_illiterate"] + table["native_illiterate"]
    return pd.DataFrame(
        {
            "people": people,
            "share": 100 * table["foreign"] / people,
            "illiteracy": 100 * illiterate / people,
            "foreign": 100 * table["foreign_illiterate"] / table["foreign"],
            "native": 100 * table["native_illiterate"] / table["native"],
        }
    )


def nation(table: pd.DataFrame) -> pd.Series:
    """Return the rates of all places together."""
    return rates(table.drop(columns="division").sum().to_frame().T).iloc[0]


def places(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the rates of the states or of the divisions."""
    if unit == "divisions":
        table = table.groupby("division", sort=False).sum()
    return rates(table)


def correlation(table: pd.DataFrame, unit: str, *, weighted: bool = True) -> float:
    """Correlate being born abroad with being illiterate over a unit of analysis.

    Parameters
    ----------
    table : DataFrame
        From `counts`.
    unit : str
        A key of `UNITS`. ``"within"`` pools the states: distances from their means.
    weighted : bool, default True
        Whether states and divisions count by their population. People count once either way.

    Returns
    -------
    float
    """
    if unit in ("people", "within"):
        cells = table.drop(columns="division")
        return _person_correlation(cells if unit == "within" else cells.sum().to_frame().T)
    some = places(table, unit)
    weight = some["people"] if weighted else None
    (xx, xy), (_, yy) = np.cov(some["share"], some["illiteracy"], aweights=weight)
    return float(xy / np.sqrt(xx * yy))


def _person_correlation(cells: pd.DataFrame) -> float:
    """Correlate two 0/1 properties of people within the rows of a table of counts."""
    place = rates(cells)
    n, x, y = place[["people", "share", "illiteracy"]].to_numpy(float).T
    x, y, both = x / 100, y / 100, cells["foreign_illiterate"].to_numpy(float) / n
    xy, xx, yy = n @ (both - x * y), n @ (x * (1 - x)), n @ (y * (1 - y))
    return float(xy / np.sqrt(xx * yy))


@explorable(
    title="One census: how does birthplace go with illiteracy?",
    controls=[
        Choice("unit", "What is correlated", UNITS),
        Choice("base", "Who is counted", BASES),
        Toggle("weighted", "Count places by their population", True),
        Toggle("dc", "Include the District of Columbia", True),
    ],
    predict=Predict(
        "Nationally, people born abroad were illiterate three times as often as natives. In how "
        "many of the 49 places did they have the higher rate?",
        ["all 49", "38 of 49", "11 of 49"],
        answer=1,
        because="In 11 places, ten Southern states and New Mexico, the natives' rate was as high "
        "or higher: a national difference need not hold in every state.",
    ),
    tasks=[
        "Go from people to states to divisions. Say what happens to the sign of r, and to its "
        "size.",
        "Choose states and find the recipe closest to the −0.526 that Robinson printed. Say whom "
        "it counts and with what weights.",
        "Choose people within a state. Then count white residents only, and say how many falling "
        "lines are left and why.",
    ],
    alt="The same census four ways. People: 9.9 percent of the foreign-born are illiterate and "
    "3.1 percent of everyone else, r = 0.12. People within states: the line from everyone else "
    "to the foreign-born rises in 38 of 49 places, r = 0.15. States: the line falls from 6 "
    "percent illiterate where nobody was born abroad, r = −0.46. Divisions: it falls too, r = "
    "−0.62.",
    static=[{"unit": unit} for unit in UNITS],
)
def robinson_zoom(unit: str, base: str, weighted: bool, dc: bool) -> Scene:
    """Draw the chosen units, and the correlation over each of the four kinds of unit."""
    table = counts(base, dc)
    r = {kind: correlation(table, kind, weighted=weighted) for kind in UNITS}
    return Scene(
        _units(table, unit, weighted),
        _correlations(r, unit),
        says=_says(table, unit, weighted, r[unit]),
    )


def _units(table: pd.DataFrame, unit: str, weighted: bool) -> Panel:
    """Draw the units that are correlated."""
    everyone, state = nation(table), rates(table)
    higher = state["foreign"] > state["native"]
    marks: dict[str, list[Mark]] = {
        "people": [Bars([0, 1], everyone[["native", "foreign"]], width=[0.6, 0.6], level="within")],
        "within": [
            _slopes(state[higher], "within", "rises"),
            _slopes(state[~higher], "fixed", "falls"),
        ],
        "states": _cloud(table, "states", weighted),
        "divisions": _cloud(table, "divisions", weighted),
    }
    titles = {
        "people": "All people",
        "within": f"People in each of {len(state)} places",
        "states": f"{len(state)} places",
        "divisions": "9 census divisions",
    }
    if unit in ("people", "within"):
        x = Axis("Birthplace", (-0.5, 1.5), ticks={0: "everyone else", 1: "foreign-born"})
    else:
        x = Axis("Born abroad, %", (0, 35), ticks={tick: str(tick) for tick in (0, 10, 20, 30)})
    return Panel(
        *(mark if kind == unit else None for kind, group in marks.items() for mark in group),
        x=x,
        y=Axis("Illiterate, %", (0, TOP), ticks=[0, 5, 10, 15, 20]),
        title=titles[unit],
    )


def _slopes(state: pd.DataFrame, level: str, label: str) -> Lines:
    """Join, for each state, the illiteracy of everyone else to that of the foreign-born."""
    names = np.repeat(state.index.to_numpy(str), 2).tolist()
    return Lines(
        np.tile([0.0, 1.0], len(state)),
        state[["native", "foreign"]].to_numpy().ravel(),
        group=names,
        names=names,
        width=1.5,
        level=level,
        label=label,
    )


def _cloud(table: pd.DataFrame, unit: str, weighted: bool) -> list[Mark]:
    """Draw states or divisions, and the least-squares line through them."""
    some = places(table, unit)
    people = some["people"].to_numpy(float)
    fit = np.polynomial.Polynomial.fit(
        some["share"], some["illiteracy"], 1, w=np.sqrt(people) if weighted else None
    )
    ends = np.array([0.0, 32.0])
    return [
        Points(
            some["share"],
            some["illiteracy"],
            names=list(some.index),
            size=WIDEST[unit] * np.sqrt(people / people.max()) if weighted else 5.0,
            level=LEVELS[unit],
        ),
        Lines(ends, np.clip(fit(ends), 0, TOP), level=LEVELS[unit]),
    ]


def _correlations(r: dict[str, float], unit: str) -> Panel:
    """Draw the four correlations on one scale, the chosen one large, and those Robinson printed."""
    rows = list(UNITS.values())
    return Panel(
        Lines([0, 0], [rows[0], rows[-1]], width=1, dash=False),
        *(
            Points(
                [r[kind]], [words], size=8 if kind == unit else 4, names=[words], level=LEVELS[kind]
            )
            for kind, words in UNITS.items()
        ),
        Points(
            list(PRINTED.values()),
            [UNITS[kind] for kind in PRINTED],
            names=[f"printed for {UNITS[kind]}" for kind in PRINTED],
            size=5,
            shape="cross",
            label="printed in 1950",
        ),
        x=Axis("Correlation r", (-0.8, 0.4), ticks=[-0.8, -0.4, 0, 0.4]),
        y=Axis("", categories=rows),
        title="The four correlations",
    )


def _says(table: pd.DataFrame, unit: str, weighted: bool, r: float) -> Says:
    if unit == "people":
        everyone = nation(table)
        return Says(
            "Over {people:,} people r = {r:+.3f}: {foreign:.1f} % of the foreign-born were "
            "illiterate, {native:.1f} % of everyone else. A person counts once, so weights "
            "change nothing.",
            people=int(everyone["people"]),
            r=r,
            foreign=float(everyone["foreign"]),
            native=float(everyone["native"]),
        )
    if unit == "within":
        state = rates(table)
        higher = int((state["foreign"] > state["native"]).sum())
        return Says(
            "Compared with others of their own state, r = {r:+.3f}. The line rises in {up} of "
            "{all} places, where the foreign-born had the higher rate; in {down} it falls.",
            r=r,
            up=higher,
            down=len(state) - higher,
            all=len(state),
        )
    some = places(table, unit)
    return Says(
        "Over {count} {units}, {how}, r = {r:+.3f}. Robinson printed {printed:+.3f}: this recipe "
        "is {off:.3f} away.",
        count=len(some),
        units="places" if unit == "states" else "divisions",
        how="counted by population" if weighted else "all counted alike",
        r=r,
        printed=PRINTED[unit],
        off=abs(r - PRINTED[unit]),
    )
