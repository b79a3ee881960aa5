"""Rows kept to be looked at in pages: arrow streams one after another, each of so many rows, with where each begins.

Who reads a page reads the streams that have its rows, and not the whole file. Cells are as studio/graph/dataset.py
describes: text, or float64 with NaN for missing, Booleans as 0 and 1, times as seconds since 1970.
"""

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from studio.errors import BadArgument
from studio.tables.column_summary import shorten
from studio.tables.row_conditions import Condition, find_rows, place_of, read_conditions
from studio.tables.schema import INT64_LIMIT, Cell, ColumnType, number_cell

MAX_COLUMNS, MAX_CELLS, MAX_BYTES, MAX_SORT_BYTES = 500, 1_000_000, 32 * 1024 * 1024, 8 * 1024 * 1024
STREAM_BYTES, STREAM_CELLS, MAX_TEXT = 1024 * 1024, 50_000, 1000
MAX_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Streams:
    """Where the streams are: the first row of each, then the number of rows; the first byte of each, then all."""

    rows: tuple[int, ...]
    places: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {"rows": self.rows, "places": self.places}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows a client wants: all or those that hold for conditions, as kept or in the order of a column."""

    sort: str = ""
    descending: bool = False
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the rows that a client wants are on a page: so many from `offset` on."""

    offset: int
    limit: int
    choice: Choice = Choice()


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The kept rows of a table.

    Parameters
    ----------
    read
        Returns so many bytes of the file from a place on.
    columns
        Name and type of each kept column.
    """

    read: Callable[[int, int], bytes]
    streams: Streams
    columns: Sequence[tuple[str, ColumnType]]

    @property
    def count(self) -> int:
        """How many rows are kept."""
        return self.streams.rows[-1]


@dataclass(frozen=True, slots=True)
class RowsPage:
    """Rows, missing cells as None; the number of each in the table, from 0; how many of the kept rows were wanted."""

    values: list[list[Cell]]
    numbers: list[int]
    matching: int


def write_pages(arrays: Sequence[Any], rows: int) -> tuple[bytes, Streams]:
    """Return columns, each an arrow array, as streams; of more rows than are kept, the first ones."""
    import pyarrow as pa

    kept = min(rows, MAX_CELLS // max(1, len(arrays)))
    table = pa.table([_cut(array.slice(0, kept)) for array in arrays], [str(place) for place in range(len(arrays))])
    step = max(10, min(STREAM_CELLS // max(1, len(arrays)), STREAM_BYTES * kept // max(1, table.nbytes)))
    target, starts, places = io.BytesIO(), [0], [0]
    for start in range(0, kept, step):
        part = table.slice(start, step)
        with pa.ipc.new_stream(target, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(part)
        starts.append(start + part.num_rows)
        places.append(target.tell())
        if places[-1] > MAX_BYTES:
            break
    return target.getvalue(), Streams(tuple(starts), tuple(places))


def _cut(array: Any) -> Any:
    import pyarrow.compute as pc
    import pyarrow.types as pt

    if pt.is_floating(array.type) or not len(array) or (pc.max(pc.utf8_length(array)).as_py() or 0) <= MAX_TEXT:
        return array
    return pc.utf8_slice_codeunits(array, 0, MAX_TEXT)


def read_window(offset: str | None, limit: str | None, choice: Choice = Choice()) -> Window:
    """Read the query parameters of a page of rows; BadArgument if one is invalid."""
    numbers = []
    for name, text, default, low, high in (("offset", offset, 0, 0, 10**9), ("limit", limit, 100, 1, MAX_PAGE)):
        if text and not (text.isascii() and text.isdigit() and len(text) < 11 and low <= int(text) <= high):
            message = f"{name} must be a whole number from {low} to {high}, got {text[:40]!r}."
            raise BadArgument("BadParameterValue", message, name)
        numbers.append(int(text) if text else default)
    return Window(numbers[0], numbers[1], choice)


def read_choice(sort: str | None, where: str | None = None) -> Choice:
    """Read the query parameters that say which rows are wanted; BadArgument if one is invalid."""
    given = sort or ""
    return Choice(given.removeprefix("-"), given.startswith("-"), read_conditions(where))


def read_rows(kept: KeptRows, window: Window) -> RowsPage:
    """Return the rows of a window.

    Raises
    ------
    BadArgument
        If there is no such column to sort by, more rows than are sorted, or a condition does not fit the columns.
    """
    choice, end = window.choice, window.offset + window.limit
    if not choice.sort and not choice.where:
        return _page(kept, _read_between(kept, window.offset, end), window.offset, kept.count)
    tables, numbers, matching = [], [], 0
    for found, read in chosen_rows(kept, choice):
        start, stop = max(0, window.offset - matching), min(len(found), end - matching)
        if start < stop:
            tables.append(read().slice(start, stop - start))
            numbers.extend(found[start:stop].tolist())
        matching += len(found)
    return RowsPage(_cells(kept, tables), numbers, matching)


def chosen_rows(kept: KeptRows, choice: Choice) -> Iterator[tuple[Any, Callable[[], Any]]]:
    """Yield the numbers of the rows of a choice in parts, each with what reads them as an arrow table.

    The table's columns are named by their places. The parts are those of the file, so that one of them need be in
    memory at a time; sorted rows are one part.
    """
    for condition in choice.where:
        place_of(kept.columns, condition.column)
    if choice.sort:
        _check_sort(kept, choice)
    if kept.count == 0:
        return
    if choice.sort:
        yield _sorted(kept, choice)
        return
    asked = sorted({place_of(kept.columns, condition.column) for condition in choice.where})
    for place in range(len(kept.streams.rows) - 1):
        (start, stop), (first, last) = kept.streams.rows[place : place + 2], kept.streams.places[place : place + 2]
        content = kept.read(first, last - first)
        if choice.where:
            mask = find_rows(_opened(content, asked), kept.columns, choice.where)
            yield start + _places(mask), partial(_filtered, content, mask)
        else:
            yield np.arange(start, stop), partial(_opened, content)


def _filtered(content: bytes, mask: Any) -> Any:
    return _opened(content).filter(mask)


def _sorted(kept: KeptRows, choice: Choice) -> tuple[Any, Callable[[], Any]]:
    table, numbers = _read(kept, 0, len(kept.streams.rows) - 1), np.arange(kept.count)
    if choice.where:
        mask = find_rows(table, kept.columns, choice.where)
        table, numbers = table.filter(mask), numbers[_places(mask)]
    order = _order(table, kept, choice)
    return numbers[order], lambda: table.take(order)


def _places(mask: Any) -> Any:
    return np.flatnonzero(mask.to_numpy(zero_copy_only=False))


def _read_between(kept: KeptRows, start: int, end: int) -> Any | None:
    """Return the rows from one number to before another, reading only the streams that have them; None if none has."""
    rows = kept.streams.rows
    first = max(0, int(np.searchsorted(rows, start, "right")) - 1)
    last = int(np.searchsorted(rows, end, "left"))
    if first >= len(rows) - 1:
        return None
    return _read(kept, first, min(last, len(rows) - 1)).slice(start - rows[first], end - start)


def _page(kept: KeptRows, table: Any | None, start: int, matching: int) -> RowsPage:
    numbers = range(start, start + (0 if table is None else table.num_rows))
    return RowsPage(_cells(kept, [] if table is None else [table]), [*numbers], matching)


def _cells(kept: KeptRows, tables: Sequence[Any]) -> list[list[Cell]]:
    """Return rows as JSON has them."""
    rows: list[list[Cell]] = []
    for table in tables:
        cells = [shown_cells(table.column(place), type_) for place, (_, type_) in enumerate(kept.columns)]
        rows.extend(list(row) for row in zip(*cells, strict=True))
    return rows


def shown_cells(array: Any, type_: ColumnType, most: int = MAX_TEXT) -> list[Cell]:
    """Return the cells of an arrow array as JSON has them."""
    if type_ is ColumnType.STRING:
        return [None if text is None else shorten(text, most) for text in array.to_pylist()]
    return [None if value is None else _shown_number(value, type_) for value in array.to_pylist()]


def _shown_number(value: float, type_: ColumnType) -> Cell:
    # JSON has no infinity, and numbers that are no time, or too large for a whole number, are shown as they are.
    if not math.isfinite(value):
        return None
    try:
        cell = number_cell(value, type_)
    except (ValueError, OverflowError, OSError):
        return value
    return value if type(cell) is int and abs(cell) >= INT64_LIMIT else cell


def _check_sort(kept: KeptRows, choice: Choice) -> None:
    if choice.sort not in [name for name, _ in kept.columns]:
        raise BadArgument("BadParameterValue", f"sort must name a column, got {choice.sort[:200]!r}.", "sort")
    if kept.streams.places[-1] > MAX_SORT_BYTES:
        text = (
            f"The rows have {kept.streams.places[-1] / 1024 / 1024:.0f} MiB; up to {MAX_SORT_BYTES // 1024 // 1024} "
            "MiB are sorted here. Leave out sort, or sort in the experiment with Apply SQL Transformation."
        )
        raise BadArgument("BadParameterValue", text, "sort")


def _order(table: Any, kept: KeptRows, choice: Choice) -> Any:
    """Return the order of rows, as an ndarray of their places."""
    import pyarrow.compute as pc

    place = str([name for name, _ in kept.columns].index(choice.sort))
    order = "descending" if choice.descending else "ascending"
    # Missing cells come last in either order, and equal ones stay in the order of the data.
    numbered = table.append_column("row", [np.arange(len(table))])
    return pc.sort_indices(numbered, [(place, order), ("row", "ascending")]).to_numpy()


def _read(kept: KeptRows, first: int, last: int) -> Any:
    """Return the rows of some streams, which are read at once."""
    import pyarrow as pa

    places = kept.streams.places
    content = kept.read(places[first], places[last] - places[first])
    parts = zip(places[first:last], places[first + 1 : last + 1], strict=True)
    tables = [_opened(content[start - places[first] : end - places[first]]) for start, end in parts]
    return pa.concat_tables(tables) if tables else pa.table({})


def _opened(content: bytes, columns: Sequence[int] | None = None) -> Any:
    """Return a stream's table, all of it or columns by their places."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(included_fields=list(columns)) if columns is not None else None
    with pa.ipc.open_stream(content, options=options) as reader:
        return reader.read_all()
