"""A dataset's file as a table: its cells as they are written in it, and as a frame with the types of its profile."""

import contextlib
import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from perennial.any_frame import PANDAS, POLARS, RECORDS, make_frame, reader
from perennial.errors import PerennialError

TEXT_TABLES = (".csv", ".tsv", ".arff")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
# The profile describes formats by an example: numbers like 1.234,5 €; dates like 24.12.2025 (%d.%m.%Y).
NUMBERS = re.compile(r"(?:234|12)(?P<decimal>[.,])5")
DATES = re.compile(r"\((?P<pattern>%[^()]*)\)$")
NUMERIC = ("Double", "Int32", "Int64")
MISSING = frozenset({"", "NaN", "nan", "NaT", "NA", "null"})


def check_text_table(name: str) -> str:
    """Return the extension of a dataset that is a table of text; PerennialError if it is something else."""
    kind = Path(name).suffix.lower()
    if kind not in TEXT_TABLES:
        text = f"{name} is not a table of text. 'dataset show' describes it, 'dataset download' saves it."
        raise PerennialError(0, "NoPreview", text)
    return kind


def read_cells(name: str, profile: Mapping[str, Any], content: bytes, *, cut: bool = False) -> list[list[str]]:
    """Return the rows of a text file as they are written in it, without its header.

    Parameters
    ----------
    profile
        How the app reads the file.
    cut
        Whether the content is only the beginning of the file, so that its last line is not whole.

    Raises
    ------
    PerennialError
        If it is no text file, or cannot be read.
    """
    kind = check_text_table(name)
    try:
        text = content.decode(profile["Encoding"], errors="replace").removeprefix("\ufeff")
    except LookupError:
        text = content.decode("utf-8", errors="replace")
    if cut:
        text = text.rpartition("\n")[0]
    if kind == ".arff":
        return _read_arff(text)
    separator = SEPARATORS.get(str(profile["Separator"]), ",")
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
    except csv.Error as error:
        raise PerennialError(0, "FileUnreadable", f"{name} cannot be read: {error}.") from error
    return rows[1:] if profile["Header"] else rows


def dataset_frame(name: str, profile: Mapping[str, Any], content: bytes, library: str) -> Any:
    """Return a dataset as a frame of a library, with the types that experiments read it with.

    Raises
    ------
    PerennialError
        If it is neither a text file nor Parquet, or the library cannot read Parquet.
    """
    if name.lower().endswith(".parquet"):
        return _read_parquet(content, library)
    check_text_table(name)
    names = [str(column["Name"]) for column in profile["Columns"]]
    width = len(names)
    rows = [[*row, *[""] * width][:width] for row in read_cells(name, profile, content)]
    columns = list(zip(*rows, strict=True)) or [()] * width
    kinds = [str(column["Type"]) for column in profile["Columns"]]
    plain = [list(map(_plain(column), cells)) for column, cells in zip(profile["Columns"], columns, strict=True)]
    return make_frame(library, names, kinds, plain)


def result_frame(content: bytes, library: str) -> Any:
    """Return a CSV file as a frame whose types are those that its cells show."""
    names, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) if content else [[]]
    columns = [[cell or None for cell in column] for column in zip(*rows, strict=True)] or [[] for _ in names]
    return make_frame(library, names, list(map(_kind, columns)), columns)


def _kind(cells: list[str | None]) -> str:
    known = [cell for cell in cells if cell is not None]
    if known and all(cell in ("True", "False") for cell in known):
        return "Boolean"
    for kind in ("Int64", "Double", "DateTime"):
        with contextlib.suppress(ValueError):
            for cell in known:
                reader(kind)(cell)
            return kind if known else "String"
    return "String"


def _plain(column: Mapping[str, Any]) -> Callable[[str], str | None]:
    """Return the function that rewrites a column's cells as plain numbers and ISO 8601 times."""
    form, kind = str(column.get("Format") or ""), column["Type"]
    missing = {str(text) for text in column.get("MissingTexts") or ()} | (MISSING if kind != "String" else {""})
    dates, numbers = DATES.search(form), NUMBERS.search(form)
    if kind == "DateTime" and dates:
        pattern = dates["pattern"]
        return lambda cell: None if cell.strip() in missing else _date(cell.strip(), pattern)
    if kind in NUMERIC and numbers:
        decimal = numbers["decimal"]
        return lambda cell: None if cell.strip() in missing else _number(cell, decimal)
    return lambda cell: None if cell.strip() in missing else cell if kind == "String" else cell.strip()


def _date(cell: str, pattern: str) -> str:
    try:
        return datetime.strptime(cell, pattern).isoformat()  # noqa: DTZ007
    except ValueError:
        return cell


def _number(cell: str, decimal: str) -> str:
    sign = "-" if "-" in cell or "\u2212" in cell or "(" in cell else ""
    digits = "".join(char for char in cell if char.isdigit() or char == decimal).replace(decimal, ".")
    return f"{sign}{digits}"


def _read_arff(text: str) -> list[list[str]]:
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if line.strip().lower() == "@data"), len(lines))
    rows = [line for line in lines[start + 1 :] if line.strip() and not line.startswith("%")]
    return list(csv.reader(rows, quotechar="'", skipinitialspace=True))


def _read_parquet(content: bytes, library: str) -> Any:
    file = io.BytesIO(content)
    try:
        if library == POLARS:
            return __import__(POLARS).read_parquet(file)
        if library == PANDAS:
            return __import__(PANDAS).read_parquet(file)
        from pyarrow import parquet
    except ImportError as error:
        raise PerennialError(0, "LibraryMissing", "Reading Parquet needs pyarrow. Install it.") from error
    table = parquet.read_table(file)
    return table.to_pylist() if library == RECORDS else table
