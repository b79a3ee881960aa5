"""Large inputs of scoring jobs, in parts that every process may score.

The process that does the job makes a row of table `jobparts` for each part and asks for help by messages. It and
whoever answers claim part after part, score the rows that begin in it, and stage them as blocks of the output; once
all parts are finished, the first process commits the blocks in the parts' order. The parts depend on the input
alone, so the output has the same bytes however many processes took part.

A line feed ends a row unless it is inside quotes, which a part cannot see by itself. A part with an odd number of
quotes therefore fails, as does one that cannot be read, and the whole input is scored by one process instead.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Event, Thread

from azure.core.exceptions import AzureError, HttpResponseError

from studio.errors import BadUserArgument
from studio.jobs.scoring import ScoringProgress, ScoringTask, score_blob
from studio.serving.app import App
from studio.storage.rows import Row, delete_partition, insert_rows, list_rows
from studio.storage.streams import BlobVersion, RangeReader, StagedBlocks, numbered_blocks, open_version
from studio.tables.files import DELIMITERS, column_names, first_row_bytes
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
    """Score an output of a job, in parts if the input is large.

    Parameters
    ----------
    call_for_help
        Called with the number of processes that could help.

    Raises
    ------
    BadUserArgument
        If a column is missing or a cell cannot be read, with row and column.
    """
    blob = open_version(task.source)
    if task.source.extension in FORMATS and blob.size > 2 * app.storage.settings.partition_bytes:
        split = SplitScoring(app, task, blob)
        try:
            split.plan(now=app.storage.clock())
            call_for_help(min(split.n_parts - 1, MAX_HELPERS))
            split.score(progress)
        except CannotSplit:
            logger.info("The input of %s cannot be scored in parts: it is scored as a whole.", task.id)
            split.forget()
        else:
            return
    score_blob(task, blob, progress)


def help_with_task(app: App, task: ScoringTask, is_wanted: Callable[[], bool]) -> None:
    """Score parts of an output for the process that does the job, as long as it wants that."""
    SplitScoring(app, task, open_version(task.source)).help(is_wanted)


class CannotSplit(Exception):
    """A part could not be scored by itself: the input has to be scored as a whole."""


class SplitScoring:
    """The parts of one scoring task; the blob is its input."""

    def __init__(self, app: App, task: ScoringTask, blob: BlobVersion) -> None:
        self._storage = app.storage
        self._table = app.storage.table(TABLE)
        self._task = task
        self._blob = blob
        # A process scores one part at a time, so that its memory stays bounded.
        self._turn = app.scoring_turn
        self._lease = app.storage.settings.job_lease_seconds
        self._partition_bytes = app.storage.settings.partition_bytes
        self._scorer = task.scorer()
        delimiter = DELIMITERS[task.source.extension]
        head = blob.read(0, min(HEAD_BYTES, blob.size))
        self._first = first_row_bytes(head)
        self._names = column_names(head.removeprefix(b"\xef\xbb\xbf"), delimiter, header=True)

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return -(-self._blob.size // self._partition_bytes)

    def plan(self, *, now: datetime) -> None:
        """Make the rows of the parts, unless an earlier attempt at the same input made them."""
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
        """Score parts until all are finished, by this process or another, and commit the output.

        Raises
        ------
        CannotSplit
            If a part failed; nothing is committed.
        """
        ended = Event()
        # While one thread's blocks are on their way and its part is written down, the other scores the next part.
        second = Thread(target=self._work_beside, args=(ended,), name="second-part", daemon=True)
        second.start()
        try:
            self._score_all(progress)
        finally:
            ended.set()
            second.join()

    def _work_beside(self, ended: Event) -> None:
        try:
            self.help(lambda: not ended.is_set())
        except AzureError as error:
            logger.warning("A part of %s was put back: %s", self._task.id, error)

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
            # Helpers begin at the front.
            if not self._score_one(reversed(rows), _beyond(progress, done, self._blob.size, scored)):
                time.sleep(POLL_SECONDS)

    def help(self, is_wanted: Callable[[], bool]) -> None:
        """Score parts until none is open or the job no longer wants them."""
        while is_wanted() and self._score_one(self._rows(), lambda at, n: None):
            continue

    def forget(self) -> None:
        """Delete the rows of the parts."""
        delete_partition(self._table, self._task.id)

    def _rows(self) -> list[Row]:
        return list(list_rows(self._table, self._task.id))

    def _score_one(self, rows: Iterable[Row], progress: Callable[[int, int], None]) -> bool:
        """Score the first of the parts that is open; False if there is none, or others were faster."""
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
        """Score a part; returns its blocks, which may still be on their way, and how many rows they are."""
        start = part * self._partition_bytes
        stream = RangeReader(self._blob, self._first, start, start + self._partition_bytes)
        blocks, n_rows = StagedBlocks(self._task.target, self._task.block_prefix(self._blob, f"{part:05d}")), 0
        with self._turn:
            for text, n_rows in self._scorer.score(stream, self._task.source.extension, self._names):
                blocks.write(text)
                progress(stream.position, n_rows)
        if stream.quotes % 2:
            raise BadUserArgument("InputParseError", "A quoted cell begins in this part and ends in another.")
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
            # Somebody else wrote to the output meanwhile, which drops staged blocks: the next attempt stages them anew.
            self.forget()
            raise
        self.forget()


def _beyond(progress: ScoringProgress, done: int, total: int, scored: int) -> Callable[[int, int], None]:
    """Return the progress of one part, reported on top of what is done already."""
    return lambda at, rows: progress(done + at, total, scored + rows)
