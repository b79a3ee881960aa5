"""Local tables as people have them: comma, semicolon, tab or bar between cells, in UTF-8, Windows-1252 or Latin-1."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from perennial.errors import PerennialError

# The last reads every byte.
ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")
SEPARATORS = ",;\t|"
SAMPLE_CHARACTERS = 1 << 16
T = TypeVar("T")


def read_table(path: Path, read: Callable[[Iterator[list[str]]], T]) -> T:
    """Return what `read` makes of a file's rows, the header first; it may be called again, with another encoding.

    Raises
    ------
    PerennialError
        If the file cannot be read, or is not text.
    """
    try:
        for encoding in ENCODINGS:
            try:
                return _read(path, encoding, read)
            except UnicodeDecodeError:
                continue
    except (OSError, csv.Error) as error:
        raise PerennialError(0, "FileUnreadable", f"{path} cannot be read as a table: {error}.") from error
    raise PerennialError(0, "FileUnreadable", f"{path} is not text.")


def _read(path: Path, encoding: str, read: Callable[[Iterator[list[str]]], T]) -> T:
    with path.open(newline="", encoding=encoding) as file:
        sample = file.read(SAMPLE_CHARACTERS)
        if "\0" in sample:
            raise PerennialError(0, "FileUnreadable", f"{path} is not a CSV or TSV file in UTF-8 or Windows-1252.")
        file.seek(0)
        return read(csv.reader(file, delimiter=_separator(sample)))


def _separator(sample: str) -> str:
    """Return the separator that the header has most of."""
    header = next(iter(sample.splitlines()), "")
    return max(SEPARATORS, key=header.count)
