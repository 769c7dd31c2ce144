"""Pack plain CSV files as the package's data: ``python tools/pack_data.py FOLDER``.

FOLDER holds one NAME.csv for every real data set of ``mlmbook/data/files/catalog.toml``, as
exported by R from the source named there. Columns are renamed as the catalog says, text is kept as
written, and the result is compressed without a date, so packing twice gives the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

from mlmbook.data.catalog import Dataset, catalog

FILES = Path(__file__).parents[1] / "mlmbook" / "data" / "files"
RENAMED = {"radon": {"log.radon": "log_radon", "basement": "floor", "county.name": "county_name"}}


def plain_text(source: Path, entry: Dataset) -> str:
    """Return the CSV text with the catalog's columns, unquoted where that is possible."""
    with source.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    renamed = RENAMED.get(entry.name, {})
    header = [renamed.get(name, name) for name in header]
    if header != list(entry.columns):
        raise SystemExit(f"{source}: columns {header}, but the catalog has {list(entry.columns)}")
    if len(rows) != entry.rows:
        raise SystemExit(f"{source}: {len(rows)} rows, but the catalog has {entry.rows}")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def main(folder: Path) -> None:
    """Pack every real data set of the catalog."""
    for entry in catalog().values():
        if entry.file == "survey.csv.gz":
            continue  # made by make_survey.py
        text = plain_text(folder / f"{entry.name}.csv", entry)
        target = FILES / entry.file
        target.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
        print(f"{entry.name:24} {entry.rows:6} rows {target.stat().st_size:8} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
