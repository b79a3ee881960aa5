"""Work that queue messages start: claimed by one process at a time, taken over when its owner dies, finished once.

A piece of work is a row of table `jobs` or `runs` with the columns State, Owner, LeaseUntil, Attempt, Progress,
Details. Row (`active`, …) of table `jobs` stands for each piece that is queued or running, so that orphans are found
without a scan.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from azure.core.exceptions import AzureError
from azure.data.tables import UpdateMode

from studio import telemetry
from studio.errors import StudioError
from studio.rows import Row, change_row, delete_row, find_row, list_rows
from studio.storage import Storage

MAX_ATTEMPTS = 5
ACTIVE = "active"
BEAT_SECONDS = 0.5
# After this long the message of queued work is sent again; longer than any delay it is sent with.
STALE_AFTER = timedelta(minutes=5)
logger = logging.getLogger(__name__)


class State(StrEnum):
    """Where a piece of work stands."""

    NOT_STARTED = "NotStarted"
    QUEUED = "Queued"
    RUNNING = "Running"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    FINISHED = "Finished"

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self in (State.FAILED, State.CANCELLED, State.FINISHED)


class WorkLost(Exception):
    """The work was cancelled, or another process took it over: stop, and write nothing."""


@dataclass(frozen=True, slots=True)
class WorkKey:
    """Which row a message is about."""

    table: str
    partition: str
    key: str

    @property
    def active_key(self) -> str:
        """Row key in the partition of active work."""
        return f"{self.table}-{self.partition}-{self.key}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: steps done of how many, what comes next, rows handled so far."""

    done: int = 0
    total: int = 0
    step: str = ""
    rows: int = 0


class Claim:
    """The right to do a piece of work; keeps it by signs of life, reports progress, ends it."""

    def __init__(self, storage: Storage, key: WorkKey, row: Row, lease_seconds: float, *, queued: bool = True) -> None:
        self.storage = storage
        self.key = key
        self.row = self._latest = row
        self._queued = queued
        self.owner = row["Owner"]
        self._lease = timedelta(seconds=lease_seconds)
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
        self._stop.set()
        self._thread.join()
        changes = {"State": state.value, "Details": details or "", "Owner": "", **columns}
        if state.is_final:
            changes |= {"EndedAt": datetime.now(UTC).isoformat(), "Progress": _to_json(self._progress)}
        if self._write(changes) is None or not state.is_final:
            return
        self._tell(state)
        if self._queued:
            delete_row(self.storage.table("jobs"), ACTIVE, self.key.active_key)

    def _tell(self, state: State) -> None:
        kind, now = self.key.table, datetime.now(UTC)
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
        while not self._stop.wait(BEAT_SECONDS):
            now, progress = time.monotonic(), self._progress
            if progress == written and now - renewed < self._lease.total_seconds() / 3:
                continue
            lease_until = datetime.now(UTC) + self._lease
            changes = {"Progress": _to_json(progress), "LeaseUntil": lease_until.isoformat()}
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


@dataclass(frozen=True, slots=True)
class WorkMessage:
    """What a queue message says: which piece of work, and the `traceparent` of what asked for it, or nothing."""

    key: WorkKey
    trace: str = ""

    def to_text(self) -> str:
        """Write the message."""
        return json.dumps(asdict(self.key) | {"traceparent": self.trace})


def announce_work(storage: Storage, key: WorkKey, trace: str | None = None) -> None:
    """Note that a piece of work is about to be queued, before its row says so.

    A process that dies between the row and the message then leaves this note, and the work is queued again.
    `trace` is what asked for the work; None takes what is under way.
    """
    row = {
        "PartitionKey": ACTIVE,
        "RowKey": key.active_key,
        "Key": WorkMessage(key, telemetry.current_trace() if trace is None else trace).to_text(),
        "SentAt": datetime.now(UTC).isoformat(),
    }
    storage.table("jobs").upsert_entity(row, mode=UpdateMode.REPLACE)


def enqueue_work(storage: Storage, key: WorkKey, delay_seconds: float = 0, trace: str | None = None) -> None:
    """Send the message that starts a piece of work, and note that it is active."""
    announce_work(storage, key, trace)
    send_message(storage, key, delay_seconds, trace)


def send_message(storage: Storage, key: WorkKey, delay_seconds: float = 0, trace: str | None = None) -> None:
    """Send a message about a piece of work; it comes after the delay."""
    message = WorkMessage(key, telemetry.current_trace() if trace is None else trace)
    storage.job_queue().send_message(message.to_text(), visibility_timeout=int(delay_seconds) or None)


def read_message(text: str) -> WorkMessage:
    """Read a queue message."""
    fields = json.loads(text)
    return WorkMessage(WorkKey(fields["table"], fields["partition"], fields["key"]), fields.get("traceparent", ""))


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


def cancel_work(storage: Storage, key: WorkKey) -> None:
    """Cancel a piece of work unless it has ended; doing it twice is the same as once."""

    def cancel(row: Row) -> Row | None:
        if State(row["State"]).is_final:
            return None
        return row | {
            "State": State.CANCELLED.value,
            "Owner": "",
            "EndedAt": datetime.now(UTC).isoformat(),
        }

    change_row(storage.table(key.table), key.partition, key.key, cancel)
    delete_row(storage.table("jobs"), ACTIVE, key.active_key)


def requeue_orphans(storage: Storage, *, now: datetime) -> int:
    """Send a message again for every piece of work that nobody does; returns how many.

    That is work whose owner stopped living, and queued work whose message was sent long ago, or never: a message too
    many does nothing.
    """
    count = 0
    for active in list_rows(storage.table("jobs"), ACTIVE):
        message = read_message(active["Key"])
        key = message.key
        row = find_row(storage.table(key.table), key.partition, key.key)
        stale = datetime.fromisoformat(active["SentAt"]) + STALE_AFTER < now
        if row is None or State(row["State"]).is_final or (row["State"] == State.NOT_STARTED and stale):
            delete_row(storage.table("jobs"), ACTIVE, key.active_key)
        elif _is_orphan(row, stale, now):
            enqueue_work(storage, key, trace=message.trace)
            count += 1
    return count


def _is_orphan(row: Row, stale: bool, now: datetime) -> bool:
    if row["State"] == State.RUNNING:
        return datetime.fromisoformat(row["LeaseUntil"]) < now
    return stale and row["State"] == State.QUEUED


def new_work_row(partition: str, key: str, state: State, *, now: datetime) -> Row:
    """Return the columns every piece of work starts with."""
    return {
        "PartitionKey": partition,
        "RowKey": key,
        "State": state.value,
        "Owner": "",
        "LeaseUntil": now.isoformat(),
        "Attempt": 0,
        "Progress": _to_json(Progress()),
        "Details": "",
        "CreatedAt": now.isoformat(),
        "StartedAt": "",
        "EndedAt": "",
    }


def read_progress(row: Row) -> Progress:
    """Return the progress of a row."""
    return Progress(**json.loads(row["Progress"]))


def _claim(storage: Storage, key: WorkKey, lease_seconds: float, queued: bool, known: Row | None) -> Claim | None:
    owner = uuid.uuid4().hex
    busy_seconds = 0.0

    def take(row: Row) -> Row | None:
        nonlocal busy_seconds
        now = datetime.now(UTC)
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


def _to_json(progress: Progress) -> str:
    return json.dumps(asdict(progress))
