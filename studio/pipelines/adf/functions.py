"""The functions of expressions: by name in version 2, by category and name in version 1.

References
----------
learn.microsoft.com/azure/data-factory/control-flow-expression-language-functions; for version 1 the page "functions and
system variables".
"""

import base64
import json
import operator
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from studio.pipelines.adf.arguments import comparable, flag, items, joined, number, sequence, text, whole
from studio.pipelines.adf.budget import NODE, check_size
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
FORMAT = re.compile(r"\{\{|\}\}|\{(?P<value>\d+)(?::(?P<format>[^}]*))?\}|[^{}]+|[{}]")
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
        "replace": _replace,
        "tolower": lambda value: text(value).lower(),
        "toupper": lambda value: text(value).upper(),
        "trim": lambda value: text(value).strip(),
        "split": _split,
        "startswith": lambda value, start: text(value).lower().startswith(text(start).lower()),
        "endswith": lambda value, end: text(value).lower().endswith(text(end).lower()),
        "indexof": lambda value, part: text(value).lower().find(text(part).lower()),
        "lastindexof": lambda value, part: text(value).lower().rfind(text(part).lower()),
    }


def _logic() -> dict[str, Function]:
    return {
        "if": lambda condition, yes, no: yes if flag(condition) else no,
        "equals": _equals,
        "not": lambda value: not flag(value),
        "and": lambda *values: all(flag(value) for value in values),
        "or": lambda *values: any(flag(value) for value in values),
        "greater": lambda left, right: operator.gt(*comparable(left, right)),
        "greaterorequals": lambda left, right: operator.ge(*comparable(left, right)),
        "less": lambda left, right: operator.lt(*comparable(left, right)),
        "lessorequals": lambda left, right: operator.le(*comparable(left, right)),
        "coalesce": lambda *values: next((value for value in values if value is not None), None),
    }


def _numbers() -> dict[str, Function]:
    return {
        "int": _int,
        "float": _float,
        "add": lambda left, right: number(left) + number(right),
        "sub": lambda left, right: number(left) - number(right),
        "mul": lambda left, right: number(left) * number(right),
        "div": lambda left, right: _divide(number(left), number(right)),
        "mod": lambda left, right: number(left) - number(right) * int(_divide(number(left), number(right))),
        "min": lambda *values: min(map(number, _spread(values))),
        "max": lambda *values: max(map(number, _spread(values))),
        "range": _range,
    }


def _collections() -> dict[str, Function]:
    return {
        "length": len,
        "empty": lambda value: not value,
        "first": lambda value: sequence(value)[0],
        "last": lambda value: sequence(value)[-1],
        "contains": _contains,
        "join": lambda values, mark: joined(map(as_text, items(values)), text(mark)),
        "createarray": lambda *values: list(values),
        "skip": lambda value, count: sequence(value)[max(0, whole(count)) :],
        "take": lambda value, count: sequence(value)[: max(0, whole(count))],
        "union": lambda *values: list({_identity(item): item for value in values for item in items(value)}.values()),
        "intersection": _intersection,
    }


def _conversions() -> dict[str, Function]:
    return {
        "bool": lambda value: value.strip().lower() in ("true", "1") if isinstance(value, str) else bool(value),
        "json": _json,
        "array": lambda value: value if isinstance(value, list) else [value],
        "base64": lambda value: base64.b64encode(text(value).encode()).decode(),
        "base64tostring": lambda value: base64.b64decode(text(value)).decode(),
        "uricomponent": lambda value: quote(text(value), safe=""),
        "uricomponenttostring": lambda value: unquote(text(value)),
        "encodeuricomponent": lambda value: quote(text(value), safe=""),
        "decodeuricomponent": lambda value: unquote(text(value)),
    }


def _dates(now: datetime) -> dict[str, Function]:
    found: dict[str, Function] = {
        "utcnow": lambda pattern="o": format_date(now, pattern),
        "formatdatetime": lambda at, pattern="o": format_date(read_date(at), pattern),
        "addtotime": lambda at, count, unit, pattern="o": _add(at, count, unit, pattern),
        "subtractfromtime": lambda at, count, unit, pattern="o": _add(at, -whole(count), unit, pattern),
        "getpasttime": lambda count, unit, pattern="o": format_date(_unit(unit)(now, -whole(count)), pattern),
        "getfuturetime": lambda count, unit, pattern="o": format_date(_unit(unit)(now, whole(count)), pattern),
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
    return format_date(_unit(unit)(read_date(at), whole(count)), pattern)


def _unit(name: str) -> Callable[[datetime, int], datetime]:
    if text(name).lower() not in UNITS:
        raise ValueError(f"'{name}' is not a unit of time, expected {', '.join(UNITS)}")
    return UNITS[name.lower()]


def _local(at: str, zone: str, pattern: str) -> str:
    return format_date(read_date(at).astimezone(read_zone(zone)).replace(tzinfo=None), pattern)


def _format(pattern: str, *values: Any) -> str:
    """Format values like .NET's String.Format: `{0}`, `{1:yyyy-MM-dd}`, with `{{` and `}}` for braces."""

    def part(match: re.Match[str]) -> str:
        if match["value"] is None:
            return match[0][0] if match[0] in ("{{", "}}") else match[0]
        value = values[int(match["value"])]
        return format_date(value, match["format"] or "G") if isinstance(value, datetime) else as_text(value)

    return joined(map(part, FORMAT.finditer(text(pattern))))


def _concat(*values: Any) -> str | list[Any]:
    if values and all(isinstance(value, list) for value in values):
        check_size(sum(NODE * len(value) for value in values))
        return [item for value in values for item in value]
    return joined(map(as_text, values))


def _substring(value: str, start: int, length: int | None = None) -> str:
    whole(start)
    end = len(text(value)) if length is None else start + whole(length)
    if not 0 <= start <= end <= len(value):
        raise ValueError(f"positions {start} to {end} are outside a string of {len(value)} characters")
    return value[start:end]


def _replace(value: str, old: str, new: str) -> str:
    check_size(len(text(value)) + text(value).count(text(old)) * (len(text(new)) - len(old)))
    return value.replace(old, new)


def _split(value: str, mark: str) -> list[str]:
    check_size(len(text(value)) + NODE * (value.count(text(mark)) + 1))
    return value.split(mark)


def _range(start: int, count: int) -> list[int]:
    if not 0 <= whole(count) <= MAX_RANGE:
        raise ValueError(f"a range can have 0 to {MAX_RANGE} numbers, got {count}")
    return list(range(whole(start), start + count))


def _json(value: str) -> Any:
    try:
        return json.loads(text(value))
    except RecursionError as error:
        raise ValueError("the text is nested too deep") from error


def _intersection(*values: list[Any]) -> list[Any]:
    first, *others = ({_identity(item): item for item in items(value)} for value in values)
    return [item for key, item in first.items() if all(key in other for other in others)]


def _identity(value: Any) -> tuple[str, Any]:
    """Return what two items must have in common to be the same, so that items are looked up, not compared in pairs."""
    if isinstance(value, list | dict):
        return "json", json.dumps(value, sort_keys=True)
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__, value


def _contains(value: Any, part: Any) -> bool:
    return text(part) in value if isinstance(value, str) else part in value


def _equals(left: Any, right: Any) -> bool:
    return (type(left) is type(right) and left == right) or (
        isinstance(left, int | float) and isinstance(right, int | float) and left == right
    )


def _int(value: Any) -> int:
    return int(value.strip()) if isinstance(value, str) else int(value)


def _float(value: Any) -> float:
    return float(value)


def _divide(left: float, right: float) -> float:
    """Return a quotient; that of two whole numbers is whole, rounded towards zero."""
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return left / right


def _spread(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values
