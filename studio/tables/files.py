"""Table files: CSV, TSV and ARFF, read into typed arrow tables and written as text.

Files in other encodings than UTF-8, or with another separator than that of their extension, are read, too
(text_encodings.py, dialects.py). profile.py guesses more: how numbers and dates are written.
A cell is missing if it is empty (in ARFF, `?`), and in columns that are not text also if it is NaN, NA, NaT or null.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.errors import BadUserArgument
from studio.tables.dialects import SAMPLE_BYTES, find_separator, logical_lines
from studio.tables.formats import Format
from studio.tables.schema import INT32_LIMIT, MISSING_TOKENS, READERS, CellError, Column, ColumnType, write_cell
from studio.tables.text_encodings import to_utf8

MAX_COLUMNS, MAX_NAME = 20_000, 1000
DELIMITERS = {".csv": ",", ".tsv": "\t", ".arff": ","}
ATTRIBUTE = re.compile(r"@attribute\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))\s+(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file was read: its encoding, and the separator of its cells (empty for ARFF)."""

    encoding: str = "utf-8"
    separator: str = ""


def read_table(content: bytes, extension: str, *, header: bool = True) -> Any:
    """Read a file into an arrow table with inferred types: int64, float64, bool or string.

    Parameters
    ----------
    extension
        `.csv`, `.tsv` or `.arff`.
    header
        Whether the first row names the columns; if not, they are named `Col1`, `Col2`, ….

    Returns
    -------
    pyarrow.Table of n_columns columns and n_rows rows

    Raises
    ------
    BadUserArgument
        InputParseError if the file cannot be read.
    """
    import pyarrow as pa

    text, _ = read_text_table(content, extension, header=header)
    return pa.table([infer_column(text[name]) for name in text.column_names], names=text.column_names)


def read_typed_table(
    content: bytes,
    extension: str,
    columns: Sequence[Column],
    missing_tokens: Sequence[str] = (),
    dialect: Dialect | None = None,
) -> tuple[Any, tuple[Column, ...]]:
    """Read columns of known types; an integer column that contains fractions is read as Double.

    In columns that are not text, `missing_tokens` stand for missing cells. `dialect` says what is known about the file.
    Returns the table, and the columns with the types they were read as. Raises the errors of read_table.
    """
    given = dialect or Dialect("", "")
    if extension in DELIMITERS:
        text, _ = read_text_table(content, extension, given=given, wanted=columns)
    else:
        # Only these need it, and it needs this file.
        from studio.tables.typed_files import text_columns

        text = text_columns(content, extension, columns)
    require_columns(text.column_names, columns)
    arrays, typed = [], []
    for column in columns:
        array, column = read_column(text[column.name], column, missing_tokens)
        arrays.append(array)
        typed.append(column)
    import pyarrow as pa

    return pa.table(arrays, names=[column.name for column in columns]), tuple(typed)


def read_column(
    cells: Any, column: Column, missing_tokens: Sequence[str] = (), *, first_row: int = 0
) -> tuple[Any, Column]:
    """Return a text column converted to its type, and the column: Double in place of integers if it has fractions.

    An error counts the rows after `first_row`, the number of rows before these.
    """
    if missing_tokens and column.type is not ColumnType.STRING:
        cells = blank_tokens(cells, missing_tokens)
    cells = rewrite_column(cells, column)
    try:
        return cast_column(cells, column.type), column
    except ValueError:
        column = replace(column, type=ColumnType.DOUBLE) if column.type.is_integer else column
        return parse_column(cells, column, first_row), column


def rewrite_column(cells: Any, column: Column) -> Any:
    """Return a text column with its cells as plain numbers and ISO 8601 dates, as its format says; others unchanged."""
    form = column.format
    if form is None or form.is_plain or column.type is ColumnType.STRING:
        return cells
    return _rewritten(cells, form) if form.rewrites else blank_tokens(cells, form.missing)


def _rewritten(cells: Any, form: Format) -> Any:
    import pyarrow as pa

    # Each distinct text is rewritten once.
    found = pa.chunked_array([cells]) if isinstance(cells, pa.Array) else cells
    encoded = found.combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    texts = [form.plain(text or "") for text in encoded.dictionary.to_pylist()]
    plain = pa.array(texts, pa.string()).take(encoded.indices)
    return plain if isinstance(cells, pa.Array) else pa.chunked_array([plain])


def blank_tokens(array: Any, tokens: Sequence[str]) -> Any:
    """Return a text column with an empty text in place of each cell that, without blanks around it, is a token."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(pc.utf8_trim_whitespace(array), value_set=pa.array(list(tokens), pa.string()))
    return pc.if_else(found, "", array)


def null_tokens(array: Any, tokens: Sequence[str]) -> Any:
    """Return a text column with null in place of each cell that exactly equals a token."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(array, value_set=pa.array(list(tokens), pa.string()))
    return pc.if_else(found, pa.scalar(None, pa.string()), array)


def require_columns(names: Sequence[str], columns: Sequence[Column]) -> None:
    """Raise BadUserArgument (InputMismatchError) unless `names` includes every column."""
    known = set(names)
    missing = [column.name for column in columns if column.name not in known]
    if missing:
        raise BadUserArgument(
            "InputMismatchError",
            f"The input lacks the column{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing[:40]))}. "
            f"It has {', '.join(map(repr, list(names)[:40]))}.",
            missing[0],
        )


def table_columns(table: Any) -> tuple[Column, ...]:
    """Return the columns of a table from read_table; integer columns are Int32 if all values fit, otherwise Int64."""
    return tuple(Column(name, _column_type(table[name])) for name in table.column_names)


def infer_column(array: Any) -> Any:
    """Return a text column converted to the narrowest type that fits every cell."""
    for type_ in (ColumnType.INT64, ColumnType.DOUBLE, ColumnType.BOOLEAN):
        try:
            return cast_column(array, type_)
        except ValueError:
            continue
    return cast_column(array, ColumnType.STRING)


def parse_column(array: Any, column: Column, first_row: int = 0) -> Any:
    """Return a text column converted to `column.type`; BadUserArgument names the first cell that cannot be read."""
    try:
        return cast_column(array, column.type)
    except ValueError:
        return _parse_cells(array, column, first_row)


def _parse_cells(array: Any, column: Column, first_row: int) -> Any:
    import pyarrow as pa

    read = READERS[column.type]
    cells, known = [], {}
    for row, text in enumerate(array.to_pylist()):
        try:
            if text not in known:
                known[text] = read(text)
            cells.append(known[text])
        except ValueError as error:
            message = CellError(row, column, text).describe(first_row)
            raise BadUserArgument("InputParseError", message, column.name) from error
    return pa.chunked_array([pa.array(cells, type=_arrow_type(column.type))])


def cast_column(array: Any, type_: ColumnType) -> Any:
    """Return a text column converted to a type, with missing cells as null.

    Raises
    ------
    ValueError
        If a cell must be read on its own (by the readers of schema.py), or cannot be read at all.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if type_ is ColumnType.DATETIME:
        raise ValueError("dates are read cell by cell")
    if type_ is ColumnType.STRING:
        return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    if type_ is ColumnType.BOOLEAN:
        return _cast_booleans(_present(array))
    try:
        return cast_numbers(array, type_)
    except pa.ArrowInvalid:
        return cast_numbers(_present(array), type_)


def cast_numbers(array: Any, type_: ColumnType) -> Any:
    """Return a text column as numbers, with NaN as null; ValueError (or ArrowInvalid) if a cell is not a number.

    Blanks around a number are ignored, as in cast_column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = array.cast(_arrow_type(type_))
    if type_.is_integer:
        # Arrow reads 0x1F as an integer; no other reader of the same data does.
        if _has_hexadecimals(array):
            raise ValueError("not a number")
        return numbers
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)


def _has_hexadecimals(array: Any) -> bool:
    """Return whether a cell contains an x. Checks the whole buffer first: fast, but it may hold other cells, too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    texts = [chunk.buffers()[2] for chunk in chunks]
    if not any(b"x" in text or b"X" in text for text in (bytes(text) for text in texts if text is not None)):
        return False
    return bool(pc.any(pc.match_substring(array, "x", ignore_case=True)).as_py())


def _present(array: Any) -> Any:
    """Return a text column without blanks around its cells, and with null in place of missing-value tokens."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(array)
    missing = pc.is_in(text, value_set=pa.array(sorted(MISSING_TOKENS)))
    return pc.if_else(missing, pa.scalar(None, pa.string()), text)


def _cast_booleans(text: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    lower = pc.utf8_lower(text)
    known = lower.drop_null()
    if not len(known) or not pc.all(pc.is_in(known, value_set=pa.array(["true", "false"]))).as_py():
        raise ValueError("not boolean")
    return pc.equal(lower, "true")


def _arrow_type(type_: ColumnType) -> Any:
    import pyarrow as pa

    return {
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.INT32: pa.int64(),
        ColumnType.INT64: pa.int64(),
        ColumnType.DOUBLE: pa.float64(),
    }.get(type_, pa.string())


def _column_type(array: Any) -> ColumnType:
    import pyarrow.compute as pc
    import pyarrow.types as pt

    if pt.is_boolean(array.type):
        return ColumnType.BOOLEAN
    if pt.is_floating(array.type):
        return ColumnType.DOUBLE
    if not pt.is_integer(array.type):
        return ColumnType.STRING
    bounds = pc.min_max(array).as_py()
    fits = bounds["min"] is None or (bounds["min"] >= -INT32_LIMIT and bounds["max"] < INT32_LIMIT)
    return ColumnType.INT32 if fits else ColumnType.INT64


def read_text_table(
    content: bytes,
    extension: str,
    *,
    header: bool = True,
    given: Dialect = Dialect("", ""),
    wanted: Sequence[Column] = (),
) -> tuple[Any, Dialect]:
    """Return a file as an arrow table of text columns, and how it was read.

    Parameters
    ----------
    given
        What is known about the file; the rest is guessed.
    wanted
        The columns that the file should have, if they are known.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    content, encoding = to_utf8(content, given.encoding, expected_encodings(wanted))
    if extension == ".arff":
        return read_arff(content), Dialect(encoding)
    delimiter, skipped = _separator(content, extension, given, [column.name for column in wanted])
    content = content[skipped:]
    try:
        names, header = (
            named_columns(content, delimiter, wanted) if header else (column_names(content, delimiter, False), False)
        )
        table = pa_csv.read_csv(
            io.BytesIO(content),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1 if header else 0),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise BadUserArgument("InputParseError", unreadable(extension, error)) from error
    return table, Dialect(encoding, delimiter)


def _separator(content: bytes, extension: str, given: Dialect, wanted: Sequence[str]) -> tuple[str, int]:
    found, skipped = find_separator(content[: SAMPLE_BYTES + 1], DELIMITERS[extension], wanted)
    return given.separator or found, skipped


def expected_encodings(columns: Sequence[Column]) -> list[str]:
    """Return the encodings that the file had which these columns were first read from."""
    return list(dict.fromkeys(column.format.encoding for column in columns if column.format and column.format.encoding))


def unreadable(extension: str, error: Exception) -> str:
    """Return what a person has to know about a file whose rows cannot be told apart."""
    counts = re.search(r"Expected (\d+) columns, got (\d+)", str(error))
    if counts is None:
        return f"The file cannot be read as {extension}: {error}."
    return (
        f"A row has {counts[2]} cells, but the first row has {counts[1]} names. Put cells that contain the separator "
        'into double quotes ("12,5"), remove what is not part of the table, or use another separator.'
    )


def named_columns(content: bytes, delimiter: str, wanted: Sequence[Column]) -> tuple[list[str], bool]:
    """Return a file's column names, and whether its first row has them.

    It has not if the wanted columns are `Col1`, `Col2`, …, as those of a file without a header are named, and the first
    row has other names. Raises the errors of column_names.
    """
    unnamed = column_names(content, delimiter, header=False)
    if wanted and {column.name for column in wanted} <= set(unnamed):
        first = next(csv.reader([next(logical_lines(content), "")], delimiter=delimiter), [])
        if not {column.name for column in wanted} <= {name.strip() for name in first}:
            return unnamed, False
    return column_names(content, delimiter, header=True), True


def column_names(content: bytes, delimiter: str, header: bool) -> list[str]:
    """Return the column names from the first row of a delimited file, or `Col1`, `Col2`, … without a header.

    Raises
    ------
    BadUserArgument
        InputParseError if a name is empty or occurs twice.
    """
    first_line = next(logical_lines(content), "")
    names = next(csv.reader([first_line], delimiter=delimiter), [])
    if not header:
        names = [f"Col{index + 1}" for index in range(len(names))]
    names = [name.strip() for name in names]
    if len(names) > 1 and not names[0] and all(names[1:]):
        # Programs that write row numbers leave the name of their column empty.
        names[0] = "Col1"
    if not names or not all(names):
        unnamed = f" Column {names.index('') + 1} has no name." if any(names) else ""
        raise BadUserArgument(
            "InputParseError", f"The file has no header row. The first row must name every column.{unnamed}"
        )
    check_names(names)
    return names


def check_names(names: Sequence[str]) -> None:
    """Raise BadUserArgument (InputParseError) if a name occurs twice, or there are too many or too long ones."""
    check_count(len(names))
    longest = max(names, key=len, default="")
    if len(longest) > MAX_NAME:
        raise BadUserArgument(
            "InputParseError",
            f"A column name has {len(longest):,} characters; at most {MAX_NAME:,} are accepted. It begins with "
            f"'{longest[:40]}'.",
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise BadUserArgument("InputParseError", f"The file has two columns named '{twice[0]}'.", twice[0])


def check_count(n_columns: int) -> None:
    """Raise BadUserArgument (InputParseError) if there are too many columns."""
    if n_columns > MAX_COLUMNS:
        raise BadUserArgument(
            "InputParseError", f"The file has {n_columns:,} columns; at most {MAX_COLUMNS:,} are accepted."
        )


def first_row_bytes(content: bytes) -> int:
    """Return the size in bytes of the first row of a delimited file, including its line feed and a byte order mark."""
    at = quotes = 0
    while at < len(content):
        start, at = at, content.find(b"\n", at) + 1 or len(content)
        quotes += content.count(b'"', start, at)
        if quotes % 2 == 0:
            break
    return at


def read_arff(content: bytes) -> Any:
    """Return the data of an ARFF file as an arrow table of text columns; `?` becomes an empty text."""
    try:
        return _read_arff(content)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadUserArgument("InputParseError", f"The file cannot be read as .arff: {error}.") from error


def _read_arff(content: bytes) -> Any:
    import pyarrow as pa

    names: list[str] = []
    lines = iter(to_utf8(content)[0].decode().splitlines())
    for line in lines:
        attribute = ATTRIBUTE.match(line.strip())
        if attribute:
            names.append(attribute[1] or attribute[2] or attribute[3])
        elif line.strip().lower().startswith("@data"):
            break
    check_names(names)
    data = (line.strip() for line in lines)
    rows = list(csv.reader((line for line in data if line and not line.startswith("%")), quotechar="'"))
    if not names:
        raise BadUserArgument("InputParseError", "The ARFF file declares no @attribute.")
    for number, row in enumerate(rows):
        if len(row) != len(names):
            raise BadUserArgument(
                "InputParseError",
                f"Row {number + 1} of the ARFF data has {len(row)} cells, not {len(names)}.",
            )
    columns = [["" if row[index].strip() == "?" else row[index].strip() for row in rows] for index in range(len(names))]
    return pa.table([pa.chunked_array([pa.array(cells, pa.string())]) for cells in columns], names=names)


def write_table(columns: Sequence[Column], rows: Iterable[Sequence[Any]], extension: str) -> bytes:
    """Return a file's bytes: the header, then rows of cells."""
    return write_header(columns, extension) + write_rows(rows, extension)


def write_header(columns: Sequence[Column], extension: str) -> bytes:
    """Return the bytes that precede the first row of a file."""
    if extension == ".arff":
        kinds = ["numeric" if column.type.is_numeric else "string" for column in columns]
        lines = [f"@attribute '{column.name}' {kind}\n" for column, kind in zip(columns, kinds, strict=True)]
        return "".join(["@relation dataset\n\n", *lines, "\n@data\n"]).encode()
    return write_rows([[column.name for column in columns]], extension)


def write_rows(rows: Iterable[Sequence[Any]], extension: str) -> bytes:
    """Return rows of cells as lines of a file; missing cells are empty (in ARFF, `?`)."""
    target = io.StringIO()
    missing, quote = ("?", "'") if extension == ".arff" else ("", '"')
    writer = csv.writer(target, delimiter=DELIMITERS[extension], quotechar=quote, lineterminator="\n")
    writer.writerows([missing if cell is None else write_cell(cell) for cell in row] for row in rows)
    return target.getvalue().encode()
