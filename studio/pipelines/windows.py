"""Due windows: which windows of a trigger or version 1 pipeline are due, and starting them within its concurrency.

The Cursor of a schedule of windows: `first` (all windows with lower numbers have been started), `started` (started
windows from there on), `open` (runs that have not ended: number, attempt, run id), `of` (which windows the numbers
count).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from studio.errors import BadArgument
from studio.pipelines.adf.dates import read_timespan
from studio.pipelines.adf.documents import Active, Dataset, find
from studio.pipelines.adf.windows import Windows, slices_of
from studio.storage.account import Storage
from studio.storage.rows import find_row
from studio.wire import invalid_value, is_whole_number
from studio.work.recurrence import read_moment
from studio.work.schedules import NEVER, Schedule
from studio.work.state import State

# At most this many per tick; the next tick continues.
MAX_STARTS = 50
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """A plan for windows `first` to `last` (exclusive; None for no end).

    A window is due `delay` after its end, or after its start with `at_start`; at most `concurrency` run at a time.
    """

    windows: Windows
    first: int
    last: int | None
    delay: timedelta
    at_start: bool
    concurrency: int
    newest_first: bool
    retries: int

    @property
    def signature(self) -> str:
        """Identifies the windows that the numbers count."""
        return f"{self.windows.frequency}/{self.windows.interval}/{self.windows.origin.isoformat()}"

    def due_at(self, number: int) -> datetime:
        """Return when a window is due."""
        return self.windows.start(number if self.at_start else number + 1) + self.delay


def tumbling_plan(properties: dict[str, Any]) -> WindowPlan:
    """Read the windows of a tumbling window trigger; BadArgument if a property is invalid."""
    frequency, interval = str(find(properties, "frequency") or "").capitalize(), find(properties, "interval", 1)
    if frequency not in ("Minute", "Hour", "Month"):
        raise invalid_value("frequency", "Minute, Hour or Month", frequency)
    if not is_whole_number(interval) or interval < (5 if frequency == "Minute" else 1):
        raise invalid_value("interval", "a whole number, 5 or more for Minute", interval)
    if find(properties, "dependsOn"):
        raise invalid_value(
            "dependsOn", "left out, since dependencies on other triggers are not supported", "dependencies"
        )
    start, end, delay = (find(properties, name) for name in ("startTime", "endTime", "delay"))
    windows = Windows(read_moment(start, "startTime"), frequency, interval)
    last = windows.number_at(read_moment(end, "endTime")) if end else None
    if last is not None and windows.start(last) > read_moment(end, "endTime"):
        last -= 1
    concurrency = find(properties, "maxConcurrency", 50)
    if not is_whole_number(concurrency) or not 1 <= concurrency <= 50:
        raise invalid_value("maxConcurrency", "a whole number from 1 to 50", concurrency)
    retries = find(find(properties, "retryPolicy") or {}, "count", 0)
    if not is_whole_number(retries) or retries < 0:
        raise invalid_value("retryPolicy.count", "a whole number, 0 or more", retries)
    try:
        wait = read_timespan(str(delay)) if delay else timedelta()
    except ValueError as error:
        raise invalid_value("delay", "a time span such as 00:15:00", delay) from error
    return WindowPlan(windows, 0, last, wait, False, concurrency, False, retries)


def slice_plan(active: Active, concurrency: int, dataset: Dataset) -> WindowPlan:
    """Return the slices of a version 1 pipeline, which its output dataset defines; BadArgument if there are none."""
    if dataset.availability is None:
        raise invalid_value(f"{active.availability_of}: availability", "set, since it defines the slices", None)
    windows, numbers = slices_of(dataset.availability, active)
    if not numbers:
        raise BadArgument(
            "BadParameterValue",
            f"The pipeline's period from start to end contains no slice of {dataset.availability.interval} "
            f"{dataset.availability.frequency}.",
            "availability",
        )
    return WindowPlan(
        windows,
        numbers.start,
        numbers.stop,
        timedelta(),
        dataset.availability.at_start,
        concurrency,
        active.newest_first,
        0,
    )


def start_windows(
    storage: Storage,
    schedule: Schedule,
    plan: WindowPlan,
    start: Callable[[int, int], str],
    now: datetime,
) -> Schedule:
    """Start due windows within the plan's concurrency, retry failed ones, and return the updated schedule.

    Parameters
    ----------
    start
        Starts a window, given its number and attempt, and returns the run's id; repeated calls give the same run.
    """
    cursor: dict[str, Any] = {"of": plan.signature, "first": plan.first, "started": [], "open": []}
    # A cursor from before the document changed counts other windows.
    cursor |= schedule.cursor if schedule.cursor.get("of") == plan.signature else {}
    open_runs: list[list[Any]] = []
    last_run, last_at = schedule.last_run, schedule.last_at
    for number, attempt, run_id in cursor["open"]:
        row = find_row(storage.table("pipelineruns"), schedule.workspace_id, run_id)
        if row is None or not row["EndedAt"]:
            open_runs.append([number, attempt, run_id])
        elif row["State"] == State.FAILED and attempt < plan.retries:
            last_run = start(number, attempt + 1)
            open_runs.append([number, attempt + 1, last_run])
    started, first = set(cursor["started"]), int(cursor["first"])
    due = _due_numbers(plan, first, started, now)
    if plan.newest_first:
        due.reverse()
    room = max(0, min(plan.concurrency - len(open_runs), MAX_STARTS))
    for number in due[:room]:
        last_run, last_at = start(number, 0), plan.due_at(number).isoformat()
        open_runs.append([number, 0, last_run])
        started.add(number)
    while first in started:
        started.remove(first)
        first += 1
    waiting = len(due) - room
    return replace(
        schedule,
        next_at=_next_window(plan, first, busy=bool(open_runs) or waiting > 0, now=now),
        last_at=last_at,
        last_run=last_run,
        skipped=f"{waiting} windows are waiting: {len(open_runs)} runs of at most {plan.concurrency} have not ended"
        if waiting > 0
        else "",
        cursor={"of": plan.signature, "first": first, "started": sorted(started), "open": open_runs},
    )


def _due_numbers(plan: WindowPlan, first: int, started: set[int], now: datetime) -> list[int]:
    """Return the windows that are due and not started, oldest first."""
    found, number = [], first
    while (plan.last is None or number < plan.last) and plan.due_at(number) <= now:
        if number not in started:
            found.append(number)
        number += 1
        # More than enough for one tick; newest-first order needs all of them.
        if len(found) >= 10 * MAX_STARTS and not plan.newest_first:
            break
    return found


def _next_window(plan: WindowPlan, first: int, *, busy: bool, now: datetime) -> str:
    if busy:
        return in_a_minute(now)
    if plan.last is not None and first >= plan.last:
        return NEVER
    return max(plan.due_at(first), now + timedelta(seconds=1)).isoformat()


def in_a_minute(now: datetime) -> str:
    """Return the time of the timer's next check, a minute from now."""
    return (now + MINUTE).isoformat()
