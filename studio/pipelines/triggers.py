"""Triggers of pipelines: schedules, tumbling windows, blob events, and the slices of pipelines of version 1.

A trigger that is started has a row in table `schedules` (kind `trigger`), a pipeline of version 1 one of kind `slices`.
The Cursor of windows is that of due_windows.py; of blob events it is `since` and `seen` (blobs of that very moment).

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
from studio.pipelines.firing import SCHEDULE, SLICES, TRIGGER, TUMBLING, _fire, _kind, _pipelines, _recurrence, _text
from studio.pipelines.runs import new_run_id
from studio.pipelines.windows import tumbling_plan
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
    """Check and store a document; a trigger stays started or stopped, a pipeline of version 1 is looked after."""
    if place.kind == TRIGGERS:
        check_trigger(body, now=now)
    saved = put_factory_document(storage, place, body, base_url, now=now)
    if place.kind == PIPELINES:
        watch_slices(storage, saved, now=now)
    elif place.kind == TRIGGERS and schedule_state(storage, saved)["runtimeState"] == STARTED:
        start_trigger(storage, saved, now=now)
    return saved


def start_trigger(storage: Storage, saved: SavedDocument, *, now: datetime) -> None:
    """Let a trigger fire from now on; a schedule that was stopped does not catch up on what it missed meanwhile.

    Raises
    ------
    BadArgument
        If the trigger or a pipeline it names is wrong.
    """
    content = read_factory_document(storage, saved.document)
    for name, _ in _pipelines(content):
        get_factory_document(storage, saved.workspace_id, PIPELINES, name)
    kind, properties = _kind(content), find(properties_of(content), "typeProperties") or {}
    if kind == SCHEDULE:
        first = _recurrence(properties, saved).after(now)
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, first.isoformat() if first else NEVER)
    elif kind == TUMBLING:
        before = find_schedule(storage, TRIGGER, saved.workspace_id, saved.key)
        tumbling_plan(properties)
        cursor = before.cursor if before else {}
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, now.isoformat(), cursor=cursor)
    else:
        # Storage tells times in whole seconds: what is there of this one came before.
        since = now.replace(microsecond=0).isoformat()
        there = list_new_blobs(storage, saved.workspace_id, properties, since, set())
        cursor = {"since": since, "seen": [blob.key for blob in there]}
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, now.isoformat(), cursor=cursor)
    put_schedule(storage, schedule)


def stop_trigger(storage: Storage, saved: SavedDocument) -> None:
    """Let a trigger fire no more; its place among windows is kept. May be repeated."""
    before = find_schedule(storage, TRIGGER, saved.workspace_id, saved.key)
    if before is not None:
        put_schedule(storage, replace(before, next_at=NEVER))


def forget_trigger(storage: Storage, saved: SavedDocument) -> None:
    """Take a document's schedule away, as deleting the document does."""
    for kind in (TRIGGER, SLICES):
        delete_schedule(storage, kind, saved.workspace_id, saved.key)


def run_trigger_now(storage: Storage, saved: SavedDocument, *, now: datetime) -> list[str]:
    """Start the trigger's pipelines as if it fired now; when it fires next stays. Returns the runs' ids."""
    content = read_factory_document(storage, saved.document)
    moment = now.replace(microsecond=0)
    outputs = {"windowStartTime": _text(moment), "windowEndTime": _text(moment)}
    values = {"scheduledTime": _text(moment), "startTime": _text(now), "outputs": outputs}
    return list(_fire(storage, saved, content, values, lambda _: new_run_id(), now))


def watch_slices(storage: Storage, saved: SavedDocument, *, now: datetime) -> None:
    """Look after a pipeline of version 1 from its next minute on; one of version 2 needs a trigger."""
    pipeline = get_pipeline(storage, saved)
    if pipeline.active is None:
        delete_schedule(storage, SLICES, saved.workspace_id, saved.key)
        return
    before = find_schedule(storage, SLICES, saved.workspace_id, saved.key)
    cursor = before.cursor if before else {}
    at = NEVER if pipeline.active.paused else now.isoformat()
    put_schedule(storage, Schedule(SLICES, saved.workspace_id, saved.key, at, cursor=cursor))


def schedule_state(storage: Storage, saved: SavedDocument) -> dict[str, Any]:
    """Return when a trigger, or a pipeline of version 1, runs next, and why it did not; nothing for other documents."""
    if saved.kind not in (TRIGGERS, PIPELINES):
        return {}
    kind = TRIGGER if saved.kind == TRIGGERS else SLICES
    schedule = find_schedule(storage, kind, saved.workspace_id, saved.key)
    if schedule is None and saved.kind == PIPELINES:
        return {}
    started = schedule is not None and schedule.next_at != NEVER
    return {"runtimeState": STARTED if started else STOPPED} | schedule_object(schedule)


def check_trigger(content: dict[str, Any], *, now: datetime) -> None:
    """Raise BadArgument unless a document is a trigger that could be started."""
    _pipelines(content)
    kind, properties = _kind(content), find(properties_of(content), "typeProperties") or {}
    if kind == SCHEDULE:
        read_recurrence(find(properties, "recurrence"), now=now)
    elif kind == TUMBLING:
        tumbling_plan(properties)
    else:
        read_blob_path(properties)
