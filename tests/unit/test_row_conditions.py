"""Rows chosen by conditions, in pages and as files."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studio.errors import BadArgument, TooLarge
from studio.tables import row_downloads, row_pages
from studio.tables.row_conditions import MAX_CONDITIONS, read_conditions
from studio.tables.row_downloads import read_format, write_rows
from studio.tables.row_pages import KeptRows, read_choice, read_rows, read_window, write_pages
from studio.tables.schema import ColumnType

NAN = float("nan")
HOSTILE = '<b>"],\u202e'
COLUMNS = [
    ("age", ColumnType.INT64),
    ("income", ColumnType.DOUBLE),
    (HOSTILE, ColumnType.STRING),
    ("member", ColumnType.BOOLEAN),
    ("since", ColumnType.DATETIME),
]
DAY = 86_400.0


@pytest.fixture(params=[50_000, 10], ids=["one stream", "many streams"])
def kept(request, monkeypatch):
    monkeypatch.setattr(row_pages, "STREAM_CELLS", request.param)
    numbers = np.arange(100, dtype=np.float64)
    arrays = [
        pa.array(numbers),
        pa.array(np.where(numbers % 10 == 0, NAN, numbers / 4)),
        pa.array([None if row % 7 == 0 else f"Oslo {row % 3}" for row in range(100)], pa.large_string()),
        pa.array(numbers % 2),
        pa.array(numbers * DAY),
    ]
    content, streams = write_pages(arrays, 100)
    return KeptRows(lambda place, length: content[place : place + length], streams, COLUMNS)


def chosen(kept, *conditions, sort=None, offset=None, limit="1000"):
    where = json.dumps([dict(zip(("column", "is", "value"), item, strict=False)) for item in conditions])
    return read_rows(kept, read_window(offset, limit, read_choice(sort, where)))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([("age", ">=", "95")], range(95, 100)),
        ([("age", "<", 3)], range(3)),
        ([("age", "!=", " 4 "), ("age", "<=", "5")], [0, 1, 2, 3, 5]),
        ([("income", "missing")], range(0, 100, 10)),
        ([("income", "present"), ("income", "<", "1")], [1, 2, 3]),
        ([("income", "!=", "0.25"), ("age", "<", "12")], [*range(2, 10), 11]),
        ([(HOSTILE, "contains", "OSLO 2"), ("age", "<", "10")], [2, 5, 8]),
        ([(HOSTILE, "=", "Oslo 0"), ("age", "<", "10")], [3, 6, 9]),
        ([(HOSTILE, "missing"), ("age", "<", "10")], [0, 7]),
        ([("member", "=", "True"), ("age", "<", "6")], [1, 3, 5]),
        ([("since", ">", "1970-04-08T12:00:00Z")], [98, 99]),
        ([("age", "=", "1000")], []),
    ],
)
def test_rows_that_hold_for_all_conditions_come_with_their_numbers(kept, conditions, expected):
    found = chosen(kept, *conditions)
    assert (found.numbers, found.matching) == ([*expected], len(expected))
    assert [row[0] for row in found.values] == [*expected]


def test_chosen_rows_come_in_pages_and_sorted(kept):
    odd = ("member", "=", "true")
    pages = [chosen(kept, odd, offset=str(start), limit="20") for start in (0, 20, 40, 60)]
    assert [number for page in pages for number in page.numbers] == [*range(1, 100, 2)]
    assert [row[0] for page in pages for row in page.values] == [*range(1, 100, 2)]
    assert {page.matching for page in pages} == {50}
    last = chosen(kept, odd, sort="-age", offset="1", limit="2")
    assert (last.numbers, [row[0] for row in last.values], last.matching) == ([97, 95], [97, 95], 50)


@pytest.mark.attack("Bad input")
@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("{", "must be JSON"),
        ("[" * 100_000, "must be JSON"),
        (r'[{"column": "\ud800", "is": "=", "value": "1"}]', "must be JSON"),
        (r'[{"column": "' + HOSTILE.replace('"', r"\"") + r'", "is": "=", "value": "\udc00"}]', "must be JSON"),
        (json.dumps([{"column": "age", "is": "missing"}] * (MAX_CONDITIONS + 1)), f"up to {MAX_CONDITIONS} conditions"),
        ('[{"column": "age"}]', "must have conditions such as"),
        ('[{"column": "age", "is": "__class__", "value": "1"}]', "must have one of"),
        ('[{"column": "age", "is": ["="], "value": "1"}]', "must have one of"),
        ('[{"column": "age", "is": "=", "value": {"a": 1}}]', "must have texts"),
        (json.dumps([{"column": "age", "is": "=", "value": "1" * 2000}]), "up to 1000 characters"),
        ('[{"column": "aeg", "is": "missing"}]', "Did you mean 'age'"),
        ('[{"column": "age", "is": "=", "value": "old"}]', "it takes a number"),
        ('[{"column": "age", "is": "=", "value": "nan"}]', "it takes a number"),
        ('[{"column": "age", "is": "contains", "value": "1"}]', "which has no texts"),
        ('[{"column": "member", "is": "=", "value": "maybe"}]', "it takes true or false"),
        ('[{"column": "since", "is": ">", "value": "soon"}]', "it takes a time"),
    ],
)
def test_a_condition_that_cannot_be_is_said(kept, where, said):
    with pytest.raises(BadArgument, match=said):
        read_rows(kept, read_window(None, None, read_choice(None, where)))


def test_no_condition_chooses_all(kept):
    assert read_conditions("") == read_conditions("[]") == ()
    assert read_rows(kept, read_window("90", None, read_choice(None, "[]"))).numbers == [*range(90, 100)]


def test_rows_are_downloaded_with_the_types_of_their_columns(kept):
    choice = read_choice("-age", '[{"column": "age", "is": "<", "value": "12"}]')
    table = pa.ipc.open_stream(write_rows(kept, choice, "arrow")).read_all()
    assert table.equals(pq.read_table(io.BytesIO(write_rows(kept, choice, "parquet"))))
    assert [str(field.type) for field in table.schema] == ["int64", "double", "string", "bool", "timestamp[us]"]
    assert table.column_names == [name for name, _ in COLUMNS]
    assert table["age"].to_pylist() == [*range(11, -1, -1)]
    assert table["income"].to_pylist()[:3] == [2.75, None, 2.25]
    rows = list(csv.reader(io.StringIO(write_rows(kept, choice, "csv").decode())))
    assert rows[0] == [name for name, _ in COLUMNS]
    assert rows[1][:4] == ["11", "2.75", "Oslo 2", "true"]
    assert rows[1][4].startswith("1970-01-12 00:00:00")
    assert len(rows) == 13
    everything = pa.ipc.open_stream(write_rows(kept, read_choice(None), "arrow")).read_all()
    assert everything["age"].to_pylist() == [*range(100)]


def test_numbers_that_their_type_cannot_have_are_missing_in_a_file():
    odd = [np.inf, 1e300, NAN, 2.0]
    content, streams = write_pages([pa.array(odd)] * 3, 4)
    columns = [("whole", ColumnType.INT64), ("time", ColumnType.DATETIME), ("number", ColumnType.DOUBLE)]
    kept = KeptRows(lambda place, length: content[place : place + length], streams, columns)
    table = pa.ipc.open_stream(write_rows(kept, read_choice(None), "arrow")).read_all()
    assert table["whole"].to_pylist() == [None, None, None, 2]
    assert [value is None for value in table["time"].to_pylist()] == [True, True, True, False]
    assert table["number"].to_pylist() == [np.inf, 1e300, None, 2.0]


@pytest.mark.attack("Size and time")
def test_a_file_is_bounded_and_its_format_known(kept, monkeypatch):
    monkeypatch.setattr(row_downloads, "MAX_BYTES", 100)
    with pytest.raises(TooLarge, match="Ask for fewer with where"):
        write_rows(kept, read_choice(None), "csv")
    assert read_format(None) == "csv"
    with pytest.raises(BadArgument, match="format must be csv, parquet, arrow, got 'exe'"):
        read_format("exe")
