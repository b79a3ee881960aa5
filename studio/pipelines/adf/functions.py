"""The functions of expressions: by name in version 2, by category and name in version 1.

References
----------
learn.microsoft.com/azure/data-factory/control-flow-expression-language-functions; for version 1 the page "functions and
system variables".
"""

import base64
import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from studio.pipelines.adf.dates import add_months, format_date, read_date, start_of_day
from studio.pipelines.adf.expressions import Function, as_text
from studio.work.recurrence import read_zone

UNITS: dict[str, Callable[[datetime, int], datetime]] = {
    "second": lambda at, count: at + timedelta(seconds=count),
    "minute": lambda at, count: at + timedelta(minutes=count),
    "hour": lambda at, count: at + timedelta(hours=count),
    "day": lambda at, count: at + timedelta(days=count),
    "week": lambda at, count: at + timedelta(weeks=count),
    "month": add_months,
    "year": lambda at, count: add_months(at, 12 * count),
}
MAX_RANGE = 10_000
TICKS_BEFORE_1970 = 621_355_968_000_000_000


def v2_functions(scope: Mapping[str, Function], *, now: datetime) -> dict[str, Function]:
    """Return the version 2 functions, plus those in `scope` that read from a run (`pipeline`, `activity`, …)."""
    return {
        **_texts(),
        **_logic(),
        **_numbers(),
        **_collections(),
        **_conversions(),
        **_dates(now),
        "guid": lambda: str(uuid.uuid4()),
        **scope,
    }


def v1_functions() -> dict[str, Function]:
    """Return the version 1 functions."""
    return {
        "text.format": _format,
        "time.addhours": lambda at, count: at + timedelta(hours=count),
        "time.addminutes": lambda at, count: at + timedelta(minutes=count),
        "time.startofhour": lambda at: at.replace(minute=0, second=0, microsecond=0),
        "date.adddays": lambda at, count: at + timedelta(days=count),
        "date.addweeks": lambda at, count: at + timedelta(weeks=count),
        "date.addmonths": add_months,
        "date.addquarters": lambda at, count: add_months(at, 3 * count),
        "date.addyears": lambda at, count: add_months(at, 12 * count),
        "date.day": lambda at: at.day,
        "date.dayofweek": lambda at: f"{at:%A}",
        "date.dayofyear": lambda at: at.timetuple().tm_yday,
        "date.daysinmonth": lambda at: (add_months(at.replace(day=1), 1) - timedelta(days=1)).day,
        "date.startofday": start_of_day,
        "date.endofday": lambda at: start_of_day(at) + timedelta(days=1) - timedelta(milliseconds=1),
        "date.endofmonth": lambda at: add_months(start_of_day(at).replace(day=1), 1) - timedelta(milliseconds=1),
        "datetime.from": read_date,
        "datetime.ticks": lambda at: TICKS_BEFORE_1970 + round(at.timestamp() * 1000) * 10_000,
    }


def _texts() -> dict[str, Function]:
    return {
        "concat": _concat,
        "string": as_text,
        "substring": _substring,
        "replace": lambda text, old, new: _text(text).replace(_text(old), _text(new)),
        "tolower": lambda text: _text(text).lower(),
        "toupper": lambda text: _text(text).upper(),
        "trim": lambda text: _text(text).strip(),
        "split": lambda text, mark: _text(text).split(_text(mark)),
        "startswith": lambda text, start: _text(text).lower().startswith(_text(start).lower()),
        "endswith": lambda text, end: _text(text).lower().endswith(_text(end).lower()),
        "indexof": lambda text, part: _text(text).lower().find(_text(part).lower()),
        "lastindexof": lambda text, part: _text(text).lower().rfind(_text(part).lower()),
    }


def _logic() -> dict[str, Function]:
    return {
        "if": lambda condition, yes, no: yes if _flag(condition) else no,
        "equals": _equals,
        "not": lambda value: not _flag(value),
        "and": lambda *values: all(_flag(value) for value in values),
        "or": lambda *values: any(_flag(value) for value in values),
        "greater": lambda left, right: left > right,
        "greaterorequals": lambda left, right: left >= right,
        "less": lambda left, right: left < right,
        "lessorequals": lambda left, right: left <= right,
        "coalesce": lambda *values: next((value for value in values if value is not None), None),
    }


def _numbers() -> dict[str, Function]:
    return {
        "int": _int,
        "float": float,
        "add": lambda left, right: left + right,
        "sub": lambda left, right: left - right,
        "mul": lambda left, right: left * right,
        "div": lambda left, right: (
            int(left / right) if isinstance(left, int) and isinstance(right, int) else left / right
        ),
        "mod": lambda left, right: left - right * int(left / right),
        "min": lambda *values: min(_spread(values)),
        "max": lambda *values: max(_spread(values)),
        "range": _range,
    }


def _collections() -> dict[str, Function]:
    return {
        "length": len,
        "empty": lambda value: not value,
        "first": lambda value: value[0],
        "last": lambda value: value[-1],
        "contains": _contains,
        "join": lambda values, mark: _text(mark).join(as_text(value) for value in values),
        "createarray": lambda *values: list(values),
        "skip": lambda value, count: value[count:],
        "take": lambda value, count: value[:count],
        "union": _union,
        "intersection": lambda *values: [item for item in values[0] if all(item in other for other in values[1:])],
    }


def _conversions() -> dict[str, Function]:
    return {
        "bool": lambda value: value.strip().lower() in ("true", "1") if isinstance(value, str) else bool(value),
        "json": lambda text: json.loads(_text(text)),
        "array": lambda value: value if isinstance(value, list) else [value],
        "base64": lambda text: base64.b64encode(_text(text).encode()).decode(),
        "base64tostring": lambda text: base64.b64decode(_text(text)).decode(),
        "uricomponent": lambda text: quote(_text(text), safe=""),
        "uricomponenttostring": lambda text: unquote(_text(text)),
        "encodeuricomponent": lambda text: quote(_text(text), safe=""),
        "decodeuricomponent": lambda text: unquote(_text(text)),
    }


def _dates(now: datetime) -> dict[str, Function]:
    found: dict[str, Function] = {
        "utcnow": lambda pattern="o": format_date(now, pattern),
        "formatdatetime": lambda at, pattern="o": format_date(read_date(at), pattern),
        "addtotime": lambda at, count, unit, pattern="o": _add(at, count, unit, pattern),
        "subtractfromtime": lambda at, count, unit, pattern="o": _add(at, -count, unit, pattern),
        "getpasttime": lambda count, unit, pattern="o": format_date(_unit(unit)(now, -count), pattern),
        "getfuturetime": lambda count, unit, pattern="o": format_date(_unit(unit)(now, count), pattern),
        "startofday": lambda at, pattern="o": format_date(start_of_day(read_date(at)), pattern),
        "startofhour": lambda at, pattern="o": format_date(
            read_date(at).replace(minute=0, second=0, microsecond=0), pattern
        ),
        "startofmonth": lambda at, pattern="o": format_date(start_of_day(read_date(at)).replace(day=1), pattern),
        "dayofweek": lambda at: read_date(at).isoweekday() % 7,
        "dayofmonth": lambda at: read_date(at).day,
        "dayofyear": lambda at: read_date(at).timetuple().tm_yday,
        "ticks": lambda at: TICKS_BEFORE_1970 + round(read_date(at).timestamp() * 1000) * 10_000,
        "convertfromutc": lambda at, zone, pattern="o": _local(at, zone, pattern),
    }
    for unit in ("second", "minute", "hour", "day"):
        found[f"add{unit}s"] = lambda at, count, pattern="o", unit=unit: _add(at, count, unit, pattern)
    return found


def _add(at: str, count: int, unit: str, pattern: str) -> str:
    return format_date(_unit(unit)(read_date(at), count), pattern)


def _unit(name: str) -> Callable[[datetime, int], datetime]:
    if name.lower() not in UNITS:
        raise ValueError(f"'{name}' is not a unit of time, expected {', '.join(UNITS)}")
    return UNITS[name.lower()]


def _local(at: str, zone: str, pattern: str) -> str:
    return format_date(read_date(at).astimezone(read_zone(zone)).replace(tzinfo=None), pattern)


def _format(pattern: str, *values: Any) -> str:
    """Format values like .NET's String.Format: `{0}`, `{1:yyyy-MM-dd}`, with `{{` and `}}` for braces."""

    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        value = values[int(match[1])]
        return format_date(value, match[2] or "G") if isinstance(value, datetime) else as_text(value)

    return re.sub(r"\{\{|\}\}|\{(\d+)(?::([^}]*))?\}", fill, pattern)


def _concat(*values: Any) -> str | list[Any]:
    if values and all(isinstance(value, list) for value in values):
        return [item for value in values for item in value]
    return "".join(as_text(value) for value in values)


def _substring(text: str, start: int, length: int | None = None) -> str:
    end = len(text) if length is None else start + length
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"positions {start} to {end} are outside a string of {len(text)} characters")
    return text[start:end]


def _range(start: int, count: int) -> list[int]:
    if not 0 <= count <= MAX_RANGE:
        raise ValueError(f"a range can have 0 to {MAX_RANGE} numbers, got {count}")
    return list(range(start, start + count))


def _union(*values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        found += [item for item in value if item not in found]
    return found


def _contains(value: Any, part: Any) -> bool:
    return _text(part) in value if isinstance(value, str) else part in value


def _equals(left: Any, right: Any) -> bool:
    return (type(left) is type(right) and left == right) or (
        isinstance(left, int | float) and isinstance(right, int | float) and left == right
    )


def _int(value: Any) -> int:
    return int(value.strip()) if isinstance(value, str) else int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{as_text(value)!r} is not a string")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{as_text(value)!r} is neither true nor false")
    return value


def _spread(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values
