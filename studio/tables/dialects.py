"""Dialects of delimited text: what separates the cells, and whether the first row names the columns.

A file that can be read with the separator of its extension is read with it. Another one is chosen only for a file
that could not be read at all, or only as a single column.
"""

import csv
import io
import itertools
import re
from collections.abc import Collection, Iterator, Sequence

from studio.tables.schema import MISSING_TOKENS, read_number

SEPARATORS = (",", ";", "\t", "|")
SAMPLE_BYTES, SAMPLE_LINES, MAX_LINE_BYTES = 256 * 1024, 50, 1_048_576


def find_separator(content: bytes, usual: str, wanted: Collection[str] = ()) -> tuple[str, int]:
    """Return what separates the cells of a UTF-8 text, and the size of a line before the header that says so.

    Parameters
    ----------
    usual
        The separator of the file's extension.
    wanted
        Names of columns that the file has to have, if they are known; they tell separators apart.

    Returns
    -------
    str
        One of SEPARATORS.
    int, bytes
        The length of a first line `sep=;`, as spreadsheets write it, with its line feed; otherwise 0.
    """
    first, _, rest = content[:16].partition(b"\n")
    if first.rstrip(b"\r").lower() in [f"sep={mark}".encode() for mark in SEPARATORS]:
        return chr(first[4]), len(content) - len(content[len(first) + 1 :]) if rest or len(content) > 16 else 0
    lines = _sample_lines(content)
    rows = {mark: _split(lines, mark) for mark in dict.fromkeys((usual, *SEPARATORS))}
    if wanted:
        having = [mark for mark, found in rows.items() if found and set(wanted) <= {cell.strip() for cell in found[0]}]
        return (having[0] if having and usual not in having else usual), 0
    if _is_even(rows[usual]) and len(rows[usual][0]) > 1:
        return usual, 0
    others = [mark for mark, found in rows.items() if mark != usual and _is_even(found) and len(found[0]) > 1]
    if others and not (len(rows[usual]) == 1 and len(rows[usual][0]) > 1):
        return max(others, key=lambda mark: len(rows[mark][0])), 0
    return usual, 0


def _sample_lines(content: bytes) -> list[str]:
    whole = len(content) <= SAMPLE_BYTES
    lines: list[str] = []
    for line in logical_lines(content[:SAMPLE_BYTES]):
        lines.append(line)
        if len(lines) > SAMPLE_LINES:
            break
    # The last line of a sample may be cut off.
    lines = lines if whole or len(lines) <= 1 else lines[:-1]
    return [line for line in lines if line.strip()]


def logical_lines(content: bytes) -> Iterator[str]:
    """Yield the lines of a UTF-8 text whose quotes are even: line breaks in quoted cells do not end one."""
    parts, quotes = [], 0
    for part in io.BytesIO(content[:MAX_LINE_BYTES]):
        parts.append(part)
        quotes += part.count(b'"')
        if quotes % 2 == 0:
            yield b"".join(parts).decode("utf-8", "replace").rstrip("\r\n")
            parts, quotes = [], 0


def _split(lines: Sequence[str], mark: str) -> list[list[str]]:
    try:
        return [next(csv.reader([line], delimiter=mark), []) for line in lines]
    except csv.Error:
        return []


def _is_even(rows: Sequence[Sequence[str]]) -> bool:
    return bool(rows) and {len(row) for row in rows} == {len(rows[0])}


def looks_headerless(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row of a table is data, as the rows after it are, rather than names.

    Names may be whole numbers (years), and may be a rising series of numbers (quantiles). So a first row is data only
    if it has a number that is neither, and every cell is a number or occurs again in its column.
    """
    if not rows or any(len(row) != len(first) for row in rows):
        return False
    numbers = [_number(cell) for cell in first]
    told = [number for number in numbers if number is not None]
    unlike_names = any(number != int(number) or number < 0 for number in told if abs(number) < 1e15)
    if not unlike_names and not (len(told) == len(first) > 1 and len(set(told)) < len(told)):
        return False
    if len(told) > 1 and all(one < other for one, other in itertools.pairwise(told)):
        return False
    for place, number in enumerate(numbers):
        below = [row[place] for row in rows]
        if number is None and not _occurs(first[place].strip(), [cell.strip() for cell in below]):
            return False
        if number is not None and any(_number(cell) is None and cell.strip() not in MISSING_TOKENS for cell in below):
            return False
    return True


def _occurs(cell: str, below: Sequence[str]) -> bool:
    """Return whether a text is like those below it: one of them, or of the shape of all, as dates are."""
    if cell in below:
        return True
    return any(char.isdigit() for char in cell) and {_shape(other) for other in below} == {_shape(cell)}


def _shape(cell: str) -> str:
    return re.sub(r"[0-9]", "0", cell)


def _number(cell: str) -> float | None:
    try:
        number = read_number(cell)
    except ValueError:
        return None
    return number if number is not None and abs(number) != float("inf") else None
