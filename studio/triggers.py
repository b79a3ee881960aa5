"""Triggers of pipelines: schedules, tumbling windows, blob events, and the slices of pipelines of version 1.

A trigger that is started has a row in table `schedules` (kind `trigger`), a pipeline of version 1 one of kind `slices`.
The Cursor of windows is that of due_windows.py; of blob events it is `since` and `seen` (blobs of that very moment).

References
----------
Section 4 of the notes on Data Factory.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from studio.adf.dates import format_date
from studio.adf.documents import find, list_of, object_of, properties_of, wrong
from studio.adf.expressions import Scope, evaluate
from studio.adf.functions import v2_functions
from studio.adf.recurrence import Recurrence, read_recurrence
from studio.blob_events import list_new_blobs, read_blob_path
from studio.deployment import Deployment
from studio.due_windows import MAX_STARTS, in_a_minute, slice_plan, start_windows, tumbling_plan
from studio.errors import StudioError
from studio.factory import (
    PIPELINES,
    TRIGGERS,
    SavedDocument,
    find_document_by_key,
    get_dataset,
    get_factory_document,
    get_pipeline,
    put_factory_document,
    read_factory_document,
)
from studio.pipeline_runs import Occasion, create_run, new_run_id, occasion_id
from studio.schedules import (
    NEVER,
    Schedule,
    delete_schedule,
    find_schedule,
    move_schedule,
    put_schedule,
    schedule_object,
)

STARTED, STOPPED = "Started", "Stopped"
TRIGGER, SLICES = "trigger", "slices"
SCHEDULE, TUMBLING, BLOBS = "ScheduleTrigger", "TumblingWindowTrigger", "BlobEventsTrigger"


def put_watched_document(
    deployment: Deployment,
    workspace_id: str,
    kind: str,
    name: str,
    body: dict[str, Any],
    base_url: str,
    *,
    now: datetime,
) -> SavedDocument:
    """Check and store a document; a trigger stays started or stopped, a pipeline of version 1 is looked after."""
    if kind == TRIGGERS:
        check_trigger(body, now=now)
    saved = put_factory_document(deployment, workspace_id, kind, name, body, base_url, now=now)
    if kind == PIPELINES:
        watch_slices(deployment, saved, now=now)
    elif kind == TRIGGERS and schedule_state(deployment, saved)["runtimeState"] == STARTED:
        start_trigger(deployment, saved, now=now)
    return saved


def start_trigger(deployment: Deployment, saved: SavedDocument, *, now: datetime) -> None:
    """Let a trigger fire from now on; a schedule that was stopped does not catch up on what it missed meanwhile.

    Raises
    ------
    BadArgument
        If the trigger or a pipeline it names is wrong.
    """
    content = read_factory_document(deployment, saved.document)
    for name, _ in _pipelines(content):
        get_factory_document(deployment.storage, saved.workspace_id, PIPELINES, name)
    kind, properties = _kind(content), find(properties_of(content), "typeProperties") or {}
    if kind == SCHEDULE:
        first = _recurrence(properties, saved).after(now)
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, first.isoformat() if first else NEVER)
    elif kind == TUMBLING:
        before = find_schedule(deployment.storage, TRIGGER, saved.workspace_id, saved.key)
        tumbling_plan(properties)
        cursor = before.cursor if before else {}
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, now.isoformat(), cursor=cursor)
    else:
        # Storage tells times in whole seconds: what is there of this one came before.
        since = now.replace(microsecond=0).isoformat()
        there = list_new_blobs(deployment, saved.workspace_id, properties, since, set())
        cursor = {"since": since, "seen": [blob.key for blob in there]}
        schedule = Schedule(TRIGGER, saved.workspace_id, saved.key, now.isoformat(), cursor=cursor)
    put_schedule(deployment.storage, schedule)


def stop_trigger(deployment: Deployment, saved: SavedDocument) -> None:
    """Let a trigger fire no more; its place among windows is kept. May be repeated."""
    before = find_schedule(deployment.storage, TRIGGER, saved.workspace_id, saved.key)
    if before is not None:
        put_schedule(deployment.storage, replace(before, next_at=NEVER))


def forget_trigger(deployment: Deployment, saved: SavedDocument) -> None:
    """Take a document's schedule away, as deleting the document does."""
    for kind in (TRIGGER, SLICES):
        delete_schedule(deployment.storage, kind, saved.workspace_id, saved.key)


def run_trigger_now(deployment: Deployment, saved: SavedDocument, *, now: datetime) -> list[str]:
    """Start the trigger's pipelines as if it fired now; when it fires next stays. Returns the runs' ids."""
    content = read_factory_document(deployment, saved.document)
    moment = now.replace(microsecond=0)
    outputs = {"windowStartTime": _text(moment), "windowEndTime": _text(moment)}
    values = {"scheduledTime": _text(moment), "startTime": _text(now), "outputs": outputs}
    return list(_fire(deployment, saved, content, values, lambda _: new_run_id(), now))


def watch_slices(deployment: Deployment, saved: SavedDocument, *, now: datetime) -> None:
    """Look after a pipeline of version 1 from its next minute on; one of version 2 needs a trigger."""
    pipeline = get_pipeline(deployment, saved)
    if pipeline.active is None:
        delete_schedule(deployment.storage, SLICES, saved.workspace_id, saved.key)
        return
    before = find_schedule(deployment.storage, SLICES, saved.workspace_id, saved.key)
    cursor = before.cursor if before else {}
    at = NEVER if pipeline.active.paused else now.isoformat()
    put_schedule(deployment.storage, Schedule(SLICES, saved.workspace_id, saved.key, at, cursor=cursor))


def schedule_state(deployment: Deployment, saved: SavedDocument) -> dict[str, Any]:
    """Return when a trigger, or a pipeline of version 1, runs next, and why it did not; nothing for other documents."""
    if saved.kind not in (TRIGGERS, PIPELINES):
        return {}
    kind = TRIGGER if saved.kind == TRIGGERS else SLICES
    schedule = find_schedule(deployment.storage, kind, saved.workspace_id, saved.key)
    if schedule is None and saved.kind == PIPELINES:
        return {}
    started = schedule is not None and schedule.next_at != NEVER
    return {"runtimeState": STARTED if started else STOPPED} | schedule_object(schedule)


def run_due_trigger(deployment: Deployment, schedule: Schedule, *, now: datetime) -> None:
    """Start what a trigger's time has come for, each occasion once, however often its timer ticks."""
    found = find_document_by_key(deployment.storage, schedule.workspace_id, schedule.key)
    if found is None:
        delete_schedule(deployment.storage, TRIGGER, schedule.workspace_id, schedule.key)
        return
    content = read_factory_document(deployment, found.document)
    try:
        fired = _fire_due(deployment, found, content, schedule, now)
    except StudioError as error:
        # It stays due, so that nothing is missed once the mistake is mended.
        fired = replace(schedule, skipped=error.message)
    move_schedule(deployment.storage, fired)


def run_due_slices(deployment: Deployment, schedule: Schedule, *, now: datetime) -> None:
    """Start the slices of a pipeline of version 1 that are due, in its order, as many at once as it allows."""
    found = find_document_by_key(deployment.storage, schedule.workspace_id, schedule.key)
    if found is None:
        delete_schedule(deployment.storage, SLICES, schedule.workspace_id, schedule.key)
        return
    try:
        pipeline = get_pipeline(deployment, found)
        if pipeline.active is None:
            delete_schedule(deployment.storage, SLICES, schedule.workspace_id, schedule.key)
            return
        dataset = get_dataset(deployment, found.workspace_id, pipeline.active.availability_of)
        plan = slice_plan(pipeline.active, pipeline.concurrency, dataset)

        def start(number: int, attempt: int) -> str:
            begin, end = plan.windows.start(number), plan.windows.start(number + 1)
            run_id = occasion_id(found.workspace_id, found.key, begin.isoformat(), str(attempt))
            names = {"slicestart": begin, "sliceend": end, "windowstart": begin, "windowend": end}
            window = {name: at.isoformat() for name, at in names.items()}
            return create_run(deployment, found, {}, Occasion(run_id, found.name, "Slice", window), now=now)

        after = start_windows(deployment.storage, schedule, plan, start, now)
    except StudioError as error:
        after = replace(schedule, skipped=error.message)
    move_schedule(deployment.storage, after)


def _fire_due(
    deployment: Deployment, saved: SavedDocument, content: dict[str, Any], schedule: Schedule, now: datetime
) -> Schedule:
    properties, kind = find(properties_of(content), "typeProperties") or {}, _kind(content)
    if kind == SCHEDULE:
        return _fire_schedule(deployment, saved, content, _recurrence(properties, saved), schedule, now)
    if kind == TUMBLING:
        plan = tumbling_plan(properties)

        def start(number: int, attempt: int) -> str:
            begin, end = plan.windows.start(number), plan.windows.start(number + 1)
            values = {
                "scheduledTime": _text(end),
                "startTime": _text(now),
                "outputs": {"windowStartTime": _text(begin), "windowEndTime": _text(end)},
            }
            runs = _fire(deployment, saved, content, values, _ids(saved, begin.isoformat(), str(attempt)), now)
            return next(runs)

        return start_windows(deployment.storage, schedule, plan, start, now)
    return _fire_blobs(deployment, saved, content, properties, schedule, now)


def _fire_schedule(
    deployment: Deployment,
    saved: SavedDocument,
    content: dict[str, Any],
    recurrence: Recurrence,
    schedule: Schedule,
    now: datetime,
) -> Schedule:
    """Fire once for each time that has come, the missed ones included."""
    at: datetime | None = datetime.fromisoformat(schedule.next_at)
    last = schedule.last_at
    runs: list[str] = []
    while at is not None and at <= now and len(runs) < MAX_STARTS:
        values = {"scheduledTime": _text(at), "startTime": _text(now), "outputs": {}}
        runs += list(_fire(deployment, saved, content, values, _ids(saved, at.isoformat()), now))
        last, at = at.isoformat(), recurrence.after(at)
    moved = replace(schedule, next_at=at.isoformat() if at else NEVER, last_at=last, skipped="")
    return replace(moved, last_run=runs[-1] if runs else schedule.last_run)


def _fire_blobs(
    deployment: Deployment,
    saved: SavedDocument,
    content: dict[str, Any],
    properties: dict[str, Any],
    schedule: Schedule,
    now: datetime,
) -> Schedule:
    """Fire once for each blob that came since the last look."""
    since, seen = str(schedule.cursor["since"]), set(schedule.cursor["seen"])
    runs: list[str] = []
    new = list_new_blobs(deployment, saved.workspace_id, properties, since, seen)
    for blob in islice(list(new), MAX_STARTS):
        folder, _, file = f"{blob.container}/{blob.name}".rpartition("/")
        body = {"folderPath": folder, "fileName": file}
        values = {"scheduledTime": blob.at, "startTime": _text(now), "outputs": {"body": body}, "body": body}
        runs += list(_fire(deployment, saved, content, values, _ids(saved, blob.name, blob.etag), now))
        seen = {key for key in seen if blob.at == since} | {blob.key}
        since = blob.at
    moved = replace(schedule, next_at=in_a_minute(now), cursor={"since": since, "seen": sorted(seen)}, skipped="")
    return replace(moved, last_at=now.isoformat(), last_run=runs[-1]) if runs else moved


def _fire(
    deployment: Deployment,
    saved: SavedDocument,
    content: dict[str, Any],
    values: Mapping[str, Any],
    run_id: Callable[[str], str],
    now: datetime,
) -> Iterator[str]:
    """Start each pipeline of a trigger with its parameters, and yield the runs' ids."""
    scope = Scope(v2_functions({"trigger": lambda: values, "triggerbody": lambda: values.get("body", {})}, now=now))
    for name, parameters in _pipelines(content):
        pipeline = get_factory_document(deployment.storage, saved.workspace_id, PIPELINES, name)
        occasion = Occasion(run_id(name), saved.name, _kind(content))
        yield create_run(deployment, pipeline, evaluate(parameters, scope), occasion, now=now)


def _ids(saved: SavedDocument, *occasion: str) -> Callable[[str], str]:
    return lambda pipeline: occasion_id(saved.workspace_id, saved.key, pipeline.lower(), *occasion)


def _pipelines(content: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    properties = properties_of(content)
    single = find(properties, "pipeline")
    items = [single] if single else list_of(find(properties, "pipelines"), "pipelines")
    found = []
    for item in items:
        name = find(find(item, "pipelineReference") or {}, "referenceName")
        if not isinstance(name, str):
            raise wrong("pipelineReference", "a reference with a referenceName", item)
        found.append((name.strip(), object_of(find(item, "parameters"), "parameters")))
    if not found:
        raise wrong("pipelines", "a list of at least one pipelineReference", items)
    return found


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


def _kind(content: dict[str, Any]) -> str:
    given = str(find(properties_of(content), "type") or "")
    for kind in (SCHEDULE, TUMBLING, BLOBS):
        if given.lower() == kind.lower():
            return kind
    raise wrong("type", f"{SCHEDULE}, {TUMBLING} or {BLOBS}", given)


def _recurrence(properties: dict[str, Any], saved: SavedDocument) -> Recurrence:
    return read_recurrence(find(properties, "recurrence"), now=datetime.fromisoformat(saved.updated_at))


def _text(at: datetime) -> str:
    return format_date(at, "o")
