"""Batch jobs of predictive services: score a blob into another, block by block, in bounded memory."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from azure.storage.blob import BlobClient

from studio.model.batches import BatchScorer
from studio.model.loaded import LoadedModel
from studio.storage.blobs import BlobReference
from studio.storage.streams import BlobVersion, RangeReader, StagedBlocks
from studio.telemetry import SCORING_ROWS, count

# Called after each block with bytes read, bytes in total and rows scored.
ScoringProgress = Callable[[int, int, int], None]


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
    """

    id: str
    model: LoadedModel
    source: BlobReference
    target: BlobClient
    extension: str
    append: bool

    def scorer(self) -> BatchScorer:
        """Return a scorer for the input's rows."""
        return BatchScorer(self.model, self.extension, append=self.append)

    def block_prefix(self, blob: BlobVersion, part: str = "whole") -> str:
        """Return the prefix of a partition's block ids, unique to this task and this version of the input.

        Parameters
        ----------
        part
            The partition's name, five characters.
        """
        return f"{hashlib.sha256(f'{self.id} {blob.etag}'.encode()).hexdigest()[:12]}-{part}-"


def score_blob(task: ScoringTask, blob: BlobVersion, progress: ScoringProgress) -> None:
    """Score every row of a blob and write the output blob.

    Raises
    ------
    BadUserArgument
        If a column is missing or a cell cannot be read; names the row and column.
    """
    scorer = task.scorer()
    stream = RangeReader(blob, 0, 0, blob.size + 1)
    blocks = StagedBlocks(task.target, task.block_prefix(blob))
    blocks.write(scorer.header())
    rows = 0
    for text, rows in scorer.score(stream, task.source.extension):
        blocks.write(text)
        progress(stream.position, blob.size, rows)
    count(SCORING_ROWS, rows, {"perennial.scoring.mode": "batch"})
    task.target.commit_block_list(blocks.finish())
