"""Records of the prediction log: the bytes a request leaves of the rows that it had scored, made while it is answered.

A record is JSON, `[request id, at, rows, places, ids]`: the time in microseconds since 1970, the cells of the columns
that are kept as the caller sent them, the number of the first row or those of all rows, and what rows have as their
ids, null for all or for one that is made of the request's id and the row's number. The scores are beside it as bytes.
Columns are left out and hashed here, before anything waits for storage; Arrow columns are made by readers (frames.py).
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from studio.model.operations import Matrix
from studio.monitoring.rows import MAX_ID, Hash, in_share, read_cells
from studio.registry.prediction_log import PredictionLog
from studio.tables.schema import Cell, Column, write_cell

# Rows of a record: what many are read from is bounded.
RECORD_ROWS = 1000
Rows = Sequence[Sequence[Any]]


class Asked(NamedTuple):
    """Rows of a request as they were sent and scored.

    Parameters
    ----------
    at
        int, microseconds since 1970.
    rows
        n_rows sequences of the cells of `columns`.
    given
        The input that they were read from, of either shape.
    scores : ndarray of shape (n_rows, score_width), float64
    positions : ndarray of shape (n_rows,), or None
        The numbers of the rows in the request; None if they are all its rows.
    """

    request_id: str
    at: int
    columns: Sequence[Column]
    rows: Rows
    given: Any
    scores: Matrix
    positions: Any = None


class Record(NamedTuple):
    """A record, its scores, and how many rows it has."""

    content: bytes
    scores: bytes
    rows: int


def whole_record(request_id: str, at: int, rows: Rows, scores: Matrix) -> Record:
    """Return the record of all rows and columns of a request; for the most frequent ones, this is all there is to do.

    Parameters
    ----------
    at
        int, microseconds since 1970.
    scores : ndarray of shape (n_rows, score_width), float64
    """
    return Record(_dump((request_id, at, rows)), scores.tobytes(), len(rows))


def records_of(asked: Asked, settings: PredictionLog, hashed: Hash) -> list[Record]:
    """Return the records of a request: of the rows and columns that the settings want kept."""
    request_id, at, _, rows, _, scores, positions = asked
    places: list[int] = list(range(len(rows))) if positions is None else positions.tolist()
    ids = _ids(asked, settings, hashed, places) if settings.id_column else None
    if settings.share < 1:
        named = [f"{request_id}/{place}" for place in places] if ids is None else shown_ids(request_id, ids, places)
        kept = [number for number, id_ in enumerate(named) if in_share(id_, settings.share)]
        rows, places, scores = [rows[number] for number in kept], [places[number] for number in kept], scores[kept]
        ids = None if ids is None else [ids[number] for number in kept]
    rows = _kept_columns(asked.columns, rows, settings, hashed)
    found = []
    for start in range(0, len(rows), RECORD_ROWS):
        piece = slice(start, start + RECORD_ROWS)
        part = scores[piece]
        text = _dump((request_id, at, rows[piece], places[piece], None if ids is None else ids[piece]))
        found.append(Record(text, part.tobytes(), len(part)))
    return found


def split_record(record: Record) -> list[Record]:
    """Return a record as two, of half its rows each; itself if it has one row only."""
    if record.rows < 2:
        return [record]
    request_id, at, rows, places, ids = [*json.loads(record.content), None, None][:5]
    places = places or list(range(len(rows)))
    half, width = len(rows) // 2, len(record.scores) // len(rows)
    return [
        Record(_dump((request_id, at, rows[part], places[part], ids and ids[part])), scores, len(rows[part]))
        for part, scores in (
            (slice(half), record.scores[: half * width]),
            (slice(half, None), record.scores[half * width :]),
        )
    ]


def shown_ids(request_id: str, ids: Sequence[str | None], places: Sequence[int]) -> list[str]:
    """Return the ids of rows; those that have none of their own get the request's id and their number."""
    return [f"{request_id}/{place}" if id_ is None else id_ for id_, place in zip(ids, places, strict=True)]


def _dump(record: tuple[Any, ...]) -> bytes:
    try:
        return orjson.dumps(record)
    except TypeError:
        # A whole number of more than 64 bits, or half of a surrogate pair.
        return json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")


def _ids(asked: Asked, settings: PredictionLog, hashed: Hash, places: Sequence[int]) -> list[str | None]:
    """Return the cells of the settings' column as ids; None for rows without one."""
    found = _cells(asked.given, settings.id_column, places)
    cells: list[Cell] = [cell if isinstance(cell, (str, int, float, bool)) else None for cell in found]
    if settings.id_column in settings.hashed:
        cells = [hashed(cell) for cell in cells]
    return [None if cell is None or cell == "" else write_cell(cell)[:MAX_ID] for cell in cells]


def _cells(given: Any, name: str, places: Sequence[int]) -> list[Any]:
    """Return the cells of a column for some rows of an input of either shape; None where a row has none."""
    if isinstance(given, list):
        return [given[place].get(name) for place in places]
    known = given["ColumnNames"]
    if name not in known:
        return [None] * len(places)
    position, values = known.index(name), given["Values"]
    return [values[place][position] for place in places]


def _kept_columns(columns: Sequence[Column], rows: Rows, settings: PredictionLog, hashed: Hash) -> Rows:
    if not (settings.leave_out or settings.hashed):
        return rows
    kept: list[Sequence[Any]] = []
    for column, cells in zip(columns, zip(*rows, strict=True), strict=False):
        if column.name in settings.hashed:
            kept.append([hashed(cell) for cell in read_cells(column, cells)])
        elif column.name not in settings.leave_out:
            kept.append(cells)
    return list(zip(*kept, strict=True)) if kept else [()] * len(rows)


def read_records(content: bytes) -> list[list[Any]]:
    """Return records that were joined by commas, as lists."""
    whole = b"[" + content + b"]"
    try:
        found: list[list[Any]] = orjson.loads(whole)
    except orjson.JSONDecodeError:
        # A NaN or an infinite number beside a cell that orjson could not write.
        found = json.loads(whole)
    return found
