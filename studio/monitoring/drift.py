"""Counts the hours and days of prediction logs and judges them: what the timer does for each endpoint with a log.

A row of table `schedules` (kind `drift`, key is the endpoint id) says which hour is next. It is moved after an hour is
stored, and everything before that can be repeated: a process that dies in between has the hour counted once more.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched

from studio.errors import NotFound
from studio.model.shifts import measure_shift
from studio.monitoring.drift_counts import (
    TABLE,
    Window,
    add_up,
    count_rows,
    floor_time,
    list_windows,
    named_columns,
    put_window,
    read_model_baseline,
)
from studio.monitoring.drift_limits import DAY, HOUR, Judge, rows_of
from studio.monitoring.log import read_log
from studio.registry.endpoints import Endpoint, get_endpoint
from studio.storage.account import Storage
from studio.storage.event_log import DRIFT_DETECTED, Notice, emit
from studio.storage.rows import delete_partition, query_rows
from studio.work.schedules import Schedule, delete_schedule, list_schedules, move_schedule, put_schedule

KIND = "drift"
ONE_HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
# Processes write their rows within seconds; a file of truths or a slow disk is no hurry.
SETTLED = timedelta(minutes=3)
# How far back an endpoint is counted that has not been yet, or not for long.
BEHIND = timedelta(days=3)
# A tick of the timer has 40 seconds for all that is due.
TURN_SECONDS = 10.0
MAX_TOLD = 20
# What is read with every group of columns; and the cells that are in memory at a time.
ALWAYS = ("mode", "model")
MAX_CELLS = 2_000_000
logger = logging.getLogger(__name__)


def watch_logs(storage: Storage, *, now: datetime) -> int:
    """Have every endpoint counted that has a prediction log, and return how many are new; may be repeated."""
    new = 0
    known: dict[str, set[str]] = {}
    logged = query_rows(storage.table("endpoints"), "PredictionLog gt ''", ["PartitionKey", "RowKey"])
    for row in logged:
        workspace, key = row["PartitionKey"], row["RowKey"]
        if workspace not in known:
            known[workspace] = {item.key for item in list_schedules(storage, KIND, workspace)}
        if key not in known[workspace]:
            start = floor_time(now - ONE_DAY, HOUR).isoformat()
            put_schedule(storage, Schedule(KIND, workspace, key, now.isoformat(), cursor={"hour": start}))
            new += 1
    return new


def run_due_drift(storage: Storage, schedule: Schedule, *, now: datetime, seconds: float = TURN_SECONDS) -> None:
    """Count the hours that have ended since the last time, as many as fit into the time."""
    try:
        endpoint = get_endpoint(storage, schedule.workspace_id, schedule.key)
    except NotFound:
        delete_partition(storage.table(TABLE), schedule.key)
        delete_schedule(storage, KIND, schedule.workspace_id, schedule.key)
        return
    if endpoint.prediction_log is None:
        delete_schedule(storage, KIND, schedule.workspace_id, schedule.key)
        return
    started = time.monotonic()
    hour = max(datetime.fromisoformat(schedule.cursor["hour"]), floor_time(now - BEHIND, HOUR))
    while hour + ONE_HOUR + SETTLED <= now and time.monotonic() - started < seconds:
        count_hour(storage, endpoint, hour)
        if hour + ONE_HOUR == floor_time(hour + ONE_HOUR, DAY):
            close_day(storage, endpoint, floor_time(hour, DAY))
        hour += ONE_HOUR
    due = max(now + timedelta(seconds=30), hour + ONE_HOUR + SETTLED)
    move_schedule(
        storage, replace(schedule, next_at=due.isoformat(), last_at=schedule.next_at, cursor={"hour": hour.isoformat()})
    )


def count_hour(storage: Storage, endpoint: Endpoint, hour: datetime) -> None:
    """Count an hour of an endpoint's log, store it by model, and tell of drift that begins in it."""
    hashed = endpoint.prediction_log.hashed if endpoint.prediction_log else ()
    windows: dict[str, Window] = {}
    for columns in _column_groups(storage, endpoint, hour):
        tables = read_log(storage, endpoint, since=hour, until=hour + ONE_HOUR, columns=(*ALWAYS, *columns))
        for window in count_rows(storage, tables, HOUR, hour, hashed):
            windows.setdefault(window.model, window).counts.update(window.counts)
    for window in windows.values():
        _keep(storage, endpoint, window)


def _column_groups(storage: Storage, endpoint: Endpoint, hour: datetime) -> Iterator[Sequence[str]]:
    """Yield the columns to count of an hour, as many at a time as memory is meant for; nothing if it has no rows.

    Of an hour with batch jobs, which comes in pieces, a piece is in memory at a time.
    """
    rows, models = 0, set[str]()
    for table in read_log(storage, endpoint, since=hour, until=hour + ONE_HOUR, columns=ALWAYS):
        rows = max(rows, table.num_rows)
        models |= set(table["model"].unique().to_pylist())
    if not rows:
        return
    baselines = (read_model_baseline(storage, model) for model in sorted(models))
    names = list(dict.fromkeys(name for found in baselines if found for name in named_columns(found)))
    # Without any, the rows are counted alone.
    yield from batched(names, max(1, MAX_CELLS // rows), strict=False) if names else [()]


def close_day(storage: Storage, endpoint: Endpoint, day: datetime) -> None:
    """Add up the hours of a day, store it by model, and tell of drift that begins in it."""
    for window in add_up(list_windows(storage, endpoint.id, HOUR, day, day + ONE_DAY), DAY, day):
        _keep(storage, endpoint, window)


def _keep(storage: Storage, endpoint: Endpoint, window: Window) -> None:
    judged = judge_window(storage, window)
    # Before the window is stored, so that the event is lost by no death of the process.
    if judged.fired:
        _tell(storage, endpoint, judged)
    put_window(storage, endpoint.id, judged)


def judge_window(storage: Storage, window: Window) -> Window:
    """Return a window with the shifts of its columns and what fires at the default thresholds."""
    baseline = read_model_baseline(storage, window.model)
    columns = named_columns(baseline) if baseline else {}
    judge = Judge(window.by, len(columns))
    shifts, fired = {}, {}
    for name, vector in window.counts.items():
        column = columns[name]
        shifts[name] = measure_shift(column, vector)
        rows = rows_of(column, vector)
        found = [
            measure for measure, shift in shifts[name].items() if judge.judge_shift(column, measure, shift, rows).fires
        ]
        if found:
            fired[name] = found
    return replace(window, shifts=shifts, fired=fired)


def _tell(storage: Storage, endpoint: Endpoint, window: Window) -> None:
    """Emit an event unless all that drifts in a window did so in the day before it, of which was told then."""
    since = window.start - ONE_DAY
    before = [
        item
        for by in (HOUR, DAY)
        for item in list_windows(storage, endpoint.id, by, since, window.end, light=True)
        if item.model == window.model and (item.by, item.start) != (window.by, window.start)
    ]
    known = {name for item in before for name in item.fired}
    new = {name: measures for name, measures in window.fired.items() if name not in known}
    if not new:
        return
    logger.info("Endpoint %s: %s columns drift", endpoint.id, len(new), extra={"perennial.endpoint.id": endpoint.id})
    emit(
        storage,
        endpoint.workspace_id,
        Notice(
            DRIFT_DETECTED,
            drift_subject(endpoint),
            {
                "endpointId": endpoint.id,
                "webServiceId": endpoint.service_id,
                "endpoint": endpoint.name,
                "model": window.model,
                "by": window.by,
                "start": window.start.isoformat(),
                "rows": window.rows,
                "columns": dict(list(new.items())[:MAX_TOLD]),
            },
            key=f"{endpoint.id}/{window.model}/{window.by}/{window.start.isoformat()}",
            at=window.end.isoformat(),
        ),
    )


def drift_subject(endpoint: Endpoint) -> str:
    """Return what an event of drift is about."""
    return f"services/{endpoint.service_id}/endpoints/{endpoint.name}"
