"""The work queue: sends the messages that start work, cancels work, and requeues work whose worker died.

A piece of work is a row with the columns of state.py. While it is queued or running, table `jobs` also has an outbox
row: partition key `active`, row key `{table}-{partition}-{key}`, with whose work it is (Workspace), the message (Key),
when it was sent (SentAt), when it is due (NotBefore) and when a worker took it (TakenAt; empty while it waits). Orphans
are found there without a table scan. Which work a message starts is left to turns.py, claiming it to leases.py.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from azure.data.tables import UpdateMode

from studio import telemetry
from studio.storage.account import Storage
from studio.storage.rows import Row, change_row, delete_row, find_row, list_rows, replace_row
from studio.work.ended import note_end
from studio.work.state import State, WorkKey

ACTIVE = "active"
# The message of queued work is sent again after this long, which exceeds any delay that messages are sent with.
STALE_AFTER = timedelta(minutes=5)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkMessage:
    """A queue message: the piece of work, and the `traceparent` of the request that asked for it (may be empty)."""

    key: WorkKey
    trace: str = ""

    def to_text(self) -> str:
        """Return the text of the message."""
        return json.dumps(asdict(self.key) | {"traceparent": self.trace})


def record_outbox(storage: Storage, key: WorkKey, trace: str | None = None, delay_seconds: float = 0) -> None:
    """Record in the outbox that a piece of work is about to be queued, before its row says so.

    If the process dies after writing the row but before sending the message, requeue_orphans finds the outbox entry.

    Parameters
    ----------
    trace
        The `traceparent` of the request that asked for the work; None means the current span.
    delay_seconds
        How long the work is to wait.
    """
    now = storage.clock()
    row = {
        "PartitionKey": ACTIVE,
        "RowKey": key.active_key,
        "Workspace": key.tenant,
        "Key": WorkMessage(key, telemetry.current_trace() if trace is None else trace).to_text(),
        "SentAt": now.isoformat(),
        "NotBefore": (now + timedelta(seconds=int(delay_seconds))).isoformat(),
        "TakenAt": "",
    }
    storage.table("jobs").upsert_entity(row, mode=UpdateMode.REPLACE)


def enqueue_work(storage: Storage, key: WorkKey, delay_seconds: float = 0, trace: str | None = None) -> None:
    """Record a piece of work in the outbox and send the message that starts it, visible after the delay."""
    record_outbox(storage, key, trace, delay_seconds)
    send_message(storage, key, delay_seconds, trace)


def list_active(storage: Storage, workspace_id: str) -> Iterator[tuple[WorkKey, bool]]:
    """Yield a workspace's queued and running work, and whether a worker took it."""
    for row in list_rows(storage.table("jobs"), ACTIVE, f"Workspace eq '{workspace_id}'", ["Key", "TakenAt"]):
        yield read_message(row["Key"]).key, bool(row.get("TakenAt"))


def send_message(storage: Storage, key: WorkKey, delay_seconds: float = 0, trace: str | None = None) -> None:
    """Send a message about a piece of work; it becomes visible after the delay."""
    message = WorkMessage(key, telemetry.current_trace() if trace is None else trace)
    storage.job_queue().send_message(message.to_text(), visibility_timeout=int(delay_seconds) or None)


def read_message(text: str) -> WorkMessage:
    """Read a queue message."""
    fields = json.loads(text)
    key = WorkKey(fields["table"], fields["partition"], fields["key"], fields.get("workspace", ""))
    return WorkMessage(key, fields.get("traceparent", ""))


def cancel_work(storage: Storage, key: WorkKey) -> None:
    """Cancel a piece of work unless it has ended; may be repeated."""

    def cancel(row: Row) -> Row | None:
        if State(row["State"]).is_final:
            return None
        return row | {
            "State": State.CANCELLED.value,
            "Owner": "",
            "EndedAt": storage.clock().isoformat(),
        }

    cancelled = change_row(storage.table(key.table), key.partition, key.key, cancel)
    if cancelled is not None:
        note_end(storage, key, cancelled)
    delete_row(storage.table("jobs"), ACTIVE, key.active_key)


def requeue_orphans(storage: Storage, *, now: datetime) -> int:
    """Send a new message for every orphaned piece of work, and return how many.

    Work is orphaned if its lease has expired, or if it is queued and its message was sent long ago or never. A message
    starts any work that waits, so work that waits for long needs no other one while the queue has enough of them.
    """
    count, messages = 0, storage.job_queue().get_queue_properties().approximate_message_count or 0
    for active in list_rows(storage.table("jobs"), ACTIVE):
        message = read_message(active["Key"])
        key = message.key
        row = find_row(storage.table(key.table), key.partition, key.key)
        stale = datetime.fromisoformat(active["SentAt"]) + STALE_AFTER < now
        ended = row is not None and State(row["State"]).is_final
        if ended and row is not None and not note_end(storage, key, row):
            # Its worker died before it told of the end; storage fails now, so the next tick tries again.
            continue
        if row is None or ended or (row["State"] == State.NOT_STARTED and stale):
            delete_row(storage.table("jobs"), ACTIVE, key.active_key)
        elif _is_orphan(row, stale, now):
            if row["State"] == State.QUEUED and not active.get("TakenAt") and messages > 0:
                messages -= 1
                continue
            enqueue_work(storage, key, trace=message.trace)
            count += 1
            continue
        if "Workspace" not in active:
            # Earlier versions did not write it.
            replace_row(storage.table("jobs"), active | {"Workspace": key.tenant}, active["etag"])
    return count


def _is_orphan(row: Row, stale: bool, now: datetime) -> bool:
    if row["State"] == State.RUNNING:
        return datetime.fromisoformat(row["LeaseUntil"]) < now
    return stale and row["State"] == State.QUEUED
