"""Packed content is unpacked up to a limit, and in time that its size explains."""

import gzip
import time
import zlib

import pytest

from studio.storage.encodings import is_packed, unpack

pytestmark = pytest.mark.attack("Bombs")

TEXT = b"a,b\n" + b"1,x\n" * 5000


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", " GZIP ", "gzip, identity"])
def test_content_comes_out_as_it_was_written(encoding):
    packed = zlib.compress(TEXT) if encoding == "deflate" else gzip.compress(TEXT)
    assert unpack(packed, encoding, len(TEXT)) == TEXT


def test_deflate_without_a_header_and_files_of_many_parts_are_read_too():
    assert unpack(zlib.compress(TEXT, wbits=-15), "deflate", len(TEXT)) == TEXT
    parts = b"".join(gzip.compress(TEXT[start : start + 7]) for start in range(0, len(TEXT), 7))
    assert unpack(parts, "gzip", len(TEXT)) == TEXT


@pytest.mark.parametrize("encoding", [None, "", "identity", "utf-8", "br"])
def test_names_that_mean_nothing_change_nothing(encoding):
    assert unpack(TEXT, encoding, len(TEXT)) == TEXT
    assert unpack(TEXT, encoding, 10) == len(TEXT)
    assert not is_packed(encoding)


def test_more_than_the_limit_is_counted_and_not_kept():
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)
    assert unpack(bomb, "gzip", 1000) == 1001
    assert unpack(gzip.compress(TEXT), "gzip", len(TEXT) - 1) == len(TEXT)
    assert unpack(zlib.compress(bytes(1_000_000), wbits=-15), "deflate", 1000) == 1001


def test_a_bomb_in_a_bomb_is_refused():
    twice = gzip.compress(gzip.compress(bytes(64 * 1024 * 1024), 9), 9)
    with pytest.raises(ValueError, match="packed 2 times"):
        unpack(twice, "gzip, gzip", 1000)
    assert is_packed("gzip, gzip")


def test_many_empty_parts_take_no_time():
    started = time.monotonic()
    with pytest.raises(ValueError, match="more than 100,000 parts"):
        unpack(gzip.compress(b"") * 1_000_000, "gzip", 1000)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize(
    "damage", [lambda packed: packed[:-9], lambda packed: b"x" + packed, lambda packed: packed + b"xyz"]
)
def test_damaged_content_is_refused(encoding, damage):
    packed = zlib.compress(TEXT) if encoding == "deflate" else gzip.compress(TEXT)
    with pytest.raises(ValueError, match="content"):
        unpack(damage(packed), encoding, len(TEXT))
