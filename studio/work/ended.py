"""Notes what work has ended in the workspace's activity (studio/storage/activity_log.py)."""

import json

from studio.storage.account import Storage
from studio.storage.activity_log import Event, record_event
from studio.storage.rows import Row
from studio.work.state import WorkKey, read_work

KINDS = ("jobs", "runs", "pipelineruns", "challenges")


def note_end(storage: Storage, key: WorkKey, row: Row) -> None:
    """Note that a piece of work has ended, as its row says; parts of jobs are not noted."""
    if key.table not in KINDS:
        return
    work = read_work(key.table, row)
    record_event(
        storage,
        row.get("WorkspaceId") or key.tenant,
        Event(
            kind=key.table,
            id=key.key,
            place=key.partition,
            at=work.ended_at,
            state=work.state.value,
            name=row.get("Experiment") or row.get("Pipeline") or "",
            details=work.details,
            started_at=work.started_at or work.created_at,
            rows=work.progress.rows,
            more={name: value for name, value in _more(row).items() if value},
        ),
    )


def _more(row: Row) -> dict[str, object]:
    outcome = json.loads(row.get("Outcome") or "{}")
    shown = {name: outcome.get(name) for name in ("metric", "challenger", "champion", "rows")}
    passed = {"passed": outcome["passed"]} if outcome.get("passed") is not None else {}
    return shown | {name: str(value) for name, value in passed.items()} | {"policy": row.get("Policy")}
