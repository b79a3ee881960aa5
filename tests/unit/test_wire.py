"""Bodies as clients write them, and as they should not."""

import json
import math

import orjson
import pytest

from studio.errors import BadArgument, TooLarge
from studio.wire import MAX_JSON_BYTES, parse_document, parse_json

pytestmark = pytest.mark.attack("Size and time")


@pytest.mark.parametrize(
    "text", ["9" * 4000, "-" + "9" * 4000, "9" * 5000, "9" * 20, "9" * 19, "-9223372036854775809", "1e400", "7"]
)
def test_every_number_can_be_returned(text):
    for other in ("1", "NaN"):
        found = parse_json(f'{{"a": {text}, "b": {other}}}'.encode())
        assert found["a"] == float(text) or str(found["a"]) == text
        orjson.dumps(found)
        json.dumps(found)


def test_a_bare_nan_is_read():
    assert math.isnan(parse_json(b'{"a": NaN}')["a"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 1_000_000,
        b'{"a":' * 1_000_000,
        b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"\\ud800": 1}',
        b'{"a": "\\udfff"}',
        b'{"a": NaN, "b": "\\ud800"}',
        b"\xff\xfe{}",
        b"\x00",
        b"NaN",
        b"7",
        b'{"a": 01}',
        b'{"a": 0x1F}',
    ],
)
def test_what_is_no_object_is_a_bad_request(body):
    with pytest.raises(BadArgument, match="request body"):
        parse_json(body)


@pytest.mark.parametrize("depth", [101, 255, 1000])
def test_what_could_not_be_written_again_is_not_stored(depth):
    body = b'{"a": ' + b"[" * depth + b"]" * depth + b"}"
    assert parse_json(body)
    with pytest.raises(BadArgument, match="100 levels deep"):
        parse_document(body)
    assert orjson.dumps(parse_document(b'{"a": ' + b"[" * 90 + b"]" * 90 + b"}"))


def test_a_body_that_would_fill_the_memory_is_refused():
    with pytest.raises(TooLarge):
        parse_json(b" " * (MAX_JSON_BYTES + 1))
