"""What there is to show of a table: its columns with statistics, its first rows, and all rows in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.tables.column_summary import Summary, summarise_column
from studio.tables.row_pages import shown_cells, write_pages
from studio.tables.schema import Column, ColumnType, cell_number

PREVIEW_ROWS, MIN_PREVIEW_ROWS, PREVIEW_CELLS, PREVIEW_TEXT = 100, 10, 20_000, 300
MAX_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What is kept to show of a value: a summary, the rows of a dataset as row_pages.py keeps them, an evaluation."""

    summary: Summary
    rows: bytes = b""
    evaluation: Summary | None = None


def show_table(columns: Sequence[Column], rows: int, arrays: Sequence[Any]) -> Shown:
    """Return what there is to show of a table.

    Parameters
    ----------
    columns
        All columns.
    arrays
        The cells of the first MAX_COLUMNS of them: arrow arrays of text or of float64, as row_pages.py describes.
    """
    known = list(zip(columns, arrays, strict=False))
    content, streams = write_pages(arrays, rows)
    shown = max(MIN_PREVIEW_ROWS, min(PREVIEW_ROWS, PREVIEW_CELLS // max(1, len(known))))
    cells = [shown_cells(array.slice(0, shown), column.type, PREVIEW_TEXT) for column, array in known]
    summary = {
        "kind": "dataset",
        "rows": rows,
        "columnCount": len(columns),
        "columns": [_summarised(column, array) for column, array in known]
        + [{"name": column.name, "type": column.type.value} for column in columns[len(known) : MAX_NAMES]],
        "preview": [list(row) for row in zip(*cells, strict=True)],
        "rowsKept": streams.rows[-1],
        "columnsKept": len(known),
        "streams": streams.to_json(),
    }
    return Shown(summary, content)


def _summarised(column: Column, array: Any) -> Summary:
    values = array if column.type is ColumnType.STRING else array.to_numpy(zero_copy_only=False)
    return summarise_column(column.name, column.type, values)


def column_array(values: Any, type_: ColumnType) -> Any:
    """Return a column of an arrow table, as studio/tables reads it, as an array of text or float64."""
    import pyarrow as pa

    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if type_ is ColumnType.STRING:
        return values.cast(pa.large_string())
    if type_ is ColumnType.DATETIME:
        return pa.array([cell_number(cell) for cell in values.to_pylist()], pa.float64())
    return values.cast(pa.float64()).fill_null(float("nan"))
