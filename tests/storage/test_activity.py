"""What goes on in a workspace, on Azurite: what runs, ended, was swapped and is due, of this workspace only."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables import UpdateMode

from studio.errors import BadArgument
from studio.overview import activity, directory
from studio.overview.activity import activity_object, read_since
from studio.overview.directory import Directories
from studio.registry.deployments import Resource
from studio.registry.endpoint_names import EndpointNames
from studio.registry.endpoints import (
    Endpoint,
    change_endpoint,
    create_endpoint,
    endpoint_id,
    next_change,
)
from studio.registry.history import Cause, Change
from studio.registry.web_services import create_web_service
from studio.registry.workspaces import create_workspace
from studio.storage import activity_log
from studio.storage.activity_log import Event, list_events, record_event
from studio.storage.keys import new_id
from studio.storage.rows import find_row, insert_row, insert_rows
from studio.work.leases import claimed_work
from studio.work.queue import cancel_work, enqueue_work, requeue_orphans
from studio.work.retention import sweep
from studio.work.schedules import NEVER, Schedule, put_schedule
from studio.work.state import Progress, State, WorkKey, new_work_row
from tests.storage.in_process import now
from tests.storage.schemas import fits

HOSTILE = "<script>alert('x')</script>/../%2e"


@pytest.fixture
def storage(deployment):
    return deployment.storage


@pytest.fixture
def workspace(storage):
    return create_workspace(storage, "Activity", now=now()).id


def make_endpoint(storage, workspace):
    service = create_web_service(storage, workspace, HOSTILE, "", "predictive", "E", now=now())
    change = Change(1, now().isoformat(), "test", "create", "")
    return create_endpoint(
        storage,
        Endpoint(workspace, service.id, endpoint_id(workspace, service.id, "e"), "e", now().isoformat(), "", change),
        now=now(),
    )


def show(storage, workspace, since=None, at=None):
    moment = at or now()
    found = activity_object(
        storage, Directories(), EndpointNames(), workspace, read_since(since, now=moment), now=moment
    )
    assert fits("Activity", found)
    return found


def queue_work(storage, table, partition, workspace, **columns):
    key = WorkKey(table, partition, new_id(), workspace)
    row = new_work_row(key.partition, key.key, State.QUEUED, now=now()) | {"WorkspaceId": workspace} | columns
    insert_row(storage.table(table), row)
    enqueue_work(storage, key)
    return key


def test_an_empty_workspace_has_nothing_of_anything(storage, workspace):
    found = show(storage, workspace)
    assert (found["Running"], found["Ended"], found["Due"], found["MoreEnded"]) == ([], [], [], False)
    assert set(found["Counts"].values()) == {0}


def test_work_is_seen_waiting_then_running_then_ended(storage, workspace, deployment):
    endpoint = make_endpoint(storage, workspace)
    key = queue_work(storage, "jobs", endpoint.id, workspace)
    run = queue_work(storage, "runs", f"{workspace}-{'0' * 32}", workspace, Experiment=HOSTILE, Journal="")
    assert show(storage, workspace)["Waiting"] == {"job": 1, "run": 1, "challenge": 0}
    for asked in (key, run):
        deployment.turns.put_back(storage, asked)
        storage.table("jobs").upsert_entity(
            {"PartitionKey": "active", "RowKey": asked.active_key, "TakenAt": now().isoformat()}
        )
    with claimed_work(storage, key, 60) as claim:
        claim.report(Progress(2, 5, "Train", 40))
        found = show(storage, workspace)
        claim.finish(State.FAILED, "Error 0042: column 'temp' cannot be converted.")
    running = {item["Kind"]: item for item in found["Running"]}
    assert (running["job"]["Endpoint"], running["run"]["Name"]) == (endpoint.name, HOSTILE)
    cancel_work(storage, run)
    cancel_work(storage, run)
    found = show(storage, workspace)
    assert (found["Running"], found["Waiting"]["job"]) == ([], 0)
    latest, first = found["Ended"]
    assert (latest["Kind"], latest["State"], latest["Name"]) == ("run", "Cancelled", HOSTILE)
    assert first | {"StartTime": "", "EndTime": ""} == {
        "Kind": "job",
        "Id": key.key,
        "Name": None,
        "WebServiceId": endpoint.service_id,
        "WebService": HOSTILE,
        "EndpointId": endpoint.id,
        "Endpoint": endpoint.name,
        "State": "Failed",
        "StartTime": "",
        "EndTime": "",
        "Rows": 40,
        "Details": "Error 0042: column 'temp' cannot be converted.",
        "More": {},
    }
    assert show(storage, workspace, since=latest["EndTime"])["Ended"] in ([], [latest])


def test_a_swap_is_seen_with_its_versions_and_any_other_change_is_not(storage, workspace):
    endpoint = make_endpoint(storage, workspace)
    for resources in ((), (Resource("Model", "a" * 64, 3),)):

        def change(before, resources=resources):
            step = next_change(
                before, Cause("workspace token (primary)", "update", HOSTILE), now=now(), resources=resources
            )
            return replace(before, resources=resources, change=step)

        changed = change_endpoint(storage, endpoint, change)
        endpoint = changed
    (swap,) = show(storage, workspace)["Ended"]
    assert (swap["Kind"], swap["EndpointId"], swap["Details"]) == ("swap", endpoint.id, HOSTILE)
    assert swap["More"]["versions"] == {"Model": 3}


def test_a_challenge_says_whether_it_passed_and_what_was_measured(storage, workspace):
    outcome = {"passed": False, "why": "w", "metric": "AUC", "challenger": 0.8, "champion": 0.9, "rows": 40}
    key = queue_work(storage, "challenges", make_endpoint(storage, workspace).id, workspace)
    with claimed_work(storage, key, 60) as claim:
        claim.finish(State.FINISHED, None, Outcome=json.dumps(outcome))
    (found,) = show(storage, workspace)["Ended"]
    assert found["More"] == {name: outcome[name] for name in ("passed", "metric", "challenger", "champion", "rows")}


@pytest.mark.attack("Other tenants")
def test_nothing_of_another_workspace_is_seen(storage, workspace):
    other = create_workspace(storage, "Other", now=now()).id
    endpoint = make_endpoint(storage, other)
    queue_work(storage, "jobs", endpoint.id, other)
    cancel_work(storage, queue_work(storage, "jobs", endpoint.id, other))
    put_schedule(storage, Schedule("policy", other, endpoint.id, (now() + timedelta(hours=1)).isoformat()))
    assert show(storage, other)["Waiting"]["job"] == 1
    found = show(storage, workspace)
    assert (found["Waiting"]["job"], found["Ended"], found["Due"], found["Counts"]["Endpoints"]) == (0, [], [], 0)


@pytest.mark.attack("Other tenants")
def test_however_much_waits_elsewhere_the_own_work_is_counted(storage, workspace, monkeypatch):
    monkeypatch.setattr(activity, "MAX_ACTIVE", 3)
    other = create_workspace(storage, "Busy", now=now()).id
    elsewhere = [queue_work(storage, "challenges", "0" * 32, other) for _ in range(4)]
    queue_work(storage, "jobs", make_endpoint(storage, workspace).id, workspace)
    assert show(storage, workspace)["Waiting"] == {"job": 1, "run": 0, "challenge": 0}
    assert show(storage, other)["Waiting"]["challenge"] == 3
    for key in elsewhere:
        cancel_work(storage, key)


def test_work_that_an_earlier_version_queued_is_seen_within_a_minute(storage, workspace):
    key = queue_work(storage, "jobs", make_endpoint(storage, workspace).id, workspace)
    table = storage.table("jobs")
    row = find_row(table, "active", key.active_key)
    del row["Workspace"]
    table.update_entity(row, mode=UpdateMode.REPLACE)
    requeue_orphans(storage, now=now())
    assert show(storage, workspace)["Waiting"]["job"] == 1


def test_what_is_due_in_months_is_found_behind_what_is_due_within_the_hour(storage, workspace, monkeypatch):
    monkeypatch.setattr(activity, "MAX_DUE", 3)
    endpoint = make_endpoint(storage, workspace)
    for name, days in (("far", 200), ("soon", 0.02), ("past", -1), ("later", 2), ("now", 0.01)):
        put_schedule(storage, Schedule("trigger", workspace, name, (now() + timedelta(days=days)).isoformat()))
    put_schedule(storage, Schedule("policy", workspace, endpoint.id, (now() + timedelta(days=3)).isoformat()))
    due = show(storage, workspace)["Due"]
    assert [item["Kind"] for item in due] == ["trigger"] * 3
    assert [item["At"] for item in due] == sorted(item["At"] for item in due)
    assert due[-1]["At"] < (now() + timedelta(days=2.1)).isoformat()


def test_what_is_due_next_comes_first_and_what_only_looks_each_minute_is_left_out(storage, workspace):
    endpoint, counting = make_endpoint(storage, workspace), make_endpoint(storage, workspace)
    row = {"PartitionKey": workspace, "RowKey": counting.id, "Document": '{"Trigger": {"Type": "Rows"}}'}
    insert_row(storage.table("policies"), row)
    insert_row(
        storage.table("pipelines"),
        {"PartitionKey": workspace, "RowKey": "triggers-a", "Kind": "triggers", "Name": HOSTILE, "Document": "x"},
    )
    at = [(now() + timedelta(minutes=minutes)).isoformat() for minutes in (1, 5, 60)]
    put_schedule(storage, Schedule("policy", workspace, endpoint.id, at[2], skipped="no new rows"))
    put_schedule(storage, Schedule("policy", workspace, counting.id, at[0]))
    put_schedule(storage, Schedule("trigger", workspace, "triggers-a", at[1]))
    put_schedule(storage, Schedule("trigger", workspace, "triggers-b", at[0], cursor={"since": at[0]}))
    put_schedule(storage, Schedule("slices", workspace, "pipelines-c", NEVER))
    first, second = show(storage, workspace)["Due"]
    assert (first["Kind"], first["Name"], first["Endpoint"]) == ("trigger", HOSTILE, None)
    assert (second["Kind"], second["Endpoint"], second["Skipped"]) == ("policy", endpoint.name, "no new rows")


def test_the_last_events_come_newest_first_up_to_a_bound_and_go_after_two_days(storage, workspace, monkeypatch):
    monkeypatch.setattr(activity, "MAX_ENDED", 3)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for minutes in range(5):
        at = (start + timedelta(minutes=minutes)).isoformat()
        for _ in range(2):
            record_event(storage, workspace, Event("runs", f"r{minutes}", "p", at, "Finished", "N", "d" * 900))
    later = start + timedelta(hours=1)
    found = show(storage, workspace, at=later)
    assert ([item["Id"] for item in found["Ended"]], found["MoreEnded"]) == (["r4", "r3", "r2"], True)
    assert len(found["Ended"][0]["Details"]) == activity_log.MAX_TEXT
    found = show(storage, workspace, since="2026-01-01T00:02:30Z", at=later)
    assert ([item["Id"] for item in found["Ended"]], found["MoreEnded"]) == (["r4", "r3"], False)
    assert show(storage, workspace, at=start + timedelta(days=2))["Ended"] == []
    sweep(storage, now=start + timedelta(days=1))
    assert len(list_events(storage, workspace, start.isoformat(), 9)) == 5
    assert sweep(storage, now=start + timedelta(days=3))["activity"] >= 5
    assert list_events(storage, workspace, start.isoformat(), 9) == []


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "'", "9" * 50, "0001-01-01T00:00:00+23:59"])
def test_a_time_that_is_none_is_refused_in_words(text):
    with pytest.raises(BadArgument, match="ISO 8601"):
        read_since(text, now=now())


def test_since_reaches_a_day_back_at_most():
    at = datetime(2026, 1, 3, tzinfo=UTC)
    day = "2026-01-02T00:00:00+00:00"
    assert [read_since(text, now=at) for text in (None, "", "2020-01-01", "2026-01-01T12:00:00Z")] == [day] * 4
    assert read_since("2026-01-02T13:00:00+01:00", now=at) == "2026-01-02T12:00:00+00:00"
    assert read_since("2026-01-02T13:00:00 01:00", now=at) == "2026-01-02T12:00:00+00:00"


def test_counts_and_names_are_read_once_in_ten_seconds(storage, workspace):
    clock = [0.0]
    known, names = Directories(lambda: clock[0]), EndpointNames()
    assert known.get(storage, names, workspace).counts["Endpoints"] == 0
    make_endpoint(storage, workspace)
    clock[0] = directory.KEPT_SECONDS - 1
    assert known.get(storage, names, workspace).counts["Endpoints"] == 0
    clock[0] = directory.KEPT_SECONDS
    assert known.get(storage, names, workspace).counts["Endpoints"] == 1


@pytest.mark.long
def test_the_poll_is_quick_with_a_thousand_endpoints_and_five_thousand_finished_jobs(
    storage, workspace, record_property
):
    endpoint = make_endpoint(storage, workspace)
    row = find_row(storage.table("endpoints"), workspace, endpoint.id)
    row.pop("etag")
    insert_rows(storage.table("endpoints"), [row | {"RowKey": new_id()} for _ in range(1000)])
    ended = {"State": "Finished", "EndedAt": now().isoformat()}
    rows = [new_work_row(endpoint.id, new_id(), State.QUEUED, now=now()) | ended for _ in range(5000)]
    insert_rows(storage.table("jobs"), rows)
    for row in rows[:600]:
        record_event(storage, workspace, Event("jobs", row["RowKey"], endpoint.id, now().isoformat(), "Finished"))
    directories, names, took = Directories(), EndpointNames(), []
    for _ in range(10):
        started = time.perf_counter()
        found = activity_object(storage, directories, names, workspace, read_since(None, now=now()), now=now())
        took.append(time.perf_counter() - started)
    record_property("milliseconds", [round(1000 * item, 1) for item in took])
    assert (len(found["Ended"]), found["MoreEnded"], found["Counts"]["Endpoints"]) == (500, True, 1001)
    assert sorted(took)[5] < 0.5
