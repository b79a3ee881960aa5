"""Batch jobs of predictive services: score a file blob to blob, block by block, in bounded memory."""

import base64
import io
from collections.abc import Callable, Iterator
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobBlock, BlobClient

from studio.blob_references import BlobReference, missing_container, open_blob
from studio.model.batches import BatchScorer
from studio.model.loaded import LoadedModel

PART_BYTES = 8 * 1024 * 1024

# Called after each block: bytes read, bytes there are, rows scored.
ScoringProgress = Callable[[int, int, int], None]


def score_blob(
    model: LoadedModel,
    source: BlobReference,
    target: BlobClient,
    extension: str,
    *,
    append: bool,
    progress: ScoringProgress,
) -> None:
    """Score every row of a blob and write input and scores to another.

    Parameters
    ----------
    extension
        Format of the output: `.csv`, `.tsv` or `.arff`.
    append
        Whether the input's columns come before the scores.

    Raises
    ------
    BadUserArgument
        If a column is missing or a cell cannot be read, with row and column.
    """
    client, size = open_blob(source, "input")
    scorer = BatchScorer(model, extension, append=append)
    stream = _CountingReader(client, size)
    blocks = _StagedBlocks(target)
    blocks.write(scorer.header())
    for text, rows in scorer.score(stream, source.extension):
        blocks.write(text)
        progress(stream.position, size, rows)
    blocks.commit()


class _CountingReader(io.RawIOBase):
    """A blob as a file that is downloaded part by part."""

    def __init__(self, client: BlobClient, size: int) -> None:
        self._parts = self._download(client, size)
        self._left = memoryview(b"")
        self.position = 0

    def _download(self, client: BlobClient, size: int) -> Iterator[bytes]:
        for offset in range(0, size, PART_BYTES):
            yield client.download_blob(offset, min(PART_BYTES, size - offset)).readall()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes."""
        if not self._left:
            self._left = memoryview(next(self._parts, b""))
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        self.position += count
        return count


class _StagedBlocks:
    """A block blob written part by part; readers see nothing of it before the commit."""

    def __init__(self, target: BlobClient) -> None:
        self._target = target
        self._buffer = bytearray()
        self._blocks: list[BlobBlock] = []

    def write(self, data: bytes) -> None:
        """Add bytes; whole parts are sent."""
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            self._stage(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]

    def commit(self) -> None:
        """Send what is left and make the blob visible."""
        if self._buffer:
            self._stage(bytes(self._buffer))
        self._target.commit_block_list(self._blocks)

    def _stage(self, data: bytes) -> None:
        block_id = base64.b64encode(f"{len(self._blocks):010d}".encode()).decode()
        try:
            self._target.stage_block(block_id, data)
        except ResourceNotFoundError as error:
            raise missing_container(self._target, self._target.blob_name) from error
        self._blocks.append(BlobBlock(block_id))
