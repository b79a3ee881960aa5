"""Firing: starts the pipeline runs that triggers and version 1 slices are due for, each of them once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from studio.errors import StudioError
from studio.pipelines.adf.dates import format_date
from studio.pipelines.adf.documents import find, list_of, object_of, properties_of
from studio.pipelines.adf.expressions import Scope, evaluate
from studio.pipelines.adf.functions import v2_functions
from studio.pipelines.blob_events import list_new_blobs
from studio.pipelines.documents import (
    PIPELINES,
    SavedDocument,
    find_document_by_key,
    get_dataset,
    get_factory_document,
    get_pipeline,
    read_factory_document,
)
from studio.pipelines.runs import RUNS, Origin, create_run, repeatable_run_id
from studio.pipelines.windows import MAX_STARTS, in_a_minute, slice_plan, start_windows, tumbling_plan
from studio.storage.account import Storage
from studio.storage.rows import find_row
from studio.wire import invalid_value
from studio.work.recurrence import Recurrence, read_recurrence
from studio.work.schedules import (
    NEVER,
    Schedule,
    delete_schedule,
    move_schedule,
    tell_skipped,
)
from studio.work.state import State

TRIGGER, SLICES = "trigger", "slices"


SCHEDULE, TUMBLING, BLOBS = "ScheduleTrigger", "TumblingWindowTrigger", "BlobEventsTrigger"


def run_due_trigger(storage: Storage, schedule: Schedule, *, now: datetime) -> None:
    """Start the runs a trigger is due for; each time, window or blob starts its runs once, however often this runs."""
    found = find_document_by_key(storage, schedule.workspace_id, schedule.key)
    if found is None:
        delete_schedule(storage, TRIGGER, schedule.workspace_id, schedule.key)
        return
    content = read_factory_document(storage, found.document)
    try:
        fired = _fire_due(storage, found, content, schedule, now)
    except StudioError as error:
        # The trigger stays due, so nothing is missed once the error is fixed.
        tell_skipped(storage, schedule, error.message, now=now)
        fired = replace(schedule, skipped=error.message)
    move_schedule(storage, fired)


def run_due_slices(storage: Storage, schedule: Schedule, *, now: datetime) -> None:
    """Start the due slices of a version 1 pipeline, in its order and within its concurrency."""
    found = find_document_by_key(storage, schedule.workspace_id, schedule.key)
    if found is None:
        delete_schedule(storage, SLICES, schedule.workspace_id, schedule.key)
        return
    try:
        pipeline = get_pipeline(storage, found)
        if pipeline.active is None:
            delete_schedule(storage, SLICES, schedule.workspace_id, schedule.key)
            return
        dataset = get_dataset(storage, found.workspace_id, pipeline.active.availability_of)
        plan = slice_plan(pipeline.active, pipeline.concurrency, dataset)

        def start(number: int, attempt: int) -> str:
            begin, end = plan.windows.start(number), plan.windows.start(number + 1)
            run_id = repeatable_run_id(found.workspace_id, found.key, begin.isoformat(), str(attempt))
            names = {"slicestart": begin, "sliceend": end, "windowstart": begin, "windowend": end}
            window = {name: at.isoformat() for name, at in names.items()}
            return create_run(storage, found, {}, Origin(run_id, found.name, "Slice", window), now=now)

        after = start_windows(schedule, plan, start, partial(_ended_as, storage, found.workspace_id), now)
    except StudioError as error:
        tell_skipped(storage, schedule, error.message, now=now)
        after = replace(schedule, skipped=error.message)
    move_schedule(storage, after)


def _ended_as(storage: Storage, workspace_id: str, run_id: str) -> State | None:
    row = find_row(storage.table(RUNS), workspace_id, run_id)
    return State(row["State"]) if row is not None and row["EndedAt"] else None


def _fire_due(
    storage: Storage, saved: SavedDocument, content: dict[str, Any], schedule: Schedule, now: datetime
) -> Schedule:
    properties, kind = find(properties_of(content), "typeProperties") or {}, trigger_kind(content)
    if kind == SCHEDULE:
        return _fire_schedule(storage, saved, content, recurrence_of(properties, saved), schedule, now)
    if kind == TUMBLING:
        plan = tumbling_plan(properties)

        def start(number: int, attempt: int) -> str:
            begin, end = plan.windows.start(number), plan.windows.start(number + 1)
            values = {
                "scheduledTime": moment_text(end),
                "startTime": moment_text(now),
                "outputs": {"windowStartTime": moment_text(begin), "windowEndTime": moment_text(end)},
            }
            runs = fire(storage, saved, content, values, _run_ids(saved, begin.isoformat(), str(attempt)), now)
            return next(runs)

        return start_windows(schedule, plan, start, partial(_ended_as, storage, saved.workspace_id), now)
    return _fire_blobs(storage, saved, content, properties, schedule, now)


def _fire_schedule(
    storage: Storage,
    saved: SavedDocument,
    content: dict[str, Any],
    recurrence: Recurrence,
    schedule: Schedule,
    now: datetime,
) -> Schedule:
    """Fire once for each time that has passed, including missed ones."""
    at: datetime | None = datetime.fromisoformat(schedule.next_at)
    last = schedule.last_at
    runs: list[str] = []
    while at is not None and at <= now and len(runs) < MAX_STARTS:
        values = {"scheduledTime": moment_text(at), "startTime": moment_text(now), "outputs": {}}
        runs += list(fire(storage, saved, content, values, _run_ids(saved, at.isoformat()), now))
        last, at = at.isoformat(), recurrence.after(at)
    moved = replace(schedule, next_at=at.isoformat() if at else NEVER, last_at=last, skipped="")
    return replace(moved, last_run=runs[-1] if runs else schedule.last_run)


def _fire_blobs(
    storage: Storage,
    saved: SavedDocument,
    content: dict[str, Any],
    properties: dict[str, Any],
    schedule: Schedule,
    now: datetime,
) -> Schedule:
    """Fire once for each blob written since the last check."""
    since, seen = str(schedule.cursor["since"]), set(schedule.cursor["seen"])
    runs: list[str] = []
    new = list_new_blobs(storage, saved.workspace_id, properties, since, seen)
    for blob in islice(list(new), MAX_STARTS):
        folder, _, file = f"{blob.container}/{blob.name}".rpartition("/")
        body = {"folderPath": folder, "fileName": file}
        values = {"scheduledTime": blob.at, "startTime": moment_text(now), "outputs": {"body": body}, "body": body}
        runs += list(fire(storage, saved, content, values, _run_ids(saved, blob.name, blob.etag), now))
        seen = {key for key in seen if blob.at == since} | {blob.key}
        since = blob.at
    moved = replace(schedule, next_at=in_a_minute(now), cursor={"since": since, "seen": sorted(seen)}, skipped="")
    return replace(moved, last_at=now.isoformat(), last_run=runs[-1]) if runs else moved


def fire(
    storage: Storage,
    saved: SavedDocument,
    content: dict[str, Any],
    values: Mapping[str, Any],
    run_id: Callable[[str], str],
    now: datetime,
) -> Iterator[str]:
    """Start each pipeline of a trigger with its parameters and yield the run ids."""
    scope = Scope(v2_functions({"trigger": lambda: values, "triggerbody": lambda: values.get("body", {})}, now=now))
    for name, parameters in pipelines_of(content):
        pipeline = get_factory_document(storage, saved.workspace_id, PIPELINES, name)
        origin = Origin(run_id(name), saved.name, trigger_kind(content))
        yield create_run(storage, pipeline, evaluate(parameters, scope), origin, now=now)


def _run_ids(saved: SavedDocument, *origin: str) -> Callable[[str], str]:
    return lambda pipeline: repeatable_run_id(saved.workspace_id, saved.key, pipeline.lower(), *origin)


def pipelines_of(content: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return name and parameters of each pipeline that a trigger starts; BadArgument if it names none."""
    properties = properties_of(content)
    single = find(properties, "pipeline")
    items = [single] if single else list_of(find(properties, "pipelines"), "pipelines")
    found = []
    for item in items:
        name = find(find(item, "pipelineReference") or {}, "referenceName")
        if not isinstance(name, str):
            raise invalid_value("pipelineReference", "a reference with a referenceName", item)
        found.append((name.strip(), object_of(find(item, "parameters"), "parameters")))
    if not found:
        raise invalid_value("pipelines", "a list of at least one pipelineReference", items)
    return found


def trigger_kind(content: dict[str, Any]) -> str:
    """Return the kind of a trigger; BadArgument if it is none of those supported."""
    given = str(find(properties_of(content), "type") or "")
    for kind in (SCHEDULE, TUMBLING, BLOBS):
        if given.lower() == kind.lower():
            return kind
    raise invalid_value("type", f"{SCHEDULE}, {TUMBLING} or {BLOBS}", given)


def recurrence_of(properties: dict[str, Any], saved: SavedDocument) -> Recurrence:
    """Return the recurrence of a schedule trigger, which without a startTime begins when it was saved."""
    return read_recurrence(find(properties, "recurrence"), now=datetime.fromisoformat(saved.updated_at))


def moment_text(at: datetime) -> str:
    """Return a time as Data Factory's system variables show it."""
    return format_date(at, "o")
