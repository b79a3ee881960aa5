"""Times, flags, numbers, names and request bodies in the formats that clients use.

The management API writes times in ISO 8601, in UTC with milliseconds and a `Z`; the Studio API writes milliseconds
since 1970.
"""

import contextlib
import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any, TypeGuard

import orjson

from studio.errors import BadArgument, TooLarge

NOT_IN_A_URL = re.compile(r"[/\\?#%\x00-\x1f]")


def fits_url(name: str) -> bool:
    """Return whether a name can be one part of a URL's path.

    Azure's front end decodes a path before it looks for the function, so that a `%2F` never arrives, and `.` and `..`
    are removed on the way.
    """
    return name not in ("", ".", "..") and not NOT_IN_A_URL.search(name)


MOMENT = "a time in ISO 8601, such as 2026-11-27T08:00:00Z"


def read_moment(text: str, name: str, accepted: str = MOMENT) -> datetime:
    """Return a time that a client wrote in ISO 8601, in UTC unless it says otherwise; BadArgument if it is none.

    Parameters
    ----------
    accepted
        What the error says is accepted.
    """
    try:
        # A plus in a URL that was not encoded arrives as a blank.
        found = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise invalid_value(name, accepted, text[:40]) from error


def optional_classic_time(moment: str) -> str | None:
    """Return a stored time as clients see it; None for an empty text, which stands for a time not yet set."""
    return classic_time(moment) if moment else None


def classic_time(moment: str) -> str:
    """Return a stored time as clients see it, `2016-01-29T13:27:14.153Z`."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


TICKS_1970 = 621_355_968_000_000_000


def studio_time(moment: str) -> str | None:
    """Return a stored time as the Studio API shows it, `/Date(1454073600000)/`; None for an empty text."""
    return f"/Date({round(datetime.fromisoformat(moment).timestamp() * 1000)})/" if moment else None


def ticks(moment: str) -> int:
    """Return a stored time in .NET's ticks: tenths of a microsecond since the year 1."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000) * 10_000 + TICKS_1970


# Once parsed, a body takes about twenty times its size in memory.
MAX_JSON_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 100


def parse_json(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; BadArgument (RequestBodyInvalid) if there is none, TooLarge above the limit."""
    if len(body) > MAX_JSON_BYTES:
        raise TooLarge(
            "OutOfMemoryLimit",
            f"The request body has {len(body) / 1048576:,.0f} MiB; the limit is {MAX_JSON_BYTES // 1048576} MiB. "
            "To score many rows, submit a batch job: its input is a blob of any size.",
        )
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            request = _read_leniently(body)
        except (ValueError, TypeError, RecursionError) as error:
            raise BadArgument("RequestBodyInvalid", f"The request body is not JSON: {error}.") from error
    if not isinstance(request, dict):
        raise BadArgument("RequestBodyInvalid", "The request body must be a JSON object.")
    return request


def _read_leniently(body: bytes) -> Any:
    """Return the JSON value in a body with a NaN or a number out of range; ValueError or TypeError if it is no JSON.

    Classic: some clients write a bare NaN for a missing number (reference 2.9).
    """
    with contextlib.suppress(ValueError, TypeError):
        return _storable(json.loads(body))
    return _storable(json.loads(body, parse_int=_read_whole_number))


def _storable(value: Any) -> Any:
    """Return a value; TypeError for lone surrogates, whole numbers out of range, and what is nested too deeply."""
    orjson.dumps(value)
    return value


def parse_document(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body that will be stored and shown again; the errors of parse_json.

    Such an object is nested MAX_DEPTH levels deep at most: what is nested deeper than 254 cannot be written.
    """
    document = parse_json(body)
    _check_depth(document, MAX_DEPTH)
    return document


class Repeating(dict[str, Any]):
    """A JSON object in which some names are there more than once; it holds the last value of each."""

    repeated: tuple[str, ...] = ()


def parse_marking_repeats(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body as parse_document does, with objects that repeat a name marked as Repeating."""
    document, marked = parse_document(body), False

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal marked
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        marked, repeating = True, Repeating(found)
        repeating.repeated = tuple(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return repeating

    # Only an object that is going to be refused is one that this parser has read.
    again: dict[str, Any] = json.loads(body, parse_int=float, object_pairs_hook=read)
    return again if marked else document


def _check_depth(value: Any, most: int) -> None:
    level: list[Any] = [value]
    for _ in range(most):
        level = [
            inner
            for item in level
            if isinstance(item, (dict, list))
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise BadArgument("RequestBodyInvalid", f"The request body may be nested {most} levels deep at most.")


# What can be stored and returned as a whole number; orjson reads any other as a double, too.
LOWEST, HIGHEST = -(2**63), 2**64 - 1


def _read_whole_number(text: str) -> int | float:
    if len(text) > len(str(LOWEST)):
        return float(text)
    number = int(text)
    return number if LOWEST <= number <= HIGHEST else float(text)


MAX_TEXT = 2000


def read_text(value: Any, name: str) -> str:
    """Read a text of at most 2,000 characters, since the size of a table row is limited."""
    text = str(value)
    if len(text) > MAX_TEXT:
        raise BadArgument("BadParameterValue", f"{name} may have at most {MAX_TEXT} characters, got {len(text)}.", name)
    return text


def invalid_value(name: str, accepted: str, got: Any) -> BadArgument:
    """Return the error for a property whose value is not accepted."""
    return BadArgument("BadParameterValue", f"{name} must be {accepted}, got {got!r}.", name)


def is_whole_number(value: Any) -> TypeGuard[int]:
    """Return whether a JSON value is a whole number; `true` is not, although Python treats it as one."""
    return isinstance(value, int) and not isinstance(value, bool)


def read_flag(value: Any, name: str) -> bool:
    """Read a boolean, which may be the text `True` or `False`."""
    text = str(value).strip().lower()
    if text not in ("true", "false"):
        raise invalid_value(name, "true or false", value)
    return text == "true"
