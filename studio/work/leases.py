"""Leases: one worker at a time does a piece of work, and renews its lease with heartbeats until the work ends.

The lease is in the columns Owner and LeaseUntil of the work's row (state.py). If heartbeats stop, the lease expires and
the next message about the work (queue.py) gives it to another worker.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any

from azure.core.exceptions import AzureError

from studio import telemetry
from studio.errors import StudioError
from studio.storage.account import Storage
from studio.storage.rows import Row, change_row, delete_row, find_row
from studio.work.ended import note_end
from studio.work.queue import ACTIVE, send_message
from studio.work.state import Progress, State, WorkKey, progress_text

MAX_ATTEMPTS = 5
HEARTBEAT_SECONDS = 0.5
logger = logging.getLogger(__name__)


class WorkLost(Exception):
    """The work was cancelled or claimed by another worker: stop, and write nothing more."""


class Claim:
    """A worker's lease on a piece of work, renewed by heartbeats; reports progress and records the end."""

    def __init__(self, storage: Storage, key: WorkKey, row: Row, lease_seconds: float, *, queued: bool = True) -> None:
        self.storage = storage
        self.key = key
        self.row = self._latest = row
        self._queued = queued
        self.owner = row["Owner"]
        self._lease = timedelta(seconds=lease_seconds)
        # At least two heartbeats in a third of the lease, however short the lease is.
        self._heartbeat_seconds = min(HEARTBEAT_SECONDS, lease_seconds / 6)
        self._progress = Progress()
        self._notes: Row = {}
        self._lost = threading.Event()
        self._on_lost: Callable[[], None] | None = None
        self._stop = threading.Event()
        # In a copy of this context: the host keeps only log lines that belong to an invocation.
        target, name = copy_context().run, f"lease-{key.key[:8]}"
        self._thread = threading.Thread(target=target, args=(self._renew_lease,), daemon=True, name=name)
        self._thread.start()

    def report(self, progress: Progress) -> None:
        """Report progress; raises WorkLost if the work was cancelled or claimed by another worker."""
        if progress.step != self._progress.step:
            telemetry.note(progress.step)
        self._progress = progress
        if self._lost.is_set():
            raise WorkLost

    def when_lost(self, stop: Callable[[], None] | None) -> None:
        """Call `stop` from another thread once the work is cancelled or claimed by another worker; None ends that.

        The row is then looked at with every heartbeat, also when there is nothing to write.
        """
        self._on_lost = stop

    def confirm(self) -> None:
        """Make sure, in storage, that the work is still this worker's; WorkLost if not. For before what must be whole.

        What `when_lost` asked for ends, so that nothing interrupts what follows.
        """
        self._on_lost = None
        if self._lost.is_set() or self._write({}) is None:
            raise WorkLost

    def note(self, **columns: Any) -> None:
        """Have columns of the work's row written with the next heartbeat, and at the end.

        A value that is a function is called when it is written, from another thread.
        """
        self._notes = self._notes | columns

    def finish(self, state: State, details: str | None, **columns: Any) -> None:
        """Record the end of the work, unless it was cancelled or claimed by another worker in the meantime."""
        self.stop_heartbeats()
        changes = {"State": state.value, "Details": details or "", "Owner": "", **_values(self._notes), **columns}
        if state.is_final:
            changes |= {"EndedAt": self.storage.clock().isoformat(), "Progress": progress_text(self._progress)}
        written = self._write(changes)
        if written is None or not state.is_final:
            return
        self._log_end(state)
        # While it is in the outbox, the timer tells of its end if this process cannot.
        if note_end(self.storage, self.key, written) and self._queued:
            delete_row(self.storage.table("jobs"), ACTIVE, self.key.active_key)

    def stop_heartbeats(self) -> None:
        """Stop renewing the lease; work that has not ended can be claimed by any worker once it expires."""
        self._stop.set()
        self._thread.join()

    def _log_end(self, state: State) -> None:
        kind, now = self.key.table, self.storage.clock()
        fields = {"perennial.work.kind": kind, "perennial.work.state": state.value}
        # The alert in infra/modules/alerts.bicep looks for this text.
        extra = fields | {"perennial.work.id": self.key.key, "perennial.work.attempt": self.row["Attempt"]}
        logger.info("Work ended as %s: %s %s", state.value, kind, self.key.key, extra=extra)
        started = datetime.fromisoformat(self.row["StartedAt"])
        telemetry.record(telemetry.WORK_DURATION, (now - started).total_seconds(), fields)
        telemetry.describe(fields)

    def _renew_lease(self) -> None:
        # Not the wall clock: if it were set back, the lease would expire before it is renewed.
        written, noted, renewed = self._progress, self._notes, time.monotonic()
        while not self._stop.wait(self._heartbeat_seconds):
            now, progress, notes = time.monotonic(), self._progress, self._notes
            if progress == written and notes is noted and now - renewed < self._lease.total_seconds() / 3:
                if self._on_lost is not None and not self._is_mine():
                    self._lose()
                    return
                continue
            lease_until = self.storage.clock() + self._lease
            changes = {**_values(notes), "Progress": progress_text(progress), "LeaseUntil": lease_until.isoformat()}
            try:
                if self._write(changes) is None:
                    self._lose()
                    return
            except (AzureError, StudioError) as error:
                logger.warning("Could not write a heartbeat for %s: %s", self.key.key, error)
                continue
            written, noted, renewed = progress, notes, now

    def _is_mine(self) -> bool:
        """Return whether the row still names this worker, or cannot be read now."""
        try:
            row = find_row(self.storage.table(self.key.table), self.key.partition, self.key.key)
        except (AzureError, StudioError) as error:
            logger.warning("Could not look whether %s was cancelled: %s", self.key.key, error)
            return True
        return row is not None and row["Owner"] == self.owner and row["State"] == State.RUNNING

    def _lose(self) -> None:
        self._lost.set()
        if (stop := self._on_lost) is not None:
            stop()

    def _write(self, columns: Row) -> Row | None:
        def if_mine(row: Row) -> Row | None:
            mine = row["Owner"] == self.owner and row["State"] == State.RUNNING
            return row | columns if mine else None

        table = self.storage.table(self.key.table)
        written = change_row(table, self.key.partition, self.key.key, if_mine, self._latest)
        self._latest = written or self._latest
        return written


def _values(notes: Row) -> Row:
    return {name: value() if callable(value) else value for name, value in notes.items()}


@contextmanager
def claimed_work(
    storage: Storage, key: WorkKey, lease_seconds: float, *, queued: bool = True, known: Row | None = None
) -> Iterator[Claim | None]:
    """Claim a piece of work for a `with` block; yields None if there is nothing to do now.

    Parameters
    ----------
    queued
        Whether a queue message started the work and must be sent again if another worker holds the lease. If not,
        it is part of a larger job, whose worker makes sure that it gets done.
    known
        The row, if it was read recently.

    Notes
    -----
    A StudioError or an unexpected error inside the block ends the work as Failed. A storage error requeues the work and
    rises, so that the host delivers the message again; after five attempts the work is Failed, too.
    """
    claim = _claim(storage, key, lease_seconds, queued, known)
    if claim is None:
        yield None
        return
    try:
        yield claim
    except WorkLost:
        logger.info("%s was cancelled or claimed by another worker.", key.key)
    except StudioError as error:
        claim.finish(State.FAILED, error.message)
    except AzureError as error:
        if claim.row["Attempt"] >= MAX_ATTEMPTS:
            claim.finish(State.FAILED, f"Storage failed in each of {MAX_ATTEMPTS} attempts: {type(error).__name__}.")
            return
        claim.finish(State.QUEUED, None)
        raise
    except Exception as error:
        logger.exception("%s failed", key.key)
        claim.finish(State.FAILED, f"Internal error ({type(error).__name__}). See the app's log for details.")
    finally:
        claim.stop_heartbeats()


def _claim(storage: Storage, key: WorkKey, lease_seconds: float, queued: bool, known: Row | None) -> Claim | None:
    owner = uuid.uuid4().hex
    busy_seconds = 0.0

    def take(row: Row) -> Row | None:
        nonlocal busy_seconds
        now = storage.clock()
        left = (datetime.fromisoformat(row["LeaseUntil"]) - now).total_seconds()
        busy_seconds = left if row["State"] == State.RUNNING and left > 0 else 0.0
        if busy_seconds or row["State"] not in (State.QUEUED, State.RUNNING):
            return None
        return row | {
            "State": State.RUNNING.value,
            "Owner": owner,
            "LeaseUntil": (now + timedelta(seconds=lease_seconds)).isoformat(),
            "Attempt": row["Attempt"] + 1,
            "StartedAt": row["StartedAt"] or now.isoformat(),
        }

    row = change_row(storage.table(key.table), key.partition, key.key, take, known)
    if row is not None:
        claim = Claim(storage, key, row, lease_seconds, queued=queued)
        if row["Attempt"] > MAX_ATTEMPTS:
            claim.finish(
                State.FAILED,
                f"The worker process died in each of {MAX_ATTEMPTS} attempts. It may have run out of memory.",
            )
            return None
        return claim
    if busy_seconds and queued:
        # Another worker holds the lease, or has just died: check again when the lease expires. The outbox row stays as
        # it is: the work is taken and does not wait for its turn.
        send_message(storage, key, busy_seconds + 1)
    return None
