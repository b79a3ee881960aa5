"""Pipeline triggers (schedules, tumbling windows, blob events), and the schedules of version 1 pipelines' slices.

A started trigger has a row of kind `trigger` in table `schedules`, a version 1 pipeline one of kind `slices`. Its
Cursor is described in windows.py for windows; for blob events it is `since` and `seen` (blobs written at exactly that
time).

References
----------
Section 4 of the notes on Data Factory.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from studio.pipelines.adf.documents import find, properties_of
from studio.pipelines.blob_events import list_new_blobs, read_blob_path
from studio.pipelines.documents import (
    PIPELINES,
    TRIGGERS,
    DocumentName,
    SavedDocument,
    get_factory_document,
    get_pipeline,
    put_factory_document,
    read_factory_document,
)
from studio.pipelines.firing import (
    SCHEDULE,
    SLICES,
    TRIGGER,
    TUMBLING,
    fire,
    moment_text,
    pipelines_of,
    recurrence_of,
    trigger_kind,
)
from studio.pipelines.runs import new_run_id
from studio.pipelines.windows import tumbling_plan
from studio.problems import Problems
from studio.storage.account import Storage
from studio.work.recurrence import read_recurrence
from studio.work.schedules import (
    NEVER,
    Schedule,
    delete_schedule,
    find_schedule,
    put_schedule,
    schedule_object,
)

STARTED, STOPPED = "Started", "Stopped"


def put_watched_document(
    storage: Storage, place: DocumentName, body: dict[str, Any], base_url: str, *, now: datetime
) -> SavedDocument:
    """Check and store a document; a started trigger stays started, and a version 1 pipeline is scheduled."""
    if place.kind == TRIGGERS:
        check_trigger(body, now=now)
    saved = put_factory_document(storage, place, body, base_url, now=now)
    if place.kind == PIPELINES:
        watch_slices(storage, saved, now=now)
    elif place.kind == TRIGGERS and schedule_state(storage, saved)["runtimeState"] == STARTED:
        start_trigger(storage, saved, now=now)
    return saved


def start_trigger(storage: Storage, saved: SavedDocument, *, now: datetime) -> None:
    """Start a trigger; a schedule trigger does not catch up on the times it missed while it was stopped.

    Raises
    ------
    BadArgument
        If the trigger is invalid.
    NotFound
        If a pipeline it names does not exist.
    """
    content = read_factory_document(storage, saved.document)
    for name, _ in pipelines_of(content):
        get_factory_document(storage, saved.workspace_id, PIPELINES, name)
    kind, properties = trigger_kind(content), find(properties_of(content), "typeProperties") or {}
    if kind == SCHEDULE:
        first = recurrence_of(properties, saved).after(now)
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, first.isoformat() if first else NEVER)
    elif kind == TUMBLING:
        before = find_schedule(storage, TRIGGER, saved.workspace_id, saved.key)
        tumbling_plan(properties)
        cursor = before.cursor if before else {}
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, now.isoformat(), cursor=cursor)
    else:
        # Storage records times in whole seconds: blobs of the current second are not new if they are already there.
        since = now.replace(microsecond=0).isoformat()
        there = list_new_blobs(storage, saved.workspace_id, properties, since, set())
        cursor = {"since": since, "seen": [blob.key for blob in there]}
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, now.isoformat(), cursor=cursor)
    put_schedule(storage, schedule)


def stop_trigger(storage: Storage, saved: SavedDocument) -> None:
    """Stop a trigger but remember which windows it has started. May be repeated."""
    before = find_schedule(storage, TRIGGER, saved.workspace_id, saved.key)
    if before is not None:
        put_schedule(storage, replace(before, next_at=NEVER))


def forget_trigger(storage: Storage, saved: SavedDocument) -> None:
    """Delete a document's schedule."""
    for kind in (TRIGGER, SLICES):
        delete_schedule(storage, kind, saved.workspace_id, saved.key)


def run_trigger_now(storage: Storage, saved: SavedDocument, *, now: datetime) -> list[str]:
    """Start the trigger's pipelines as if it fired now, without changing its schedule; return the run ids."""
    content = read_factory_document(storage, saved.document)
    moment = now.replace(microsecond=0)
    outputs = {"windowStartTime": moment_text(moment), "windowEndTime": moment_text(moment)}
    values = {"scheduledTime": moment_text(moment), "startTime": moment_text(now), "outputs": outputs}
    return list(fire(storage, saved, content, values, lambda _: new_run_id(), now))


def watch_slices(storage: Storage, saved: SavedDocument, *, now: datetime) -> None:
    """Schedule the slices of a version 1 pipeline; a version 2 pipeline needs a trigger instead."""
    pipeline = get_pipeline(storage, saved)
    if pipeline.active is None:
        delete_schedule(storage, SLICES, saved.workspace_id, saved.key)
        return
    before = find_schedule(storage, SLICES, saved.workspace_id, saved.key)
    cursor = before.cursor if before else {}
    at = NEVER if pipeline.active.paused else now.isoformat()
    put_schedule(storage, Schedule(SLICES, saved.workspace_id, saved.key, at, cursor=cursor))


def schedule_state(storage: Storage, saved: SavedDocument) -> dict[str, Any]:
    """Return a trigger's or version 1 pipeline's next run and why it was skipped, or {} for other documents."""
    if saved.kind not in (TRIGGERS, PIPELINES):
        return {}
    kind = TRIGGER if saved.kind == TRIGGERS else SLICES
    schedule = find_schedule(storage, kind, saved.workspace_id, saved.key)
    if schedule is None and saved.kind == PIPELINES:
        return {}
    started = schedule is not None and schedule.next_at != NEVER
    return {"runtimeState": STARTED if started else STOPPED} | schedule_object(schedule)


def check_trigger(content: dict[str, Any], *, now: datetime) -> None:
    """Raise BadArgument, with all that is wrong, unless a document is a valid trigger."""
    problems = Problems()
    problems.attempt(pipelines_of, content)
    kind, properties = problems.attempt(trigger_kind, content), find(properties_of(content), "typeProperties") or {}
    if kind == SCHEDULE:
        problems.attempt(lambda: read_recurrence(find(properties, "recurrence"), now=now))
    elif kind == TUMBLING:
        problems.attempt(tumbling_plan, properties)
    elif kind is not None:
        problems.attempt(read_blob_path, properties)
    problems.raise_all()
