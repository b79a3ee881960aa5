"""What runs in a workspace, what ended lately and what is due next: one answer for a page that asks every second.

What runs is read from the outbox (studio/work/queue.py), what ended from the activity (studio/storage/activity_log.py),
what is due from the schedules. None of it grows with the endpoints or the jobs that there are.
"""

import heapq
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from studio.overview.directory import HOURS, Directories, Directory
from studio.pipelines.firing import SLICES, TRIGGER
from studio.pipelines.runs import RUNS, list_activity_runs
from studio.registry.endpoint_names import EndpointNames
from studio.rollout.policies import KIND as POLICY
from studio.serving.traffic_rows import HourCounts, counts_object, total
from studio.storage.account import Storage
from studio.storage.activity_log import Event, list_events
from studio.storage.rows import Row, find_row
from studio.wire import classic_time, read_moment
from studio.work.queue import list_active
from studio.work.schedules import NEVER, Schedule, list_schedules
from studio.work.state import Progress, State, Work, WorkKey, read_work

DAY, HORIZON = timedelta(hours=24), timedelta(hours=1)
MAX_ACTIVE, MAX_RUNNING, MAX_ENDED, MAX_DUE, AT_ONCE = 5000, 50, 500, 20, 8
MAX_SERVICES = 100
KINDS = {"jobs": "job", "runs": "run", "pipelineruns": "pipeline", "challenges": "challenge", "swaps": "swap"}
SCHEDULES = {POLICY: "policy", TRIGGER: "trigger", SLICES: "pipeline"}


def read_since(text: str | None, *, now: datetime) -> str:
    """Return from when on a client wants to know what ended, as stored times are: a day ago at the earliest."""
    earliest = now - DAY
    return max(read_moment(text, "since"), earliest).isoformat() if text else earliest.isoformat()


def activity_object(
    storage: Storage,
    directories: Directories,
    endpoint_names: EndpointNames,
    workspace_id: str,
    since: str,
    *,
    now: datetime,
) -> dict[str, Any]:
    """Return what goes on in a workspace as the API shows it.

    Parameters
    ----------
    since
        The time, in ISO 8601, since which what ended is wanted.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        known = pool.submit(directories.get, storage, endpoint_names, workspace_id)
        ended = pool.submit(list_events, storage, workspace_id, since, MAX_ENDED + 1)
        due = pool.submit(_due, storage, workspace_id, now)
        # Rows scored in the shadow are no work that somebody waits for.
        found = ((key, taken) for key, taken in list_active(storage, workspace_id) if key.table in KINDS)
        active = list(islice(found, MAX_ACTIVE))
        busy = [key for key, taken in active if taken or key.table == RUNS]
        running = list(pool.map(lambda key: _read(storage, key), busy[:MAX_RUNNING]))
        names, events = known.result(), ended.result()
        shown = [_running_object(storage, names, *item) for item in running if item]
        waiting = Counter(KINDS[key.table] for key, taken in active if not taken and key.table != RUNS)
    return {
        "Counts": names.counts,
        "Running": sorted(shown, key=lambda item: (item["StartTime"], item["Id"])),
        "Waiting": {kind: waiting[kind] for kind in ("job", "run", "challenge")},
        "Ended": [_ended_object(names, event) for event in events[:MAX_ENDED]],
        "MoreEnded": len(events) > MAX_ENDED,
        "Due": [_due_object(names, item) for item in due.result() if not _counts_rows(names, item)],
        "Traffic": _traffic_object(names),
    }


def _traffic_object(names: Directory) -> dict[str, Any]:
    """Return the calls of the last 24 hours, of all and of each web service, the busiest first."""
    wholes = {service_id: total(hours) for service_id, hours in names.traffic.items()}
    busiest = sorted(wholes, key=lambda service_id: (-sum(wholes[service_id].buckets), service_id))
    by_hour = {service_id: [sum(hour.buckets) for hour in hours] for service_id, hours in names.traffic.items()}
    whole = (
        counts_object(total(wholes.values())) if wholes else counts_object(HourCounts(datetime.fromtimestamp(0, UTC)))
    )
    return {
        **whole,
        "ByHour": [sum(calls) for calls in zip(*by_hour.values(), strict=True)] or [0] * HOURS,
        "WebServices": [
            {
                "WebServiceId": service_id,
                "WebService": names.services.get(service_id),
                **counts_object(wholes[service_id]),
                "ByHour": by_hour[service_id],
            }
            for service_id in busiest[:MAX_SERVICES]
        ],
    }


def _read(storage: Storage, key: WorkKey) -> tuple[Work, Row] | None:
    row = find_row(storage.table(key.table), key.partition, key.key)
    if row is None or State(row["State"]).is_final:
        return None
    return read_work(key.table, row), row


def _running_object(storage: Storage, names: Directory, work: Work, row: Row) -> dict[str, Any]:
    progress = _activities(storage, work) if work.key.table == RUNS else work.progress
    return {
        "Kind": KINDS[work.key.table],
        "Id": work.key.key,
        "Name": _name(names, work.key.table, work.key.partition, row.get("Experiment") or row.get("Pipeline")),
        **_place(names, work.key.table, work.key.partition),
        "StartTime": classic_time(work.started_at or work.created_at),
        "Progress": asdict(progress),
    }


def _activities(storage: Storage, work: Work) -> Progress:
    """Return how many activities of a pipeline run have ended, and which are in progress."""
    found = list_activity_runs(storage, work.key.key)
    running = [item.name for item in found if item.state == State.RUNNING]
    return Progress(sum(item.is_final for item in found), len(found), ", ".join(running[:5]))


def _name(names: Directory, table: str, partition: str, noted: str | None) -> str | None:
    """Return what something is called today: an experiment may have been renamed since its run was noted."""
    return names.experiments.get(partition.rpartition("-")[2], noted) if table == "runs" else noted or None


def _place(names: Directory, table: str, partition: str) -> dict[str, Any]:
    if table in ("jobs", "challenges", "swaps"):
        return names.endpoint(partition)
    return {"WebServiceId": None, "WebService": None, "EndpointId": None, "Endpoint": None}


def _ended_object(names: Directory, event: Event) -> dict[str, Any]:
    return {
        "Kind": KINDS[event.kind],
        "Id": event.id,
        "Name": _name(names, event.kind, event.place, event.name),
        **_place(names, event.kind, event.place),
        "State": event.state,
        "StartTime": classic_time(event.started_at or event.at),
        "EndTime": classic_time(event.at),
        "Rows": event.rows,
        "Details": event.details or None,
        "More": event.more,
    }


def _due(storage: Storage, workspace_id: str, now: datetime) -> list[Schedule]:
    """Return the schedules that are due next, the soonest first; those that look for new blobs each minute are none."""
    found: list[Schedule] = []
    start = now.isoformat()
    # Thousands of policies are due at some time, few of them soon.
    for end in ((now + HORIZON).isoformat(), NEVER):
        for kind in SCHEDULES:
            known = list_schedules(storage, kind, workspace_id, start=start, end=end)
            found += (item for item in known if "since" not in item.cursor)
        if len(found) >= MAX_DUE:
            break
        start = end
    return heapq.nsmallest(MAX_DUE, found, key=lambda item: item.next_at)


def _counts_rows(names: Directory, schedule: Schedule) -> bool:
    """Return whether a schedule only looks, each minute, whether there are enough new rows."""
    return schedule.kind == POLICY and names.policies.get(schedule.key) == "Rows"


def _due_object(names: Directory, schedule: Schedule) -> dict[str, Any]:
    is_policy = schedule.kind == POLICY
    return {
        "Kind": SCHEDULES[schedule.kind],
        "Name": None if is_policy else names.triggers.get(schedule.key),
        **_place(names, "jobs" if is_policy else "", schedule.key),
        "At": classic_time(schedule.next_at),
        "Skipped": schedule.skipped or None,
    }
