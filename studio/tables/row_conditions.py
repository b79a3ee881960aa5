"""Conditions on rows that are looked at: which rows of a table hold for all of them.

Cells are as studio/tables/row_pages.py keeps them. A missing cell holds for `missing` only.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from studio.errors import BadArgument
from studio.hints import suggest
from studio.tables.schema import ColumnType, cell_number

MAX_CONDITIONS, MAX_TEXT = 8, 1000
COMPARISONS = {"=": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}
PRESENCES = ("missing", "present")
KINDS = (*COMPARISONS, "contains", *PRESENCES)
BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}
SHAPE = '[{"column": "age", "is": ">=", "value": "30"}]'


@dataclass(frozen=True, slots=True)
class Condition:
    """What a cell of a column has to be: one of KINDS, with a value as a person types it."""

    column: str
    kind: str
    value: str = ""


def read_conditions(text: str | None) -> tuple[Condition, ...]:
    """Read conditions as a client writes them: JSON such as SHAPE; BadArgument if they are not of that shape."""
    if not text:
        return ()
    try:
        # Not Python's json, which takes half of a surrogate pair: no cell has one, and no message can be sent with it.
        found = orjson.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or len(found) > MAX_CONDITIONS:
        raise _invalid(f"must be JSON with up to {MAX_CONDITIONS} conditions, such as {SHAPE}, got {text[:200]}")
    return tuple(_read_condition(item) for item in found)


def _read_condition(given: Any) -> Condition:
    if not isinstance(given, dict) or not {"column", "is"} <= set(given) <= {"column", "is", "value"}:
        raise _invalid(f"must have conditions such as {SHAPE}, got {str(given)[:200]}")
    kind, value = given["is"], given.get("value", "")
    if kind not in KINDS:
        raise _invalid(f"must have one of {', '.join(KINDS)} as 'is', got {str(kind)[:40]!r}")
    # JSON numbers are texts here: they are read as the column's type asks.
    value = json.dumps(value) if isinstance(value, int | float) else value
    if not all(isinstance(item, str) and len(item) <= MAX_TEXT for item in (given["column"], value)):
        texts = f"texts of up to {MAX_TEXT} characters"
        raise _invalid(f"must have {texts} as 'column' and 'value', got {str(given)[:200]}")
    return Condition(given["column"], kind, value)


def find_rows(table: Any, columns: Sequence[tuple[str, ColumnType]], conditions: Sequence[Condition]) -> Any:
    """Return which rows hold for all conditions.

    Parameters
    ----------
    table
        An arrow table whose columns are named by their places, `0`, `1`, …; those of the conditions suffice.
    columns
        Name and type of each column.

    Returns
    -------
    mask
        An arrow array of shape (n_rows,), bool, without nulls.

    Raises
    ------
    BadArgument
        If there is no such column, or the value cannot be compared with its cells.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = pa.array(np.ones(table.num_rows, dtype=bool))
    for condition in conditions:
        place = place_of(columns, condition.column)
        found = _holds(table[str(place)].combine_chunks(), columns[place][1], condition)
        mask = pc.and_(mask, pc.fill_null(found, False))
    return mask


def place_of(columns: Sequence[tuple[str, ColumnType]], name: str) -> int:
    """Return the place of a column that a condition names; BadArgument if there is none."""
    names = [known for known, _ in columns]
    if name not in names:
        raise _invalid(f"names the column '{name[:200]}', which is not there. {suggest(name, names, 'There are')}")
    return names.index(name)


def _holds(cells: Any, type_: ColumnType, condition: Condition) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    is_missing = pc.is_null(cells, nan_is_null=True)
    if condition.kind in PRESENCES:
        return is_missing if condition.kind == "missing" else pc.invert(is_missing)
    if type_ is ColumnType.STRING:
        if condition.kind == "contains":
            return pc.match_substring(cells, condition.value, ignore_case=True)
        return getattr(pc, COMPARISONS[condition.kind])(cells, pa.scalar(condition.value, cells.type))
    if condition.kind == "contains":
        text = f"asks what '{condition.column[:200]}' contains, which has no texts, but {type_.value}"
        raise _invalid(f"{text}. Compare it with one of {', '.join(COMPARISONS)}")
    found = getattr(pc, COMPARISONS[condition.kind])(cells, pa.scalar(_number(condition, type_), cells.type))
    return pc.and_(found, pc.invert(is_missing))


def _number(condition: Condition, type_: ColumnType) -> float:
    """Return a condition's value as the number that cells of a type are kept as."""
    text = condition.value.strip()
    try:
        if type_ is ColumnType.BOOLEAN:
            return BOOLEANS[text.lower()]
        if type_ is ColumnType.DATETIME:
            return cell_number(text.removesuffix("Z"))
        number = float(text)
    except (KeyError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number):
        wanted = {ColumnType.BOOLEAN: "true or false", ColumnType.DATETIME: "a time such as 2026-05-01T12:00:00"}
        column = condition.column[:200]
        raise _invalid(f"compares '{column}' with {condition.value[:100]!r}; it takes {wanted.get(type_, 'a number')}")
    return number


def _invalid(text: str) -> BadArgument:
    return BadArgument("BadParameterValue", f"where {text}.", "where")
