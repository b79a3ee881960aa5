"""Batch jobs of predictive services: score a blob into another, block by block, in bounded memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from azure.storage.blob import BlobClient

from studio.datasets.row_streams import open_rows, whole_encoding
from studio.model.batches import BatchScorer, Explain, NotUtf8
from studio.model.loaded import LoadedModel
from studio.storage.blobs import BlobReference
from studio.storage.streams import BlobVersion, RangeReader, StagedBlocks
from studio.tables.schema import Column
from studio.telemetry import SCORING_ROWS, count

# Called after each block with bytes read, bytes in total and rows scored.
ScoringProgress = Callable[[int, int, int], None]


class Scorer(Protocol):
    """Turns the rows of a stream into text."""

    def header(self) -> bytes:
        """Return the text before the first row."""
        ...

    def score(self, stream: Any, extension: str, *, encoding: str = "") -> Iterator[tuple[bytes, int]]:
        """Yield blocks of text, each with the number of rows so far."""
        ...


class Task(Protocol):
    """The work for one output of a job, which takes `sources` of a blob."""

    @property
    def source(self) -> BlobReference:
        """The input."""
        ...

    @property
    def target(self) -> BlobClient:
        """The output."""
        ...

    @property
    def sources(self) -> tuple[Column, ...]:
        """The columns that it takes."""
        ...

    def scorer(self) -> Scorer:
        """Return a scorer for the input's rows."""
        ...

    def block_prefix(self, blob: BlobVersion) -> str:
        """Return the prefix of the output's block ids."""
        ...


def block_prefix(task: str, blob: BlobVersion, part: str = "whole") -> str:
    """Return the prefix of block ids, unique to a task, a version of its input, and a part of five characters."""
    return f"{hashlib.sha256(f'{task} {blob.etag}'.encode()).hexdigest()[:12]}-{part}-"


@dataclass(frozen=True, slots=True)
class ScoringTask:
    """The scoring work for one output of a job.

    Parameters
    ----------
    id
        Identifies the job and the output; any unique text.
    extension
        Format of the output: `.csv`, `.tsv` or `.arff`.
    append
        Whether the output has the input's columns before the scores.
    explain
        What explains the scores, in columns after them; None if the job does not ask for it.
    """

    id: str
    model: LoadedModel
    source: BlobReference
    target: BlobClient
    extension: str
    append: bool
    explain: Explain | None = None

    @property
    def sources(self) -> tuple[Column, ...]:
        """The columns that the model takes."""
        return self.model.file.encoder.sources

    def scorer(self) -> BatchScorer:
        """Return a scorer for the input's rows."""
        return BatchScorer(self.model, self.extension, append=self.append, explain=self.explain)

    def block_prefix(self, blob: BlobVersion, part: str = "whole") -> str:
        """Return the prefix of a partition's block ids, unique to this task and this version of the input.

        Parameters
        ----------
        part
            The partition's name, five characters.
        """
        return block_prefix(self.id, blob, part)


def score_blob(task: Task, blob: BlobVersion, progress: ScoringProgress) -> None:
    """Score every row of a blob and write the output blob.

    A blob that is not delimited text is read as a whole first.

    Raises
    ------
    BadUserArgument
        If a column is missing or a cell cannot be read; names the row and column.
    """
    try:
        _score(task, blob, progress, "")
    except NotUtf8:
        # Only the whole file tells in which encoding it is.
        if (encoding := whole_encoding(blob, task.sources)) is None:
            raise
        _score(task, blob, progress, encoding)


def _score(task: Task, blob: BlobVersion, progress: ScoringProgress, encoding: str) -> None:
    scorer = task.scorer()
    stream, extension = open_rows(blob)
    blocks = StagedBlocks(task.target, task.block_prefix(blob))
    blocks.write(scorer.header())
    rows = 0
    for text, rows in scorer.score(stream, extension, encoding=encoding):
        blocks.write(text)
        progress(stream.position if isinstance(stream, RangeReader) else blob.size, blob.size, rows)
    count(SCORING_ROWS, rows, {"perennial.scoring.mode": "batch"})
    task.target.commit_block_list(blocks.finish())
