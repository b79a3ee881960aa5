"""Changes cells of one column of a delimited text, and leaves every other character as it is."""

import re
from collections.abc import Mapping


def set_cells(
    text: str, separator: str, name: str, place: int | None, cells: Mapping[int, str], *, header: bool
) -> tuple[str, int]:
    """Return a text with cells of a column replaced, and how many rows were told apart in it.

    Parameters
    ----------
    name
        The column's name, for a new column.
    place
        The number of the column from the left; None for a new one behind the last.
    cells
        The new texts by row, counted from 0; a new column is empty elsewhere.
    header
        Whether the first record has the names.
    """
    cell = cell_pattern(separator)
    start = len(text.split("\n", 1)[0]) + 1 if text[:4].lower() == "sep=" else 0
    parts, row = [text[:start]], -1 if header else 0
    for found in re.finditer(rf"{cell}(?:{re.escape(separator)}{cell})*+\n?", text[start:]):
        record = found.group()
        body = record.rstrip("\r\n")
        if not body:
            parts.append(record)
            continue
        if place is None:
            value = name if row < 0 else cells.get(row, "")
            parts.append(f"{body}{separator}{quoted(value, separator)}{record[len(body) :]}")
        elif row in cells:
            parts.append(_replaced(body, re.compile(cell), place, quoted(cells[row], separator)) + record[len(body) :])
        else:
            parts.append(record)
        row += 1
    return "".join(parts), row


def cell_pattern(separator: str) -> str:
    """Return the expression of a cell: in quotes only if it begins with one, as readers of CSV files take it.

    It goes through a text once: nothing that it has taken is tried in another way.
    """
    others = rf"[^{re.escape(separator)}\n]*+"
    return rf'(?:"(?:[^"]|"")*+"{others}|{others})'


def _replaced(body: str, cell: re.Pattern[str], place: int, value: str) -> str:
    at = 0
    for _ in range(place):
        found = cell.match(body, at)
        at = found.end() + 1 if found else len(body)
    found = cell.match(body, min(at, len(body)))
    return body[:at] + value + body[found.end() if found else len(body) :]


def quoted(value: str, separator: str) -> str:
    """Return a text as a cell, in quotes where it needs them."""
    plain = not any(sign in value for sign in (separator, '"', "\n", "\r")) and value == value.strip()
    return value if plain else '"' + value.replace('"', '""') + '"'
