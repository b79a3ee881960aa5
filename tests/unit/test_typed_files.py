"""Parquet, JSON lines, NumPy arrays and packed files: read as tables, bounded, and never unpickled."""

import gzip
import io
import json
import pickle
import struct
import time
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studio.datasets.archives import unpack_file
from studio.errors import BadArgument, BadUserArgument, TooLarge
from studio.model.container import read_model_file, unpacked_size
from studio.tables.options import GUESSED
from studio.tables.typed_files import read_file, typed_table


def parquet(columns, **options):
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target, **options)
    return target.getvalue()


def npy(array, **options):
    target = io.BytesIO()
    np.save(target, array, **options)
    return target.getvalue()


def zipped(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def with_header(text, data=b""):
    """Return an .npy file with this header."""
    header = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def columns(content, extension):
    reading = read_file(content, extension)
    return {column.name: column.type.value for column in reading.columns}, reading.table.to_pydict()


def test_parquet_columns_keep_their_types_and_texts_are_profiled():
    content = parquet(
        {
            "i": pa.array([1, None], pa.int16()),
            "d": [Decimal("1.5"), Decimal("2.5")],
            "t": pa.array(["$1,000", "$5"]).dictionary_encode(),
            "when": [date(2025, 1, 2), None],
            "at": [datetime(2025, 1, 2, 3, 4, tzinfo=UTC), None],
            "b": [True, False],
        }
    )
    types, values = columns(content, ".parquet")
    assert types == {"i": "Int32", "d": "Double", "t": "Int32", "when": "DateTime", "at": "DateTime", "b": "Boolean"}
    assert values == {
        "i": [1, None],
        "d": [1.5, 2.5],
        "t": [1000, 5],
        "when": ["2025-01-02T00:00:00", None],
        "at": ["2025-01-02T03:04:00", None],
        "b": [True, False],
    }


def test_json_lines_may_lack_cells_and_mix_types():
    lines = [{"a": 1, "b": "x"}, {"a": 2.5, "c": True}, {"a": None, "b": 3}]
    types, values = columns("\n\n".join(map(json.dumps, lines)).encode(), ".jsonl")
    assert types == {"a": "Double", "b": "String", "c": "Boolean"}
    assert values == {"a": [1.0, 2.5, None], "b": ["x", None, "3"], "c": [None, True, None]}


def test_arrays_are_tables():
    assert columns(npy(np.array([[1.5, 2], [3, np.nan]])), ".npy")[1] == {"Col1": [1.5, 3], "Col2": [2, None]}
    assert columns(npy(np.asfortranarray([[1, 2], [3, 4]], dtype=">i4")), ".npy")[1] == {"Col1": [1, 3], "Col2": [2, 4]}
    record = np.array([(1, "x"), (2, "y")], dtype=[("n", "i8"), ("t", "U1")])
    assert columns(npy(record), ".npy")[1] == {"n": [1, 2], "t": ["x", "y"]}
    target = io.BytesIO()
    np.savez_compressed(target, X=np.zeros((3, 2)), y=np.array([0, 1, 1]))
    assert columns(target.getvalue(), ".npz")[1] == {"X1": [0, 0, 0], "X2": [0, 0, 0], "y": [0, 1, 1]}


class Boom:
    def __reduce__(self):
        return (pytest.fail, ("code of a file was run",))


@pytest.mark.attack("Trained model files")
@pytest.mark.parametrize("content", [npy(np.array([Boom()]), allow_pickle=True), pickle.dumps(Boom())])
def test_nothing_in_an_array_is_unpickled(content):
    with pytest.raises(BadUserArgument, match=r"Python objects|magic string"):
        typed_table(content, ".npy")
    with pytest.raises(BadUserArgument, match=r"Python objects|magic string"):
        typed_table(zipped({"a.npy": content}), ".npz")


@pytest.mark.attack("Bombs")
@pytest.mark.parametrize(
    "content, extension",
    [
        (npy(np.zeros(4))[:-1], ".npy"),
        (npy(np.zeros(1)).replace(b"(1,)", b"(9999999999,)".ljust(4))[:128], ".npy"),
        (b'{"a": [1]}\n', ".jsonl"),
        (b'{"a": ' * 10_000, ".jsonl"),
        (b"\n".join(b'{"k%d": 1}' % number for number in range(20_001)), ".jsonl"),
        (b"\n".join(b'{"k%d": 1}' % number for number in range(15_000)), ".jsonl"),
        (b"PAR1" + b"\xff" * 50 + b"PAR1", ".parquet"),
        (parquet({"a": [[1]]}), ".parquet"),
        (b"PK\x05\x06" + b"\0" * 18, ".npz"),
        (b"", ".parquet"),
        (b"", ".jsonl"),
    ],
)
def test_damaged_and_nested_files_are_refused(content, extension):
    with pytest.raises(BadUserArgument):
        typed_table(content, extension)


@pytest.mark.attack("Bombs")
@pytest.mark.parametrize(
    "content",
    [
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (True, 1)}", bytes(8)),
        with_header("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\xff" * 4),
        with_header("(" * 110),
    ],
)
def test_headers_that_are_none_are_refused(content):
    with pytest.raises(BadUserArgument, match=r"cannot be read as \.npy"):
        typed_table(content, ".npy")


@pytest.mark.attack("Bombs")
def test_columns_are_counted_before_they_are_made(monkeypatch):
    # Each column of an array takes a kilobyte, and a file of a megabyte can hold a million.
    wide = npy(np.zeros((1, 300_000), dtype=np.int8))
    started = time.process_time()
    with pytest.raises(BadUserArgument, match="300,000 columns"):
        typed_table(wide, ".npy")
    assert time.process_time() - started < 0.2
    monkeypatch.setattr("studio.tables.files.MAX_COLUMNS", 10)
    with pytest.raises(BadUserArgument, match="12 columns"):
        typed_table(zipped({f"{name}.npy": npy(np.zeros((1, 6))) for name in "abcd"}), ".npz")


def test_dates_are_written_as_iso_8601():
    moments = [
        datetime(2024, 2, 29, 12, 30, 5, 120, tzinfo=UTC),
        datetime(2024, 1, 1, tzinfo=UTC),
        datetime(33, 1, 1, tzinfo=UTC),
        None,
    ]
    kinds = {"zoned": pa.timestamp("us", "Europe/Oslo"), "plain": pa.timestamp("us"), "day": pa.date32()}
    found = typed_table(
        parquet({name: pa.array(moments, kind) for name, kind in kinds.items()}), ".parquet"
    ).to_pydict()
    expected = [item and item.replace(tzinfo=None).isoformat() for item in moments]
    assert found["zoned"] == found["plain"] == expected
    assert found["day"] == ["2024-02-29T00:00:00", "2024-01-01T00:00:00", "0033-01-01T00:00:00", None]
    finer = parquet({"a": pa.array([1_700_000_000_000_000_999], pa.timestamp("ns"))})
    assert typed_table(finer, ".parquet")["a"].to_pylist() == ["2023-11-14T22:13:20"]
    with pytest.raises(BadUserArgument, match="after the year 9999"):
        typed_table(parquet({"a": pa.array([2**63 - 1], pa.timestamp("us"))}), ".parquet")


@pytest.mark.attack("Bombs")
def test_a_small_file_of_many_dates_takes_no_time():
    content = parquet({"a": pa.array(np.zeros(300_000, dtype="M8[us]"))})
    assert len(content) < 5000
    started = time.process_time()
    assert typed_table(content, ".parquet").num_rows == 300_000
    assert time.process_time() - started < 0.5


@pytest.mark.attack("Bombs")
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_arrays_packed_in_a_way_that_nothing_bounds_are_refused(method):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr("a.npy", npy(np.zeros(10)))
    with pytest.raises(BadUserArgument, match="unusual way"):
        typed_table(target.getvalue(), ".npz")


@pytest.mark.attack("Bombs")
def test_texts_that_repeat_each_other_in_part_are_refused():
    content = parquet(
        {"a": ["x" * 1000 + str(n) for n in range(9)]}, use_dictionary=False, column_encoding="DELTA_BYTE_ARRAY"
    )
    with pytest.raises(BadUserArgument, match="DELTA_BYTE_ARRAY"):
        typed_table(content, ".parquet")


@pytest.mark.attack("Bombs")
def test_texts_that_repeat_are_not_unpacked_beyond_what_tables_may_have():
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3000, dtype=np.int32)), pa.array(["x" * 1_000_000]))
    content = parquet({"a": text}, compression="zstd")
    assert len(content) < 100_000
    with pytest.raises(BadUserArgument, match="more than are read at once"):
        typed_table(content, ".parquet")


@pytest.mark.attack("Bombs")
def test_packed_files_are_unpacked_up_to_a_limit():
    table = b"a\n" + b"1\n" * 1_000_000
    for name, content in (("t.csv.gz", gzip.compress(table)), ("t.zip", zipped({"t.csv": table}))):
        assert unpack_file(name, content, len(table)) == ("t.csv", table)
        with pytest.raises(TooLarge):
            unpack_file(name, content, 1_000_000)
    assert unpack_file("t.csv", table, 1) == ("t.csv", table)


@pytest.mark.parametrize(
    "name, content, inner",
    [
        ("w/d.gz", gzip.compress(b"a\n1\n"), "d"),
        ("w/d.tar.gz", gzip.compress(b"a\n1\n"), "d.tar"),
        ("d.zip", zipped({"in/book.xlsx": b"a"}), "book.xlsx"),
    ],
    ids=["gz", "tar.gz", "zip"],
)
def test_a_packed_file_that_holds_no_table_is_named_with_what_it_holds(name, content, inner):
    with pytest.raises(BadUserArgument, match=rf"'{name}' holds '{inner}', whose name must end in one of \.csv"):
        unpack_file(name, content, 1 << 20)


@pytest.mark.attack("Bombs")
def test_a_directory_of_very_many_entries_is_refused_before_it_is_read(monkeypatch):
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"."
    directory = entry * 200_000
    content = directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory), 0, 0)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    for read in (lambda: unpack_file("a.zip", content, 1 << 30), lambda: read_file(content, ".npz", GUESSED)):
        with pytest.raises(BadUserArgument, match="200,000 entries, more than 1,000"):
            read()
    with pytest.raises(BadArgument, match="200,000 entries, more than 100,000"):
        read_model_file(content, 1 << 30)
    assert unpacked_size(content, 1 << 30) == 0


@pytest.mark.attack("Bombs")
@pytest.mark.parametrize(
    "name, content",
    [
        ("a.zip", b"PK\x03\x04"),
        ("a.zip", zipped({})),
        ("a.zip", zipped({f"{number}.csv": b"a" for number in range(2000)})),
        ("a.csv.gz", b"\x1f\x8b"),
    ],
)
def test_damaged_archives_are_refused(name, content):
    with pytest.raises(BadUserArgument, match=r"damaged|exactly one table"):
        unpack_file(name, content, 1 << 20)
