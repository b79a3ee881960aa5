"""Parts: append blobs to which processes add rows while an hour runs, one of its own for each process.

Each append adds one block that can be read alone, so that what a killed process leaves can be read to the last block:
frames (frames.py) of the prediction log, and a whole Arrow IPC stream with its schema of truths, which blocks of the
log were in earlier versions, too. `{workspace id}/{endpoint id}/{period}/{process}-{number}`, with the period as
`2026112708` (an hour) or `20261127` (a day) in UTC. In container `predictionlog-parts` are rows of the prediction log
until their hour is compacted (compaction.py), in container `truths` those of feedback.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobClient

from studio.monitoring.frames import HEAD, MAX_BLOCK, MISSING, frame_table, is_frame, read_head
from studio.monitoring.rows import Table
from studio.storage.account import Storage
from studio.storage.keys import new_id

LOG_PARTS, TRUTHS = "predictionlog-parts", "truths"
# The errors of an append to a part that has all the blocks it can have, or another length than named: one that was
# written although its response was lost.
FULL, NOT_THERE = "BlockCountExceedsLimit", "AppendPositionConditionNotMet"


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was listed: its name, the bytes it had, and the version of the blob."""

    container: str
    name: str
    size: int
    etag: str

    @property
    def period(self) -> str:
        """The hour or day its rows are of."""
        return self.name.split("/")[2]

    @property
    def short(self) -> str:
        """Its name within the period."""
        return self.name.rpartition("/")[2]


class PartChanged(Exception):
    """A part, or an hour's file, was compacted while it was being read."""


def blocks_of(table: Table, missing: int = 0) -> list[tuple[bytes, int]]:
    """Return a table as blocks to append with their numbers of rows; a row too large for a block counts as missing.

    Parameters
    ----------
    missing
        int, rows: how many rows could not be kept, which the first block says.
    """
    content = _encode(table, missing)
    if len(content) <= MAX_BLOCK:
        return [(content, table.num_rows)]
    if table.num_rows <= 1:
        return [(_encode(table.slice(0, 0), missing + table.num_rows), table.num_rows)]
    half = table.num_rows // 2
    return [*blocks_of(table.slice(0, half), missing), *blocks_of(table.slice(half))]


def _encode(table: Table, missing: int) -> bytes:
    import pyarrow as pa

    schema = table.schema.with_metadata({MISSING: str(missing).encode()} if missing else None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table.replace_schema_metadata(schema.metadata))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def missing_rows(table: Table) -> int:
    """Return how many rows that could not be kept a block's table tells of."""
    metadata = table.schema.metadata or {}
    return int(metadata.get(MISSING, b"0"))


@dataclass(slots=True)
class PartWriter:
    """Appends the blocks of one process; not safe to share between threads.

    A block that was written although its response was lost is not written twice: an append names the length that the
    blob must have, and no other process appends to it.
    """

    storage: Storage
    container: str
    process: str = field(default_factory=lambda: new_id()[:8])
    _open: dict[str, tuple[BlobClient, int]] = field(default_factory=dict)
    _count: int = 0

    def append(self, folder: str, block: bytes) -> None:
        """Append a block to this process's part in a folder, `{workspace id}/{endpoint id}/{period}`.

        Raises
        ------
        AzureError
            If storage does not take it; it can be tried again.
        """
        for _ in range(2):
            client, length = self._open.get(folder) or self._create(folder)
            try:
                client.append_block(block, len(block), appendpos_condition=length)
            except ResourceNotFoundError:
                # Compacted and removed meanwhile: what comes late gets a part of its own.
                self._open.pop(folder)
                continue
            except HttpResponseError as error:
                code = getattr(error, "error_code", None)
                if code not in (FULL, NOT_THERE):
                    raise
                if code == FULL or client.get_blob_properties().size != length + len(block):
                    self._open.pop(folder)
                    continue
            self._open[folder] = client, length + len(block)
            return

    def _create(self, folder: str) -> tuple[BlobClient, int]:
        self._count += 1
        client = self.storage.container(self.container).get_blob_client(f"{folder}/{self.process}-{self._count}")
        client.create_append_blob()
        self._open[folder] = client, 0
        return client, 0

    def forget(self, before: str) -> None:
        """Forget the parts of periods before this one."""
        for folder in [folder for folder in self._open if folder.rpartition("/")[2] < before]:
            del self._open[folder]


def list_parts(storage: Storage, container: str, prefix: str) -> Iterator[Part]:
    """Yield the parts whose names begin with a prefix, in order."""
    for blob in storage.container(container).list_blobs(name_starts_with=prefix):
        yield Part(container, blob.name, blob.size, blob.etag)


def read_part(
    storage: Storage,
    part: Part,
    start: int = 0,
    columns: Collection[str] | None = None,
    span: tuple[int, int] | None = None,
) -> Iterator[Table]:
    """Yield the blocks of a part from a byte on, as they were when it was listed; PartChanged if it is gone.

    Parameters
    ----------
    columns
        The columns to return, those of them that a block has; all if None.
    span
        In microseconds since 1970: of frames that are all before or after it, only what is missing is told.
    """
    if part.size <= start:
        return
    client = storage.container(part.container).get_blob_client(part.name)
    try:
        content = client.download_blob(start, part.size - start).readall()
    except ResourceNotFoundError as error:
        raise PartChanged from error
    yield from read_blocks(memoryview(content), columns, span)


def read_blocks(
    content: memoryview, columns: Collection[str] | None = None, span: tuple[int, int] | None = None
) -> Iterator[Table]:
    """Yield the tables of blocks that follow each other."""
    import pyarrow as pa

    position = 0
    while position < len(content):
        rest = content[position:]
        if is_frame(rest):
            head = read_head(rest)
            position += HEAD.size + head.packed
            if span is not None and (head.last < span[0] or head.first >= span[1]):
                head = head._replace(rows=0)
            yield frame_table(head, rest, columns)
            continue
        source = pa.BufferReader(rest)
        with pa.ipc.open_stream(source) as stream:
            table = stream.read_all()
        position += source.tell()
        yield table if columns is None else table.select([name for name in table.column_names if name in columns])


def delete_part(storage: Storage, part: Part) -> bool:
    """Delete a part unless something was appended to it since it was listed; return whether it is gone."""
    client = storage.container(part.container).get_blob_client(part.name)
    try:
        client.delete_blob(etag=part.etag, match_condition=MatchConditions.IfNotModified)
    except ResourceNotFoundError:
        return True
    except ResourceModifiedError:
        return False
    return True


def read_consumed(metadata: Mapping[str, str] | None) -> dict[str, int]:
    """Return how many bytes of which parts a compacted file holds, from its blob's metadata."""
    found: dict[str, int] = json.loads((metadata or {}).get("parts", "{}"))
    return found


def unite(tables: list[Table]) -> Table:
    """Return tables as one: columns that some lack are missing there, and those whose types differ become text."""
    import pyarrow as pa

    if len(tables) == 1:
        return tables[0].replace_schema_metadata(None)
    types: dict[str, Any] = {}
    for table in tables:
        for column in table.schema:
            known = types.setdefault(column.name, column.type)
            if known != column.type:
                types[column.name] = _common_type(known, column.type)
    schema = pa.schema(list(types.items()))
    return pa.concat_tables([_as(table, schema) for table in tables])


def _common_type(one: Any, other: Any) -> Any:
    import pyarrow as pa

    numbers = (pa.int64(), pa.float64())
    return pa.float64() if one in numbers and other in numbers else pa.string()


def _as(table: Table, schema: Any) -> Table:
    import pyarrow as pa

    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
