"""Leases."""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from azure.core.exceptions import AzureError

from studio import telemetry
from studio.errors import StudioError
from studio.storage.account import Storage
from studio.storage.rows import Row, change_row, delete_row
from studio.work.queue import ACTIVE, enqueue_work
from studio.work.state import Progress, State, WorkKey, progress_text

MAX_ATTEMPTS = 5
BEAT_SECONDS = 0.5
logger = logging.getLogger(__name__)


class WorkLost(Exception):
    """The work was cancelled, or another process took it over: stop, and write nothing."""


class Claim:
    """The right to do a piece of work; keeps it by signs of life, reports progress, ends it."""

    def __init__(self, storage: Storage, key: WorkKey, row: Row, lease_seconds: float, *, queued: bool = True) -> None:
        self.storage = storage
        self.key = key
        self.row = self._latest = row
        self._queued = queued
        self.owner = row["Owner"]
        self._lease = timedelta(seconds=lease_seconds)
        # Several signs of life in a third of the lease, however short it is.
        self._beat_seconds = min(BEAT_SECONDS, lease_seconds / 6)
        self._progress = Progress()
        self._lost = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True, name=f"lease-{key.key[:8]}")
        self._thread.start()

    def report(self, progress: Progress) -> None:
        """Note progress; raises WorkLost if the work is no longer this process's."""
        if progress.step != self._progress.step:
            telemetry.note(progress.step)
        self._progress = progress
        if self._lost.is_set():
            raise WorkLost

    def finish(self, state: State, details: str | None, **columns: Any) -> None:
        """Write the end of the work, unless it was cancelled or taken over meanwhile."""
        self.let_go()
        changes = {"State": state.value, "Details": details or "", "Owner": "", **columns}
        if state.is_final:
            changes |= {"EndedAt": self.storage.clock().isoformat(), "Progress": progress_text(self._progress)}
        if self._write(changes) is None or not state.is_final:
            return
        self._tell(state)
        if self._queued:
            delete_row(self.storage.table("jobs"), ACTIVE, self.key.active_key)

    def let_go(self) -> None:
        """Give no more signs of life: work that has not ended then is anybody's once the lease is over."""
        self._stop.set()
        self._thread.join()

    def _tell(self, state: State) -> None:
        kind, now = self.key.table, self.storage.clock()
        fields = {"perennial.work.kind": kind, "perennial.work.state": state.value}
        # infra/modules/alerts.bicep looks for this line.
        extra = fields | {"perennial.work.id": self.key.key, "perennial.work.attempt": self.row["Attempt"]}
        logger.info("Work ended as %s: %s %s", state.value, kind, self.key.key, extra=extra)
        started = datetime.fromisoformat(self.row["StartedAt"])
        telemetry.record(telemetry.WORK_DURATION, (now - started).total_seconds(), fields)
        telemetry.describe(fields)

    def _live(self) -> None:
        # Not by the wall clock, which may be set back: the lease would then end before it is renewed.
        written, renewed = self._progress, time.monotonic()
        while not self._stop.wait(self._beat_seconds):
            now, progress = time.monotonic(), self._progress
            if progress == written and now - renewed < self._lease.total_seconds() / 3:
                continue
            lease_until = self.storage.clock() + self._lease
            changes = {"Progress": progress_text(progress), "LeaseUntil": lease_until.isoformat()}
            try:
                if self._write(changes) is None:
                    self._lost.set()
                    return
            except (AzureError, StudioError) as error:
                logger.warning("No sign of life of %s could be written: %s", self.key.key, error)
                continue
            written, renewed = progress, now

    def _write(self, columns: Row) -> Row | None:
        def if_mine(row: Row) -> Row | None:
            mine = row["Owner"] == self.owner and row["State"] == State.RUNNING
            return row | columns if mine else None

        table = self.storage.table(self.key.table)
        written = change_row(table, self.key.partition, self.key.key, if_mine, self._latest)
        self._latest = written or self._latest
        return written


@contextmanager
def claimed_work(
    storage: Storage, key: WorkKey, lease_seconds: float, *, queued: bool = True, known: Row | None = None
) -> Iterator[Claim | None]:
    """Claim a piece of work for a `with` block; None if there is nothing to do now.

    Parameters
    ----------
    queued
        Whether a message brought it here, and has to come again if it is in other hands. Otherwise somebody else
        sees to it that all of it is done.
    known
        The row, if it was seen a moment ago.

    A StudioError or an unforeseen error inside the block ends the work as Failed. A storage error puts it back and
    rises, so that the host tries again; after five attempts it is Failed, too.
    """
    claim = _claim(storage, key, lease_seconds, queued, known)
    if claim is None:
        yield None
        return
    try:
        yield claim
    except WorkLost:
        logger.info("%s was cancelled or taken over.", key.key)
    except StudioError as error:
        claim.finish(State.FAILED, error.message)
    except AzureError as error:
        if claim.row["Attempt"] >= MAX_ATTEMPTS:
            claim.finish(State.FAILED, f"Storage failed {MAX_ATTEMPTS} times: {type(error).__name__}.")
            return
        claim.finish(State.QUEUED, None)
        raise
    except Exception as error:
        logger.exception("%s failed", key.key)
        claim.finish(State.FAILED, f"Internal error ({type(error).__name__}). The app's log says more.")
    finally:
        claim.let_go()


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
            claim.finish(State.FAILED, f"The process that ran it ended {MAX_ATTEMPTS} times. Is memory too small?")
            return None
        return claim
    if busy_seconds and queued:
        # Somebody works on it, or died just now: look again when the lease is over.
        enqueue_work(storage, key, busy_seconds + 1)
    return None
