"""Rows of batch jobs in the prediction log, read from the jobs' own blobs (batch_records.py) piece by piece.

A row's number is its place in the input, its id `{job id}/{row}` unless the log has a column of ids. What the log
leaves out or hashes is left out and hashed here, by the settings of when the job ended and those of now together. Rows
whose blobs are gone, have changed or cannot be read any more are counted as missing.
"""

import logging
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from azure.core.exceptions import AzureError

from studio.datasets.row_streams import open_rows, whole_encoding
from studio.errors import BadUserArgument, StudioError
from studio.model.batches import NotUtf8, read_batches
from studio.monitoring.batch_records import BatchRecord, Located, read_record
from studio.monitoring.records import shown_ids
from studio.monitoring.rows import (
    BATCH,
    INPUT,
    MAX_ID,
    SCORE,
    Hash,
    Table,
    column_hash,
    in_share,
    input_array,
    nothing_hashed,
    read_cells,
)
from studio.registry.deployments import CURRENT
from studio.registry.endpoints import Endpoint
from studio.registry.prediction_log import PredictionLog
from studio.storage.account import Storage
from studio.storage.blob_access import open_blob, reading
from studio.storage.connections import FETCH
from studio.storage.streams import BlobVersion
from studio.tables.schema import Column, ColumnType

# Rows in memory at a time, of each job that is read.
PIECE_ROWS = 10_000
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class BatchReader:
    """Reads the rows of one output of a job between two of its rows; `missing` grows by those that cannot be read.

    Parameters
    ----------
    first, last
        int: the numbers of the rows from which and before which to read.
    wanted
        The columns of the log to return; all if None.
    left_out, hashed
        Input columns that are not told, and those of which the hash is.
    """

    storage: Storage
    record: BatchRecord
    first: int
    last: int
    wanted: Collection[str] | None
    left_out: Collection[str]
    hashed: Collection[str]
    hash_: Hash
    missing: int = 0
    _blobs: list[BlobVersion] = field(default_factory=list)

    def open(self) -> bool:
        """Return whether the blobs are those of the job still; if not, all rows of the record are missing."""
        for located in (self.record.source, self.record.target):
            blob = _open(self.storage, located)
            if blob is None:
                self.missing = self.record.rows
                return False
            self._blobs.append(blob)
        return True

    @property
    def begins(self) -> int:
        """The time of the first row to read, in microseconds since 1970."""
        return self.record.start + self.first

    @property
    def ends(self) -> int:
        """The time of the last row to read, in microseconds since 1970."""
        return self.record.start + self.last - 1

    def tables(self, latest_first: bool = False) -> Iterator[Table]:
        """Yield the rows, a few thousand at a time, in order of time or from the latest back."""
        tables = self._tables()
        return _backwards(tables) if latest_first else tables

    def _tables(self) -> Iterator[Table]:
        done = self.first
        try:
            for start, count, inputs, scores in self._pieces():
                table = self._table(start, count, inputs, scores)
                done = start + count
                if len(table):
                    yield table
        except (StudioError, AzureError, OSError, ValueError, KeyError) as error:
            if isinstance(error, AzureError) and self._is_own:
                raise
            logger.info("Rows of the job %s cannot be read: %s", self.record.job, type(error).__name__)
            self.missing += self.last - done

    @property
    def _is_own(self) -> bool:
        return all(
            item is not None and _is_own(self.storage, item) for item in (self.record.source, self.record.target)
        )

    def _wants(self, name: str) -> bool:
        return self.wanted is None or name in self.wanted

    @property
    def _inputs(self) -> list[Column]:
        left_out = self.left_out
        return [item for item in self.record.columns if item.name not in left_out and self._wants(INPUT + item.name)]

    @property
    def _needs_ids(self) -> bool:
        settings = self.record.settings
        return bool(settings.id_column) and (settings.share < 1 or self._wants("id"))

    def _pieces(self) -> Iterator[tuple[int, int, Any, Any]]:
        """Yield the number of a first row, how many there are, and tables of their inputs and scores, where wanted."""
        scores = [column for column in self.record.scores if self._wants(SCORE + column.name)]
        inputs, start = self._inputs, 0
        source, target = bool(inputs) or self._needs_ids, bool(scores)
        streams: list[Iterator[Any]] = []
        if source:
            id_column = self.record.settings.id_column if self._needs_ids else ""
            # A column at least, to count rows by.
            streams.append(_texts(self._blobs[0], tuple(inputs or self.record.columns[:1]), id_column))
        if target:
            streams.append(_texts(self._blobs[1], tuple(scores), blank_rows=True))
        pieces: Iterator[Sequence[Any]] = (
            zip_longest(*(_equal(stream) for stream in streams)) if streams else _counted(self.record.rows)
        )
        for found in pieces:
            counts = {len(piece) for piece in found if piece is not None} | ({0} if None in found else set())
            if len(counts) != 1:
                raise ValueError("The input and the output have different numbers of rows.")
            count = counts.pop()
            low, high = max(self.first, start), min(self.last, start + count)
            if low < high:
                cut = [piece.slice(low - start, high - low) for piece in found] if streams else []
                yield low, high - low, cut[0] if source else None, cut[-1] if target else None
            start += count
            if start >= self.last:
                return
        if start < self.last:
            raise ValueError("The blobs have fewer rows than the job had.")

    def _table(self, start: int, count: int, inputs: Any, scores: Any) -> Table:
        import numpy as np
        import pyarrow as pa

        record = self.record
        numbers = np.arange(start, start + count)
        moments = pa.array(numbers + record.start, pa.int64()).cast(pa.timestamp("us", "UTC"))
        found: dict[str, Any] = {}
        ids = None
        if self._wants("id") or record.settings.share < 1:
            ids = self._ids(numbers.tolist(), inputs)
            found["id"] = pa.array(ids, pa.string())
        found |= {"at": moments, "row": pa.array(numbers, pa.int32())}
        same = {"output": record.output, "deployment": CURRENT, "model": record.resource.model}
        found |= {name: pa.repeat(value, count) for name, value in same.items()}
        found["version"] = pa.repeat(pa.scalar(record.resource.version, pa.int32()), count)
        found["mode"] = pa.repeat(BATCH, count)
        found = {name: array for name, array in found.items() if name == "at" or self._wants(name)}
        for column in self._inputs:
            cells = inputs[column.name].to_pylist()
            if column.name in self.hashed:
                hashed = [self.hash_(cell) for cell in read_cells(column, cells)]
                found[INPUT + column.name] = pa.array(hashed, pa.string())
            else:
                found[INPUT + column.name] = input_array(column, cells)
        for column in record.scores:
            if self._wants(SCORE + column.name):
                found[SCORE + column.name] = input_array(column, scores[column.name].to_pylist())
        table = pa.table(found)
        if record.settings.share < 1 and ids is not None:
            table = table.filter(pa.array([in_share(id_, record.settings.share) for id_ in ids], pa.bool_()))
        return table

    def _ids(self, numbers: Sequence[int], inputs: Any) -> list[str]:
        name = self.record.settings.id_column
        own: list[str | None] = [None] * len(numbers)
        if name and inputs is not None and name in inputs.column_names:
            own = [cell or None for cell in inputs[name].to_pylist()]
            if name in self.hashed:
                own = [self.hash_(cell) for cell in own]
            own = [cell and cell[:MAX_ID] for cell in own]
        return shown_ids(self.record.job, own, numbers)


class BatchHour:
    """The readers of the batch jobs that ended in an hour, and how many of their rows are missing."""

    def __init__(
        self,
        storage: Storage,
        endpoint: Endpoint,
        names: Sequence[str],
        columns: Collection[str] | None,
        span: tuple[datetime, datetime],
    ) -> None:
        now = endpoint.prediction_log or PredictionLog()
        since, until = (round(moment.timestamp() * 1_000_000) for moment in span)
        self._opened: list[BatchReader] = []
        self.readers: list[BatchReader] = []
        for record in filter(None, (read_record(storage, name) for name in names)):
            then = record.settings
            # A column that is both is left out.
            left_out, hashed = {*then.leave_out, *now.leave_out}, {*then.hashed, *now.hashed}
            hash_ = column_hash(storage, endpoint.workspace_id) if hashed else nothing_hashed
            first, last = max(0, since - record.start), min(record.rows, until - record.start)
            reader = BatchReader(storage, record, first, last, columns, left_out, hashed, hash_)
            self._opened.append(reader)
            if reader.open() and first < last:
                self.readers.append(reader)

    def take_missing(self) -> int:
        """Return how many rows are missing of which this has not been told yet."""
        missing = sum(reader.missing for reader in self._opened)
        for reader in self._opened:
            reader.missing = 0
        return missing


def _is_own(storage: Storage, located: Located) -> bool:
    return located.reference.base_location == storage.account_url


def _open(storage: Storage, located: Located | None) -> BlobVersion | None:
    """Return a blob as a job read or wrote it; None if it is gone, has changed, or cannot be reached."""
    if located is None or not located.etag:
        return None
    reference, own = located.reference, _is_own(storage, located)
    try:
        if own:
            # The link that the job was given ends after a while; what it led to is the app's own.
            client = storage.blobs.get_blob_client(reference.container, reference.blob)
            with reading(reference, reference.relative_location):
                properties = client.get_blob_properties()
        else:
            client, properties = open_blob(storage, reference, reference.relative_location, FETCH)
    except StudioError:
        return None
    except AzureError:
        if own:
            raise
        return None
    same = properties.etag == located.etag
    return BlobVersion(reference, client, properties.size, properties.etag) if same else None


def _texts(
    blob: BlobVersion, columns: tuple[Column, ...], id_column: str = "", *, blank_rows: bool = False
) -> Iterator[Any]:
    """Yield batches of columns of a blob as texts, and of the column of ids if the blob has it."""
    added = (Column(id_column, ColumnType.STRING),) if id_column and id_column not in [c.name for c in columns] else ()
    if added:
        try:
            yield from _decoded(blob, (*columns, *added), blank_rows)
        except BadUserArgument as error:
            if all(detail.target != id_column for detail in error.details):
                raise
        else:
            return
    yield from _decoded(blob, columns, blank_rows)


def _decoded(blob: BlobVersion, columns: tuple[Column, ...], blank_rows: bool) -> Iterator[Any]:
    """Yield batches of columns of a blob as texts, read as scoring does."""
    done = 0
    try:
        for batch in _read(blob, columns, "", blank_rows):
            yield batch
            done += batch.num_rows
    except NotUtf8:
        if (encoding := whole_encoding(blob, columns)) is None:
            raise
        for batch in _read(blob, columns, encoding, blank_rows):
            if done < batch.num_rows:
                yield batch.slice(done)
            done = max(0, done - batch.num_rows)


def _read(blob: BlobVersion, columns: tuple[Column, ...], encoding: str, blank_rows: bool) -> Iterator[Any]:
    stream, extension = open_rows(blob)
    return read_batches(stream, extension, columns, encoding=encoding, blank_rows=blank_rows)


def _equal(batches: Iterator[Any]) -> Iterator[Any]:
    """Yield batches as tables of PIECE_ROWS rows, and the rest."""
    import pyarrow as pa

    waiting: list[Any] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        if count < PIECE_ROWS:
            continue
        table = pa.Table.from_batches(waiting)
        for start in range(0, count - count % PIECE_ROWS, PIECE_ROWS):
            yield table.slice(start, PIECE_ROWS)
        count %= PIECE_ROWS
        waiting = table.slice(len(table) - count).to_batches() if count else []
    if count:
        yield pa.Table.from_batches(waiting)


def _counted(rows: int) -> Iterator[tuple[range]]:
    """Yield the numbers of rows of which nothing has to be read, in pieces of PIECE_ROWS."""
    for start in range(0, rows, PIECE_ROWS):
        yield (range(start, min(start + PIECE_ROWS, rows)),)


def _backwards(tables: Iterator[Table]) -> Iterator[Table]:
    """Yield tables from the last to the first; since text is read forwards only, they wait in a file."""
    import pyarrow as pa

    first = next(tables, None)
    if first is None:
        return
    with tempfile.TemporaryFile() as file:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_file(file, first.schema, options=options) as writer:
            for table in chain((first,), tables):
                writer.write_table(table.combine_chunks())
        file.seek(0)
        reader = pa.ipc.open_file(file)
        for number in range(reader.num_record_batches - 1, -1, -1):
            yield pa.Table.from_batches([reader.get_batch(number)])
