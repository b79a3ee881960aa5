"""How many rows a policy counts in a dataset, whatever kind of file it is."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studio.automation.retraining import count_rows


def parquet():
    target = io.BytesIO()
    pq.write_table(pa.table({"a": list(range(3000))}), target)
    return target.getvalue()


@pytest.mark.parametrize(
    "name, content, rows",
    [
        ("a.csv", b"a,b\n1,2\n3,4\n", 2),
        ("a.csv", b"a,b", 0),
        ("a.csv", b"", 0),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n{"a": 3}\n', 2),
        ("a.parquet", parquet(), 3000),
    ],
)
def test_rows_are_counted_by_kind_of_file(name, content, rows):
    assert count_rows(name, content) == rows
