"""Rows that are looked at as a file: CSV, Parquet or Arrow, written part by part, so that no more is in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from studio.errors import BadArgument, TooLarge
from studio.tables.row_pages import Choice, KeptRows, chosen_rows
from studio.tables.schema import ColumnType, number_cell

MAX_BYTES = 64 * 1024 * 1024
CSV, PARQUET, ARROW = "csv", "parquet", "arrow"
FORMATS = {
    CSV: "text/csv; charset=utf-8",
    PARQUET: "application/vnd.apache.parquet",
    ARROW: "application/vnd.apache.arrow.stream",
}
# Whole numbers that float64, as which cells are kept, has exactly.
EXACT = 2**53


def read_format(text: str | None) -> str:
    """Return the format of a file that a client asks for; CSV if it names none."""
    format_ = (text or CSV).lower()
    if format_ not in FORMATS:
        raise BadArgument("BadParameterValue", f"format must be {', '.join(FORMATS)}, got {format_[:40]!r}.", "format")
    return format_


def write_rows(kept: KeptRows, choice: Choice, format_: str) -> bytes:
    """Return the kept rows that a client wants as a file with all their columns.

    Raises
    ------
    BadArgument
        As studio/tables/row_pages.py for the choice.
    TooLarge
        If the file would have more than MAX_BYTES.
    """
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    schema = pa.schema([(name, _type(type_)) for name, type_ in kept.columns])
    with _writer(sink, schema, format_) as writer:
        for numbers, read in chosen_rows(kept, choice):
            if len(numbers):
                writer.write_table(_typed(read(), schema, kept.columns))
            if sink.tell() > MAX_BYTES:
                raise _too_large(format_)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _too_large(format_: str) -> TooLarge:
    text = f"The rows have more than {MAX_BYTES // 1024 // 1024} MiB as {format_.upper()}."
    return TooLarge("OutOfMemoryLimit", f"{text} Ask for fewer with where, or for another format.")


def _writer(sink: Any, schema: Any, format_: str) -> Any:
    import pyarrow as pa

    if format_ == CSV:
        import pyarrow.csv as pa_csv

        return pa_csv.CSVWriter(sink, schema)
    if format_ == PARQUET:
        import pyarrow.parquet as pq

        return pq.ParquetWriter(sink, schema, compression="zstd")
    return pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd"))


def _type(type_: ColumnType) -> Any:
    import pyarrow as pa

    types = {
        ColumnType.STRING: pa.string(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.DATETIME: pa.timestamp("us"),
        ColumnType.INT32: pa.int64(),
        ColumnType.INT64: pa.int64(),
    }
    return types.get(type_, pa.float64())


def _typed(part: Any, schema: Any, columns: Sequence[tuple[str, ColumnType]]) -> Any:
    """Return rows with the types and names that their columns have, instead of how their cells are kept."""
    import pyarrow as pa

    arrays = [_cells(part.column(place).combine_chunks(), type_) for place, (_, type_) in enumerate(columns)]
    return pa.table([array.cast(field.type) for array, field in zip(arrays, schema, strict=True)], schema=schema)


def _cells(array: Any, type_: ColumnType) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if type_ is ColumnType.STRING:
        return array
    missing = pc.is_null(array, nan_is_null=True)
    if type_ is ColumnType.DATETIME:
        return pa.array([_time(value) for value in array.to_pylist()], pa.timestamp("us"))
    if type_.is_integer:
        # What is no exact whole number, such as infinity, has no place in such a column.
        missing = pc.or_(missing, pc.greater(pc.abs(array), float(EXACT)))
    present = pc.if_else(missing, None, array)
    if type_ is ColumnType.BOOLEAN:
        return pc.not_equal(present, 0.0)
    return pc.round(present) if type_.is_integer else present


def _time(value: float | None) -> Any:
    try:
        text = number_cell(value, ColumnType.DATETIME) if value is not None else None
        return datetime.fromisoformat(str(text)) if text is not None else None
    except (ValueError, OverflowError, OSError):
        return None
