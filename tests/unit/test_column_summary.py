"""Summaries of columns, and rows kept in streams, against plain computations."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from studio.errors import BadArgument
from studio.tables import column_summary, row_pages
from studio.tables.column_summary import summarise_column
from studio.tables.row_pages import KeptRows, RowsPage, Streams, read_choice, read_rows, read_window, write_pages
from studio.tables.schema import Column, ColumnType
from studio.tables.shown_table import show_table

DOUBLE, STRING = ColumnType.DOUBLE, ColumnType.STRING
EDGES = [np.nan, 0.0, -0.0, 1e-300, -1e300, 5.5, 5.5]


def test_statistics_are_those_of_pandas():
    values = np.concatenate([np.random.default_rng(0).normal(size=999), EDGES[:1]])
    found, known = summarise_column("x", DOUBLE, values), pd.Series(values)
    for name in ("mean", "median", "min", "max", "std"):
        assert found[name] == pytest.approx(getattr(known, name)())
    assert (found["missing"], found["unique"], found["top"]) == (1, 999, [])
    counts, edges = np.histogram(values[:-1], 20)
    assert found["histogram"]["counts"] == counts.tolist()
    assert found["histogram"]["edges"] == pytest.approx(edges.tolist())


@pytest.mark.parametrize(
    "values", [[], [np.nan], [1.0], [np.inf], [-np.inf, np.inf, np.nan, 2], EDGES, [1e308, -1e308], [5e-324, 0]]
)
def test_any_numbers_have_a_summary_that_json_can_hold(values):
    found = summarise_column("x", DOUBLE, np.array(values, dtype=np.float64))
    numbers = [found.get(name) for name in ("mean", "median", "min", "max", "std")]
    assert all(number is None or math.isfinite(number) for number in numbers)
    if found.get("histogram"):
        assert sum(found["histogram"]["counts"]) == np.isfinite(values).sum()


def test_texts_have_their_most_frequent_values_cut():
    texts = ["b"] * 3 + ["a"] * 2 + [None] + ["x" * 999] + [str(number) for number in range(20)]
    found = summarise_column("t", STRING, pa.array(texts, pa.large_string()))
    assert (found["missing"], found["unique"], len(found["top"])) == (1, 23, 10)
    assert found["top"][:2] == [{"value": "b", "count": 3}, {"value": "a", "count": 2}]
    assert summarise_column("t", STRING, pa.array([], pa.large_string()))["top"] == []


def test_many_rows_are_sampled_but_counted_exactly(monkeypatch):
    monkeypatch.setattr(column_summary, "MAX_SORTED", 100)
    values = np.arange(1000.0)
    found = summarise_column("x", DOUBLE, values)
    assert (found["min"], found["max"], found["mean"], found["unique"]) == (0, 999, 499.5, 100)
    assert found["median"] == pytest.approx(499.5, rel=0.01)
    texts = pa.array(["a", None] * 500, pa.large_string())
    assert summarise_column("t", STRING, texts)["missing"] == 500


COLUMNS = [("n", DOUBLE), ("t", STRING)]


def kept(rows=1000, text="x"):
    arrays = [pa.array(np.arange(rows, dtype=np.float64)), pa.array([text] * rows, pa.large_string())]
    return write_pages(arrays, rows)


def reading(content, seen):
    def read(place, length):
        seen.append(length)
        return content[place : place + length]

    return read


def test_a_page_reads_only_the_streams_that_have_it(monkeypatch):
    monkeypatch.setattr(row_pages, "STREAM_CELLS", 200)
    content, streams = kept()
    seen = []
    table = KeptRows(reading(content, seen), streams, COLUMNS)
    found = read_rows(table, read_window("95", "10"))
    assert [row[0] for row in found.values] == found.numbers == [*range(95, 105)]
    assert found.matching == 1000
    assert seen == [streams.places[2]]
    assert read_rows(table, read_window("0", "1000")).numbers == [*range(1000)]
    assert read_rows(table, read_window("1000", None)) == RowsPage([], [], 1000)
    assert read_rows(KeptRows(reading(kept(0)[0], []), kept(0)[1], COLUMNS), read_window(None, None)).values == []


@pytest.mark.attack("Size and time")
def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(row_pages, "MAX_CELLS", 100)
    content, streams = kept(1000, "é" * 5000)
    assert streams.rows[-1] == 50
    table = KeptRows(reading(content, []), streams, COLUMNS)
    (first,) = read_rows(table, read_window(None, "1")).values
    assert len(first[1]) == 1000
    monkeypatch.setattr(row_pages, "MAX_SORT_BYTES", 10)
    with pytest.raises(BadArgument, match="Leave out sort"):
        read_rows(table, read_window(None, None, read_choice("n")))


@pytest.mark.parametrize("asked", [("-1", ""), ("x", ""), ("", "0"), ("", "1001"), ("9" * 20, "")])
def test_a_window_that_cannot_be_is_said(asked):
    with pytest.raises(BadArgument, match="must be a whole number from"):
        read_window(*asked)


def test_cells_are_shown_as_their_types_have_them():
    numbers = pa.array([1.0, np.nan, np.inf, 1e300])
    assert row_pages.shown_cells(numbers, ColumnType.INT64) == [1, None, None, 1e300]
    assert row_pages.shown_cells(numbers, ColumnType.DATETIME) == ["1970-01-01T00:00:01", None, None, 1e300]
    assert row_pages.shown_cells(pa.array([0.0, 1.0]), ColumnType.BOOLEAN) == [False, True]
    assert Streams((0,), (0,)).to_json() == {"rows": (0,), "places": (0,)}


@pytest.mark.attack("Size and time")
def test_of_many_columns_the_first_ones_are_shown_and_some_more_are_named():
    columns = [Column(f"c{number}", DOUBLE) for number in range(10_001)]
    shown = show_table(columns, 20, [pa.array(np.arange(20.0))] * 500)
    assert (shown.summary["columnCount"], len(shown.summary["columns"])) == (10_001, 10_000)
    assert (len(shown.summary["preview"]), len(shown.summary["preview"][0])) == (20, 500)
    assert shown.summary["columns"][500] == {"name": "c500", "type": "Double"}
