"""Which windows are due: by computing, however many there are, and in the order of the pipeline."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time

import pytest

from studio.automation.dispatch import in_turns
from studio.errors import BadArgument
from studio.pipelines.adf.documents import read_dataset, read_pipeline
from studio.pipelines.windows import MAX_SPANS, MAX_STARTS, slice_plan, start_windows, tumbling_plan
from studio.work.schedules import Schedule
from studio.work.state import State

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def slices(interval=1, frequency="Minute", start="1986-01-01", end="2030-01-01", order="NewestFirst", **availability):
    policy = {"executionPriorityOrder": order, "concurrency": 10}
    activity = {
        "name": "a",
        "type": "AzureMLBatchExecution",
        "linkedServiceName": "s",
        "policy": policy,
        "outputs": [{"name": "o"}],
    }
    pipeline = read_pipeline("p", {"properties": {"start": start, "end": end, "activities": [activity]}})
    availability = {"frequency": frequency, "interval": interval} | availability
    dataset = read_dataset({"properties": {"type": "AzureBlob", "availability": availability}})
    return slice_plan(pipeline.active, pipeline.concurrency, dataset)


def tumbling(**properties):
    return tumbling_plan({"frequency": "Hour", "interval": 1, "startTime": "2026-01-01T00:00:00Z"} | properties)


def ticks(plan, count, *, ended=True, minutes=1, now=NOW, cursor=None):
    schedule, started = Schedule("slices", "w", "k", cursor=cursor or {}), []

    def start(number, attempt):
        started.append(number)
        return f"run-{number}"

    for tick in range(count):
        at, state = now + tick * timedelta(minutes=minutes), State.FINISHED if ended else None
        schedule = start_windows(schedule, plan, start, lambda _, state=state: state, at)
    return schedule, started


def plan_of(make):
    """Return a plan, or None after a classic error."""
    try:
        return make()
    except BadArgument as caught:
        error = caught
    assert error.details[0].code == "BadParameterValue"
    return None


@pytest.mark.attack("Schedules and windows")
def test_forty_years_of_minutes_are_counted_not_listed():
    started = process_time()
    schedule, numbers = ticks(slices(), 3)
    assert process_time() - started < 0.2
    assert numbers[:2] == [numbers[0], numbers[0] - 1]
    assert len(numbers) == 30
    # All of them but the thirty, and the two that fell due meanwhile.
    total = (NOW - datetime(1986, 1, 1, tzinfo=UTC)) // timedelta(minutes=1)
    assert f"{total + 2 - 30} windows are waiting" in schedule.skipped


@pytest.mark.attack("Schedules and windows")
@pytest.mark.parametrize("count", [600, pytest.param(3000, marks=pytest.mark.long)])
def test_the_cursor_of_slices_that_fall_due_faster_than_they_run_stays_small(count):
    plan = slices()
    schedule, numbers = ticks(plan, count, minutes=40)
    assert len(json.dumps(schedule.cursor)) < 30_000
    assert len(set(numbers)) == len(numbers) == 10 * count
    assert len(schedule.cursor["spans"]) <= MAX_SPANS + 10


@pytest.mark.attack("Schedules and windows")
@pytest.mark.parametrize(
    "properties",
    [
        {"interval": 10**12},
        {"interval": 10**6, "frequency": "Month"},
        {"startTime": "0001-01-01T00:00:00+14:00"},
        {"startTime": "9999-12-31T23:59:59-14:00"},
        {"startTime": "9999-12-31T23:00:00Z"},
        {"endTime": "9999-12-31T23:59:59Z", "frequency": "Month", "interval": 7},
        {"endTime": "2025-01-01T00:00:00Z"},
        {"endTime": "2026-01-01T00:30:00Z"},
        {"delay": "99999999999.00:00:00"},
        {"delay": "9" * 5000 + ":00"},
        {"delay": "999999.00:00:00"},
        {"delay": {"a": 1}},
        {"startTime": "0001-01-01T00:00:00Z", "frequency": "Minute", "interval": 5},
    ],
)
def test_a_trigger_of_windows_at_the_ends_of_the_calendar_runs_or_is_refused(properties):
    plan = plan_of(lambda: tumbling(**properties))
    if plan is None:
        return
    schedule, numbers = ticks(plan, 3)
    assert len(numbers) <= 3 * MAX_STARTS
    assert schedule.next_at


@pytest.mark.attack("Schedules and windows")
@pytest.mark.parametrize(
    "change",
    [
        {"offset": "999999.00:00:00", "anchorDateTime": "9999-01-01T00:00:00Z"},
        {"offset": "99999999.00:00:00"},
        {"start": "9999-12-31T23:59:59Z", "end": None},
        {"start": "2030-01-01", "end": "2020-01-01"},
        {"frequency": "Month", "interval": 10_000},
        {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"},
    ],
)
def test_slices_at_the_ends_of_the_calendar_run_or_are_refused(change):
    plan = plan_of(lambda: slices(**change))
    assert plan is None or len(ticks(plan, 2)[1]) <= 20


def test_newest_first_starts_the_newest_and_then_those_before_it():
    plan = slices(1, "Hour", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")
    assert [number - plan.first for number in ticks(plan, 2)[1]] == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_oldest_first_starts_from_the_start():
    plan = slices(1, "Hour", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "OldestFirst")
    schedule, numbers = ticks(plan, 2)
    assert [number - plan.first for number in numbers] == list(range(12))
    assert schedule.cursor["first"] == plan.first + 12
    assert schedule.cursor["spans"] == []


def test_windows_that_have_not_ended_make_room_for_no_more():
    schedule, numbers = ticks(tumbling(maxConcurrency=3), 4, ended=False)
    assert numbers == [0, 1, 2]
    assert "3 runs of at most 3 have not ended" in schedule.skipped


def test_a_window_is_due_after_its_delay():
    plan = tumbling(delay="00:15:00", endTime="2026-01-01T03:00:00Z")
    at = datetime(2026, 1, 1, 1, 15, tzinfo=UTC)
    assert [plan.due_until(at - timedelta(seconds=1)), plan.due_until(at), plan.due_until(NOW)] == [0, 1, 3]
    assert plan.due_at(0) == at


def test_a_cursor_of_an_earlier_version_is_read():
    plan = tumbling()
    cursor = {"of": plan.signature, "first": 2, "started": [3, 5], "open": []}
    schedule, numbers = ticks(plan, 1, now=datetime(2026, 1, 1, 7, tzinfo=UTC), cursor=cursor)
    assert numbers == [2, 4, 6]
    assert schedule.cursor["first"] == 7


def test_months_are_counted_by_the_calendar():
    plan = tumbling(frequency="Month", startTime="2026-01-31T00:00:00Z")
    assert plan.due_until(datetime(2026, 2, 28, tzinfo=UTC)) == 1
    assert plan.due_until(datetime(2026, 3, 30, 23, tzinfo=UTC)) == 1
    assert plan.due_until(datetime(2026, 3, 31, tzinfo=UTC)) == 2


@pytest.mark.attack("Schedules and windows")
def test_workspaces_take_turns_at_a_tick_and_another_one_begins_each_time():
    schedules = [Schedule("trigger", "many", f"{n}", f"2026-01-{n + 1:02}") for n in reversed(range(20))]
    schedules += [Schedule("trigger", f"one{n}", "k", "2026-02-01") for n in range(4)]
    first = set()
    for tick in range(50):
        order = [item.workspace_id for item in in_turns(schedules, Random(tick))]
        assert set(order[:5]) == {"many", "one0", "one1", "one2", "one3"}
        assert order[5:] == ["many"] * 19
        first.add(order[0])
    assert len(first) == 5
    assert [item.key for item in in_turns(schedules[:20], Random(1))] == [f"{n}" for n in range(20)]
