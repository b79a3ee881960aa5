"""Rows kept to be looked at in pages: arrow streams one after another, each of so many rows, with where each begins.

Who reads a page reads the streams that have its rows, and not the whole file. Cells are as studio/graph/dataset.py
describes: text, or float64 with NaN for missing, Booleans as 0 and 1, times as seconds since 1970.
"""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.errors import BadArgument
from studio.tables.column_summary import shorten
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
class Window:
    """Which rows a client wants: so many from `offset` on, in the order of a column if one is named."""

    offset: int
    limit: int
    sort: str = ""
    descending: bool = False


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


def read_window(offset: str | None, limit: str | None, sort: str | None) -> Window:
    """Read the query parameters of a page of rows; BadArgument if one is invalid."""
    numbers = []
    for name, text, default, low, high in (("offset", offset, 0, 0, 10**9), ("limit", limit, 100, 1, MAX_PAGE)):
        if text and not (text.isascii() and text.isdigit() and len(text) < 11 and low <= int(text) <= high):
            message = f"{name} must be a whole number from {low} to {high}, got {text[:40]!r}."
            raise BadArgument("BadParameterValue", message, name)
        numbers.append(int(text) if text else default)
    given = sort or ""
    return Window(numbers[0], numbers[1], given.removeprefix("-"), given.startswith("-"))


def read_rows(
    read: Callable[[int, int], bytes], streams: Streams, columns: Sequence[tuple[str, ColumnType]], window: Window
) -> list[list[Cell]]:
    """Return the rows of a window, missing cells as None.

    Parameters
    ----------
    read
        Returns so many bytes of the file from a place on.
    columns
        Name and type of each kept column.

    Raises
    ------
    BadArgument
        If there is no such column to sort by, or more rows than are sorted.
    """
    import pyarrow as pa

    if window.sort:
        _check_sort(streams, columns, window)
        if len(streams.rows) == 1:
            return []
        found = _sorted(_read(read, streams, 0, len(streams.rows) - 1), columns, window)
    else:
        first = max(0, int(np.searchsorted(streams.rows, window.offset, "right")) - 1)
        last = int(np.searchsorted(streams.rows, window.offset + window.limit, "left"))
        if first >= len(streams.rows) - 1:
            return []
        table = _read(read, streams, first, min(last, len(streams.rows) - 1))
        found = table.slice(window.offset - streams.rows[first], window.limit)
    assert isinstance(found, pa.Table)
    cells = [shown_cells(found.column(place), type_) for place, (_, type_) in enumerate(columns)]
    return [list(row) for row in zip(*cells, strict=True)]


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


def _check_sort(streams: Streams, columns: Sequence[tuple[str, ColumnType]], window: Window) -> None:
    if window.sort not in [name for name, _ in columns]:
        raise BadArgument("BadParameterValue", f"sort must name a column, got {window.sort[:200]!r}.", "sort")
    if streams.places[-1] > MAX_SORT_BYTES:
        text = (
            f"The rows have {streams.places[-1] / 1024 / 1024:.0f} MiB; up to {MAX_SORT_BYTES // 1024 // 1024} MiB are "
            "sorted here. Leave out sort, or sort in the experiment with Apply SQL Transformation."
        )
        raise BadArgument("BadParameterValue", text, "sort")


def _sorted(table: Any, columns: Sequence[tuple[str, ColumnType]], window: Window) -> Any:
    import pyarrow.compute as pc

    place = str([name for name, _ in columns].index(window.sort))
    order = "descending" if window.descending else "ascending"
    # Missing cells come last in either order, and equal ones stay in the order of the data.
    indices = pc.sort_indices(
        table.append_column("row", [np.arange(len(table))]), [(place, order), ("row", "ascending")]
    )
    return table.take(indices[window.offset : window.offset + window.limit])


def _read(read: Callable[[int, int], bytes], streams: Streams, first: int, last: int) -> Any:
    import pyarrow as pa

    content = io.BytesIO(read(streams.places[first], streams.places[last] - streams.places[first]))
    tables = []
    for _ in range(first, last):
        with pa.ipc.open_stream(content) as reader:
            tables.append(reader.read_all())
    return pa.concat_tables(tables) if tables else pa.table({})
