"""Load a packaged data set, and list them all."""

from __future__ import annotations

import pandas as pd

from mlmbook.data.catalog import Dataset, catalog, to_numbers
from mlmbook.data.survey import survey
from mlmbook.errors import DataError, did_you_mean


def load(name: str) -> pd.DataFrame:
    """Load a data set that comes with the package. It needs no network.

    Parameters
    ----------
    name : str
        A name that :func:`datasets` lists, e.g. ``"hsb82"``.

    Returns
    -------
    DataFrame
        One row a level-1 unit. Labels of units are text, categories have their reference
        first, everything else is a number. ``.attrs`` holds ``name``, ``title``, ``source``,
        ``licence``, ``levels`` (units and their number) and ``columns`` (label, level, unit
        and meaning of each).

    Raises
    ------
    DataError
        There is no data set of that name; the message gives the nearest names.

    Examples
    --------
    >>> schools = load("hsb82")
    >>> schools.shape, schools["school"].nunique()
    ((7185, 8), 160)
    >>> schools.attrs["columns"]["mathach"]["unit"]
    'points'
    """
    if name not in catalog():
        hint = did_you_mean(name, catalog()) or "."
        raise DataError(f"there is no data set {name!r}{hint} mlmbook has {', '.join(catalog())}")
    return survey() if name == "survey" else _read(catalog()[name])


def _read(entry: Dataset) -> pd.DataFrame:
    data = pd.DataFrame(
        {
            name: to_numbers(texts) if entry.columns[name].kind == "number" else texts
            for name, texts in entry.read().items()
        }
    )
    for column in entry.columns.values():
        if column.kind == "category":
            data[column.name] = pd.Categorical(data[column.name], categories=column.values)
    data.attrs.update(entry.attrs())
    return data


def datasets() -> pd.DataFrame:
    """List the data sets that come with the package.

    Returns
    -------
    DataFrame
        One row a data set: ``name``, ``title``, ``levels`` (units from the lowest level up),
        ``n`` (how many of each), ``source`` and ``licence``.

    Examples
    --------
    >>> datasets().set_index("name").loc["exam", ["levels", "n"]].tolist()
    ['pupils, schools', '4059, 65']
    """
    return pd.DataFrame(
        [
            {
                "name": entry.name,
                "title": entry.title,
                "levels": ", ".join(level.many for level in entry.levels),
                "n": ", ".join(str(level.n) for level in entry.levels),
                "source": entry.source,
                "licence": entry.licence,
            }
            for entry in catalog().values()
        ]
    )
