"""What comes due: one row for each policy, trigger or pipeline that a timer looks after.

Table `schedules`: partition key is `due`, row key `{kind}-{workspace id}-{key}`; NextAt (when to look again), LastAt,
LastRun (what it started last), Skipped (why it started nothing the last time it was due), Cursor (JSON of its kind).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.data.tables import UpdateMode

from studio.storage.account import Storage
from studio.storage.rows import Row, delete_row, find_row, list_rows, replace_row
from studio.wire import optional_classic_time

DUE = "due"
# Later than any time there is: nothing is due until someone says when.
NEVER = "9999"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something comes due next, and what became of it the last time."""

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
    """Store a schedule in the place of the one that was there."""
    storage.table("schedules").upsert_entity(_to_row(schedule), mode=UpdateMode.REPLACE)


def find_schedule(storage: Storage, kind: str, workspace_id: str, key: str) -> Schedule | None:
    """Return a schedule, or None."""
    row = find_row(storage.table("schedules"), DUE, _key(kind, workspace_id, key))
    return _from_row(row) if row else None


def delete_schedule(storage: Storage, kind: str, workspace_id: str, key: str) -> None:
    """Delete a schedule; may be repeated."""
    delete_row(storage.table("schedules"), DUE, _key(kind, workspace_id, key))


def list_due(storage: Storage, *, now: datetime) -> Iterator[Schedule]:
    """Yield what is due."""
    for row in list_rows(storage.table("schedules"), DUE, f"NextAt le '{now.isoformat()}'"):
        yield _from_row(row)


def move_schedule(storage: Storage, schedule: Schedule) -> bool:
    """Store a schedule that was read before; False if it was changed or deleted meanwhile."""
    return replace_row(storage.table("schedules"), _to_row(schedule), schedule.etag) is not None


def schedule_object(schedule: Schedule | None) -> dict[str, Any]:
    """Return the next time, the last one, what it started and why it did not, as the API shows them."""
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
