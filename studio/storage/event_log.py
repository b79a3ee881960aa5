"""Events: what happened in a workspace that somebody may want to be told, each recorded once (studio/events/ tells it).

Table `events`: partition key is the workspace id. An event is written by one transaction of three rows, so that it is
there whole or not at all: `i-{id}` keeps it from being recorded twice, `e-{time, counted backwards}-{id}` has the
event (At, Type, Subject, Data as JSON), newest first, and `p-{time}-{id}` waits for its subscribers.
Partition `announced`: events of changes that are about to be made, for the case that the process dies right after one;
row key `{workspace id}-{id}`; AnnouncedAt, Notice (JSON), Witness (JSON: what shows that the change was made).

References
----------
Names of types and the attributes id, source, type, subject and time: CloudEvents 1.0.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import AzureError
from azure.data.tables import TableTransactionError, UpdateMode

from studio.storage.account import Storage
from studio.storage.rows import Row, delete_row, list_rows

TABLE = "events"
ANNOUNCED = "announced"
SWAPPED = "perennial.model.swapped"
PROMOTION_STEP, PROMOTION_ROLLED_BACK = "perennial.promotion.step", "perennial.promotion.rolledback"
CHALLENGE_REFUSED, JOB_FAILED = "perennial.challenge.refused", "perennial.job.failed"
DRIFT_DETECTED, SCHEDULE_SKIPPED = "perennial.drift.detected", "perennial.schedule.skipped"
KEY_REGENERATED, MESSAGE_POISONED = "perennial.key.regenerated", "perennial.message.poisoned"
TYPES = (
    SWAPPED,
    PROMOTION_STEP,
    PROMOTION_ROLLED_BACK,
    CHALLENGE_REFUSED,
    JOB_FAILED,
    DRIFT_DETECTED,
    SCHEDULE_SKIPPED,
    KEY_REGENERATED,
    MESSAGE_POISONED,
)
EVENT, ID, PENDING = "e-", "i-", "p-"
# Later than the year 9999 in microseconds, so that a later time has a smaller key.
LAST = 10**18
MAX_SUBJECT, MAX_TEXT, MAX_DATA = 500, 500, 16_000
CONFLICT = 409
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened.

    Parameters
    ----------
    type
        One of TYPES.
    subject
        What it happened to, as a path below the workspace, such as `services/{id}/endpoints/{name}`.
    data
        More about it, as JSON: names, versions, figures and reasons; never a key, a SAS token or a row of data.
    key
        What tells this event from all others of its type, such as an endpoint's id and the number of its change.
        With the same key, an event is recorded once, however often it is emitted.
    at
        When it happened, in ISO 8601.
    """

    type: str
    subject: str
    data: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as recorded; `place` is the key of its row, by which lists continue."""

    id: str
    type: str
    subject: str
    at: str
    data: dict[str, Any]
    place: str


def emit(storage: Storage, workspace_id: str, notice: Notice, *, must: bool = False) -> bool:
    """Record an event; repeated with the same key, it is recorded once. Sends nothing: the timer does that.

    Parameters
    ----------
    must
        Whether an error of storage rises. Otherwise the work goes on, and the log has a warning.

    Returns
    -------
    Whether the event is recorded, now or before. A caller that can repeat the step emits before it writes that the
    step is done, so that an event is lost by no death of the process; others announce it (studio/events/intents.py).
    """
    id_, at = event_id(workspace_id, notice), notice.at or storage.clock().isoformat()
    moment = _microseconds(at)
    place = f"{EVENT}{LAST - moment:018d}-{id_}"
    common = {"PartitionKey": workspace_id, "At": at}
    event = common | {
        "RowKey": place,
        "Type": notice.type,
        "Subject": notice.subject[:MAX_SUBJECT],
        "Data": _data_text(notice.data),
    }
    try:
        storage.table(TABLE).submit_transaction(
            [
                ("create", common | {"RowKey": f"{ID}{id_}"}),
                ("upsert", event, {"mode": UpdateMode.REPLACE}),
                ("upsert", common | {"RowKey": f"{PENDING}{moment:018d}-{id_}"}, {"mode": UpdateMode.REPLACE}),
            ]
        )
    except TableTransactionError as error:
        if error.status_code == CONFLICT:
            return True
        return _failed(notice, error, must)
    except AzureError as error:
        return _failed(notice, error, must)
    fields = {"perennial.event.type": notice.type, "perennial.event.id": id_, "perennial.workspace.id": workspace_id}
    logger.info("Event %s: %s", notice.type, notice.subject[:MAX_SUBJECT], extra=fields)
    return True


def announce(storage: Storage, workspace_id: str, notice: Notice, witness: dict[str, Any]) -> None:
    """Note the event of a change right before the change is written, so that the timer emits it if this process dies.

    Parameters
    ----------
    witness
        How to see that the change was made, as studio/events/announced.py reads it.
    """
    row = {
        "PartitionKey": ANNOUNCED,
        "RowKey": f"{workspace_id}-{event_id(workspace_id, notice)}",
        "AnnouncedAt": storage.clock().isoformat(),
        "Notice": json.dumps(asdict(notice)),
        "Witness": json.dumps(witness),
    }
    storage.table(TABLE).upsert_entity(row, mode=UpdateMode.REPLACE)


def emit_announced(storage: Storage, workspace_id: str, notice: Notice) -> None:
    """Record the event of a change that was announced and is made; the timer does it if storage fails here."""
    if not emit(storage, workspace_id, notice):
        return
    try:
        delete_row(storage.table(TABLE), ANNOUNCED, f"{workspace_id}-{event_id(workspace_id, notice)}")
    except AzureError as error:
        logger.warning("The event %s of %s stays announced: %s", notice.type, notice.subject, type(error).__name__)


def event_id(workspace_id: str, notice: Notice) -> str:
    """Return the id of an event, 32 hex digits, which is the same whenever it is emitted."""
    return hashlib.sha256(f"{workspace_id}/{notice.type}/{notice.key}".encode()).hexdigest()[:32]


def list_recorded(
    storage: Storage, workspace_id: str, *, since: str = "", type_: str = "", after: str = ""
) -> Iterator[Recorded]:
    """Yield a workspace's events, newest first.

    Parameters
    ----------
    since
        A time in ISO 8601; earlier events are left out.
    type_
        One of TYPES, or empty for all.
    after
        The `place` of the last event of the page before.
    """
    last = f"{EVENT}{LAST - _microseconds(since):018d}." if since else "e."
    wanted = f"RowKey gt '{after if after > EVENT else EVENT}' and RowKey le '{last}'"
    for row in list_rows(storage.table(TABLE), workspace_id, wanted + (f" and Type eq '{type_}'" if type_ else "")):
        yield recorded_event(row)


def recorded_event(row: Row) -> Recorded:
    """Return the event of a row."""
    place = row["RowKey"]
    return Recorded(place[-32:], row["Type"], row["Subject"], row["At"], json.loads(row["Data"]), place)


def event_place(pending: str) -> str:
    """Return the key of the row of an event, given that of the row which says that the event is pending."""
    moment, _, id_ = pending.removeprefix(PENDING).partition("-")
    return f"{EVENT}{LAST - int(moment):018d}-{id_}"


def _failed(notice: Notice, error: AzureError, must: bool) -> bool:
    logger.warning("The event %s of %s is not recorded: %s", notice.type, notice.subject, type(error).__name__)
    if must:
        raise error
    return False


def _microseconds(at: str) -> int:
    moment = datetime.fromisoformat(at)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def _data_text(data: dict[str, Any]) -> str:
    """Return the data of an event as its column holds it: what is too long is cut, since storage would refuse it."""
    text = json.dumps(data)
    if len(text) <= MAX_DATA:
        return text
    short = json.dumps({name: value[:MAX_TEXT] if isinstance(value, str) else value for name, value in data.items()})
    return short if len(short) <= MAX_DATA else json.dumps({"truncated": True})
