"""Blobs as streams: rows are downloaded ahead of use, and output is uploaded in blocks while more is produced."""

import base64
import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobClient

from studio.errors import BadArgument
from studio.storage.account import Storage
from studio.storage.blob_access import open_blob, reading, writing
from studio.storage.blobs import BlobReference
from studio.storage.encodings import is_packed

INPUT = "input"
# Azurite computes a checksum for ranges of up to 4 MiB, which takes longer than reading them.
READ_BYTES = 8 * 1024 * 1024
# Rows are rarely longer than this. The row that crosses the end of a range is read in requests of this size.
TAIL_BYTES = 64 * 1024
BLOCK_BYTES = 8 * 1024 * 1024
BLOCKS_AT_ONCE = 2
# Never shut down: each new thread would allocate, and keep, a heap of its own for what it downloads.
_DOWNLOADS = ThreadPoolExecutor(2, "download")
_UPLOADS = ThreadPoolExecutor(BLOCKS_AT_ONCE, "upload")


@dataclass(frozen=True, slots=True)
class BlobVersion:
    """A blob pinned to the ETag it had when it was opened; reads fail once it has been overwritten."""

    reference: BlobReference
    client: BlobClient
    size: int
    etag: str

    def read(self, offset: int, length: int) -> bytes:
        """Return a range of the blob.

        BadArgument (InvalidBlob) if it was overwritten or deleted in the meantime, or its SAS token has expired.
        """
        pinned: dict[str, Any] = {"etag": self.etag, "match_condition": MatchConditions.IfNotModified}
        with reading(self.reference, INPUT):
            try:
                content: bytes = self.client.download_blob(offset, length, decompress=False, **pinned).readall()
            except (ResourceModifiedError, ResourceNotFoundError) as error:
                name = self.client.blob_name
                raise BadArgument(
                    "InvalidBlob",
                    f"The input '{name}' was overwritten while it was being read. Submit the job again.",
                    INPUT,
                ) from error
        return content


def open_version(storage: Storage, reference: BlobReference) -> BlobVersion:
    """Return the current version of a job's input blob.

    Raises the errors of open_blob, and BadArgument (InvalidBlob) for a blob that is stored packed: the positions of its
    rows are known only after all bytes before them have been unpacked.
    """
    client, properties = open_blob(storage, reference, INPUT)
    encoding = properties.content_settings.content_encoding
    if is_packed(encoding):
        raise BadArgument(
            "InvalidBlob",
            f"The input '{client.blob_name}' has the Content-Encoding '{encoding}'. Rows are scored from blobs that "
            "are stored as plain text: upload it unpacked.",
            INPUT,
        )
    return BlobVersion(reference, client, properties.size, properties.etag)


class RangeReader(io.RawIOBase):
    """A stream of the rows that begin in a range of a blob, downloaded ahead of use.

    Parameters
    ----------
    first
        int, bytes: where the first row after the header begins.
    start, stop
        int, bytes: the range. A row begins after each line feed.
    """

    def __init__(self, blob: BlobVersion, first: int, start: int, stop: int) -> None:
        self._blob = blob
        self._begin = first if start <= first else start - 1
        self._skips = start > first
        self._last = stop - 1
        self._chunks = self._rows() if stop > first else iter(())
        self._left = memoryview(b"")
        self.position = 0
        self.quotes = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes."""
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self.quotes += chunk.count(b'"')
            self._left = memoryview(chunk)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        self.position += count
        return count

    def _rows(self) -> Iterator[bytes]:
        """Yield the bytes from the first row that begins in the range to the end of the last one.

        A row belongs to the range in which it begins, so a range starts after its first line feed and runs on beyond
        `stop` to the line feed that ends its last row. Reading begins one byte early: if that byte is a line feed, a
        row begins exactly at `start`. All positions are those of the blob.
        """
        skips, at = self._skips, self._begin
        for chunk in self._ahead():
            offset, at = at, at + len(chunk)
            if skips:
                begin = chunk.find(b"\n") + 1
                if not begin:
                    continue
                if offset + begin - 1 >= self._last:
                    return
                skips, chunk, offset = False, chunk[begin:], offset + begin
            end = chunk.find(b"\n", max(0, self._last - offset)) + 1 if at > self._last else 0
            if end:
                yield chunk[:end]
                return
            yield chunk

    def _ahead(self) -> Iterator[bytes]:
        """Yield the chunks in order; the next one is requested before the current one is used."""
        enough = min(self._blob.size, self._last + TAIL_BYTES)
        offsets = range(self._begin, enough, READ_BYTES)
        waiting: Future[bytes] | None = None
        for offset in offsets:
            following = _DOWNLOADS.submit(self._blob.read, offset, min(READ_BYTES, enough - offset))
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
        for offset in range(enough, self._blob.size, TAIL_BYTES):
            yield self._blob.read(offset, min(TAIL_BYTES, self._blob.size - offset))


class StagedBlocks:
    """Blocks of a blob, uploaded while more output is produced; readers see none of them until they are committed.

    Parameters
    ----------
    target
        The blob.
    prefix
        The prefix of the block ids; all prefixes used for one blob must have the same length.
    """

    def __init__(self, target: BlobClient, prefix: str) -> None:
        self._target = target
        self._prefix = prefix
        self._pieces: list[bytes] = []
        self._size = 0
        self._count = 0
        self._uploads: list[Future[None]] = []

    def write(self, data: bytes) -> None:
        """Add bytes; they are sent once there are enough for a block."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= BLOCK_BYTES:
            self._send()

    def finish(self) -> list[BlobBlock]:
        """Send the remaining bytes, wait for all uploads, and return the blocks in order."""
        if self._pieces:
            self._send()
        for upload in self._uploads:
            upload.result()
        return numbered_blocks(self._prefix, self._count)

    def _send(self) -> None:
        data, self._pieces, self._size = b"".join(self._pieces), [], 0
        while len(self._uploads) >= BLOCKS_AT_ONCE:
            self._uploads.pop(0).result()
        self._uploads.append(_UPLOADS.submit(self._stage, _block_id(self._prefix, self._count), data))
        self._count += 1

    def _stage(self, block_id: str, data: bytes) -> None:
        with writing(self._target, self._target.blob_name):
            self._target.stage_block(block_id, data)


def numbered_blocks(prefix: str, count: int) -> list[BlobBlock]:
    """Return the first `count` blocks with a prefix, in the order to commit them."""
    return [BlobBlock(_block_id(prefix, number)) for number in range(count)]


def _block_id(prefix: str, number: int) -> str:
    return base64.b64encode(f"{prefix}{number:06d}".encode()).decode()
