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
from studio.tables.schema import MISSING_TOKENS, Cell, Column, ColumnType, write_cell
from studio.wire import parse_json

REQUEST, BATCH, SHADOW = "request", "batch", "shadow"
INPUT, SCORE = "input/", "score/"
# Rows are turned into columns so many at a time: each step keeps Python's lock for a tenth of a millisecond at most.
CHUNK_ROWS = 256
MAX_ID = 256
Table = Any
Hash = Callable[[Cell], str | None]


@dataclass(slots=True)
class Noted:
    """Requests of an endpoint within an hour as one model scored them, in the order in which they came.

    Of each request its body is kept rather than what was read from it: bytes are small, and unlike lists and dicts they
    are not looked through by Python's garbage collector, which would stop the process while it does.

    Parameters
    ----------
    at
        list of float, seconds since 1970.
    scores
        list of ndarray of shape (n_rows, at least score_width), float64.
    positions
        list of ndarray of shape (n_rows,) or None: the numbers of the rows in the request; None if they are all its
        rows.
    """

    endpoint: Endpoint
    output: str
    resource: Resource
    model: LoadedModel
    deployment: str = CURRENT
    mode: str = REQUEST
    ids: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    scores: list[Matrix] = field(default_factory=list)
    positions: list[Any] = field(default_factory=list)

    @property
    def settings(self) -> PredictionLog:
        """The settings of the endpoint's log when the requests came."""
        return self.endpoint.prediction_log or PredictionLog()

    @property
    def count(self) -> int:
        """The number of rows."""
        return sum(map(len, self.scores))


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


def log_table(noted: Noted, hashed: Hash) -> Table | None:
    """Return the rows of requests as the endpoint's settings want them kept, None if none is."""
    import pyarrow as pa

    pieces = [_piece(noted, chunk, hashed) for chunk in _chunks(noted, hashed) if chunk.rows]
    return pa.Table.from_batches(pieces) if pieces else None


def _chunks(noted: Noted, hashed: Hash) -> Iterator[_Chunk]:
    settings, chunk = noted.settings, _Chunk()
    names = [column.name for column in noted.model.encoder.sources]
    requests = zip(noted.ids, noted.at, noted.bodies, noted.scores, noted.positions, strict=True)
    for request_id, seconds, body, scores, positions in requests:
        given = next(iter(parse_json(body)["Inputs"].values()))
        at = round(seconds * 1_000_000)
        if len(scores) == 1 and positions is None and settings.share >= 1:
            # The most frequent request by far, without the steps that others need.
            chunk.ids += _row_ids(request_id, given, settings, (0,), hashed)
            chunk.at.append(at)
            chunk.places.append(0)
            chunk.rows += _rows_of(given, names, (0,))
            chunk.scores.append(scores)
            if len(chunk.rows) >= CHUNK_ROWS:
                yield chunk
                chunk = _Chunk()
            continue
        for start in range(0, len(scores), CHUNK_ROWS):
            own: Sequence[int] = range(start, min(start + CHUNK_ROWS, len(scores)))
            places = own if positions is None else positions[start : start + CHUNK_ROWS].tolist()
            ids = _row_ids(request_id, given, settings, places, hashed)
            if settings.share < 1:
                kept = [number for number, id_ in enumerate(ids) if in_share(id_, settings.share)]
                own, places = [own[number] for number in kept], [places[number] for number in kept]
                ids = [ids[number] for number in kept]
            chunk.ids += ids
            chunk.at += [at] * len(ids)
            chunk.places += places
            chunk.rows += _rows_of(given, names, places)
            chunk.scores.append(scores if len(own) == len(scores) else scores[list(own)])
            if len(chunk.rows) >= CHUNK_ROWS:
                yield chunk
                chunk = _Chunk()
    yield chunk


def _rows_of(given: Any, names: Sequence[str], places: Sequence[int]) -> list[list[Any]]:
    """Return the cells of columns for some rows of an input of either shape; None where a row has none."""
    if isinstance(given, list):
        return [[given[place].get(name) for name in names] for place in places]
    known, values = given["ColumnNames"], given["Values"]
    if known == names:
        return [values[place] for place in places]
    columns = [known.index(name) if name in known else None for name in names]
    return [[None if at is None else values[place][at] for at in columns] for place in places]


def _row_ids(request_id: str, given: Any, settings: PredictionLog, places: Sequence[int], hashed: Hash) -> list[str]:
    """Return the ids of rows: the cells of the settings' column where there are, else the request's id and a number."""
    if not settings.id_column:
        return [f"{request_id}/{place}" for place in places]
    found = [cell for (cell,) in _rows_of(given, [settings.id_column], places)]
    cells = [cell if isinstance(cell, (str, int, float, bool)) else None for cell in found]
    if settings.id_column in settings.hashed:
        cells = [hashed(cell) for cell in cells]
    return [
        f"{request_id}/{place}" if cell is None or cell == "" else write_cell(cell)[:MAX_ID]
        for cell, place in zip(cells, places, strict=True)
    ]


def _piece(noted: Noted, chunk: _Chunk, hashed: Hash) -> Any:
    """Return a chunk as a record batch; what is the same for all its rows is that of one request."""
    import pyarrow as pa

    settings, manifest = noted.settings, noted.model.file.manifest
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
    if column.format is None or column.format.is_plain:
        found = _numbers(column.type, cells)
        if found is not None:
            return found
    return typed_array(column.type, _read(column, cells))


def _numbers(type_: ColumnType, cells: Sequence[Any]) -> Any:
    """Return the array of a column of numbers, read by Arrow; None if it reads any of them otherwise than we do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    types = set(map(type, cells)) - {type(None)}
    kind = pa.float64() if type_ is ColumnType.DOUBLE else pa.int64() if type_.is_integer else None
    if kind is None or not (types <= {str} or types <= ({int, float} if type_ is ColumnType.DOUBLE else {int})):
        return None
    try:
        if types <= {str}:
            texts = pc.utf8_trim_whitespace(pa.array(cells, pa.string()))
            missing = pc.is_in(texts, value_set=pa.array(sorted(MISSING_TOKENS)))
            array = pc.if_else(missing, pa.scalar(None, pa.string()), texts).cast(kind)
        else:
            array = pa.array(cells, kind, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None
    return pc.if_else(pc.is_nan(array), pa.scalar(None, kind), array) if kind == pa.float64() else array


def _read(column: Column, cells: Sequence[Any]) -> list[Cell]:
    """Return cells as they are read, equal ones read once; None for those that cannot be."""
    read = column.reader()

    def cell_or_none(cell: Any) -> Cell:
        try:
            return read(cell)
        except (ValueError, TypeError, OverflowError):
            return None

    # In Python 1, 1.0 and True are equal, but as cells they differ; texts differ when their cells do.
    if set(map(type, cells)) <= {str, type(None)}:
        found = {cell: cell_or_none(cell) for cell in set(cells)}
        return [found[cell] for cell in cells]
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
