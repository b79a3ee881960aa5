"""Rows of the prediction log: what scoring notes of a request, and the Arrow tables made of it later.

Columns: `id` (string), `at` (timestamp in UTC, microseconds), `row` (int32, its number in the request), `output` (the
web service output), `deployment`, `model` (the hash of its file), `version` (int32), `mode` (`request`, `batch` or
`shadow`), then `input/{column}` and `score/{column}` in the columns' types. A hashed column is a string.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any

import numpy as np

from studio.model.loaded import LoadedModel
from studio.model.manifest import Manifest
from studio.model.operations import Matrix
from studio.model.scores import score_width, scored_cells
from studio.registry.deployments import CURRENT, Resource
from studio.registry.endpoints import Endpoint
from studio.registry.prediction_log import PredictionLog
from studio.storage.account import Storage
from studio.storage.keys import derive_key
from studio.tables.schema import Cell, Column, ColumnType, write_cell

REQUEST, BATCH, SHADOW = "request", "batch", "shadow"
INPUT, SCORE = "input/", "score/"
# Rows are turned into columns so many at a time: each step keeps Python's lock for a tenth of a millisecond at most.
CHUNK_ROWS = 256
MAX_ID = 256
Table = Any
Hash = Callable[[Cell], str | None]


@dataclass(frozen=True, slots=True)
class Noted:
    """The rows of a request as one model scored them; holds references to what scoring made, and copies nothing.

    Parameters
    ----------
    rows
        The cells as they were sent, in the order of the model's sources.
    given
        The value of the input as it was sent, where a column that the model does not take is looked for.
    scores : ndarray of shape (n_rows, at least score_width), float64
    size
        int, bytes: about how much memory it keeps in use.
    positions : ndarray of shape (n_rows,), or None
        The numbers of the rows in the request; None if they are all its rows.
    """

    endpoint: Endpoint
    request_id: str
    at: datetime
    output: str
    resource: Resource
    model: LoadedModel
    rows: Sequence[Sequence[Any]]
    given: Any
    scores: Matrix
    size: int
    deployment: str = CURRENT
    positions: Any = None
    mode: str = REQUEST


def column_hash(storage: Storage, workspace_id: str) -> Hash:
    """Return the function that hashes a cell with the workspace's secret; missing cells stay missing."""
    key = derive_key(storage.secret, workspace_id, "prediction log").encode()

    def hashed(cell: Cell) -> str | None:
        return None if cell is None else hmac.new(key, write_cell(cell).encode(), sha256).hexdigest()[:32]

    return hashed


def in_share(row_id: str, share: float) -> bool:
    """Return whether a row is among the share that is kept; the same id always is, or never."""
    return share >= 1 or int.from_bytes(blake2b(row_id.encode(), digest_size=8).digest()) < share * 2**64


@dataclass(slots=True)
class _Chunk:
    """Rows of several requests, not more than are turned into columns at once."""

    ids: list[str] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    rows: list[Sequence[Any]] = field(default_factory=list)
    scores: list[Matrix] = field(default_factory=list)


def log_table(notes: Sequence[Noted], hashed: Hash) -> Table | None:
    """Return the rows of requests as the endpoint's settings want them kept, None if none is.

    Parameters
    ----------
    notes
        Of one endpoint, model, output, deployment and mode.
    """
    import pyarrow as pa

    pieces = [_piece(notes[0], chunk, hashed) for chunk in _chunks(notes, hashed) if chunk.rows]
    return pa.Table.from_batches(pieces) if pieces else None


def _chunks(notes: Sequence[Noted], hashed: Hash) -> Iterator[_Chunk]:
    settings = notes[0].endpoint.prediction_log or PredictionLog()
    chunk = _Chunk()
    for noted in notes:
        at = round(noted.at.timestamp() * 1_000_000)
        for start in range(0, len(noted.rows), CHUNK_ROWS):
            own: Sequence[int] = range(start, min(start + CHUNK_ROWS, len(noted.rows)))
            places = own if noted.positions is None else noted.positions[start : start + CHUNK_ROWS].tolist()
            ids = _row_ids(noted, settings, places, hashed)
            if settings.share < 1:
                kept = [number for number, id_ in enumerate(ids) if in_share(id_, settings.share)]
                own, places = [own[number] for number in kept], [places[number] for number in kept]
                ids = [ids[number] for number in kept]
            chunk.ids += ids
            chunk.at += [at] * len(ids)
            chunk.places += places
            chunk.rows += [noted.rows[number] for number in own]
            whole = len(own) == len(noted.rows)
            chunk.scores.append(noted.scores if whole else noted.scores[list(own)])
            if len(chunk.rows) >= CHUNK_ROWS:
                yield chunk
                chunk = _Chunk()
    yield chunk


def _row_ids(noted: Noted, settings: PredictionLog, places: Sequence[int], hashed: Hash) -> list[str]:
    """Return the ids of rows: the cells of the settings' column where there are, else the request's id and a number."""
    if not settings.id_column:
        return [f"{noted.request_id}/{place}" for place in places]
    cells = _cells_named(noted, settings.id_column, places)
    if settings.id_column in settings.hashed:
        cells = [hashed(cell) for cell in cells]
    return [
        f"{noted.request_id}/{place}" if cell is None or cell == "" else write_cell(cell)[:MAX_ID]
        for cell, place in zip(cells, places, strict=True)
    ]


def _cells_named(noted: Noted, name: str, places: Sequence[int]) -> list[Cell]:
    """Return the cells of a column of a request, whether the model takes it or not; None where there is none."""
    given = noted.given
    if isinstance(given, list):
        found = [given[place].get(name) for place in places]
    else:
        names = given["ColumnNames"]
        column = names.index(name) if name in names else None
        found = [None if column is None else given["Values"][place][column] for place in places]
    return [cell if isinstance(cell, (str, int, float, bool)) else None for cell in found]


def _piece(noted: Noted, chunk: _Chunk, hashed: Hash) -> Any:
    """Return a chunk as a record batch; what is the same for all its rows is that of one request."""
    import pyarrow as pa

    settings, manifest = noted.endpoint.prediction_log or PredictionLog(), noted.model.file.manifest
    count = len(chunk.rows)
    columns: dict[str, Any] = {
        "id": pa.array(chunk.ids, pa.string()),
        "at": pa.array(chunk.at, pa.int64()).cast(pa.timestamp("us", "UTC")),
        "row": pa.array(chunk.places, pa.int32()),
        "output": pa.repeat(noted.output, count),
        "deployment": pa.repeat(noted.deployment, count),
        "model": pa.repeat(noted.resource.model, count),
        "version": pa.repeat(pa.scalar(noted.resource.version, pa.int32()), count),
        "mode": pa.repeat(noted.mode, count),
    }
    for column, cells in zip(noted.model.encoder.sources, zip(*chunk.rows, strict=True), strict=True):
        if column.name in settings.hashed:
            columns[INPUT + column.name] = _hashed_array(column, cells, hashed)
        elif column.name not in settings.leave_out:
            columns[INPUT + column.name] = input_array(column, cells)
    width = score_width(manifest.task, manifest.labels)
    columns |= score_arrays(manifest, np.concatenate([scores[:, :width] for scores in chunk.scores]))
    return pa.record_batch(columns)


def score_arrays(manifest: Manifest, scores: Matrix) -> dict[str, Any]:
    """Return the columns of scores that a model appends, by their names in the log."""
    cells = scored_cells(scores, manifest.task, manifest.label, manifest.labels)
    return {
        SCORE + column.name: typed_array(column.type, values)
        for column, values in zip(manifest.outputs, cells, strict=True)
    }


def _hashed_array(column: Column, cells: Sequence[Any], hashed: Hash) -> Any:
    import pyarrow as pa

    return pa.array([hashed(cell) for cell in _read(column, cells)], pa.string())


def input_array(column: Column, cells: Sequence[Any]) -> Any:
    """Return cells as they were sent as an array of the column's type; what cannot be read is missing."""
    types = set(map(type, cells))
    plain = column.format is None or column.format.is_plain
    if plain and column.type is ColumnType.DOUBLE and types <= {int, float, type(None)}:
        return typed_array(column.type, [None if cell != cell else cell for cell in cells])
    return typed_array(column.type, _read(column, cells))


def _read(column: Column, cells: Sequence[Any]) -> list[Cell]:
    read = column.reader()

    def cell_or_none(cell: Any) -> Cell:
        try:
            return read(cell)
        except (ValueError, TypeError, OverflowError):
            return None

    return [cell_or_none(cell) for cell in cells]


def typed_array(type_: ColumnType, cells: Iterable[Cell]) -> Any:
    """Return read cells as an array of a column's type: whole numbers are int64, times timestamps in microseconds."""
    import pyarrow as pa

    values = list(cells)
    match type_:
        case ColumnType.STRING:
            return pa.array(values, pa.string())
        case ColumnType.BOOLEAN:
            return pa.array(values, pa.bool_())
        case ColumnType.INT32 | ColumnType.INT64:
            return pa.array(values, pa.int64())
        case ColumnType.DATETIME:
            moments = [datetime.fromisoformat(str(cell)) if cell is not None else None for cell in values]
            return pa.array(moments, pa.timestamp("us"))
    return pa.array([None if cell is None else float(cell) for cell in values], pa.float64())
