"""Table files whose cells have types: Parquet, JSON lines and NumPy arrays; and the choice of a reader by extension.

Their numbers stay what they are. Columns of text are profiled like those of a CSV file, and dates become ISO 8601.
"""

import io
import zipfile
from collections.abc import Sequence
from tokenize import TokenError
from typing import Any

from studio.errors import BadUserArgument
from studio.tables.files import DELIMITERS, Dialect, check_count, check_names, read_text_table
from studio.tables.options import GUESSED, ReadingOptions
from studio.tables.profile import Reading, profile_columns, read_profiled
from studio.tables.schema import INT64_LIMIT, Column, ColumnType, write_cell
from studio.tables.text_encodings import to_utf8
from studio.tables.zip_directories import check_entries

TYPED = (".parquet", ".jsonl", ".ndjson", ".npy", ".npz")
READABLE = (*DELIMITERS, *TYPED)
MAX_CELLS, MAX_BYTES, MAX_ARRAYS = 100_000_000, 1024 * 1024 * 1024, 1000
# What reading damaged files raises: some headers of arrays are read as Python's literals, and texts by code points.
DAMAGE = (
    *(OSError, EOFError, ValueError, TypeError, OverflowError, SyntaxError, SystemError, RecursionError),
    *(TokenError, zipfile.BadZipFile),
)
# What a date takes as a text, with its place.
DATE_BYTES = 32
# Microseconds from 1970 to the first and last moment that ISO 8601 writes with four digits for the year.
FIRST_DATE, LAST_DATE = -62_135_596_800_000_000, 253_402_300_799_999_999
# Ways of packing whose reader bounds what comes out.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# How much larger than the file the arrays in an .npz may be.
PACKED, SMALL_BYTES = 50, 64 * 1024 * 1024


def read_file(content: bytes, extension: str, options: ReadingOptions = GUESSED) -> Reading:
    """Read a file of any kind in READABLE as its profile says; raises the errors of read_profiled."""
    if extension not in READABLE:
        raise BadUserArgument(
            "InputParseError", f"The file's name must end in one of {', '.join(READABLE)}, got '{extension[:20]}'."
        )
    if extension in DELIMITERS:
        return read_profiled(content, extension, options)
    return profile_columns(typed_table(content, extension), Dialect(), options)


def text_table(content: bytes, extension: str, options: ReadingOptions) -> Any:
    """Return a file of any kind as an arrow table of text columns, to be profiled together with others."""
    if extension in DELIMITERS:
        given = Dialect(options.encoding, options.separator)
        return read_text_table(content, extension, header=options.header is not False, given=given)[0]
    return text_columns(content, extension, ())


def typed_table(content: bytes, extension: str) -> Any:
    """Return the arrow table of a typed file, with columns of int64, float64, bool and text; dates as ISO 8601 texts.

    Raises
    ------
    BadUserArgument
        InputParseError if it is damaged, nested, or not what its extension says.
    """
    import pyarrow as pa

    readers = {".parquet": _parquet, ".npy": _npy, ".npz": _npz}
    try:
        table = readers.get(extension, _json_lines)(content)
        check_names(table.column_names)
        columns = [_plain_column(name, table[name]) for name in table.column_names]
        _check_size(len(columns) * table.num_rows)
    except (*DAMAGE, pa.ArrowException) as error:
        raise _bad(f"The file cannot be read as {extension}: {str(error).partition(chr(10))[0][:200]}.") from error
    if not columns:
        raise _bad(f"The {extension} file has no columns.")
    return pa.table(columns, names=table.column_names)


def text_columns(content: bytes, extension: str, columns: Sequence[Column]) -> Any:
    """Return a typed file as an arrow table of text, each cell as the column of that name reads it back."""
    import pyarrow as pa

    table = typed_table(content, extension)
    formats = {column.name: column for column in columns}
    texts = []
    for name in table.column_names:
        column = formats.get(name, Column(name, ColumnType.STRING))
        cells = table[name].to_pylist()
        texts.append(pa.chunked_array([pa.array(["" if cell is None else _text(cell, column) for cell in cells])]))
    return pa.table(texts, names=table.column_names)


def _text(cell: Any, column: Column) -> str:
    return cell if isinstance(cell, str) else column.write(cell)


def _parquet(content: bytes) -> Any:
    import pyarrow.parquet as pq
    import pyarrow.types as pt

    source = io.BytesIO(content)
    file = pq.ParquetFile(source)
    rows, columns = file.metadata.num_rows, file.metadata.num_columns
    check_count(columns)
    groups = [file.metadata.row_group(group) for group in range(file.metadata.num_row_groups)]
    _check_size(rows * columns, sum(group.total_byte_size for group in groups))
    if any("DELTA_BYTE_ARRAY" in group.column(place).encodings for group in groups for place in range(columns)):
        # Each text states how much of the one before it repeats: nothing bounds what that unpacks to.
        raise ValueError("its texts have the encoding DELTA_BYTE_ARRAY; write them with dictionaries or plainly")
    texts = [field.name for field in file.schema_arrow if pt.is_string(field.type) or pt.is_large_string(field.type)]
    # As dictionaries, texts that repeat take no more memory than in the file; then their sizes are known.
    table = pq.ParquetFile(source, read_dictionary=texts).read()
    _check_size(0, sum(map(_text_bytes, table.columns)))
    return table


def _text_bytes(values: Any) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(values.type) or not pa.types.is_string(values.type.value_type):
        return int(values.nbytes)
    sizes = [pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0 for chunk in values.chunks]
    return int(sum(sizes))


def _check_size(cells: int, n_bytes: int = 0) -> None:
    """Raise ValueError if a table takes more memory than tables may: a small file can hold a huge one."""
    if cells > MAX_CELLS or n_bytes > MAX_BYTES:
        raise ValueError(f"it unpacks to {cells:,} cells and {n_bytes:,} bytes, more than are read at once")


def _json_lines(content: bytes) -> Any:
    import orjson
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    for number, line in enumerate(io.BytesIO(to_utf8(content)[0])):
        if not line.strip():
            continue
        row = orjson.loads(line)
        if not isinstance(row, dict):
            raise ValueError(f"line {number + 1} is not an object")
        rows.append(row)
        names |= dict.fromkeys(row)
        check_count(len(names))
    _check_size(len(rows) * len(names))
    return pa.table([_json_column(name, [row.get(name) for row in rows]) for name in names], names=list(names))


def _json_column(name: str, cells: list[Any]) -> Any:
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds & {list, dict}:
        raise ValueError(f"the column '{name[:100]}' is nested; each cell must be one value")
    if kinds <= {int} and all(cell is None or -INT64_LIMIT <= cell < INT64_LIMIT for cell in cells):
        return pa.array(cells, pa.int64())
    if kinds <= {int, float}:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    return pa.array(
        [cell if cell is None or isinstance(cell, str) else write_cell(cell) for cell in cells], pa.string()
    )


def _npy(content: bytes) -> Any:
    import pyarrow as pa

    columns = _array_columns("Col", _array(content))
    return pa.table(list(columns.values()), names=list(columns))


def _npz(content: bytes) -> Any:
    import pyarrow as pa

    columns: dict[str, Any] = {}
    limit = min(PACKED * len(content) + SMALL_BYTES, MAX_BYTES)
    check_entries(content, MAX_ARRAYS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.flag_bits & 1 or member.compress_type not in METHODS:
                raise ValueError(f"{member.filename[:80]!r} is encrypted or packed in an unusual way")
            with archive.open(member) as source:
                part = source.read(limit + 1)
            limit -= len(part)
            if limit < 0:
                raise ValueError("it unpacks to far more bytes than it has")
            name = member.filename.removesuffix(".npy")
            array = _array(part)
            found = _array_columns(name, array)
            check_count(len(columns) + len(found))
            columns |= {name: next(iter(found.values()))} if array.ndim == 1 and len(found) == 1 else found
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"its arrays have different numbers of rows: {', '.join(map(str, sorted(lengths)))}")
    return pa.table(list(columns.values()), names=list(columns))


def _array(content: bytes) -> Any:
    """Return the array of an .npy file. Never runs code: arrays of Python objects, which are pickled, are refused."""
    import numpy as np
    from numpy.lib import format as npy

    source = io.BytesIO(content)
    version = npy.read_magic(source)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, by_columns, dtype = read_header(source)
    if dtype.hasobject:
        raise ValueError("it has Python objects, which are not read; store numbers or texts of fixed length")
    count = 1
    for length in shape:
        count *= length
    # The header comes first, so nothing is allocated for what is not there.
    if len(content) - source.tell() != count * dtype.itemsize or len(shape) not in (1, 2):
        raise ValueError(f"an array of shape {shape} was announced, which is not what it has, or not a table")
    found = np.frombuffer(content, dtype, count, source.tell())
    return found.reshape(shape, order="F" if by_columns else "C")


def _array_columns(name: str, array: Any) -> dict[str, Any]:
    """Return an array's columns as arrow arrays: the fields of a structured one, else `name1`, `name2`, …."""
    if array.dtype.names:
        parts = {field: array[field] for field in array.dtype.names}
    else:
        table = array.reshape(len(array), -1)
        check_count(table.shape[1])
        parts = {f"{name}{place + 1}": table[:, place] for place in range(table.shape[1])}
    return {field: _array_column(values) for field, values in parts.items()}


def _array_column(values: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    if values.dtype.kind in "iufb":
        return pa.array(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("=")))
    if values.dtype.kind in "US":
        texts = np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values
        return pa.array(texts.tolist(), pa.string())
    return pa.array(values)


def _plain_column(name: str, values: Any) -> Any:
    """Return a column as one of the types that text columns are read as."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as pt

    type_ = values.type
    if pt.is_dictionary(type_):
        values = values.cast(type_.value_type)
        type_ = values.type
    if pt.is_null(type_):
        return pc.cast(values, pa.string())
    if pt.is_uint64(type_) or pt.is_integer(type_):
        return values.cast(pa.int64())
    if pt.is_floating(type_) or pt.is_decimal(type_):
        numbers = values.cast(pa.float64())
        return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    if pt.is_boolean(type_):
        return values
    if pt.is_string(type_) or pt.is_large_string(type_):
        return values.cast(pa.string())
    if pt.is_temporal(type_) and (pt.is_timestamp(type_) or pt.is_date(type_)):
        return _iso_dates(values)
    raise ValueError(f"the column '{name[:100]}' is of type {str(type_)[:60]}; use numbers, texts, booleans or dates")


def _iso_dates(values: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    _check_size(0, DATE_BYTES * len(values))
    # A time zone means UTC here, as in texts. What is shorter than a microsecond is dropped.
    moments = pc.cast(values, options=pc.CastOptions(pa.timestamp("us"), allow_time_truncate=True))
    ends = pc.min_max(moments.cast(pa.int64())).as_py()
    if not FIRST_DATE <= (ends["min"] or 0) <= (ends["max"] or 0) <= LAST_DATE:
        raise ValueError("it has dates before the year 1 or after the year 9999")
    texts = pc.replace_substring(moments.cast(pa.string()), " ", "T")
    return pc.replace_substring_regex(texts, r"\.000000$", "")


def _bad(message: str) -> BadUserArgument:
    return BadUserArgument("InputParseError", message)
