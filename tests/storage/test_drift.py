"""Drift on Azurite: hours and days of the log are counted once, judged, told once, shown, and answered by a policy."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from studio.errors import BadArgument
from studio.monitoring import drift
from studio.monitoring.drift import KIND, count_hour, run_due_drift, watch_logs
from studio.monitoring.drift_counts import list_windows
from studio.monitoring.drift_report import drift_report, read_span
from studio.monitoring.log import read_log
from studio.monitoring.settings import delete_prediction_log, put_prediction_log
from studio.monitoring.shadow_rows import shadow_table, write_shadow_rows
from studio.registry.endpoints import delete_endpoint
from studio.storage.event_log import DRIFT_DETECTED, list_recorded
from studio.storage.rows import delete_partition
from studio.work.retention import sweep
from studio.work.schedules import find_schedule, put_schedule
from tests.builders import people_csv
from tests.storage.monitored import NOON, Monitored
from tests.storage.storage_calls import Killed, KilledAtWrite

DAY = datetime(2026, 5, 1, tzinfo=UTC)


def people(rows=250, seed=0, **changes):
    """Rows like those the model was trained on, with changes to some columns."""
    table = csv.DictReader(people_csv(rows, seed).splitlines())
    return [{name: cell for name, cell in row.items() if name != "bought"} | changes for row in table]


@pytest.fixture
def monitored(deployment):
    return Monitored(deployment)


def tick(monitored, at):
    """Do what the timer does for the endpoint at this time."""
    storage = monitored.storage
    watch_logs(storage, now=at)
    schedule = find_schedule(storage, KIND, monitored.endpoint.workspace_id, monitored.endpoint.id)
    if schedule:
        run_due_drift(storage, schedule, now=at)
    return schedule


def score_at(monitored, at, rows):
    monitored.storage.at = at
    monitored.score(*rows)
    monitored.flush()


def windows(monitored, by):
    return [
        *list_windows(monitored.storage, monitored.endpoint.id, by, DAY - timedelta(days=9), DAY + timedelta(days=9))
    ]


def told(monitored):
    return [*list_recorded(monitored.storage, monitored.endpoint.workspace_id, type_=DRIFT_DETECTED)]


def test_hours_and_days_are_counted_judged_and_told_once_however_often_the_timer_runs(monitored):
    score_at(monitored, NOON, people())
    score_at(monitored, NOON + timedelta(hours=1), people(seed=1, city="Atlantis"))
    score_at(monitored, NOON + timedelta(hours=2), people(seed=2, city="Atlantis"))
    assert tick(monitored, NOON + timedelta(minutes=58)) is not None
    assert windows(monitored, "hour") == []
    first = find_schedule(monitored.storage, KIND, monitored.endpoint.workspace_id, monitored.endpoint.id)
    for _ in range(2):
        tick(monitored, NOON + timedelta(hours=5))
        tick(monitored, DAY + timedelta(days=1, minutes=4))
        # As if the process had died before it noted how far it came.
        put_schedule(monitored.storage, first)
    plain, *shifted = windows(monitored, "hour")
    assert (plain.rows, plain.fired) == (250, {})
    assert [set(window.fired["input/city"]) for window in shifted] == [{"PSI", "JensenShannon", "Unseen"}] * 2
    (day,) = windows(monitored, "day")
    assert (day.start, day.rows) == (DAY, 750)
    for name, vector in day.counts.items():
        assert vector.tolist() == sum(window.counts[name] for window in (plain, *shifted)).tolist()
    (event,) = told(monitored)
    assert event.data["start"] == (NOON + timedelta(hours=1)).replace(minute=0).isoformat()
    assert "input/city" in event.data["columns"]
    assert "Atlantis" not in str(event.data)


@pytest.mark.attack("memory and time")
def test_an_hour_with_more_cells_than_memory_is_meant_for_is_counted_some_columns_at_a_time(monitored, monkeypatch):
    score_at(monitored, NOON, people())
    tick(monitored, NOON + timedelta(hours=2))
    (whole,) = windows(monitored, "hour")
    monkeypatch.setattr(drift, "MAX_CELLS", 2 * 250)
    count_hour(monitored.storage, monitored.endpoint, NOON.replace(minute=0))
    (parts,) = windows(monitored, "hour")
    assert (parts.rows, list(parts.counts)) == (250, list(whole.counts))
    assert len(parts.counts) > 4
    assert all(vector.tolist() == parts.counts[name].tolist() for name, vector in whole.counts.items())


@pytest.mark.attack("Work that is cut off")
@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)])
def test_the_timer_may_die_at_any_write_and_counts_and_tells_once_when_it_comes_back(monitored, every):
    score_at(monitored, NOON, people())
    score_at(monitored, NOON + timedelta(hours=1), people(seed=1, city="Atlantis"))
    watch_logs(monitored.storage, now=NOON)
    first = find_schedule(monitored.storage, KIND, monitored.endpoint.workspace_id, monitored.endpoint.id)
    first = replace(first, cursor={"hour": NOON.replace(minute=0).isoformat()})
    at = DAY + timedelta(days=1, minutes=4)
    table, seen = monitored.storage.table("drift"), []
    for line in range(2, 100, every):
        delete_partition(table, monitored.endpoint.id)
        put_schedule(monitored.storage, first)
        schedule = find_schedule(monitored.storage, KIND, first.workspace_id, first.key)
        try:
            with KilledAtWrite(line):
                run_due_drift(monitored.storage, schedule, now=at)
            break
        except Killed:
            tick(monitored, at)
            seen.append([(window.start, window.rows, set(window.fired)) for window in windows(monitored, "hour")])
            assert [window.rows for window in windows(monitored, "day")] == [500]
            assert len(told(monitored)) == 1
    assert len(seen) > 8 // every
    assert all(item == seen[0] for item in seen)


def test_the_report_has_a_line_a_column_and_says_what_it_lacks(monitored):
    storage, endpoint = monitored.storage, monitored.endpoint
    at = DAY + timedelta(hours=18)
    empty = drift_report(storage, endpoint, read_span("day", None, None, now=at), None, now=at)
    assert empty["Windows"] == []
    assert "No row" in empty["Lacks"][0]
    score_at(monitored, NOON, people(age=None))
    score_at(monitored, NOON + timedelta(hours=1), people(20))
    tick(monitored, at)
    found = drift_report(storage, endpoint, read_span("hour", None, None, now=at), None, now=at)
    assert [window["Rows"] for window in found["Windows"]] == [250, 20]
    assert "1 of 2 windows have fewer than 200 rows" in found["Lacks"][0]
    assert "Ask by day" in found["Lacks"][0]
    columns = {(column["Of"], column["Name"]): column for column in found["Columns"]}
    age = columns["input", "age"]
    assert age["Fired"] == [["Missing"], []]
    assert age["Measures"]["PSI"][0] is None
    assert (age["Distribution"]["BaselineMissing"] < 0.1, round(age["Distribution"]["WindowMissing"], 2)) == (
        True,
        0.93,
    )
    assert len(age["Distribution"]["Baseline"]) == len(age["Distribution"]["Edges"]) + 1
    city = columns["input", "city"]["Distribution"]
    assert (sum(city["Window"]), len(city["Window"])) == (pytest.approx(1, abs=1e-4), len(city["Labels"]))
    assert ("score", "Scored Probabilities") in columns
    # The day goes on: it is the sum of its hours until now.
    today = drift_report(storage, endpoint, read_span("day", None, None, now=at), None, now=at)
    assert [(window["Rows"], window["Complete"]) for window in today["Windows"]] == [(270, False)]


def test_columns_that_the_log_hashes_or_leaves_out_are_not_compared_and_the_report_says_why(monitored):
    storage, at = monitored.storage, NOON + timedelta(hours=2)
    settings = {"Hash": ["city"], "LeaveOut": ["age"]}
    monitored.endpoint = put_prediction_log(storage, monitored.endpoint, settings, by="t", now=NOON)
    score_at(monitored, NOON, people(city="Atlantis", age=1))
    tick(monitored, at)
    found = drift_report(storage, monitored.endpoint, read_span("hour", None, None, now=at), None, now=at)
    lacks = {column["Name"]: column["Lacks"] for column in found["Columns"]}
    assert "hashes" in lacks["city"]
    assert "Take it out of Hash" in lacks["city"]
    assert "Take it out of LeaveOut" in lacks["age"]
    assert lacks["hours"] is None
    assert not [column for column in found["Columns"] if column["Of"] == "input" and column["Drifts"]]


def test_a_new_model_has_windows_of_its_own_and_rows_in_the_shadow_have_none(monitored):
    score_at(monitored, NOON, people())
    swapped = monitored.swap("Two-Class Decision Forest")
    (answered,) = read_log(monitored.storage, monitored.endpoint, since=NOON, until=NOON + timedelta(hours=1))
    scores = {name: answered[name] for name in answered.column_names if name.startswith("score/")}
    candidate = shadow_table(answered, "candidate", monitored.endpoint.resources[0], scores)
    write_shadow_rows(monitored.storage, monitored.endpoint, candidate)
    score_at(monitored, NOON + timedelta(minutes=5), people(seed=3))
    tick(monitored, NOON + timedelta(hours=2))
    assert {window.model: window.rows for window in windows(monitored, "hour")}[swapped] == 250
    assert len(windows(monitored, "hour")) == 2


def test_an_endpoint_without_log_or_without_itself_is_no_longer_counted(monitored):
    storage, endpoint = monitored.storage, monitored.endpoint
    score_at(monitored, NOON, people(20))
    tick(monitored, NOON + timedelta(hours=2))
    assert windows(monitored, "hour")
    schedule = find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id)
    off = delete_prediction_log(storage, endpoint, by="t", now=NOON)
    run_due_drift(storage, schedule, now=NOON + timedelta(hours=4))
    assert find_schedule(storage, KIND, endpoint.workspace_id, endpoint.id) is None
    assert tick(monitored, NOON + timedelta(hours=4)) is None
    delete_endpoint(storage, off)
    run_due_drift(storage, schedule, now=NOON + timedelta(hours=4))
    assert windows(monitored, "hour") == []


def test_hours_expire_before_days(monitored):
    score_at(monitored, NOON, people(20))
    for hours in (5, 13):
        tick(monitored, DAY + timedelta(hours=11 + hours, minutes=4))
    assert (len(windows(monitored, "hour")), len(windows(monitored, "day"))) == (1, 1)
    sweep(monitored.storage, now=DAY + timedelta(days=30))
    assert (len(windows(monitored, "hour")), len(windows(monitored, "day"))) == (0, 1)


@pytest.mark.attack("Sizes and numbers")
@pytest.mark.parametrize(
    ("by", "since", "until"),
    [
        ("minute", None, None),
        ("day", NOON, NOON - timedelta(days=1)),
        ("hour", NOON - timedelta(days=16), NOON),
        ("day", NOON - timedelta(days=4000), NOON),
        ("day", datetime(1, 1, 1, tzinfo=UTC), NOON),
        ("hour", None, datetime(1, 1, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_span_that_is_none_or_too_long_is_refused(by, since, until):
    with pytest.raises(BadArgument):
        read_span(by, since, until, now=NOON)


def test_a_model_without_a_baseline_is_counted_without_columns(monitored):
    endpoint = replace(monitored.endpoint, resources=())
    at = NOON + timedelta(hours=2)
    found = drift_report(monitored.storage, endpoint, read_span("day", None, None, now=at), "0" * 64, now=at)
    assert found["Columns"] == []
    assert any("no baseline" in text for text in found["Lacks"])
