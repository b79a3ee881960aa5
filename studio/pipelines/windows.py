"""Due windows: which windows of a trigger or version 1 pipeline are due, and starting them within its concurrency.

The Cursor of a schedule of windows: `first` (all windows with lower numbers have been started), `spans` (started
windows from there on: first and last number of each row of them), `open` (runs that have not ended: number, attempt,
run id), `of` (which windows the numbers count). How many windows there are is computed; they are never listed, since
there may be millions. Cursors of earlier versions have `started`, a list of numbers, in place of `spans`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from studio.errors import BadArgument
from studio.pipelines.adf.dates import read_timespan
from studio.pipelines.adf.documents import Active, Dataset, find
from studio.pipelines.adf.windows import FAR, Windows, slices_of
from studio.problems import Problems
from studio.wire import invalid_value, is_whole_number
from studio.work.recurrence import read_moment
from studio.work.schedules import NEVER, Schedule
from studio.work.state import State

# At most this many per tick; the next tick continues.
MAX_STARTS = 50
MAX_SPANS = 500
# In minutes, hours or months.
MAX_INTERVAL = 1_000_000
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
        start = self.windows.start(number if self.at_start else number + 1)
        return start + self.delay if start < FAR - self.delay else FAR

    def due_until(self, now: datetime) -> int:
        """Return the number of the first window that is not due yet."""
        try:
            number = self.windows.numbers_until(now - self.delay)
        except OverflowError:
            return self.first
        number -= 0 if self.at_start else 1
        return max(self.first, number if self.last is None else min(number, self.last))


def tumbling_plan(properties: dict[str, Any]) -> WindowPlan:
    """Read the windows of a tumbling window trigger; BadArgument with all that is invalid."""
    problems = Problems()
    frequency, interval = str(find(properties, "frequency") or "").capitalize(), find(properties, "interval", 1)
    if frequency not in ("Minute", "Hour", "Month"):
        problems.note(invalid_value("frequency", "Minute, Hour or Month", frequency))
    if not is_whole_number(interval) or not (5 if frequency == "Minute" else 1) <= interval <= MAX_INTERVAL:
        accepted = f"a whole number up to {MAX_INTERVAL}, 5 or more for Minute"
        problems.note(invalid_value("interval", accepted, interval))
    if find(properties, "dependsOn"):
        accepted = "left out, since dependencies on other triggers are not supported"
        problems.note(invalid_value("dependsOn", accepted, "dependencies"))
    start, end, delay = (find(properties, name) for name in ("startTime", "endTime", "delay"))
    first = problems.attempt(read_moment, start, "startTime")
    until = problems.attempt(read_moment, end, "endTime") if end else None
    concurrency = find(properties, "maxConcurrency", 50)
    if not is_whole_number(concurrency) or not 1 <= concurrency <= 50:
        problems.note(invalid_value("maxConcurrency", "a whole number from 1 to 50", concurrency))
    retries = find(find(properties, "retryPolicy") or {}, "count", 0)
    if not is_whole_number(retries) or retries < 0:
        problems.note(invalid_value("retryPolicy.count", "a whole number, 0 or more", retries))
    wait = problems.attempt(_read_delay, delay) or timedelta()
    problems.raise_all()
    assert first is not None
    windows = Windows(first, frequency, interval)
    last = windows.numbers_until(until) - 1 if until else None
    if last is not None and last < 1:
        raise invalid_value("endTime", f"at least {interval} {frequency} after startTime, {start}", end)
    return WindowPlan(windows, 0, last, wait, False, concurrency, False, retries)


def _read_delay(delay: Any) -> timedelta:
    try:
        return read_timespan(str(delay)) if delay else timedelta()
    except ValueError as error:
        raise invalid_value("delay", "a time span such as 00:15:00", delay) from error


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
    schedule: Schedule,
    plan: WindowPlan,
    start: Callable[[int, int], str],
    ended_as: Callable[[str], State | None],
    now: datetime,
) -> Schedule:
    """Start due windows within the plan's concurrency, retry failed ones, and return the updated schedule.

    Parameters
    ----------
    start
        Starts a window, given its number and attempt, and returns the run's id; repeated calls give the same run.
    ended_as
        Returns the final state of a run by its id, or None if it has not ended.
    """
    cursor: dict[str, Any] = {"of": plan.signature, "first": plan.first, "spans": [], "open": []}
    # A cursor from before the document changed counts other windows.
    cursor |= schedule.cursor if schedule.cursor.get("of") == plan.signature else {}
    open_runs: list[list[Any]] = []
    last_run, last_at = schedule.last_run, schedule.last_at
    for number, attempt, run_id in cursor["open"]:
        state = ended_as(run_id)
        if state is None:
            open_runs.append([number, attempt, run_id])
        elif state is State.FAILED and attempt < plan.retries:
            last_run = start(number, attempt + 1)
            open_runs.append([number, attempt + 1, last_run])
    first, stop = max(plan.first, int(cursor["first"])), plan.due_until(now)
    spans = _joined([*((number, number) for number in cursor.get("started", ())), *map(tuple, cursor["spans"])])
    waiting = max(0, stop - first) - sum(max(0, min(end, stop - 1) - max(begin, first) + 1) for begin, end in spans)
    room = max(0, min(plan.concurrency - len(open_runs), MAX_STARTS))
    for number in list(islice(_not_in(spans, first, stop, newest_first=plan.newest_first), room)):
        last_run, last_at = start(number, 0), plan.due_at(number).isoformat()
        open_runs.append([number, 0, last_run])
        spans = _joined([*spans, (number, number)])
        waiting -= 1
    first = max([first, *(end + 1 for begin, end in spans if begin <= first)])
    return replace(
        schedule,
        next_at=_next_window(plan, first, busy=bool(open_runs) or waiting > 0, now=now),
        last_at=last_at,
        last_run=last_run,
        skipped=f"{waiting} windows are waiting: {len(open_runs)} runs of at most {plan.concurrency} have not ended"
        if waiting > 0
        else "",
        cursor={
            "of": plan.signature,
            "first": first,
            "spans": [list(span) for span in spans if span[1] >= first],
            "open": open_runs,
        },
    )


# The first and the last number of windows one after another.
type Span = tuple[int, int]


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that touch as one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _not_in(spans: list[Span], first: int, stop: int, *, newest_first: bool) -> Iterator[int]:
    """Yield the numbers from `first` to `stop` (exclusive) that are in no span."""
    gaps, begin = [], first
    for span in spans:
        gaps.append(range(begin, min(span[0], stop)))
        begin = max(begin, span[1] + 1)
    gaps.append(range(begin, stop))
    if not newest_first:
        yield from chain.from_iterable(gaps)
        return
    if len(spans) > MAX_SPANS:
        # Windows fall due faster than they run: a gap is filled first, or the cursor would outgrow its column.
        gaps.insert(0, gaps.pop())
    yield from chain.from_iterable(map(reversed, reversed(gaps)))


def _next_window(plan: WindowPlan, first: int, *, busy: bool, now: datetime) -> str:
    if busy:
        return in_a_minute(now)
    if plan.last is not None and first >= plan.last:
        return NEVER
    return max(plan.due_at(first), now + timedelta(seconds=1)).isoformat()


def in_a_minute(now: datetime) -> str:
    """Return the time of the timer's next check, a minute from now."""
    return (now + MINUTE).isoformat()
