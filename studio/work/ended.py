"""Tells what work has ended: in the workspace's activity, and as an event if it failed or a challenger was refused."""

import json

from studio.storage.account import Storage
from studio.storage.activity_log import Event, record_event
from studio.storage.event_log import CHALLENGE_REFUSED, JOB_FAILED, Notice, emit
from studio.storage.rows import Row
from studio.work.state import State, Work, WorkKey, read_work

KINDS = ("jobs", "runs", "pipelineruns", "challenges")


def note_end(storage: Storage, key: WorkKey, row: Row) -> bool:
    """Tell that a piece of work has ended, as its row says; parts of jobs are not told of. May be repeated.

    Returns
    -------
    False if storage failed: the work then stays in the outbox, and the timer tells of its end.
    """
    # Work that an earlier version ended without a time has nothing that could be told in order.
    if key.table not in KINDS or not row["EndedAt"]:
        return True
    work, workspace = read_work(key.table, row), row.get("WorkspaceId") or key.tenant
    more = {name: value for name, value in _more(row).items() if value or value is False}
    record_event(
        storage,
        workspace,
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
            more=more,
        ),
    )
    notice = _notice(key, work, row, more)
    return notice is None or emit(storage, workspace, notice)


def _notice(key: WorkKey, work: Work, row: Row, more: dict[str, object]) -> Notice | None:
    """Return the event of work that ended; None if nobody need be told, as of a run, which somebody watches."""
    refused = key.table == "challenges" and json.loads(row.get("Outcome") or "{}").get("passed") is False
    if key.table == "runs" or not (work.state == State.FAILED or refused):
        return None
    place = key.table if key.table == "pipelineruns" else f"endpoints/{key.partition}/{key.table}"
    data = {"kind": key.table, "id": key.key, "details": work.details} | more
    data |= {"endpointId": key.partition} if key.table != "pipelineruns" else {"pipeline": row.get("Pipeline", "")}
    if refused:
        data |= {"why": json.loads(row["Outcome"]).get("why"), "model": row.get("Model"), "jobId": row.get("JobId")}
    type_ = CHALLENGE_REFUSED if refused else JOB_FAILED
    return Notice(type_, f"{place}/{key.key}", data, f"{key.table}/{key.partition}/{key.key}", work.ended_at)


def _more(row: Row) -> dict[str, object]:
    outcome = json.loads(row.get("Outcome") or "{}")
    shown = {name: outcome.get(name) for name in ("metric", "challenger", "champion", "rows", "passed")}
    return shown | {"policy": row.get("Policy")}
