"""Batch scoring finds out encoding, separator and header of its input, in bounded memory."""

import io

import pytest

from studio.errors import BadUserArgument
from studio.model.batches import BatchScorer, NotUtf8
from tests.builders import dataset, load_packed, train_on

ROWS = [("Köln", "1.5"), ("Lima", "2"), ("Århus", "3.25")]


@pytest.fixture(scope="module")
def model():
    lines = "\n".join(f"{city},{hours},{'yes' if hours > '2' else 'no'}" for city, hours in ROWS * 10)
    return load_packed(train_on("Two-Class Logistic Regression", dataset(f"city,hours,bought\n{lines}\n"), "bought"))


class Slowly(io.RawIOBase):
    """A stream that gives a few bytes at a time, as networks do."""

    def __init__(self, content, size):
        self._source = io.BytesIO(content)
        self._size = size

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._source.readinto(memoryview(buffer)[: self._size])


def scored(model, content, extension=".csv", size=1 << 20, **known):
    blocks = BatchScorer(model, ".csv", append=True).score(Slowly(content, size), extension, **known)
    return b"".join(block for block, _ in blocks).decode()


def written(separator, encoding="utf-8"):
    return "\n".join(separator.join(row) for row in (("city", "hours"), *ROWS)).encode(encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_all_dialects_give_the_same_rows_however_few_bytes_come_at_a_time(model, separator, encoding):
    assert scored(model, written(separator, encoding), size=3) == scored(model, written(","))


def test_what_is_not_utf8_further_on_is_told_from_what_cannot_be_read_at_all(model):
    long = written(",") + b"\n" + b"Lima,1\n" * 160_000
    with pytest.raises(NotUtf8, match="not UTF-8 throughout"):
        scored(model, long + "Köln,1\n".encode("cp1252"))
    assert scored(model, long + "Köln,1\n".encode()).count("\n") == 160_004
    with pytest.raises(BadUserArgument, match="A row has 3 cells, but the first row has 2 names"):
        scored(model, written(",") + b"\nx,1,2")
    with pytest.raises(BadUserArgument, match="such as an Excel workbook"):
        scored(model, b"PK\x03\x04" + b"x" * 99)
