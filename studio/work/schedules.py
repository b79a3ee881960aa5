"""Schedules: one row for each policy, trigger or pipeline that a timer starts.

Table `schedules`: partition key is `due`, row key `{kind}-{workspace id}-{key}`; columns NextAt (when it is due next),
LastAt, LastRun (what it last started), Skipped (why it started nothing when it was last due), Cursor (JSON, by kind).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.data.tables import UpdateMode

from studio.storage.account import Storage
from studio.storage.event_log import SCHEDULE_SKIPPED, Notice, emit
from studio.storage.rows import Row, delete_row, find_row, list_rows, replace_row
from studio.wire import optional_classic_time

DUE = "due"
# Later than any time: not due until a time is set.
NEVER = "9999"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is due next, and what happened when it was last due."""

    kind: str
    workspace_id: str
    key: str
    next_at: str = NEVER
    last_at: str = ""
    last_run: str = ""
    skipped: str = ""
    cursor: dict[str, Any] = field(default_factory=dict)
    etag: str = ""


def put_schedule(storage: Storage, schedule: Schedule) -> None:
    """Store a schedule, replacing an existing one."""
    storage.table("schedules").upsert_entity(_to_row(schedule), mode=UpdateMode.REPLACE)


def find_schedule(storage: Storage, kind: str, workspace_id: str, key: str) -> Schedule | None:
    """Return a schedule, or None if there is none."""
    row = find_row(storage.table("schedules"), DUE, _key(kind, workspace_id, key))
    return _from_row(row) if row else None


def delete_schedule(storage: Storage, kind: str, workspace_id: str, key: str) -> None:
    """Delete a schedule; may be repeated."""
    delete_row(storage.table("schedules"), DUE, _key(kind, workspace_id, key))


def list_due(storage: Storage, *, now: datetime) -> Iterator[Schedule]:
    """Yield the schedules that are due."""
    for row in list_rows(storage.table("schedules"), DUE, f"NextAt le '{now.isoformat()}'"):
        yield _from_row(row)


def list_schedules(
    storage: Storage, kind: str, workspace_id: str, *, start: str = "", end: str = ""
) -> Iterator[Schedule]:
    """Yield a workspace's schedules of a kind: all, or those that are due from `start` on and before `end`."""
    first = _key(kind, workspace_id, "")
    within = f"RowKey ge '{first}' and RowKey lt '{first[:-1]}.'"
    if end:
        within += f" and NextAt ge '{start}' and NextAt lt '{end}'"
    for row in list_rows(storage.table("schedules"), DUE, within):
        yield _from_row(row)


def move_schedule(storage: Storage, schedule: Schedule) -> bool:
    """Store a schedule read earlier; return False if it was changed or deleted in the meantime."""
    return replace_row(storage.table("schedules"), _to_row(schedule), schedule.etag) is not None


def tell_skipped(storage: Storage, schedule: Schedule, reason: str, *, now: datetime) -> None:
    """Record the event that a due schedule could start nothing; once for each time that it was due.

    An error of storage rises: the schedule, which is moved after this, then stays due.
    """
    data = {"kind": schedule.kind, "key": schedule.key, "due": schedule.next_at, "reason": reason}
    key = f"{schedule.kind}/{schedule.key}/{schedule.next_at}"
    subject = f"schedules/{schedule.kind}/{schedule.key}"
    emit(storage, schedule.workspace_id, Notice(SCHEDULE_SKIPPED, subject, data, key, now.isoformat()), must=True)


def schedule_object(schedule: Schedule | None) -> dict[str, Any]:
    """Return a schedule as the API shows it: next and last time, the run it started, or why it started none."""
    if schedule is None:
        return {"NextRun": None, "LastRun": None, "LastRunId": None, "Skipped": None}
    return {
        "NextRun": optional_classic_time("" if schedule.next_at == NEVER else schedule.next_at),
        "LastRun": optional_classic_time(schedule.last_at),
        "LastRunId": schedule.last_run or None,
        "Skipped": schedule.skipped or None,
    }


def _key(kind: str, workspace_id: str, key: str) -> str:
    return f"{kind}-{workspace_id}-{key}"


def _to_row(schedule: Schedule) -> Row:
    return {
        "PartitionKey": DUE,
        "RowKey": _key(schedule.kind, schedule.workspace_id, schedule.key),
        "Kind": schedule.kind,
        "WorkspaceId": schedule.workspace_id,
        "Key": schedule.key,
        "NextAt": schedule.next_at,
        "LastAt": schedule.last_at,
        "LastRun": schedule.last_run,
        "Skipped": schedule.skipped,
        "Cursor": json.dumps(schedule.cursor),
    }


def _from_row(row: Row) -> Schedule:
    return Schedule(
        row["Kind"],
        row["WorkspaceId"],
        row["Key"],
        row["NextAt"],
        row["LastAt"],
        row["LastRun"],
        row["Skipped"],
        json.loads(row["Cursor"]),
        row["etag"],
    )
