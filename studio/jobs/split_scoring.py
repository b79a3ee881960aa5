"""Split scoring: large inputs of scoring jobs are split into partitions that any process can score.

Table `jobparts`: partition key is the task id, row key the partition's number; the columns of studio/work/state.py,
Etag (of the input), and Blocks and Rows once the partition is finished.

The process that owns the job creates the rows and sends messages that ask other processes for help. Owner and helpers
claim one partition at a time, score the rows that begin in it, and stage them as blocks of the output. When all
partitions are finished, the owner commits the blocks in order. The partitions depend on the input alone, so the output
is the same, byte for byte, however many processes work on it.

A line feed ends a row unless it is inside quotes, and a process that reads only one partition cannot tell which. A
partition with an odd number of quotes therefore fails, as does one that cannot be parsed, and the owner scores the
whole input by itself instead.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextvars import copy_context
from datetime import datetime
from threading import Event, Thread

from azure.core.exceptions import AzureError, HttpResponseError

from studio.errors import BadUserArgument
from studio.jobs.scoring import ScoringProgress, ScoringTask, score_blob
from studio.serving.app import App
from studio.storage.rows import Row, delete_partition, insert_rows, list_rows
from studio.storage.streams import BlobVersion, RangeReader, StagedBlocks, numbered_blocks, open_version
from studio.tables.dialects import find_separator
from studio.tables.files import DELIMITERS, first_row_bytes, named_columns
from studio.tables.text_encodings import is_utf8
from studio.telemetry import SCORING_ROWS, count
from studio.work.leases import claimed_work
from studio.work.state import State, WorkKey, new_work_row

TABLE = "jobparts"
HEAD_BYTES = 1024 * 1024
POLL_SECONDS = 0.05
FORMATS = (".csv", ".tsv")
MAX_HELPERS = 16
logger = logging.getLogger(__name__)


def score_task(app: App, task: ScoringTask, call_for_help: Callable[[int], None], progress: ScoringProgress) -> None:
    """Score one output of a job, in partitions if the input is large.

    Parameters
    ----------
    call_for_help
        Called with the number of processes that could help.

    Raises
    ------
    BadUserArgument
        If a column is missing or a cell cannot be read; names the row and column.
    """
    blob = open_version(app.storage, task.source)
    if task.source.extension in FORMATS and blob.size > 2 * app.storage.settings.partition_bytes:
        split = SplitScoring(app, task, blob)
        try:
            if not split.is_plain:
                raise CannotSplit
            split.plan(now=app.storage.clock())
            call_for_help(min(split.n_parts - 1, MAX_HELPERS))
            split.score(progress)
        except CannotSplit:
            logger.info("The input of %s cannot be scored in partitions; scoring it as a whole.", task.id)
            split.forget()
        else:
            return
    score_blob(task, blob, progress)


def help_with_task(app: App, task: ScoringTask, is_wanted: Callable[[], bool]) -> None:
    """Score partitions of another process's task until none are left or `is_wanted` returns False."""
    SplitScoring(app, task, open_version(app.storage, task.source)).help(is_wanted)


class CannotSplit(Exception):
    """A partition could not be scored on its own, so the input must be scored as a whole."""


class SplitScoring:
    """The partitions of one scoring task, whose input is the blob."""

    def __init__(self, app: App, task: ScoringTask, blob: BlobVersion) -> None:
        self._storage = app.storage
        self._table = app.storage.table(TABLE)
        self._task = task
        self._blob = blob
        # A process scores one partition at a time, which bounds its memory.
        self._turn = app.scoring_turn
        self._lease = app.storage.settings.job_lease_seconds
        self._partition_bytes = app.storage.settings.partition_bytes
        self._scorer = task.scorer()
        delimiter = DELIMITERS[task.source.extension]
        head = blob.read(0, min(HEAD_BYTES, blob.size))
        self._first = first_row_bytes(head)
        content = head.removeprefix(b"\xef\xbb\xbf")
        # The other dialects are rare: they are scored as a whole.
        wanted = task.model.file.encoder.sources
        plain = is_utf8(head) and find_separator(content, delimiter, [item.name for item in wanted]) == (delimiter, 0)
        self._names, self.is_plain = named_columns(content, delimiter, wanted) if plain else ([], False)

    @property
    def n_parts(self) -> int:
        """The number of partitions."""
        return -(-self._blob.size // self._partition_bytes)

    def plan(self, *, now: datetime) -> None:
        """Create the partitions' rows unless an earlier attempt at the same input created them."""
        known, version = self._rows(), f"{self._blob.etag} in partitions of {self._partition_bytes}"
        if len(known) == self.n_parts and all(row["Etag"] == version for row in known):
            return
        self.forget()
        insert_rows(
            self._table,
            [
                new_work_row(self._task.id, f"{part:05d}", State.QUEUED, now=now) | {"Etag": version}
                for part in range(self.n_parts)
            ],
        )

    def score(self, progress: ScoringProgress) -> None:
        """Score partitions until this process and its helpers have finished all of them, then commit the output.

        Raises
        ------
        CannotSplit
            If a partition failed; nothing is committed.
        """
        ended = Event()
        # While one thread uploads blocks and records its partition, the other scores the next one.
        # In a copy of this context: the host keeps only log lines that belong to an invocation.
        run = (self._run_second_thread, ended)
        second = Thread(target=copy_context().run, args=run, name="second-part", daemon=True)
        second.start()
        try:
            self._score_all(progress)
        finally:
            ended.set()
            second.join()

    def _run_second_thread(self, ended: Event) -> None:
        try:
            self.help(lambda: not ended.is_set())
        except AzureError as error:
            logger.warning("Released a partition of %s: %s", self._task.id, error)

    def _score_all(self, progress: ScoringProgress) -> None:
        while True:
            rows = self._rows()
            finished = [row for row in rows if row["State"] == State.FINISHED]
            if len(rows) < self.n_parts or any(row["State"] == State.FAILED for row in rows):
                raise CannotSplit
            done = min(len(finished) * self._partition_bytes, self._blob.size)
            scored = sum(row["Rows"] for row in finished)
            progress(done, self._blob.size, scored)
            if len(finished) == self.n_parts:
                return self._commit(rows)
            # From the end, since helpers start at the beginning.
            if not self._score_one(reversed(rows), _added_to(progress, done, self._blob.size, scored)):
                time.sleep(POLL_SECONDS)

    def help(self, is_wanted: Callable[[], bool]) -> None:
        """Score partitions until none is open or `is_wanted` returns False."""
        while is_wanted() and self._score_one(self._rows(), lambda at, n: None):
            continue

    def forget(self) -> None:
        """Delete the partitions' rows."""
        delete_partition(self._table, self._task.id)

    def _rows(self) -> list[Row]:
        return list(list_rows(self._table, self._task.id))

    def _score_one(self, rows: Iterable[Row], progress: Callable[[int, int], None]) -> bool:
        """Score the first open partition; False if none is open."""
        now = self._storage.clock().isoformat()
        for row in rows:
            if row["State"] == State.QUEUED or (row["State"] == State.RUNNING and row["LeaseUntil"] < now):
                break
        else:
            return False
        key = WorkKey(TABLE, self._task.id, row["RowKey"])
        with claimed_work(self._storage, key, self._lease, queued=False, known=row) as claim:
            if claim is not None:
                blocks, n_rows = self._score_part(int(row["RowKey"]), progress)
                count(SCORING_ROWS, n_rows, {"perennial.scoring.mode": "batch"})
                claim.finish(State.FINISHED, None, Blocks=len(blocks.finish()), Rows=n_rows)
        return True

    def _score_part(self, part: int, progress: Callable[[int, int], None]) -> tuple[StagedBlocks, int]:
        """Score a partition and return its blocks, which may still be uploading, and its number of rows."""
        start = part * self._partition_bytes
        stream = RangeReader(self._blob, self._first, start, start + self._partition_bytes)
        blocks, n_rows = StagedBlocks(self._task.target, self._task.block_prefix(self._blob, f"{part:05d}")), 0
        with self._turn:
            for text, n_rows in self._scorer.score(stream, self._task.source.extension, self._names):
                blocks.write(text)
                progress(stream.position, n_rows)
        if stream.quotes % 2:
            raise BadUserArgument("InputParseError", "A quoted cell begins in this partition and ends in another.")
        return blocks, n_rows

    def _commit(self, rows: list[Row]) -> None:
        head = StagedBlocks(self._task.target, self._task.block_prefix(self._blob, "head-"))
        head.write(self._scorer.header())
        blocks = head.finish()
        for row in rows:
            blocks += numbered_blocks(self._task.block_prefix(self._blob, row["RowKey"]), row["Blocks"])
        try:
            self._task.target.commit_block_list(blocks)
        except HttpResponseError:
            # Another writer to the output makes storage drop the staged blocks; the next attempt stages them again.
            self.forget()
            raise
        self.forget()


def _added_to(progress: ScoringProgress, done: int, total: int, scored: int) -> Callable[[int, int], None]:
    """Return a callback that adds one partition's progress to the bytes done and rows scored before."""
    return lambda at, rows: progress(done + at, total, scored + rows)
