"""Columns and cells: the column types of the wire format, and how cells are read and written.

Types have their .NET names, which clients see as `ColumnTypes`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from studio.tables.formats import Format

Cell = str | int | float | bool | None

MAX_SHOWN = 200
# Cells that represent a missing value in columns that are not text.
MISSING_TOKENS = frozenset({"", "NaN", "nan", "NaT", "NA", "null"})
INT32_LIMIT, INT64_LIMIT = 2**31, 2**63


class ColumnType(StrEnum):
    """The type of a column, by its .NET name."""

    BOOLEAN = "Boolean"
    INT32 = "Int32"
    INT64 = "Int64"
    DOUBLE = "Double"
    STRING = "String"
    DATETIME = "DateTime"

    @property
    def is_integer(self) -> bool:
        """Whether cells are whole numbers."""
        return self in (ColumnType.INT32, ColumnType.INT64)

    @property
    def is_numeric(self) -> bool:
        """Whether a model can use the cells as numbers."""
        return self is not ColumnType.STRING


@dataclass(frozen=True, slots=True)
class Column:
    """A named, typed column, and how its cells are written unless plainly; columns of other formats are equal."""

    name: str
    type: ColumnType
    format: Format | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the column as documents and manifests store it."""
        stored: dict[str, Any] = {"name": self.name, "type": self.type.value}
        return stored | ({"format": self.format.to_json()} if self.format else {})

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Column":
        """Read a column written by to_json."""
        format_ = Format.from_json(value["format"]) if "format" in value else None
        return Column(value["name"], ColumnType(value["type"]), format_)

    def reader(self) -> Callable[[Any], Cell]:
        """Return the function that reads a cell as it is sent; it raises ValueError for a bad one."""
        read, format_ = READERS[self.type], self.format
        if format_ is None or format_.is_plain or self.type is ColumnType.STRING:
            return read
        plain = format_.plain
        return lambda value: read(plain(value) if isinstance(value, str) else value)

    def write(self, cell: Cell) -> str:
        """Return a cell as text that reads back as this cell, whatever the column's format."""
        if isinstance(cell, float) and self.format is not None and self.format.decimal != "." and math.isfinite(cell):
            # `1.234` could be grouped digits; a power of ten is read in one way only.
            sign, digits, power = Decimal(repr(cell)).as_tuple()
            return f"{'-' * sign}{''.join(map(str, digits))}e{power}"
        return write_cell(cell)


class CellError(ValueError):
    """A cell that cannot be read as its column's type."""

    def __init__(self, row: int, column: Column, value: Any) -> None:
        self.row = row
        self.column = column
        self.value = value
        super().__init__(self.describe())

    def describe(self, first_row: int = 0) -> str:
        """Return the message; `first_row` is the number of rows that precede the block in which `row` is counted."""
        row = first_row + self.row + 1
        shown = repr(self.value)
        shown = shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…"
        form = self.column.format
        like = f", neither plain nor as in training: {form.describe()}" if form and form.rewrites else ""
        return f"Row {row}, column '{self.column.name}': {shown} is not a valid {self.column.type.value}{like}."


def read_number(value: Any) -> float | None:
    """Read a cell of a Double column, None if it is missing; ValueError if it is not a number."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if text in MISSING_TOKENS:
            return None
        # Python reads 1_000 as a number; no other reader of the same data does.
        if "_" in text:
            raise ValueError(text)
        value = float(text)
    elif not isinstance(value, (int, float)):
        raise ValueError(type(value).__name__)
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError("too large") from error
    return None if math.isnan(number) else number


def read_integer(value: Any) -> int | None:
    """Read a cell of an integer column, None if it is missing; 25.0 is read as 25, 25.5 raises ValueError."""
    if type(value) is int and -INT64_LIMIT <= value < INT64_LIMIT:
        return value
    number = read_number(value)
    if number is None:
        return None
    if not number.is_integer():
        raise ValueError(value)
    written = isinstance(value, str) and value.strip().lstrip("+-").isdigit()
    whole = int(value.strip()) if written else int(number)
    if not -INT64_LIMIT <= whole < INT64_LIMIT:
        raise ValueError("too large")
    return whole


def read_text(value: Any) -> str | None:
    """Read a cell of a String column; an empty text is missing, as in a CSV file."""
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, (bool, int, float)):
        return None if isinstance(value, float) and math.isnan(value) else write_cell(value)
    raise ValueError(type(value).__name__)


def read_boolean(value: Any) -> bool | None:
    """Read a cell of a Boolean column: true or false in any case, 1 or 0; ValueError for anything else."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        text = value.strip()
        if text in MISSING_TOKENS:
            return None
        if text.lower() in ("true", "1"):
            return True
        if text.lower() in ("false", "0"):
            return False
    elif isinstance(value, (int, float)):
        if value != value:
            return None
        if value in (0, 1):
            return bool(value)
    raise ValueError(value)


def read_datetime(value: Any) -> str | None:
    """Read a cell of a DateTime column, in ISO 8601, and return it in UTC without an offset."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not isinstance(value, str):
        raise ValueError(type(value).__name__)
    text = value.strip()
    if text in MISSING_TOKENS:
        return None
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat()


READERS: dict[ColumnType, Callable[[Any], Cell]] = {
    ColumnType.BOOLEAN: read_boolean,
    ColumnType.INT32: read_integer,
    ColumnType.INT64: read_integer,
    ColumnType.DOUBLE: read_number,
    ColumnType.STRING: read_text,
    ColumnType.DATETIME: read_datetime,
}


def cell_number(value: Cell) -> float:
    """Return a cell as the number that a model sees: NaN if missing, 0 or 1 for Boolean, POSIX seconds for DateTime."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
    return float(value)


def number_cell(value: float, type_: ColumnType) -> Cell:
    """Return the cell for a number that a model sees: None for NaN, otherwise a value of the column's type."""
    if math.isnan(value):
        return None
    match type_:
        case ColumnType.BOOLEAN:
            return bool(value)
        case ColumnType.INT32 | ColumnType.INT64:
            return int(value)
        case ColumnType.DATETIME:
            return datetime.fromtimestamp(value, UTC).replace(tzinfo=None).isoformat()
    return value


def write_cell(value: Cell) -> str:
    """Return a cell as text: `True` or `False`; for numbers, the shortest text that reads back as the same number."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        # .NET writes whole doubles without ".0".
        text = repr(value)
        return text[:-2] if text.endswith(".0") else text
    return str(value)
