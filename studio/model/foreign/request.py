"""What is said of a model that comes with a sample: its columns, its labels, and what its outputs are.

A request is a JSON object with the keys of `ImportRequest`, in the wire's capitals. Here its form is checked; whether
it fits the model is found in the process that converts it (conversion.py).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from studio.errors import BadArgument
from studio.model.manifest import MULTICLASS, REGRESSION, TWO_CLASS
from studio.tables.schema import Cell, CellError, Column, ColumnType
from studio.wire import invalid_value

PROBABILITIES, LOGITS, VALUE = "probabilities", "logits", "value"
KINDS, TASKS = (PROBABILITIES, LOGITS, VALUE), (TWO_CLASS, MULTICLASS, REGRESSION)
MAX_ROWS, MAX_COLUMNS, MAX_LABELS, MAX_CELLS = 1_000, 20_000, 1_000, 2_000_000
MAX_NAME, MAX_RANK, MAX_VERSIONS, MAX_CATEGORIES = 200, 6, 20, 10_000


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A request to import a model.

    `columns` and `rows` are the sample, with cells as callers send them. `label` names what is predicted, `labels` its
    values in the order of the model's outputs, empty if the model says them itself. `kind`, `output` and `position` say
    which output holds the scores, and what they are; empty or None where it follows from the model. `inputs` maps the
    model's inputs to columns, `shapes` to the shape of a row. `expected` is what the library predicted for the sample's
    rows: probabilities of each class, or one value; `tolerance` how far the scores may differ from it. `versions` are
    those of the libraries that trained it. `categories` are the texts of columns that hold texts.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    label: str = "label"
    labels: tuple[Any, ...] = ()
    task: str = ""
    kind: str = ""
    output: str = ""
    position: int | None = None
    inputs: dict[str, tuple[str, ...]] | None = None
    shapes: dict[str, tuple[int, ...]] | None = None
    expected: tuple[tuple[float, ...], ...] = ()
    tolerance: float | None = None
    versions: dict[str, str] | None = None
    categories: dict[str, tuple[str, ...]] | None = None


def parse_request(body: dict[str, Any]) -> ImportRequest:
    """Return the request in a JSON object; BadArgument names the first property that is wrong, and what is accepted."""
    columns, rows = _read_sample(body.get("Sample"))
    outputs = body.get("Outputs") or {}
    if isinstance(outputs, str):
        outputs = {"Kind": outputs}
    if not isinstance(outputs, dict):
        raise invalid_value("Outputs", f"an object of Kind, Name and Position, or one of {', '.join(KINDS)}", outputs)
    position = outputs.get("Position")
    if position is not None and (not isinstance(position, int) or isinstance(position, bool) or position < 0):
        raise invalid_value("Outputs.Position", "a whole number from 0", position)
    expected = _read_numbers(body.get("Expected") or [], len(rows))
    tolerance = body.get("Tolerance")
    if tolerance is not None and not (_is_number(tolerance) and 0 < tolerance <= 1):
        raise invalid_value("Tolerance", "a number above 0 and up to 1", tolerance)
    return ImportRequest(
        columns,
        rows,
        _text(body, "Label", "label"),
        _read_labels(body.get("Labels") or []),
        _choice(body, "Task", TASKS),
        _choice(outputs, "Kind", KINDS, "Outputs."),
        _text(outputs, "Name", "", "Outputs."),
        position,
        {name: tuple(map(str, item)) for name, item in _by_name(body, "Inputs", str, MAX_COLUMNS).items()},
        {name: tuple(item) for name, item in _by_name(body, "Shapes", int, MAX_RANK).items()},
        expected,
        tolerance,
        _read_versions(body.get("Versions") or {}),
        {name: tuple(item) for name, item in _by_name(body, "Categories", str, MAX_CATEGORIES).items()},
    )


def _read_sample(value: Any) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    """Return the columns and rows of a sample; the types of columns are those given, or what their cells are."""
    accepted = "an object with ColumnNames and Values, 1 to 1,000 rows that the model can score"
    if not isinstance(value, dict):
        raise invalid_value("Sample", accepted, value)
    names, rows = value.get("ColumnNames"), value.get("Values")
    if not isinstance(names, list) or not 0 < len(names) <= MAX_COLUMNS or not all(map(_is_name, names)):
        raise invalid_value("Sample.ColumnNames", f"1 to {MAX_COLUMNS:,} names", _count(names))
    if len(set(names)) < len(names):
        raise invalid_value("Sample.ColumnNames", "different names", Counter(names).most_common(1)[0][0])
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ROWS or len(rows) * len(names) > MAX_CELLS:
        raise invalid_value("Sample.Values", f"1 to {MAX_ROWS:,} rows, up to {MAX_CELLS:,} cells", _count(rows))
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise invalid_value("Sample.Values", f"{len(names)} cells a row", f"{_count(row)} in row {number + 1}")
    types = value.get("ColumnTypes")
    if types is None:
        types = [_type_of([row[place] for row in rows]) for place in range(len(names))]
    known = [item.value for item in ColumnType]
    if not isinstance(types, list) or len(types) != len(names) or not all(item in known for item in types):
        raise invalid_value("Sample.ColumnTypes", f"one of {', '.join(known)} for each column", types)
    columns = tuple(Column(name, ColumnType(type_)) for name, type_ in zip(names, types, strict=True))
    return columns, tuple(_read_row(columns, number, row) for number, row in enumerate(rows))


def _read_row(columns: tuple[Column, ...], number: int, row: list[Any]) -> tuple[Cell, ...]:
    cells = []
    for column, cell in zip(columns, row, strict=True):
        try:
            cells.append(column.reader()(cell))
        except ValueError as error:
            raise BadArgument("BadParameterValue", f"Sample: {CellError(number, column, cell)}", column.name) from error
    return tuple(cells)


def _type_of(cells: list[Any]) -> str:
    """Return the type of a column's cells: whole numbers are numbers too, since a model takes both."""
    known = [cell for cell in cells if cell is not None]
    if known and all(isinstance(cell, bool) for cell in known):
        return ColumnType.BOOLEAN.value
    numbers = all(isinstance(cell, (int, float)) for cell in known)
    return ColumnType.DOUBLE.value if numbers else ColumnType.STRING.value


def _read_labels(value: Any) -> tuple[Any, ...]:
    accepted = f"2 to {MAX_LABELS:,} different texts or whole numbers, in the order of the model's outputs"
    if value == []:
        return ()
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_LABELS:
        raise invalid_value("Labels", accepted, _count(value))
    texts = all(_is_name(item) for item in value)
    whole = all(isinstance(item, int) and not isinstance(item, bool) and abs(item) < 2**31 for item in value)
    if not (texts or whole) or len(set(value)) < len(value):
        raise invalid_value("Labels", accepted, value[:5])
    return tuple(value)


def _read_numbers(value: Any, n_rows: int) -> tuple[tuple[float, ...], ...]:
    accepted = "a list of numbers for each row of the sample, all of one length"
    if value == []:
        return ()
    if not isinstance(value, list) or len(value) != n_rows:
        raise invalid_value("Expected", accepted, _count(value))
    rows = [row if isinstance(row, list) else [row] for row in value]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or not 0 < max(widths) <= MAX_LABELS or not all(_is_number(n) for row in rows for n in row):
        raise invalid_value("Expected", accepted, sorted(widths))
    return tuple(tuple(map(float, row)) for row in rows)


def _by_name(body: dict[str, Any], name: str, kind: type, most: int) -> dict[str, list[Any]]:
    """Return an object of lists by the names of inputs, such as `{"pixels": [1, 8, 8]}`."""
    value = body.get(name) or {}
    what = "texts" if kind is str else "whole numbers above 0"
    fits = isinstance(value, dict) and all(
        isinstance(item, list)
        and 0 < len(item) <= most
        and all(isinstance(part, kind) and not isinstance(part, bool) and part not in (0, "") for part in item)
        and (kind is str or min(item) > 0)
        for item in value.values()
    )
    if not fits:
        raise invalid_value(name, f"an object with a list of up to {most:,} {what} for each name", value)
    return dict(value)


def _read_versions(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MAX_VERSIONS or not all(map(_is_name, [*value, *value.values()])):
        raise invalid_value("Versions", f"an object with the versions of up to {MAX_VERSIONS} libraries", value)
    return dict(value)


def _text(body: dict[str, Any], name: str, default: str, path: str = "") -> str:
    value = body.get(name) or default
    if value and not _is_name(value):
        raise invalid_value(f"{path}{name}", f"a text of 1 to {MAX_NAME} characters", value)
    return str(value)


def _choice(body: dict[str, Any], name: str, accepted: tuple[str, ...], path: str = "") -> str:
    value = body.get(name) or ""
    if value and value not in accepted:
        raise invalid_value(f"{path}{name}", ", ".join(accepted), value)
    return str(value)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= MAX_NAME


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _count(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value
