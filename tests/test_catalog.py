"""The catalog says what the files hold: nothing in it is written from memory."""

import gzip
import re
from pathlib import Path

import pandas as pd
import pytest

from mlmbook.data import load
from mlmbook.data.catalog import Dataset, catalog, packaged

ENTRIES = list(catalog().values())
every_dataset = pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
UNIT_WORD = re.compile(r"[^\d\W].*")


@every_dataset
def test_rows_and_columns_are_those_of_the_file(entry: Dataset) -> None:
    data = load(entry.name)
    assert len(data) == entry.rows
    assert list(data.columns) == list(entry.columns)
    assert not data.isna().any(axis=None)


@every_dataset
def test_levels_are_those_of_the_data(entry: Dataset) -> None:
    data = load(entry.name)
    assert entry.levels[0].n == entry.rows
    for level in entry.levels:
        if level.column:
            assert data[level.column].nunique() == level.n


@every_dataset
def test_every_column_varies_where_the_catalog_says(entry: Dataset) -> None:
    data = load(entry.name)
    names_of = {level.one: level.column for level in entry.levels}
    for column in entry.columns.values():
        assert column.level in names_of
        group = names_of[column.level]
        if group:
            assert (data.groupby(group)[column.name].nunique() == 1).all(), column.name


@every_dataset
def test_kinds_are_those_of_the_values(entry: Dataset) -> None:
    data = load(entry.name)
    for column in entry.columns.values():
        values = data[column.name]
        if column.kind == "number":
            assert pd.api.types.is_numeric_dtype(values)
        elif column.kind == "category":
            assert tuple(values.cat.categories) == column.values
            assert set(values) == set(column.values)
        else:
            assert column.kind == "label"
            assert all(isinstance(value, str) for value in values)


@every_dataset
def test_texts_are_complete(entry: Dataset) -> None:
    assert entry.about.endswith(".")
    for text in (entry.title, entry.source, entry.licence):
        assert text
        assert not text.endswith(".")
    assert entry.cite
    for column in entry.columns.values():
        assert column.label
        assert column.meaning
        assert not column.unit or UNIT_WORD.match(column.unit)


@every_dataset
def test_files_are_compressed_without_a_date(entry: Dataset) -> None:
    packed = packaged(entry.file).read_bytes()
    assert packed[4:8] == b"\0\0\0\0"
    assert b"\r" not in gzip.decompress(packed)


def test_no_file_is_left_out_of_the_catalog() -> None:
    files = {path.name for path in Path(str(packaged("catalog.toml"))).parent.iterdir()}
    assert files == {entry.file for entry in ENTRIES} | {"catalog.toml"}


def test_everything_together_stays_small() -> None:
    assert sum(len(packaged(entry.file).read_bytes()) for entry in ENTRIES) < 400_000


def test_citation_keys_are_in_the_book() -> None:
    references = Path(__file__).parents[1] / "book" / "references.bib"
    keys = set(re.findall(r"^@\w+\{([^,\s]+),", references.read_text(encoding="utf-8"), re.M))
    assert {key for entry in ENTRIES for key in entry.cite} <= keys


def test_categories_start_with_the_reference_that_published_results_use() -> None:
    assert load("hsb82")["sector"].cat.categories[0] == "Public"
    assert load("exam")["schgend"].cat.categories[0] == "mixed"
    assert load("orthodont")["sex"].cat.categories[0] == "Male"
