"""Values as Python programs hold them, as JSON: missing values, times, and numbers of numpy and pandas."""

import datetime
import decimal
import enum
import json
import math
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import PurePath
from typing import Any

from perennial.errors import PerennialError

MAX_DEPTH = 100
ACCEPTED = "text, numbers, Booleans, None, dates and times, Decimal, UUID, lists, dicts, and values of numpy and pandas"


def encode_json(value: Any) -> bytes:
    """Return a value as JSON.

    NaN, NaT and pandas' NA become null, dates and times ISO 8601, scalars and arrays of numpy numbers and lists.

    Raises
    ------
    PerennialError
        UnsupportedValue for an infinite number or a value of another type; says where in the value it is.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError):
        text = json.dumps(_plain(value, "", 0), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise _unsupported("a text", f"contains a lone surrogate at character {error.start}") from error


def read_records(rows: Any) -> list[Mapping[str, Any]]:
    """Return rows as a list of mappings; a pandas or Polars data frame is taken row by row."""
    if hasattr(rows, "to_dicts"):
        return list(rows.to_dicts())
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        return list(rows.to_dict("records"))
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        raise _unsupported("rows", f"must be a list of rows or a data frame, got {type(rows).__name__}")
    return list(rows)


def _plain(value: Any, place: str, depth: int) -> Any:
    """Return a value made of what JSON knows."""
    if value is None or isinstance(value, (str, bool)):
        return str(value) if isinstance(value, enum.Enum) else value
    if depth > MAX_DEPTH:
        raise _unsupported(place, f"is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, Mapping):
        return {str(name): _plain(item, _inside(place, str(name)), depth + 1) for name, item in value.items()}
    if isinstance(value, (int, float)):
        return _number(value, place)
    if _is_missing(value):
        return None
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return _number(float(value), place)
    if isinstance(value, (uuid.UUID, PurePath)):
        return str(value)
    return _other(value, place, depth)


def _other(value: Any, place: str, depth: int) -> Any:
    # Known by what they can do, since the client depends on neither numpy nor pandas.
    if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "ndim", None) == 0:
        # A time in nanoseconds would become a plain number.
        found = str(value) if type(value).__name__ == "datetime64" else value.item()
        return _plain(found, place, depth + 1)
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), place, depth + 1)
    if isinstance(value, (Sequence, Set)) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [_plain(item, f"{place}[{index}]", depth + 1) for index, item in enumerate(value)]
    raise _unsupported(place, f"is of type {type(value).__name__}")


def _is_missing(value: Any) -> bool:
    """Return whether a value is NaT or NA: neither equals itself."""
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _number(value: float, place: str) -> Any:
    if isinstance(value, int):
        return int(value)
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise _unsupported(place, f"is {value}; numbers must be finite, and None means missing")
    return float(value)


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _unsupported(place: str, problem: str) -> PerennialError:
    return PerennialError(0, "UnsupportedValue", f"{place or 'The value'} {problem}. Accepted: {ACCEPTED}.")
