"""Frames: compressed records of the prediction log (records.py) of one endpoint and model, and the tables made of them.

A frame is a head of fixed length and a Zstandard frame of three things: what its rows have in common (JSON), records
with commas between, and scores. Writing one needs hardly more than the compression, which leaves Python's lock alone,
so that requests do not wait for it; only readers turn cells into columns. The head says how many rows a frame has, and
of which time, so that readers can pass over it; also how many rows could not be kept.
"""

import json
import logging
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from studio.model.loaded import LoadedModel
from studio.model.scores import score_width
from studio.monitoring.records import Record, read_records, shown_ids, split_record
from studio.monitoring.rows import INPUT, REQUEST, ScoreForm, Table, input_array, score_arrays
from studio.registry.deployments import CURRENT, Resource
from studio.registry.endpoints import Endpoint
from studio.registry.prediction_log import PredictionLog
from studio.tables.schema import Column, ColumnType

MAGIC = b"PLR1"
# Magic, bytes: compressed, in all, of the description, of the records; rows, rows missing; times of the first and last.
HEAD = struct.Struct("<4s6Iqq")
CODEC = "zstd"
# What a frame holds before it is compressed: a reader parses it at once, which keeps Python's lock for a millisecond.
FRAME_BYTES = 256 * 1024
# What Azure Storage takes in one append, in every version of its API.
MAX_BLOCK = 4 * 1024 * 1024
# The metadata of a table that says how many rows could not be kept.
MISSING = b"missing"
LATEST = 2**62
# What a record takes in memory beside its bytes.
NOTE_BYTES = 150
logger = logging.getLogger(__name__)


class Head(NamedTuple):
    """The head of a frame; sizes in bytes, times in microseconds since 1970."""

    magic: bytes
    packed: int
    unpacked: int
    described: int
    recorded: int
    rows: int
    missing: int
    first: int
    last: int


@dataclass(slots=True)
class Noted:
    """Records of an endpoint within an hour as one model scored them, in the order in which they came.

    `first` and `last` are the times of its rows, in microseconds since 1970. Bytes are in lists rather than records:
    unlike tuples with names they are not looked through by Python's garbage collector, which would stop the process.
    """

    endpoint: Endpoint
    output: str
    resource: Resource
    model: LoadedModel
    deployment: str = CURRENT
    mode: str = REQUEST
    first: int = LATEST
    last: int = 0
    contents: list[bytes] = field(default_factory=list)
    scores: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, records: Iterable[Record], at: int) -> int:
        """Add the records of a request, and return how many bytes of memory they take."""
        # The clock may be set back, and threads overtake each other.
        if at < self.first:
            self.first = at
        if at > self.last:
            self.last = at
        size = 0
        for content, scores, rows in records:
            self.contents.append(content)
            self.scores.append(scores)
            self.counts.append(rows)
            size += len(content) + len(scores) + NOTE_BYTES
        return size

    def describe(self) -> bytes:
        """Return what the rows have in common, as frames have it."""
        settings, manifest = self.endpoint.prediction_log or PredictionLog(), self.model.file.manifest
        columns = [
            # The hash of a cell is a text, whatever the cell is.
            Column(column.name, ColumnType.STRING) if column.name in settings.hashed else column
            for column in self.model.encoder.sources
            if column.name not in settings.leave_out
        ]
        described = {
            "output": self.output,
            "deployment": self.deployment,
            "model": self.resource.model,
            "version": self.resource.version,
            "mode": self.mode,
            "columns": [column.to_json() for column in columns],
            "task": manifest.task,
            "label": manifest.label.to_json(),
            "labels": list(manifest.labels),
            "outputs": [column.to_json() for column in manifest.outputs],
        }
        return json.dumps(described).encode()


def write_frames(noted: Noted) -> Iterator[tuple[bytes, int]]:
    """Yield records as frames with their numbers of rows; a row too large to append is counted as missing."""
    described = noted.describe()
    pieces = sum(map(len, noted.contents)) // FRAME_BYTES + 1
    step = -(-len(noted.contents) // pieces)
    for start in range(0, len(noted.contents), step or 1):
        piece = slice(start, start + step)
        yield from _frames(noted, described, noted.contents[piece], noted.scores[piece], noted.counts[piece])


def _frames(
    noted: Noted, described: bytes, contents: Sequence[bytes], scores: Sequence[bytes], counts: Sequence[int]
) -> Iterator[tuple[bytes, int]]:
    import pyarrow as pa

    rows, content = sum(counts), b",".join(contents)
    whole = b"".join((described, content, *scores))
    packed: bytes = pa.compress(whole, codec=CODEC, asbytes=True)
    if HEAD.size + len(packed) <= MAX_BLOCK:
        sizes = len(packed), len(whole), len(described), len(content)
        yield HEAD.pack(MAGIC, *sizes, rows, 0, noted.first, noted.last) + packed, rows
    elif rows <= 1:
        yield missing_frame(rows, noted.first), rows
    else:
        if len(contents) == 1:
            contents, scores, counts = zip(*split_record(Record(contents[0], scores[0], rows)), strict=True)
        half = len(contents) // 2
        for part in (slice(half), slice(half, None)):
            yield from _frames(noted, described, contents[part], scores[part], counts[part])


def missing_frame(rows: int, at: int = 0) -> bytes:
    """Return a frame that only says how many rows could not be kept."""
    return HEAD.pack(MAGIC, 0, 0, 0, 0, 0, rows, at, at)


def read_head(content: memoryview) -> Head:
    """Return the head of the frame at the start of some bytes."""
    return Head(*HEAD.unpack_from(content))


def is_frame(content: memoryview) -> bool:
    """Return whether bytes begin with a frame."""
    return content[: len(MAGIC)] == MAGIC


def unpacked(head: Head, content: memoryview) -> bytes:
    """Return what a frame at the start of some bytes holds: its description, records and scores."""
    import pyarrow as pa

    if not head.unpacked:
        return b""
    packed = content[HEAD.size : HEAD.size + head.packed]
    whole: bytes = pa.decompress(packed, decompressed_size=head.unpacked, codec=CODEC, asbytes=True)
    return whole


def frame_table(head: Head, content: memoryview, columns: Collection[str] | None = None) -> Table:
    """Return the rows of a frame as a table, whose metadata has `missing` if rows could not be kept.

    Parameters
    ----------
    columns
        The columns to return, those of them that there are; all if None.
    """
    import pyarrow as pa

    table, missing = pa.table({}), head.missing
    if head.rows:
        whole = unpacked(head, content)
        described, content_end = json.loads(whole[: head.described]), head.described + head.recorded
        try:
            table = _table(described, whole[head.described : content_end], whole[content_end:], columns)
        except Exception:
            # What cannot be read must not keep the rows of others.
            logger.exception("%s rows of the prediction log cannot be read.", head.rows)
            missing += head.rows
    return table.replace_schema_metadata({MISSING: str(missing).encode()}) if missing else table


def _table(described: dict[str, Any], records: bytes, scores: bytes, columns: Collection[str] | None) -> Table:
    import pyarrow as pa

    def wanted(name: str) -> bool:
        return columns is None or name in columns

    ids, at, places, rows = _flat(read_records(records))
    count = len(rows)
    found: dict[str, Any] = {
        "id": pa.array(ids, pa.string()),
        "at": pa.array(at, pa.int64()).cast(pa.timestamp("us", "UTC")),
        "row": pa.array(places, pa.int32()),
        "version": pa.repeat(pa.scalar(described["version"], pa.int32()), count),
    }
    found |= {name: pa.repeat(described[name], count) for name in ("output", "deployment", "model", "mode")}
    order = ("id", "at", "row", "output", "deployment", "model", "version", "mode")
    found = {name: found[name] for name in order if wanted(name)}
    sources = [Column.from_json(column) for column in described["columns"]]
    for column, cells in zip(sources, zip(*rows, strict=True), strict=True):
        if wanted(name := INPUT + column.name):
            found[name] = input_array(column, cells)
    outputs = tuple(Column.from_json(column) for column in described["outputs"])
    labels = tuple(described["labels"])
    form = ScoreForm(described["task"], Column.from_json(described["label"]), labels, outputs)
    matrix = np.frombuffer(scores).reshape(-1, score_width(form.task, labels))
    found |= {name: array for name, array in score_arrays(form, matrix).items() if wanted(name)}
    return pa.table(found)


def _flat(records: list[list[Any]]) -> tuple[list[str], list[int], list[int], list[Sequence[Any]]]:
    """Return the ids, times, places and cells of all rows of records."""
    ids: list[str] = []
    times: list[int] = []
    all_places: list[int] = []
    all_rows: list[Sequence[Any]] = []
    for request_id, at, rows, *more in records:
        places, own = more or (None, None)
        numbers = list(range(len(rows))) if places is None else places
        ids += shown_ids(request_id, [None] * len(rows) if own is None else own, numbers)
        times += [at] * len(rows)
        all_places += numbers
        all_rows += rows
    return ids, times, all_places, all_rows
