"""Work that queue messages start: claimed by one process at a time, taken over when its owner dies, finished once.

A piece of work is a row of table `jobs` or `runs` with the columns State, Owner, LeaseUntil, Attempt, Progress,
Details. Row (`active`, …) of table `jobs` stands for each piece that is queued or running, so that orphans are found
without a scan.
"""

import json
import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from azure.data.tables import UpdateMode

from studio import telemetry
from studio.storage.account import Storage
from studio.storage.rows import Row, change_row, delete_row, find_row, list_rows
from studio.work.state import State, WorkKey

ACTIVE = "active"
# After this long the message of queued work is sent again; longer than any delay it is sent with.
STALE_AFTER = timedelta(minutes=5)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkMessage:
    """What a queue message says: which piece of work, and the `traceparent` of what asked for it, or nothing."""

    key: WorkKey
    trace: str = ""

    def to_text(self) -> str:
        """Write the message."""
        return json.dumps(asdict(self.key) | {"traceparent": self.trace})


def record_outbox(storage: Storage, key: WorkKey, trace: str | None = None) -> None:
    """Note that a piece of work is about to be queued, before its row says so.

    A process that dies between the row and the message then leaves this note, and the work is queued again.
    `trace` is what asked for the work; None takes what is under way.
    """
    row = {
        "PartitionKey": ACTIVE,
        "RowKey": key.active_key,
        "Key": WorkMessage(key, telemetry.current_trace() if trace is None else trace).to_text(),
        "SentAt": storage.clock().isoformat(),
    }
    storage.table("jobs").upsert_entity(row, mode=UpdateMode.REPLACE)


def enqueue_work(storage: Storage, key: WorkKey, delay_seconds: float = 0, trace: str | None = None) -> None:
    """Send the message that starts a piece of work, and note that it is active."""
    record_outbox(storage, key, trace)
    send_message(storage, key, delay_seconds, trace)


def send_message(storage: Storage, key: WorkKey, delay_seconds: float = 0, trace: str | None = None) -> None:
    """Send a message about a piece of work; it comes after the delay."""
    message = WorkMessage(key, telemetry.current_trace() if trace is None else trace)
    storage.job_queue().send_message(message.to_text(), visibility_timeout=int(delay_seconds) or None)


def read_message(text: str) -> WorkMessage:
    """Read a queue message."""
    fields = json.loads(text)
    return WorkMessage(WorkKey(fields["table"], fields["partition"], fields["key"]), fields.get("traceparent", ""))


def cancel_work(storage: Storage, key: WorkKey) -> None:
    """Cancel a piece of work unless it has ended; doing it twice is the same as once."""

    def cancel(row: Row) -> Row | None:
        if State(row["State"]).is_final:
            return None
        return row | {
            "State": State.CANCELLED.value,
            "Owner": "",
            "EndedAt": storage.clock().isoformat(),
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
