"""Write the book's data catalog page from the package's catalog.

Run it after ``mlmbook/data/files/catalog.toml`` has changed; a test fails while the page is stale.
"""

from __future__ import annotations

from pathlib import Path

from mlmbook.data.catalog import Column, Dataset, catalog

PAGE = Path(__file__).resolve().parents[1] / "book" / "back" / "data-catalog.md"
LEVEL_CLASSES = ("l1", "l2", "l3")

OPENING = """\
# Data catalog

Every data set of the book comes with the package and loads without a network.
`mlm.load("hsb82")` gives a data frame; its `.attrs` hold the source, the license and what each
column means. `mlm.datasets()` lists them all.

Each set keeps the license of the source that it came from; the license of this book does not
cover it.
Where the source is an R package, the license named here is the one that the package states for
itself.
The column "Of" says which unit a value describes: [level 1]{.l1} or [level 2]{.l2}.

| Name | What it holds | Units |
|:--|:--|:--|
"""


def page() -> str:
    """Return the page as it should be."""
    entries = catalog().values()
    rows = "".join(
        f"| {{ref}}`{entry.name} <data-{entry.name}>` | {entry.title} | {units(entry)} |\n"
        for entry in entries
    )
    return OPENING + rows + "".join(section(entry) for entry in entries)


def section(entry: Dataset) -> str:
    """Describe one data set."""
    cited = f"\n{{cite:p}}`{','.join(entry.cite)}`" if entry.cite else ""
    columns = "".join(row(column, entry) for column in entry.columns.values())
    return f"""
(data-{entry.name})=
## {entry.title}

{entry.about}

Load it
: `mlm.load("{entry.name}")`

Size
: {units(entry)}; one row a {entry.levels[0].one}

Source
: {entry.source}{cited}

License
: {entry.licence}

| Column | Of | Meaning |
|:--|:--|:--|
{columns}"""


def row(column: Column, entry: Dataset) -> str:
    """Describe one column in a line of the table."""
    meaning = column.meaning.replace("|", "\\|")
    if column.values:
        meaning += ": " + ", ".join(column.values)
    if column.unit:
        meaning += f" ({column.unit})"
    return f"| `{column.name}` | {of_level(column.level, entry)} | {meaning} |\n"


def of_level(name: str, entry: Dataset) -> str:
    """Color the unit's name with its level, the lowest being level 1."""
    names = [level.one for level in entry.levels]
    if len(names) == 1 or name not in names:
        return name
    return f"[{name}]{{.{LEVEL_CLASSES[names.index(name)]}}}"


def units(entry: Dataset) -> str:
    """Count the units of each level, the lowest first."""
    return ", ".join(
        f"{level.n:,} {level.one if level.n == 1 else level.many}" for level in entry.levels
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
